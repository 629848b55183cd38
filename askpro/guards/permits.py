"""Leave to send one request to Cal.com: what is asked for, granted, and told back.

Knows the words that breaker, budget and their stores share. Refuses to know where they are kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from math import ceil
from typing import Any, Literal, NamedTuple

import orjson

from askpro.settings import Settings

#: What a request is for. Bookings leave before availability, availability before background work.
Kind = Literal["write", "read", "background"]
#: What became of it. ``answer``: Cal.com answered in its own right (slot taken, not found), which
#: neither trips nor resets the breaker. ``neutral``: an error of our own. ``unsent``: nothing left.
Outcome = Literal["success", "failure", "answer", "neutral", "unsent"]

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"


@dataclass(frozen=True)
class CircuitRules:
    """When a circuit opens, probes and closes, and what its account may send."""

    failures: int = 5
    open_seconds: float = 60
    successes: int = 2
    #: Lease of a request: a probe that has not come back by then is given up.
    lease_seconds: float = 15
    window_seconds: float = 60
    requests: int = 120
    kept_for_writes: int = 40
    kept_for_callers: int = 40

    def __post_init__(self) -> None:
        if min(self.failures, self.successes, self.requests) < 1:
            raise ValueError("failures, successes and requests are counts from 1")
        if min(self.lease_seconds, self.window_seconds) <= 0 or self.open_seconds < 0:
            raise ValueError("seconds cannot be negative")

    @classmethod
    def from_settings(cls, settings: Settings) -> CircuitRules:
        return cls(
            failures=settings.breaker_failures,
            open_seconds=settings.breaker_open_seconds,
            successes=settings.breaker_successes,
            lease_seconds=settings.breaker_probe_seconds,
            requests=settings.calcom_requests_per_minute,
            kept_for_writes=settings.calcom_requests_kept_for_writes,
            kept_for_callers=settings.calcom_requests_kept_for_callers,
        )

    @cached_property
    def reserves(self) -> Mapping[Kind, int]:
        """By kind, how much of the budget must be left for more urgent requests."""
        # Background work always keeps one request, or settling unknown bookings could starve.
        background = min(self.kept_for_writes + self.kept_for_callers, self.requests - 1)
        return {"write": 0, "read": self.kept_for_writes, "background": background}

    @cached_property
    def as_json(self) -> bytes:
        """As permit.lua reads them, milliseconds for seconds."""
        return orjson.dumps(
            {
                "threshold": self.failures,
                "open_ms": round(self.open_seconds * 1000),
                "successes": self.successes,
                "lease_ms": round(self.lease_seconds * 1000),
                "window_ms": round(self.window_seconds * 1000),
                "requests": self.requests,
            }
        )

    def share(self, workers: int) -> CircuitRules:
        """The rules of one of ``workers`` that cannot count together: its part of the budget."""
        if workers <= 1:
            return self
        requests = max(self.requests // workers, 1)
        return replace(
            self,
            requests=requests,
            kept_for_writes=min(ceil(self.kept_for_writes / workers), requests - 1),
            kept_for_callers=ceil(self.kept_for_callers / workers),
        )


@dataclass(slots=True, eq=False)
class Permit:
    """Leave for one request. Held from before it leaves until its outcome is settled.

    ``epoch`` is the circuit's when the permit was given: an outcome that comes back in a later one
    is history and changes nothing. ``shared``: counted in Redis, so its outcome belongs there.
    """

    circuit: str
    kind: Kind
    token: str | int
    epoch: int
    probe: bool
    left: int
    shared: bool
    begun: float = field(default_factory=time.monotonic)
    #: What Cal.com's headers said meanwhile.
    granted: int = -1
    reset_seconds: float = 0.0


class Settlement(NamedTuple):
    """The outcome of a permit, as it is kept. ``why`` is the error's class, never its text."""

    outcome: Outcome
    why: str = ""
    latency_ms: int = 0
    blocked_seconds: float = 0.0


@dataclass(frozen=True)
class Transition:
    """A circuit changed its state. Told once, by the worker whose request changed it."""

    service: str
    before: str
    after: str
    at: datetime
    failures: int
    why: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "from": self.before,
            "to": self.after,
            "at": self.at.isoformat(),
            "failures": self.failures,
            "why": self.why,
        }


@dataclass(frozen=True)
class CircuitSnapshot:
    """One circuit and its account's budget as they stand."""

    service: str
    state: str
    failures: int
    successes: int
    opened_at: datetime | None
    retry_seconds: float
    used: int
    blocked_seconds: float
    granted: int | None


def instant(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
