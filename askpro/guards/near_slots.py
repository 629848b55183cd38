"""Slots that this worker has lately read in Redis, kept until they are no longer fresh.

What makes them outdated is known before they are used: each request hears the mark of its company
(it changes with every change of a booking) along with its first question. Kept ready for use, they
cost neither a round trip nor a second look at some hundred times. What is no longer fresh is let
go: a worker's memory follows what is asked now, not all that was asked since it began.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from cachetools import TLRUCache

#: As Redis has them; ready for use they are about three times as big.
_MOST_BYTES = 8_000_000


@dataclass(frozen=True)
class Near:
    """``value`` as it is used, and ``written`` as Redis has it, fetched at ``at_ms`` by its clock.

    ``since`` and ``until``: when it was fetched and how long it is fresh, by the monotonic clock.
    """

    mark: str
    value: Any
    written: bytes
    at_ms: int
    since: float
    until: float


class NearSlots:
    """By cache entry; shared by the threads of a worker."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: TLRUCache[str, Near] = TLRUCache(
            _MOST_BYTES, ttu=lambda _entry, near, _now: near.until, getsizeof=_bytes
        )

    def get(self, entry: str, mark: str | None) -> Near | None:
        """What is kept under the company's present ``mark`` and still fresh."""
        with self._lock:
            near = self._kept.get(entry)
        return near if near is not None and near.mark == mark else None

    def put(self, entry: str, near: Near) -> None:
        with self._lock:
            if _bytes(near) <= _MOST_BYTES:
                self._kept[entry] = near

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


def _bytes(near: Near) -> int:
    return len(near.written)
