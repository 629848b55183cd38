"""Names that a sentence introduces: "mein Name ist …", "Frau …", "… am Apparat".

A name in free text cannot be told from another word by its shape, so it is found by what stands
beside it, and then everywhere else in the text. Refuses to guess from lists of first names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from askpro.guards.redaction import known_names
from askpro.guards.redaction.mail import ESCAPED
from askpro.guards.redaction.number_words import NUMBERS
from askpro.guards.redaction.spans import NAME, Span, compiled
from askpro.guards.redaction.words import NO_NAMES, PARTICLES

_GAP = r"(?:[\s\x{00A0}]|\\n)"
_TITLE = rf"(?:(?i:dr\.?|doktor|prof\.?|professor){_GAP}+)"
_PARTICLE = rf"(?:(?i:von|van|de|der|den|zu|zur|vom|ten|ter|el|al|bin){_GAP}+)"
_REST = rf"(?:[\p{{L}}]|['’-]\p{{L}}|{ESCAPED})"
_CAPITAL = rf"(?:[\p{{Lu}}]|{ESCAPED}){_REST}+"
_SMALL = rf"\p{{Ll}}{_REST}+"
_SS = r"(?:ß|ss|\\u00df)"
_UE = r"(?:ü|ue|\\u00fc)"
_LABEL = rf"(?:\p{{L}}{{2,20}}\s?:{_GAP}*)"
_CALLER = rf"(?i:(?:user|kund(?:e|in)|anrufer(?:in)?|caller)\s?:{_GAP}*)"
_GREETING = (
    rf"(?:(?:sch(?:ö|oe)nen\s+)?guten\s+(?:tag|morgen|abend|mittag)|hallo|moin|servus|tach|tag"
    rf"|gr{_UE}{_SS}(?:e|\s+gott|\s+sie|\s+dich)?)"
)
_YES = (
    rf"(?:(?:ja|so|(?:ä|ae)hm?|also|gerne|klar|nat{_UE}rlich|sicher|genau|{_GREETING})"
    rf"\s*[,.!]?{_GAP}+)"
)

# What stands before a name.
_BEFORE = (
    rf"(?:vor|nach|familien|zu|m(?:ä|ae)dchen)?namen?\s+(?:ist|lautet|w(?:ä|ae)re|war|is)\s+"
    rf"|(?:vor|nach|familien|zu)?name\s*[:=]\s*"
    rf"|hei{_SS}e?\s+|hei{_SS}t\s+"
    r"|hier\s+(?:spricht|ist|redet|telefoniert|schreibt|nochmal|wieder)\s+(?:(?:die|der)\s+)?"
    r"|(?:auf|unter|im)\s+(?:(?:den|dem|einen|meinen|seinen|ihren)\s+)?(?:nach)?namen\s+(?:von\s+)?"
    rf"|\b(?:herrn?|frau|fr(?:ä|ae)ulein|familie|mrs?\.?|ms\.?|fr\.|hr\.|fam\.)\s+"
)
_KIN = (
    r"(?:mutter|vater|tochter|sohn|mann|bruder|schwester|oma|opa|partner(?:in)?|freund(?:in)?"
    r"|kollege|kollegin|chef(?:in)?|kind)\s+(?:an\s+|namens\s+)?"
)
_TWO_ONLY = (
    r"(?:kund(?:e|in|en)|patient(?:in|en)?|anrufer(?:in)?|teilnehmer(?:in)?|attendee|customer|caller"
    r"|ich\s+bin(?:\s+(?:der|die))?|spreche\s+mit)\s+"
)
_AFTER = (
    r"\s*,?\s+(?:(?:ist\s+)?mein\s+name|am\s+(?:apparat|telefon)"
    r"|hier\b(?:\s*[,.!?:]|\s+(?:ich|noch|aus|von)|$))"
)
_START = r"(?:^|[^\p{L}\p{N}_])"


def _full(word: str, most: int) -> str:
    return rf"({_PARTICLE}{{0,2}}{word}(?:{_GAP}+{_PARTICLE}{{0,2}}{word}){{0,{most - 1}}})"


def _patterns(word: str) -> list[Any]:
    return [
        compiled(pattern)
        for pattern in (
            rf"{_START}(?i:{_BEFORE}){_TITLE}*{_full(word, 3)}",
            rf"{_START}(?i:mein\p{{L}}*\s+{_KIN}){_full(word, 2)}",
            rf"{_START}(?i:{_TWO_ONLY})({word}{_GAP}+{_PARTICLE}{{0,2}}{word})",
            rf"(?:^|[.,:;!?\"]{_GAP}*|\n|\\n|{_START}(?i:{_YES})){_full(word, 3)}(?i:{_AFTER})",
            rf"(?i:{_START}\p{{L}}*namen?\b[^\n\\]{{0,80}}[?.](?:\n|\\n|\s)+{_LABEL}{_YES}{{0,3}})"
            rf"{_full(word, 3)}{_GAP}*(?:[.,!;\"\n\\]|$)",
            rf"(?:^|\n|\\n){_GAP}*{_CALLER}?(?i:{_YES}{{0,2}}){_full(word, 2)}"
            rf"\s*,\s+(?i:{_GREETING})",
            rf"{_START}(?i:{_GREETING})\s*,\s+{_full(word, 2)}\s*,\s+(?i:ich|hier|mein|wir|es)\b",
        )
    ]


_PATTERNS = _patterns(_CAPITAL)
_SMALL_PATTERNS = _patterns(_SMALL)[:4]
#: What a line must contain before any of the patterns is tried.
GATE = (
    rf"(?i)(?:\b|vor|nach|familien|zu)namen?\b|\bhei{_SS}[et]?\b|\bhier\b|\bherrn?\b|\bfrau\b"
    rf"|fr(?:ä|ae)ulein|famil|apparat|am telefon|{_START}{_GREETING}\b|\bmein\p{{L}}*\s+{_KIN}"
    rf"|{_START}{_TWO_ONLY}|\b(?:mr|mrs|ms|fr|hr|fam)\."
)
_GATE = compiled(GATE)
_UPPER = compiled(r"\p{Lu}")
_LABELS = compiled(r"(?:^|\n|\\n)\s*\p{L}+:")
_WORD = compiled(rf"(?:\p{{L}}|{ESCAPED}){_REST}*")
_BEFORE_HIT = compiled(rf"(?:^|[^\p{{L}}\p{{N}}])((?:[\p{{Lu}}]){_REST}+)[ ]$")
_SMALL_BEFORE_HIT = compiled(rf"(?:^|[^\p{{L}}\p{{N}}])({_SMALL})[ ]$")


def find(line: bytes, *, whole: bool = True) -> Iterator[Span]:
    """Spans of the names that ``line`` introduces, wherever they stand in it.

    In a ``whole`` text without any capital, as speech recognition writes, names have none either;
    a piece of a text does not tell.
    """
    if _GATE.search(line) is None:
        return
    small = whole and _UPPER.search(_LABELS.sub(b"", line)) is None
    found: dict[str, None] = {}
    for pattern in _SMALL_PATTERNS if small else _PATTERNS:
        position = 0
        while match := pattern.search(line, position):
            start, end = match.span(1)
            words = _leading_names(line, start, end, most=2 if small else 4)
            if words:
                found.update((line[a:b].decode(errors="replace"), None) for a, b in words)
                yield Span(start, words[-1][1], NAME)
            # What a match without a name ended before may begin another: "hier spricht Frau Dr. …".
            position = max(words[-1][1] if words else start - 1, position + 1)
    if found:
        yield from _elsewhere(line, list(found), small)


def _leading_names(line: bytes, start: int, end: int, *, most: int) -> list[tuple[int, int]]:
    """The words from ``start`` up to the first that is no name; particles only between names."""
    words: list[tuple[int, int]] = []
    for match in _WORD.finditer(line, start, end):
        word = match.group().decode(errors="replace").lower()
        particle = word in PARTICLES
        if not particle and (word in NO_NAMES or word in NUMBERS or len(words) == most):
            break
        words.append(match.span())
    while words and line[slice(*words[-1])].decode(errors="replace").lower() in PARTICLES:
        words.pop()
    return words


def _elsewhere(line: bytes, names: list[str], small: bool) -> Iterator[Span]:
    """Every other place of the names, a first name standing before one of them included."""
    before = _SMALL_BEFORE_HIT if small else _BEFORE_HIT
    for span in known_names.find(line, known_names.writings(names)):
        first = before.search(line[max(0, span.start - 60) : span.start])
        if first and first.group(1).decode(errors="replace").lower() not in NO_NAMES:
            span = span._replace(start=span.start - len(first.group(1)) - 1)
        yield span
