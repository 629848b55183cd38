"""What is kept and shown of a function call's arguments: what is said about the appointment.

What a caller said in their own words (notes, reasons) may hold anything about anybody, and no
redactor can be sure of it: it is noted as having been there, and no more. The same goes for words
in a date or a service that are neither times nor services: models put names there as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from askpro.booking.dates.lexicon import COUNTED, FILLERS, sense_of
from askpro.booking.dates.numbers import CARDINALS, ORDINALS, fold, year_in_words
from askpro.guards.redaction import Redactor

HIDDEN = "[…]"
_TIMES = frozenset(
    {
        "after",
        "date",
        "datetime",
        "new_date",
        "new_time",
        "old_date",
        "old_time",
        "time",
        "window",
    }
)
_SERVICE = "service"
#: Ids, amounts, yes and no.
_PLAIN = frozenset(
    {
        "agreed",
        "appointment_id",
        "confirm",
        "duration",
        "max_alternatives",
        "priority",
        "search_days",
    }
)
_PLAIN_WORDS = frozenset({"true", "false", "yes", "no", "ja", "nein", "urgent", "high", "normal"})
#: Ours are numbers, Cal.com's twenty-two letters and digits.
_AN_ID = re.compile(r"[0-9]{1,7}|(?=[a-z0-9]*[A-Z])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,24}")
_MOST_WHOLE = 10**7
_WORD = re.compile(r"[^\W\d_]+")
#: What stands between blanks, commas and the like, without them.
_ITEM = re.compile(r"[^\s,;:!?()\"'.](?:[^\s,;!?()\"']*[^\s,;:!?()\"'.])?")
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])\.(?:0?[1-9]|1[0-2])(?:\.(?:[0-9]{2}){0,2})?"
_CLOCK = r"(?:(?:[01]?[0-9]|2[0-4])(?:[:.][0-5][0-9]){1,2}|[0-9]{1,2})"
#: The writings of a day, a time, a range or an amount in figures; a number of somebody's is longer.
_FIGURES = re.compile(
    r"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]"
    r"(?:[Tt][0-2][0-9]:[0-5][0-9](?::[0-9]{2}(?:\.[0-9]+)?)?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
    rf"|{_DAY}|[0-9]{{1,2}}[/-][0-9]{{1,2}}[/-](?:19|20)?[0-9]{{2}}"
    rf"|{_CLOCK}(?:h|uhr)?(?:[-–]{_CLOCK}(?:h|uhr)?)?|(?:19|20)[0-9]{{2}}",
    re.IGNORECASE,
)
_A_FEW = 6
_AGAIN = re.compile(r"(?:\[…\][^\w\[]*)+(?=\[…\])")
#: A redactor's token, whole, or a word.
_PARTS = re.compile(r"(\[[A-Z_]+\])")
#: Of fewer letters, a part of a word says nothing.
_A_PART = 5
_redactor = Redactor()

Known = Callable[[str], bool]


def shown_arguments(
    arguments: Mapping[str, Any] | None, services: Collection[str] = ()
) -> dict[str, Any]:
    """The arguments as they may be kept; ``services`` are the names of the company's services."""
    offered = [fold(word) for name in services for word in _WORD.findall(name)]
    shown = _redactor.arguments(arguments or {})
    return {name: _shown(name, value, offered) for name, value in shown.items()}


def with_shown_arguments(
    rows: list[dict[str, Any]], services: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Function calls as they may be shown. What was kept is shown no more freely than it is kept
    today."""
    return [{**row, "arguments": shown_arguments(row["arguments"], services)} for row in rows]


def _shown(name: str, value: Any, offered: Collection[str]) -> Any:
    if not isinstance(value, str):
        is_figure = name in _PLAIN | _TIMES and isinstance(value, int | float)
        return value if is_figure and abs(value) < _MOST_WHOLE else HIDDEN
    if name in _TIMES:
        return _only(value, _is_about_time)
    if name == _SERVICE:
        return _only(value, lambda word: _is_about_time(word) or _is_offered(word, offered))
    if name in _PLAIN and (value.lower() in _PLAIN_WORDS or _AN_ID.fullmatch(value)):
        return value
    return value if _PARTS.fullmatch(value) else HIDDEN


def _only(text: str, known: Known) -> str:
    """The text with everything hidden that is neither a known word nor a time in figures."""
    figures = sum(item.isdecimal() for item in _ITEM.findall(text))
    parts = [
        part
        if _PARTS.fullmatch(part)
        else _ITEM.sub(lambda item: _or_hidden(item[0], known, figures <= _A_FEW), part)
        for part in _PARTS.split(text)
    ]
    return _AGAIN.sub("", "".join(parts))


def _or_hidden(item: str, known: Known, with_figures: bool) -> str:
    if item.isascii() and _FIGURES.fullmatch(item):
        return item if with_figures or not item.isdecimal() else HIDDEN
    if any(char.isdigit() or char == "_" for char in item):
        return HIDDEN
    words = _WORD.findall(item)
    hidden = not words or (len(words) > 1 and all(len(word) == 1 for word in words))
    return HIDDEN if hidden else _WORD.sub(lambda word: _word(word[0], known), item)


def _word(word: str, known: Known) -> str:
    return word if len(word) > 1 and known(fold(word)) else HIDDEN


def _is_about_time(word: str) -> bool:
    return (
        word in FILLERS
        or word in COUNTED
        or word in CARDINALS
        or word in ORDINALS
        or sense_of(word) is not None
        or year_in_words(word) is not None
    )


def _is_offered(word: str, offered: Collection[str]) -> bool:
    """Whether the word is one of a service's, a part of one or around one ("Haarschnitte"), or made
    of its ends ("Herrenschnitt" of "Herrenhaarschnitt")."""
    for each in offered:
        if word == each or (
            min(len(word), len(each)) >= _A_PART and (word in each or each in word)
        ):
            return True
        ends = range(_A_PART, len(word) - _A_PART + 1)
        if any(each.startswith(word[:cut]) and each.endswith(word[cut:]) for cut in ends):
            return True
    return False
