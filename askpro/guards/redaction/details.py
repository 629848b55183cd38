"""What else people say about themselves on the telephone: a birthday, a number plate, a spelt name,
the number of a health insurance or a passport.

A birthday is a date like any other; only the question for it makes it personal. So are the numbers
that offices and insurances give: in other lines the same letters and figures are an order's.
"""

from __future__ import annotations

from collections.abc import Iterator

from askpro.guards.redaction.number_words import ORDINAL, SHORT_ITEM, YEAR
from askpro.guards.redaction.spans import NAME, PERSONAL, Span, compiled, unnamed

_MONTH = (
    r"(?:januar|jänner|februar|märz|maerz|april|mai|juni|juli|august|september|oktober|november"
    r"|dezember)"
)
_DATE = (
    r"(?:[0-9]{1,2}\s?[./-]\s?[0-9]{1,2}\s?[./-]\s?(?:[0-9]{4}|[0-9]{2})"
    rf"|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}\.\s?{_MONTH}(?:\s[0-9]{{2,4}})?"
    rf"|{ORDINAL}[\s,]+(?:{ORDINAL}|{_MONTH})(?:[\s,]+(?:{YEAR}|{SHORT_ITEM})){{0,2}})"
)
_BIRTHDAY = (
    rf"(?:geburtsdatum|geburtstag\b|geboren|geb\.)(?:[^0-9]{{0,60}}?[\s:(])(?P<birthday>{_DATE})"
)
_PLATE = (
    r"(?:^|[^\p{L}\p{N}])(?P<said_plate>\p{L}(?:\s\p{L}){0,2}\s+(?:strich|bindestrich|minus)"
    rf"\s+\p{{L}}(?:\s\p{{L}})?\s+{SHORT_ITEM}(?:\s+{SHORT_ITEM}){{0,4}})"
    r"|kennzeichen[^\n]{0,40}?[\s:](?:\p{L}+:\s)?"
    r"(?P<plate>\p{L}{1,3}[ -]\p{L}{1,2}[ -]?[0-9]{1,4}[eh]?\b)"
)
_OFFICE = (
    r"(?:versicher(?:ten|ungs)[ -]?(?:nummer|nr)|kvnr|krankenkassen(?:nummer|karte)"
    r"|(?:personal)?ausweis|reisepass|f(?:ü|ue)hrerschein|steuer-?id|steuer(?:identifikations)?nummer)"
)
_OFFICIAL = (
    rf"{_OFFICE}[^\n0-9]{{0,30}}?[\s:=#](?P<official>\p{{L}}{{0,2}}[0-9][0-9a-z]{{6,}}"
    r"|[0-9]{2,3}(?:[ /.-](?:[0-9]{3,}[a-z]?[0-9]*|[a-z]\b)){2,})"
)
_LETTER = r"(?:doppel[ -]?)?\p{L}"
_SPELT = (
    rf"(?:^|[^\p{{L}}\p{{N}}_./'-])(?P<spelt>{_LETTER}\s+wie\s+\p{{L}}{{2,}}"
    rf"(?:[\s,]+(?:und\s+)?{_LETTER}(?:\s+wie\s+\p{{L}}{{2,}})?){{2,}}"
    rf"|\p{{L}}(?:(?:,?\s| ?- ?){_LETTER}){{3,}})(?:[^\p{{L}}\p{{N}}_'-]|$)"
)
_ALL = f"(?i){_BIRTHDAY}|{_PLATE}|{_OFFICIAL}|{_SPELT}"
#: What a line must contain before the pattern is worth its cost.
GATE = unnamed(
    rf"(?i)geburtsdatum|geburtstag\b|geboren|geb\.|kennzeichen|(?:strich|minus)\s+\p{{L}}\b"
    rf"|{_OFFICE}|{_SPELT}"
)
_GATE = compiled(GATE)
_FIND = compiled(_ALL)


def find(line: bytes) -> Iterator[Span]:
    """Spans of birthdays, number plates, official numbers and spelt names in ``line``."""
    if _GATE.search(line) is None:
        return
    position = 0
    while match := _FIND.search(line, position):
        start, end = match.span(match.lastindex)
        yield Span(start, end, NAME if match.lastindex == _SPELT_GROUP else PERSONAL)
        position = end


_SPELT_GROUP = max(_FIND.groupindex.values())
