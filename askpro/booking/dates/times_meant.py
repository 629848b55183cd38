"""The times of day that one statement can mean on one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone

from askpro.booking.dates import questions
from askpro.booking.dates.clock import (
    MIDNIGHT,
    NO_SUCH_TIME,
    Clock,
    as_time,
    at_half,
    both,
    hours_meant,
    part_named,
    stretch_meant,
)
from askpro.booking.dates.statements import Part, Statement
from askpro.booking.dates.values import Frame, Grain, Relation


@dataclass(frozen=True)
class TimeMeant:
    """Minutes of the day spoken of; ``first`` or ``last`` None is open.

    ``digits``: written, not spoken. ``zoned``: an offset was said, so no clock change is in doubt,
    and ``fold`` tells which of two equal times it is.
    """

    first: int | None
    last: int | None
    grain: Grain
    relation: Relation
    part: str | None = None
    digits: bool = False
    fold: int = 0
    zoned: bool = False


class Ask(Exception):
    """The words can't be right as they are; ``question`` says why."""

    def __init__(self, question: str) -> None:
        self.question = question
        super().__init__(question)


def times_meant(statement: Statement, frame: Frame, day: date | None) -> list[TimeMeant]:
    """What the statement's times can mean on ``day`` (None: on any); empty where none were said."""
    halves = [part_named(part.name).half for part, _ in statement.parts]
    found: list[TimeMeant] = []
    for stretch in statement.stretches:
        for half in halves:
            first, last = at_half(stretch.first, half), at_half(stretch.last, half)
            stretch = replace(stretch, first=first, last=last)
        grain = _grain(stretch.first, stretch.last)
        pairs = stretch_meant(stretch, frame, day)
        found += [TimeMeant(first, last, grain, "between") for first, last in pairs]
    return found or _clocks(statement, frame, day) or _part_of_day(statement)


def _grain(*clocks: Clock) -> Grain:
    return "minute" if any(clock.grain == "minute" for clock in clocks) else "hour"


def _halves(statement: Statement, clock: Clock, *, today: bool) -> list[str]:
    """The halves of the day that the parts put ``clock`` into."""
    halves = [part_named(part.name).half for part, _ in statement.parts]
    what = [said.what for said in statement.said]
    behind = what[what.index(clock) + 1 :][:1]
    if halves == ["night"] and isinstance(behind[0] if behind else None, Part) and not today:
        return ["small hours"]
    return halves


def _clocks(statement: Statement, frame: Frame, day: date | None) -> list[TimeMeant]:
    clocks: list[tuple[Clock, Relation]] = []
    for clock, relation in statement.clocks:
        if not clock.choices:
            continue
        for half in _halves(statement, clock, today=day in (None, frame.today)):
            clock = at_half(clock, half)
        clocks.append((clock, relation))
    if any(clock == NO_SUCH_TIME for clock, _ in statement.clocks):
        raise Ask(questions.no_such_time())
    if statement.clocks and not clocks:
        raise Ask(questions.which_hour())
    begins = [clock for clock, relation in clocks if relation in ("from", "at")]
    ends = [clock for clock, relation in clocks if relation == "until"]
    if len(begins) == 1 and len(ends) == 1 and len(clocks) == 2:
        return [_from_to(begins[0], ends[0], frame, day)]
    return [
        _meant(clock, relation, minutes, frame, day)
        for clock, relation in _agreed(clocks)
        for minutes in hours_meant(clock, frame, day)
    ]


def _from_to(begin: Clock, end: Clock, frame: Frame, day: date | None) -> TimeMeant:
    """ "Nach zwei, aber vor vier": two limits are a stretch."""
    first = hours_meant(begin, frame, day)[0]
    last = min((choice for choice in end.choices if choice > first), default=None)
    return TimeMeant(first, last, _grain(begin, end), "between")


def _meant(
    clock: Clock, relation: Relation, minutes: int, frame: Frame, day: date | None
) -> TimeMeant:
    local = _local(clock, minutes, day, frame)
    until = relation == "until"
    return TimeMeant(
        None if until else local,
        local if until else None,
        clock.grain,
        relation,
        digits=clock.digits,
        fold=clock.fold,
        zoned=clock.zoned or clock.offset is not None,
    )


def _agreed(clocks: Sequence[tuple[Clock, Relation]]) -> list[tuple[Clock, Relation]]:
    """Mentions of the same time become one; those that differ stay, to be asked about."""
    kept: list[tuple[Clock, Relation]] = []
    for clock, relation in clocks:
        for place, (other, earlier) in enumerate(kept):
            agreed = both(other, clock)
            if agreed:
                kept[place] = agreed, earlier if relation == "at" else relation
                break
        else:
            kept.append((clock, relation))
    return kept


def _local(clock: Clock, minutes: int, day: date | None, frame: Frame) -> int:
    """A time with an offset of its own ("14:30:00Z"), as minutes of the branch's local day."""
    if clock.offset is None:
        return minutes
    day = day or frame.today
    zone = timezone(timedelta(minutes=clock.offset))
    local = datetime.combine(day, as_time(minutes), tzinfo=zone).astimezone(frame.now.tzinfo)
    return (local.date() - day).days * MIDNIGHT + local.hour * 60 + local.minute


def _part_of_day(statement: Statement) -> list[TimeMeant]:
    """The part of the day, or from the first to the last of several."""
    if not statement.parts:
        return []
    named = [part_named(part.name) for part, _ in statement.parts]
    relation = next((r for _, r in statement.parts if r in ("from", "until")), "at")
    first = min(_minutes(part.begins) for part in named)
    last = max(_minutes(part.ends) for part in named)
    names = list(dict.fromkeys(part.name for part in named))
    name = names[0] if len(names) == 1 else f"{names[0]} bis {names[-1]}"
    if last <= first:
        last += MIDNIGHT
    if relation == "from":
        return [TimeMeant(first, None, "part_of_day", "from", name)]
    if relation == "until":
        return [TimeMeant(None, first, "part_of_day", "until", name)]
    return [TimeMeant(first, last, "part_of_day", "at", name)]


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
