"""What the guards counted over stretches of time, read as seldom as each stretch allows.

A day is added up from 150 buckets: reading them every second for every open tab would cost more
than all the rest of the page, so they are read again when the last minutes have changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta

from flask import current_app

from askpro.guards.slot_cache import FIGURES
from askpro.store.reports.figures import share
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.kept import Kept

MINUTE, FIVE_MINUTES, HOUR, DAY = 60, 300, 3600, 86_400
_VIOLATION = "violation"
#: Length of a stretch → for how many seconds its sums are good.
_GOOD_FOR = {MINUTE: 0.4, FIVE_MINUTES: 0.4, HOUR: 30.0, DAY: 30.0}
_MOST_KEPT = 2_000

Sums = dict[str, int]


def counted_since(desk: Desk) -> datetime | None:
    """When counting began, where that is less than a day ago: an hour and a day are shorter then
    than they are called. None where whole days are counted, or Redis has counted before us."""
    began = desk.runtime.guards.counters.began_at
    return began if began is not None and desk.now - began < timedelta(seconds=DAY) else None


def cache_rates(desk: Desk, stretches: Iterable[int]) -> list[dict[str, float | int | None]]:
    """For each stretch (seconds): how the slot cache did, and what it saved Cal.com."""
    found: list[dict[str, float | int | None]] = []
    for seconds in stretches:
        sums = _sums(desk, seconds)
        saved = sums["hit"] + sums["joined"] + sums["stale"]
        figures = {name: sums[name] for name in FIGURES}
        rate = share(saved, saved + sums["miss"])
        found.append({"seconds": seconds, **figures, "saved": saved, "hit_rate": rate})
    return found


def violations(desk: Desk, seconds: int) -> int:
    """How many limits were violated in the last so many seconds."""
    return _sums(desk, seconds)[_VIOLATION]


def _sums(desk: Desk, seconds: int) -> Sums:
    shelf: Kept[Hashable, Sums] = current_app.extensions.setdefault(
        f"askpro_counted_{seconds}", Kept(_MOST_KEPT, _GOOD_FOR[seconds])
    )
    lately = tuple(_sums(desk, FIVE_MINUTES).values()) if seconds > FIVE_MINUTES else None
    return shelf.or_else(
        (desk.company_id, lately),
        lambda: desk.runtime.guards.counters.totals(
            (*FIGURES, _VIOLATION), seconds=seconds, company=desk.company_id
        ),
    )
