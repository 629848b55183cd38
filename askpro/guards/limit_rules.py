"""Fixed windows, counted from their first request: what is counted, and what came of it.

Knows the words that the two books of counters share. Refuses to know companies, calls and Flask.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``amount`` in ``window_ms``. ``field`` is the counter's name in its page, ``name``
    the one that callers are told."""

    field: str
    name: str
    amount: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Page:
    """The counters of one call, company and route kind, or address.

    ``silence_ms`` > 0: whoever exceeds one of its limits is not heard for so long, whatever they
    ask; then all counters of the page start again.
    """

    key: str
    limits: tuple[Limit, ...]
    silence_ms: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One limit after a request: how much of it is used, and when its window ends."""

    limit: Limit
    used: int
    ends_ms: int

    @property
    def remaining(self) -> int:
        return max(self.limit.amount - self.used, 0)


@dataclass(frozen=True, slots=True)
class Count:
    """What came of counting one request. A refused one has consumed nothing.

    ``readings`` holds every limit that was counted; of a refused request the exceeded ones.
    ``silenced`` is true for a request that met an earlier breach's silence; ``first`` for the one
    that is to be noted as a violation.
    """

    readings: tuple[Reading, ...]
    exceeded: tuple[str, ...] = ()
    retry_ms: int = 0
    silenced: bool = False
    first: bool = False

    @property
    def refused(self) -> bool:
        return bool(self.exceeded)

    @property
    def nearest(self) -> Reading:
        """The limit nearest to its end: what the headers show."""
        return min(self.readings, key=lambda reading: (reading.remaining, -reading.ends_ms))
