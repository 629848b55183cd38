"""Moving and cancelling (rules.md §7.5).

The old appointment stays until the new one stands, Cal.com is asked first, and nothing is said to
be done that is not.

What a change wants is written to the row before Cal.com is asked (``pending_change``). It is the
claim by which only one of two twins acts, and what :mod:`askpro.services.settlement` looks at when
the outcome is unknown.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
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
from askpro.services import appointments, availability, calendar, findings, offers, sending
from askpro.services.answers import Answer
from askpro.services.appointments import NotThisOne, asked_time, entry_of, said_of, shown
from askpro.services.directory import Office
from askpro.services.possible import Possible, possible_times
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When, refuse_far
from askpro.store import ledger
from askpro.store.models import Appointment

log = logging.getLogger(__name__)


def reschedule_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: rescheduled, requested, pending, which_one, ready, unavailable, not_found,
    not_allowed, calendar_down."""
    old = asked_time(runtime, turn, "old_date", "old_time")
    try:
        parts = appointments.the_one(runtime, turn, "reschedule", old)
    except NotThisOne as none:
        return _moved_before(runtime, turn) or none.answer
    row = parts[0]
    new = asked_time(runtime, turn, "new_date", "new_time", day_of=row.start)
    fields = {"old": shown(turn, *parts), "alternatives": []}
    if new is None:
        return Answer("ready", wording.ready(turn.at, entry_of(turn, *parts)), fields)
    if new.start == row.start and row.changes:
        return _rescheduled(turn, row, shown(turn, *parts), fee_cents=0)
    try:
        fee = appointments.check_policy(runtime, turn, "reschedule", *parts)
    except NotThisOne as refused:
        return refused.answer
    return move(runtime, turn, parts, new, fee, agreed=turn.args.get("confirm") is True)


def cancel_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: cancelled, pending, which_one, not_found, not_allowed, calendar_down."""
    when = asked_time(runtime, turn, "date", "time")
    try:
        parts = appointments.the_one(runtime, turn, "cancel", when)
        fee = appointments.check_policy(runtime, turn, "cancel", *parts)
    except NotThisOne as none:
        return _cancelled_before(runtime, turn, when) or none.answer
    if (when is None or fee) and turn.args.get("confirm") is not True:
        # Nobody said which one, or it costs something: it is named before it is gone.
        return ask_first(turn, "cancel", parts, fee)
    return cancel(runtime, turn, parts, fee)


def cancel(runtime: Runtime, turn: Turn, parts: Sequence[Appointment], fee: int) -> Answer:
    """Cancel one appointment: all parts of it if it has several.

    What can't be finished here, the settlement finishes: a cancellation may be repeated.
    """
    entry = entry_of(turn, *parts)
    reason = _reason(turn)
    change = {"kind": "cancel", "call_id": turn.call_id, "reason": reason}
    for part in parts:
        if not ledger.claim_change(runtime.database, part, change, now=turn.now):
            return _pending(turn, "cancel", parts)
    if any(part.uid is None for part in parts):
        # Nobody knows yet whether it was booked; once that is known it is cancelled.
        return _pending(turn, "cancel", parts)
    for part in parts:
        try:
            cancel_one(runtime, turn.office, part, reason, not_after=turn.not_after)
        except CalcomError as error:
            if part is not parts[0]:
                return _pending(turn, "cancel", parts)
            return _not_changed(runtime, turn, parts, error, "cancel")
    return Answer(
        "cancelled",
        wording.cancelled(turn.at, entry, fee_cents=fee),
        {"appointment": shown(turn, *parts)},
        parts,
    )


def cancel_one(
    runtime: Runtime,
    office: Office,
    row: Appointment,
    reason: str,
    *,
    not_after: float | None = None,
) -> None:
    """Cancel a row's booking at Cal.com; one that is gone there is cancelled.

    Raises :class:`~askpro.errors.CalcomError`.
    """
    assert row.uid is not None
    try:
        runtime.calcom(office).cancel(row.uid, reason, row.seat_uid, not_after=not_after)
    except CalcomNotFound as gone:
        if gone.wrong_version:
            raise
    ledger.cancelled(runtime.database, row, reason=reason, now=runtime.clock.now())
    calendar.drop(runtime, office)


def move(
    runtime: Runtime,
    turn: Turn,
    parts: Sequence[Appointment],
    new: When,
    fee: int,
    *,
    agreed: bool,
) -> Answer:
    """Move one appointment to an exact time; the old one stays until the new one stands.

    ``agreed``: the fee was named and accepted. A change that costs is asked about before it is
    made, once it is known that the new time can be had.
    """
    row = parts[0]
    service = turn.office.service(row.service_id)
    before = shown(turn, *parts)
    if service is None or row.uid is None or row.group_key:
        # Parts that follow each other can't be moved one by one, and Cal.com moves no group; what
        # Cal.com does not know can't be moved at all.
        sentence = wording.not_movable(turn.at, entry_of(turn, *parts))
        return Answer("not_allowed", sentence, {"old": before})
    refuse_far(new, turn)
    if new.start is None:
        listed = availability.listed(runtime, turn, service, new, ignoring=row)
        return Answer("ready", listed.message, {"old": before, **listed.fields})
    if new.start <= turn.now:
        return offers.past(runtime, turn, service, new)
    possible = possible_times(runtime, turn, service, new.day, ignoring=row, hold=new.start)
    if not possible.has(new.start, turn) or possible.seen.stale:
        return _keeps_old(runtime, turn, row, new.start, possible)
    if fee and not agreed:
        return ask_first(turn, "reschedule", parts, fee)
    change = {
        "kind": "reschedule",
        "call_id": turn.call_id,
        "start": new.start.isoformat(),
    }
    if not ledger.claim_change(runtime.database, row, change, now=turn.now):
        return _pending(turn, "reschedule", parts)
    try:
        booking = runtime.calcom(turn.office).reschedule(
            row.uid, new.start, _reason(turn), row.seat_uid, not_after=turn.not_after
        )
    except SlotTaken:
        ledger.drop_change(runtime.database, row, now=turn.now)
        calendar.drop(runtime, turn.office, holder=turn.holder)
        fresh = possible_times(runtime, turn, service, new.day, ignoring=row)
        return _keeps_old(runtime, turn, row, new.start, fresh)
    except CalcomError as error:
        return _not_changed(runtime, turn, parts, error, "reschedule")
    apply_move(runtime, row, booking, now=runtime.clock.now())
    calendar.drop(runtime, turn.office, holder=turn.holder)
    return _rescheduled(turn, row, before, fee_cents=fee)


def ask_first(turn: Turn, action: wording.Action, parts: Sequence[Appointment], fee: int) -> Answer:
    """The change costs, or nobody said which appointment: it is named before anything happens."""
    sentence = wording.confirm_change(turn.at, action, entry_of(turn, *parts), fee_cents=fee)
    fields: dict[str, Any] = {"appointments": [shown(turn, *parts)]}
    if fee:
        fields["fee_cents"] = fee
    return Answer("which_one", sentence, fields)


def apply_move(runtime: Runtime, row: Appointment, booking: Booking, *, now: datetime) -> None:
    """The new booking stands: the row moves to it and the old uid is kept beside the new one."""
    seat = booking.seat_uid or row.seat_uid
    try:
        with_staff = ledger.moved(
            runtime.database,
            row,
            uid=booking.uid,
            calcom_id=booking.id,
            seat_uid=seat,
            state=sending.STATE_OF.get(booking.status, "unknown"),
            start=booking.start,
            end=booking.end or booking.start + (row.end - row.start),
            host=None if seat else ledger.Host.of(booking.host_id, booking.host_name),
            now=now,
        )
    except ledger.UidTaken:
        _stands_elsewhere(runtime, row, now)
        return
    if not with_staff:
        sending.note_overlap(runtime, row)
    calendar.drop(runtime, row.company_id)


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


def _pending(turn: Turn, action: wording.Action, parts: Sequence[Appointment]) -> Answer:
    """The change may have been made; it is settled by looking at Cal.com."""
    told = shown(turn, *parts)
    fields = {"appointment": told} if action == "cancel" else {"old": told, "alternatives": []}
    sentence = wording.change_pending(turn.at, action, entry_of(turn, *parts))
    return Answer("pending", sentence, fields, parts)


def _rescheduled(turn: Turn, row: Appointment, before: dict[str, Any], *, fee_cents: int) -> Answer:
    said = said_of(turn, (row,))
    fields = {"old": before, "new": shown(turn, row), "alternatives": []}
    if row.state == "requested":
        sentence = wording.reschedule_requested(turn.at, row.start, said)
        return Answer("requested", sentence, fields, (row,))
    sentence = wording.rescheduled(turn.at, row.start, said, fee_cents=fee_cents)
    return Answer("rescheduled", sentence, fields, (row,))


def _keeps_old(
    runtime: Runtime,
    turn: Turn,
    row: Appointment,
    asked: datetime,
    possible: Possible,
) -> Answer:
    """The new time can't be had; the old appointment stands, and that is said."""
    refused = offers.not_free(runtime, turn, possible, asked, keeps_old=True)
    status = refused.status if refused.status == "calendar_down" else "unavailable"
    return Answer(status, refused.message, {**refused.fields, "old": shown(turn, row)})


def _not_changed(
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
        return _pending(turn, action, parts)
    for part in parts:
        ledger.drop_change(runtime.database, part, now=turn.now)
    if not isinstance(error, CalcomAnswer) or not row.uid:
        raise error
    # Moved or cancelled on Cal.com's side meanwhile: take over what is true there.
    current = next(iter(runtime.calcom(turn.office).booking(row.uid)), None)
    if current is None or not current.gone:
        raise error
    if current.rescheduled_to_uid:
        successor = next(iter(runtime.calcom(turn.office).booking(current.rescheduled_to_uid)))
        apply_move(runtime, row, successor, now=runtime.clock.now())
        return ask_first(turn, action, parts, 0)
    ledger.cancelled(runtime.database, row, reason=current.reason, now=runtime.clock.now())
    return Answer(
        "not_found",
        wording.already_cancelled(turn.at, entry_of(turn, *parts)),
        {"old": shown(turn, *parts)},
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
    parts = ledger.group_of(runtime.database, row)
    return Answer(
        "cancelled",
        wording.already_cancelled(turn.at, entry_of(turn, *parts)),
        {"appointment": shown(turn, *parts)},
        parts,
    )


def _reason(turn: Turn) -> str:
    spoken = turn.text("reason")
    cleaned = cleaning.free_text(spoken) if spoken else ""
    return cleaned or "Am Telefon gewünscht"
