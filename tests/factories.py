"""Rows as the gateway writes them, for tests that look at what is in the database.

Each function adds one row and returns it (or its id); what is not given is plausible. Names and
numbers are made up, and :data:`PERSONAL` lists them all: no page, log or export may show any.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.store import figures
from askpro.store.models import (
    Alert,
    Appointment,
    AuditEntry,
    Branch,
    Call,
    Callback,
    Company,
    Customer,
    Finding,
    FunctionCall,
    GuardEvent,
    InboxEvent,
    PhoneNumber,
    ServiceRow,
    WorkerBeat,
)
from askpro.store.vault import digest

NAME, MAIL = "Annegret Sputer", "annegret.sputer@example.org"
PHONE = "+4915112345678"
NOTE, TRANSCRIPT = "Bitte nicht so kurz wie bei Tante Hiltrud", "Guten Tag, hier ist Sputer."
PERSONAL = (NAME, "Sputer", "Annegret", MAIL, PHONE, "15112345678", NOTE, "Hiltrud", TRANSCRIPT)

_numbers = itertools.count(1)
_HOURS = {
    "weekly": [[["09:00", "18:00"]]] * 5 + [[], []],
    "zone": "Europe/Berlin",
    "bundesland": "BE",
    "holidays": [],
    "note": "",
}


def _next() -> int:
    return next(_numbers)


def company(session: Session, id: int, name: str, *, now: datetime, **more: Any) -> Company:
    """A company with one branch, one number and one service."""
    row = Company(id=id, slug=f"company-{id}", name=name, created_at=now, **more)
    session.add(row)
    session.flush()
    branch = Branch(company_id=id, name="Mitte", timezone="Europe/Berlin", hours=_HOURS)
    session.add(branch)
    session.flush()
    session.add(PhoneNumber(company_id=id, branch_id=branch.id, number=f"+493012345{id:03d}"))
    session.add(
        ServiceRow(
            company_id=id,
            branch_id=branch.id,
            event_type_id=2563000 + id,
            name="Haarschnitt",
            minutes=45,
            is_default=True,
        )
    )
    session.flush()
    return row


def customer(session: Session, company_id: int, *, now: datetime, phone: str = PHONE) -> Customer:
    row = Customer(
        company_id=company_id,
        name=NAME,
        phone=phone,
        phone_digest=digest(phone),
        phone_tail=phone[-3:],
        email=MAIL,
        email_digest=digest(MAIL),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def customers_of(session: Session) -> list[str | None]:
    """The names of the customers that a session of one company sees."""
    return list(session.scalars(select(Customer.name).order_by(Customer.id)))


def call(
    session: Session,
    company_id: int,
    *,
    now: datetime,
    call_id: str | None = None,
    phone: str = PHONE,
    **more: Any,
) -> Call:
    values: dict[str, Any] = {
        "call_id": call_id or f"call_{company_id}_{_next():06d}",
        "direction": "inbound",
        "kind": "phone_call",
        "state": "analyzed",
        "outcome": "booked",
        "from_number": phone,
        "from_digest": digest(phone),
        "from_tail": phone[-3:],
        "to_number": f"+493012345{company_id:03d}",
        "started_at": now,
        "ended_at": now + timedelta(seconds=95),
        "duration_ms": 95_000,
        "transcript": TRANSCRIPT,
        "last_sign_at": now + timedelta(seconds=95),
        "created_at": now,
        "sentiment": "Positive",
        "cost_cents": 12.5,
        "disconnection_reason": "user_hangup",
    }
    row = Call(company_id=company_id, **{**values, **more})
    session.add(row)
    session.flush()
    return row


def function_call(
    session: Session, company_id: int, *, now: datetime, figured: bool = True, **more: Any
) -> int:
    """A function call with its waterfall, counted into the figures; its id."""
    values: dict[str, Any] = {
        "call_id": None,
        "at": now,
        "function": "check_availability",
        "arguments": {"service": "Haarschnitt", "date": "morgen", "time": "14 Uhr"},
        "status": "available",
        "success": True,
        "milliseconds": 21.4,
        "queries": 2,
        "redis_trips": 2,
        "calcom_ms": 0.0,
        "cache": "hit",
        "error": None,
        "request_id": f"{_next():032x}",
        "steps": [
            {"name": "limits", "begin_ms": 0.8, "milliseconds": 1.1, "verdict": "ok"},
            {"name": "cache", "begin_ms": 2.4, "milliseconds": 0.9, "verdict": "hit"},
        ],
        **more,
    }
    row = FunctionCall(company_id=company_id, **values)
    session.add(row)
    if figured:
        figures.add(
            session, [{"company_id": company_id, **values}], slow_ms=1000, chatty_queries=10
        )
    session.flush()
    return row.id


def appointment(
    session: Session, company_id: int, *, now: datetime, start: datetime, **more: Any
) -> Appointment:
    number = _next()
    values: dict[str, Any] = {
        "key": f"key-{number}",
        "state": "confirmed",
        "end": start + timedelta(minutes=45),
        "event_type_id": 2563000 + company_id,
        "uid": f"uid{number:08d}",
        "attendee_name": NAME,
        "attendee_phone": PHONE,
        "attendee_email": MAIL,
        "notes": NOTE,
        "created_at": now,
        "updated_at": now,
    }
    row = Appointment(company_id=company_id, start=start, **{**values, **more})
    session.add(row)
    session.flush()
    return row


def callback(session: Session, company_id: int, *, now: datetime, **more: Any) -> Callback:
    values: dict[str, Any] = {
        "key": f"callback-{_next()}",
        "name": NAME,
        "phone": PHONE,
        "phone_digest": digest(PHONE),
        "phone_tail": PHONE[-3:],
        "reason": NOTE,
        "priority": "normal",
        "due_at": now + timedelta(hours=24),
        "created_at": now,
    }
    row = Callback(company_id=company_id, **{**values, **more})
    session.add(row)
    session.flush()
    return row


def finding(session: Session, company_id: int, *, now: datetime, **more: Any) -> Finding:
    values: dict[str, Any] = {
        "kind": "promised_not_booked",
        "subject": str(_next()),
        "detail": {"why": "not found at Cal.com"},
        "created_at": now,
    }
    row = Finding(company_id=company_id, **{**values, **more})
    session.add(row)
    session.flush()
    return row


def event(session: Session, company_id: int | None, *, now: datetime, **more: Any) -> InboxEvent:
    number = _next()
    values: dict[str, Any] = {
        "provider": "retell",
        "event": "call_ended",
        "dedupe_key": f"retell:{company_id}:{number}",
        "subject": f"call_{number:06d}",
        "body": f'{{"from_number": "{PHONE}"}}',
        "received_at": now,
        "run_at": now,
        "state": "done",
        "attempts": 1,
        "done_at": now + timedelta(seconds=1),
    }
    row = InboxEvent(company_id=company_id, **{**values, **more})
    session.add(row)
    session.flush()
    return row


def waiting_events(count: int, now: datetime) -> list[dict[str, Any]]:
    """So many rows of the inbox: one half is done, the other waits and is due."""
    return [
        {
            "provider": "retell",
            "event": "call_ended",
            "dedupe_key": f"waiting:{count}:{number}",
            "subject": f"call_waiting_{number}",
            "received_at": now,
            "run_at": now - timedelta(seconds=number % 600),
            "state": "done" if number % 2 else "new",
            "attempts": number % 2,
        }
        for number in range(count)
    ]


def guard_event(
    session: Session, company_id: int | None, *, now: datetime, kind: str = "limit", **more: Any
) -> GuardEvent:
    call_id = f"call_{_next():06d}"
    values: dict[str, Any] = {
        "subject": call_id,
        "detail": {
            "exceeded": ["minute"],
            "call_id": call_id,
            "function": "check_availability",
            "route_kind": "function",
        },
    }
    row = GuardEvent(at=now, kind=kind, company_id=company_id, **{**values, **more})
    session.add(row)
    session.flush()
    return row


def alert(session: Session, company_id: int | None, *, now: datetime, **more: Any) -> Alert:
    values: dict[str, Any] = {
        "kind": "breaker_open",
        "subject": "calcom_api",
        "severity": "critical",
        "began_at": now,
        "detail": {},
    }
    row = Alert(company_id=company_id, **{**values, **more})
    session.add(row)
    session.flush()
    return row


def audit(session: Session, company_id: int | None, *, now: datetime, **more: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "who": "anna",
        "action": "breaker_reset",
        "target": "calcom_api",
        "reason": "Cal.com antwortet wieder",
    }
    row = AuditEntry(at=now, company_id=company_id, **{**values, **more})
    session.add(row)
    session.flush()
    return row


def beat(session: Session, *, now: datetime, worker: str = "worker-1", **more: Any) -> WorkerBeat:
    values = {"started_at": now - timedelta(hours=5), "done": 120, "failed": 0}
    row = WorkerBeat(worker=worker, beat_at=now, **{**values, **more})
    session.add(row)
    session.flush()
    return row
