"""Moving an appointment: the old one stays until the new one stands (rules.md §7.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from askpro.booking import wording
from askpro.booking.dates import Shift, shift_in
from askpro.booking.model import Service
from askpro.errors import BookingConflict, CalcomError, CalcomRejected, SlotTaken
from askpro.services import appointments, availability, calendar, changes, offers
from askpro.services.answers import Answer
from askpro.services.appointments import NotThisOne, asked_time, entry_of, said_of, shown
from askpro.services.possible import Possible, possible_times
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When, refuse_far, wished_time
from askpro.store import ledger, outcomes
from askpro.store.models import Appointment
from askpro.store.tenancy import AWAY

#: Why Cal.com refuses a time, whatever stands in its calendar.
_NOT_THEN = ("past", "out_of_bounds")


def reschedule_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: rescheduled, requested, pending, which_one, ready, unavailable, not_found,
    not_allowed, calendar_down."""
    unclear = wording.old_day_unclear("reschedule")
    old = asked_time(runtime, turn, "old_date", "old_time", unclear=unclear)
    try:
        parts = appointments.the_one(runtime, turn, "reschedule", old)
    except NotThisOne as none:
        return _moved_before(runtime, turn) or none.answer
    if not turn.agreed and not appointments.is_as_named(turn, parts):
        return changes.ask_first(turn, "reschedule", parts, 0)
    row = parts[0]
    shift = _shift(turn)
    new = _shifted(runtime, turn, row, shift) if shift else _new_time(runtime, turn, row)
    fields = {"old": shown(turn, *parts), "alternatives": []}
    if new is None:
        return Answer("ready", wording.ready(turn.at, entry_of(turn, *parts)), fields)
    if new.start == row.start and not row.pending_change:
        return _stands_there(turn, parts)
    try:
        fee = appointments.check_policy(runtime, turn, "reschedule", *parts)
    except NotThisOne as refused:
        return refused.answer
    return move(runtime, turn, parts, new, fee, agreed=turn.agreed, shift=shift)


def move(
    runtime: Runtime,
    turn: Turn,
    parts: Sequence[Appointment],
    new: When,
    fee: int,
    *,
    agreed: bool | None,
    shift: Shift | None = None,
) -> Answer:
    """Move one appointment to an exact time; the old one stays until the new one stands.

    ``agreed``: the caller said yes (the fee was named and accepted), no, or None for neither. A
    change that costs is asked about before it is made, once it is known that the new time can be
    had; after a no nothing is changed, whatever it costs. ``shift``: the words that named the new
    time, where they said how far it is from the old one.
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
    if row.pending_change:
        return _answer_of_twin(runtime, turn, row, new.start)
    possible = possible_times(runtime, turn, service, new.day, ignoring=row, hold=new.start)
    if not possible.has(new.start, turn) or possible.seen.stale:
        twin = _moved_by_twin(runtime, turn, row, new.start)
        return twin or _keeps_old(runtime, turn, row, new.start, possible)
    if agreed is False or (fee and not agreed):
        return changes.ask_first(turn, "reschedule", parts, fee)
    change = _change(turn, row, new.start, shift)
    if not outcomes.claim_change(runtime.database, [row], change, now=turn.now):
        return _answer_of_twin(runtime, turn, row, new.start)
    return _made(runtime, turn, parts, service, new.start, fee)


def _change(turn: Turn, row: Appointment, start: datetime, shift: Shift | None) -> dict[str, Any]:
    """What the ledger says of the move while Cal.com is asked, and of the last one afterwards."""
    change = {
        "kind": "reschedule",
        "call_id": turn.call_id,
        "start": start.isoformat(),
        "from": row.start.isoformat(),
    }
    return change | ({"shift": asdict(shift)} if shift else {})


def _made(
    runtime: Runtime,
    turn: Turn,
    parts: Sequence[Appointment],
    service: Service,
    start: datetime,
    fee: int,
) -> Answer:
    """Ask Cal.com for the move, which is claimed, and say what came of it."""
    row = parts[0]
    before = shown(turn, row)
    assert row.uid is not None
    try:
        booking = runtime.calcom(turn.office).reschedule(
            row.uid, start, changes.reason_of(turn), row.seat_uid, not_after=turn.not_after
        )
    except CalcomError as error:
        return _not_made(runtime, turn, parts, service, start, fee, error)
    try:
        changes.apply_move(runtime, row, booking, now=runtime.clock.now())
    except AWAY as error:
        return changes.not_written(turn, parts, error, "reschedule")
    calendar.drop(runtime, turn.office, holder=turn.holder)
    return _rescheduled(turn, row, before, fee_cents=fee)


def _not_made(
    runtime: Runtime,
    turn: Turn,
    parts: Sequence[Appointment],
    service: Service,
    start: datetime,
    fee: int,
    error: CalcomError,
) -> Answer:
    """Cal.com refuses the new time, or failed, or nobody knows."""
    row = parts[0]
    before = shown(turn, row)
    try:
        answer = changes.not_changed(runtime, turn, parts, error, "reschedule")
    except (SlotTaken, BookingConflict, CalcomRejected) as refused:
        if isinstance(refused, CalcomRejected) and refused.reason not in _NOT_THEN:
            raise
        calendar.drop(runtime, turn.office, holder=turn.holder)
        fresh = possible_times(runtime, turn, service, turn.at.day(start), ignoring=row)
        return _keeps_old(runtime, turn, row, start, fresh)
    if row.start == start and row.state in ("confirmed", "requested"):
        # What takes the new time is the appointment itself: it was moved despite that answer.
        return _rescheduled(turn, row, before, fee_cents=fee)
    return answer


def _shift(turn: Turn) -> Shift | None:
    """How far the appointment is to go from where it is, if that is what was said."""
    said = [text for name in ("new_date", "new_time") if (text := turn.text(name))]
    # "Freitag", "eine Stunde später": the day is named, the time of day is counted; or the other
    # way round.
    for text in (" ".join(said), turn.text("new_time") or "", turn.text("new_date") or ""):
        shift = shift_in(text)
        if shift and (shift.days or shift.minutes):
            return shift
    return None


def _shifted(runtime: Runtime, turn: Turn, row: Appointment, shift: Shift) -> When:
    """``shift`` away from where the appointment is ("eine Woche später"), on the day or at the time
    that was named where one was.

    The same distance twice in one call is the same move: it is counted from where that began.
    """
    just_now = row.updated_at > turn.now - appointments.JUST_NOW
    again = just_now and _is_moved_by(turn, row, shift)
    last = row.last_change or {}
    began = datetime.fromisoformat(last["from"]) if again else row.start
    return _counted_from(runtime, turn, began, shift)


def _is_moved_by(turn: Turn, row: Appointment, shift: Shift) -> bool:
    """Whether this call's last change of it was this distance."""
    last = row.last_change or {}
    return (last.get("call_id"), last.get("shift")) == (turn.call_id, asdict(shift))


def _counted_from(runtime: Runtime, turn: Turn, began: datetime, shift: Shift) -> When:
    day = turn.at.day(began) + timedelta(days=shift.days)
    new_date, new_time = turn.text("new_date") or "", turn.text("new_time") or ""
    if shift_in(new_date) and new_time and not shift_in(new_time):
        timed = wished_time(runtime, turn, date_arg="", time_arg="new_time", bare_time_on=day)
        return timed or When(day)
    if not shift_in(new_date):
        named = wished_time(runtime, turn, date_arg="new_date", time_arg="")
        if named and (named.start or named.until):
            return named
        day = named.day if named else day
    moved = turn.office.hours.at(day, turn.at.local(began).time())
    start = moved + timedelta(minutes=shift.minutes)
    return When(turn.at.day(start), start=start)


def _new_time(runtime: Runtime, turn: Turn, row: Appointment) -> When | None:
    """The time to which the appointment is to go."""
    same_time = shift_in(turn.text("new_time") or "")
    if same_time and turn.text("new_date"):
        return _counted_from(runtime, turn, row.start, same_time)
    if shift_in(turn.text("new_date") or ""):
        # "Gleicher Tag": the time alone is new.
        args = {name: value for name, value in turn.args.items() if name != "new_date"}
        turn = replace(turn, args=args)
    new = asked_time(runtime, turn, "new_date", "new_time", day_of=row.start)
    last = row.last_change or {}
    if new and new.start != row.start and last.get("call_id") == turn.call_id and "from" in last:
        # "Am Tag drauf", said twice, counts from where the move began.
        began = datetime.fromisoformat(last["from"])
        again = asked_time(runtime, turn, "new_date", "new_time", day_of=began)
        if again and again.start == row.start:
            return again
    return new


def _rescheduled(turn: Turn, row: Appointment, before: dict[str, Any], *, fee_cents: int) -> Answer:
    said = said_of(turn, (row,))
    fields = {"old": before, "new": shown(turn, row), "alternatives": []}
    if row.state == "requested":
        sentence = wording.reschedule_requested(turn.at, row.start, said)
        return Answer("requested", sentence, fields, (row,))
    sentence = wording.rescheduled(turn.at, row.start, said, fee_cents=fee_cents)
    return Answer("rescheduled", sentence, fields, (row,))


def _stands_there(turn: Turn, parts: Sequence[Appointment]) -> Answer:
    """It is to go where it already is: a moment ago it was moved there, or it never was."""
    row = parts[0]
    if row.changes and row.updated_at > turn.now - appointments.JUST_NOW:
        return _rescheduled(turn, row, shown(turn, *parts), fee_cents=0)
    sentence = wording.already_booked(turn.at, entry_of(turn, *parts))
    return Answer("unavailable", sentence, {"old": shown(turn, *parts), "alternatives": []})


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


def _answer_of_twin(runtime: Runtime, turn: Turn, row: Appointment, start: datetime) -> Answer:
    """Another request changes the appointment: this one's twin, or another wish.

    Raises :class:`~askpro.errors.CalcomUnavailable` for another wish that is not settled.
    """
    twin = _moved_by_twin(runtime, turn, row, start)
    if twin is not None:
        return twin
    parts = ledger.group_of(runtime.database, row)
    changes.refuse_another(parts, kind="reschedule", start=start.isoformat())
    return changes.pending(turn, "reschedule", parts)


def _moved_by_twin(
    runtime: Runtime, turn: Turn, row: Appointment, start: datetime
) -> Answer | None:
    """The answer where a twin of this request has just moved the appointment to ``start``."""
    fresh = changes.settled(runtime, turn, row)[0]
    if fresh.pending_change or fresh.start != start or fresh.changes == row.changes:
        return None
    return _rescheduled(turn, fresh, shown(turn, row), fee_cents=0)


def _moved_before(runtime: Runtime, turn: Turn) -> Answer | None:
    """The same request came twice: the appointment already stands where it was to go."""
    shift = _shift(turn)
    new = None if shift else asked_time(runtime, turn, "new_date", "new_time")
    if new is None and shift is None:
        return None
    for state in ("confirmed", "requested"):
        row = appointments.changed_just_now(runtime, turn, state=state, when=new)
        if row is not None and (shift is None or _is_moved_by(turn, row, shift)):
            return _rescheduled(turn, row, shown(turn, row), fee_cents=0)
    return None
