"""When the other side last answered for real, so that nobody has to probe it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from askpro import trace
from askpro.clock import Clock
from askpro.guards.circuits import TRIAL_PREFIX
from askpro.providers.calcom_transport import Attempt


class LastCalls:
    """The last call to each external service, as seen by this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[datetime, str, float]] = {}

    def note(self, service: str, outcome: str, milliseconds: float) -> None:
        self._seen[service] = (self._clock.now(), outcome, milliseconds)

    def note_attempt(self, attempt: Attempt) -> None:
        """Cal.com's client tells of every attempt; it also becomes a step of the request."""
        if attempt.account.startswith(TRIAL_PREFIX):
            return
        self.note("calcom", attempt.outcome, attempt.milliseconds)
        verdict = attempt.outcome if attempt.status is None else f"{attempt.status}"
        trace.add_step(f"calcom {attempt.method} {attempt.resource}", attempt.milliseconds, verdict)

    def of(self, service: str) -> dict[str, Any] | None:
        """``{at, outcome, ms}``; None when this process never called it."""
        seen = self._seen.get(service)
        if seen is None:
            return None
        at, outcome, milliseconds = seen
        return {"at": at.isoformat(), "outcome": outcome, "ms": round(milliseconds, 1)}
