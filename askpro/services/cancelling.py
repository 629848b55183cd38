"""Cancelling an appointment, all parts of it: Cal.com first, and "already cancelled" is success."""

from __future__ import annotations

from collections.abc import Sequence

from askpro.booking import wording
from askpro.errors import CalcomError
from askpro.services import appointments, calendar, changes
from askpro.services.answers import Answer
from askpro.services.appointments import NotThisOne, asked_time, entry_of, shown
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store import ledger, outcomes
from askpro.store.models import Appointment
from askpro.store.models.appointments import CHANGEABLE, NEVER_STOOD
from askpro.store.tenancy import AWAY


def cancel_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: cancelled, pending, which_one, not_found, not_allowed, calendar_down."""
    when = asked_time(runtime, turn, "date", "time", unclear=wording.old_day_unclear("cancel"))
    try:
        parts = appointments.the_one(runtime, turn, "cancel", when)
        fee = appointments.check_policy(runtime, turn, "cancel", *parts)
    except NotThisOne as none:
        return (when and _cancelled_before(runtime, turn, when)) or none.answer
    is_sure = when is not None
    if not appointments.is_as_named(turn, parts):
        if before := _cancelled_before(runtime, turn, when):
            return before  # "Finn am Freitag", said twice: the other one on Friday stays.
        is_sure = False
    if turn.agreed is False or ((not is_sure or fee) and not turn.agreed):
        # Nobody said which one, or it costs something, or the caller has not said yes to it: it is
        # named before it is gone.
        return changes.ask_first(turn, "cancel", parts, fee)
    return cancel(runtime, turn, parts, fee)


def cancel(runtime: Runtime, turn: Turn, parts: Sequence[Appointment], fee: int) -> Answer:
    """Cancel one appointment: all parts of it if it has several.

    What can't be finished here, the settlement finishes: a cancellation may be repeated.
    """
    entry = entry_of(turn, *parts)
    parts = _with_the_unsent(runtime, parts)
    reason = changes.reason_of(turn)
    change = {"kind": "cancel", "call_id": turn.call_id}
    if not outcomes.claim_change(runtime.database, parts, change, now=turn.now, reason=reason):
        return _cancelled_by_twin(runtime, turn, parts)
    if any(part.uid is None for part in parts):
        # Nobody knows yet whether it was booked; once that is known it is cancelled.
        return changes.left_to_settlement(runtime, turn, "cancel", parts)
    for part in parts:
        try:
            cancel_one(runtime, turn.office, part, reason, not_after=turn.not_after)
        except CalcomError as error:
            if part is not parts[0]:
                return changes.left_to_settlement(runtime, turn, "cancel", parts)
            return changes.not_changed(runtime, turn, parts, error, "cancel")
        except AWAY as away:
            return changes.not_written(turn, parts, away, "cancel")
    return Answer(
        "cancelled",
        wording.cancelled(turn.at, entry, fee_cents=fee),
        {"appointment": shown(turn, *parts)},
        parts,
    )


def _with_the_unsent(runtime: Runtime, parts: Sequence[Appointment]) -> Sequence[Appointment]:
    """And what of the appointment is still to be sent, by a request that books it right now."""
    if parts[0].group_key is None:
        return parts
    whole = ledger.group_of(runtime.database, parts[0])
    return [part for part in whole if part.state in CHANGEABLE] or parts


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
    changes.cancel_at_calcom(runtime, office, row, reason, not_after=not_after)
    outcomes.cancelled(runtime.database, row, reason=reason, now=runtime.clock.now())
    calendar.drop(runtime, office)


def _cancelled_by_twin(runtime: Runtime, turn: Turn, parts: Sequence[Appointment]) -> Answer:
    """A twin of this request cancels the appointment, or changed it in another way."""
    fresh = changes.settled(runtime, turn, parts[0])
    standing = [part for part in fresh if part.state not in ("cancelled", *NEVER_STOOD)]
    if standing:
        changes.refuse_another(standing, kind="cancel")
        return changes.pending(turn, "cancel", fresh)
    sentence = wording.already_cancelled(turn.at, entry_of(turn, *parts))
    return Answer("cancelled", sentence, {"appointment": shown(turn, *fresh)}, fresh)


def _cancelled_before(runtime: Runtime, turn: Turn, when: When | None) -> Answer | None:
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
