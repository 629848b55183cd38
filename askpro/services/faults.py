"""The answer when the calendar is down: the sentence of rules.md §9, and always a next step."""

from __future__ import annotations

import logging

from askpro import trace
from askpro.booking import wording
from askpro.errors import CalcomError
from askpro.services.answers import Answer
from askpro.services.turns import Turn

log = logging.getLogger(__name__)


def calendar_down(turn: Turn, error: CalcomError, *, callback_id: int | None = None) -> Answer:
    """``callback_id`` is the wish that was collected meanwhile; without one, a callback is
    offered."""
    note_error(error)
    log.warning(
        "calendar down",
        extra={
            "company_id": turn.office.company_id,
            "error": type(error).__name__,
            "http_status": error.http_status,
        },
    )
    kept = callback_id is not None
    fields = {"available": False, "alternatives": [], "callback_offered": not kept}
    if kept:
        fields["callback_id"] = callback_id
    return Answer("calendar_down", wording.calendar_down(error, wish_kept=kept), fields)


def note_error(error: Exception) -> None:
    """The error's class, for the request's trace."""
    current = trace.current()
    if current is not None:
        current.error = type(error).__name__
