"""Is it free? What else is? What is next?

Every offer is an instant that Cal.com returned. An exact time that was checked as free is held for
the call and its service pinned, so that what was checked is what gets booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from askpro.booking import slots, wording
from askpro.booking.hours import MovedSearch
from askpro.booking.model import Service
from askpro.errors import AskAgain
from askpro.services import appointments, offers, wishes
from askpro.services.answers import Answer
from askpro.services.offers import iso, said, written
from askpro.services.possible import Possible, possible_times, service_of
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store.models import Appointment

_MOST_SEARCH_DAYS = 90
_SATURDAY = 5
_MOST_LISTED = 40
_A_LITTLE = timedelta(hours=2)


def check_availability(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: available, unavailable, closed, no_availability, past, ask, calendar_down."""
    when = wishes.wished_time(runtime, turn)
    if when is None:
        raise AskAgain(wording.which_day())
    return check(runtime, turn, when)


def check(runtime: Runtime, turn: Turn, when: When) -> Answer:
    """Whether a time is free, or which times of a day are."""
    service = service_of(runtime, turn)
    wishes.refuse_far(when, turn)
    if wishes.is_past(when, turn.now, turn.at.today):
        return offers.past(runtime, turn, service, when)
    if when.start is None:
        return listed(runtime, turn, service, when)
    possible = possible_times(runtime, turn, service, when.day, hold=when.start)
    if not possible.has(when.start, turn):
        own = appointments.own_at(runtime, turn, service, when.start)
        if own:
            return _own_answer(turn, service, when.start, own)
        return offers.not_free(runtime, turn, possible, when.start)
    fields = {"requested_time": iso(turn, when.start), "service": service.name}
    if possible.seen.stale:
        return offers.stale(turn, (when.start,), fields)
    return Answer(
        "available",
        wording.available(turn.at, when.start, said(turn, service)),
        {"available": True, **fields, "duration": possible.minutes, "alternatives": []},
    )


def _own_answer(
    turn: Turn, service: Service, start: datetime, parts: Sequence[Appointment]
) -> Answer:
    """It is not free because it is this caller's own."""
    return Answer(
        "unavailable",
        wording.already_booked(turn.at, appointments.entry_of(turn, *parts)),
        {
            "available": False,
            "requested_time": iso(turn, start),
            "service": service.name,
            "alternatives": [],
            "appointment": appointments.shown(turn, *parts),
        },
    )


def get_alternatives(runtime: Runtime, turn: Turn) -> Answer:
    """Other times near a wish; of a day when no time was named. Status found or no_availability."""
    service = service_of(runtime, turn)
    when = wishes.wished_time(runtime, turn) or When(turn.at.today, start=None)
    wishes.refuse_far(when, turn)
    if wishes.is_past(when, turn.now, turn.at.today):
        return offers.past(runtime, turn, service, when)
    possible = possible_times(runtime, turn, service, when.day)
    wish = when.start or _middle_of(turn, when)
    moved: MovedSearch | None = None
    offered: tuple[datetime, ...] = ()
    if when.start is None:
        offered = _some_of(turn, when, _fitting(turn, possible, when), offers.most(runtime, turn))
    if not offered:
        moved = turn.office.hours.move_search(wish)
        offered = offers.alternatives(runtime, turn, possible, moved, refused={wish})
    if not offered:
        return offers.nothing_free(turn, possible)
    fields = {
        "requested_time": iso(turn, wish) if when.start else when.day.isoformat(),
        "service": service.name,
    }
    if possible.seen.stale:
        return offers.stale(turn, offered, fields)
    if moved and moved.moved:
        offers.note_move(turn, moved.start)
        exception = _exception_of(possible, when)
        sentence = wording.closed(
            turn.at, moved, offered, service=said(turn, service), exception=exception
        )
    else:
        sentence = wording.alternatives_found(turn.at, offered, said(turn, service))
    return Answer("found", sentence, {**fields, "alternatives": written(turn, offered)})


def find_next_available(runtime: Runtime, turn: Turn) -> Answer:
    """The earliest free time of a service, from ``after`` on, at most 90 days ahead."""
    service = service_of(runtime, turn)
    days = turn.whole("search_days", 1, _MOST_SEARCH_DAYS, runtime.settings.search_days)
    after = wishes.wished_time(runtime, turn, date_arg="after", time_arg="time")
    if after:
        wishes.refuse_far(after, turn)
    since = max(turn.at.today, after.day) if after else turn.at.today
    possible = possible_times(runtime, turn, service, since, days=days)
    starts = [s for s in possible.starts if turn.at.day(s) >= since]
    if after and after.start:
        starts = [s for s in starts if s >= after.start]
    if after and after.earliest:
        starts = [s for s in starts if turn.at.local(s).time() >= (after.earliest or time(0))]
    if after and after.latest and not after.is_one_time:
        starts = [s for s in starts if turn.at.local(s).time() < after.latest]
    if not starts:
        return offers.nothing_free(turn, possible, days=days, since=since)
    fields = {
        "service": service.name,
        "next_available": iso(turn, starts[0]),
        "spoken": wording.whens(turn.at, [starts[0]]),
    }
    if possible.seen.stale:
        return offers.stale(turn, starts[:1], fields)
    return Answer("found", wording.next_found(turn.at, starts[0], said(turn, service)), fields)


def listed(
    runtime: Runtime,
    turn: Turn,
    service: Service,
    when: When,
    *,
    ignoring: Appointment | None = None,
) -> Answer:
    """A day, or a part of it, was asked for: its free times in the opening hours.

    ``slots`` has at most :data:`_MOST_LISTED` of them, spread over all: Retell cuts an answer at
    15,000 characters, and nobody reads a month out loud.
    """
    possible = possible_times(runtime, turn, service, when.day, ignoring=ignoring)
    fitting = _fitting(turn, possible, when)
    # The next ones come first for whom any day suits.
    few = fitting[:_MOST_LISTED] if when.any_day else slots.handful(fitting, _MOST_LISTED)
    fields: dict[str, Any] = {
        "available": bool(fitting),
        "requested_time": when.day.isoformat(),
        "service": service.name,
        "slots": written(turn, few),
    }
    if not fitting:
        return _none_then(runtime, turn, possible, when, fields)
    if possible.seen.stale:
        return offers.stale(turn, slots.handful(fitting, 2), fields)
    name = said(turn, service)
    if when.until:
        some = _some_of(turn, when, fitting, 2)
        return Answer("available", wording.alternatives_found(turn.at, some, name), fields)
    return Answer("available", wording.day_listed(turn.at, when.day, fitting, name), fields)


def _none_then(
    runtime: Runtime, turn: Turn, possible: Possible, when: When, fields: dict[str, Any]
) -> Answer:
    """Nothing is free when it was wished for: closed, or full; and what lies nearest to it."""
    wish = _middle_of(turn, when)
    moved = turn.office.hours.move_search(wish)
    if not moved.closure:
        # Part of an open day: what lies nearest to it there is better than another day.
        moved = MovedSearch(wish, wish)
    days = max((possible.seen.last - when.day).days, 1)
    offered = offers.alternatives(runtime, turn, possible, moved, refused=set(), search_days=days)
    fields["alternatives"] = written(turn, offered)
    name = said(turn, possible.service)
    if moved.closure:
        offers.note_move(turn, moved.start)
        exception = _exception_of(possible, when)
        sentence = wording.closed(
            turn.at,
            moved,
            offered,
            service=name,
            search_days=days,
            exception=exception,
            weekend=not exception and _is_shut_weekend(turn, when),
        )
        return Answer("closed", sentence, fields)
    if not offered:
        return offers.nothing_free(turn, possible, fields=fields)
    sentence = wording.day_full(
        turn.at,
        when.day,
        offered,
        until=when.until,
        earliest=when.earliest,
        latest=when.latest,
        one_time=when.is_one_time,
        closed=_is_closed_then(possible, when),
        service=name,
        search_days=days,
    )
    return Answer("unavailable", sentence, fields)


def _fitting(turn: Turn, possible: Possible, when: When) -> tuple[datetime, ...]:
    """The possible times that a wish admits."""
    hours = turn.office.hours
    # Looking at local clocks is slow, so only the wished days are looked at, and a little around.
    since = hours.at(when.day, time(0)) - _A_LITTLE
    until = hours.at((when.until or when.day) + timedelta(days=1), time(0)) + _A_LITTLE
    near = possible.starts_between(since, until)
    return tuple(s for s in near if when.admits(turn.at.local(s)))


def _is_shut_weekend(turn: Turn, when: When) -> bool:
    """Whether a Saturday and its Sunday were asked for, and the branch opens on neither."""
    sunday = when.day + timedelta(days=1)
    hours = turn.office.hours
    is_weekend = when.day.weekday() == _SATURDAY and when.until == sunday
    return is_weekend and not hours.weekly[_SATURDAY] and not hours.weekly[_SATURDAY + 1]


def _exception_of(possible: Possible, when: When) -> wording.Exceptional:
    """Whether single times of the closed day that was asked for can be booked all the same."""
    if not possible.by_exception(when.day):
        return None
    return "time" if when.start else "day"


def _is_closed_then(possible: Possible, when: When) -> bool:
    """Whether the branch is never open at the time of day that was asked for, on none of the days,
    and nothing can be had then as an exception."""
    since, until = when.earliest or time(0), when.latest or time(0)
    days = (
        when.day + timedelta(days=n) for n in range(((when.until or when.day) - when.day).days + 1)
    )
    return not any(
        possible.hours.is_open_between(day, since, until) or possible.by_exception(day)
        for day in days
    )


def _some_of(
    turn: Turn, when: When, fitting: Sequence[datetime], most: int
) -> tuple[datetime, ...]:
    """At most ``most`` of them, spread over all; for whom any day suits the soonest: the first of
    each day, or of a single day its first ones."""
    if not when.any_day:
        return slots.handful(fitting, most)
    firsts: list[datetime] = []
    for start in fitting:
        if len(firsts) < most and (not firsts or turn.at.day(start) > turn.at.day(firsts[-1])):
            firsts.append(start)
    return tuple(firsts if len(firsts) > 1 else fitting[:most])


def _middle_of(turn: Turn, when: When) -> datetime:
    """The instant to search around when a day or a part of it was named."""
    windows = turn.office.hours.windows_on(when.day)
    opening = windows[0].opens if windows else time(9)
    return turn.office.hours.at(when.day, when.earliest or opening)
