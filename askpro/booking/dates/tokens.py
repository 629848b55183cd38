"""From text to tokens: words with their senses, and the shapes that digits make.

One pass of one expression whose every part is bounded, so the time grows with the length only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from askpro.booking.dates.lexicon import Sense, sense_of
from askpro.booking.dates.numbers import CARDINALS, ORDINALS, fold, year_in_words


@dataclass(slots=True)
class Token:
    """``kind`` is word, number, ordinal, decimal, clock, "no clock" (9:75), date, pair, stamp,
    template, punct or end.

    ``text`` is folded. ``number`` and ``rank`` are what the token counts as; ``data`` holds a
    clock's (hour, minute, second), a date's (day or None, month, year or None), a pair's (first,
    second).
    ``glued`` is true when nothing stands between it and the token before.
    """

    kind: str
    text: str
    start: int
    glued: bool = False
    number: int | None = None
    rank: int | None = None
    sense: Sense | None = None
    data: tuple[int | None, ...] = ()
    stamp: datetime | None = None

    def means(self, *kinds: str) -> bool:
        return self.sense is not None and self.sense.kind in kinds


#: Stands behind the last token so that rules may look ahead without counting.
END = Token("end", "", -1)
_AHEAD = 8

_SHAPES = re.compile(
    r"""
    (?P<template>\{\{[^{}]{0,60}\}\})
  | (?P<stamp>\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?
        (?:[Zz]|[+-]\d{2}:?\d{2})?|[Tt]\d{2}(?![\w:]))?(?!\d))
  | (?P<basic>20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])
        (?:[Tt](?:[01]\d|2[0-3])(?:[0-5]\d){1,2}(?:[Zz]|[+-]\d{2}:?\d{2})?)?(?!\d))
  | (?P<ym>20\d{2}-(?:0[1-9]|1[0-2])(?![\d-]))
  | (?P<ymd>\d{4}[/.]\d{1,2}[/.]\d{1,2}(?!\d))
  | (?P<dmy>\d{1,2}\.[ ]?\d{1,2}\.
        (?:[ ]?(?:19|20)\d{2}(?![\d:])(?![ ]?[-–][ ]?\d{4})(?![ ]?(?:[Uu]hr|h\b))
          |\d{2,4}(?![\d:])(?![ ]?(?:[Uu]hr|h\b))))
  | (?P<slashed>\d{1,2}/\d{1,2}/\d{2,4}(?!\d)|\d{1,2}-\d{1,2}-\d{4}(?!\d))
  | (?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})?)?(?!\d)
        |\d{1,2}h\d{2}(?!\d))
  | (?P<dm>\d{1,2}\.[ ]?\d{1,2}\.(?!\d))
  | (?P<pair>\d{1,2}\.\d{1,2}(?!\d))
  | (?P<slash>\d{1,2}/\d{1,2}(?!\d))
  | (?P<decimal>\d{1,4},\d{1,2}(?!\d))
  | (?P<ordinal>\d{1,2}(?:\.(?![\d.])|(?:ter|ten|tes|tem|te|st|nd|rd|th)\b))
  | (?P<number>\d+)
  | (?P<word>[^\W\d_]+)
  | (?P<punct>[.,;:!?()/\n–—&+-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_LONGEST_WORD = 40


def tokens_of(text: str) -> list[Token]:
    """The tokens of ``text`` in order, followed by a few :data:`END` tokens."""
    text = unicodedata.normalize("NFC", text)
    found: list[Token] = []
    last_end = -1
    for match in _SHAPES.finditer(text):
        shape = match.lastgroup or ""
        for raw in _said_apart(shape, match.group()):
            token = _MAKERS.get(shape, _plain)(shape, raw)
            token.start = match.start()
            token.glued = match.start() == last_end
            last_end = match.end()
            found.append(token)
    found += [END] * _AHEAD
    return found


def _said_apart(shape: str, raw: str) -> list[str]:
    """ "vierzehnuhrdreißig" as its three words, every other text as it is."""
    head, uhr, tail = raw.lower().partition("uhr")
    if shape != "word" or not (head and uhr) or len(raw) > _LONGEST_WORD:
        return [raw]
    if fold(head) not in CARDINALS or (tail and fold(tail) not in CARDINALS):
        return [raw]
    return [head, uhr, tail] if tail else [head, uhr]


def _plain(shape: str, raw: str) -> Token:
    return Token(shape, raw, 0)


def _word(_shape: str, raw: str) -> Token:
    if len(raw) > _LONGEST_WORD:
        return Token("word", "", 0)
    text = fold(raw)
    number = CARDINALS.get(text)
    if number is None and len(text) > 10:
        number = year_in_words(text)
    return Token("word", text, 0, number=number, rank=ORDINALS.get(text), sense=sense_of(text))


def _template(_shape: str, raw: str) -> Token:
    low = raw.lower()
    is_today = any(word in low for word in ("date", "datum", "today", "heute"))
    return Token("template", "heute" if is_today else "", 0)


def _stamp(_shape: str, raw: str) -> Token:
    day, _, clock = raw.upper().partition("T")
    year, month, number = (int(part) for part in day.split("-"))
    token = Token("date", raw, 0, data=(number, month, year))
    if not clock:
        return token
    hour, _, rest = clock.partition(":")
    iso = f"{year:04}-{month:02}-{number:02}T{int(hour):02}:{rest.replace(',', '.') or '00'}"
    try:
        token.stamp = datetime.fromisoformat(iso)
    except ValueError:
        return token
    token.kind = "stamp"
    return token


def _basic(shape: str, raw: str) -> Token:
    """ "20261124T1500": ISO without its dashes and colons."""
    day, _, clock = raw.upper().partition("T")
    extended = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if not clock:
        return _stamp(shape, extended)
    minutes, seconds = clock[2:4], clock[4:]
    seconds = f":{seconds}" if seconds[:1].isdigit() else seconds
    return _stamp(shape, f"{extended}T{clock[:2]}:{minutes}{seconds}")


def _year_and_month(_shape: str, raw: str) -> Token:
    year, month = raw.split("-")
    return Token("date", raw, 0, data=(None, int(month), int(year)))


def _date(shape: str, raw: str) -> Token:
    first, second, third = _DIGITS.findall(raw)
    if shape == "ymd":
        return Token("date", raw, 0, data=(int(third), int(second), int(first)))
    day, month, year = int(first), int(second), _year(third)
    if month > 12 >= day:  # 10/22/2026: English models put the month first.
        day, month = month, day
    return Token("date", raw, 0, data=(day, month, year))


def _year(digits: str) -> int | None:
    """Two digits are this century's; three are a slip, and then the year was not said."""
    if len(digits) == 3:
        return None
    year = int(digits)
    if len(digits) == 4:
        return year
    return 2000 + year if year < 70 else 1900 + year


def _clock(_shape: str, raw: str) -> Token:
    digits = [int(part) for part in _DIGITS.findall(raw)[:3]]
    token = Token("clock", raw, 0, data=tuple(digits))
    if digits[0] > 24 or digits[1] > 59 or (digits[0] == 24 and digits[1]):
        token.kind = "no clock"
    return token


def _two(shape: str, raw: str) -> Token:
    first, second = _DIGITS.findall(raw)
    kind = "date" if shape == "dm" else "pair"
    if kind == "date":
        return Token("date", raw, 0, data=(int(first), int(second), None))
    return Token("pair", raw, 0, data=(int(first), int(second)))


def _decimal(_shape: str, raw: str) -> Token:
    first, second = raw.split(",")
    return Token("decimal", raw, 0, data=(int(first), int(second)))


def _ordinal(_shape: str, raw: str) -> Token:
    digits = int(_DIGITS.findall(raw)[0])
    return Token("ordinal", raw, 0, number=digits, rank=digits)


def _number(_shape: str, raw: str) -> Token:
    return Token("number", raw, 0, number=int(raw) if len(raw) <= 4 else None)


_MAKERS = {
    "word": _word,
    "template": _template,
    "stamp": _stamp,
    "basic": _basic,
    "ym": _year_and_month,
    "ymd": _date,
    "dmy": _date,
    "slashed": _date,
    "clock": _clock,
    "dm": _two,
    "pair": _two,
    "slash": _two,
    "decimal": _decimal,
    "ordinal": _ordinal,
    "number": _number,
}


def number_at(tokens: list[Token], i: int) -> tuple[int, int] | None:
    """The cardinal that begins at ``i`` and where it ends: "zwölf", "21", "ein und zwanzig"."""
    token = tokens[i]
    if token.number is None or token.kind == "ordinal":
        return None
    if token.kind == "word" and 0 < token.number < 10 and tokens[i + 1].text == "und":
        tens = tokens[i + 2]
        if tens.kind == "word" and tens.number and tens.number in range(20, 100, 10):
            return token.number + tens.number, i + 3
    return token.number, i + 1


def rank_at(tokens: list[Token], i: int) -> tuple[int, int] | None:
    """The ordinal that begins at ``i``: "dritter", "26.", "26 ten", "drei und zwanzigsten"."""
    token = tokens[i]
    if token.rank is not None:
        return token.rank, i + 1
    if token.number is None:
        return None
    if token.kind == "number" and tokens[i + 1].text in ("ten", "sten", "ter", "ste", "te"):
        return token.number, i + 2
    if token.kind == "word" and 0 < token.number < 10:
        # "Am zwei zwanzigsten": speech recognition lost the "und".
        joint = tokens[i + 1].text == "und"
        tens = tokens[i + 1 + joint]
        told = joint or (i > 0 and tokens[i - 1].text in ("am", "den", "der", "dem", "vom", "zum"))
        if told and tens.rank is not None and tens.rank in (20, 30, 40, 50):
            return token.number + tens.rank, i + 2 + joint
    return None
