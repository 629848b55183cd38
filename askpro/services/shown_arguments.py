"""What is kept and shown of a function call's arguments: what is said about the appointment.

What a caller said in their own words (notes, reasons) may hold anything about anybody, and no
redactor can be sure of it: it is noted as having been there, and no more. The same goes for words
in a date or a service that are neither times nor services: models put names there as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from difflib import SequenceMatcher
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
_AN_ID = re.compile(r"[\w-]*\d[\w-]*")
_WORD = re.compile(r"[^\W\d_]+")
_AGAIN = re.compile(r"(?:\[…\][^\w\[]*)+(?=\[…\])")
#: A redactor's token, whole, or a word.
_PARTS = re.compile(r"(\[[A-Z_]+\])")
#: So many letters in common make a word one of a service's ("Herrenschnitt", "Haarschnitt").
_ALIKE = 5
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
        return value if name in _PLAIN | _TIMES and isinstance(value, int | float) else HIDDEN
    if name in _TIMES:
        return _only(value, _is_about_time)
    if name == _SERVICE:
        return _only(value, lambda word: _is_about_time(word) or _is_offered(word, offered))
    if name in _PLAIN and (value.lower() in _PLAIN_WORDS or _AN_ID.fullmatch(value)):
        return value
    return value if _PARTS.fullmatch(value) else HIDDEN


def _only(text: str, known: Known) -> str:
    """The text with every word hidden that is not known."""
    parts = [
        part if _PARTS.fullmatch(part) else _WORD.sub(lambda word: _or_hidden(word[0], known), part)
        for part in _PARTS.split(text)
    ]
    return _AGAIN.sub("", "".join(parts))


def _or_hidden(word: str, known: Known) -> str:
    return word if known(fold(word)) else HIDDEN


def _is_about_time(word: str) -> bool:
    return (
        len(word) == 1  # 2026-11-20T14:00Z
        or word in FILLERS
        or word in COUNTED
        or word in CARDINALS
        or word in ORDINALS
        or sense_of(word) is not None
        or year_in_words(word) is not None
    )


def _is_offered(word: str, offered: Collection[str]) -> bool:
    """Whether the word is one of a service's, or much like it."""
    for each in offered:
        same = SequenceMatcher(None, word, each, autojunk=False).find_longest_match().size
        if word == each or same >= _ALIKE:
            return True
    return False
