"""Slots that this worker has lately read in Redis, kept until they are no longer fresh.

What makes them outdated is known before they are used: each request hears the mark of its company
(it changes with every change of a booking) along with its first question. Kept ready for use, they
cost neither a round trip nor a second look at some hundred times.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache

#: A window of two weeks has some hundred slots: together a few megabytes.
_MOST_ENTRIES = 512


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
        self._kept: LRUCache[str, Near] = LRUCache(_MOST_ENTRIES)

    def get(self, entry: str, mark: str | None, now: float) -> Near | None:
        """What is kept under the company's present ``mark`` and still fresh."""
        with self._lock:
            near = self._kept.get(entry)
        return near if near is not None and near.mark == mark and near.until > now else None

    def put(self, entry: str, near: Near) -> None:
        with self._lock:
            self._kept[entry] = near

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
