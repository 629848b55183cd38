"""Cal.com's events become the state of the ledger, whatever their order and number.

A booking that moves gets a new uid each time. The uids of one appointment form a chain; the last
one is the appointment's ``uid``, the others are ``former_uids`` with their successor. What arrives
before its booking, a cancellation or a move, leaves such a row behind without an appointment, and
the booking finds it. Cancelled is terminal for a uid (calcom.md §7).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from askpro.booking import cleaning
from askpro.errors import InvalidInput
from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.services import callers
from askpro.store import ledger
from askpro.store.models import Appointment, FormerUid, ServiceRow, Staff

#: How far a uid's state may go; a lower one that arrives later changes nothing.
_RANK = {
    "wished": 0,
    "sent": 0,
    "unknown": 0,
    "requested": 1,
    "confirmed": 2,
    "completed": 3,
    "no_show": 4,
    "rejected": 5,
    "refused": 5,
    "cancelled": 6,
}
_STATE_OF_TRIGGER = {
    "BOOKING_CREATED": "confirmed",
    "BOOKING_REQUESTED": "requested",
    "BOOKING_REJECTED": "rejected",
    "BOOKING_CANCELLED": "cancelled",
    "BOOKING_NO_SHOW_UPDATED": "no_show",
    "MEETING_ENDED": "completed",
}
_STATE_OF_STATUS = {
    "accepted": "confirmed",
    "pending": "requested",
    "cancelled": "cancelled",
    "rejected": "rejected",
}


def record(session: Session, company_id: int, event: CalcomEvent, now: datetime) -> dict[str, Any]:
    """Apply one event in the caller's transaction; what it did, for the inbox."""
    if event.uid is None or event.trigger in ("PING", "OOO_CREATED", "MEETING_STARTED"):
        return {"effect": "none"}
    if event.moves and event.trigger != "BOOKING_CANCELLED":
        return _moved(session, company_id, event, now)
    state = state_of(event)
    if state is None:
        return {"effect": "none"}
    row = _row_of(session, event)
    if row is None:
        return _first_sight(session, company_id, event, state, now)
    if row.uid is None:
        row.uid = event.uid
    elif row.uid != event.uid:
        return {"effect": "superseded", "appointment_id": row.id}
    _advance(row, event, state, now)
    return {"effect": row.state, "appointment_id": row.id}


def state_of(event: CalcomEvent) -> str | None:
    """The ledger's word for what an event says of its uid."""
    if event.trigger == "BOOKING_NO_SHOW_UPDATED":
        return "confirmed" if event.no_show is False else "no_show"
    if event.trigger == "BOOKING_RESCHEDULED":
        return _STATE_OF_STATUS.get(event.status or "accepted")
    return _STATE_OF_TRIGGER.get(event.trigger)


def _row_of(session: Session, event: CalcomEvent) -> Appointment | None:
    """By uid, current or former; else our own wish by its key."""
    assert event.uid is not None
    row = ledger.by_uid(session, event.uid)
    if row is None and event.gw_key:
        row = ledger.by_key(session, event.gw_key)
        if row is not None and row.uid is not None:
            return None  # The key's booking is another one: this is a copy made elsewhere.
    return row


def _first_sight(
    session: Session, company_id: int, event: CalcomEvent, state: str, now: datetime
) -> dict[str, Any]:
    """A uid nobody here knows: adopted, or remembered until its booking arrives."""
    assert event.uid is not None
    trail = session.get(FormerUid, (company_id, event.uid))
    if trail is not None and trail.cancelled:
        state = "cancelled"
    if event.start is None or event.event_type_id is None:
        if state in ("cancelled", "rejected"):
            _remember(session, company_id, event.uid, now, cancelled=True)
        return {"effect": "remembered"}
    if state == "cancelled" and trail is None and event.trigger == "BOOKING_CANCELLED":
        _remember(session, company_id, event.uid, now, cancelled=True)
        return {"effect": "remembered"}
    row = _adopt(session, company_id, event, state, now)
    if trail is not None:
        session.delete(trail)
    session.flush()
    return {"effect": "adopted", "appointment_id": row.id}


def _moved(session: Session, company_id: int, event: CalcomEvent, now: datetime) -> dict[str, Any]:
    """``previous_uid`` became ``uid``: the chain is linked, wherever its ends are known."""
    assert event.uid is not None
    assert event.previous_uid is not None
    state = state_of(event) or "confirmed"
    before = ledger.by_uid(session, event.previous_uid)
    after = ledger.by_uid(session, event.uid)
    if after is None:
        trail = session.get(FormerUid, (company_id, event.uid))
        if trail is not None and trail.cancelled:
            state = "cancelled"
    if before is None and after is None:
        row = _adopt(session, company_id, event, state, now)
        session.flush()
    elif after is None:
        assert before is not None
        row = before
        if row.uid == event.previous_uid or row.uid is None:
            _take_over(row, event, state, now)
    elif before is None or before.id == after.id:
        row = after
        if row.uid == event.uid:
            _advance(row, event, state, now)
    else:
        row = _merge(session, before, after, now)
    _remember(session, company_id, event.previous_uid, now, appointment=row, successor=event.uid)
    stale_trail = session.get(FormerUid, (company_id, event.uid))
    if stale_trail is not None and stale_trail.successor is None:
        session.delete(stale_trail)
    return {"effect": "moved", "appointment_id": row.id}


def _merge(session: Session, before: Appointment, after: Appointment, now: datetime) -> Appointment:
    """Two rows turn out to be one appointment: the earlier one lives on at the later one's end."""
    values = {name: getattr(after, name) for name in ("uid", "calcom_id", "state", "start", "end")}
    session.execute(
        update(FormerUid)
        .where(FormerUid.appointment_id == after.id)
        .values(appointment_id=before.id)
    )
    session.expire_all()
    session.delete(after)
    session.flush()
    for name, value in values.items():
        setattr(before, name, value)
    before.changes += 1
    before.updated_at = now
    return before


def _take_over(row: Appointment, event: CalcomEvent, state: str, now: datetime) -> None:
    """The row's booking moved: new uid, new times, and the new booking's own state."""
    row.uid = event.uid
    row.calcom_id = event.booking_id or row.calcom_id
    row.state = state
    if event.start is not None:
        length = row.end - row.start
        row.start = event.start
        row.end = event.end or event.start + length
    row.ical_sequence = event.sequence
    row.pending_change = None
    row.changes += 1
    row.updated_at = now


def _advance(row: Appointment, event: CalcomEvent, state: str, now: datetime) -> None:
    """The same booking, a further state. Cancelled is terminal; a no-show can be taken back."""
    taken_back = row.state == "no_show" and event.no_show is False
    if taken_back or _RANK[state] > _RANK.get(row.state, 0):
        row.state = state
        row.pending_change = None
        row.updated_at = now
    row.calcom_id = row.calcom_id or event.booking_id
    row.seat_uid = row.seat_uid or event.seat_uid
    row.reason = row.reason or event.reason
    is_newer = (event.sequence or 0) >= (row.ical_sequence or 0)
    if event.start is not None and state in ("confirmed", "requested") and is_newer:
        row.start = event.start
        row.end = event.end or row.end
        row.ical_sequence = event.sequence


def _adopt(
    session: Session, company_id: int, event: CalcomEvent, state: str, now: datetime
) -> Appointment:
    """A booking made elsewhere becomes the company's: with its customer, service and staff."""
    assert event.start is not None
    service = session.scalar(
        select(ServiceRow).where(ServiceRow.event_type_id == (event.event_type_id or -1)).limit(1)
    )
    phone, name = _phone(event.phone), _name(event.name)
    customer = None
    if phone or event.email:
        customer = callers.known_or_new(
            session, number=phone, name=name, email=event.email, now=now
        )
        session.flush()
    minutes = service.minutes if service else 30
    row = Appointment(
        company_id=company_id,
        branch_id=service.branch_id if service else None,
        service_id=service.id if service else None,
        customer_id=customer.id if customer else None,
        staff_id=_staff_id(session, event.organizer_id),
        key=f"calcom:{event.uid}",
        source="calcom",
        state=state,
        start=event.start,
        end=event.end or event.start + timedelta(minutes=minutes),
        event_type_id=event.event_type_id or 0,
        uid=event.uid,
        calcom_id=event.booking_id,
        seat_uid=event.seat_uid,
        attendee_name=name,
        attendee_phone=phone,
        attendee_email=event.email,
        reason=event.reason,
        ical_sequence=event.sequence,
        changes=0,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    return row


def _remember(
    session: Session,
    company_id: int,
    uid: str,
    now: datetime,
    *,
    appointment: Appointment | None = None,
    successor: str | None = None,
    cancelled: bool = False,
) -> None:
    trail = session.get(FormerUid, (company_id, uid))
    if trail is None:
        trail = FormerUid(uid=uid, company_id=company_id, at=now, cancelled=False)
        session.add(trail)
    if appointment is not None:
        trail.appointment_id = appointment.id
    trail.successor = successor or trail.successor
    trail.cancelled = trail.cancelled or cancelled


def _staff_id(session: Session, organizer_id: int | None) -> int | None:
    if organizer_id is None:
        return None
    staff_id: int | None = session.scalar(
        select(Staff.id).where(Staff.calcom_user_id == organizer_id)
    )
    return staff_id


def _phone(heard: str | None) -> str | None:
    try:
        return cleaning.phone_number(heard) if heard else None
    except InvalidInput:
        return None


def _name(heard: str | None) -> str | None:
    try:
        return cleaning.person_name(heard) if heard else None
    except InvalidInput:
        return None
