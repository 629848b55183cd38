"""The counters of this worker: all there are in embedded mode, and the rest while Redis is gone.

Does what scripts/count_limits.lua does, in Python; one suite of tests covers both.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from askpro.clock import Clock
from askpro.guards.limit_rules import Count, Limit, Page, Reading
from askpro.guards.shelf import Shelf

_VIOLATIONS = 200


class _Counters:
    """Times are the clock's monotonic milliseconds."""

    __slots__ = ("counts", "silence", "told")

    def __init__(self) -> None:
        #: Field → count and the end of its window.
        self.counts: dict[str, tuple[int, float]] = {}
        #: The names of the exceeded limits, and until when their owner is not heard.
        self.silence: tuple[tuple[str, ...], float] = ((), 0.0)
        self.told = 0.0


class MemoryBook:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pages: Shelf[str, _Counters] = Shelf()
        self._violations: deque[tuple[int, str, str]] = deque(maxlen=_VIOLATIONS)

    def count(self, pages: Sequence[Page], subject: str) -> Count:
        """Counts one request on all pages, or refuses it and counts it on none."""
        now = self._now()
        with self._lock:
            kept = [self._pages.get(page.key, now) or _Counters() for page in pages]
            over: list[tuple[int, Limit, float]] = []
            for number, (page, counters) in enumerate(zip(pages, kept, strict=True)):
                if counters.silence[1] > now:
                    return _silenced(page, counters.silence, now)
                for limit in page.limits:
                    count, ends = counters.counts.get(limit.field, (0, 0.0))
                    if ends > now and count >= limit.amount:
                        over.append((number, limit, ends))
            if over:
                return self._refuse(pages, kept, over, subject, now)
            readings = []
            for page, counters in zip(pages, kept, strict=True):
                longest = 0
                for limit in page.limits:
                    count, ends = counters.counts.get(limit.field, (0, 0.0))
                    if ends <= now:
                        count, ends = 0, now + limit.window_ms
                    counters.counts[limit.field] = (count + 1, ends)
                    readings.append(Reading(limit, count + 1, round(ends - now)))
                    longest = max(longest, limit.window_ms)
                self._pages.put(page.key, counters, until=now + longest, now=now)
            return Count(tuple(readings))

    def _refuse(
        self,
        pages: Sequence[Page],
        kept: Sequence[_Counters],
        over: Sequence[tuple[int, Limit, float]],
        subject: str,
        now: float,
    ) -> Count:
        breached = {number for number, _, _ in over if pages[number].silence_ms > 0}
        retry = max(ends for _, _, ends in over) - now
        first = bool(breached)
        for number, _, ends in over:
            if number not in breached and kept[number].told <= now:
                kept[number].told = ends
                first = True
        for number in breached:
            page = pages[number]
            silenced = _Counters()
            names = tuple(limit.name for at, limit, _ in over if at == number)
            silenced.silence = (names, now + page.silence_ms)
            self._pages.put(page.key, silenced, until=silenced.silence[1], now=now)
            retry = page.silence_ms
        exceeded = tuple(limit.name for _, limit, _ in over)
        if first:
            at_ms = self._clock.unix_ms()
            self._violations.appendleft((at_ms, ",".join(exceeded), subject))
        readings = tuple(Reading(limit, limit.amount, round(retry)) for _, limit, _ in over)
        return Count(readings, exceeded, round(retry), silenced=False, first=first)

    def read(self, key: str) -> dict[str, tuple[str, int]]:
        """Field → (count or names, milliseconds left) of one page."""
        now = self._now()
        with self._lock:
            counters = self._pages.get(key, now)
            if counters is None:
                return {}
            found = {
                field: (str(count), round(ends - now))
                for field, (count, ends) in counters.counts.items()
                if ends > now
            }
            names, until = counters.silence
            if until > now:
                found["silence"] = (",".join(names), round(until - now))
            return found

    def clear(self, key: str) -> bool:
        with self._lock:
            return self._pages.pop(key, self._now()) is not None

    def keys(self, ending: str) -> list[str]:
        """The calls' pages that end like this."""
        with self._lock:
            pages = self._pages.items(self._now())
        return sorted(
            key for key, _ in pages if key.startswith("call:") and key.endswith(f":{ending}")
        )

    def violations(self, most: int) -> list[tuple[int, str, str]]:
        """(unix ms, names, subject), newest first."""
        return list(self._violations)[:most]

    def _now(self) -> float:
        return self._clock.monotonic() * 1000


def _silenced(page: Page, silence: tuple[tuple[str, ...], float], now: float) -> Count:
    names, until = silence
    limits = [limit for limit in page.limits if limit.name in names] or list(page.limits[-1:])
    readings = tuple(Reading(limit, limit.amount, round(until - now)) for limit in limits)
    exceeded = tuple(limit.name for limit in limits)
    return Count(readings, exceeded, round(until - now), silenced=True)
