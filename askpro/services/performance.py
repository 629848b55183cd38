"""What requests cost: summed by route, and the slow ones kept with their waterfall.

Written behind the answers, like the traces, a few seconds later: figures of a killed worker's last
moment are lost, and that is all they are.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import deque
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.exc import SQLAlchemyError

from askpro.services import hidden_lines
from askpro.settings import Settings
from askpro.store import figures
from askpro.store.models import SlowRequest
from askpro.store.tenancy import Database

log = logging.getLogger(__name__)

_MOST_SLOW_WAITING = 200
_COLUMNS = (*figures.ROUTE_SUMS, *figures.ROUTE_MOST)
SLOW_KEPT = timedelta(days=7)
FIGURES_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Cost:
    """One request. Times in milliseconds; ``memory_kb`` is what the process's peak grew by."""

    at: datetime
    route: str
    status: int
    milliseconds: float
    queries: int
    redis_trips: int
    calcom_ms: float
    redis_ms: float
    database_ms: float
    memory_kb: int
    request_id: str
    company_id: int | None = None
    call_id: str | None = None
    steps: tuple[dict[str, Any], ...] = ()


class CostBook:
    """Sums costs in this process and writes them to the database now and then."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._slow_ms = settings.slow_answer_ms
        self._most_queries = settings.most_queries
        self._clock = settings.clock
        self._lock = threading.Lock()
        self._sums: dict[tuple[str, datetime], dict[str, float]] = {}
        self._slow: deque[Cost] = deque(maxlen=_MOST_SLOW_WAITING)
        self._seconds = settings.costs_every_seconds
        self._timer: threading.Timer | None = None
        self._pid = 0

    def note(self, cost: Cost) -> None:
        """Count one request; in the database a few seconds later."""
        is_slow = cost.milliseconds > self._slow_ms or cost.queries > self._most_queries
        at = cost.at.astimezone(UTC)
        since = at.replace(minute=at.minute - at.minute % 10, second=0, microsecond=0)
        with self._lock:
            self._expect_flush()
            into = self._sums.setdefault((cost.route, since), dict.fromkeys(_COLUMNS, 0))
            into["requests"] += 1
            into["failures"] += cost.status >= 500
            into["slow"] += is_slow
            into["total_ms"] += cost.milliseconds
            into["calcom_ms"] += cost.calcom_ms
            into["redis_ms"] += cost.redis_ms
            into["database_ms"] += cost.database_ms
            into["queries"] += cost.queries
            into["worst_ms"] = max(into["worst_ms"], cost.milliseconds)
            into["most_queries"] = max(into["most_queries"], cost.queries)
            into["memory_kb"] = max(into["memory_kb"], cost.memory_kb)
            if is_slow:
                self._slow.append(cost)

    def flush(self) -> None:
        """Write what was noted. Database away: the sums wait, slow requests beyond 200 are lost."""
        with self._lock:
            sums, self._sums = self._sums, {}
            slow = list(self._slow)
            self._slow.clear()
            self._timer = None
        hidden_lines.note(self._database, self._clock.now())
        if not sums:
            return
        try:
            with self._database.unrestricted_unsafe(write=True) as session:
                figures.add_routes(session, sums)
                if slow:
                    session.execute(insert(SlowRequest), [_row(cost) for cost in slow])
        except SQLAlchemyError as error:
            log.info("costs wait for the database", extra={"error": type(error).__name__})
            with self._lock:
                for key, kept in sums.items():
                    self._sums[key] = figures.merged(self._sums.get(key), kept)
                self._slow.extendleft(reversed(slow))

    def _expect_flush(self) -> None:
        """Have the sums written soon. Called under the lock."""
        if self._pid != os.getpid():
            if self._pid:
                # A forked worker starts with the parent's sums; they are the parent's to write.
                self._sums, self._slow = {}, deque(maxlen=_MOST_SLOW_WAITING)
            self._pid = os.getpid()
            self._timer = None
            if self._seconds:
                atexit.register(self.flush)
        if self._timer is None and self._seconds:
            self._timer = threading.Timer(self._seconds, self.flush)
            self._timer.daemon = True
            self._timer.start()


def thin(database: Database, now: datetime) -> dict[str, int]:
    """Forget figures and slow requests that nobody looks at any more."""
    with database.unrestricted_unsafe(write=True) as session:
        slow = session.execute(
            delete(SlowRequest).where(SlowRequest.at < now - SLOW_KEPT).returning(SlowRequest.id)
        )
        return {
            "slow_requests": len(slow.all()),
            "route_figures": figures.thin_routes(session, now - FIGURES_KEPT),
            "figures": figures.thin(session, now - timedelta(days=35)),
        }


def _row(cost: Cost) -> dict[str, Any]:
    return {**asdict(replace(cost, steps=())), "steps": list(cost.steps)}
