"""Moving and cancelling (rules.md §7.5).

The old appointment stays until the new one stands, Cal.com is asked first, and nothing is said to
be done that is not.

What a change wants is written to the row before Cal.com is asked (``pending_change``). It is the
claim by which only one of two twins acts, and what :mod:`askpro.services.settlement` looks at when
the outcome is unknown.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from askpro.booking import cleaning, wording
from askpro.errors import (
    CalcomAnswer,
    CalcomError,
    CalcomNotFound,
    SlotTaken,
)
from askpro.providers.calcom import Booking
from askpro.services import appointments, availability, calendar
from askpro.services.answers import Answer
from askpro.services.appointments import NotThisOne, asked_time, entry_of, shown
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store import ledger
from askpro.store.models import Appointment

log = logging.getLogger(__name__)

_STATE_OF = {"accepted": "confirmed", "pending": "requested"}


def reschedule_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: rescheduled, requested, pending, which_one, ready, unavailable, not_found,
    not_allowed, calendar_down."""
    old = asked_time(runtime, turn, "old_date", "old_time")
    try:
        row = appointments.the_one(runtime, turn, "reschedule", old)
    except NotThisOne as none:
        return _moved_before(runtime, turn) or none.answer
    new = asked_time(runtime, turn, "new_date", "new_time", day_of=row.start)
    fields = {"old": shown(turn, row), "alternatives": []}
    if new is None:
        return Answer("ready", wording.ready(turn.at, entry_of(turn, row)), fields)
    if new.start == row.start and row.changes:
        return _rescheduled(turn, row, shown(turn, row), fee_cents=0)
    try:
        fee = appointments.check_policy(runtime, turn, "reschedule", row)
    except NotThisOne as refused:
        return refused.answer
    return move(runtime, turn, row, new, fee)


def cancel_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: cancelled, pending, which_one, not_found, not_allowed, calendar_down."""
    when = asked_time(runtime, turn, "date", "time")
    try:
        row = appointments.the_one(runtime, turn, "cancel", when)
        fee = appointments.check_policy(runtime, turn, "cancel", row)
    except NotThisOne as none:
        return _cancelled_before(runtime, turn, when) or none.answer
    if when is None and turn.args.get("confirm") is not True:
        # One appointment, but nobody said which: it is named before it is gone.
        sentence = wording.confirm_change(turn.at, "cancel", entry_of(turn, row), fee_cents=fee)
        return Answer("which_one", sentence, {"appointments": [shown(turn, row)]})
    return cancel(runtime, turn, row, fee)


def cancel(runtime: Runtime, turn: Turn, row: Appointment, fee: int) -> Answer:
    """Cancel one appointment, all parts of it if it has several."""
    entry = entry_of(turn, row)
    pending = Answer(
        "pending",
        wording.change_pending(turn.at, "cancel", entry),
        {"appointment": shown(turn, row)},
    )
    reason = _reason(turn)
    for part in ledger.parts_of(runtime.database, row):
        change = {"kind": "cancel", "call_id": turn.call_id}
        if not ledger.claim_change(runtime.database, part, change, now=turn.now):
            return pending
        try:
            if part.uid:
                runtime.calcom(turn.office).cancel(
                    part.uid, reason, part.seat_uid, not_after=turn.not_after
                )
        except CalcomNotFound as gone:
            if gone.wrong_version:
                ledger.drop_change(runtime.database, part, now=turn.now)
                raise
        except CalcomError as error:
            return _not_changed(runtime, turn, part, error, pending)
        ledger.cancelled(runtime.database, part, reason=reason, now=runtime.clock.now())
        calendar.drop(runtime, turn.office)
    row.state = "cancelled"
    return Answer(
        "cancelled",
        wording.cancelled(turn.at, entry, fee_cents=fee),
        {"appointment": shown(turn, row)},
    )


def apply_move(runtime: Runtime, row: Appointment, booking: Booking, *, now: datetime) -> None:
    """The new booking stands: the row moves to it and the old uid is kept beside the new one."""
    ledger.moved(
        runtime.database,
        row,
        uid=booking.uid,
        calcom_id=booking.id,
        state=_STATE_OF.get(booking.status, "unknown"),
        start=booking.start,
        end=booking.end or booking.start + (row.end - row.start),
        now=now,
    )
    calendar.drop(runtime, row.company_id)


def move(runtime: Runtime, turn: Turn, row: Appointment, new: When, fee: int) -> Answer:
    """Move one appointment to an exact time; the old one stays until the new one stands."""
    service = turn.office.service(row.service_id)
    before = shown(turn, row)
    if service is None or row.uid is None or row.group_key:
        # A part of a composite can't move alone, and what Cal.com does not know can't move at all.
        return Answer(
            "not_allowed", wording.not_movable(turn.at, entry_of(turn, row)), {"old": before}
        )
    if new.start is None:
        listed = availability.listed(runtime, turn, service, new, ignoring=row)
        return Answer("ready", listed.message, {"old": before, **listed.fields})
    if new.start <= turn.now:
        return availability.past(runtime, turn, service, new)
    possible = availability.possible_times(
        runtime, turn, service, new.day, ignoring=row, hold=new.start
    )
    if not possible.has(new.start, turn) or possible.seen.stale:
        return _keeps_old(runtime, turn, row, new.start, possible)
    entry = entry_of(turn, row)
    pending = Answer(
        "pending",
        wording.change_pending(turn.at, "reschedule", entry),
        {"old": before, "alternatives": []},
    )
    change = {
        "kind": "reschedule",
        "call_id": turn.call_id,
        "start": new.start.isoformat(),
    }
    if not ledger.claim_change(runtime.database, row, change, now=turn.now):
        return pending
    try:
        booking = runtime.calcom(turn.office).reschedule(
            row.uid, new.start, _reason(turn), row.seat_uid, not_after=turn.not_after
        )
    except SlotTaken:
        ledger.drop_change(runtime.database, row, now=turn.now)
        calendar.drop(runtime, turn.office, holder=turn.holder)
        fresh = availability.possible_times(runtime, turn, service, new.day, ignoring=row)
        return _keeps_old(runtime, turn, row, new.start, fresh)
    except CalcomError as error:
        return _not_changed(runtime, turn, row, error, pending)
    apply_move(runtime, row, booking, now=runtime.clock.now())
    calendar.drop(runtime, turn.office, holder=turn.holder)
    return _rescheduled(turn, row, before, fee_cents=fee)


def _rescheduled(turn: Turn, row: Appointment, before: dict[str, Any], *, fee_cents: int) -> Answer:
    service = turn.office.service(row.service_id)
    said = service.name if service else None
    fields = {"old": before, "new": shown(turn, row), "alternatives": []}
    if row.state == "requested":
        return Answer("requested", wording.reschedule_requested(turn.at, row.start, said), fields)
    sentence = wording.rescheduled(turn.at, row.start, said, fee_cents=fee_cents)
    return Answer("rescheduled", sentence, fields)


def _keeps_old(
    runtime: Runtime,
    turn: Turn,
    row: Appointment,
    asked: datetime,
    possible: availability.Possible,
) -> Answer:
    """The new time can't be had; the old appointment stands, and that is said."""
    refused = availability.not_free(runtime, turn, possible, asked, keeps_old=True)
    status = refused.status if refused.status == "calendar_down" else "unavailable"
    return Answer(status, refused.message, {**refused.fields, "old": shown(turn, row)})


def _not_changed(
    runtime: Runtime, turn: Turn, row: Appointment, error: CalcomError, pending: Answer
) -> Answer:
    """Cal.com refused, failed, or nobody knows. Only the last one leaves the change pending."""
    calendar.drop(runtime, turn.office)
    if error.maybe_done:
        log.warning("outcome of a change unknown", extra={"appointment_id": row.id})
        return pending
    ledger.drop_change(runtime.database, row, now=turn.now)
    if not isinstance(error, CalcomAnswer) or not row.uid:
        raise error
    # Moved or cancelled on Cal.com's side meanwhile: take over what is true there.
    current = next(iter(runtime.calcom(turn.office).booking(row.uid)), None)
    if current is None or not current.gone:
        raise error
    if current.rescheduled_to_uid:
        successor = next(iter(runtime.calcom(turn.office).booking(current.rescheduled_to_uid)))
        apply_move(runtime, row, successor, now=runtime.clock.now())
        sentence = wording.confirm_change(turn.at, "cancel", entry_of(turn, row))
        return Answer("which_one", sentence, {"appointments": [shown(turn, row)]})
    ledger.cancelled(runtime.database, row, reason=current.reason, now=runtime.clock.now())
    return Answer(
        "not_found",
        wording.already_cancelled(turn.at, entry_of(turn, row)),
        {"old": shown(turn, row)},
    )


def _moved_before(runtime: Runtime, turn: Turn) -> Answer | None:
    """The same request came twice: the appointment already stands where it was to go."""
    new = asked_time(runtime, turn, "new_date", "new_time")
    if new is None:
        return None
    for state in ("confirmed", "requested"):
        row = appointments.changed_just_now(runtime, turn, state=state, when=new)
        if row is not None:
            return _rescheduled(turn, row, shown(turn, row), fee_cents=0)
    return None


def _cancelled_before(runtime: Runtime, turn: Turn, when: When | None) -> Answer | None:
    if when is None:
        return None
    row = appointments.changed_just_now(runtime, turn, state="cancelled", when=when)
    if row is None:
        return None
    return Answer(
        "cancelled",
        wording.already_cancelled(turn.at, entry_of(turn, row)),
        {"appointment": shown(turn, row)},
    )


def _reason(turn: Turn) -> str:
    spoken = turn.text("reason")
    cleaned = cleaning.free_text(spoken) if spoken else ""
    return cleaned or "Am Telefon gewünscht"
