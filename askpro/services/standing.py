"""Which callers of a company have appointments ahead: known without asking, while nothing changes.

A question for availability has to know the caller's own appointments, and nearly every caller has
none. The company's appointments ahead are read together and kept inside the process under the
mark of its calendar, which every change of an appointment replaces.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cachetools import TTLCache

from askpro.booking.model import Span
from askpro.clock import Clock
from askpro.guards import Guards
from askpro.store import spans
from askpro.store.tenancy import Database

#: A bound on what a change that nobody was told of (an import) can do.
_KEPT_SECONDS = 15
_MOST_COMPANIES = 1000
#: Companies with more appointments ahead are asked for the one caller.
_MOST_APPOINTMENTS = 500


@dataclass(frozen=True)
class _Known:
    """``of_caller`` by phone digest, each (start, end, id of the row); None = too many to keep."""

    mark: str
    of_caller: Mapping[str, tuple[tuple[datetime, datetime, int], ...]] | None


class Standing:
    """Standing appointments ahead, by caller. Safe to share between threads."""

    def __init__(self, database: Database, guards: Guards, clock: Clock) -> None:
        self._database = database
        self._guards = guards
        self._lock = threading.Lock()
        self._known: TTLCache[int, _Known] = TTLCache(
            _MOST_COMPANIES, _KEPT_SECONDS, timer=clock.monotonic
        )

    def of_caller(
        self, company_id: int, phone_digest: str, now: datetime, *, ignoring: int | None = None
    ) -> tuple[Span, ...]:
        """When the customer with that phone has appointments that end after ``now``, less row
        ``ignoring``. Where the mark is not known (Redis is gone), the database is asked."""
        mark = self._guards.slots.mark_of(company_id)
        if mark is not None:
            known = self._of_company(company_id, mark, now)
            if known.of_caller is not None:
                return tuple(
                    Span(start, end)
                    for start, end, row_id in known.of_caller.get(phone_digest, ())
                    if end > now and row_id != ignoring
                )
        return spans.of_caller(self._database, company_id, phone_digest, now, ignoring=ignoring)

    def _of_company(self, company_id: int, mark: str, now: datetime) -> _Known:
        with self._lock:
            known = self._known.get(company_id)
        if known is not None and known.mark == mark:
            return known
        # Read after the mark was: what is found is at least as new.
        rows = spans.of_company(self._database, company_id, now, most=_MOST_APPOINTMENTS)
        known = _Known(mark, None if rows is None else _by_caller(rows))
        with self._lock:
            self._known[company_id] = known
        return known


def _by_caller(
    rows: list[spans.StandingRow],
) -> dict[str, tuple[tuple[datetime, datetime, int], ...]]:
    found: dict[str, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for phone, start, end, row_id in rows:
        if phone is not None:
            found[phone].append((start, end, row_id))
    return {phone: tuple(own) for phone, own in found.items()}
