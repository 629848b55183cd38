"""How far back each kind of data reaches: for the privacy screen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from askpro.store.models import AuditEntry, Call, FunctionCall, GuardEvent, InboxEvent
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database

_KINDS: dict[str, tuple[Any, Any]] = {
    "calls": (Call.created_at, Call.company_id),
    "function_calls": (FunctionCall.at, FunctionCall.company_id),
    "events": (InboxEvent.received_at, InboxEvent.company_id),
    "guard_events": (GuardEvent.at, GuardEvent.company_id),
    "audit": (AuditEntry.at, AuditEntry.company_id),
}


def oldest(database: Database, scope: Scope) -> dict[str, datetime | None]:
    """When the oldest row of each kind was written; None where there is none."""
    questions = [
        select(func.min(at)).where(within(scope, company)).scalar_subquery().label(kind)
        for kind, (at, company) in _KINDS.items()
    ]
    with reading(database, scope) as session:
        return dict(session.execute(select(*questions)).mappings().one())
