"""Which arguments of a function call an operator may read: those that are about the appointment.

What a caller said in their own words (notes, reasons) may hold anything about anybody, and no
redactor can be sure of it: it is shown as having been there, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from askpro.guards.redaction import Redactor

HIDDEN = "[…]"
_ABOUT_THE_APPOINTMENT = frozenset(
    {
        "after",
        "agreed",
        "appointment_id",
        "confirm",
        "date",
        "datetime",
        "duration",
        "max_alternatives",
        "new_date",
        "new_time",
        "old_date",
        "old_time",
        "priority",
        "search_days",
        "service",
        "time",
        "window",
    }
)
_redactor = Redactor()


def shown_arguments(arguments: Mapping[str, Any] | None) -> dict[str, Any]:
    """The arguments with everything hidden that is not about the appointment; redacted anyway."""
    shown = _redactor.arguments(arguments or {})
    return {
        name: value if name in _ABOUT_THE_APPOINTMENT or _is_token(value) else HIDDEN
        for name, value in shown.items()
    }


def _is_token(value: Any) -> bool:
    """Whether the redactor has been here: its tokens say what was there."""
    return isinstance(value, str) and value.startswith("[") and value.endswith("]")


def with_shown_arguments(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Function calls with their arguments as they may be shown."""
    return [{**row, "arguments": shown_arguments(row["arguments"])} for row in rows]
