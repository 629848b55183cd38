"""Working on one event of the inbox: its effects and "done" in one transaction.

A lost lease rolls both back, so an event has its effects once, however many workers tried.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.providers.retell_events import RetellEvent
from askpro.services import booking_events, calendar, call_events, conversations, events
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store import inbox
from askpro.store.models import InboxEvent

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
#: First pause after a failure; doubled each time, up to the longest.
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=4)


class LeaseLost(Exception):
    """Another worker has the event now; everything done here is rolled back."""


def work_on(runtime: Runtime, event: InboxEvent) -> str:
    """Handle one claimed event; ``done``, ``retry``, ``dead`` or ``lost``."""
    try:
        _apply(runtime, event)
    except LeaseLost:
        log.info("lease lost", extra={"event_id": event.id})
        return "lost"
    except Exception as error:
        log.warning(
            "event failed",
            extra={
                "event_id": event.id,
                "event": event.event,
                "attempt": event.attempts,
                "error": type(error).__name__,
            },
            exc_info=error,
        )
        return _give_back(runtime, event, type(error).__name__)
    return "done"


def effects_of(
    runtime: Runtime, session: Session, event: InboxEvent, now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Apply the event in ``session``; (what it did, the body as it may be kept)."""
    assert event.company_id is not None
    body = inbox.body_of(event)
    return _APPLIERS[event.provider](runtime, session, event, body, now)


def office_of(runtime: Runtime, event: InboxEvent) -> Office | None:
    """Who answers today for an event that nobody answered for when it came."""
    body = inbox.body_of(event)
    if event.provider == "retell":
        return events.office_of_call(runtime, RetellEvent.from_json(body).call)
    owner = events.owner_of(runtime, CalcomEvent.from_json(body))
    return runtime.directory.office(owner) if owner else None


def pause_before(attempt: int) -> timedelta:
    """How long to wait after the ``attempt``-th failure: doubling, with jitter."""
    pause = min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311  (spreads load, keeps no secret)


def _apply(runtime: Runtime, event: InboxEvent) -> None:
    now = runtime.clock.now()
    if event.company_id is None:
        with runtime.database.unrestricted_unsafe(write=True) as session:
            if not inbox.finish(session, event, now, {"effect": "none"}):
                raise LeaseLost
        return
    with runtime.database.of_company(event.company_id, write=True) as session:
        effect, kept = effects_of(runtime, session, event, now)
        if not inbox.finish(session, event, now, effect, body=kept):
            raise LeaseLost
    if event.provider == "calcom":
        calendar.drop(runtime, event.company_id)


def _give_back(runtime: Runtime, event: InboxEvent, error: str) -> str:
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        if event.attempts >= MOST_ATTEMPTS:
            inbox.bury(session, event, now, error)
            return "dead"
        inbox.retry_later(session, event, now + pause_before(event.attempts), error)
    return "retry"


def _retell(
    runtime: Runtime, session: Session, event: InboxEvent, body: dict[str, Any], now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    assert event.company_id is not None
    told = RetellEvent.from_json(body)
    call = call_events.record(session, event.company_id, event.branch_id, told, now)
    if told.event == "call_analyzed":
        conversations.compare(runtime, session, call, told)
    kept = {name: value for name, value in body.items() if name not in ("transcript", "summary")}
    return {"effect": call.state, "call_id": call.call_id}, kept


def _calcom(
    runtime: Runtime, session: Session, event: InboxEvent, body: dict[str, Any], now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    assert event.company_id is not None
    told = CalcomEvent.from_json(body)
    return booking_events.record(session, event.company_id, told, now), body


_APPLIERS: dict[str, Callable[..., tuple[dict[str, Any], dict[str, Any]]]] = {
    "retell": _retell,
    "calcom": _calcom,
}
