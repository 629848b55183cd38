"""When people were born. A birthday is a date like any other; only the words beside it tell.

They stand before it ("geboren am …", "date of birth: …") or after it ("am 5. Mai 1960 geboren").
Bare figures and cardinals ("zwölf drei achtundsiebzig") only count directly after the words.
"""

from __future__ import annotations

from collections.abc import Iterator

from askpro.guards.redaction.number_words import ORDINAL, SHORT_ITEM, YEAR
from askpro.guards.redaction.spans import PERSONAL, Span, compiled, told

_MONTH = (
    r"(?:januar|jan\.|jänner|februar|feb\.|märz|maerz|april|apr\.|mai|juni|juli|august|aug\."
    r"|september|sep\.|sept\.|oktober|okt\.|november|nov\.|dezember|dez\.)"
)
_ENGLISH_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)"
)
_DATE = (
    r"(?:[0-9]{1,2}\s?[./-]\s?[0-9]{1,2}\s?[./-]\s?(?:[0-9]{4}|[0-9]{2})"
    rf"|[0-9]{{4}}[-/.][0-9]{{2}}[-/.][0-9]{{2}}|[0-9]{{1,2}}\.?\s?{_MONTH}(?:\s[0-9]{{2,4}})?"
    rf"|{ORDINAL}[\s,]+(?:{ORDINAL}|{_MONTH})(?:[\s,]+(?:{YEAR}|{SHORT_ITEM})){{0,2}}"
    rf"|{_ENGLISH_MONTH}\s[0-9]{{1,2}}(?:st|nd|rd|th)?(?:,?\s[0-9]{{4}})?"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_ENGLISH_MONTH}(?:,?\s[0-9]{{4}})?)"
)
_WORDS = (
    r"(?:geburtsdatum|geb\.?-?datum|geburtstag\b|geboren\b|geb\.?\s|geb\.:|date[\s_]+of[\s_]+birth|birth[\s_]?da(?:te|y)\b"
    r"|\bdob\b|\bborn\b)"
)
_SURE_WORDS = (
    r"(?:geburtsdatum|geb\.?-?datum|geburtstag|geboren|\bgeb\.?|date[\s_]+of[\s_]+birth"
    r"|birth[\s_]?date)"
)
_LEAD = r"(?:\s*(?:ist|lautet|w(?:ä|ae)re|war|am|im|in|der|den|dem|is|on|also|:|=|,))*\s*\b"
_ITEMS = rf"(?:{SHORT_ITEM}|{YEAR}|neunzehn{SHORT_ITEM})"
_BARE = (
    rf"(?:{_MONTH}\s(?:[0-9]{{4}}\b|{YEAR}\b)|[0-9]{{1,2}}\.\s?[0-9]{{1,2}}\.(?:\s?[0-9]{{2,4}})?"
    r"|(?:[0-9]{8}|[0-9]{6}|[0-9]{1,2}\s[0-9]{1,2}\s(?:[0-9]{4}|[0-9]{2})"
    rf"|{SHORT_ITEM}(?:[\s,]+(?:null\s)?{SHORT_ITEM})[\s,]+(?:{_ITEMS}[\s,]+)?{_ITEMS})\b)"
)
_PLACE = r"(?-i:\p{Lu})[\p{L}.'’-]+(?:[ ](?-i:\p{Lu})[\p{L}-]+)?"
_FIND = compiled(
    rf"(?i){_SURE_WORDS}{_LEAD}(?P<bare>{_BARE})"
    rf"|(?:geburtsjahr|jahrgang|year\s+of\s+birth){_LEAD}(?P<year>(?:(?:19|20)?[0-9]{{2}}|{YEAR}|{SHORT_ITEM})\b)"
    rf"|(?:geburtsort|place\s+of\s+birth|birthplace)\s?(?::|=|ist|war|is)?\s?(?P<birthplace>{_PLACE})"
    rf"|\bin\s(?P<place>{_PLACE}|\p{{L}}{{3,}})\s(?:geboren|zur\s+welt)"
    rf"|\bgeboren\sin\s(?P<place_and_day>{_PLACE}[\s,]+am\s+{_DATE})"
    rf"|{_WORDS}(?:[^0-9]{{0,60}}?[\s:(])?(?P<after>{_DATE})"
    rf"|\b(?P<before>{_DATE})(?:\s+(?:in|bei)\s+\p{{L}}+)?\s*,?\s+(?:geboren|geb\.|zur\s+welt"
    rf"|(?:(?:ist|war|habe?|hat|w(?:ä|ae)re|das)\s+){{1,2}}(?:\p{{L}}+\s+)?geburts(?:tag|datum))"
    rf"|(?:^|[\s(,])\*\s?(?P<star>[0-9]{{1,2}}\.\s?[0-9]{{1,2}}\.\s?[0-9]{{4}})"
    # Last: a day behind it tells more.
    rf"|\bgeboren\sin\s(?P<after_in>{_PLACE})"
)
#: What a line must contain before the pattern is worth its cost.
GATE = (
    r"(?i)geburts(?:datum|tag|ort|jahr)|jahrgang|geb\.?-?datum|geboren|\bgeb\b|\bborn\b|birth"
    r"|\bdob\b|zur welt|\*\s?[0-9]{1,2}\."
)
_GATE = compiled(GATE)
_IN_A_PLACE = compiled(rf"(?i)^\sin\s{_PLACE}")


def find(line: bytes) -> Iterator[Span]:
    """Spans of the birthdays in ``line``."""
    if _GATE.search(line) is None:
        return
    for _, start, end in told(_FIND, line):
        place = _IN_A_PLACE.search(line[end : end + 80])
        yield Span(start, end + place.end() if place else end, PERSONAL)
