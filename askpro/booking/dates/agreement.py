"""What several mentions of days mean together: "Mittwoch, der neunzehnte", "nächste Woche Freitag".

They narrow each other down. Where they can't all be right, each of the narrow ones is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from askpro.booking.dates.calendar_days import Days, Span, single, week
from askpro.booking.dates.values import Grain

#: A day of the month and a weekday that only meet later than this do not belong together.
_MONTHS_AHEAD_OF_A_SLIP = 4
_WIDTH: dict[Grain, int] = {"day": 0, "weekend": 1, "week": 2, "month": 3, "year": 4}


def settle(mentions: Sequence[Days], today: date) -> tuple[tuple[Span, ...], Grain, bool]:
    """What several mentions mean together: (spans, grain, whether they agree).

    One span: that is it. Several: all make sense. Without agreement the spans are what each of the
    narrow mentions would mean by itself.
    """
    if len(mentions) == 1:
        return mentions[0].readings, mentions[0].grain, True
    mentions = _weekday_some_weeks_ahead(mentions, today)
    narrow = min(mentions, key=lambda days: (_WIDTH[days.grain], len(days.spans)))
    others = [days for days in mentions if days is not narrow]
    fitting = _soon_enough(narrow, others)
    likely = [span for span in fitting if span in narrow.readings]
    if fitting:
        return tuple(likely or fitting[:1]), narrow.grain, True
    by_itself: list[Span] = []
    for days in mentions:
        if days.grain != narrow.grain:
            continue
        spans = days.readings
        if days.word == "weekday" and days is not narrow and narrow.spans:
            spans = (single(_nearest_weekday(narrow.spans[0][0], days.number)),)
        by_itself += [span for span in spans if span not in by_itself]
    return tuple(sorted(by_itself)), narrow.grain, False


def _nearest_weekday(day: date, number: int) -> date:
    """ "Mittwoch, der neunzehnte" that is a Thursday: the Wednesday next to it."""
    return day + timedelta(days=_days_off(day, number))


def _days_off(day: date, number: int) -> int:
    """How far the weekday ``number`` that is nearest to ``day`` lies from it, at most three."""
    return (number - day.weekday() + 3) % 7 - 3


def _soon_enough(narrow: Days, others: Sequence[Days]) -> list[Span]:
    """The spans of ``narrow`` that all others allow.

    A weekday must be right for the first of them: "Sonntag, der 29. Juli" is a slip when the next
    one is a Saturday, even if that day is a Sunday in some years. "Freitag, der dreizehnte" is one
    when no month soon has it.
    """
    weekdays = [days for days in others if days.word == "weekday"]
    rest = [days for days in others if days.word != "weekday"]
    spans = [span for span in narrow.spans if all(days.allows(span[0]) for days in rest)]
    if weekdays and narrow.word == "day_of_month":  # The 30th is no "Montag, der 31."
        spans = [span for span in spans if span[0].day == narrow.number]
    if weekdays and narrow.word == "date":
        spans = spans[:1]
    if weekdays and narrow.word == "day_of_month" and not rest:
        if spans and any(abs(_days_off(spans[0][0], days.number)) == 1 for days in weekdays):
            return []  # "Freitag, der 22.", when the next 22nd is a Thursday.
        spans = spans[:_MONTHS_AHEAD_OF_A_SLIP]
    return [span for span in spans if all(days.allows(span[0]) for days in weekdays)]


def _weekday_some_weeks_ahead(mentions: Sequence[Days], today: date) -> list[Days]:
    """ "Montag in zwei Wochen": that weekday of the week two weeks ahead.

    Where the weekday comes before today's, some count from its next occurrence instead: both. But
    "Montag in einer Woche" is no long way to say Monday: it is the one after.
    """
    named = next((days for days in mentions if days.word in ("weekday", "recurring")), None)
    counted = next((days for days in mentions if days.word == "weeks_ahead"), None)
    if not named or not counted:
        return list(mentions)
    monday = week(today, counted.number).spans[0][0]
    day = monday + timedelta(days=named.number)
    spans: tuple[Span, ...] = (single(day),)
    if named.number < today.weekday():
        later = single(day + timedelta(weeks=1))
        spans = (later,) if counted.number == 1 else (single(day), later)
    merged = Days("date", "day", spans, asks=len(spans))
    return [merged, *(days for days in mentions if days not in (named, counted))]
