"""The names that agents use, and the one name each has here.

Knows function names, argument names and their types in German and English (wire.md §3 and §10).
Refuses to know what a date means or whether a name is allowed: those are business rules.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from askpro.errors import TooLarge
from askpro.providers import fields

Argument = str | int | bool

FUNCTIONS = frozenset(
    {
        "check_availability",
        "get_alternatives",
        "find_next_available",
        "book_appointment",
        "collect_appointment",
        "reschedule_appointment",
        "cancel_appointment",
        "query_appointment",
        "check_customer",
        "list_services",
        "request_callback",
        "current_context",
    }
)
_FUNCTION_SYNONYMS = {
    "start_booking": "book_appointment",
    "collect_appointment_data": "collect_appointment",
    "initialize_call": "current_context",
}
_VERSION_SUFFIX = re.compile(r"_v[0-9]{1,6}$")

#: Argument -> how it is spelled. Where a body has several spellings, the first in the row wins.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "service": (
        "service",
        "dienstleistung",
        "service_name",
        "service_type",
        "leistung",
    ),
    "date": ("date", "datum", "appointment_date"),
    "time": ("time", "uhrzeit", "appointment_time"),
    "datetime": ("datetime", "date_time", "appointment_datetime", "datum_uhrzeit"),
    "duration": ("duration", "dauer", "duration_minutes"),
    "name": ("name", "customer_name", "kundenname"),
    "email": ("email", "customer_email", "e_mail", "mail"),
    "phone": ("phone", "customer_phone", "phone_number", "telefonnummer", "telefon"),
    "notes": ("notes", "notizen", "anmerkungen"),
    "confirm": ("bestaetigung", "bestätigung", "confirm_booking", "confirm"),
    "max_alternatives": ("max_alternatives", "anzahl"),
    "after": ("after", "ab"),
    "search_days": ("search_days", "tage"),
    "old_date": ("old_date", "altes_datum"),
    "old_time": ("old_time", "alte_uhrzeit"),
    "new_date": ("new_date", "neues_datum"),
    "new_time": ("new_time", "neue_uhrzeit"),
    "reason": ("reason", "grund"),
    "window": ("window", "preferred_time_window", "zeitfenster"),
    "priority": ("priority", "dringlichkeit"),
}
_WORD = re.compile(r"[^\W_]+")
_BETWEEN_WORDS = re.compile(r"[\s_-]+")


def _run_together(name: str) -> str:
    """``appointment_date``, ``appointment-date`` and ``appointmentDate`` are one name."""
    return _BETWEEN_WORDS.sub("", name).lower()


_ARGUMENTS = {
    _run_together(spelling): (argument, rank)
    for argument, spellings in _SPELLINGS.items()
    # Of two that are one name run together, the first one's rank holds.
    for rank, spelling in reversed(tuple(enumerate(spellings)))
}
_FUNCTION_NAMES = {
    _run_together(name): _FUNCTION_SYNONYMS.get(name, name)
    for name in (*FUNCTIONS, *_FUNCTION_SYNONYMS)
}
_WHOLE = frozenset({"duration", "max_alternatives", "search_days"})
#: The date understanding reads these itself: an unfilled ``{{current_date}}`` means today there.
_KEEP_TEMPLATES = frozenset(
    {"date", "time", "datetime", "after", "old_date", "old_time", "new_date", "new_time"}
)
#: What language models write for "nothing".
_NOTHING = frozenset({"null", "none", "undefined", "n/a", "nan", "nil"})
_TEMPLATE = re.compile(r"\{\{[^{}]{0,100}\}\}")
_YES = frozenset({"ja", "true", "1", "yes", "wahr"})
_POLITE = frozenset({"bitte", "gern", "gerne", "genau", "danke", "please", "thanks"})
_NO = frozenset({"nein", "false", "0", "no", "falsch"})
_PRIORITIES = {
    "normal": "normal",
    "hoch": "high",
    "high": "high",
    "dringend": "urgent",
    "urgent": "urgent",
}
#: Longer than any rule allows, so that a rule still sees that a text was too long.
_LONGEST_TEXT = 2_000
_MOST_ARGUMENTS = 200
#: Of a list or an object where a text belongs.
_MOST_PARTS = 10


def function_name(heard: str) -> str:
    """Our name of the function that an agent calls ``heard``; unknown names come back as heard.

    A version suffix (``check_availability_v17``) is dropped, hyphens and capitals are forgiven.
    """
    name = _VERSION_SUFFIX.sub("", heard.strip().lower().replace("-", "_"))
    return _FUNCTION_NAMES.get(_run_together(name), heard)


def read_arguments(
    function: str, given: Mapping[str, Any]
) -> tuple[dict[str, Argument], tuple[str, ...]]:
    """(arguments by our names, warnings) of a call of ``function`` (our name).

    Texts are trimmed strings of at most 2,000 characters; ``duration``, ``max_alternatives`` and
    ``search_days`` are integers where they can be read as one, else the text; ``confirm`` is a
    boolean; ``priority`` is normal, high or urgent. Missing, null and "None" are left out, and so
    are a template that the agent failed to fill and every name we don't know, ``call_id`` included:
    it is written by the language model, and the envelope knows better (retell.md §3).

    For moving and cancelling, a bare date is that of the existing appointment: ``old_date`` and
    ``old_time`` when moving, ``date`` and ``time`` when cancelling.

    A list or an object where a text belongs is read out, value by value; of what has nothing to
    read in it there is a warning: a caller can't hear a refusal.

    Raises :class:`TooLarge` for more than 200 of them.
    """
    if len(given) > _MOST_ARGUMENTS:
        raise TooLarge(field="args")
    args: dict[str, Argument] = {}
    ranks: dict[str, int] = {}
    warnings: list[str] = []
    for spelled, value in given.items():
        known = _ARGUMENTS.get(_run_together(spelled))
        if known is None or value is None:
            continue
        argument, rank = known
        if argument in ranks and ranks[argument] < rank:
            continue
        read = _read(argument, value, warnings)
        if read is not None:
            args[argument] = read
            ranks[argument] = rank
    if function == "reschedule_appointment":
        _name_the_moves(args)
    elif function == "cancel_appointment":
        _rename(args, "old_date", "date")
        _rename(args, "old_time", "time")
    elif function == "find_next_available":
        _rename(args, "date", "after")
    return args, tuple(warnings)


def _read(argument: str, value: Any, warnings: list[str]) -> Argument | None:
    if argument == "confirm":
        return _flag(value, warnings)
    if argument == "priority" and type(value) is bool:
        return "high" if value else "normal"
    if type(value) in (int, float) and argument in _WHOLE:
        number = fields.whole(value)
        return number if number is not None else str(value)
    if type(value) is not str:
        if not (parts := _read_out(value)):
            warnings.append(f"unreadable:{argument}")
        value = (" " if type(value) is dict else ", ").join(parts[:_MOST_PARTS])
    text = (fields.lines if argument == "notes" else fields.text)(value, _LONGEST_TEXT)
    if text is None or text.lower() in _NOTHING:
        return None
    if _TEMPLATE.fullmatch(text) and argument not in _KEEP_TEMPLATES:
        warnings.append(f"unfilled_template:{argument}")
        return None
    if argument in _WHOLE and len(text) <= 9 and text.isascii() and text.isdigit():
        return int(text)
    if argument == "priority":
        said = (_PRIORITIES[word] for word in _words(text) if word in _PRIORITIES)
        return next(said, "normal")
    return text


def _read_out(value: Any, levels: int = 2) -> list[str]:
    """The texts and numbers in ``value`` and, so many levels down, in what it holds."""
    if type(value) is str:
        return [value]
    if type(value) in (int, float):
        number = fields.whole(value)
        return [str(value if number is None else number)]
    if type(value) not in (list, dict) or not levels:
        return []
    inside = value.values() if type(value) is dict else value
    held = itertools.islice(inside, _MOST_PARTS)
    return [text for each in held for text in _read_out(each, levels - 1)]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _flag(value: Any, warnings: list[str]) -> bool | None:
    if type(value) is bool:
        return value
    word = (fields.text(str(value), 50) or "").lower()
    if not word or word in _NOTHING:
        return None
    said = {word for word in _words(word) if word not in _POLITE}
    if said and said <= _YES:
        return True
    if not said or not said <= _NO:
        # Neither yes nor no must not book: "vielleicht" checks, and the agent asks again.
        warnings.append("unclear_flag:confirm")
    return False


def _name_the_moves(args: dict[str, Argument]) -> None:
    """A bare date is the existing appointment's, unless that one is already named."""
    names_the_new_one = "old_date" in args and "new_date" not in args
    side = "new" if names_the_new_one else "old"
    bare_date = "date" in args
    _rename(args, "date", f"{side}_date")
    if bare_date or "new_date" not in args:
        _rename(args, "time", f"{side}_time")
    else:
        _rename(args, "time", "new_time")


def _rename(args: dict[str, Argument], old: str, new: str) -> None:
    value = args.pop(old, None)
    if value is not None:
        args.setdefault(new, value)
