"""What was noticed and who did what about it: alerts, and the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from askpro.store.models import Alert, AuditEntry
from askpro.store.reports.paging import PAGE, Page, Place, Query, page
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database

_ALERT_COLUMNS = (
    Alert.id,
    Alert.kind,
    Alert.subject,
    Alert.company_id,
    Alert.severity,
    Alert.detail,
    Alert.began_at,
    Alert.ended_at,
    Alert.acknowledged_by,
    Alert.acknowledged_at,
    Alert.silenced_until,
    Alert.silence_reason,
)
_MOST_STANDING = 50


@dataclass(frozen=True)
class WantedEntries:
    """Empty fields do not narrow the search."""

    who: str | None = None
    actions: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def standing_alerts(
    database: Database, scope: Scope, *, installation: bool = False
) -> list[dict[str, Any]]:
    """Alerts that have not ended: critical ones first, the oldest of each first. With
    ``installation`` those that are no single company's as well, whatever the scope."""
    own = within(scope, Alert.company_id)
    with reading(database, scope) as session:
        rows = session.execute(
            select(*_ALERT_COLUMNS)
            .where(
                Alert.ended_at.is_(None),
                or_(own, Alert.company_id.is_(None)) if installation else own,
            )
            .order_by(Alert.severity, Alert.began_at)
            .limit(_MOST_STANDING)
        )
        return [dict(row) for row in rows.mappings()]


def past_alerts(
    database: Database, scope: Scope, place: Place | None = None, *, size: int = PAGE
) -> Page:
    """Alerts that have ended, the latest first."""
    query: Query = select(*_ALERT_COLUMNS).where(
        Alert.ended_at.is_not(None), within(scope, Alert.company_id)
    )
    with reading(database, scope) as session:
        return page(session, query, Alert.ended_at, Alert.id, place, size=size)


def audit(
    database: Database,
    scope: Scope,
    wanted: WantedEntries,
    place: Place | None = None,
    *,
    size: int = PAGE,
) -> Page:
    """Who did what, the latest first."""
    conditions: list[ColumnElement[bool]] = [within(scope, AuditEntry.company_id)]
    if wanted.who:
        conditions.append(AuditEntry.who == wanted.who)
    if wanted.actions:
        conditions.append(AuditEntry.action.in_(wanted.actions))
    if wanted.since:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until:
        conditions.append(AuditEntry.at < wanted.until)
    query: Query = select(
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.who,
        AuditEntry.company_id,
        AuditEntry.action,
        AuditEntry.target,
        AuditEntry.reason,
        AuditEntry.detail,
    ).where(*conditions)
    with reading(database, scope) as session:
        return page(session, query, AuditEntry.at, AuditEntry.id, place, size=size)
