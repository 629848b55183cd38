"""Things that the dashboard keeps for seconds, shared by the threads of a worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from cachetools import TTLCache

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


class Kept(Generic[Key, Thing]):
    """At most ``most`` things, each for ``seconds``."""

    def __init__(self, most: int, seconds: float) -> None:
        self._things: TTLCache[Key, Thing] = TTLCache(most, seconds)
        self._lock = threading.Lock()

    def get(self, key: Key) -> Thing | None:
        with self._lock:
            return self._things.get(key)

    def put(self, key: Key, thing: Thing) -> Thing:
        with self._lock:
            self._things[key] = thing
        return thing

    def or_else(self, key: Key, ask: Callable[[], Thing]) -> Thing:
        """What is kept, else the answer of ``ask``; two threads may both ask."""
        known = self.get(key)
        return self.put(key, ask()) if known is None else known

    def all_of(self, keys: Iterable[Key]) -> dict[Key, Thing]:
        """Those of the keys that are kept."""
        with self._lock:
            return {key: self._things[key] for key in keys if key in self._things}

    def clear(self) -> None:
        with self._lock:
            self._things.clear()
