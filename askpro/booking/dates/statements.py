"""What was said, before anybody looks at a calendar: days, times and parts of the day.

A statement is what stands between two corrections ("nein, doch") or choices ("oder"). How later
statements bear on earlier ones is told here, too (:func:`alternatives_of`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from typing import Literal

from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.clock import Clock, Stretch, is_outside
from askpro.booking.dates.values import Relation


@dataclass(frozen=True)
class Part:
    """A part of the day by its German name."""

    name: str


@dataclass(frozen=True)
class Offset:
    """Minutes from now: "in einer halben Stunde"; ``last`` differs in "in den nächsten …"."""

    first: int
    last: int


@dataclass(frozen=True)
class SameTime:
    """ "Um dieselbe Zeit": the time is the one said before."""


@dataclass(frozen=True)
class RightNow:
    """ "Jetzt": counts only where nothing else was said."""


@dataclass(frozen=True)
class Soonest:
    """ "So bald wie möglich": from now on; counts only where nothing else was said."""


#: So many choices of one argument are kept: more could not be read out anyway.
MOST_CHOICES = 4

What = Days | Clock | Stretch | Part | Offset | SameTime | RightNow | Soonest


@dataclass(frozen=True)
class Said:
    what: What
    relation: Relation = "at"


@dataclass(frozen=True)
class Statement:
    """``joined`` tells what it is to the one before: the start, a correction or a choice.

    ``anchored``: its days count from the day spoken of before ("am Mittwoch drauf").
    """

    joined: Literal["start", "correct", "or"]
    said: tuple[Said, ...]
    anchored: bool = False

    def without_what_is_over(self) -> Statement:
        """ "Gestern um drei war ich da, geht es morgen?": what is past leaves with its time."""
        ahead = [days for days, _ in self.days if days.word != "past"]
        if not ahead or len(ahead) == len(self.days):
            return self
        kept, over = [], False
        for said in self.said:
            if isinstance(said.what, Days):
                over = said.what.word == "past"
            if not over:
                kept.append(said)
        return replace(self, said=tuple(kept))

    @property
    def days(self) -> tuple[tuple[Days, Relation], ...]:
        return tuple((s.what, s.relation) for s in self.said if isinstance(s.what, Days))

    @property
    def clocks(self) -> tuple[tuple[Clock, Relation], ...]:
        return tuple((s.what, s.relation) for s in self.said if isinstance(s.what, Clock))

    @property
    def parts(self) -> tuple[tuple[Part, Relation], ...]:
        return tuple((s.what, s.relation) for s in self.said if isinstance(s.what, Part))

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        return tuple(s.what for s in self.said if isinstance(s.what, Stretch))

    @property
    def offset(self) -> Offset | None:
        return next((s.what for s in self.said if isinstance(s.what, Offset)), None)

    @property
    def is_now(self) -> bool:
        return any(isinstance(s.what, RightNow) for s in self.said)

    @property
    def is_soonest(self) -> bool:
        return any(isinstance(s.what, Soonest) for s in self.said)

    @property
    def times(self) -> tuple[Said, ...]:
        return tuple(s for s in self.said if isinstance(s.what, Clock | Stretch | Part | Offset))

    @property
    def says_something(self) -> bool:
        return bool(self.days or self.times or self._same_time)

    @property
    def _same_time(self) -> bool:
        return any(isinstance(s.what, SameTime) for s in self.said)


def alternatives_of(statements: Iterable[Statement]) -> list[Statement]:
    """What is left when every correction is made: one statement, or several joined by "oder".

    A correction replaces only what it names: "Mittwoch um neun, nein, Donnerstag" stays at nine.
    """
    chosen: list[Statement] = []
    for statement in statements:
        if not chosen or statement.joined == "or":
            chosen.append(statement)
        elif statement.days:
            chosen = [_corrected(chosen[-1], statement)]
        else:
            chosen = [_corrected(one, statement) for one in chosen]
    return _one_stretch_of_parts(_filled(chosen)) if len(chosen) > 1 else chosen


def together(arguments: Sequence[Sequence[Statement]]) -> list[Statement]:
    """The arguments of one function call, each with its own corrections, as one wish.

    A part of the day in one of them that the clock time of another contradicts ("morgen
    nachmittag", "10:00") makes two choices.
    """
    choices = [alternatives_of(each)[:MOST_CHOICES] for each in arguments]
    wishes = [_joined(choice) for choice in product(*choices)]
    return [replace(one, joined="or") for wish in wishes for one in _without_contradiction(wish)]


def _without_contradiction(wish: Statement) -> list[Statement]:
    clocks = [clock for clock, _ in wish.clocks if clock.sure]
    if not any(is_outside(clock, part.name) for clock in clocks for part, _ in wish.parts):
        return [wish]
    kinds = (Clock, Part)
    return [
        replace(wish, said=tuple(s for s in wish.said if not isinstance(s.what, other)))
        for other in kinds
    ]


def _joined(statements: Sequence[Statement]) -> Statement:
    said = tuple(s for statement in statements for s in statement.said)
    return Statement("start", said, any(statement.anchored for statement in statements))


def _corrected(old: Statement, new: Statement) -> Statement:
    days = [s for s in new.said if isinstance(s.what, Days)]
    if not days:
        days = [s for s in old.said if isinstance(s.what, Days)]
    elif not new.anchored:
        days = [*_kept_frame(old, new), *days]
    times = list(new.times)
    if not times:
        times = list(old.times)
    elif all(isinstance(s.what, Clock) for s in times):
        times = [_with_hour(s, old) for s in times]
        parts = [s for s in old.said if isinstance(s.what, Part)]
        if not new.days or not old.days:
            times = [*parts, *times]
    return Statement(old.joined, (*days, *times), new.anchored)


def _kept_frame(old: Statement, new: Statement) -> list[Said]:
    """ "Nächste Woche Mittwoch, nein, Donnerstag": the week stays, "nein, übernächste Woche": the
    weekday does; "am dritten Mai, nein, am vierten": the month."""
    words = {days.word for days, _ in new.days}
    if words == {"week"} and any(days.word == "week" for days, _ in old.days):
        return [s for s in old.said if isinstance(s.what, Days) and s.what.word == "weekday"]
    if words == {"weekday"}:
        return [s for s in old.said if isinstance(s.what, Days) and _frames_a_weekday(s.what)]
    if words == {"day_of_month"}:
        for days, _ in old.days:
            if days.word == "date" and len({span[0].month for span in days.spans}) == 1:
                spans = tuple((s[0].replace(day=1), s[0].replace(day=28)) for s in days.spans)
                longer = tuple((first, _end_of_month(last)) for first, last in spans)
                return [Said(Days("month", "month", longer))]
    return []


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _frames_a_weekday(days: Days) -> bool:
    return days.grain in ("week", "month") and days.word in ("week", "month", "edge", "feast")


def _with_hour(said: Said, old: Statement) -> Said:
    """ "Um drei, nein, zwanzig nach": the minutes of the correction, the hour from before."""
    clock = said.what
    if not isinstance(clock, Clock) or clock.past_hour is None or not old.clocks:
        return said
    hours = tuple(choice // 60 * 60 + clock.past_hour for choice in old.clocks[-1][0].choices)
    return Said(Clock(hours), said.relation)


def _filled(statements: list[Statement]) -> list[Statement]:
    """ "Montag oder Dienstag um zehn": both at ten. "Montag um neun oder elf": both on Monday."""
    days = next((s.days for s in statements if s.days), ())
    times = next((s.times for s in reversed(statements) if s.times), ())
    full = []
    for place, statement in enumerate(statements):
        said = statement.said
        if not statement.days:
            said = (*(Said(what, relation) for what, relation in days), *said)
        elif {what.word for what, _ in statement.days} == {"weekday"}:
            following = statements[place + 1].said if place + 1 < len(statements) else ()
            said = (*_same_week(days, statement.days[0][0]), *_frame_behind(following), *said)
        if not statement.times:
            said = (*said, *times)
        full.append(replace(statement, said=said))
        if statement.days:
            days = statement.days
    return full


def _frame_behind(said: Sequence[Said]) -> list[Said]:
    """ "(Dienstag oder) Mittwoch zwischen den Jahren": what is said behind the last weekday holds
    for all of them, but not the week of "Freitag oder nächste Woche Montag"."""
    days = [one for one in said if isinstance(one.what, Days)]
    if len(days) != 2 or not isinstance(days[0].what, Days) or days[0].what.word != "weekday":
        return []
    return [one for one in days[1:] if isinstance(one.what, Days) and _frames_a_weekday(one.what)]


def _same_week(days: Sequence[tuple[Days, Relation]], new: Days) -> list[Said]:
    """ "Nächste Woche Mittwoch oder Donnerstag": the week holds for both, this week's only while
    its days go on."""
    week = next((what for what, _ in days if what.word == "week" and what.grain == "week"), None)
    named = next((what for what, _ in days if what.word == "weekday"), None)
    if week is None or named is None or (week.number < 1 and new.number <= named.number):
        return []
    return [Said(week)]


def _one_stretch_of_parts(statements: list[Statement]) -> list[Statement]:
    """ "Vormittags oder mittags" is no question but one longer part of the same day."""
    same_day = len({statement.days for statement in statements}) == 1
    only_parts = all(
        s.times and all(isinstance(said.what, Part) for said in s.times) for s in statements
    )
    return [_joined(statements)] if same_day and only_parts else statements
