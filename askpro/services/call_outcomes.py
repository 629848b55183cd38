"""What a call came to: by what was done, never by what was said (rules.md §8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from askpro.store.models import Appointment, Call, Callback, FunctionCall
from askpro.store.models.appointments import NEVER_STOOD

OVER = ("ended", "analyzed")

_VOICEMAIL = frozenset({"voicemail_reached", "ivr_reached"})
_SPAM = frozenset({"scam_detected", "marked_as_spam"})
_NOT_REACHED = frozenset(
    {"dial_busy", "dial_failed", "dial_no_answer", "user_declined", "invalid_destination"}
)
_TECHNICAL = frozenset(
    {"concurrency_limit_reached", "no_valid_payment", "credit_exhausted", "registered_call_timeout"}
)
#: A caller who stays for so long has talked with the agent.
_TALKED_MS = 10_000
#: A change in the ledger that is older than the call by so much was made by another one.
_BEFORE = timedelta(days=1)


def refresh(session: Session, call_ids: Iterable[str | None]) -> None:
    """Judge calls again of which more is known by now; those that are not over wait."""
    wanted = [call_id for call_id in call_ids if call_id]
    if not wanted:
        return
    for call in session.scalars(select(Call).where(Call.call_id.in_(wanted), Call.state.in_(OVER))):
        call.outcome = outcome_of(session, call)


def outcome_of(session: Session, call: Call) -> str:
    """One of booked, rescheduled, cancelled, callback, information, abandoned, voicemail,
    technical, spam, other."""
    reason = call.disconnection_reason or ""
    if call.in_voicemail or reason in _VOICEMAIL:
        return "voicemail"
    if reason in _SPAM:
        return "spam"
    statuses = set(
        session.scalars(
            select(FunctionCall.status).where(FunctionCall.call_id == call.call_id).distinct()
        )
    )
    done = _done_by(session, call, statuses)
    if done:
        return done
    if reason in _TECHNICAL or reason.startswith("error"):
        return "technical"
    if reason in _NOT_REACHED:
        return "abandoned"
    if statuses & {"calendar_down", "not_available_yet"}:
        return "technical"
    if statuses or (call.duration_ms or 0) >= _TALKED_MS:
        return "information"
    return "abandoned" if reason == "user_hangup" else "other"


def _done_by(session: Session, call: Call, statuses: set[str]) -> str | None:
    """By what the call did to the ledger. What others did to its appointment later is no matter:
    a call that booked has booked, also when the customer cancels a week after."""
    concerned = [Appointment.call_id == call.call_id]
    if call.customer_id is not None:
        concerned.append(Appointment.customer_id == call.customer_id)
    rows = session.scalars(
        select(Appointment).where(
            or_(*concerned),
            Appointment.updated_at > (call.started_at or call.created_at) - _BEFORE,
        )
    )
    kinds = set()
    for row in rows:
        for change in (row.last_change, row.pending_change):
            if change and change.get("call_id") == call.call_id:
                kinds.add((row.id, change.get("kind")))
        if row.call_id == call.call_id and (row.uid or row.state not in NEVER_STOOD):
            kinds.add((row.id, "book"))
    if any(kind == "book" and (row_id, "cancel") not in kinds for row_id, kind in kinds):
        return "booked"
    done = {kind for _, kind in kinds} | statuses
    if done & {"reschedule", "rescheduled"}:
        return "rescheduled"
    if done & {"cancel", "cancelled"}:
        return "cancelled"
    asked = session.scalar(select(Callback.id).where(Callback.call_id == call.call_id).limit(1))
    return "callback" if asked is not None else None
