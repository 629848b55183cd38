"""Retell's events become the record of a call.

The end state does not depend on order or number: every value remembers how late in a call it was
told, and only a later word replaces it. Nothing known is ever erased.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from askpro.providers.retell_events import TRANSFERS, RetellEvent
from askpro.services import callers
from askpro.services.call_outcomes import OVER, outcome_of
from askpro.services.turns import caller_number
from askpro.store.models import Call
from askpro.store.vault import digest

#: States of a call, in the order in which they happen.
STAGES = ("inbound", "ongoing", "ended", "analyzed")
_STAGE_OF = {"call_started": "ongoing", "call_ended": "ended", "call_analyzed": "analyzed"}
#: How late in a call an event speaks: of two words about one value the later one holds.
_WEIGHT_OF = {
    "transfer_started": 1,
    "transfer_bridged": 2,
    "transfer_cancelled": 3,
    "transfer_ended": 4,
    "call_started": 5,
    "call_ended": 6,
    "call_analyzed": 7,
}
SWEPT = "no_sign_of_life"
_SHOWN = (
    *("state", "outcome", "started_at", "ended_at", "duration_ms", "disconnection_reason"),
    *("successful", "sentiment", "in_voicemail", "cost_cents", "latency", "transfer"),
    *("agent_version", "branch_id"),
)


def record(
    session: Session, company_id: int, branch_id: int | None, event: RetellEvent, now: datetime
) -> Call:
    """Upsert the call that ``event`` is about, in the caller's transaction."""
    assert event.call.call_id is not None
    call = _call(session, company_id, event.call.call_id, now)
    _take_values(call, event, _values(event, branch_id))
    if event.event in TRANSFERS:
        call.transfer = _transfer(call.transfer, event)
    stage = _STAGE_OF.get(event.event, "ongoing")
    call.state = max(call.state, stage, key=STAGES.index)
    call.last_sign_at = max(call.last_sign_at, now)
    if "duration_ms" not in call.sources and call.started_at and call.ended_at:
        call.duration_ms = max(0, (call.ended_at - call.started_at) // timedelta(milliseconds=1))
    _know_caller(session, call)
    session.flush()
    if call.state in OVER:
        call.outcome = outcome_of(session, call)
    return call


def shown(session: Session, call_id: str | None) -> dict[str, Any]:
    """What may be shown of a call's record: nothing personal. Empty where there is none yet."""
    call = session.scalar(select(Call).where(Call.call_id == call_id))
    if call is None:
        return {}
    return {
        name: value.isoformat() if isinstance(value := getattr(call, name), datetime) else value
        for name in _SHOWN
    }


def close(session: Session, call: Call) -> None:
    """End a call that nobody tells of any more. A late event still says how it really ended."""
    call.state = "ended"
    call.disconnection_reason = call.disconnection_reason or SWEPT
    call.outcome = outcome_of(session, call)


def _call(session: Session, company_id: int, call_id: str, now: datetime) -> Call:
    """The call's row, locked; two workers that hear of a new call at once make one row."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(
        insert(Call)
        .values(
            company_id=company_id,
            call_id=call_id,
            state="inbound",
            sources={},
            last_sign_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["company_id", "call_id"])
    )
    return session.scalars(
        select(Call).where(Call.company_id == company_id, Call.call_id == call_id).with_for_update()
    ).one()


def _take_values(call: Call, event: RetellEvent, told: dict[str, Any]) -> None:
    weight = _WEIGHT_OF.get(event.event, 0)
    sources = dict(call.sources)
    for name, value in told.items():
        if value is not None and weight >= sources.get(name, -1):
            setattr(call, name, value)
            sources[name] = weight
    call.sources = sources


def _values(event: RetellEvent, branch_id: int | None) -> dict[str, Any]:
    """Columns of the call as the event tells them; None where it is silent."""
    latency = {
        "e2e": event.latency_e2e_ms,
        "llm": event.latency_llm_ms,
        "tts": event.latency_tts_ms,
    }
    return {
        "branch_id": branch_id,
        "agent_id": event.call.agent_id,
        "agent_version": event.agent_version,
        "kind": _short(event.call.call_type, 20),
        "direction": _short(event.call.direction, 10),
        "from_number": caller_number(event.call.customer_number),
        "to_number": _short(event.call.company_number, 20),
        "started_at": event.started_at,
        "ended_at": event.ended_at,
        "duration_ms": event.duration_ms,
        "disconnection_reason": _short(event.disconnection_reason, 80),
        "successful": event.successful,
        "sentiment": _short(event.sentiment, 16),
        "in_voicemail": event.in_voicemail,
        "cost_cents": event.cost_cents,
        "latency": {part: ms for part, ms in latency.items() if ms is not None} or None,
    }


def _transfer(known: dict[str, Any] | None, event: RetellEvent) -> dict[str, Any]:
    """Which steps of a transfer happened; the number stays out, it is somebody's."""
    step = event.event.removeprefix("transfer_")
    return dict(sorted({**(known or {}), step: True}.items()))


def _know_caller(session: Session, call: Call) -> None:
    if call.from_number is None:
        return
    call.from_digest = digest(call.from_number)
    call.from_tail = call.from_number[-3:]
    if call.customer_id is None:
        customer = callers.by_number(session, call.from_number)
        call.customer_id = customer.id if customer else None


def _short(value: str | None, most: int) -> str | None:
    return value[:most] if value else None
