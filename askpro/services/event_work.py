"""Working on one event of the inbox: its effects and "done" in one transaction.

A lost lease rolls both back, so an event has its effects once, however many workers tried. What
takes time, reading a transcript, happens before the transaction begins.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.providers import calcom_webhooks
from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.providers.retell_events import RetellEvent
from askpro.services import (
    booking_events,
    call_events,
    call_outcomes,
    conversations,
    events,
    findings,
)
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store import inbox
from askpro.store.models import Appointment, InboxEvent
from askpro.store.models.appointments import UNDECIDED
from askpro.store.tenancy import AWAY

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
#: First pause after a failure; three times as long each time, up to the longest: a minute's
#: trouble is over soon, and what takes a deploy to mend still has its tries left.
_FIRST_PAUSE = timedelta(seconds=30)
#: The same where only the database was away, which is not the event's fault.
_FIRST_PAUSE_AWAY = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=4)
#: What the body of a done event keeps no longer: it is about a person and was put where it belongs.
_THINNED_RETELL = frozenset({"transcript", "summary", "analysis", "transfer_number"})
_THINNED_CALCOM = frozenset({"name", "email", "phone", "reason", "metadata"})

Body = dict[str, Any]


class LeaseLost(Exception):
    """Another worker has the event now; everything done here is rolled back."""


@dataclass(frozen=True)
class Work:
    """An event, read. ``apply`` has its effects in the session that it is given and tells them;
    ``kept`` is what the inbox keeps of the body afterwards."""

    apply: Callable[[Session, datetime], dict[str, Any]]
    kept: Body


def work_on(runtime: Runtime, event: InboxEvent) -> str:
    """Handle one claimed event; ``done``, ``retry``, ``away`` (a retry, and so would the next one
    be: the database can't be used), ``dead`` or ``lost``."""
    if event.attempts > MOST_ATTEMPTS:
        # It was claimed that often and nobody came back to say why: it kills its workers.
        return _bury(runtime, event, event.error or "WorkerDied")
    try:
        _work(runtime, event)
    except LeaseLost:
        log.info("lease lost", extra={"event_id": event.id})
        return "lost"
    except AWAY as error:
        log.warning(
            "event waits for the database",
            extra={"event_id": event.id, "error": type(error).__name__},
        )
        given_back = _give_back(runtime, event, type(error).__name__, first=_FIRST_PAUSE_AWAY)
        return "away" if given_back == "retry" else given_back
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


def prepare(runtime: Runtime, event: InboxEvent) -> Work:
    """Read the event, and do what takes time: no transaction is open yet."""
    assert event.company_id is not None
    return _READERS[event.provider](runtime, event, event.company_id)


def office_of(runtime: Runtime, event: InboxEvent) -> Office | None:
    """Who answers today for an event that nobody answered for when it came: an office that the
    key which signed it may speak for."""
    body = _body(runtime, event)
    office: Office | None
    if event.provider == "retell":
        office = events.office_of_call(runtime, RetellEvent.from_json(body).call)
    else:
        owner = events.owner_of(runtime, CalcomEvent.from_json(body))
        office = runtime.directory.office(owner) if owner else None
    if office is None or not events.may_speak_for(
        runtime, event.provider, event.signed_by, office.company_id
    ):
        return None
    return office


def is_worked_on(event: InboxEvent) -> bool:
    """Whether the product does anything about such an event."""
    known: Collection[str] = events.WORKED_ON
    if event.provider == "calcom":
        known = calcom_webhooks.KNOWN
    return event.event in known


def pause_before(attempt: int, *, first: timedelta = _FIRST_PAUSE) -> timedelta:
    """How long to wait after the ``attempt``-th failure, with jitter."""
    pause = min(first * 3.0 ** (attempt - 1), _LONGEST_PAUSE)
    # Jitter spreads load and keeps no secret.
    return pause * float(random.uniform(0.8, 1.2))  # noqa: S311


def _work(runtime: Runtime, event: InboxEvent) -> None:
    if event.company_id is None:
        with runtime.database.unrestricted_unsafe(write=True) as session:
            if not inbox.finish(session, event, runtime.clock.now(), {"effect": "none"}):
                raise LeaseLost
        return
    work = prepare(runtime, event)
    now = runtime.clock.now()
    with runtime.database.of_company(event.company_id, write=True) as session:
        effect = work.apply(session, now)
        if not inbox.finish(session, event, now, effect, body=work.kept):
            raise LeaseLost
        woken = _wake_earlier(runtime, session, event, work, now)
    if woken:
        runtime.bell.ring()
    if event.provider == "calcom":
        told = CalcomEvent.from_json(work.kept)
        events.drop_slots(runtime, event.company_id, told, no_news=effect.get("changes") == {})
    elif effect["effect"] in call_outcomes.OVER:
        _let_go(runtime, event.company_id, effect["call_id"])


def _let_go(runtime: Runtime, company_id: int, call_id: str) -> None:
    """The call is over: what it held is free for others, and for its caller who rings again. Unless
    something of it may still be booked."""
    with runtime.database.of_company(company_id) as session:
        undecided = session.scalar(
            select(Appointment.id)
            .where(
                Appointment.call_id == call_id,
                Appointment.state.in_(UNDECIDED),
            )
            .limit(1)
        )
    if undecided is None:
        runtime.guards.holds.release(company_id, call_id)


def _wake_earlier(
    runtime: Runtime, session: Session, event: InboxEvent, work: Work, now: datetime
) -> int:
    """What was said of the same call or booking before anybody knew whose it is, is known now."""
    assert event.company_id is not None
    known = events.WORKED_ON if event.provider == "retell" else calcom_webhooks.KNOWN
    subjects = [each for each in (event.subject, work.kept.get("previous_uid")) if each]
    woken = 0
    for earlier in inbox.unclaimed(session, subjects, event.provider, known):
        if events.may_speak_for(runtime, event.provider, earlier.signed_by, event.company_id):
            inbox.wake(earlier, event.company_id, event.branch_id, now)
            woken += 1
    return woken


def _body(runtime: Runtime, event: InboxEvent) -> Body:
    with runtime.database.unrestricted_unsafe() as session:
        return inbox.body_of(session, event.id)


def _give_back(
    runtime: Runtime, event: InboxEvent, error: str, *, first: timedelta = _FIRST_PAUSE
) -> str:
    if event.attempts >= MOST_ATTEMPTS:
        return _bury(runtime, event, error)
    due = runtime.clock.now() + pause_before(event.attempts, first=first)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        inbox.retry_later(session, event, due, error)
    return "retry"


def _bury(runtime: Runtime, event: InboxEvent, error: str) -> str:
    with runtime.database.unrestricted_unsafe(write=True) as session:
        inbox.bury(session, event, runtime.clock.now(), error)
    log.error("event given up", extra={"event_id": event.id, "error": error})
    return "dead"


def _read_retell(runtime: Runtime, event: InboxEvent, company_id: int) -> Work:
    body = _body(runtime, event)
    told = RetellEvent.from_json(body)
    heard = conversations.hear(runtime, company_id, event.branch_id, told)

    def apply(session: Session, now: datetime) -> dict[str, Any]:
        before = call_events.shown(session, told.call.call_id)
        call = call_events.record(session, company_id, event.branch_id, told, now)
        if heard is not None:
            conversations.compare(session, runtime, call, heard)
        after = call_events.shown(session, call.call_id)
        changes = {name: [before.get(name), after[name]] for name in after}
        return {
            "effect": call.state,
            "call_id": call.call_id,
            "changes": {name: pair for name, pair in changes.items() if pair[0] != pair[1]},
        }

    kept = _thinned(body, _THINNED_RETELL)
    theirs = "to_number" if told.call.direction == "outbound" else "from_number"
    return Work(apply, kept | {"call": _thinned(body.get("call", {}), {theirs})})


def _read_calcom(runtime: Runtime, event: InboxEvent, company_id: int) -> Work:
    body = _body(runtime, event)
    told = CalcomEvent.from_json(body)

    def apply(session: Session, now: datetime) -> dict[str, Any]:
        effect = booking_events.record(session, company_id, told, now)
        after_booking(runtime, session, effect)
        return effect

    return Work(apply, _thinned(body, _THINNED_CALCOM))


def after_booking(runtime: Runtime, session: Session, effect: dict[str, Any]) -> None:
    """The call that made the appointment is judged again; what we had given up is shown."""
    for each in effect.get("seats") or [effect]:
        row_id = each.get("appointment_id")
        row = session.get(Appointment, row_id) if row_id else None
        if row is None:
            continue
        changed = row.last_change or {}
        call_outcomes.refresh(session, {row.call_id, changed.get("call_id")})
        if each.get("changes", {}).get("state") == ["refused", "confirmed"]:
            findings.note_in(
                session,
                runtime.clock.now(),
                kind="done_not_said",
                subject=f"appointment:{row.id}",
                call_id=row.call_id,
                appointment_id=row.id,
                detail={"why": "Cal.com has the booking after all"},
            )


def _thinned(body: Body, without: Collection[str]) -> Body:
    return {name: value for name, value in body.items() if name not in without}


_READERS: dict[str, Callable[[Runtime, InboxEvent, int], Work]] = {
    "retell": _read_retell,
    "calcom": _read_calcom,
}
