"""Times of day: what was said, and which hour of the twenty-four it can be.

"Um drei" is three in the afternoon in every shop, but "um acht" is two times where a branch is open
from eight to eight. Opening hours decide where they can; where they can't, both are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Literal

from askpro.booking.dates.lexicon import PARTS, PartOfDay
from askpro.booking.dates.values import Frame

#: Minutes since midnight of the day spoken of; 1440 and more are the next day's.
Minutes = int
NOON, MIDNIGHT = 720, 1440

#: Half of the day -> hours that are morning hours there, and those that are twelve hours later.
_SAME_IN: tuple[dict[str, range], dict[str, range]] = (
    {"am": range(0, 13), "noon": range(10, 13), "pm": range(12, 13)},
    {"noon": range(1, 5), "pm": range(1, 9), "evening": range(3, 12), "night": range(7, 12)},
)


@dataclass(frozen=True)
class Clock:
    """A time as it was said. ``choices`` are minutes since midnight, the literal one first.

    ``digits``: written, not spoken; ``loose``: like "3:30", which opening hours may take for the
    afternoon.
    ``grain`` is minute or hour. ``past_hour`` is set instead where only the minutes were said
    ("zwanzig nach"): the hour before or after it has to come from elsewhere. ``fold``,
    ``offset`` (minutes from UTC) and ``zoned`` are what an ISO time said of its zone.
    """

    choices: tuple[Minutes, ...]
    grain: Literal["minute", "hour"] = "minute"
    loose: bool = False
    digits: bool = False
    past_hour: int | None = None
    fold: int = 0
    offset: int | None = None
    zoned: bool = False

    @property
    def sure(self) -> bool:
        return len(self.choices) == 1

    def shifted(self, minutes: int) -> Clock:
        """So many minutes later, as in "zehn vor drei"."""
        moved = tuple((choice + minutes) % MIDNIGHT for choice in self.choices)
        return replace(self, choices=moved, grain="minute")


#: "Fünfundzwanzig Uhr": a time was said, and no clock has it.
NO_SUCH_TIME = Clock(())


@dataclass(frozen=True)
class Stretch:
    """From one time to another on the same day."""

    first: Clock
    last: Clock


def spoken(hour: int, minute: int = 0, *, grain: Literal["minute", "hour"] = "minute") -> Clock:
    """An hour as people say it: one to twelve leave the half of the day open."""
    if hour > 12 or hour == 0:
        return Clock(((hour % 24 * 60 + minute) if hour < 24 else MIDNIGHT + minute,), grain)
    literal = hour * 60 + minute
    return Clock((literal, (literal + NOON) % MIDNIGHT), grain)


def written(hour: int, minute: int, *, padded: bool) -> Clock:
    """ "3:18", "09:30", "14.30": digits mean what they say, unless the hours say otherwise."""
    if hour == 24:
        return Clock((MIDNIGHT,), digits=True)
    literal = hour * 60 + minute
    if 1 <= hour <= 7 and not padded:
        return Clock((literal, literal + NOON), loose=True, digits=True)
    return Clock((literal,), digits=True)


def at_half(clock: Clock, half: str) -> Clock:
    """The clock in that half of the day: "am", "noon", "pm", "evening", "night" or "small hours",
    which is what "nachts" right behind an hour means: "morgen um drei Uhr nachts" is tomorrow's.

    Unchanged where they can't go together ("nachmittags um elf") or the hour leaves no doubt.
    """
    literal = clock.choices[0]
    if not 0 < literal < 13 * 60:
        return clock
    hour, minute = divmod(literal, 60)
    if half == "small hours":
        return replace(clock, choices=(literal,)) if hour < 6 else at_half(clock, "night")
    if half in ("evening", "night") and hour in (12, 0):
        return replace(clock, choices=(MIDNIGHT + minute,))
    if half == "night" and hour < 6:
        return replace(clock, choices=(MIDNIGHT + literal,))
    if half in _SAME_IN[0] and hour in _SAME_IN[0][half]:
        return replace(clock, choices=(literal,))
    if half in _SAME_IN[1] and hour in _SAME_IN[1][half]:
        return replace(clock, choices=(literal + NOON,))
    return clock


def is_outside(clock: Clock, part: str) -> bool:
    """Whether a time surely lies outside a part of the day, an hour's grace granted."""
    named, choice = PARTS[part], clock.choices[0]
    if named.half == "night":
        return 7 * 60 <= choice < 21 * 60
    return not named.begins.hour * 60 - 60 <= choice <= named.ends.hour * 60 + 60


def hours_meant(clock: Clock, frame: Frame, day: date | None) -> tuple[Minutes, ...]:
    """The readings of ``clock`` that make sense: one, or two that are both as good."""
    meant = _plausible(clock, frame, day)
    if len(meant) > 1 and day == frame.today and meant[0] <= _now(frame):
        return meant[1:]  # "Heute nicht vor sechs", at nine in the morning, is the evening.
    return meant


def _plausible(clock: Clock, frame: Frame, day: date | None) -> tuple[Minutes, ...]:
    if clock.sure:
        return clock.choices
    literal, twin = clock.choices
    if clock.loose and frame.hours is None:
        return (literal,)
    windows = _windows(frame, day)
    inside = [choice for choice in clock.choices if _inside(choice, windows, frame)]
    if len(inside) == 1:
        if frame.hours is None and inside == [twin]:
            # Nothing is known of the business: shortly before eight in the morning is not absurd.
            early = windows[0][0] - literal
            if day == frame.today and literal <= _now(frame) < twin:
                return (twin,)
            if early < 60:
                return (literal,)
            return clock.choices if early <= 120 else (twin,)
        return tuple(inside)
    if inside:
        return clock.choices
    away = [min(_distance(choice, window) for window in windows) for choice in clock.choices]
    return (twin,) if away[1] < away[0] else (literal,)


def _now(frame: Frame) -> Minutes:
    return frame.now.hour * 60 + frame.now.minute


def stretch_meant(
    stretch: Stretch, frame: Frame, day: date | None
) -> tuple[tuple[Minutes, Minutes], ...]:
    """The (first, last) that make sense for "von 9 bis 11": the shortest, in opening hours."""
    pairs = []
    for first in stretch.first.choices:
        later = [last for last in stretch.last.choices if last > first]
        later += [last + MIDNIGHT for last in stretch.last.choices if last <= first]
        pairs.append((first, min(later)))
    shortest = min(last - first for first, last in pairs)
    pairs = [pair for pair in pairs if pair[1] - pair[0] == shortest]
    if len(pairs) == 1:
        return tuple(pairs)
    if stretch.first.loose and stretch.last.loose and frame.hours is None:
        return tuple(pairs[:1])
    windows = _windows(frame, day)
    shares = [sum(_overlap(pair, window) for window in windows) for pair in pairs]
    return (pairs[shares.index(max(shares))],)


def both(one: Clock, other: Clock) -> Clock | None:
    """What two mentions of one time agree on ("um drei, also fünfzehn Uhr"); None: they don't."""
    if one == other:
        return one
    agreed = tuple(choice for choice in one.choices if choice in other.choices)
    if not agreed:
        return None
    finer = one if one.grain == "minute" else other
    return replace(finer, choices=agreed, loose=one.loose and other.loose)


def as_time(minutes: Minutes) -> time:
    hour, minute = divmod(minutes % MIDNIGHT, 60)
    return time(hour, minute)


def part_named(name: str) -> PartOfDay:
    return PARTS[name]


def _windows(frame: Frame, day: date | None) -> Sequence[tuple[Minutes, Minutes]]:
    """Opening windows of that weekday in minutes; of the whole week where it is closed."""
    if frame.hours is None:
        return [(frame.plausible[0] * 60, frame.plausible[1] * 60)]
    weekly = frame.hours.weekly
    windows = weekly[day.weekday()] if day is not None else ()
    chosen = windows or [window for day_windows in weekly for window in day_windows]
    minutes = [
        (w.opens.hour * 60 + w.opens.minute, (w.closes.hour * 60 + w.closes.minute) or MIDNIGHT)
        for w in chosen
    ]
    return minutes or [(frame.plausible[0] * 60, frame.plausible[1] * 60)]


def _inside(choice: Minutes, windows: Sequence[tuple[Minutes, Minutes]], frame: Frame) -> bool:
    """Closing time itself counts as inside where the hours are known: a caller may well mean it."""
    if frame.hours is None:
        return any(opens <= choice < closes for opens, closes in windows)
    first, last = min(window[0] for window in windows), max(window[1] for window in windows)
    return first <= choice <= last


def _distance(choice: Minutes, window: tuple[Minutes, Minutes]) -> int:
    opens, closes = window
    return max(opens - choice, choice - closes, 0)


def _overlap(pair: tuple[Minutes, Minutes], window: tuple[Minutes, Minutes]) -> int:
    return max(0, min(pair[1], window[1]) - max(pair[0], window[0]))
