"""E-mail addresses, written and dictated.

Written ones also URL-encoded ("anna%40web.de") and escaped by JSON. Dictated ones are found by
their "ät" or "Klammeraffe" and read word by word to both sides: "anna punkt müller ät web punkt
de", "a n n a unterstrich siebzehn at g m x punkt net", "jasmin.weissgerber @ example.org".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from askpro.guards.redaction import number_words
from askpro.guards.redaction.number_words import loose
from askpro.guards.redaction.spans import EMAIL, Span, compiled
from askpro.guards.redaction.words import ASIDE

ESCAPED = r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}"
_LOCAL = rf"(?:[\p{{L}}\p{{N}}._%+'’&!#$^`{{|}}~\x{{FF0E}}-]|{ESCAPED})"
_LABEL = rf"(?:[\p{{L}}\p{{N}}_-]|{ESCAPED}|%[0-9A-Fa-f]{{2}})"
_SIGN = r"(?:@|\x{FF20}|%(?:25)?40|\\x40|\\u0040|&#64;|&commat;)"
_WRITTEN = compiled(
    rf"(?:\"[\p{{L}}\p{{N}}._ +-]{{1,64}}\"|{_LOCAL}+){_SIGN}{{1,3}}"
    rf"(?:\[[0-9a-fA-F.:]+\]|{_LABEL}+(?:(?:\.|\x{{FF0E}}|%2[Ee]){_LABEL}+)*)"
)

_UMLAUT_AT = rf"{loose('ä')}[td]"
_STRONG = rf"(?:{_UMLAUT_AT}|{loose('ä')}h[td]|klammer[\s-]?affe|affen(?:schwanz|klammer|ohr))"
_WEAK = r"(?:at|et|ett|add|ad|affe|bei)"
_AT = rf"(?:{_STRONG}|{_WEAK})(?:[\s-]?zeichen)?"
_BRACKETED = rf"[(\[{{<]\s?(?:at|{_UMLAUT_AT})\s?[)\]}}>]"
# "at" and "et" are words of other languages too; what follows decides about them.
_DICTATED = compiled(rf"(?i)(?:^|[\s,;.)])({_AT})(?:[\s,;.(]|$)|({_SIGN}|{_BRACKETED})")
#: Enough for most lines to be passed over: a sure sign, or what follows a weak one. Looking for
#: both at once ("at", and within 120 letters a dot) would cost the automaton its memory.
GATE = (
    rf"(?i){_SIGN}|{_BRACKETED}|(?:^|[\s,;.)]){_STRONG}(?:[\s,;.(-]|$)|\bpunkt\b|\bdot\b"
    r"|\bweb[. ]de\b|\bgmx\b|\bg(?:oogle)?mail\b|\bonline[. ]de\b|\boutlook\b|\byahoo\b|\bposteo\b"
    r"|\bicloud\b|\bfreenet\b|\bhotmail\b|\baol\b|\barcor\b|\bproton\b|\bmailbox\b"
)
_GATE = compiled(GATE)
# Without one of these, a written address has no spoken parts beside it.
_SPOKEN_PARTS = compiled(
    rf"(?i)punkt|\bdot\b|strich|underscore|minus|\s{_SIGN}|{_SIGN}\s|{_BRACKETED}"
    rf"|(?:^|[\s,;.)]){_AT}(?:[\s,;.(]|$)"
)

# "://user:" before the sign: what looks like an address is a password and a host.
_IN_URL = compiled(r"://[^\s/?#]*:$")

_DOTS = {"punkt", "dot", "."}
_JOINS = _DOTS | {
    "unterstrich", "underscore", "bindestrich", "minus", "strich", "gedankenstrich", "mittelstrich",
    "plus", "hyphen", "-", "_", "+", "–",
}  # fmt: skip
_PROVIDERS = {
    "web", "gmx", "gmail", "googlemail", "online", "tonline", "outlook", "hotmail", "yahoo",
    "icloud", "posteo", "freenet", "aol", "arcor", "proton", "protonmail", "mailbox",
}  # fmt: skip
_ENDINGS = {
    "de", "com", "net", "org", "info", "eu", "at", "ch", "biz", "io", "tv", "uk", "fr", "it", "nl",
    "pl", "es", "be", "dk", "us", "tr", "ru", "berlin", "hamburg", "koeln", "köln", "bayern",
    "online", "shop", "gmbh", "app", "cloud", "email", "local", "example", "test",
}  # fmt: skip
_SIGNS = {"@", "%40", "%2540", "\\x40", "\\u0040", "&#64;", "&commat;", "＠"}
_IS_WEAK = compiled(rf"^{_WEAK}(?:[\s-]?zeichen)?$")
_STOPS = {"ät", "äd", "äht", "klammeraffe", "affenschwanz", "@", "＠", "\n"}
_PASSED_OVER = {",", "(", ")", "[", "]"}
_HESITATIONS = {"äh", "ähm", "ehm", "öh", "öhm", "hm", "mhm"}
#: Said inside an address, about how to write it.
_REMARKS = {
    "groß", "gross", "großes", "grosses", "klein", "kleines", "geschrieben", "kleingeschrieben",
    "großgeschrieben", "zusammengeschrieben", "zusammen", "auseinander", "alles", "wort", "einem",
}  # fmt: skip
_NUMBER = compiled(rf"(?i)^{number_words.ITEM}$")
_TOKEN = compiled(rf"\p{{N}}+|(?:\p{{L}}|{ESCAPED})+|[^\s\p{{L}}\p{{N}}]")
#: Number words that are in no table are compounds, longer than this.
_LONG_NUMBER = 6
_REACH = 400
_MOST_TOKENS = 60
_MOST_WORDS = 4


class _Token(NamedTuple):
    start: int
    end: int
    word: str

    @property
    def is_word(self) -> bool:
        return self.word[0].isalnum() or self.word[0] == "\\"

    @property
    def is_letter(self) -> bool:
        return len(self.word) == 1 and self.word.isalpha()


def find(line: bytes) -> Iterator[Span]:
    """Spans of the addresses in ``line``."""
    if _GATE.search(line) is None:
        return
    for match in _WRITTEN.finditer(line):
        start, end = _without_edges(line, *match.span())
        if not _IN_URL.search(line[max(0, start - 200) : start]):
            yield Span(start, end, EMAIL)
    if _SPOKEN_PARTS.search(line) is None:
        return
    position = done = 0
    while match := _DICTATED.search(line, position):
        start, end = match.span(1) if match.group(1) is not None else match.span(2)
        position = end
        stop = _domain_end(line, end, line[start:end].decode().lower())
        begin = _local_start(line, max(done, start - _REACH), start) if stop else start
        if begin < start:
            yield Span(begin, stop, EMAIL)
            position = done = stop


def _without_edges(line: bytes, start: int, end: int) -> tuple[int, int]:
    """Quotation marks, slashes and dashes around an address belong to the sentence."""
    while start < end and line[start] in b"'`|{}!":
        start += 1
    while end > start and line[end - 1] in b"-_":
        end -= 1
    return start, end


def _tokens(line: bytes, start: int, end: int) -> Iterator[_Token]:
    """Words, figures and single marks; an end of line is a token too."""
    offset = start
    for number, part in enumerate(line[start:end].split(b"\n")):
        if number:
            yield _Token(offset - 1, offset, "\n")
        position = 0
        for chunk in part.split():
            begin = part.index(chunk, position)
            position = begin + len(chunk)
            word = chunk.decode("utf-8", "replace").lower()
            if word.isalpha() or word.isdecimal():
                yield _Token(offset + begin, offset + position, word)
            else:
                yield from _pieces(chunk, offset + begin)
        offset += len(part) + 1


def _pieces(chunk: bytes, offset: int) -> Iterator[_Token]:
    for match in _TOKEN.finditer(chunk):
        word = match.group().decode("utf-8", "replace").lower()
        yield _Token(match.start() + offset, match.end() + offset, word)


def _domain_end(line: bytes, start: int, sign: str) -> int:
    """Where the domain after ``sign`` ends, 0 if none follows.

    After the weak signs "at" and "et" the dot must be spoken or the provider well known; after
    "bei", which stands before people and hours as well, what follows the dot must end domains.
    """
    tokens = _until_next_sign(line, start)
    words, end, known, spoken_dot, ends_well = 0, 0, False, False, False
    index = 0
    while index < len(tokens):
        token = tokens[index]
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.word in _DOTS and index:
            if (
                after is None
                or not after.is_word
                or _ends_sentence(tokens[index - 1], token, after)
            ):
                break
            spoken_dot = spoken_dot or token.word != "."
            index, end = _label_end(tokens, index + 1)
            words = 0
            ends_well = tokens[index - 1].word in _ENDINGS
            if ends_well and not _goes_on(tokens, index):
                break
            continue
        if token.word not in _JOINS:
            words += not token.is_letter
            if not token.is_word or words > _MOST_WORDS or (end and not _dot_ahead(tokens, index)):
                break
            known = known or token.word in _PROVIDERS
            if known and after is not None and after.word in _ENDINGS:
                return after.end
        index += 1
    if sign == "bei":
        return end if ends_well else 0
    if _IS_WEAK.search(sign.encode()):
        return end if spoken_dot or known else 0
    if end or sign in _SIGNS:
        return end
    return tokens[0].end if tokens and tokens[0].is_word else 0


def _until_next_sign(line: bytes, start: int) -> list[_Token]:
    """The words that may be a domain: up to one that surely is none.

    Stopping at the next sign keeps the whole search linear: no word is looked at twice.
    """
    found: list[_Token] = []
    for token in _tokens(line, start, min(len(line), start + _REACH)):
        if token.word in _HESITATIONS:
            continue
        joined = bool(found) and found[-1].word in _JOINS
        aside = token.word in ASIDE and token.word != "mail" and not joined
        if aside or token.word in _STOPS or len(found) == _MOST_TOKENS:
            break
        if token.word not in _PASSED_OVER:
            found.append(token)
    return found


def _label_end(tokens: list[_Token], index: int) -> tuple[int, int]:
    """(index after, byte offset of the end) of the label at ``index``, spelled ones whole."""
    last = index
    if tokens[index].is_letter:
        while last + 1 < len(tokens) and last - index < 8 and tokens[last + 1].is_letter:
            last += 1
    return last + 1, tokens[last].end


def _ends_sentence(before: _Token, dot: _Token, after: _Token) -> bool:
    """ "… @ gmail. Danke" does; "… @ gmail . com" is an address with gaps."""
    gap_after = dot.word == "." and after.start > dot.end
    return gap_after and (dot.start == before.end or after.word not in _ENDINGS)


def _goes_on(tokens: list[_Token], index: int) -> bool:
    """Does "punkt uk" follow "punkt co"? Only a dot and another ending do."""
    pair = tokens[index : index + 2]
    return len(pair) == 2 and pair[0].word in _DOTS and pair[1].word in _ENDINGS


def _dot_ahead(tokens: list[_Token], index: int) -> bool:
    return any(token.word in ("punkt", "dot") for token in tokens[index : index + 3])


def _local_start(line: bytes, begin: int, end: int) -> int:
    """Where the local part before the sign at ``end`` begins; ``end`` itself if there is none."""
    tokens = _without_pauses(list(_tokens(line, begin, end))[-_MOST_TOKENS:])
    if not tokens or not tokens[-1].is_word or tokens[-1].word in ASIDE:
        return end
    index, bare = len(tokens) - 1, 0
    while index > 0:
        step, is_bare = _step_left(tokens, index)
        bare += is_bare
        if step == 0 or bare > 2:
            break
        index -= step
    return tokens[index].start


def _without_pauses(tokens: list[_Token]) -> list[_Token]:
    """Without the commas and brackets between the parts of an address that is spelt out."""
    kept: list[_Token] = []
    for token, after in zip_longest(tokens, tokens[1:]):
        pause = token.word in _PASSED_OVER
        if pause and (after is None or _is_part(after) or (kept and _is_part(kept[-1]))):
            continue
        kept.append(token)
    while kept and kept[-1].word in _PASSED_OVER:
        kept.pop()
    return kept


def _is_part(token: _Token) -> bool:
    return token.is_letter or token.word in _JOINS or token.word in _REMARKS or _is_number(token)


def _step_left(tokens: list[_Token], index: int) -> tuple[int, bool]:
    """(how many tokens left of ``index`` belong to the local part, whether a plain word does)."""
    token, before = tokens[index], tokens[index - 1]
    further = tokens[index - 2] if index > 1 else None
    if before.word in _JOINS and (before.word != "." or before.end == token.start):
        return (2 if further is not None and further.is_word else 0), False
    if before.word in ("wie", "mit") and further is not None and further.word not in ASIDE:
        return 2, False
    if before.word in _REMARKS or token.word in _REMARKS or _is_number(before):
        return 1, False
    if before.is_letter:
        return (0 if before.word == "e" and token.word == "mail" else 1), False
    return (1, True) if before.is_word and before.word not in ASIDE else (0, False)


def _is_number(token: _Token) -> bool:
    word = token.word
    if word in number_words.NUMBERS or word[0].isdecimal():
        return True
    return len(word) > _LONG_NUMBER and _NUMBER.search(word.encode()) is not None
