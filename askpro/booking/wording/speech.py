"""What every sentence keeps to: under 300 characters, one line, nothing a voice can't say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from askpro.booking.wording.numbers import MONTHS, cardinal, ordinal

MOST_CHARACTERS = 299
#: Names of people and services are cut to this length, at a word where possible.
MOST_OF_A_NAME = 60

CALLBACK_OFFER = "Darf ich einen Rückruf für Sie notieren?"

_SYMBOLS = {
    "&": " und ",
    "+": " und ",
    "%": " Prozent ",
    "€": " Euro ",
    "@": " ät ",
    "/": ", ",
    "|": ", ",
    "(": ", ",
    ")": " ",
    "_": " ",
    "*": " ",
    "#": " ",
    "–": "-",
    "—": "-",
    "’": "'",
}
_ABBREVIATIONS = (
    (re.compile(r"\bmin\b\.?", re.IGNORECASE), "Minuten"),
    (re.compile(r"(?<=\d)\s*h\b", re.IGNORECASE), " Stunden"),
    (re.compile(r"\bstd\b\.?", re.IGNORECASE), "Stunden"),
    (re.compile(r"\binkl\b\.?", re.IGNORECASE), "inklusive"),
    (re.compile(r"\bca\b\.?", re.IGNORECASE), "circa"),
    (re.compile(r"\bdr\b\.?", re.IGNORECASE), "Doktor"),
)
_DATE = re.compile(r"\b(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.(?:\d{2,4}\b)?")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)(?:\s*Uhr\b)?", re.IGNORECASE)
_LETTER_KINDS = frozenset({"Ll", "Lu", "Lt", "Lo", "Lm", "Mn", "Mc"})
_KEPT_MARKS = frozenset("-',.: ")


def speakable(text: str, most: int = MOST_OF_A_NAME) -> str:
    """A name as a voice can say it: no digits, emoji, markup or line breaks, at most ``most`` long.

    ``Massage (60 Min.)`` becomes ``Massage, sechzig Minuten``.
    """
    text = re.sub(r"<[^<>]*>", " ", unicodedata.normalize("NFC", text))
    for pattern, word in _ABBREVIATIONS:
        text = pattern.sub(word, text)
    text = _DATE.sub(_date_said, text)
    text = _CLOCK.sub(lambda m: f"{int(m[1])} Uhr" + (f" {int(m[2])}" if int(m[2]) else ""), text)
    text = re.sub(r"(\d)\s*[-–]\s*(\d)", r"\1 bis \2", text)
    text = re.sub(r"(\d)[.,](\d)", r"\1 Komma \2", text)
    text = re.sub(r"\d+", lambda digits: f" {_digits(digits[0])} ", text)
    text = "".join(_SYMBOLS.get(letter, letter) for letter in text)
    text = "".join(letter if _is_said(letter) else " " for letter in text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([,.:])(?:\s*[,.:])*", r"\1", text)
    text = re.sub(r"\s+-|-\s+(?=-)", " -", text).strip(" ,.:-'")
    if len(text) <= most:
        return text
    return (text[: most + 1].rsplit(" ", 1)[0])[:most].rstrip(" ,.:-'")


def sayable(names: Iterable[str | None]) -> list[str]:
    """The names that a voice can say, as it says them; the others are left out."""
    return [said for name in names if name and (said := speakable(name))]


def first_fit(sentences: Iterable[str]) -> str:
    """The first of ever shorter ways to say it that a voice agent may send (under 300)."""
    for sentence in sentences:
        said = capitalised(sentence)
        if len(said) <= MOST_CHARACTERS:
            return said
    return said


def sentence(required: str, *optional: str) -> str:
    """``required`` and as many of the ``optional`` sentences, in order, as fit behind it."""
    said = capitalised(required)
    for more in optional:
        if more and len(said) + 1 + len(more) <= MOST_CHARACTERS:
            said = f"{said} {capitalised(more)}"
    return said


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def for_service(service: str | None) -> str:
    """`` für Färben``, or nothing: no article, because the gender of a service is not known."""
    said = speakable(service) if service else ""
    return f" für {said}" if said else ""


def _digits(digits: str) -> str:
    if len(digits) <= 6 and (digits == "0" or not digits.startswith("0")):
        return cardinal(int(digits))
    return " ".join(cardinal(int(digit)) for digit in digits)


def _date_said(written: re.Match[str]) -> str:
    """``30.10.`` as ``dreißigsten Oktober``: after "bis", "am" and "ab" alike."""
    return f"{ordinal(int(written[1]), 'en')} {MONTHS[int(written[2]) - 1]}"


def _is_said(letter: str) -> bool:
    return letter in _KEPT_MARKS or unicodedata.category(letter) in _LETTER_KINDS
