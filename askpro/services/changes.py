"""What moving and cancelling share (rules.md §7.5).

What a change wants is written to the row before Cal.com is asked (``pending_change``). It is the
claim by which only one of two twins acts, and what :mod:`askpro.services.settlement` looks at when
the outcome is unknown. Nothing is said to be done that is not.
"""

from __future__ import annotations

import logging
import math
import time as wall
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from askpro.booking import cleaning, wording
from askpro.errors import CalcomAnswer, CalcomError, CalcomNotFound, CalcomUnavailable
from askpro.providers.calcom import Booking
from askpro.services import calendar, findings, sending
from askpro.services.answers import Answer
from askpro.services.appointments import entry_of, shown
from askpro.services.booking_facts import STATE_OF_STATUS
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.store import ledger, outcomes
from askpro.store.models import Appointment
from askpro.store.models.appointments import STANDING
from askpro.store.staffing import Host
from askpro.store.tenancy import AWAY

log = logging.getLogger(__name__)

#: A twin of a change waits so long for what comes of it.
_PATIENCE_SECONDS = 6.0
_MOST_MOVES = 20


def apply_move(runtime: Runtime, row: Appointment, booking: Booking, *, now: datetime) -> None:
    """The row moves to what its booking was moved to, which may be gone again; the old uid is kept
    beside the new one."""
    seat = booking.seat_uid or row.seat_uid
    try:
        with_staff = outcomes.moved(
            runtime.database,
            row,
            uid=booking.uid,
            calcom_id=booking.id,
            seat_uid=seat,
            state=STATE_OF_STATUS.get(booking.status, "unknown"),
            start=booking.start,
            end=booking.end or booking.start + (row.end - row.start),
            host=None if seat else Host.of(booking.host_id, booking.host_name),
            now=now,
        )
    except outcomes.UidTaken:
        _stands_elsewhere(runtime, row, now)
        return
    if not with_staff:
        sending.note_overlap(runtime, row)
    calendar.drop(runtime, row.company_id)


def cancel_at_calcom(
    runtime: Runtime, office: Office, row: Appointment, reason: str, *, not_after: float | None
) -> None:
    """Cancel the row's booking; one that Cal.com does not have is cancelled.

    Raises :class:`~askpro.errors.CalcomError`, also where Cal.com finds nothing to cancel and shows
    the booking all the same: nothing may be said to be done then.
    """
    assert row.uid is not None
    try:
        runtime.calcom(office).cancel(row.uid, reason, row.seat_uid, not_after=not_after)
    except CalcomNotFound as missing:
        if missing.wrong_version:
            raise
        if row.seat_uid is None:
            there = at_calcom(runtime, office, row.uid, not_after=not_after)
            if there is not None and not there.gone:
                raise


def at_calcom(
    runtime: Runtime, office: Office, uid: str, *, not_after: float | None = None
) -> Booking | None:
    """The booking as it is there now; None where Cal.com has none of that uid."""
    client = runtime.calcom(office)
    try:
        return next(iter(client.booking(uid, kind="write", not_after=not_after)), None)
    except CalcomNotFound as gone:
        if gone.wrong_version:
            raise
        return None


def successor_of(
    runtime: Runtime, office: Office, booking: Booking, *, not_after: float | None = None
) -> Booking | None:
    """What a booking was moved to at Cal.com, however often."""
    for _ in range(_MOST_MOVES):
        if not booking.rescheduled_to_uid:
            break
        found = at_calcom(runtime, office, booking.rescheduled_to_uid, not_after=not_after)
        if found is None:
            break
        booking = found
        if not booking.rescheduled_to_uid:
            return booking
    return None


def seat_moved_to(
    runtime: Runtime, office: Office, row: Appointment, start: datetime
) -> Booking | None:
    """The booking at ``start`` in which the row's seat is now, if it went there: the one that it
    left stands for those who stayed, and names no successor."""
    there = runtime.calcom(office).bookings(
        event_type_id=row.event_type_id,
        after_start=start,
        before_end=start + sending.LONGEST,
        kind="write",
    )
    for booking in there:
        seats = {attendee.seat_uid for attendee in booking.attendees}
        if row.seat_uid in seats and booking.uid != row.uid and not booking.gone:
            return replace(booking, seat_uid=row.seat_uid)
    return None


def _stands_elsewhere(runtime: Runtime, row: Appointment, now: datetime) -> None:
    """Another row already stands for the booking that this one became: an operator looks."""
    ledger.move(runtime.database, row, now=now, state="rescheduled", pending_change=None)
    findings.note(
        runtime,
        row.company_id,
        kind="shared_booking",
        subject=str(row.id),
        call_id=row.call_id,
        appointment_id=row.id,
    )


def ask_first(turn: Turn, action: wording.Action, parts: Sequence[Appointment], fee: int) -> Answer:
    """The change costs, or nobody said which appointment: it is named before anything happens.
    After a no it is said to stand."""
    say = wording.kept if turn.agreed is False else wording.confirm_change
    sentence = say(turn.at, action, entry_of(turn, *parts), fee_cents=fee)
    fields: dict[str, Any] = {"appointments": [shown(turn, *parts)]}
    if fee:
        fields["fee_cents"] = fee
    return Answer("which_one", sentence, fields)


def pending(turn: Turn, action: wording.Action, parts: Sequence[Appointment]) -> Answer:
    """The change may have been made; it is settled by looking at Cal.com."""
    told = shown(turn, *parts)
    fields = {"appointment": told} if action == "cancel" else {"old": told, "alternatives": []}
    sentence = wording.change_pending(turn.at, action, entry_of(turn, *parts))
    return Answer("pending", sentence, fields, parts)


def left_to_settlement(
    runtime: Runtime, turn: Turn, action: wording.Action, parts: Sequence[Appointment]
) -> Answer:
    """:func:`pending`, and no twin waits for what only the settlement will know."""
    try:
        for part in parts:
            outcomes.leave_change(runtime.database, part, claimed_at=turn.now)
    except AWAY as error:
        log.warning("twins may wait", extra={"error": type(error).__name__})
    return pending(turn, action, parts)


def refuse_another(parts: Sequence[Appointment], *, kind: str, start: str | None = None) -> None:
    """Raise where what is pending is not what is wanted: only that is noted, and nothing else may
    be said to be."""
    for part in parts:
        pending = part.pending_change or {}
        if pending.get("kind") != kind or pending.get("start") != start:
            raise CalcomUnavailable("an earlier change of the appointment is not settled yet")


def not_changed(
    runtime: Runtime,
    turn: Turn,
    parts: Sequence[Appointment],
    error: CalcomError,
    action: wording.Action,
) -> Answer:
    """Cal.com refused, failed, or nobody knows. Only the last one leaves the change pending."""
    row = parts[0]
    calendar.drop(runtime, turn.office)
    if error.maybe_done:
        log.warning("outcome of a change unknown", extra={"appointment_id": row.id})
        return left_to_settlement(runtime, turn, action, parts)
    for part in parts:
        outcomes.drop_change(runtime.database, part, now=turn.now)
    if not isinstance(error, CalcomAnswer) or not row.uid:
        raise error
    # Moved or cancelled on Cal.com's side meanwhile: take over what is true there.
    current = at_calcom(runtime, turn.office, row.uid, not_after=turn.not_after)
    if current is None or not current.gone:
        raise error
    successor = successor_of(runtime, turn.office, current, not_after=turn.not_after)
    if successor is not None:
        apply_move(runtime, row, successor, now=runtime.clock.now())
    else:
        outcomes.cancelled(runtime.database, row, reason=current.reason, now=runtime.clock.now())
    if row.state in STANDING:
        return ask_first(turn, action, parts, 0)
    return Answer(
        "not_found",
        wording.already_cancelled(turn.at, entry_of(turn, *parts)),
        {"old": shown(turn, *parts)},
    )


def not_written(
    turn: Turn, parts: Sequence[Appointment], error: Exception, action: wording.Action
) -> Answer:
    """Cal.com has made the change, and the ledger can't be written: it still says what is pending,
    and that is settled by looking."""
    log.warning(
        "outcome of a change could not be written",
        extra={"appointment_id": parts[0].id, "error": type(error).__name__},
    )
    return pending(turn, action, parts)


def settled(runtime: Runtime, turn: Turn, row: Appointment) -> Sequence[Appointment]:
    """The appointment once nobody is changing it any more, or as it is after a while."""
    until = min(wall.monotonic() + _PATIENCE_SECONDS, turn.not_after or math.inf)
    parts = ledger.group_of(runtime.database, row)
    while any(map(outcomes.is_being_made, parts)) and wall.monotonic() < until:
        wall.sleep(0.05)
        parts = ledger.group_of(runtime.database, row)
    return parts


def reason_of(turn: Turn) -> str:
    spoken = turn.text("reason")
    cleaned = cleaning.free_text(spoken) if spoken else ""
    return cleaned or "Am Telefon gewünscht"
