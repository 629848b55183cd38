"""Which free instants to offer: the rules of rules.md §3.

Knows only the instants that Cal.com returned and picks among them; never makes one up. What is
offered is free, in the future, at least the notice away and not refused before. The caller's own
appointments, whose pauses count as free, are kept clear of before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from operator import lt

from askpro.booking.hours import MIDNIGHT, OpeningHours
from askpro.booking.model import Span

NEAR = timedelta(hours=2)
MOST_EVER = 5
#: Two offers of one day less apart than this are alike: no real choice for the caller.
ALIKE = timedelta(minutes=30)
NOON = time(12)


def bookable(free: Iterable[datetime], *, now: datetime, notice: int = 0) -> tuple[datetime, ...]:
    """The free instants that are at least ``notice`` minutes ahead, each once, in order."""
    earliest = now + timedelta(minutes=notice)
    starts = _ascending(free)
    return starts[max(bisect_left(starts, earliest), bisect_right(starts, now)) :]


def clear_of(
    starts: tuple[datetime, ...], minutes: int, spans: Sequence[Span]
) -> tuple[datetime, ...]:
    """Those of ``starts`` at which so many minutes overlap none of ``spans``.

    A busy company's callers hold hundreds of slots: comparing each with each would take longer
    than all the rest of an answer.
    """
    if not spans:
        return starts
    length = timedelta(minutes=minutes)
    in_order = sorted(spans, key=lambda span: span.start)
    begins = [span.start for span in in_order]
    # Of the spans that begin before an end, the one that lasts longest decides.
    lasts = list(accumulate((span.end for span in in_order), max))
    return tuple(
        start
        for start in starts
        if not (before := bisect_left(begins, start + length)) or lasts[before - 1] <= start
    )


def between(starts: tuple[datetime, ...], since: datetime, until: datetime) -> tuple[datetime, ...]:
    """Those of ascending ``starts`` in [since, until)."""
    return starts[bisect_left(starts, since) : bisect_left(starts, until)]


def inside(starts: tuple[datetime, ...], hours: OpeningHours) -> tuple[datetime, ...]:
    """Those of ascending ``starts`` at which the branch is open: what may be offered unasked."""
    if not starts:
        return ()
    day, last = (each.astimezone(hours.zone).date() for each in (starts[0], starts[-1]))
    found: list[datetime] = []
    while day <= last:
        after = day + timedelta(days=1)
        for window in hours.windows_on(day):
            closes = after if window.closes == MIDNIGHT else day
            opening, closing = hours.at(day, window.opens), hours.at(closes, window.closes)
            found += between(starts, opening, closing)
        day = after
    return tuple(found)


def _ascending(free: Iterable[datetime]) -> tuple[datetime, ...]:
    """Each instant once, in order; a calendar's answer usually is that already."""
    starts = tuple(free)
    if all(map(lt, starts, starts[1:])):
        return starts
    return tuple(sorted(set(starts)))


def alternatives(
    possible: Iterable[datetime],
    wish: datetime,
    *,
    hours: OpeningHours,
    refused: Collection[datetime],
    moved_from: datetime | None = None,
    most: int = 2,
    search_days: int = 14,
) -> tuple[datetime, ...]:
    """Up to ``most`` (at most 5) of the ``possible`` times in place of ``wish``, the best first.

    Within two hours of the wish, nearest first (later first in the afternoon when equally near),
    then the same time on the next workday, on the same weekday next week, then days up to
    ``search_days`` ahead, a day each before any day again. ``refused`` usually has the wish itself.
    A search that the hours moved may offer the very time it moved to: first the best near ``wish``,
    where it went, then what is nearest to the time of day of ``moved_from``, where it came from.
    """
    first_day = (moved_from or wish).astimezone(hours.zone).date()
    last_day = wish.astimezone(hours.zone).date() + timedelta(days=search_days)
    candidates = [
        start
        for start in possible
        if start not in refused
        and (
            abs(start - wish) <= NEAR
            or first_day <= start.astimezone(hours.zone).date() <= last_day
        )
    ]
    chosen: list[datetime] = []
    ordered = (
        _in_order_of_moved(candidates, wish, hours, moved_from)
        if moved_from
        else _in_order(candidates, wish, hours)
    )
    for start in ordered:
        if len(chosen) >= min(most, MOST_EVER):
            break
        if start not in chosen:
            chosen.append(start)
    return tuple(chosen)


def handful(slots: Sequence[datetime], most: int = 4) -> tuple[datetime, ...]:
    """At most ``most`` of many: the first, the last and evenly between, so that a list is short."""
    if len(slots) <= most:
        return tuple(slots)
    if most < 2:
        return tuple(slots[:most])
    step = (len(slots) - 1) / (most - 1)
    return tuple(slots[round(index * step)] for index in range(most))


def _in_order_of_moved(
    candidates: Sequence[datetime], wish: datetime, hours: OpeningHours, moved_from: datetime
) -> Iterator[datetime]:
    """All candidates of a search that the hours moved, the best first; some twice."""
    near = [start for start in candidates if abs(start - wish) <= NEAR]
    yield from _by_nearness(near, wish, hours)[:1]
    asked = moved_from.astimezone(hours.zone)
    # After closing: the end of that day is nearer than any other day is.
    before = (s for s in candidates if timedelta(0) < moved_from - s <= NEAR * 2)
    evening = [s for s in before if s.astimezone(hours.zone).date() == asked.date()]
    yield from _by_nearness(evening, moved_from, hours)[:1]
    same_time = hours.at(wish.astimezone(hours.zone).date(), asked.time())
    yield from _in_order(candidates, same_time, hours)


def _in_order(
    candidates: Sequence[datetime], wish: datetime, hours: OpeningHours
) -> Iterator[datetime]:
    """All candidates, the best first; some twice."""
    local_wish = wish.astimezone(hours.zone)
    near = [start for start in candidates if abs(start - wish) <= NEAR]
    yield from _spread(_by_nearness(near, wish, hours))
    next_workday = next(hours.open_days(local_wish.date()), None)
    next_week = local_wish.date() + timedelta(days=7)
    for day in (next_workday, next_week):
        if day:
            same_time = hours.at(day, local_wish.time())
            if same_time in candidates:
                yield same_time
    by_day: dict[date, list[datetime]] = {}
    for start in candidates:
        by_day.setdefault(start.astimezone(hours.zone).date(), []).append(start)
    yield from _taking_turns(
        [
            _by_nearness(starts, hours.at(day, local_wish.time()), hours)
            for day, starts in by_day.items()
        ]
    )


def _by_nearness(starts: Iterable[datetime], wish: datetime, hours: OpeningHours) -> list[datetime]:
    """Nearest first; of two equally near the later one in the afternoon, else the earlier."""
    prefers_later = wish.astimezone(hours.zone).time() >= NOON
    return sorted(starts, key=lambda start: (abs(start - wish), (start < wish) == prefers_later))


def _spread(ranked: Sequence[datetime]) -> list[datetime]:
    """Those that differ from the better ones first, the ones alike behind them."""
    different: list[datetime] = []
    alike: list[datetime] = []
    for start in ranked:
        is_alike = any(abs(start - better) < ALIKE for better in different)
        (alike if is_alike else different).append(start)
    return different + alike


def _taking_turns(ranked_days: Sequence[Sequence[datetime]]) -> Iterator[datetime]:
    for turn in range(max(map(len, ranked_days), default=0)):
        for ranked in ranked_days:
            if turn < len(ranked):
                yield ranked[turn]
