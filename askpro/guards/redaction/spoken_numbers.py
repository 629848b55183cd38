"""Telephone numbers and IBANs that were said aloud and written down as words.

A run of number words is found first; whether it is personal is decided by how it begins, what was
said before and after it, and how it is built. "um acht Uhr dreißig", "neun, zehn oder elf" and the
five digits of a postal code stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from askpro.guards.redaction.number_words import (
    GLUED_HINT,
    GLUED_NUMBER,
    ITEM,
    NEIGHBOURS,
    Number,
    loose,
    one_of,
    read,
)
from askpro.guards.redaction.spans import IBAN, PHONE, Span, compiled

# Said between the groups of one number. A speaker's label is among them: a number may be dictated
# in several turns.
_BETWEEN = (
    "und", "und dann", "dann", "danach", "dahinter", "äh", "ähm", "öh", "öhm", "ehm", "hm", "mhm",
    "also", "nochmal", "noch mal", "noch", "wieder", "gefolgt von", "weiter", "weiter mit",
    "jetzt", "kommt", "ja", "genau", "okay", "ok", "die", "der", "eine", "pause", "moment",
    "moment mal",
    "strich", "bindestrich", "querstrich", "schrägstrich", "slash", "minus", "punkt", "komma",
    "leerzeichen", "klammer auf", "klammer zu", "in klammern", "zum schluss", "am ende", "hinten",
    "nummer", "rufnummer", "durchwahl", "ist die vorwahl", "als vorwahl", "vorwahl",
    "user:", "agent:", "kunde:", "anrufer:", "caller:", "assistent:", "assistant:",
)  # fmt: skip
_MARK = r"[\s\x{00A0},;./()…–?!-]"
_FILL = rf"(?:{_MARK}|\\n|\\r){{1,8}}(?:{one_of(_BETWEEN)}(?:{_MARK}|\\n|\\r){{1,8}}){{0,3}}"
#: At least three numbers in a row; begins at a word's beginning.
_RUN = compiled(rf"(?i)(?:^|[^\p{{L}}\p{{N}}]){ITEM}(?:{_FILL}{ITEM}){{2,}}")
#: A whole number in one or two words: "nulleinssiebenzwo dreivierfünfsechs".
_GLUED_RUN = compiled(
    rf"(?i)(?:^|[^\p{{L}}\p{{N}}])({GLUED_NUMBER})(?:{_FILL}{ITEM})?(?:[^\p{{L}}\p{{N}}]|$)"
)
_GLUED_HINT = compiled(f"(?i){GLUED_HINT}")
#: What a line must contain before runs are looked for.
GATE = f"(?i){NEIGHBOURS}"
_GATE = compiled(GATE)

_LEAD = compiled(r"(?i)(?:\bplus|\+|\b00)[\s,-]*$")
_PHONE_CUE = compiled(
    r"(?i)(?:nummer|telefon|handy|mobil|festnetz|erreich\w*|zur(?:ü|ue|\\u00fc)ck\w*|anruf\w*"
    r"|vorwahl|durchwahl|whatsapp|unter)[^.!?]{0,30}$"
)
_OTHER_CUE = compiled(
    r"(?i)(?:kunden|bestell|rechnungs?|auftrags?|termin|vorgangs?|buchungs?|ticket|artikel|vertrags"
    r"|versicherten|mitglieds|haus|zimmer|referenz|postleit|steuer|konto)[\s-]?(?:nummer|nr|zahl)"
    r"[^.!?]{0,20}$|\bplz[^.!?]{0,20}$"
)
_IBAN_CUE = compiled(r"(?i)(?:^|[^\p{L}\p{N}])((?:iban|bankverbindung|kontonummer)[^.!?]{0,30})$")
_COUNTRY = compiled(
    rf"(?i)(?:^|[^\p{{L}}\p{{N}}])(d(?:\s+wie\s+\p{{L}}+)?[\s.,-]*e(?:\s+wie\s+\p{{L}}+)?"
    rf"(?:[\s.,-]*\p{{N}}{{2}})?|{loose('österreich')}|deutschland)[\s.,-]*$"
)
# A number that goes on with one of these was a time, a price or a measure.
_UNIT_AFTER = compiled(
    r"(?i)^[\s,]*(?:uhr|euro|eur\b|€|cent|minuten?|stunden?|tage?n?\b|wochen?|monate?n?\b|jahre?"
    r"|prozent|%|kilometer|km\b|grad|personen|leute|mal\b|:\d)"
)
_WORD_GOES_ON = compiled(r"^(?:[\p{L}\p{N}_]|-\p{L})")
_CONTEXT = 80
_LEAST_GLUED = 7
_CUE_AFTER = compiled(
    r"(?i)^[\s,]*(?:das\s|ist\s|w(?:ä|ae)re\s|so\s){0,3}(?:meine|die|unsere|als)\s"
    r"(?:neue\s)?(?:handy|telefon|mobil|ruf|festnetz|r(?:ü|ue)ckruf)?-?nummer\b"
)


def find(line: bytes) -> Iterator[Span]:
    """Spans of the numbers said in ``line``, one for every line of text that they stretch over."""
    if _GATE.search(line) is None:
        return
    for match in _RUN.finditer(line):
        start, end = match.span()
        numbers = _whole(read(line[start:end], start), line)
        if not _is_said(numbers):
            continue
        before = line[max(0, numbers[0].start - _CONTEXT) : numbers[0].start]
        token, extra = _judge(numbers, before)
        if token is None and _is_called_a_phone_number(numbers, line):
            token = PHONE
        if token is not None:
            yield from _by_line(line, numbers[0].start - extra, numbers[-1].end, token)
    if _GLUED_HINT.search(line) is None:
        return
    for match in _GLUED_RUN.finditer(line):
        numbers = _whole(read(line[slice(*match.span())], match.start()), line)
        if sum(number.digits for number in numbers) >= _LEAST_GLUED:
            yield Span(numbers[0].start, numbers[-1].end, PHONE)


def _is_said(numbers: list[Number]) -> bool:
    """Figures alone are the other finder's; one word among them must look dialled."""
    words = sum(number.spoken for number in numbers)
    dialled = words == 1 and numbers[0].zero and sum(number.digits for number in numbers) >= 8
    return words >= 2 or dialled


def _whole(numbers: list[Number], line: bytes) -> list[Number]:
    """Without a last number that is only a word's beginning ("acht" of "achtsam") or a measure."""
    last = numbers[-1].end if numbers else 0
    cut = _WORD_GOES_ON.search(line[last : last + 8]) or _UNIT_AFTER.search(line[last : last + 24])
    return numbers[:-1] if cut else numbers


def _judge(numbers: list[Number], before: bytes) -> tuple[bytes | None, int]:
    """(token or None, how many bytes of ``before`` belong to the number)."""
    digits = sum(number.digits for number in numbers)
    single = sum(number.single for number in numbers)
    country = _COUNTRY.search(before)
    if country and digits >= 8:
        return IBAN, len(before) - country.start(1)
    if digits >= 16 or (digits >= 6 and _IBAN_CUE.search(before)):
        return IBAN, 0
    plus = _LEAD.search(before)
    if plus and digits >= 6:
        return PHONE, len(before) - plus.start()
    if _OTHER_CUE.search(before):
        return (PHONE if digits >= 10 and numbers[0].zero else None), 0
    if _PHONE_CUE.search(before):
        return (PHONE if digits >= 5 else None), 0
    return (PHONE if _built_like_a_phone_number(numbers, digits, single) else None), 0


def _is_called_a_phone_number(numbers: list[Number], line: bytes) -> bool:
    """ "… ist meine Handynummer"."""
    after = line[numbers[-1].end : numbers[-1].end + _CONTEXT]
    return sum(number.digits for number in numbers) >= 6 and _CUE_AFTER.search(after) is not None


def _built_like_a_phone_number(numbers: list[Number], digits: int, single: int) -> bool:
    if numbers[0].zero:
        return digits >= 6
    if numbers[0].value == 49 and digits >= 9:
        return True
    # "neun, zehn, elf, zwölf" counts up, as offers of times do; telephone numbers hardly ever.
    steps = list(pairwise(number.value for number in numbers))
    if all(0 <= one < other for one, other in steps) or all(one > other for one, other in steps):
        return False
    return single >= 6 or (single >= 4 and digits >= 7)


def _by_line(line: bytes, start: int, end: int, token: bytes) -> Iterator[Span]:
    """One span for every line between ``start`` and ``end``, labels and line ends left alone."""
    position = start
    for piece in line[start:end].split(b"\n"):
        label = _LABEL.search(piece)
        begin = position + (label.end() if label else 0)
        if begin < position + len(piece):
            yield Span(begin, position + len(piece), token)
        position += len(piece) + 1


_LABEL = compiled(r"^\s*\p{L}+:\s*")
