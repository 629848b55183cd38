"""What happened and what it cost, summed as it is written, so that no page has to count calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from askpro.store.tables import Base, BigId

#: The row of the whole installation.
EVERYBODY = 0


class Figure(Base):
    """Sums over the function calls of one company in one minute.

    ``company_id`` is :data:`EVERYBODY` for the sum of all, so this is not an ``OfCompany`` table;
    :mod:`askpro.store.reports.figures` takes the scope of the one who asks. ``slow`` and ``chatty``
    count requests over the thresholds of time and queries.
    """

    __tablename__ = "figures"
    __table_args__ = (Index("ix_figures_minute", "minute"),)

    company_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    answers: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    booked: Mapped[int] = mapped_column(default=0)
    booking_faults: Mapped[int] = mapped_column(default=0)
    hits: Mapped[int] = mapped_column(default=0)
    misses: Mapped[int] = mapped_column(default=0)
    stale: Mapped[int] = mapped_column(default=0)
    calcom_calls: Mapped[int] = mapped_column(default=0)
    calcom_faults: Mapped[int] = mapped_column(default=0)
    slow: Mapped[int] = mapped_column(default=0)
    chatty: Mapped[int] = mapped_column(default=0)
    answer_ms: Mapped[float] = mapped_column(Float, default=0.0)
    calcom_ms: Mapped[float] = mapped_column(Float, default=0.0)


class RouteFigure(Base):
    """What the requests of one route cost in ten minutes. Milliseconds, kilobytes, counts."""

    __tablename__ = "route_figures"

    route: Mapped[str] = mapped_column(String(120), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    requests: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    slow: Mapped[int] = mapped_column(default=0)
    total_ms: Mapped[float] = mapped_column(Float, default=0.0)
    worst_ms: Mapped[float] = mapped_column(Float, default=0.0)
    calcom_ms: Mapped[float] = mapped_column(Float, default=0.0)
    redis_ms: Mapped[float] = mapped_column(Float, default=0.0)
    database_ms: Mapped[float] = mapped_column(Float, default=0.0)
    queries: Mapped[int] = mapped_column(default=0)
    most_queries: Mapped[int] = mapped_column(default=0)
    memory_kb: Mapped[int] = mapped_column(default=0)


class SlowRequest(Base):
    """A request over a threshold, with its waterfall (``steps`` as in ``function_calls``).

    ``company_id`` is None where nobody's company was known. ``memory_kb`` is what the process's
    peak grew by meanwhile.
    """

    __tablename__ = "slow_requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    route: Mapped[str] = mapped_column(String(120))
    status: Mapped[int]
    company_id: Mapped[int | None] = mapped_column(index=True)
    call_id: Mapped[str | None] = mapped_column(String(100))
    request_id: Mapped[str] = mapped_column(String(40))
    milliseconds: Mapped[float] = mapped_column(Float)
    queries: Mapped[int]
    redis_trips: Mapped[int]
    calcom_ms: Mapped[float] = mapped_column(Float)
    redis_ms: Mapped[float] = mapped_column(Float)
    database_ms: Mapped[float] = mapped_column(Float)
    memory_kb: Mapped[int]
    steps: Mapped[list[Any]] = mapped_column(default=list)
