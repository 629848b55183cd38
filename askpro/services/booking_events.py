"""Cal.com's events become the state of the ledger, whatever their order and number.

What an event says is added to the facts of its uid; the appointment's row is then computed anew
from the facts of the whole chain of uids (:mod:`askpro.services.booking_facts`,
:mod:`~askpro.services.booking_chain`). Nothing here depends on what came first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from askpro.logs import remember_names
from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.services import adoption, booking_facts, findings
from askpro.services.booking_chain import Chain, chain_of
from askpro.store import ledger, outcomes, staffing
from askpro.store.models import Appointment, BookingUid

#: One worker at a time writes a company's bookings: two events of one chain name different uids.
_LOCK = 0x626F6F6B
_WITHOUT_EFFECT = frozenset({"PING", "OOO_CREATED", "MEETING_STARTED"})
#: What the newest of several rows says of the appointment, and what it says if it knows.
_TOLD = (
    *("uid", "seat_uid", "calcom_id", "state", "start", "end", "event_type_id", "reason"),
    *("ical_sequence", "calcom_updated_at"),
)
_TOLD_OR_KNOWN = ("service_id", "staff_id", "branch_id")
_SHOWN = ("state", "start", "end", "service_id", "staff_id", "changes")


def record(session: Session, company_id: int, event: CalcomEvent, now: datetime) -> dict[str, Any]:
    """Apply one event in the caller's transaction; what it did, for the inbox.

    ``effect`` is adopted, moved, merged, remembered, none or the appointment's state;
    ``changes`` has the values that are not personal as ``[before, after]``.
    """
    if event.uid is None or event.trigger in _WITHOUT_EFFECT:
        return {"effect": "none"}
    remember_names(event.name)
    _take_turns(session, company_id)
    link = _heard(session, company_id, event, now)
    link.facts = booking_facts.merged(link.facts, event)
    if event.seat_uid:
        _make_room_for_seats(session, company_id, event)
    seats = [] if event.seat_uid else _seats(session, event)
    if not seats:
        return _apply(session, link, event, now)
    # Said of the booking as a whole, it holds for every seat, also for those heard of later.
    done = []
    for seat in seats:
        told = replace(event, seat_uid=seat)
        done.append(_apply(session, _heard(session, company_id, told, now), told, now, whole=True))
    return {"effect": done[0]["effect"], "seats": done}


def _take_turns(session: Session, company_id: int) -> None:
    """SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK, company_id)))


def _make_room_for_seats(session: Session, company_id: int, event: CalcomEvent) -> None:
    """A booking that was adopted as a whole, before it was known to have seats, is none."""
    whole = session.get(BookingUid, (company_id, event.uid))
    if whole is None or whole.appointment_id is None:
        return
    row = session.get_one(Appointment, whole.appointment_id)
    whole.appointment_id = None
    session.flush()
    adopted = row.seat_uid is None and row.source == adoption.SOURCE
    if adopted and not adoption.same_person(row, event):
        session.delete(row)
        session.flush()


def _seats(session: Session, event: CalcomEvent) -> list[str]:
    """The seats that an event without one concerns: all of the booking, or the one it tells of."""
    rows = session.execute(
        select(Appointment.seat_uid, Appointment.attendee_email)
        .where(
            Appointment.uid.in_([event.uid, event.previous_uid or event.uid]),
            Appointment.seat_uid.is_not(None),
        )
        .order_by(Appointment.id)
    ).all()
    if event.trigger == "BOOKING_NO_SHOW_UPDATED":
        rows = [row for row in rows if row[1] == event.email]
    return list(dict.fromkeys(seat for seat, _ in rows if seat))


def _apply(
    session: Session,
    link: BookingUid,
    event: CalcomEvent,
    now: datetime,
    *,
    whole: bool = False,
) -> dict[str, Any]:
    """Compute the appointment anew that stands for a booking, or for one seat of it.

    ``whole``: the event tells of all seats, and so of none of them more than time and state.
    """
    session.flush()
    chain = chain_of(session, link.company_id, link.uid)
    rows = _rows_of(session, chain, event)
    before = _shown(rows[0]) if rows else {}
    effect = ""
    if not rows:
        if booking_facts.state_of(event) is None:
            return {"effect": "remembered"}
        row = adoption.adopt(session, link.company_id, event, now)
        if row is None:
            return {"effect": "remembered"}
        effect = "adopted"
    else:
        row = _merged(session, chain, rows, now)
        effect = "merged" if len(rows) > 1 else ""
    moved = row.uid is not None and _place(row) != chain.tip.uid
    _bring_up_to_date(session, chain, row, event, now, whole=whole)
    for each in chain.links.values():
        each.appointment_id = row.id
    session.flush()
    after = _shown(row)
    changes = {
        name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]
    }
    return {
        "effect": effect or ("moved" if moved else row.state),
        "appointment_id": row.id,
        "changes": changes,
    }


def _heard(session: Session, company_id: int, event: CalcomEvent, now: datetime) -> BookingUid:
    """The uid that the event is about, and the one before it, are known from now on."""
    assert event.uid is not None
    previous = None
    if event.previous_uid and event.previous_uid != event.uid:
        previous = ledger.place_name(event.previous_uid, event.seat_uid)
        ledger.link(session, company_id, previous, now=now)
    place = ledger.place_name(event.uid, event.seat_uid)
    link = ledger.link(session, company_id, place, now=now, previous=previous)
    session.flush()
    return link


# -- the rows of a chain --------------------------------------------------------------------------


def _rows_of(session: Session, chain: Chain, event: CalcomEvent) -> list[Appointment]:
    """The rows that stand for the chain, the one that lives on first.

    By uid, by what was linked before, else our own wish by its key. A row that we wrote lives on
    rather than one that was adopted; else the older one.
    """
    wanted: list[ColumnElement[bool]] = [
        Appointment.uid.in_(chain.uids),
        Appointment.id.in_(
            link.appointment_id for link in chain.links.values() if link.appointment_id
        ),
    ]
    if event.gw_key:
        wanted.append(Appointment.key == event.gw_key)
    found = session.scalars(
        select(Appointment).where(or_(*wanted)).order_by(Appointment.id).with_for_update()
    ).all()
    rows = [row for row in found if _belongs(row, chain, event)]
    return sorted(rows, key=lambda row: (row.source == adoption.SOURCE, row.id))


def _belongs(row: Appointment, chain: Chain, event: CalcomEvent) -> bool:
    if row.uid is None:
        return True
    if row.uid not in chain.uids:
        # Found by its key, but it stands for another booking: this one is a copy made elsewhere.
        return any(link.appointment_id == row.id for link in chain.links.values())
    if row.seat_uid == event.seat_uid:
        return True
    # A booking that was imported knows no seat yet; its attendee says whose it is.
    return row.seat_uid is None and adoption.same_person(row, event)


def _merged(
    session: Session, chain: Chain, rows: Sequence[Appointment], now: datetime
) -> Appointment:
    """Two rows turn out to be one appointment: the first lives on with what the newest says."""
    row, others = rows[0], rows[1:]
    if not others:
        return row
    newest = next((each for each in rows if _place(each) == chain.tip.uid), row)
    told = {name: getattr(newest, name) for name in _TOLD}
    told |= {name: getattr(newest, name) or getattr(row, name) for name in _TOLD_OR_KNOWN}
    session.execute(
        update(BookingUid)
        .where(BookingUid.appointment_id.in_([each.id for each in others]))
        .values(appointment_id=row.id)
    )
    for other in others:
        row.customer_id = row.customer_id or other.customer_id
        row.call_id = row.call_id or other.call_id
        session.delete(other)
    session.flush()
    for name, value in told.items():
        setattr(row, name, value)
    row.updated_at = now
    return row


# -- the row, computed anew -----------------------------------------------------------------------


def _bring_up_to_date(
    session: Session,
    chain: Chain,
    row: Appointment,
    event: CalcomEvent,
    now: datetime,
    *,
    whole: bool,
) -> None:
    tip = chain.tip
    uid, _, seat = tip.uid.partition("/")
    was, place, staff_id = row.state, _place(row), row.staff_id
    # Nobody is busy while the row changes; at its end the database is asked for their time.
    row.staff_id = None
    moves = place is not None and place != tip.uid
    row.uid, row.seat_uid = uid, seat or row.seat_uid
    row.state = _state(session, row, tip, None if moves else was)
    row.changes = max(row.changes, chain.moves)
    if row.source == adoption.SOURCE:
        row.key = adoption.key_of(chain.root)
    if whole:
        if moves:
            _take_time(row, event)
    elif _place_of(event) == tip.uid:
        _take_values(session, row, event, anew=moves)
    elif row.source == adoption.SOURCE:
        adoption.describe(session, row, event, only_gaps=True)
    _settle_pending(session, row, now, moved=moves)
    if was != row.state or moves:
        row.updated_at = now
    staff_id, row.staff_id = row.staff_id or staff_id, None
    session.flush()
    if staff_id is not None and not staffing.assign(session, row, staff_id):
        findings.note_overlap_in(session, row, now)


def _state(session: Session, row: Appointment, tip: BookingUid, own: str | None) -> str:
    said = [tip.facts]
    if "/" in tip.uid:
        whole = session.get(BookingUid, (row.company_id, tip.uid.partition("/")[0]))
        said += [whole.facts] if whole else []
    return booking_facts.standing(own, said) or "confirmed"


def _take_values(session: Session, row: Appointment, event: CalcomEvent, *, anew: bool) -> None:
    """Time, service and person as the latest event of this uid tells them."""
    stamp = booking_facts.stamp_of(event)
    known = (
        booking_facts.EARLIEST
        if anew or row.ical_sequence is None
        else (row.ical_sequence, row.calcom_updated_at or booking_facts.EARLIEST[1])
    )
    row.calcom_id = event.booking_id or row.calcom_id
    if anew:
        row.reason = None
    if event.reason and booking_facts.state_of(event) in booking_facts.TERMINAL:
        row.reason = event.reason
    is_latest = stamp >= known
    if is_latest:
        _take_time(row, event)
    if row.source == adoption.SOURCE:
        adoption.describe(session, row, event, only_gaps=not is_latest)


def _take_time(row: Appointment, event: CalcomEvent) -> None:
    if event.start is None:
        return
    length = row.end - row.start
    row.start = event.start
    row.end = event.end or event.start + length
    row.ical_sequence, row.calcom_updated_at = booking_facts.stamp_of(event)


def _settle_pending(session: Session, row: Appointment, now: datetime, *, moved: bool) -> None:
    """An event may be the answer to a change of unknown outcome, or what the host did instead. What
    is to be cancelled is, wherever it was moved to."""
    change = row.pending_change
    if change is None:
        return
    if row.state not in booking_facts.TERMINAL and not (moved and change["kind"] == "reschedule"):
        return
    row.pending_change = None
    if outcomes.is_as_promised(row, change):
        row.last_change = change
    elif outcomes.is_left(change):
        why = "moved at Cal.com" if moved else "gone at Cal.com"
        findings.note_broken_in(session, row, change, now, why=why)


def _place(row: Appointment) -> str | None:
    return ledger.place_name(row.uid, row.seat_uid) if row.uid else None


def _place_of(event: CalcomEvent) -> str:
    return ledger.place_name(event.uid or "", event.seat_uid)


def _shown(row: Appointment) -> dict[str, Any]:
    """The values that may be shown: nothing personal, and no uid, which is a bearer secret."""
    return {
        name: value.isoformat() if isinstance(value := getattr(row, name), datetime) else value
        for name in _SHOWN
    }
