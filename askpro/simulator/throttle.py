"""Cal.com's rate limit, and a book of every request that arrived.

The limit is Cal.com's (calcom.md §6): so many requests in a window of 60 seconds that starts with
the first one, then blocked for 60 seconds. The book is ours: tests read from it what really left
the gateway, in any sliding 60 seconds. Both run on the machine's clock, not on the family's.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

WINDOW = 60.0
_KEPT = 100_000


@dataclass(frozen=True)
class Verdict:
    """What the headers say. ``allowed`` false = 429."""

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """With the suffix that Cal.com appends."""
        return {
            "X-RateLimit-Limit-Default": str(self.limit),
            "X-RateLimit-Remaining-Default": str(self.remaining),
            "X-RateLimit-Reset-Default": str(self.reset_seconds),
        }


@dataclass
class _Bucket:
    opened: float
    count: int = 0
    blocked_until: float = 0.0


class Throttle:
    """``per_minute`` 0 switches the limit off."""

    def __init__(self, per_minute: int = 120, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self.block_seconds = 60.0
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, bucket: str) -> Verdict:
        """Count one request of the bucket (an Authorization value, or an address)."""
        now = self._clock()
        limit = self.per_minute
        if not limit:
            return Verdict(True, 1_000_000, 1_000_000, 60)
        with self._lock:
            state = self._buckets.get(bucket)
            over = state is None or now - state.opened >= WINDOW
            if state is None or (over and now >= state.blocked_until):
                state = self._buckets[bucket] = _Bucket(now)
            if now < state.blocked_until:
                return Verdict(False, limit, 0, _up(state.blocked_until - now))
            state.count += 1
            if state.count > limit:
                state.blocked_until = now + self.block_seconds
                return Verdict(False, limit, 0, _up(self.block_seconds))
            return Verdict(True, limit, limit - state.count, _up(state.opened + WINDOW - now))

    def forget(self) -> None:
        with self._lock:
            self._buckets.clear()


def _up(seconds: float) -> int:
    return max(0, int(-(-seconds // 1)))


class RequestBook:
    """The last requests to the API: when, what, by whom, answered how."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._total = 0

    def arrived(self, what: Mapping[str, Any], *, at: float) -> dict[str, Any]:
        """Note a request (method, path, route, query, body, version). The entry that is returned
        takes what is known later: account, status, fault, ms."""
        entry = {"at": at, "account": "nobody", "status": None, "fault": None, "ms": None, **what}
        with self._lock:
            self._total += 1
            self._seen.append(entry)
        return entry

    def forget(self) -> None:
        with self._lock:
            self._seen.clear()
            self._total = 0

    def summary(self, *, path: str | None = None, full: bool = False) -> dict[str, Any]:
        """Counts by route, account, status and minute, and the busiest sliding 60 seconds."""
        now = self._clock()
        with self._lock:
            rows = sorted(
                (r for r in self._seen if not path or str(r["path"]).startswith(path)),
                key=lambda row: row["at"],
            )
            total = self._total
        accounts: dict[str, list[float]] = {}
        for row in rows:
            accounts.setdefault(str(row["account"]), []).append(row["at"])
        shown: dict[str, Any] = {
            "total": total if not path else len(rows),
            "by_route": dict(Counter(f"{r['method']} {r['route']}" for r in rows)),
            "by_status": dict(Counter(str(r["status"] or "under way") for r in rows)),
            "by_account": {name: len(times) for name, times in accounts.items()},
            "by_minute": dict(Counter(f"-{int((now - r['at']) // 60)}" for r in rows)),
            "max_in_60_seconds": max_in_window([r["at"] for r in rows]),
            "max_in_60_seconds_by_account": {
                name: max_in_window(times) for name, times in accounts.items()
            },
        }
        if full:
            shown["requests"] = [
                {**row, "at": round(row["at"] - now, 3)}  # seconds ago, negative
                for row in rows[-1000:]
            ]
        return shown


def max_in_window(times: list[float], window: float = WINDOW) -> int:
    """Most of the ascending ``times`` that lie in any half-open stretch of ``window`` seconds."""
    return max((bisect_left(times, t + window) - n for n, t in enumerate(times)), default=0)
