"""Clocks that go as a test wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from askpro.clock import Clock


class StoppedClock(Clock):
    """Shows one instant until it is moved. ``monotonic`` moves along."""

    def __init__(self, instant: datetime) -> None:
        super().__init__()
        self.set(instant)

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()

    def set(self, instant: datetime) -> None:
        """Shows ``instant`` (aware) from now on."""
        self.__dict__["instant"] = instant.astimezone(UTC)

    def advance(self, span: timedelta | None = None, **parts: float) -> None:
        """Moves on by ``span``, or by the parts of one: ``clock.advance(minutes=5)``."""
        self.set(self.instant + (span or timedelta(**parts)))
