"""Telephone numbers and IBANs in figures, told apart from every other figure in a line.

One scanner walks the line. Dates, times, versions, ids, prices and order numbers are recognised
first and stepped over whole, so that no telephone number is ever found inside one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from askpro.guards.redaction.spans import (
    IBAN,
    PERSONAL,
    PHONE,
    Span,
    compiled,
    group_numbers,
    unnamed,
)

_SPACE = r"[ \t\x{00A0}\x{2000}-\x{200B}\x{202F}]"
# White space and hyphens as Python and JSON escape them.
_ESCAPED = r"\\(?:t|x[aA]0|u00[aA]0|u20(?:0[0-9a-bA-B]|1[0-5]|2[fF]))"
# Who dictates: "0160 und dann die 99 88 776".
_AND_THEN = r",?\s(?:und\s)?(?:dann|danach)\s(?:die\s)?"
# What may stand between two figures of a number, query strings and escaped JSON included.
_MARK = (
    r"(?:[ \t\x{00A0}\x{2000}-\x{200B}\x{202F}().,/·•+\x{2010}-\x{2015}\x{2212}-]"
    rf"|\[0\]|&nbsp;|%20|%28|%29|%2[DdFf]|\\/|{_ESCAPED}|{_AND_THEN})"
)
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:19|20)[0-9]{2}"
_CLOCK = r"(?:[01]?[0-9]|2[0-4])[:.][0-5][0-9]"

#: Registered IBAN countries and the length of theirs.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "EG": 29, "ES": 24,
    "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IS": 26, "IT": 27, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "XK": 20,
}  # fmt: skip
_PHONE_WORDS = (
    "telefonnummer|telefon|tel|fon|fax|handynummer|handy|mobilnummer|mobiltelefon|mobile|mobil"
    "|festnetznummer|festnetz|rufnummer|r(?:ü|ue)ckrufnummer|durchwahl|phone|whatsapp|sms"
)
_ORDER_WORDS = (
    "kunden|bestell|bestellungs|bestellung|rechnungs|rechnung|auftrags|auftrag|termin|vorgangs"
    "|vorgang|buchungs|buchung|ticket|beleg|artikel|serien|vertrags|policen|referenz|mitglieds"
    "|versicherten|steuer|chargen|postleitzahl|plz|order|booking|invoice"
)

# IBANs in capitals of any country; of Germany and its neighbours also as people type them.
_IBAN_GAP = rf"(?:[ .\x{{00A0}}-]|%20|{_ESCAPED})"
_IBAN = (
    rf"(?:(?:de|at){_SPACE}?[0-9]{_SPACE}?[0-9](?:(?:,|{_IBAN_GAP}){{0,2}}[0-9]){{12,18}}"
    rf"|(?-i:(?:{'|'.join(_IBAN_LENGTHS)}){_SPACE}?[0-9]{{2}}"
    rf"(?:{_IBAN_GAP}?[0-9A-Z]){{11,30}}))"
)
_CUED = (
    rf"\b(?:{_PHONE_WORDS}|meine nummer|unter welcher nummer|nummer (?:ist|lautet|wäre)"
    r"|(?:erreichen|erreichbar|zurück|zurückrufen|anrufen|ruf)[^0-9.!?\n]{0,20}unter)"
    r"(?:[\s:=.,?/-]{1,3}(?:nummer|nr|ist|lautet|die|der|unter|wäre|number|no|bitte|ja|also|user|kunde"
    r"|kundin|anrufer(?:in)?|caller)){0,5}(?:[\s:=./?-]|\\n){1,3}"
    rf"(?P<cued_figures>\(?[1-9](?:{_MARK}{{0,3}}[0-9]){{5,24}})"
)
_INTERNATIONAL = (
    rf"(?:\(?\+|\x{{FF0B}}|%2B|\\u002b|\(?00{_SPACE}?)[ (]{{0,2}}[1-9\x{{FF11}}-\x{{FF19}}]"
    rf"(?:{_MARK}{{0,4}}\p{{N}}){{6,24}}"
)
_NATIONAL = (
    rf"\(?[0\x{{FF10}}](?:{_SPACE}?|{_ESCAPED}|{_MARK}{{0,2}}\))[1-9\x{{FF11}}-\x{{FF19}}]"
    rf"(?:{_MARK}{{0,4}}\p{{N}}){{4,24}}"
)
_BARE = r"49[ -]?(?:\(0\)[ -]?)?1[5-7](?:[ -]?[0-9]){7,10}|49[2-9][0-9]{7,10}"
# A prefix and its number with one sign between them that joins other things, too.
_JOINED = r"\b01[5-7][0-9]{1,2}[:_~*|][0-9]{6,8}\b"
_CARD = (
    r"[2-6][0-9]{3}(?:[ /.-][0-9]{4}){3}|[3-6][0-9]{15}"
    r"|3[47][0-9]{2}[ /.-][0-9]{6}[ /.-][0-9]{5}"
)
_ACCOUNT = (
    r"\b(?:kontonummer|kontonr|konto-nr|konto|bankleitzahl|blz)[\s.:=]{1,3}(?:ist\s|lautet\s)?"
    r"(?P<account_figures>[0-9][0-9 ]{4,20}[0-9])"
)

_SCAN = compiled(
    r"(?i)(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    rf"|(?P<iban>{_IBAN})"
    rf"|(?P<iso>{_YEAR}-[01][0-9]-[0-3][0-9](?:(?:T|%20|[ _])[0-2][0-9](?::|%3A)[0-5][0-9]"
    r"(?:(?::|%3A)[0-9]{2}(?:[.,][0-9]+)?)?(?:Z|(?:[+-]|%2B)[0-9]{2}(?::|%3A)?[0-9]{2})?)?)"
    rf"|(?P<date>{_DAY}\.{_SPACE}?{_MONTH}\.(?:{_SPACE}?(?:{_YEAR}|[0-9]{{2}}\b))?"
    rf"|{_DAY}[/.-]{_MONTH}[/.-]{_YEAR}|{_DAY}{_SPACE}{_MONTH}{_SPACE}{_YEAR})"
    rf"|(?P<time>{_CLOCK}(?::[0-9]{{2}})?(?:{_SPACE}?(?:-|–|bis){_SPACE}?{_CLOCK})?"
    rf"(?:{_SPACE}?uhr\b|\b))"
    rf"|(?P<order>\b(?:{_ORDER_WORDS})(?P<number_word>[ -]?(?:nummer|nr))?[\s:.#=]{{0,3}}"
    r"(?:(?:ist|lautet|war)[\s:.#=]{1,3}){0,2}(?P<order_figures>[0-9][0-9 ./-]*[0-9]))"
    rf"|(?P<cued>{_CUED})"
    r"|(?P<version>v?(?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,5}){2,}(?:\+[0-9a-z.]+)?)"
    rf"|(?P<international>{_INTERNATIONAL})"
    rf"|(?P<joined>{_JOINED})"
    r"|(?P<glued>[\p{L}_]+[0-9][\p{L}\p{N}_-]*|[0-9]+[\p{L}_][\p{L}\p{N}_-]*)"
    rf"|(?P<national>{_NATIONAL})|(?P<bare>{_BARE})|(?P<card>{_CARD})"
    rf"|(?P<account>{_ACCOUNT})|(?P<decimal>(?:0|[1-9][0-9]*)[.,][0-9]+)|(?P<figures>[0-9]+(?:-[0-9]+)*)"
)
_NUMBER = group_numbers(_SCAN)
_KINDS = {number: kind for kind, number in _NUMBER.items()}


def _begun(pattern: str) -> str:
    """``pattern`` with no more figures at its end than it needs: whether a line has one is told by
    these, and an automaton of all gates together has to stay small."""
    return str(compiled(r"\{([4-9]|1[0-9]),[0-9]+\}").sub(r"{\1}", pattern))


#: What a line must contain before the scanner is worth its cost.
GATE = unnamed(
    rf"(?i){_begun(f'{_IBAN}|{_CUED}|{_INTERNATIONAL}|{_BARE}')}|{_CARD}|{_JOINED}"
    rf"|{_ACCOUNT}|(?:^|[^0-9]){_begun(_NATIONAL)}"
)
_GATE = compiled(GATE)

_ESCAPES = b"%\\"
_ESCAPE = compiled(rf"%20|{_ESCAPED}")
_MARKS_TO_SPACES = bytes(c if 48 <= c <= 57 else 32 for c in range(256))
#: E.164 has 15; 00 in front and a (0) within make it 18.
_MOST_DIGITS = 18
_GROUPS = compiled(r"%2[0-9A-Fa-f]|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\p{N}+")
_PHONE_WORD = compiled(rf"(?i)^(?:{_PHONE_WORDS}|nummer|nr)_?$")
_DIALLED = compiled(r"^0[1-9][0-9]{8,11}$")
_MOBILE = compiled(r"^01[5-7][0-9]{7,}$")
_OLD_WAY = compiled(r"^\(?0[0-9 ]{1,7}/")
_CODE_IN_BRACKETS = compiled(r"^\(0[0-9 ]{1,7}\)")
_HEX = compiled(r"(?i)^[0-9a-f]+$")
_UNIT_AFTER = compiled(
    r"(?i)^[\s\x{00A0}]?(?:uhr|euro|eur\b|€|minuten|min\b|stunden|tage|wochen|:[0-9]|h\b|s\b|sek)"
)
_TIME_BEFORE = compiled(r"(?i)(?:[0-9]\.|\bvon|\bum|\bab)\s$")
_PLUS_BEFORE = compiled(r"[^+]\+\(?$")
_DATE_HERE = compiled(rf"^(?:{_DAY}\.{_SPACE}?{_MONTH}\.|{_YEAR}-[01][0-9]-)")


class _Group(NamedTuple):
    """A run of figures inside a candidate: byte offsets in the line and the figures themselves."""

    start: int
    end: int
    figures: str


def find(line: bytes) -> Iterator[Span]:
    """Spans of telephone numbers, IBANs and payment cards written in figures."""
    if _GATE.search(line) is None:
        return
    position = 0
    while match := _SCAN.search(line, position):
        kind = _KINDS[match.lastindex]
        judge = _JUDGES.get(kind)
        span, position = judge(line, match) if judge else (None, match.end())
        if span is not None:
            yield span


_Verdict = tuple[Span | None, int]


def _iban(line: bytes, match: Any) -> _Verdict:
    """Cut to the country's length; too short or going on, it is no IBAN."""
    start, end = match.span()
    length = _IBAN_LENGTHS[line[start : start + 2].decode().upper()]
    figures = _ESCAPE.sub(_as_spaces, line[start:end])
    count = 0
    for index in range(start, end):
        count += figures[index - start : index - start + 1].isalnum()
        if count == length and not line[index + 1 : index + 2].isalnum():
            return Span(start, index + 1, IBAN), index + 1
    return None, start + 2


def _as_spaces(match: Any) -> bytes:
    return b" " * len(match[0])


def _order(line: bytes, match: Any) -> _Verdict:
    """An order's number stays; an appointment's, too, unless it is dialled like a telephone."""
    start, end = match.span(_NUMBER["order_figures"])
    figures = bytes(c for c in line[start:end] if 48 <= c <= 57).decode()
    called = match.start(_NUMBER["number_word"]) >= 0 or match[0][:1].lower() not in b"tb"
    dialled = len(figures) >= 9 and figures[0] == "0" and figures[1] != "0"
    if _MOBILE.search(figures) or (dialled and not called):
        return None, start
    return None, end


def _cued(line: bytes, match: Any) -> _Verdict:
    start, end = match.span(_NUMBER["cued_figures"])
    if _DATE_HERE.search(line[start:end]):
        return None, start
    end = _trimmed(line, _groups(line, start, end), least=6)
    return (Span(start, end, PHONE), end) if end else (None, match.end())


def _international(line: bytes, match: Any) -> _Verdict:
    start, end = match.span()
    end = _trimmed(line, _groups(line, start, end), least=9) or end
    return Span(start, end, PHONE), end


def _glued(line: bytes, match: Any) -> _Verdict:
    """Letters and figures in one word are an id ("call_0176…"), but for "Tel0176…"."""
    start, end = match.span()
    groups = _groups(line, start, end)
    head = line[start : groups[0].start]
    if head and _PHONE_WORD.search(head):
        return None, groups[0].start
    if not head and _DIALLED.search(groups[0].figures) and not _HEX.search(line[start:end]):
        return Span(start, groups[0].end, PHONE), groups[0].end
    return None, end


def _national(line: bytes, match: Any) -> _Verdict:
    start, end = match.span()
    groups = _groups(line, start, end)
    run = line[start:end]
    dialled = (
        _dialled(groups)
        or (_OLD_WAY.search(run) and _is_long(groups))
        or _CODE_IN_BRACKETS.search(run)
    )
    after_a_date = _TIME_BEFORE.search(line[max(0, start - 10) : start]) is not None
    if not dialled or (after_a_date and _are_clock_times(groups)):
        return None, groups[0].end
    end = _trimmed(line, groups, least=7)
    return (Span(start, end, PHONE), end) if end else (None, groups[0].end)


def _account(_line: bytes, match: Any) -> _Verdict:
    start, end = match.span(_NUMBER["account_figures"])
    return Span(start, end, IBAN), end


def _bare(_line: bytes, match: Any) -> _Verdict:
    return Span(match.start(), match.end(), PHONE), match.end()


def _card(line: bytes, match: Any) -> _Verdict:
    start, end = match.span()
    figures = "".join(group.figures for group in _groups(line, start, end))
    return (Span(start, end, PERSONAL) if _luhn(figures) else None), end


_JUDGES = {
    "iban": _iban,
    "order": _order,
    "cued": _cued,
    "international": _international,
    "glued": _glued,
    "national": _national,
    "account": _account,
    "bare": _bare,
    "joined": _bare,
    "card": _card,
}


def _groups(line: bytes, start: int, end: int) -> list[_Group]:
    text = line[start:end]
    if b"%" not in text and b"\\" not in text and text.isascii():
        return _plain_groups(line, start, end)
    return [
        _Group(match.start() + start, match.end() + start, match.group().decode())
        for match in _GROUPS.finditer(text)
        if match[0][0] not in _ESCAPES
    ]


def _plain_groups(line: bytes, start: int, end: int) -> list[_Group]:
    """The same without a search, for figures and marks of the plainest kind."""
    groups: list[_Group] = []
    position = start
    for piece in line[start:end].translate(_MARKS_TO_SPACES).split(b" "):
        if piece:
            groups.append(_Group(position, position + len(piece), piece.decode()))
        position += len(piece) + 1
    return groups


def _dialled(groups: list[_Group]) -> bool:
    """Is a run that begins with 0 grouped as telephone numbers are?

    Area codes have three figures at least. Shorter first groups ("0 1 7 6", "01 76 40") only count
    when the rest fits too: "08 30 09 15" are times.
    """
    sizes = [len(group.figures) for group in groups]
    digits = sum(sizes)
    if sizes[0] >= 3:
        return digits >= (7 if len(sizes) > 1 else 8)
    if sizes[0] == 1:
        if sizes[1] == 2 and _MOBILE.search("".join(group.figures for group in groups)):
            return digits >= 10
        long = sizes[1] >= 3 or (sizes[1] == 2 and len(sizes) > 2 and sizes[2] >= 3)
        figures = [group.figures for group in groups]
        return (digits >= 9 and long) or (
            digits >= 8 and set(sizes) == {1} and figures != sorted(figures)
        )
    hours = [int(group.figures) for group in groups[::2]]
    minutes = [int(group.figures) for group in groups[1::2]]
    times = max(hours) <= 24 and max(minutes) <= 59
    return digits >= 9 and all(size <= 2 for size in sizes) and not times


def _is_long(groups: list[_Group]) -> bool:
    """Eight figures at least: "02 21/47 11 08 15", the old way of writing."""
    return sum(len(group.figures) for group in groups) >= 8


def _are_clock_times(groups: list[_Group]) -> bool:
    """ "0900-1005" after a date."""
    return all(
        len(group.figures) == 4 and group.figures[:2] < "24" and group.figures[2:] < "60"
        for group in groups
    )


def _trimmed(line: bytes, groups: list[_Group], *, least: int) -> int:
    """Where the number ends: before a second one, a date or a measure. 0: too little is left."""
    digits, left = 0, sum(len(group.figures) for group in groups)
    kept: list[_Group] = []
    for group in groups:
        size = len(group.figures)
        plus = kept and _PLUS_BEFORE.search(line[kept[-1].end : group.start])
        another = (group.figures[0] == "0" or plus) and digits >= 10 and left >= 7
        if another or (digits >= 10 and digits + size > _MOST_DIGITS):
            break
        left -= size
        if digits >= least + 2 and _DATE_HERE.search(line[group.start : group.start + 10]):
            break
        kept.append(group)
        digits += size
    if len(kept) > 1 and _UNIT_AFTER.search(line[kept[-1].end : kept[-1].end + 12]):
        digits -= len(kept.pop().figures)
    return kept[-1].end if digits >= least else 0


def _luhn(figures: str) -> bool:
    """Does the check digit of a payment card fit?"""
    total = 0
    for place, figure in enumerate(reversed(figures)):
        value = int(figure) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
