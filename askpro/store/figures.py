"""Adds function calls to the figures of their minute, and requests to those of their route.

Called with the traces that are being written, in their transaction: a figure is never ahead of the
traces nor behind them. Reading is :mod:`askpro.store.reports.figures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, delete, func
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from askpro.store.models.figures import EVERYBODY, Figure, RouteFigure

#: Answers that mean: an appointment came about, or the try to make one failed technically.
_BOOKED = frozenset({"booked", "requested"})
_BOOKING = frozenset({"book_appointment", "collect_appointment"})
_BOOKING_FAULTS = frozenset({"calendar_down", "pending"})
_COUNTS = (
    "answers",
    "faults",
    "booked",
    "booking_faults",
    "hits",
    "misses",
    "stale",
    "calcom_calls",
    "calcom_faults",
    "slow",
    "chatty",
    "answer_ms",
    "calcom_ms",
)
_CACHE = {"hit": "hits", "miss": "misses", "joined": "hits", "stale": "stale"}


def _adding(
    table: Table, key: tuple[str, str], sums: Iterable[str], most: Iterable[str] = ()
) -> dict[str, Any]:
    """Dialect → the statement that inserts a row; where there is one, ``sums`` are added to it, and
    of ``most`` the larger one is kept. For one row at a time: one of many would be compiled anew
    each time."""
    statements = {}
    for dialect, insert, larger in (
        ("postgresql", postgresql_insert, func.greatest),
        ("sqlite", sqlite_insert, func.max),
    ):
        statement = insert(table)
        old, new = table.c, statement.excluded
        told = {
            **{name: old[name] + new[name] for name in sums},
            **{name: larger(old[name], new[name]) for name in most},
        }
        statements[dialect] = statement.on_conflict_do_update(index_elements=key, set_=told)
    return statements


_ADD = _adding(cast(Table, Figure.__table__), ("company_id", "minute"), _COUNTS)


def add(
    session: Session, rows: Iterable[Mapping[str, Any]], *, slow_ms: float, chatty_queries: int
) -> None:
    """Count ``rows`` (the columns of ``function_calls``) into their minutes."""
    sums: dict[tuple[int, datetime], dict[str, float]] = {}
    for row in rows:
        minute = row["at"].astimezone(UTC).replace(second=0, microsecond=0)
        counted = _counted(row, slow_ms, chatty_queries)
        for company_id in (EVERYBODY, row["company_id"]):
            into = sums.setdefault((company_id, minute), dict.fromkeys(_COUNTS, 0))
            for name, value in counted.items():
                into[name] += value
    if not sums:
        return
    # Always in the same order: two workers that lock the same rows must not wait for each other.
    kept = [{"company_id": of, "minute": minute, **sums[of, minute]} for of, minute in sorted(sums)]
    connection = session.connection()
    connection.execute(_ADD[connection.dialect.name], kept)


def thin(session: Session, before: datetime) -> int:
    """Delete the figures of minutes before ``before``; how many rows that were."""
    gone = session.execute(delete(Figure).where(Figure.minute < before).returning(Figure.minute))
    return len(gone.all())


def _counted(row: Mapping[str, Any], slow_ms: float, chatty_queries: int) -> dict[str, float]:
    error = row.get("error") or ""
    calcom_ms = row.get("calcom_ms") or 0.0
    counted: dict[str, float] = {
        "answers": 1,
        "faults": int(not row["success"]),
        "booked": int(row["status"] in _BOOKED),
        "booking_faults": int(row["function"] in _BOOKING and row["status"] in _BOOKING_FAULTS),
        "calcom_calls": int(calcom_ms > 0),
        "calcom_faults": int(calcom_ms > 0 and error.startswith("Calcom")),
        "slow": int(row["milliseconds"] > slow_ms),
        "chatty": int((row.get("queries") or 0) > chatty_queries),
        "answer_ms": row["milliseconds"],
        "calcom_ms": calcom_ms,
    }
    if row.get("cache") in _CACHE:
        counted[_CACHE[row["cache"]]] = 1
    return counted


#: Columns of ``route_figures`` that are summed, and those of which the largest is kept.
ROUTE_MOST = ("worst_ms", "most_queries", "memory_kb")
ROUTE_SUMS = (
    "requests",
    "failures",
    "slow",
    "total_ms",
    "calcom_ms",
    "redis_ms",
    "database_ms",
    "queries",
)

_ADD_ROUTES = _adding(
    cast(Table, RouteFigure.__table__), ("route", "since"), ROUTE_SUMS, ROUTE_MOST
)
RouteSums = Mapping[tuple[str, datetime], Mapping[str, float]]


def add_routes(session: Session, sums: RouteSums) -> None:
    """Add the costs of routes, by (route, begin of the ten minutes)."""
    kept = [{"route": route, "since": since, **sums[route, since]} for route, since in sorted(sums)]
    connection = session.connection()
    connection.execute(_ADD_ROUTES[connection.dialect.name], kept)


def merged(one: Mapping[str, float] | None, other: Mapping[str, float]) -> dict[str, float]:
    """Two costs of the same route and time as one."""
    if one is None:
        return dict(other)
    sums = {name: one[name] + other[name] for name in ROUTE_SUMS}
    return {**sums, **{name: max(one[name], other[name]) for name in ROUTE_MOST}}


def thin_routes(session: Session, before: datetime) -> int:
    """Delete the figures of routes before ``before``; how many rows that were."""
    gone = session.execute(
        delete(RouteFigure).where(RouteFigure.since < before).returning(RouteFigure.since)
    )
    return len(gone.all())
