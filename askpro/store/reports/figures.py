"""Rates and series from the figures of the minutes, and the spread of the latest answers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from askpro.store.models import FunctionCall
from askpro.store.models.figures import Figure
from askpro.store.reports.scope import Scope, figures_row, reading, within
from askpro.store.tenancy import Database

#: Of how many of the latest answers the percentiles are taken.
SAMPLE = 1000
_WINDOW_MINUTES = (5, 60, 1440)


@dataclass(frozen=True)
class Sums:
    """What was counted in a stretch of time (see :class:`~askpro.store.models.figures.Figure`)."""

    answers: int = 0
    faults: int = 0
    booked: int = 0
    booking_faults: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0
    calcom_calls: int = 0
    calcom_faults: int = 0
    slow: int = 0
    chatty: int = 0
    answer_ms: float = 0.0
    calcom_ms: float = 0.0

    @property
    def hit_rate(self) -> float | None:
        """Share of slot questions that cost Cal.com nothing; None when there were none."""
        return share(self.hits + self.stale, self.hits + self.misses + self.stale)

    @property
    def error_rate(self) -> float | None:
        return share(self.faults, self.answers)

    @property
    def calcom_error_rate(self) -> float | None:
        return share(self.calcom_faults, self.calcom_calls)

    @property
    def mean_ms(self) -> float | None:
        return self.answer_ms / self.answers if self.answers else None

    @property
    def calcom_mean_ms(self) -> float | None:
        return self.calcom_ms / self.calcom_calls if self.calcom_calls else None


COUNTED = tuple(each.name for each in fields(Sums))


def share(part: float, whole: float) -> float | None:
    """``part`` of ``whole`` between 0 and 1; None of nothing."""
    return part / whole if whole else None


def sums(database: Database, scope: Scope, since: datetime, until: datetime) -> Sums:
    """The sums of the minutes that begin from ``since`` to before ``until``."""
    with reading(database, scope) as session:
        row = session.execute(
            select(*(func.coalesce(func.sum(getattr(Figure, name)), 0) for name in COUNTED)).where(
                Figure.company_id == figures_row(scope),
                Figure.minute >= since,
                Figure.minute < until,
            )
        ).one()
    return Sums(*row)


@dataclass(frozen=True)
class Window:
    """Sums of the last five minutes, hour and day."""

    five_minutes: Sums
    hour: Sums
    day: Sums


def _windows_question() -> Select[*tuple[Any, ...]]:
    """Built once: putting forty sums together costs more than asking for them."""
    cells = [
        func.coalesce(
            func.sum(getattr(Figure, name)).filter(Figure.minute > bindparam(f"since_{span}")), 0
        )
        for span in _WINDOW_MINUTES
        for name in COUNTED
    ]
    question: Select[*tuple[Any, ...]] = select(*cells).where(
        Figure.company_id == bindparam("company"),
        Figure.minute > bindparam(f"since_{_WINDOW_MINUTES[-1]}"),
        Figure.minute <= bindparam("now"),
    )
    return question


_WINDOWS = _windows_question()


def windows(database: Database, scope: Scope, now: datetime) -> Window:
    """The three windows that end now, each rounded to whole minutes, the running one included."""
    since = {f"since_{span}": now - timedelta(minutes=span) for span in _WINDOW_MINUTES}
    with reading(database, scope) as session:
        row = session.execute(_WINDOWS, {**since, "company": figures_row(scope), "now": now}).one()
    width = len(COUNTED)
    return Window(*(Sums(*row[at : at + width]) for at in range(0, 3 * width, width)))


def series(
    database: Database, scope: Scope, now: datetime, *, buckets: int, minutes: int
) -> list[tuple[datetime, Sums]]:
    """``buckets`` stretches of ``minutes`` each, the last one running; (its begin, its sums)."""
    width = timedelta(minutes=minutes)
    last = now.replace(second=0, microsecond=0)
    last -= timedelta(minutes=int(last.timestamp() // 60) % minutes)
    first = last - width * (buckets - 1)
    with reading(database, scope) as session:
        rows = session.execute(
            select(Figure.minute, *(getattr(Figure, name) for name in COUNTED)).where(
                Figure.company_id == figures_row(scope),
                Figure.minute >= first,
                Figure.minute <= now,
            )
        ).all()
    totals = [[0.0] * len(COUNTED) for _ in range(buckets)]
    for row in rows:
        into = totals[min(int((row[0] - first) / width), buckets - 1)]
        for at, value in enumerate(row[1:]):
            into[at] += value
    # All are added up as floats, the counts too: those stay whole numbers.
    return [(first + width * at, Sums(*totals[at])) for at in range(buckets)]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Spread:
    """Percentiles in milliseconds over ``count`` answers."""

    count: int
    p50: float
    p95: float
    p99: float


def spread(values: list[float]) -> Spread | None:
    """Nearest-rank percentiles; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)

    def rank(percent: float) -> float:
        return ordered[min(int(len(ordered) * percent), len(ordered) - 1)]

    return Spread(len(ordered), rank(0.50), rank(0.95), rank(0.99))


def latest_spreads(
    database: Database, scope: Scope, since: datetime
) -> tuple[Spread | None, Spread | None]:
    """Of the latest answers since then: (all of their time, the time that Cal.com took)."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(FunctionCall.milliseconds, FunctionCall.calcom_ms)
            .where(within(scope, FunctionCall.company_id), FunctionCall.at >= since)
            .order_by(FunctionCall.at.desc())
            .limit(SAMPLE)
        ).all()
    return spread([row[0] for row in rows]), spread([row[1] for row in rows if row[1] > 0])
