"""What a spoken date or time is understood to mean, as plain values.

All of it is local wall-clock time of the branch. A day or a time that was not said is None: nothing
here ever fills a gap with a default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal, Protocol

Relation = Literal["at", "from", "until", "between", "around"]
Grain = Literal["minute", "hour", "part_of_day", "day", "weekend", "week", "month", "year"]


@dataclass(frozen=True)
class Moment:
    """A day, a time of day, or both. ``time`` carries ``fold`` where an offset told it."""

    date: date | None
    time: time | None = None


@dataclass(frozen=True)
class Reading:
    """One way to take what was said.

    ``start`` and ``end`` enclose it: the end's time is exclusive, a day without a time is meant
    whole. ``relation`` says how the caller tied it down; with ``until`` only the end is known and
    ``start`` has no time. ``part`` is the German name of a part of the day ("nachmittags").
    ``day_said`` is False when only a time was named: the day is then the next on which it comes.
    """

    start: Moment
    end: Moment | None
    grain: Grain
    relation: Relation = "at"
    part: str | None = None
    day_said: bool = True

    @property
    def exact(self) -> bool:
        """True when this is one instant that can be checked and booked as it stands."""
        return (
            self.grain in ("minute", "hour")
            and self.relation in ("at", "around")
            and self.start.date is not None
            and self.start.time is not None
        )


@dataclass(frozen=True)
class Understanding:
    """Every reading that makes sense, and the German question to ask when it isn't just one.

    No readings and no question: nothing of a date or time was understood.
    """

    readings: tuple[Reading, ...] = ()
    question: str | None = None

    @property
    def reading(self) -> Reading | None:
        """The one reading that needs no question, else None."""
        return self.readings[0] if len(self.readings) == 1 and self.question is None else None


class OpenWindow(Protocol):
    """Open from ``opens`` until before ``closes``; ``closes`` 00:00 is midnight."""

    @property
    def opens(self) -> time: ...

    @property
    def closes(self) -> time: ...


class Hours(Protocol):
    """What this package needs of opening hours: the windows of a week, Monday first."""

    @property
    def weekly(self) -> Sequence[Sequence[OpenWindow]]: ...


@dataclass(frozen=True)
class Frame:
    """Where the speaker stands in time.

    ``now`` is aware and local. ``anchor`` is the day last spoken of, for "am Mittwoch drauf";
    ``plausible`` is [first, last) of the hours that a bare hour may mean where ``hours`` is None.
    """

    now: datetime
    hours: Hours | None = None
    plausible: tuple[int, int] = (8, 20)
    anchor: date | None = None

    @property
    def today(self) -> date:
        return self.now.date()
