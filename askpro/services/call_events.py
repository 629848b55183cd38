"""Retell's events become the record of a call.

The end state does not depend on order or number: a later stage's values win over an earlier one's,
an earlier stage arriving late only fills what is empty, and nothing known is ever erased.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.providers.retell_events import TRANSFERS, RetellEvent
from askpro.services import callers
from askpro.services.turns import caller_number
from askpro.store.models import Appointment, Call, Callback, FunctionCall
from askpro.store.models.appointments import STANDING
from askpro.store.vault import digest

#: Stages of a call, in the order in which they happen.
STAGES = ("inbound", "ongoing", "ended", "analyzed")
_STAGE_OF = {
    "call_inbound": "inbound",
    "call_started": "ongoing",
    "call_ended": "ended",
    "call_analyzed": "analyzed",
}
SWEPT = "no_sign_of_life"

_VOICEMAIL = frozenset({"voicemail_reached", "ivr_reached"})
_SPAM = frozenset({"scam_detected", "marked_as_spam"})
_NOT_REACHED = frozenset(
    {"dial_busy", "dial_failed", "dial_no_answer", "user_declined", "invalid_destination"}
)
_TECHNICAL = frozenset(
    {"concurrency_limit_reached", "no_valid_payment", "credit_exhausted", "registered_call_timeout"}
)
_TALKED_MS = 10_000


def record(
    session: Session, company_id: int, branch_id: int | None, event: RetellEvent, now: datetime
) -> Call:
    """Upsert the call that ``event`` is about, in the caller's transaction."""
    call_id = event.call.call_id
    assert call_id is not None
    call = session.scalar(select(Call).where(Call.call_id == call_id).with_for_update())
    if call is None:
        call = Call(
            company_id=company_id,
            call_id=call_id,
            state="inbound",
            created_at=now,
            last_sign_at=now,
        )
        session.add(call)
    stage = _STAGE_OF.get(event.event, "inbound")
    leads = STAGES.index(stage) >= STAGES.index(call.state)
    for name, value in _values(event, branch_id).items():
        if value is not None and (leads or getattr(call, name) is None):
            setattr(call, name, value)
    if event.event in TRANSFERS:
        call.transfer = _transfer(call.transfer, event)
        stage = "ongoing"
    if leads or STAGES.index(stage) > STAGES.index(call.state):
        call.state = max(call.state, stage, key=STAGES.index)
    _know_caller(session, call, event)
    call.last_sign_at = max(call.last_sign_at, now)
    if call.duration_ms is None and call.started_at and call.ended_at:
        call.duration_ms = int((call.ended_at - call.started_at) / timedelta(milliseconds=1))
    session.flush()
    if call.state in ("ended", "analyzed"):
        call.outcome = outcome_of(session, call)
    return call


def outcome_of(session: Session, call: Call) -> str:
    """What the call came to, by what was done; words alone never count as a booking."""
    reason = call.disconnection_reason or ""
    if call.in_voicemail or reason in _VOICEMAIL:
        return "voicemail"
    if reason in _SPAM:
        return "spam"
    done = _done_by(session, call)
    if done:
        return done
    if reason in _TECHNICAL or reason.startswith("error"):
        return "technical"
    if reason in _NOT_REACHED:
        return "abandoned"
    statuses = set(
        session.scalars(
            select(FunctionCall.status).where(FunctionCall.call_id == call.call_id).distinct()
        )
    )
    if statuses & {"calendar_down", "not_available_yet"}:
        return "technical"
    if statuses or (call.duration_ms or 0) >= _TALKED_MS:
        return "information"
    return "abandoned" if reason == "user_hangup" else "other"


def _done_by(session: Session, call: Call) -> str | None:
    """booked, rescheduled, cancelled or callback, by what stands in the ledger."""
    changed = session.execute(
        select(Appointment.last_change, Appointment.call_id, Appointment.state).where(
            (Appointment.call_id == call.call_id)
            | (Appointment.customer_id == (call.customer_id or -1))
        )
    ).all()
    kinds = {
        change.get("kind")
        for change, _, _ in changed
        if change and change.get("call_id") == call.call_id
    }
    if any(by == call.call_id and state in (*STANDING, "completed") for _, by, state in changed):
        return "booked" if "reschedule" not in kinds else "rescheduled"
    if "reschedule" in kinds:
        return "rescheduled"
    if "cancel" in kinds:
        return "cancelled"
    asked = session.scalar(select(Callback.id).where(Callback.call_id == call.call_id).limit(1))
    return "callback" if asked is not None else None


def _values(event: RetellEvent, branch_id: int | None) -> dict[str, Any]:
    latency = {
        name: value
        for name, value in (
            ("e2e", event.latency_e2e_ms),
            ("llm", event.latency_llm_ms),
            ("tts", event.latency_tts_ms),
        )
        if value is not None
    }
    return {
        "branch_id": branch_id,
        "agent_id": event.call.agent_id,
        "agent_version": event.agent_version,
        "kind": event.call.call_type,
        "direction": event.call.direction,
        "to_number": event.call.company_number,
        "started_at": event.started_at,
        "ended_at": event.ended_at,
        "duration_ms": event.duration_ms,
        "disconnection_reason": event.disconnection_reason,
        "successful": event.successful,
        "sentiment": event.sentiment,
        "in_voicemail": event.in_voicemail,
        "cost_cents": event.cost_cents,
        "latency": latency or None,
        "details": event.summary,
    }


def _transfer(known: dict[str, Any] | None, event: RetellEvent) -> dict[str, Any]:
    """Which steps of a transfer happened; the number stays out, it is somebody's."""
    step = event.event.removeprefix("transfer_")
    return dict(sorted({**(known or {}), step: True}.items()))


def _know_caller(session: Session, call: Call, event: RetellEvent) -> None:
    number = caller_number(event.call.customer_number)
    if number is None:
        return
    call.from_number = number
    call.from_digest = digest(number)
    call.from_tail = number[-3:]
    if call.customer_id is None:
        customer = callers.by_number(session, number)
        call.customer_id = customer.id if customer else None
