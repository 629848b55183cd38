"""The inbox as a list. Bodies stay where they are: encrypted, and not asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from askpro.store.models import InboxEvent
from askpro.store.reports.paging import PAGE, Page, Place, Query, page
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database

_COLUMNS = (
    InboxEvent.id,
    InboxEvent.provider,
    InboxEvent.event,
    InboxEvent.company_id,
    InboxEvent.subject,
    InboxEvent.received_at,
    InboxEvent.state,
    InboxEvent.attempts,
    InboxEvent.run_at,
    InboxEvent.error,
    InboxEvent.effect,
    InboxEvent.done_at,
)


@dataclass(frozen=True)
class WantedEvents:
    """Empty fields do not narrow the search."""

    state: str | None = None
    provider: str | None = None
    event: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrows(self) -> bool:
        return any(vars(self).values())


def search(
    database: Database,
    scope: Scope,
    wanted: WantedEvents,
    place: Place | None = None,
    *,
    size: int = PAGE,
) -> Page:
    """Events as they came, the latest first."""
    query: Query = select(*_COLUMNS).where(*_conditions(scope, wanted))
    with reading(database, scope) as session:
        return page(session, query, InboxEvent.received_at, InboxEvent.id, place, size=size)


def ids(database: Database, scope: Scope, wanted: WantedEvents, *, most: int) -> list[int]:
    """The ids of the latest events that fit, at most so many."""
    query = select(InboxEvent.id).where(*_conditions(scope, wanted))
    with reading(database, scope) as session:
        return list(session.scalars(query.order_by(InboxEvent.received_at.desc()).limit(most)))


def of_call(database: Database, company_id: int, call_id: str) -> list[dict[str, Any]]:
    """The events about one call, in their order."""
    with reading(database, company_id) as session:
        rows = session.execute(
            select(*_COLUMNS)
            .where(within(company_id, InboxEvent.company_id), InboxEvent.subject == call_id)
            .order_by(InboxEvent.received_at, InboxEvent.id)
            .limit(100)
        )
        return [dict(row) for row in rows.mappings()]


def _conditions(scope: Scope, wanted: WantedEvents) -> list[ColumnElement[bool]]:
    conditions = [within(scope, InboxEvent.company_id)]
    for column, value in (
        (InboxEvent.state, wanted.state),
        (InboxEvent.provider, wanted.provider),
        (InboxEvent.event, wanted.event),
        (InboxEvent.subject, wanted.subject),
    ):
        if value:
            conditions.append(column == value)
    if wanted.since:
        conditions.append(InboxEvent.received_at >= wanted.since)
    if wanted.until:
        conditions.append(InboxEvent.received_at < wanted.until)
    return conditions
