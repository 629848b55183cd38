"""The one clock of a process. Everything that asks "when" is handed one.

Knows how to shift a whole process family by one fixed offset (``ASKPRO_CLOCK``); refuses to know
time zones: an instant is aware and UTC, local time belongs to :mod:`askpro.booking`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Clock:
    """A clock that runs at real speed, ``offset`` away from the machine's."""

    offset: timedelta = timedelta(0)

    @classmethod
    def starting_at(cls, instant: datetime) -> Clock:
        """A clock that reads ``instant`` (aware) now and goes on from there."""
        return cls(instant - datetime.now(UTC))

    def now(self) -> datetime:
        """The current instant: aware, UTC."""
        return datetime.now(UTC) + self.offset

    def unix_ms(self) -> int:
        """The current instant as Retell writes it: milliseconds since 1970, UTC."""
        return int(self.now().timestamp() * 1000)

    @staticmethod
    def monotonic() -> float:
        """Seconds from an arbitrary start, for deadlines and durations."""
        return time.monotonic()
