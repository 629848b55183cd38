"""What requests cost: by route, and the slow ones one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from askpro.store.models import RouteFigure, SlowRequest
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database


def routes(database: Database, scope: Scope, since: datetime) -> list[dict[str, Any]]:
    """Routes since then, the ones that took most time in all first. Means and worst values.

    Routes serve all companies: the figures are the same for every scope.
    """
    count = func.sum(RouteFigure.requests)
    with reading(database, scope) as session:
        rows = session.execute(
            select(
                RouteFigure.route,
                count.label("requests"),
                func.sum(RouteFigure.failures).label("failures"),
                func.sum(RouteFigure.slow).label("slow"),
                (func.sum(RouteFigure.total_ms) / count).label("mean_ms"),
                func.max(RouteFigure.worst_ms).label("worst_ms"),
                (func.sum(RouteFigure.calcom_ms) / count).label("calcom_ms"),
                (func.sum(RouteFigure.redis_ms) / count).label("redis_ms"),
                (func.sum(RouteFigure.database_ms) / count).label("database_ms"),
                (func.sum(RouteFigure.queries) * 1.0 / count).label("queries"),
                func.max(RouteFigure.most_queries).label("most_queries"),
                func.max(RouteFigure.memory_kb).label("memory_kb"),
            )
            .where(RouteFigure.since >= since)
            .group_by(RouteFigure.route)
            .order_by(func.sum(RouteFigure.total_ms).desc())
        )
        return [
            {
                name: float(value) if hasattr(value, "is_integer") else value
                for name, value in row.items()
            }
            for row in rows.mappings()
        ]


def slow(database: Database, scope: Scope, *, most: int = 20) -> list[dict[str, Any]]:
    """The latest requests over a threshold, with their steps."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(
                SlowRequest.id,
                SlowRequest.at,
                SlowRequest.route,
                SlowRequest.status,
                SlowRequest.company_id,
                SlowRequest.call_id,
                SlowRequest.request_id,
                SlowRequest.milliseconds,
                SlowRequest.queries,
                SlowRequest.redis_trips,
                SlowRequest.calcom_ms,
                SlowRequest.redis_ms,
                SlowRequest.database_ms,
                SlowRequest.memory_kb,
                SlowRequest.steps,
            )
            .where(within(scope, SlowRequest.company_id))
            .order_by(SlowRequest.at.desc())
            .limit(most)
        )
        return [dict(row) for row in rows.mappings()]
