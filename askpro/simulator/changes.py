"""Changing what stands: reschedule, cancel, confirm, decline, mark absent (calcom.md §4).

Functions over a :class:`~askpro.simulator.calendar.Calendar`, each atomic under its lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from askpro.simulator import refusals
from askpro.simulator.bookings import Attendee, Booking
from askpro.simulator.calendar import Calendar


def find(calendar: Calendar, uid: str) -> list[Booking]:
    """The booking of a uid, or the series of a recurring one; CalRefusal 404 if unknown."""
    with calendar.lock:
        row = calendar.shelf.find(uid)
        rows = [row] if row else calendar.shelf.series(uid)
    if not rows:
        raise refusals.not_found(f"Booking with uid={uid} was not found in the database")
    return rows


def reschedule(
    calendar: Calendar,
    uid: str,
    start: datetime,
    *,
    reason: str | None = None,
    by: str | None = None,
    seat_uid: str | None = None,
) -> tuple[Booking, Attendee | None]:
    """Move a booking: a new row with a new uid, the old one cancelled. Returns it and the seat."""
    with calendar.lock:
        old = find(calendar, uid)[0]
        _refuse_dead(old, "reschedule")
        kind = calendar.event_types[old.event_type.id]
        if kind.disable_rescheduling:
            raise refusals.bad_request("This event type does not allow rescheduling.")
        if old.end <= calendar.clock.now():
            raise refusals.bad_request("Cannot reschedule a booking that has already ended.")
        seat = _seat(old, seat_uid) if seat_uid else None
        end = start + (old.end - old.start)
        alone = seat is not None and len(old.attendees) > 1
        calendar.require_free(kind, start, end, ignoring=() if alone else (old.uid,))
        moving = [seat] if seat else old.attendees
        new = _moved_row(calendar, old, start, end, moving)
        new.rescheduling_reason = reason
        new.rescheduled_by = by
        # Back to pending, unless the owner moved it himself [O].
        owner_moved = by == kind.account.email
        new.status = "pending" if kind.requires_confirmation and not owner_moved else "accepted"
        if alone and seat:
            old.attendees.remove(seat)
            old.updated_at = calendar.clock.now()
        else:
            _close(calendar, old, "cancelled")
            old.to_uid = new.uid
            old.rescheduling_reason = reason
            old.rescheduled_by = by
        if calendar.shelf.find(new.uid) is None:
            calendar.shelf.add(new)
        calendar.announce(
            "BOOKING_REQUESTED" if new.status == "pending" else "BOOKING_RESCHEDULED",
            new,
            moved_from=old,
            seat=seat,
        )
        return new, seat


def _moved_row(
    calendar: Calendar, old: Booking, start: datetime, end: datetime, moving: list[Attendee]
) -> Booking:
    kind = calendar.event_types[old.event_type.id]
    if kind.seats is not None:
        there = calendar.shelf.seated(kind.id, start)
        if there and there is not old:
            for attendee in moving:
                there.attendees.append(attendee)
                calendar.shelf.note_attendee(there, attendee)
            there.updated_at = calendar.clock.now()
            return there
    new = calendar.new_row(kind, start, end, [replace(a) for a in moving])
    new.metadata = dict(old.metadata)
    new.location = old.location
    new.responses = dict(old.responses)
    new.guests = list(old.guests)
    new.from_uid = old.uid
    new.sequence = old.sequence + 1
    return new


def cancel(
    calendar: Calendar,
    uid: str,
    *,
    reason: str | None = None,
    by: str | None = None,
    seat_uid: str | None = None,
    subsequent: bool = False,
    as_host: bool = True,
) -> list[Booking]:
    """Cancel a booking, one seat of it, or a whole series. Returns the rows concerned."""
    with calendar.lock:
        rows = find(calendar, uid)
        first = rows[0]
        if not any(row.active for row in rows):
            _refuse_dead(first, "cancel")
        if as_host and not reason and not seat_uid:
            # Without the envelope, and only with the host's key (#19945).
            raise refusals.CalRefusal(
                400, "Cancellation reason is required when you are the host", bare=True
            )
        kind = calendar.event_types[first.event_type.id]
        if kind.disable_cancelling:
            raise refusals.bad_request("This event type does not allow cancelling.")
        if first.end <= calendar.clock.now() and len(rows) == 1:
            raise refusals.bad_request("Cannot cancel a booking that has already ended.")
        if seat_uid:
            return [_leave_seat(calendar, first, seat_uid, reason, by)]
        if subsequent and first.recurring_uid:
            series = calendar.shelf.series(first.recurring_uid)
            rows = [row for row in series if row.start >= first.start]
        for row in rows:
            if row.active:
                _cancel_row(calendar, row, reason, by)
        return rows


def _cancel_row(calendar: Calendar, row: Booking, reason: str | None, by: str | None) -> None:
    _close(calendar, row, "cancelled")
    row.cancellation_reason = reason
    row.cancelled_by = by
    calendar.announce("BOOKING_CANCELLED", row)


def _leave_seat(
    calendar: Calendar, row: Booking, seat_uid: str, reason: str | None, by: str | None
) -> Booking:
    seat = _seat(row, seat_uid)
    if len(row.attendees) == 1:
        _cancel_row(calendar, row, reason, by)
    else:
        row.attendees.remove(seat)
        row.updated_at = calendar.clock.now()
        calendar.announce(
            "BOOKING_CANCELLED", row, seat=seat, cancellationReason=reason, cancelledBy=by
        )
    return row


def confirm(calendar: Calendar, uid: str) -> Booking:
    with calendar.lock:
        row = find(calendar, uid)[0]
        if row.status != "pending":
            raise refusals.bad_request(f"Booking with uid={uid} is {row.status}, not pending.")
        row.status = "accepted"
        _touch(calendar, row)
        calendar.announce("BOOKING_CREATED", row)
        return row


def decline(calendar: Calendar, uid: str, reason: str | None) -> Booking:
    with calendar.lock:
        row = find(calendar, uid)[0]
        if row.status != "pending":
            raise refusals.bad_request(f"Booking with uid={uid} is {row.status}, not pending.")
        _close(calendar, row, "rejected")
        row.rejection_reason = reason
        calendar.announce("BOOKING_REJECTED", row)
        return row


def mark_absent(
    calendar: Calendar, uid: str, *, host: bool | None, attendees: Iterable[tuple[str, bool]]
) -> Booking:
    """Note who did not come; only after the start. ``attendees``: (email, absent)."""
    with calendar.lock:
        row = find(calendar, uid)[0]
        if row.start > calendar.clock.now():
            raise refusals.bad_request(
                "Bookings can only be marked as absent after their scheduled start time. "
                f"Current time in UTC+0: {calendar.clock.now().isoformat()}, "
                f"booking start time: {row.start.isoformat()}"
            )
        if host is not None:
            row.absent_host = host
        marks = dict(attendees)
        for attendee in row.attendees:
            if attendee.email in marks:
                attendee.absent = marks[attendee.email]
        row.updated_at = calendar.clock.now()
        calendar.announce("BOOKING_NO_SHOW_UPDATED", row, marks=marks)
        return row


def _refuse_dead(row: Booking, verb: str) -> None:
    if row.status == "cancelled" and row.to_uid:
        raise refusals.bad_request(
            f"Can't {verb} booking with uid={row.uid} because it has been already rescheduled to "
            f"booking with uid={row.to_uid}. You probably want to {verb} {row.to_uid} instead by "
            "passing it within the request URL."
        )
    if row.status in ("cancelled", "rejected"):
        again = " already" if verb == "cancel" else ""
        raise refusals.bad_request(
            f"Can't {verb} booking with uid={row.uid} because it has been {row.status}{again}. "
            "Please provide uid of a booking that is not cancelled."
        )


def _seat(row: Booking, seat_uid: str) -> Attendee:
    for attendee in row.attendees:
        if attendee.seat_uid == seat_uid:
            return attendee
    raise refusals.not_found(f"Seat with uid={seat_uid} was not found in booking {row.uid}")


def _close(calendar: Calendar, row: Booking, status: str) -> None:
    calendar.shelf.release(row)
    row.status = status
    # The world's free times leave out what was booked; now this start can be had again.
    row.event_type.free.add(row.start)
    _touch(calendar, row)


def _touch(calendar: Calendar, row: Booking) -> None:
    row.updated_at = calendar.clock.now()
    row.sequence += 1
