"""From statements to readings: the calendar, the hours and the clock of the branch are asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from askpro.booking.dates import questions
from askpro.booking.dates.agreement import settle
from askpro.booking.dates.calendar_days import ONE_DAY, Days, Span, weekday
from askpro.booking.dates.clock import MIDNIGHT, as_time
from askpro.booking.dates.statements import Statement, alternatives_of
from askpro.booking.dates.times_meant import Ask, TimeMeant, times_meant
from askpro.booking.dates.values import Frame, Grain, Moment, Reading, Relation, Understanding

_MOST_READINGS = 6


def resolve(statements: Iterable[Statement], frame: Frame) -> Understanding:
    """Every reading of the statements, with the question that more or less than one asks for."""
    readings: list[Reading] = []
    sure = True
    try:
        for statement in alternatives_of(statements):
            found, beyond_doubt = _readings(statement.without_what_is_over(), frame)
            sure = sure and beyond_doubt
            readings += [reading for reading in found if reading not in readings]
    except Ask as ask:
        return Understanding((), ask.question)
    readings = readings[:_MOST_READINGS]
    if len(readings) > 1 or (readings and not sure):
        return Understanding(tuple(readings), questions.which_one(readings, frame.today))
    return Understanding(tuple(readings))


def _readings(statement: Statement, frame: Frame) -> tuple[list[Reading], bool]:
    """(readings, whether they are beyond doubt) of one statement."""
    if statement.offset and not statement.clocks and not statement.stretches:
        soon = _from_now(statement, frame)
        others = [days for days, _ in statement.days]
        fits = all(soon.start.date and days.allows(soon.start.date) for days in others)
        return [soon], fits  # "Mittwoch so in einer Stunde", said on a Tuesday, is asked about.
    mentions = statement.days
    if not mentions:
        return _without_a_day(statement, frame)
    for days, _ in mentions:
        if days.impossible:
            raise Ask(questions.no_such_date(*days.impossible))
    spans, grain, relation, agreed = _spans(mentions, frame.today)
    says_today = any(days.word == "near" and days.allows(frame.today) for days, _ in mentions)
    found: list[Reading] = []
    for span in spans:
        times = times_meant(statement, frame, span[0] if span[0] == span[1] else None)
        if not times:
            found.append(_whole_days(span, grain, relation))
        for when in times:
            if relation in ("from", "until") and when.relation == "at":
                when = _limit(when, relation)
            if says_today and when.relation == "until":
                when = _from_now_on(when, frame)
            found.append(_with_time(span, grain, when, frame))
    recurring = any(days.word == "recurring" for days, _ in mentions)
    return found, agreed and not recurring


def _spans(
    mentions: Sequence[tuple[Days, Relation]], today: date
) -> tuple[tuple[Span, ...], Grain, Relation, bool]:
    """The stretches of days that the mentions mean together, and whether they agree."""
    within = _weekday_within_a_limit(mentions, today)
    if within:
        return within, "day", "at", True
    ends = [days for days, relation in mentions if relation == "until"]
    begins = [days for days, relation in mentions if relation != "until"]
    if begins and ends:  # "von Mittwoch, dem elften, bis Freitag, den dreizehnten"
        first, grain, first_agrees = settle(begins, today)
        last, _, last_agrees = settle(ends, today)
        if first_agrees and last_agrees and first[0][0] < last[0][1]:
            return ((first[0][0], last[0][1]),), grain, "between", True
    spans, grain, agreed = settle([days for days, _ in mentions], today)
    relation: Relation = next((r for _, r in mentions if r != "at"), "at")
    return spans, grain, relation, agreed


def _weekday_within_a_limit(
    mentions: Sequence[tuple[Days, Relation]], today: date
) -> tuple[Span, ...]:
    """ "Nach Ostern, am Mittwoch", "bis Ende März, am besten Dienstag": the first such day. Empty
    for any other mentions; "Dienstag bis Ende März" is a stretch."""
    *limits, (named, relation) = mentions
    relations = {limit for _, limit in limits}
    if relation != "at" or named.word not in ("weekday", "recurring") or len(relations) != 1:
        return ()
    spans, _, agreed = settle([days for days, _ in limits], today)
    if not agreed or len(spans) != 1 or relations == {"at"}:
        return ()
    first, last = spans[0]
    beyond = first - ONE_DAY if relations == {"from"} else last + ONE_DAY
    if named.number == beyond.weekday():
        return ()  # "Nach dem fünften, einem Montag" names the limit itself.
    if relations == {"from"}:
        return weekday(first - ONE_DAY, named.number).spans[:1]
    return tuple(span for span in named.spans[:1] if span[1] <= last)


def _from_now(statement: Statement, frame: Frame) -> Reading:
    offset = statement.offset
    assert offset
    start = _minute(frame.now, offset.first)
    end = _minute(frame.now, offset.last) if offset.last != offset.first else None
    return Reading(start, end, "minute", "between" if end else "at")


def _minute(now: datetime, minutes: int) -> Moment:
    """So many minutes of real time later, also across a clock change."""
    instant = (now.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(now.tzinfo)
    return Moment(instant.date(), instant.time().replace(second=0, microsecond=0))


def _without_a_day(statement: Statement, frame: Frame) -> tuple[list[Reading], bool]:
    """Only a time was named. A clock time comes next on a certain day; a part of the day is left
    without one, because nobody said which, and so is an hour of the late evening: businesses are
    closed then, so that tonight is no better a guess than any other day."""
    times = times_meant(statement, frame, None)
    if not times and statement.is_now and not statement.says_something:
        return [Reading(_minute(frame.now, 0), None, "minute")], True
    if not times and statement.is_soonest and not statement.says_something:
        return [Reading(Moment(frame.today), None, "day", "from")], True
    found, sure = [], True
    for when in times:
        if when.part or _is_late(when, frame):
            found.append(_without_date(when))
            continue
        is_over = _is_over(when, frame.now)
        day = frame.today + ONE_DAY if is_over else frame.today
        reading = _with_time((day, day), "day", when, frame)
        found.append(replace(reading, day_said=False))
        # Today's is over, so tomorrow's is meant if anything: that is asked, not assumed.
        sure = sure and (not is_over or when.digits or when.relation != "at")
    return found, sure


def _is_late(when: TimeMeant, frame: Frame) -> bool:
    """Whether a time lies between the last hour in which anybody is open and midnight."""
    begin = when.last if when.first is None else when.first
    return frame.hours is None and frame.plausible[1] * 60 <= (begin or 0) < MIDNIGHT


def _without_date(when: TimeMeant) -> Reading:
    start = Moment(None, None if when.first is None else as_time(when.first))
    end = None if when.last is None else Moment(None, as_time(when.last))
    return Reading(start, end, when.grain, when.relation, when.part, day_said=False)


def _is_over(when: TimeMeant, now: datetime) -> bool:
    limit = when.last if when.last is not None else when.first
    return limit is not None and limit <= now.hour * 60 + now.minute


def _limit(when: TimeMeant, relation: Relation) -> TimeMeant:
    """ "bis Freitag fünfzehn Uhr": the word before the day holds for its time."""
    if relation == "from":
        return replace(when, relation="from")
    return replace(when, first=None, last=when.first, relation="until")


def _from_now_on(when: TimeMeant, frame: Frame) -> TimeMeant:
    """ "Heute bis vierzehn Uhr" begins now, or when a business opens."""
    start = max(frame.plausible[0] * 60, frame.now.hour * 60 + frame.now.minute)
    if when.last is None or start >= when.last:
        return when
    return replace(when, first=start, relation="between")


def _whole_days(span: Span, grain: Grain, relation: Relation) -> Reading:
    first, last = span
    if relation == "until":
        return Reading(Moment(None), Moment(last), grain, relation)
    end = Moment(last) if last != first else None
    if end and relation == "at" and grain == "day":
        relation = "between"
    return Reading(Moment(first), end, grain, relation)


def _with_time(span: Span, grain: Grain, when: TimeMeant, frame: Frame) -> Reading:
    first, last = span
    if first != last:  # "Nächste Woche um zehn": the day is still open, the time holds for each.
        start = Moment(first, None if when.first is None else as_time(when.first))
        end = Moment(last, None if when.last is None else as_time(when.last))
        return Reading(start, end, grain, when.relation, when.part)
    start = Moment(first) if when.first is None else _moment(first, when.first, when.fold)
    ends = None if when.last is None else _moment(first, when.last, 0)
    if not when.zoned:
        _refuse_clock_change(start, frame)
    return Reading(start, ends, when.grain, when.relation, when.part)


def _moment(day: date, minutes: int, fold: int) -> Moment:
    return Moment(day + minutes // MIDNIGHT * ONE_DAY, as_time(minutes).replace(fold=fold))


def _refuse_clock_change(moment: Moment, frame: Frame) -> None:
    """A wall-clock time that a clock change skips or doubles is asked about, never guessed."""
    if moment.date is None or moment.time is None:
        return
    local = datetime.combine(moment.date, moment.time, tzinfo=frame.now.tzinfo)
    if local.utcoffset() == local.replace(fold=1).utcoffset():
        return
    there_and_back = local.astimezone(UTC).astimezone(frame.now.tzinfo)
    if there_and_back.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Ask(questions.skipped_by_the_clock(moment.time))
    raise Ask(questions.doubled_by_the_clock(moment.time))
