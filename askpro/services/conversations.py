"""Said versus done: what a call's transcript says, against what stands in the ledger (rules.md §8).

A transcript never books. It is read once, when the analysis of the call arrives, and kept only for
as long as the company chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from askpro.booking.transcript import Done, Facts, Slot, Weights, extract, said_versus_done
from askpro.providers.retell_events import RetellEvent
from askpro.services import findings
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment, Call
from askpro.store.models.appointments import NEVER_STOOD


@dataclass(frozen=True)
class Heard:
    """What was said in a call. ``comparable`` is false when the transcript was not read: too long,
    or none came, and then nothing can be said to be missing."""

    facts: Facts
    zone: ZoneInfo
    comparable: bool
    details: str
    transcript: str | None
    kept_days: int


def hear(
    runtime: Runtime, company_id: int, branch_id: int | None, event: RetellEvent
) -> Heard | None:
    """Read what was said, without looking at any row; None where the event tells of no words."""
    if event.event != "call_analyzed":
        return None
    if event.transcript is None and not event.analysis and event.summary is None:
        return None
    office = runtime.directory.office(company_id, branch_id)
    settings = runtime.settings
    zone = office.hours.zone if office else settings.retell_timezone
    began = event.started_at or event.sent_at or runtime.clock.now()
    facts = extract(
        event.transcript or "",
        began.astimezone(zone),
        services=office.services if office else (),
        hours=office.hours if office else None,
        plausible=(settings.retell_business_hour_start, settings.retell_business_hour_end),
        weights=Weights.of(settings),
        analysis=event.analysis,
    )
    longest = settings.retell_max_transcript_length
    return Heard(
        facts=facts,
        zone=zone,
        comparable=event.transcript is not None and len(event.transcript) <= longest,
        details=_details(event, facts),
        transcript=event.transcript,
        kept_days=office.transcript_days if office else 0,
    )


def compare(session: Session, runtime: Runtime, call: Call, heard: Heard) -> None:
    """Keep what may be kept, and show an operator where words and deeds differ."""
    call.details = heard.details
    if heard.transcript is not None and heard.kept_days:
        call.transcript = heard.transcript
        until = (call.ended_at or call.created_at) + timedelta(days=heard.kept_days)
        call.transcript_until = until
    if not heard.comparable:
        return
    for difference in said_versus_done(heard.facts, _done_in(session, call), heard.zone):
        findings.note_in(
            session,
            runtime.clock.now(),
            kind=difference.kind,
            subject=f"{call.call_id}:{difference.action}",
            call_id=call.call_id,
            detail=_shown(difference.action, difference.said, difference.done),
        )


def _done_in(session: Session, call: Call) -> list[Done]:
    """What the call changed in the ledger."""
    concerned = [Appointment.call_id == call.call_id]
    if call.customer_id is not None:
        concerned.append(Appointment.customer_id == call.customer_id)
    done: list[Done] = []
    for row in session.scalars(select(Appointment).where(or_(*concerned))):
        if row.call_id == call.call_id and row.state not in NEVER_STOOD:
            done.append(Done("booked" if row.state == "confirmed" else "requested", row.start))
        for change in (row.last_change, row.pending_change):
            if change and change.get("call_id") == call.call_id:
                moved = change.get("kind") == "reschedule"
                done.append(Done("rescheduled" if moved else "cancelled", row.start))
    return done


def _details(event: RetellEvent, facts: Facts) -> str:
    """What the dashboard may show of the talk to those who may see it; encrypted in its column."""
    read = {
        "intent": facts.intent,
        "wanted": _slot(facts.wanted),
        "existing": _slot(facts.existing),
        "service": facts.service,
        "confidence": facts.confidence,
        "confident": facts.confident,
        "question": facts.question,
    }
    told: dict[str, Any] = {"summary": event.summary, "analysis": event.analysis, "read": read}
    return orjson.dumps(told).decode()


def _shown(action: str, said: Slot | None, done: Done | None) -> dict[str, Any]:
    """For the finding: days and times, and nobody's name."""
    start: datetime | None = done.start if done else None
    shown = {"action": action, "said": _slot(said), "done": start.isoformat() if start else None}
    return {name: value for name, value in shown.items() if value is not None}


def _slot(slot: Slot | None) -> str | None:
    if slot is None:
        return None
    return f"{slot.date.isoformat()}T{slot.time:%H:%M}" if slot.time else slot.date.isoformat()
