"""One POST to Cal.com for one row of the ledger, and the truth about it (rules.md §7).

The row says what is known at every moment: ``sent`` before the request leaves, and what came of it
afterwards. Nothing is sent twice here; who may send a wish again is
:mod:`askpro.services.settlement`.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from askpro.errors import BookingConflict, CalcomAnswer, CalcomError, SlotTaken
from askpro.providers.calcom import Booking, NewBooking
from askpro.services import findings
from askpro.services.booking_facts import STATE_OF_STATUS
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store import ledger, outcomes
from askpro.store.models import Appointment
from askpro.store.staffing import Host
from askpro.store.tenancy import AWAY

log = logging.getLogger(__name__)

#: Bookings are looked for in so long a stretch: a service may be longer there by now than here.
LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """What came of a POST.

    stands      accepted, or pending at the host's
    refused     Cal.com said no: ``error`` is its answer
    not_sent    nothing left, or it surely had no effect: ``error`` says why
    unknown     it may have landed, or could not be sent again: to be settled by looking at Cal.com
    shared      Cal.com gave back a booking that ``other`` stands for, of the same customer
    claimed     nothing left: somebody else has the row, and what becomes of it is theirs to say
    """

    kind: Literal["stands", "refused", "not_sent", "unknown", "shared", "claimed"]
    error: CalcomError | None = None
    other: Appointment | None = None


def send(
    runtime: Runtime,
    office: Office,
    row: Appointment,
    *,
    caller: str | None = None,
    not_after: float | None = None,
    note: str | None = None,
) -> Outcome:
    """Ask Cal.com for the row's booking, once. ``caller`` is the number that really called,
    whatever number was given. ``note`` is the row's ``error`` until it stands, where its caller was
    promised that it will.

    Two rounds of the settlement, or one and a request that was slow, may want to send the same row:
    Cal.com would refuse the second, and that would be written over the first one's booking.
    """
    now = runtime.clock.now()
    if not ledger.claim(runtime.database, row, now=now, state="sent", error=note):
        return Outcome("claimed")
    try:
        return _asked(runtime, office, row, order_of(runtime, office, row, caller), not_after, note)
    except AWAY as error:
        # Whatever Cal.com said, the row goes on saying ``sent``: the settlement looks, and may send
        # it again. So nobody is told that nothing was booked.
        log.warning(
            "outcome of a booking could not be written",
            extra={"appointment_id": row.id, "error": type(error).__name__},
        )
        return Outcome("unknown")


def _asked(
    runtime: Runtime,
    office: Office,
    row: Appointment,
    order: NewBooking,
    not_after: float | None,
    note: str | None,
) -> Outcome:
    def closed(outcome: Outcome) -> Outcome:
        return _closed(runtime, row, outcome, note)

    try:
        booking = runtime.calcom(office).book(order, not_after=not_after)
    except (BookingConflict, SlotTaken) as taken:
        # Perhaps by our own, which landed despite that answer (#17535): look before saying it.
        try:
            found = find_by_key(runtime, office, row, not_after=not_after)
        except CalcomError as error:
            doubtful = note is not None or isinstance(taken, BookingConflict)
            return closed(Outcome("unknown", error) if doubtful else Outcome("refused", taken))
        if found is None or found.gone:
            return closed(Outcome("refused", SlotTaken("the slot is somebody else's")))
        booking = found
    except CalcomAnswer as answer:
        return closed(Outcome("refused", answer))
    except CalcomError as error:
        if error.maybe_done:
            return closed(Outcome("unknown", error))
        if note is None:
            return closed(Outcome("not_sent", error))
        # Nothing left: the promise stands until the calendar is back, or its time has come.
        return _closed(runtime, row, Outcome("unknown", error), None)
    return landed(runtime, office, row, booking)


def landed(runtime: Runtime, office: Office, row: Appointment, booking: Booking) -> Outcome:
    """The row's booking is at Cal.com. Its uid is stored; two rows can't share one."""
    own = booking.with_key(row.key) or booking
    is_anothers = own.gw_key not in (None, row.key) and not own.seat_uid
    if is_anothers:
        return _shared(runtime, row, booking)
    try:
        with_staff = outcomes.stand(
            runtime.database,
            row,
            now=runtime.clock.now(),
            state=STATE_OF_STATUS.get(own.status, "unknown"),
            uid=own.uid,
            calcom_id=own.id,
            seat_uid=own.seat_uid,
            start=own.start,
            end=own.end or own.start + (row.end - row.start),
            host=None if own.seat_uid else Host.of(own.host_id, own.host_name),
        )
    except outcomes.UidTaken:
        return _shared(runtime, row, booking)
    if not with_staff:
        note_overlap(runtime, row)
    return Outcome("stands")


def note_overlap(runtime: Runtime, row: Appointment) -> None:
    """Cal.com let two appointments of one person overlap: both stand, and an operator looks."""
    with runtime.database.of_company(row.company_id, write=True) as session:
        findings.note_overlap_in(session, row, runtime.clock.now())


def find_by_key(
    runtime: Runtime, office: Office, row: Appointment, *, not_after: float | None = None
) -> Booking | None:
    """Cal.com's booking that carries the row's key: the one that stands around that time, else one
    that is gone by now. It was made either way, and is not to be made again."""
    bookings = runtime.calcom(office).bookings(
        event_type_id=row.event_type_id,
        after_start=row.start - timedelta(minutes=1),
        before_end=row.start + LONGEST,
        kind="write",
        not_after=not_after,
    )
    made = [own for booking in bookings if (own := booking.with_key(row.key)) is not None]
    return min(made, key=lambda own: (own.gone, not own.rescheduled_to_uid), default=None)


def order_of(runtime: Runtime, office: Office, row: Appointment, caller: str | None) -> NewBooking:
    """The request for Cal.com that a row of the ledger stands for."""
    settings = runtime.settings
    service = office.service(row.service_id)
    metadata = {"gw_key": row.key, "source": "phone" if row.source == "voice" else row.source}
    if row.call_id:
        metadata["call_id"] = row.call_id
    if caller:
        metadata["caller_number"] = caller
    several_lengths = service is not None and service.multi_length
    return NewBooking(
        event_type_id=row.event_type_id,
        start=row.start,
        name=row.attendee_name or "",
        email=row.attendee_email or _fallback_email(settings.retell_fallback_email, row),
        phone=row.attendee_phone or settings.retell_fallback_phone,
        time_zone=office.hours.zone.key,
        language=settings.retell_language,
        minutes=int((row.end - row.start).total_seconds() // 60) if several_lengths else None,
        answers={"notes": row.notes} if row.notes else {},
        metadata=metadata,
    )


def fingerprint(text: str) -> str:
    """Sixteen letters that stand for ``text`` and don't tell it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _fallback_email(address: str, row: Appointment) -> str:
    """An address of its own for each booking, so that Cal.com never takes two callers for one."""
    local, _, domain = address.partition("@")
    return f"{local}+{fingerprint(row.key)}@{domain}"


def _shared(runtime: Runtime, row: Appointment, booking: Booking) -> Outcome:
    """A repeated answer taken for a new booking would put two customers into one appointment."""
    with runtime.database.of_company(row.company_id) as session:
        other = ledger.by_uid(session, booking.uid)
    ledger.move(
        runtime.database,
        row,
        now=runtime.clock.now(),
        state="refused",
        error="booking of another wish",
        pending_change=None,
    )
    if other is not None and other.customer_id == row.customer_id:
        return Outcome("shared", other=other)
    findings.note(
        runtime,
        row.company_id,
        kind="shared_booking",
        subject=str(row.id),
        call_id=row.call_id,
        appointment_id=row.id,
    )
    return Outcome("refused", SlotTaken("the booking is somebody else's"))


def _closed(runtime: Runtime, row: Appointment, outcome: Outcome, note: str | None) -> Outcome:
    """Write down that nothing is known, or that nothing was booked, unless more is known by now."""
    unknown = outcome.kind == "unknown"
    if not outcomes.close(
        runtime.database,
        row,
        now=runtime.clock.now(),
        state="unknown" if unknown else "refused",
        error=note or type(outcome.error).__name__,
    ):
        return Outcome("stands" if row.state in ("confirmed", "requested") else "claimed")
    if unknown:
        log.warning("booking outcome unknown", extra={"appointment_id": row.id})
    return outcome
