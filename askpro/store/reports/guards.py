"""What the guards did: violated limits, transitions of circuits, refused crossings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from askpro.guards.permits import CLOSED
from askpro.store.models import GuardEvent
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database


@dataclass(frozen=True)
class GuardNote:
    """One event of a guard. ``detail`` holds ids, counts and states, nothing personal."""

    id: int
    at: datetime
    kind: str
    company_id: int | None
    subject: str
    detail: dict[str, Any]


def counts(
    database: Database, scope: Scope, kinds: Sequence[str], since: datetime, lately: datetime
) -> dict[str, tuple[int, int]]:
    """Kind → how often it happened (since then, lately)."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(GuardEvent.kind, func.count(), func.count().filter(GuardEvent.at >= lately))
            .where(
                GuardEvent.kind.in_(kinds),
                GuardEvent.at >= since,
                within(scope, GuardEvent.company_id),
            )
            .group_by(GuardEvent.kind)
        )
        found = {row[0]: (row[1], row[2]) for row in rows}
    return {kind: found.get(kind, (0, 0)) for kind in kinds}


def latest(
    database: Database,
    scope: Scope,
    kinds: Sequence[str],
    *,
    until: datetime | None = None,
    most: int = 20,
) -> list[GuardNote]:
    """The latest events of the kinds, of those before ``until``; newest first."""
    before = [GuardEvent.at < until] if until is not None else []
    with reading(database, scope) as session:
        rows = session.execute(
            select(
                GuardEvent.id,
                GuardEvent.at,
                GuardEvent.kind,
                GuardEvent.company_id,
                GuardEvent.subject,
                GuardEvent.detail,
            )
            .where(GuardEvent.kind.in_(kinds), within(scope, GuardEvent.company_id), *before)
            .order_by(GuardEvent.at.desc())
            .limit(most)
        )
        return [GuardNote(*row) for row in rows]


@dataclass(frozen=True)
class Turns:
    """When a circuit last was cut off, and when it last came back; None where that is not kept."""

    cut_off: datetime | None
    back: datetime | None


def last_turns(database: Database, scope: Scope, circuits: Sequence[str]) -> dict[str, Turns]:
    """Of each of the ``circuits``; a try that fails opens a circuit anew and is no turn."""
    before, after = (GuardEvent.detail[name].as_string() for name in ("from", "to"))
    with reading(database, scope) as session:
        rows = session.execute(
            select(
                GuardEvent.subject,
                func.max(GuardEvent.at).filter(before == CLOSED),
                func.max(GuardEvent.at).filter(after == CLOSED),
            )
            .where(GuardEvent.kind == "breaker", GuardEvent.subject.in_(circuits))
            .group_by(GuardEvent.subject)
        )
        return {row[0]: Turns(row[1], row[2]) for row in rows}
