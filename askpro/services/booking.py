"""Booking exactly once (rules.md §7).

The wish is written down under a key before Cal.com is asked; the slot is held; one POST leaves, the
key in its metadata; whatever comes back, the row says what is known. An outcome that nobody knows
is ``unknown``: the caller hears that the wish is noted, and :mod:`askpro.services.settlement` looks
at Cal.com until it is settled.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import time as wall
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from askpro.booking import cleaning, wording
from askpro.booking.model import Service
from askpro.booking.wording import Entry
from askpro.errors import (
    AskAgain,
    BookingConflict,
    CalcomAnswer,
    CalcomError,
    CalcomNotFound,
    InvalidInput,
    SlotTaken,
)
from askpro.providers.calcom import Booking, NewBooking
from askpro.services import availability, calendar, callers, findings, wishes
from askpro.services.answers import Answer
from askpro.services.availability import Possible
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store import ledger
from askpro.store.models import Appointment
from askpro.store.models.appointments import OVER

log = logging.getLogger(__name__)

_STATE_OF = {"accepted": "confirmed", "pending": "requested"}
_LONGEST_KEY = 112
#: A second call of the same wish waits so long for the first one's answer.
_PATIENCE_SECONDS = 6.0


@dataclass(frozen=True)
class Contact:
    """Who the appointment is for. ``phone`` and ``email`` are None when nobody gave them."""

    name: str
    phone: str | None
    email: str | None
    notes: str | None


def book_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: booked, requested, pending, unavailable, ask, past, invalid, calendar_down."""
    service = availability.service_of(runtime, turn)
    when = wishes.wished_time(runtime, turn)
    if when is None:
        raise AskAgain(wording.which_day())
    if when.start is None:
        listed = availability.check_availability(runtime, turn)
        return replace(listed, status="ask") if listed.status == "available" else listed
    contact = contact_of(runtime, turn)
    return book(runtime, turn, service, when, contact)


def collect_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Check, and book what is free unless the caller said no (three states: yes, no, not said)."""
    if turn.args.get("confirm") is False:
        return availability.check_availability(runtime, turn)
    return book_appointment(runtime, turn)


def contact_of(runtime: Runtime, turn: Turn) -> Contact:
    """Name, phone and mail, cleaned. Raises :class:`InvalidInput` or :class:`AskAgain`."""
    spoken_name = turn.text("name")
    name = cleaning.person_name(spoken_name) if spoken_name else None
    if name is None:
        name = _known_name(runtime, turn)
    if name is None:
        raise AskAgain(wording.whose_name())
    email = turn.text("email")
    notes = turn.text("notes")
    return Contact(
        name=name,
        phone=_phone(turn),
        email=cleaning.email_address(email) if email else None,
        notes=cleaning.free_text(notes) if notes else None,
    )


def book(runtime: Runtime, turn: Turn, service: Service, when: When, contact: Contact) -> Answer:
    """Book one exact instant for one person."""
    assert when.start is not None
    wishes.refuse_far(when, turn)
    key, earlier = _earlier_wish(
        runtime, turn, wish_key(turn, service, when.start, contact), when.start
    )
    if earlier is not None:
        return _answer_of_twin(runtime, turn, service, earlier)
    if wishes.is_past(when, turn.now, turn.at.today):
        return availability.past(runtime, turn, service, when)
    possible = availability.possible_times(runtime, turn, service, when.day, hold=when.start)
    if not possible.has(when.start, turn) or possible.seen.stale:
        # A twin of this request may have taken it a moment ago: then it is this caller's.
        _, twin = _earlier_wish(runtime, turn, key, when.start)
        if twin is not None:
            return _answer_of_twin(runtime, turn, service, twin)
        return availability.not_free(runtime, turn, possible, when.start)
    row, first = _write_wish(runtime, turn, possible, when.start, contact, key)
    if not first:
        return _answer_of_twin(runtime, turn, service, row)
    return _send(runtime, turn, possible, row)


def wish_key(turn: Turn, service: Service, start: datetime, contact: Contact) -> str:
    """The idempotency key: the same wish of the same call, whatever words it came in.

    A service with seats can be booked for two people in one call, so there the name counts too. A
    key that the client chose stands for its wish all alone.
    """
    if turn.key:
        return _fitting(f"{turn.office.slug}:{turn.source}:{turn.key}")
    who = turn.call_id or _fingerprint(
        turn.number or contact.phone or contact.email or contact.name
    )
    parts = [
        turn.office.slug,
        who,
        str(service.event_type_id),
        f"{start.astimezone(UTC):%Y%m%dT%H%M}",
    ]
    if service.seats:
        parts.append(_fingerprint(contact.name.casefold()))
    return _fitting(":".join(parts))


def booked_answer(turn: Turn, service: Service | None, row: Appointment) -> Answer:
    """What the caller hears of a row that stands: booked, requested, or not known yet."""
    said = service.name if service else None
    fields = {
        "appointment_id": row.id,
        "start": availability.iso(turn, row.start),
        "end": availability.iso(turn, row.end),
        "service": said,
        "alternatives": [],
    }
    if row.state == "confirmed":
        return Answer("booked", wording.booked(turn.at, row.start, said), fields, row)
    if row.state == "requested":
        return Answer("requested", wording.requested(turn.at, row.start, said), fields, row)
    if row.state in OVER:
        entry = Entry(row.start, said)
        return Answer("cancelled", wording.already_cancelled(turn.at, entry), fields, row)
    return Answer("pending", wording.pending(turn.at, row.start, said), fields, row)


# -- steps ----------------------------------------------------------------------------------------


def _earlier_wish(
    runtime: Runtime, turn: Turn, key: str, start: datetime
) -> tuple[str, Appointment | None]:
    """(the wish's key, the row of the same wish that was sent already: nothing is sent again).

    An appointment that was cancelled or moved away since is over: whoever wants its time again has
    a new wish, and a key with a number. Only a key that the client chose is never used twice.
    """
    first = key
    with runtime.database.of_company(turn.office.company_id) as session:
        for number in itertools.count(2):
            row = ledger.by_key(session, key)
            if row is None or row.state in ("refused", "wished"):
                return key, None
            if turn.key or not (row.state in OVER or row.start != start):
                return key, row
            key = f"{first}:{number}"
    raise AssertionError("counting never ends")


def _write_wish(
    runtime: Runtime,
    turn: Turn,
    possible: Possible,
    start: datetime,
    contact: Contact,
    key: str,
) -> tuple[Appointment, bool]:
    """Write the wish down; (row, True) when it is ours to send, (twin's row, False) when not."""
    service = possible.service
    now = turn.now
    with runtime.database.of_company(turn.office.company_id, write=True) as session:
        customer = callers.known_or_new(
            session, number=turn.number, name=contact.name, email=contact.email, now=now
        )
        session.flush()
        wish = Appointment(
            company_id=turn.office.company_id,
            branch_id=turn.office.branch_id,
            service_id=service.id,
            customer_id=customer.id,
            call_id=turn.call_id,
            key=key,
            source=turn.source,
            state="wished",
            start=start,
            end=start + timedelta(minutes=possible.minutes),
            event_type_id=service.event_type_id,
            attendee_name=contact.name,
            attendee_phone=contact.phone,
            attendee_email=contact.email,
            notes=contact.notes,
            changes=0,
            created_at=now,
            updated_at=now,
        )
        row, first = ledger.write_wish(session, wish)
        return row, first or ledger.take_over(session, row, wish)


def _send(runtime: Runtime, turn: Turn, possible: Possible, row: Appointment) -> Answer:
    """One POST, no repetition, and the truth about it."""
    office, service = turn.office, possible.service
    _move(runtime, turn, row, state="sent")
    try:
        booking = runtime.calcom(office).book(
            order_of_row(runtime, office, row), not_after=turn.not_after
        )
    except BookingConflict:
        return _conflict(runtime, turn, possible, row)
    except CalcomAnswer as answer:
        return _refused(runtime, turn, possible, row, answer)
    except CalcomError as error:
        return _failed(runtime, turn, possible, row, error)
    return _landed(runtime, turn, service, row, booking)


def order_of_row(runtime: Runtime, office: Office, row: Appointment) -> NewBooking:
    """The request for Cal.com that a row of the ledger stands for."""
    settings = runtime.settings
    service = office.service(row.service_id)
    metadata = {"gw_key": row.key, "source": "phone"}
    if row.call_id:
        metadata["call_id"] = row.call_id
    if row.attendee_phone:
        metadata["caller_number"] = row.attendee_phone
    several_lengths = service is not None and service.multi_length
    return NewBooking(
        event_type_id=row.event_type_id,
        start=row.start,
        name=row.attendee_name or "",
        email=row.attendee_email or fallback_email(settings.retell_fallback_email, row),
        phone=row.attendee_phone or settings.retell_fallback_phone,
        time_zone=office.hours.zone.key,
        language=settings.retell_language,
        minutes=int((row.end - row.start).total_seconds() // 60) if several_lengths else None,
        answers={"notes": row.notes} if row.notes else {},
        metadata=metadata,
    )


def fallback_email(address: str, row: Appointment) -> str:
    """An address of its own for each booking, so that Cal.com never takes two callers for one."""
    local, _, domain = address.partition("@")
    return f"{local}+{_fingerprint(row.key)}@{domain}"


def _landed(
    runtime: Runtime, turn: Turn, service: Service, row: Appointment, booking: Booking
) -> Answer:
    """Cal.com answered 201. Its uid is stored; two rows can't share one."""
    state = _STATE_OF.get(booking.status, "unknown")
    theirs = booking.gw_key
    if theirs is not None and theirs != row.key:
        return _not_ours(runtime, turn, service, row, booking)
    try:
        _move(
            runtime,
            turn,
            row,
            state=state,
            uid=booking.uid,
            calcom_id=booking.id,
            seat_uid=booking.seat_uid,
            end=booking.end or row.end,
        )
    except IntegrityError:
        return _not_ours(runtime, turn, service, row, booking)
    calendar.drop(runtime, turn.office, holder=turn.holder)
    return booked_answer(turn, service, row)


def _not_ours(
    runtime: Runtime, turn: Turn, service: Service, row: Appointment, booking: Booking
) -> Answer:
    """Cal.com gave back a booking that another row stands for: a repeated answer is no new one."""
    with runtime.database.of_company(turn.office.company_id) as session:
        other = ledger.by_uid(session, booking.uid)
    _move(runtime, turn, row, state="refused", error="booking of another wish")
    if other is not None and other.customer_id == row.customer_id:
        return booked_answer(turn, service, other)
    findings.note(
        runtime,
        turn.office.company_id,
        kind="shared_booking",
        subject=str(row.id),
        call_id=turn.call_id,
        appointment_id=row.id,
    )
    calendar.drop(runtime, turn.office)
    fresh = availability.possible_times(runtime, turn, service, turn.at.day(row.start))
    return availability.not_free(runtime, turn, fresh, row.start)


def _conflict(runtime: Runtime, turn: Turn, possible: Possible, row: Appointment) -> Answer:
    """409 "record already exists": our own booking may have landed. Look before saying anything."""
    try:
        booking = find_by_key(runtime, turn.office, row)
    except CalcomError as error:
        return _failed(runtime, turn, possible, row, error, maybe_done=True)
    if booking is not None:
        return _landed(runtime, turn, possible.service, row, booking)
    return _refused(runtime, turn, possible, row, SlotTaken("record exists"))


def _refused(
    runtime: Runtime, turn: Turn, possible: Possible, row: Appointment, answer: CalcomAnswer
) -> Answer:
    """Cal.com said no: other times are offered, from a fresh look. The caller is never blamed."""
    _move(runtime, turn, row, state="refused", error=type(answer).__name__)
    calendar.drop(runtime, turn.office, holder=turn.holder)
    if isinstance(answer, CalcomNotFound):
        raise answer
    if not isinstance(answer, SlotTaken):
        findings.note(
            runtime,
            turn.office.company_id,
            kind="service_refused",
            subject=f"service:{possible.service.id}:{getattr(answer, 'field', None) or 'request'}",
            call_id=turn.call_id,
            appointment_id=row.id,
        )
    fresh = availability.possible_times(runtime, turn, possible.service, turn.at.day(row.start))
    left = tuple(start for start in fresh.starts if start != row.start)
    return availability.not_free(runtime, turn, replace(fresh, starts=left), row.start)


def _failed(
    runtime: Runtime,
    turn: Turn,
    possible: Possible,
    row: Appointment,
    error: CalcomError,
    *,
    maybe_done: bool | None = None,
) -> Answer:
    """Nothing is known, or nothing was sent. Only the second may be said to have failed."""
    landed = error.maybe_done if maybe_done is None else maybe_done
    calendar.drop(runtime, turn.office, holder=None if landed else turn.holder)
    if landed:
        _move(runtime, turn, row, state="unknown", error=type(error).__name__)
        log.warning("booking outcome unknown", extra={"appointment_id": row.id})
        return booked_answer(turn, possible.service, row)
    _move(runtime, turn, row, state="refused", error=type(error).__name__)
    raise error


def _answer_of_twin(runtime: Runtime, turn: Turn, service: Service, row: Appointment) -> Answer:
    """The same wish is being sent by a twin of this request: wait for what it finds out."""
    until = wall.monotonic() + _PATIENCE_SECONDS
    while row.state in ("wished", "sent") and wall.monotonic() < until:
        wall.sleep(0.05)
        with runtime.database.of_company(turn.office.company_id) as session:
            row = session.get_one(Appointment, row.id)
    if row.state == "refused":
        calendar.drop(runtime, turn.office)
        fresh = availability.possible_times(runtime, turn, service, turn.at.day(row.start))
        return availability.not_free(runtime, turn, fresh, row.start)
    return booked_answer(turn, service, row)


def find_by_key(runtime: Runtime, office: Office, row: Appointment) -> Booking | None:
    """Cal.com's booking that carries the row's key, wherever it stands around that time."""
    bookings = runtime.calcom(office).bookings(
        event_type_id=row.event_type_id,
        after_start=row.start - timedelta(minutes=1),
        before_end=row.end + timedelta(minutes=1),
        kind="write",
    )
    for booking in bookings:
        if booking.gw_key == row.key and booking.status in _STATE_OF:
            return booking
    return None


def _move(runtime: Runtime, turn: Turn, row: Appointment, **values: Any) -> None:
    """Write a new state of the row, and nothing else, in a transaction of its own."""
    ledger.move(runtime.database, row, now=runtime.clock.now(), **values)


def _phone(turn: Turn) -> str | None:
    """The number that was given, else the caller's own. An impossible one is left out."""
    given = turn.text("phone")
    if given:
        try:
            return cleaning.phone_number(given)
        except InvalidInput:
            return turn.number
    return turn.number


def _known_name(runtime: Runtime, turn: Turn) -> str | None:
    if turn.number is None:
        return None
    with runtime.database.of_company(turn.office.company_id) as session:
        customer = callers.by_number(session, turn.number)
        return customer.name if customer else None


def _fitting(key: str) -> str:
    """``key`` as it fits into the ledger with a number behind it; different keys stay different."""
    return key if len(key) <= _LONGEST_KEY else f"{key[: _LONGEST_KEY - 17]}:{_fingerprint(key)}"


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
