"""Everything that is kept of one person, for themselves (GDPR, article 15)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from askpro.services import audit
from askpro.services.audit import Actor
from askpro.services.privacy.person import identity_of, traces_of
from askpro.services.runtime import Runtime
from askpro.store.models import (
    Appointment,
    Call,
    Callback,
    Company,
    Customer,
    FunctionCall,
    InboxEvent,
)

#: What says nothing about the person, or is a secret of the company's calendar.
_LEFT_OUT = frozenset(
    {"phone_digest", "email_digest", "from_digest", "uid", "seat_uid", "key", "lease_token"}
)
#: Of a call that somebody else made for the person: who that was.
_ANOTHERS = frozenset({"from_number", "from_tail", "customer_id"})


def export(runtime: Runtime, given: str, company_id: int | None, actor: Actor) -> dict[str, Any]:
    """The person's rows by company and table; empty where there is nothing.

    ``actor`` is who looked, for the audit, which does not say at whom.
    """
    who = identity_of(given)
    with runtime.database.unrestricted_unsafe() as session:
        wanted = select(Company.id, Company.name).order_by(Company.id)
        if company_id is not None:
            wanted = wanted.where(Company.id == company_id)
        companies = session.execute(wanted).all()
    found: dict[str, Any] = {"exported_at": runtime.clock.now().isoformat(), "companies": []}
    for company, name in companies:
        with runtime.database.of_company(company) as session:
            traces = traces_of(session, company, who)
            if not traces:
                continue
            found["companies"].append(
                {
                    "company": name,
                    "customers": _rows(session, Customer, traces.customers),
                    "appointments": _rows(session, Appointment, traces.appointments),
                    "calls": _rows(session, Call, traces.calls),
                    "calls_of_others": _rows(session, Call, traces.talks, _ANOTHERS),
                    "function_calls": _function_calls(session, traces.call_ids),
                    "callbacks": _rows(session, Callback, traces.callbacks),
                    "events": _rows(session, InboxEvent, traces.events),
                }
            )
    with runtime.database.unrestricted_unsafe(write=True) as session:
        audit.write(
            session,
            actor,
            "export person",
            at=runtime.clock.now(),
            company_id=company_id,
            target=who.digests[0][:12],
            detail={"companies": len(found["companies"])},
        )
    return found


def _rows(
    session: Session, table: Any, ids: list[int], hidden: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    left_out = _LEFT_OUT | hidden
    names = [column.key for column in inspect(table).column_attrs if column.key not in left_out]
    rows = session.scalars(select(table).where(table.id.in_(ids)).order_by(table.id))
    return [{name: _plain(getattr(row, name)) for name in names} for row in rows]


def _function_calls(session: Session, call_ids: Iterable[str]) -> list[dict[str, Any]]:
    """What was asked during the person's calls, as it is kept: with personal values replaced."""
    asked = select(FunctionCall.id).where(FunctionCall.call_id.in_(call_ids))
    return _rows(session, FunctionCall, list(session.scalars(asked)))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
