"""The days that words can mean, seen from today.

Every mention of a day, a week or a month is a :class:`Days`: all the stretches that it could mean,
the likeliest first. Several mentions in one statement narrow each other down: :mod:`.agreement`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from askpro.booking.dates.values import Grain

#: First and last day, both included.
Span = tuple[date, date]
WEEKS_AHEAD = 60
YEARS_AHEAD = 9
#: A year beyond these is a slip of the tongue or of a program.
YEARS_KNOWN = range(1900, 2200)
#: Stand for a weekday in "dritter Tag im Oktober" and "letzter Werktag im November".
ANY_DAY, WORKDAY = 7, 8
ONE_DAY = timedelta(days=1)
#: Grain -> edge -> its first and last day, counted from the first day of the whole.
_EDGES: dict[Grain, dict[str, tuple[int, int]]] = {
    "week": {"start": (0, 1), "middle": (1, 3), "end": (3, 4)},
    "month": {
        "start": (0, 9),
        "middle": (10, 19),
        "end": (20, 30),
        "first half": (0, 14),
        "second half": (15, 30),
    },
    "year": {"start": (0, 30), "middle": (151, 211), "end": (334, 365)},
}


@dataclass(frozen=True)
class Days:
    """``spans``: every stretch it could mean, likeliest first; the first ``asks`` are as likely.

    ``word`` is what kind of mention it was, for rules about pairs of them. ``impossible`` is a date
    that no calendar has, (day, month).
    """

    word: str
    grain: Grain
    spans: tuple[Span, ...]
    asks: int = 1
    number: int = 0
    impossible: tuple[int, int] | None = None

    def allows(self, day: date) -> bool:
        if self.word == "weekday":
            return day.weekday() == self.number
        return any(first <= day <= last for first, last in self.spans)

    @property
    def readings(self) -> tuple[Span, ...]:
        return self.spans[: self.asks]


def single(day: date) -> Span:
    return day, day


def on(day: date, word: str = "date") -> Days:
    return Days(word, "day", (single(day),))


def days_on(day: date, count: int) -> Days:
    """ "Am nächsten Tag": ``number`` tells how many days to go on from whichever day is meant."""
    return replace(on(day + timedelta(days=count), "near"), number=count)


def dated(today: date, day: int, month: int, year: int | None = None) -> Days:
    """A date of the calendar; without a year the next one that lies ahead, today included."""
    if year is not None:
        made = _date(year, month, day) if year in YEARS_KNOWN else None
        return on(made) if made else Days("date", "day", (), impossible=(day, month))
    years = range(today.year, today.year + YEARS_AHEAD)
    ahead = [made for made in (_date(y, month, day) for y in years) if made and made >= today]
    if not ahead:
        return Days("date", "day", (), impossible=(day, month))
    return Days("date", "day", tuple(map(single, ahead)))


def day_of_month(today: date, day: int) -> Days:
    """ "am sechsundzwanzigsten": the next one ahead, today included.

    "Am einunddreißigsten" said in November is that month's last day or December's 31st: both.
    """
    months = [_month(today, ahead) for ahead in range(14)]
    days = (_date(first.year, first.month, day) for first in months)
    ahead = tuple(single(made) for made in days if made and made >= today)
    if not ahead:
        return Days("day_of_month", "day", (), impossible=(day, 0))
    last = whole_month(today)[1]
    asks = 1
    if last.day < day:
        ahead, asks = (single(last), *ahead), 2
    return Days("day_of_month", "day", ahead, asks=asks, number=day)


@lru_cache(maxsize=512)
def weekday(today: date, number: int, which: str = "") -> Days:
    """A weekday. ``which``: this, next, coming, overnext, last or nothing.

    "nächsten Freitag" said on a Tuesday is this week's for some and next week's for others: both
    are asked. Said when this week's is over, it can only be next week's.
    """
    ahead = (number - today.weekday()) % 7
    coming = today + timedelta(days=ahead or 7)
    weeks = [coming + timedelta(weeks=n) for n in range(WEEKS_AHEAD)]
    before = [coming - timedelta(weeks=n) for n in (1, 2)]
    asks = 1
    if which == "overnext":
        weeks.insert(0, weeks.pop(1))
    elif which == "last":
        past = coming - timedelta(weeks=1 if ahead else 2)
        return Days("weekday", "day", (single(past), *map(single, weeks)), number=number)
    elif which == "next" and ahead:
        same_week = coming.isocalendar()[:2] == today.isocalendar()[:2]
        asks = 2 if same_week else 1
    elif which == "this" and not ahead:
        weeks.insert(0, before.pop(0))
        asks = 2
    days = tuple(map(single, (*weeks, *before)))
    return Days("weekday", "day", days, asks=asks, number=number)


def week(today: date, ahead: int) -> Days:
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
    return Days("week", "week", ((monday, monday + timedelta(days=6)),), number=ahead)


def week_of_year(today: date, number: int) -> Days:
    """Calendar week ``number`` (ISO), the next one that is not over."""
    spans = []
    for year in (today.year, today.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday + timedelta(days=6) >= today:
            spans.append((monday, monday + timedelta(days=6)))
    return Days("week", "week", tuple(spans))


def weekend(today: date, ahead: int) -> Days:
    saturday = today - timedelta(days=today.weekday()) + timedelta(days=5, weeks=ahead)
    return Days("weekend", "weekend", ((saturday, saturday + ONE_DAY),))


def month(today: date, number: int, year: int | None = None) -> Days:
    """A month by its name, the next that is not over."""
    years = [year] if year else [today.year + n for n in range(3)]
    spans = [whole_month(date(y, number, 1)) for y in years]
    if not year:
        spans = [span for span in spans if span[1] >= today]
    return Days("month", "month", tuple(spans), number=number)


def months_ahead(today: date, ahead: int) -> Days:
    return Days("month", "month", (whole_month(_month(today, ahead)),))


def year_ahead(today: date, ahead: int) -> Days:
    year = today.year + ahead
    return Days("year", "year", ((date(year, 1, 1), date(year, 12, 31)),))


def edge_of(days: Days, edge: str) -> Days:
    """ "Anfang", "Mitte" or "Ende" of a week or a month: some days of it, none of them alone."""
    parts = _EDGES.get(days.grain)
    if parts is None or edge not in parts:
        return days
    low, high = parts[edge]
    spans = tuple(
        (first + timedelta(days=low), min(first + timedelta(days=high), last))
        for first, last in days.spans
    )
    return replace(days, spans=spans, word="edge")


def still_ahead(days: Days, today: date) -> Days:
    """Without what is over, where anything else is left: "Anfang November" at its end."""
    left = tuple(span for span in days.spans if span[1] >= today)
    return replace(days, spans=left or days.spans)


def ahead(today: date, count: int, unit: str) -> Days:
    """ "in drei Wochen": so far from today. A plain number of weeks is that very day."""
    if unit == "day":
        # "In acht Tagen" is a week for most people, eight days for the others.
        if count == 8:
            week_later = today + timedelta(days=7)
            return Days("ahead", "day", (single(week_later), single(week_later + ONE_DAY)), asks=2)
        return on(today + timedelta(days=count), "ahead")
    if unit == "week":
        day = today + timedelta(weeks=count)
        return Days("weeks_ahead", "day", (single(day),), number=count)
    if unit == "month":
        return on(_same_day(today, count), "ahead")
    return months_ahead(today, 12 * count)


def next_days(today: date, count: int) -> Days:
    """ "in den nächsten drei Tagen": from tomorrow on."""
    return Days("stretch", "week", ((today + ONE_DAY, today + timedelta(days=count)),))


def some_time_ahead(base: date, least: int, most: int, unit: str) -> Days:
    """ "in zwei bis drei Wochen": from the one day to the other."""
    first, last = ahead(base, least, unit).spans[0], ahead(base, most, unit).spans[0]
    return Days("stretch", "week", ((first[0], last[1]),))


def sevenths(days: Days, rank: int) -> Days:
    """ "erste Dezemberwoche": the first seven days of the month, the second, and so on."""
    spans = tuple(
        (first + timedelta(days=7 * rank - 7), min(first + timedelta(days=7 * rank - 1), last))
        for first, last in days.spans
        if first + timedelta(days=7 * rank - 7) <= last
    )
    return Days("week", "week", spans)


def days_around(days: Days, before: int, after: int) -> Days:
    """ "in der Woche vor Weihnachten": so many days before it begins, or after it is over."""
    spans = tuple(
        (first - timedelta(days=before), first - ONE_DAY)
        if before
        else (last + ONE_DAY, last + timedelta(days=after))
        for first, last in days.spans
    )
    return Days("stretch", "week", spans)


def without_a_second_monday(days: Days) -> Days:
    """ "Die Woche nach Ostern" begins on Tuesday and ends on Sunday, not on the next Monday."""
    spans = tuple(
        (first, last - ONE_DAY if last.weekday() == 0 else last) for first, last in days.spans
    )
    return replace(days, spans=spans)


def weekday_beside(days: Days, number: int, steps: int, today: date) -> Days:
    """The weekday ``number`` so many weeks before (negative) or after ``days``, from today on."""
    found = []
    for first, last in sorted(days.spans):
        if steps < 0:
            day = first - timedelta(days=(first.weekday() - number - 1) % 7 + 1)
            found.append(day + timedelta(weeks=steps + 1))
        else:
            day = last + timedelta(days=(number - last.weekday() - 1) % 7 + 1)
            found.append(day + timedelta(weeks=steps - 1))
    ahead = [day for day in found if day >= today]
    return Days("date", "day", tuple(map(single, ahead or found[-1:])))


def few_days(today: date) -> Days:
    """ "in ein paar Tagen"."""
    return Days("stretch", "week", ((today + timedelta(days=2), today + timedelta(days=5)),))


def nth_weekday(today: date, rank: int, number: int, days: Days) -> Days:
    """The ``rank``-th (-1: last) weekday ``number`` of each span of ``days``, from today on."""
    spans = []
    for first, last in days.spans:
        found = [day for day in _each(first, last) if _is_called(day, number)]
        if rank <= len(found):
            spans.append(single(found[rank - 1 if rank > 0 else -1]))
    later = tuple(span for span in spans if span[1] >= today)
    return Days("date", "day", later or tuple(spans))


def nth_week(today: date, rank: int, days: Days) -> Days:
    """The ``rank``-th (-1: last) whole week of each span of ``days``."""
    spans = []
    for first, last in days.spans:
        mondays = [day for day in _each(first, last) if day.weekday() == 0]
        whole = [day for day in mondays if day + timedelta(days=6) <= last]
        if rank <= len(whole):
            monday = whole[rank - 1 if rank > 0 else -1]
            spans.append((monday, monday + timedelta(days=6)))
    later = tuple(span for span in spans if span[1] >= today)
    return Days("week", "week", later or tuple(spans))


def between(first: Days, last: Days) -> Days | None:
    """ "vom dritten bis fünften November": from one day to another; None when it runs backwards."""
    if first.word == "day_of_month" and last.word == "date":
        begin = {span[0].replace(day=1): span for span in first.spans}
        spans = [
            (begin[end[0].replace(day=1)][0], end[1])
            for end in last.spans
            if end[0].replace(day=1) in begin
        ]
    else:
        spans = [
            (begin[0], next(end[1] for end in last.spans if end[1] > begin[0]))
            for begin in first.readings
            if any(end[1] > begin[0] for end in last.spans)
        ]
    kept = tuple((a, b) for a, b in spans if a < b)
    return Days("range", "day", kept) if kept else None


def beyond(days: Days, relation: str) -> Days:
    """ "nach Ostern", "vor Freitag": from the day after it on, until the day before it."""
    spans = tuple(
        single(last + ONE_DAY if relation == "from" else first - ONE_DAY)
        for first, last in days.spans
    )
    return replace(days, word="date", grain="day", spans=spans)


def whole_month(day: date) -> Span:
    return day.replace(day=1), _month(day, 1) - ONE_DAY


def _each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


def _is_called(day: date, number: int) -> bool:
    if number == WORKDAY:
        return day.weekday() < 5
    return number in (day.weekday(), ANY_DAY)


def _month(day: date, ahead: int) -> date:
    """The first of the month ``ahead`` months after ``day``'s."""
    years, number = divmod(day.month - 1 + ahead, 12)
    return date(day.year + years, number + 1, 1)


def _same_day(day: date, months: int) -> date:
    first, last = whole_month(_month(day, months))
    return first.replace(day=min(day.day, last.day))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
