"""How long each kind of data is kept; past that it goes, every night.

The house's days are settings; a company may choose its own in ``companies.retention`` by the same
names. The ledger keeps its lines for ever, without the person; the audit is never purged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from askpro.services import audit
from askpro.services.audit import Actor
from askpro.services.privacy.erasure import erase_keys
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from askpro.store.models import (
    Appointment,
    Call,
    Callback,
    Company,
    Customer,
    Finding,
    FunctionCall,
    GuardEvent,
    InboxEvent,
)

KINDS = ("traces", "events", "calls", "callbacks", "appointments", "customers")


@dataclass(frozen=True)
class Days:
    """Days each kind is kept. Appointments and customers lose the person, the others go whole."""

    traces: int
    events: int
    calls: int
    callbacks: int
    appointments: int
    customers: int

    @classmethod
    def of(cls, settings: Settings, chosen: Mapping[str, Any]) -> Days:
        """The company's own choice where it made one, else the house's."""
        house = {kind: getattr(settings, f"retention_{kind}_days") for kind in KINDS}
        own = {kind: int(chosen[kind]) for kind in KINDS if kind in chosen}
        return cls(**{**house, **own})


def purge(runtime: Runtime, actor: Actor) -> dict[str, int]:
    """Let go of what is too old, company by company; rows by kind.

    Where anything went, the audit says how much, and that it was ``actor``.
    """
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe() as session:
        companies = session.execute(select(Company.id, Company.retention)).all()
    gone = dict.fromkeys((*KINDS, "transcripts", "guard_events"), 0)
    for company_id, chosen in companies:
        days = Days.of(runtime.settings, chosen or {})
        with runtime.database.of_company(company_id, write=True) as session:
            for kind, count in _purge_company(session, company_id, days, now).items():
                gone[kind] += count
    old = now - timedelta(days=runtime.settings.retention_traces_days)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        gone["guard_events"] = _count(
            session, delete(GuardEvent).where(GuardEvent.at < old).returning(GuardEvent.id)
        )
        # Events whose company nobody knew belong to no company's choice.
        gone["events"] += _count(
            session,
            delete(InboxEvent)
            .where(
                InboxEvent.company_id.is_(None),
                InboxEvent.received_at
                < now - timedelta(days=runtime.settings.retention_events_days),
            )
            .returning(InboxEvent.id),
        )
        if any(gone.values()):
            audit.write(session, actor, "purge", at=now, company_id=None, detail=gone)
    return gone


def _purge_company(session: Session, company_id: int, days: Days, now: datetime) -> dict[str, int]:
    def before(count: int) -> datetime:
        return now - timedelta(days=count)

    gone = {
        "traces": _count(
            session,
            delete(FunctionCall)
            .where(FunctionCall.at < before(days.traces))
            .returning(FunctionCall.id),
        ),
        "events": _count(
            session,
            delete(InboxEvent)
            .where(
                InboxEvent.company_id == company_id,
                InboxEvent.state.in_(("done", "ignored", "dead")),
                InboxEvent.received_at < before(days.events),
            )
            .returning(InboxEvent.id),
        ),
        "transcripts": _count(
            session,
            update(Call)
            .where(Call.transcript.is_not(None), Call.transcript_until < now)
            .values(transcript=None)
            .returning(Call.id),
        ),
        "callbacks": _count(
            session,
            delete(Callback)
            .where(Callback.created_at < before(days.callbacks))
            .returning(Callback.id),
        ),
        "appointments": _forget_people(session, before(days.appointments)),
    }
    session.execute(
        delete(Finding).where(Finding.state == "closed", Finding.closed_at < before(days.calls))
    )
    gone["calls"] = _count(
        session,
        delete(Call).where(Call.last_sign_at < before(days.calls)).returning(Call.id),
    )
    gone["customers"] = _forget_customers(session, before(days.customers))
    return gone


def _forget_people(session: Session, old: datetime) -> int:
    """Appointments that are long over keep when and what, and lose whom."""
    gone = session.execute(
        update(Appointment)
        .where(
            Appointment.end < old,
            or_(
                # A name may be all that is known, and its customer gone before.
                Appointment.attendee_name.is_not(None),
                Appointment.attendee_phone.is_not(None),
                Appointment.attendee_email.is_not(None),
                Appointment.notes.is_not(None),
                Appointment.reason.is_not(None),
                Appointment.customer_id.is_not(None),
            ),
        )
        .values(
            attendee_name=None,
            attendee_phone=None,
            attendee_email=None,
            notes=None,
            reason=None,
            customer_id=None,
        )
        .returning(Appointment.id, Appointment.source)
        .execution_options(synchronize_session=False)
    ).all()
    erase_keys(session, [row_id for row_id, source in gone if source == "rest"])
    return len(gone)


def _forget_customers(session: Session, old: datetime) -> int:
    """Customers of whom nothing newer is left: no appointment ahead or since, no call since."""
    recent_appointment = exists().where(
        Appointment.customer_id == Customer.id,
        Appointment.end >= old,
    )
    recent_call = exists().where(Call.customer_id == Customer.id, Call.last_sign_at >= old)
    return _count(
        session,
        delete(Customer)
        .where(Customer.created_at < old, ~recent_appointment, ~recent_call)
        .returning(Customer.id),
    )


def _count(session: Session, statement: Any) -> int:
    return len(session.execute(statement.execution_options(synchronize_session=False)).all())
