"""What an operator may do. Each act has a reason and leaves an entry in the audit.

The audit is written in the transaction of the act; where the act is a guard's, which knows no
transactions, the entry is written first: an act that nobody can account for does not happen.
Something of another company is not there: :class:`NotThere`, like something that never was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from askpro.errors import AskProError
from askpro.guards.call_limits import call_key
from askpro.services import audit, calendar, findings, replay, settlement, together
from askpro.services.audit import Actor
from askpro.services.doctor import visits
from askpro.services.runtime import Runtime
from askpro.services.situation import owner_of
from askpro.store import ledger
from askpro.store.models import Alert, Appointment, Callback, Company, Finding, InboxEvent

MODES = ("open", "messages", "paused")
#: Events that one act may give to the workers again.
MOST_REPLAYED = 1_000

#: Alerts that may be about what an operator of the company did: somebody above has to see them.
_ABOUT_PEOPLE_INSIDE = frozenset({"crossing", "pii_in_log"})

#: What decides over a booking; what is said of its person may be unreadable.
_FATE = load_only(
    *(Appointment.company_id, Appointment.call_id, Appointment.state, Appointment.uid),
    *(Appointment.group_key, Appointment.pending_change, Appointment.updated_at),
)

_Open = TypeVar("_Open", Callback, Finding)


class NotThere(AskProError):
    """There is no such thing, or it is not the actor's."""


class TooLate(AskProError):
    """It is there, but not in the state that the act is for; somebody else was faster."""


# -- circuits, limits, cache ---------------------------------------------------------------------


def reset_breaker(runtime: Runtime, actor: Actor, circuit: str, reason: str) -> None:
    """Close a circuit: requests go to Cal.com again."""
    _note_breaker(runtime, actor, circuit, reason, "breaker_reset")
    runtime.guards.circuits.reset(circuit, why=f"operator {actor.name}")


def open_breaker(runtime: Runtime, actor: Actor, circuit: str, reason: str) -> None:
    """Open a circuit by hand: no request goes to Cal.com until its probe succeeds."""
    _note_breaker(runtime, actor, circuit, reason, "breaker_open")
    runtime.guards.circuits.force_open(circuit, why=f"operator {actor.name}")


def probe_breaker(runtime: Runtime, actor: Actor, circuit: str, reason: str) -> None:
    """Let an open circuit try Cal.com now."""
    _note_breaker(runtime, actor, circuit, reason, "breaker_probe")
    runtime.guards.circuits.probe(circuit)


def _note_breaker(runtime: Runtime, actor: Actor, circuit: str, reason: str, action: str) -> None:
    owner = owner_of(circuit)
    if not actor.may_act_for(owner) or circuit not in runtime.guards.circuits.names():
        raise NotThere
    _note(runtime, actor, action, owner, circuit, reason)


def unblock_call(
    runtime: Runtime, actor: Actor, company_id: int | None, call_id: str, reason: str
) -> None:
    """Forget what a call has used of its limits, and end its silence."""
    _require(actor, company_id)
    _note(runtime, actor, "call_unblocked", company_id, call_id, reason)
    runtime.guards.limits.forget(call_key(company_id, call_id))


def drop_cache(
    runtime: Runtime, actor: Actor, company_id: int, event_type_id: int | None, reason: str
) -> None:
    """Forget the free times of a company, or of one of its event types."""
    _require(actor, company_id)
    target = f"event type {event_type_id}" if event_type_id is not None else None
    _note(runtime, actor, "cache_dropped", company_id, target, reason)
    runtime.guards.slots.invalidate(company_id, event_type_id)


# -- the installation ----------------------------------------------------------------------------


def call_the_doctor(runtime: Runtime, actor: Actor, version: str, reason: str) -> None:
    """Have every protection of the running gateway tried, behind this request."""
    _require(actor, None)
    _note(runtime, actor, "examined", None, None, reason)
    if not visits.begin(runtime, version):
        raise TooLate


# -- companies -----------------------------------------------------------------------------------


def set_mode(runtime: Runtime, actor: Actor, company_id: int, mode: str, reason: str) -> None:
    """``open``; ``messages``: callers may only leave a wish to be called back; ``paused``."""
    _require(actor, company_id)
    if mode not in MODES:
        raise NotThere
    with runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.get(Company, company_id)
        if company is None:
            raise NotThere
        before, company.service_mode = company.service_mode, mode
        _write(
            session,
            runtime,
            actor,
            "company_mode",
            company_id,
            company.slug,
            reason,
            {"from": before, "to": mode},
        )
    runtime.directory.changed()


# -- events --------------------------------------------------------------------------------------


def events_of(runtime: Runtime, actor: Actor, ids: Sequence[int]) -> list[InboxEvent]:
    """The events with those ids; :class:`NotThere` if any of them is not the actor's."""
    if not ids:
        return []
    found = replay.select_events(runtime, actor.company_id, ids=ids, most=MOST_REPLAYED)
    if len(found) != len(set(ids)):
        raise NotThere
    return found


def replay_events(
    runtime: Runtime, actor: Actor, ids: Sequence[int], reason: str
) -> tuple[int, int]:
    """Give events to the workers again; (how many wait now, how many nobody can work on)."""
    events = events_of(runtime, actor, ids)
    by_company: dict[int | None, list[int]] = {}
    for event in events:
        by_company.setdefault(event.company_id, []).append(event.id)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        for company_id, own in by_company.items():
            target = f"event {own[0]}" if len(own) == 1 else f"{len(own)} events"
            _write(
                session,
                runtime,
                actor,
                "events_replayed",
                company_id,
                target,
                reason,
                {"ids": own[:100], "count": len(own)},
            )
    waiting = sum(each.state == "new" for each in replay.replay(runtime, events))
    return waiting, len(events) - waiting


def discard_event(runtime: Runtime, actor: Actor, event_id: int, reason: str) -> None:
    """Put a dead letter away for good."""
    (event,) = events_of(runtime, actor, [event_id])
    if event.state != "dead":
        raise TooLate
    _note(runtime, actor, "event_discarded", event.company_id, f"event {event_id}", reason)
    if not replay.discard(runtime, actor.company_id, event_id):
        raise TooLate


# -- alerts --------------------------------------------------------------------------------------


def acknowledge(runtime: Runtime, actor: Actor, alert_id: int, reason: str) -> None:
    """Say that somebody is on it."""
    with runtime.database.unrestricted_unsafe(write=True) as session:
        alert = _alert(session, actor, alert_id)
        alert.acknowledged_by = actor.name
        alert.acknowledged_at = runtime.clock.now()
        _write(
            session,
            runtime,
            actor,
            "alert_acknowledged",
            alert.company_id,
            f"{alert.kind} {alert.subject}".strip(),
            reason,
        )


def has_ended(runtime: Runtime, actor: Actor, alert_id: int) -> bool:
    """Whether an alert that is the actor's to answer is over; :class:`NotThere` for others."""
    with runtime.database.unrestricted_unsafe() as session:
        return _alert(session, actor, alert_id).ended_at is not None


def silence(runtime: Runtime, actor: Actor, alert_id: int, hours: int, reason: str) -> None:
    """Say nothing of it for some hours; it stays in the list."""
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        alert = _alert(session, actor, alert_id)
        alert.silenced_until = now + timedelta(hours=hours)
        alert.silence_reason = audit.redacted(reason)[:300]
        _write(
            session,
            runtime,
            actor,
            "alert_silenced",
            alert.company_id,
            f"{alert.kind} {alert.subject}".strip(),
            reason,
            {"hours": hours},
        )


def _alert(session: Session, actor: Actor, alert_id: int) -> Alert:
    alert = session.get(Alert, alert_id)
    if alert is None or not may_answer(actor, alert.kind, alert.company_id):
        raise NotThere
    return alert


def may_answer(actor: Actor, kind: str, company_id: int | None) -> bool:
    """Whether an alert of that kind is the actor's to acknowledge or to silence."""
    bound = actor.company_id is not None
    return actor.may_act_for(company_id) and not (bound and kind in _ABOUT_PEOPLE_INSIDE)


# -- what waits for people -----------------------------------------------------------------------


def look_up_booking(
    runtime: Runtime, actor: Actor, company_id: int, appointment_id: int, reason: str
) -> str:
    """Look at Cal.com now whether a booking stands; the state that it has afterwards."""
    _doubtful(runtime, actor, company_id, appointment_id)
    _note(runtime, actor, "booking_looked_up", company_id, f"appointment {appointment_id}", reason)
    settlement.settle_unknown(runtime, only=appointment_id)
    with runtime.database.of_company(company_id) as session:
        state = session.scalar(select(Appointment.state).where(Appointment.id == appointment_id))
    return state or "unknown"


def give_up_booking(
    runtime: Runtime, actor: Actor, company_id: int, appointment_id: int, reason: str
) -> None:
    """Decide that a booking in doubt does not stand, and no other part of the appointment either.
    The caller was promised: a finding is made."""
    row = _doubtful(runtime, actor, company_id, appointment_id)

    def note(session: Session) -> None:
        findings.note_in(
            session,
            runtime.clock.now(),
            kind="promised_not_booked",
            subject=str(appointment_id),
            call_id=row.call_id,
            appointment_id=appointment_id,
            detail={"why": "given up by an operator"},
        )
        _write(
            session,
            runtime,
            actor,
            "booking_given_up",
            company_id,
            f"appointment {appointment_id}",
            reason,
        )

    parts = ledger.group_of(runtime.database, row, _FATE)
    if together.decide_against(runtime, parts, "given up", beside=note) is None:
        raise TooLate
    calendar.drop(runtime, company_id)


def _doubtful(runtime: Runtime, actor: Actor, company_id: int, appointment_id: int) -> Appointment:
    _require(actor, company_id)
    with runtime.database.of_company(company_id) as session:
        found = select(Appointment).where(Appointment.id == appointment_id).options(_FATE)
        row = session.scalar(found)
    if row is None:
        raise NotThere
    if row.state != "unknown":
        raise TooLate
    return row


def finish_callback(
    runtime: Runtime, actor: Actor, company_id: int, callback_id: int, reason: str
) -> None:
    """The person was called back."""
    _require(actor, company_id)
    now = runtime.clock.now()
    with runtime.database.of_company(company_id, write=True) as session:
        row = _still_open(
            session.scalars(select(Callback).where(Callback.id == callback_id)).first()
        )
        row.state, row.done_at = "done", now
        target = f"callback {callback_id}"
        _write(session, runtime, actor, "callback_done", company_id, target, reason)


def close_finding(
    runtime: Runtime, actor: Actor, company_id: int, finding_id: int, reason: str
) -> None:
    """Somebody has looked at it."""
    _require(actor, company_id)
    now = runtime.clock.now()
    with runtime.database.of_company(company_id, write=True) as session:
        row = _still_open(session.scalars(select(Finding).where(Finding.id == finding_id)).first())
        row.state, row.closed_at = "closed", now
        target = f"finding {finding_id}"
        _write(session, runtime, actor, "finding_closed", company_id, target, reason)


# -- inside --------------------------------------------------------------------------------------


def _still_open(row: _Open | None) -> _Open:
    if row is None:
        raise NotThere
    if row.state != "open":
        raise TooLate
    return row


def _require(actor: Actor, company_id: int | None) -> None:
    if not actor.may_act_for(company_id):
        raise NotThere


def _note(
    runtime: Runtime,
    actor: Actor,
    action: str,
    company_id: int | None,
    target: str | None,
    reason: str,
) -> None:
    with runtime.database.unrestricted_unsafe(write=True) as session:
        _write(session, runtime, actor, action, company_id, target, reason)


def _write(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    action: str,
    company_id: int | None,
    target: str | None,
    reason: str,
    detail: dict[str, Any] | None = None,
) -> None:
    audit.write(
        session,
        actor,
        action,
        at=runtime.clock.now(),
        company_id=company_id,
        target=target,
        reason=reason,
        detail=detail,
    )
