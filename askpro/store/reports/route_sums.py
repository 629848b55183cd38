"""Sums of what requests cost by route, as they are: means and worsts are for whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from askpro.store.models import RouteFigure
from askpro.store.tenancy import Database


@dataclass(frozen=True)
class RouteSums:
    """``route`` is ``"POST /api/…"``, as the address is written in the code."""

    route: str
    requests: int
    failures: int
    slow: int
    milliseconds: float
    database_ms: float
    redis_ms: float
    calcom_ms: float
    queries: int


def route_sums(database: Database, since: datetime) -> list[RouteSums]:
    """Every route that was asked since then (begin of ten minutes), by name. Routes serve all
    companies: there is no scope."""
    summed = (
        RouteFigure.requests,
        RouteFigure.failures,
        RouteFigure.slow,
        RouteFigure.total_ms,
        RouteFigure.database_ms,
        RouteFigure.redis_ms,
        RouteFigure.calcom_ms,
        RouteFigure.queries,
    )
    with database.unrestricted_unsafe() as session:
        rows: Sequence[Any] = session.execute(
            select(RouteFigure.route, *(func.sum(column) for column in summed))
            .where(RouteFigure.since >= since)
            .group_by(RouteFigure.route)
            .order_by(RouteFigure.route)
        ).all()
    return [RouteSums(*row) for row in rows]
