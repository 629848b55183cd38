"""When an event type is free before anybody has booked: listed instants or weekly rules.

Knows local wall clocks and their instants; refuses to know bookings.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")


class FreeTimes(Protocol):
    def between(self, start: datetime, end: datetime) -> Sequence[datetime]:
        """Free starts in [start, end], UTC, ascending."""

    def has(self, start: datetime) -> bool:
        """Whether this very instant is a free start."""

    def add(self, start: datetime) -> None:
        """Make one more instant free: the start of a booking that was cancelled or moved."""

    def copy(self) -> FreeTimes:
        """A free-standing copy, so that a reset finds the world as it was."""


def wall_clock(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of a local time; None inside the hour that the clock change skips."""
    local = datetime.combine(day, at, tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return None
    return moment


class ListedTimes:
    """Free exactly at the given local times: ``{"2026-10-20": ["14:30", ...]}``."""

    def __init__(self, listed: Mapping[str, Sequence[str]], zone: ZoneInfo) -> None:
        self._starts = sorted(
            moment
            for day, times in listed.items()
            for at in times
            if (moment := wall_clock(date.fromisoformat(day), time.fromisoformat(at), zone))
        )
        self._known = set(self._starts)

    def between(self, start: datetime, end: datetime) -> Sequence[datetime]:
        return self._starts[bisect_left(self._starts, start) : bisect_right(self._starts, end)]

    def has(self, start: datetime) -> bool:
        return start in self._known

    def add(self, start: datetime) -> None:
        if start not in self._known:
            self._known.add(start)
            insort(self._starts, start)

    def copy(self) -> ListedTimes:
        twin = ListedTimes({}, ZoneInfo("UTC"))
        twin._starts = list(self._starts)
        twin._known = set(self._known)
        return twin


class WeeklyTimes:
    """Free by weekly windows: ``{"Mo-Fr": ["09:00-12:30", "13:30-18:00"], "Sa": [...]}``.

    A start every ``interval`` minutes, the last one ``interval`` before the window closes.
    ``busy_share`` of the half hours is taken by customers that nobody here knows: the same half
    hours for all event types of one calendar (``seed``), and the same on every day it is asked.
    """

    def __init__(
        self,
        weekly: Mapping[str, Sequence[str]],
        interval: int,
        zone: ZoneInfo,
        *,
        busy_share: float = 0.0,
        seed: str = "",
    ) -> None:
        self._windows = _windows(weekly)
        self._interval = interval
        self._zone = zone
        self._busy_share = busy_share
        self._seed = seed
        self._days: dict[date, list[datetime]] = {}
        self._extra: set[datetime] = set()

    def between(self, start: datetime, end: datetime) -> Sequence[datetime]:
        found: list[datetime] = []
        day = start.astimezone(self._zone).date()
        last = end.astimezone(self._zone).date()
        while day <= last:
            found += self._on(day)
            day += timedelta(days=1)
        found += self._extra
        return sorted({moment for moment in found if start <= moment <= end})

    def has(self, start: datetime) -> bool:
        return start in self._extra or start in self._on(start.astimezone(self._zone).date())

    def add(self, start: datetime) -> None:
        self._extra.add(start)

    def copy(self) -> WeeklyTimes:
        twin = WeeklyTimes(
            {}, self._interval, self._zone, busy_share=self._busy_share, seed=self._seed
        )
        twin._windows = self._windows
        twin._extra = set(self._extra)
        return twin

    def _on(self, day: date) -> list[datetime]:
        known = self._days.get(day)
        if known is None:
            known = [
                moment
                for opens, closes in self._windows[day.weekday()]
                for at in range(opens, closes - self._interval + 1, self._interval)
                if (moment := wall_clock(day, time(at // 60, at % 60), self._zone))
                and not self._busy(day, at)
            ]
            self._days[day] = known
        return known

    def _busy(self, day: date, minute: int) -> bool:
        if not self._busy_share:
            return False
        dice = zlib.crc32(f"{self._seed}|{day}|{minute // 30}".encode()) % 1000
        return dice < self._busy_share * 1000


def _windows(weekly: Mapping[str, Sequence[str]]) -> list[list[tuple[int, int]]]:
    windows: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for days, spans in weekly.items():
        first, _, last = days.partition("-")
        numbers = range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1)
        for span in spans:
            opens, _, closes = span.partition("-")
            for number in numbers:
                windows[number].append((_minute(opens), _minute(closes)))
    return windows


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
