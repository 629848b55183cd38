"""Things that keep for a while, in memory, without growing for ever.

Not safe for threads: whoever owns a shelf holds a lock.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Key = TypeVar("Key")
Thing = TypeVar("Thing")

_SWEEP_SECONDS = 60.0


class Shelf(Generic[Key, Thing]):
    """A dict whose entries expire; expired ones are swept out now and then, in passing."""

    __slots__ = ("_kept", "_next_sweep")

    def __init__(self) -> None:
        self._kept: dict[Key, tuple[float, Thing]] = {}
        self._next_sweep = 0.0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key, now: float) -> Thing | None:
        entry = self._kept.get(key)
        return entry[1] if entry is not None and entry[0] > now else None

    def put(self, key: Key, thing: Thing, *, until: float, now: float) -> None:
        if now >= self._next_sweep:
            self._next_sweep = now + _SWEEP_SECONDS
            self.sweep(now)
        self._kept[key] = (until, thing)

    def pop(self, key: Key, now: float) -> Thing | None:
        entry = self._kept.pop(key, None)
        return entry[1] if entry is not None and entry[0] > now else None

    def items(self, now: float) -> list[tuple[Key, Thing]]:
        return [(key, thing) for key, (until, thing) in self._kept.items() if until > now]

    def sweep(self, now: float) -> None:
        for key in [key for key, (until, _) in self._kept.items() if until <= now]:
            del self._kept[key]

    def clear(self) -> None:
        self._kept.clear()
