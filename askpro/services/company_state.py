"""What a company is like, in the parts that a file describes: to say afterwards what is different.

Callers and bookings are counted, not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from askpro.store.models import (
    Agent,
    Appointment,
    Branch,
    Company,
    Customer,
    PhoneNumber,
    ServiceRow,
    Staff,
)

_OF_A_SERVICE = (
    "event_type_id", "slug", "name", "minutes", "price_cents", "synonyms", "is_default", "priority",
    "notice_minutes", "bookable", "seats", "segments", "parts", "policy",
)  # fmt: skip


def state_of(session: Session, company: Company) -> dict[str, Any]:
    """Part → what it is like now."""
    session.flush()

    def rows(of: Any) -> list[Any]:
        return list(session.scalars(select(of).where(of.company_id == company.id).order_by(of.id)))

    def count(of: Any) -> int | None:
        return session.scalar(
            select(func.count()).select_from(of).where(of.company_id == company.id)
        )

    branches = rows(Branch)
    return {
        "name": company.name,
        "trade": company.trade,
        "email": company.email,
        "Cal.com account": (company.calcom_username, company.calcom_user_id),
        "keys": (company.calcom_api_key, company.calcom_webhook_secret, company.retell_api_key),
        "policy": company.policy,
        "retention": company.retention,
        "branches": [(branch.id, branch.name) for branch in branches],
        "time zone": [branch.timezone for branch in branches],
        "Bundesland": [branch.bundesland for branch in branches],
        "hours": [
            {key: branch.hours.get(key) for key in ("weekly", "holidays", "note")}
            for branch in branches
        ],
        "numbers": {row.number: row.branch_id for row in rows(PhoneNumber)},
        "agents": {row.retell_agent_id: row.branch_id for row in rows(Agent)},
        "services": [
            {field: getattr(row, field) for field in _OF_A_SERVICE} for row in rows(ServiceRow)
        ],
        "staff": [(row.calcom_user_id, row.name) for row in rows(Staff)],
        "customers": count(Customer),
        "bookings": count(Appointment),
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts that are not as they were; with the numbers and agents that no longer ring."""
    told = []
    for part, now in after.items():
        if now == before[part]:
            continue
        gone = [each for each in before[part] if each not in now] if isinstance(now, dict) else []
        gone = gone if part in ("numbers", "agents") else []
        told.append(f"{part} (no longer {', '.join(gone)})" if gone else part)
    return tuple(told)
