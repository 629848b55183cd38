"""Is it free? What else is? What is next?

Every offer is an instant that Cal.com returned. An exact time that was checked as free is held for
the call and its service pinned, so that what was checked is what gets booked.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from askpro.booking import slots, wording
from askpro.booking.model import Service, Span
from askpro.errors import AskAgain, CalcomUnavailable
from askpro.services import calendar, wishes
from askpro.services.answers import Answer
from askpro.services.calendar import FreeTimes
from askpro.services.callers import own_appointments
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store.models import Appointment

log = logging.getLogger(__name__)

_MOST_SEARCH_DAYS = 90
_A_LITTLE = timedelta(hours=2)


@dataclass(frozen=True)
class Possible:
    """What this caller may have: ``starts`` after notice, holds and own appointments."""

    service: Service
    minutes: int
    starts: tuple[datetime, ...]
    own: tuple[Span, ...]
    seen: FreeTimes

    def has(self, start: datetime, turn: Turn) -> bool:
        """Whether this call may have ``start``: free, and held for it where there is a call."""
        if start not in self.starts:
            return False
        return self.seen.held or self.seen.stale or turn.holder is None


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
        return past(runtime, turn, service, when)
    if when.start is None:
        return listed(runtime, turn, service, when)
    possible = possible_times(runtime, turn, service, when.day, hold=when.start)
    if not possible.has(when.start, turn):
        return not_free(runtime, turn, possible, when.start)
    if possible.seen.stale:
        return _stale(turn, possible, when.start)
    return Answer(
        "available",
        wording.available(turn.at, when.start, _said(turn, service)),
        {
            "available": True,
            "requested_time": iso(turn, when.start),
            "service": service.name,
            "duration": possible.minutes,
            "alternatives": [],
        },
    )


def get_alternatives(runtime: Runtime, turn: Turn) -> Answer:
    """Other times near a wish; of a day when no time was named. Status found or no_availability."""
    service = service_of(runtime, turn)
    when = wishes.wished_time(runtime, turn) or When(turn.at.today, start=None)
    wishes.refuse_far(when, turn)
    if wishes.is_past(when, turn.now, turn.at.today):
        return past(runtime, turn, service, when)
    most = _most(runtime, turn)
    possible = possible_times(runtime, turn, service, when.day)
    wish = when.start or _middle_of(turn, when)
    fitting = _fitting(turn, possible, when)
    offered: tuple[datetime, ...] = ()
    if when.start is None:
        offered = slots.handful(fitting, most)
    if not offered:
        offered = _alternatives(runtime, turn, possible, wish, refused={when.start or wish})
    if not offered:
        return nothing_free(turn, possible)
    return Answer(
        "found",
        wording.alternatives_found(turn.at, offered, _said(turn, service)),
        {
            "requested_time": iso(turn, wish) if when.start else when.day.isoformat(),
            "service": service.name,
            "alternatives": offers(turn, offered),
        },
    )


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
    if not starts:
        return nothing_free(turn, possible, days=days, since=since)
    return Answer(
        "found",
        wording.next_found(turn.at, starts[0], _said(turn, service)),
        {
            "service": service.name,
            "next_available": iso(turn, starts[0]),
            "spoken": wording.whens(turn.at, [starts[0]]),
        },
    )


# -- shared with booking --------------------------------------------------------------------------


def service_of(runtime: Runtime, turn: Turn) -> Service:
    """The service of this turn: named, else pinned by the call's last check, else the default."""
    pinned = None
    if turn.call_id and not turn.text("service"):
        pinned = runtime.guards.calls.recall(turn.office.company_id, turn.call_id).service_id
    return wishes.wished_service(turn, pinned)


def possible_times(
    runtime: Runtime,
    turn: Turn,
    service: Service,
    around: date,
    *,
    days: int | None = None,
    ignoring: Appointment | None = None,
    hold: datetime | None = None,
) -> Possible:
    """What Cal.com says is free around a day, less what this caller can't have.

    ``ignoring`` is the caller's own appointment that is about to move; ``hold`` the start that this
    call wants for itself.
    """
    minutes = length(runtime, turn, service)
    own = own_appointments(runtime, turn, ignoring=ignoring)
    notice = _notice(runtime, service)
    wanted = (
        ()
        if hold is None
        else slots.bookable([hold], now=turn.now, minutes=minutes, notice=notice, own=own)
    )
    seen = calendar.free_times(
        runtime,
        turn.office,
        service,
        around,
        holder=turn.holder,
        days=days,
        minutes=minutes,
        hold=next(iter(wanted), None),
        not_after=turn.not_after,
    )
    starts = slots.bookable(seen.starts, now=turn.now, minutes=minutes, notice=notice, own=own)
    return Possible(service, minutes, starts, own, seen)


def length(runtime: Runtime, turn: Turn, service: Service) -> int:
    """Minutes: the service's; the argument's only where the event type allows several lengths."""
    if not service.multi_length and service.minutes:
        return service.minutes
    return turn.whole(
        "duration", 15, 480, service.minutes or runtime.settings.retell_default_duration
    )


def not_free(
    runtime: Runtime,
    turn: Turn,
    possible: Possible,
    asked: datetime,
    *,
    keeps_old: bool = False,
) -> Answer:
    """An exact time that can't be had: why, and what can.

    ``keeps_old``: it was to replace a standing appointment, which stays.
    """
    hours = turn.office.hours
    moved = hours.move_search(asked)
    service = possible.service
    said = _said(turn, service)
    fields: dict[str, Any] = {
        "available": False,
        "requested_time": iso(turn, asked),
        "service": service.name,
    }
    if moved.moved:
        _note_move(turn, moved.start)
        around = moved.start
        refused = {asked} - {moved.start}
    else:
        around, refused = asked, {asked}
    offered = _alternatives(runtime, turn, possible, around, refused=refused)
    fields["alternatives"] = offers(turn, offered)
    days = runtime.settings.search_days
    if possible.seen.stale and offered:
        return _stale_offer(turn, offered, fields)
    if moved.moved:
        sentence = wording.closed(
            turn.at, moved, offered, service=said, search_days=days, keeps_old=keeps_old
        )
        return Answer("closed" if moved.closure else "unavailable", sentence, fields)
    notice = timedelta(minutes=_notice(runtime, service))
    if asked < turn.now + notice:
        sentence = wording.too_soon(
            turn.at, asked, offered[0] if offered else None, keeps_old=keeps_old
        )
        return Answer("unavailable", sentence, fields)
    if not offered:
        return nothing_free(turn, possible, fields=fields, keeps_old=keeps_old)
    sentence = wording.unavailable(
        turn.at, asked, offered, service=said, search_days=days, keeps_old=keeps_old
    )
    return Answer("unavailable", sentence, fields)


def past(runtime: Runtime, turn: Turn, service: Service, when: When) -> Answer:
    """The wish lies behind us: today's date is said, and the next free time if it can be known."""
    asked = when.start or turn.office.hours.at(when.day, time(12))
    possible = possible_times(runtime, turn, service, turn.at.today)
    following = possible.starts[0] if possible.starts else None
    return Answer(
        "past",
        wording.past(turn.at, asked, following, whole_day=when.start is None),
        {
            "available": False,
            "requested_time": iso(turn, asked),
            "today": turn.at.today.isoformat(),
            "alternatives": offers(turn, possible.starts[:1]),
        },
    )


def nothing_free(
    turn: Turn,
    possible: Possible,
    *,
    days: int | None = None,
    since: date | None = None,
    fields: dict[str, Any] | None = None,
    keeps_old: bool = False,
) -> Answer:
    """The check worked and found nothing; the sentence says how far it looked."""
    first = since or max(turn.at.today, possible.seen.first)
    looked = days or (possible.seen.last - first).days
    return Answer(
        "no_availability",
        wording.no_availability(
            turn.at, looked, service=_said(turn, possible.service), since=first, keeps_old=keeps_old
        ),
        {"available": False, "alternatives": [], **(fields or {}), "searched_days": looked},
    )


def offers(turn: Turn, starts: tuple[datetime, ...] | list[datetime]) -> list[dict[str, str]]:
    """``[{time, spoken}]`` of wire.md §10."""
    return [{"time": iso(turn, s), "spoken": wording.whens(turn.at, [s])} for s in starts]


def iso(turn: Turn, instant: datetime) -> str:
    """ISO 8601 with the branch's offset."""
    return turn.at.local(instant).isoformat(timespec="seconds")


def listed(
    runtime: Runtime,
    turn: Turn,
    service: Service,
    when: When,
    *,
    ignoring: Appointment | None = None,
) -> Answer:
    """A day, or a part of it, was asked for: its free times."""
    possible = possible_times(runtime, turn, service, when.day, ignoring=ignoring)
    said = _said(turn, service)
    fitting = _fitting(turn, possible, when)
    fields: dict[str, Any] = {
        "available": bool(fitting),
        "requested_time": when.day.isoformat(),
        "service": service.name,
        "slots": offers(turn, fitting),
    }
    if fitting:
        if possible.seen.stale:
            return _stale_offer(turn, slots.handful(fitting, 2), fields)
        if when.until:
            some = slots.handful(fitting, 2)
            return Answer("available", wording.alternatives_found(turn.at, some, said), fields)
        return Answer("available", wording.day_listed(turn.at, when.day, fitting, said), fields)
    hours = turn.office.hours
    wish = _middle_of(turn, when)
    moved = hours.move_search(wish)
    days = (possible.seen.last - when.day).days
    around = moved.start if moved.moved else wish
    offered = _alternatives(
        runtime, turn, possible, around, refused=set(), search_days=max(days, 1)
    )
    fields["alternatives"] = offers(turn, offered)
    if moved.moved and moved.closure:
        _note_move(turn, moved.start)
        sentence = wording.closed(turn.at, moved, offered, service=said, search_days=days)
        return Answer("closed", sentence, fields)
    if not offered:
        return nothing_free(turn, possible, fields=fields)
    sentence = wording.day_full(
        turn.at,
        when.day,
        offered,
        until=when.until,
        earliest=when.earliest,
        latest=when.latest,
        service=said,
        search_days=days,
    )
    return Answer("unavailable", sentence, fields)


def _fitting(turn: Turn, possible: Possible, when: When) -> tuple[datetime, ...]:
    """The possible times that a wish admits."""
    hours = turn.office.hours
    # Looking at local clocks is slow, so only the wished days are looked at, and a little around.
    since = hours.at(when.day, time(0)) - _A_LITTLE
    until = hours.at((when.until or when.day) + timedelta(days=1), time(0)) + _A_LITTLE
    near = slots.between(possible.starts, since, until)
    return tuple(s for s in near if when.admits(turn.at.local(s)))


def _alternatives(
    runtime: Runtime,
    turn: Turn,
    possible: Possible,
    around: datetime,
    *,
    refused: set[datetime],
    search_days: int | None = None,
) -> tuple[datetime, ...]:
    return slots.alternatives(
        possible.starts,
        around,
        now=turn.now,
        hours=turn.office.hours,
        minutes=possible.minutes,
        own=possible.own,
        refused=refused,
        most=_most(runtime, turn),
        search_days=search_days or runtime.settings.search_days,
    )


def _most(runtime: Runtime, turn: Turn) -> int:
    """How many other times may be offered."""
    default = runtime.settings.alternatives_default
    return turn.whole("max_alternatives", 1, slots.MOST_EVER, default)


def _middle_of(turn: Turn, when: When) -> datetime:
    """The instant to search around when a day or a part of it was named."""
    windows = turn.office.hours.windows_on(when.day)
    opening = windows[0].opens if windows else time(9)
    return turn.office.hours.at(when.day, when.earliest or opening)


def _notice(runtime: Runtime, service: Service) -> int:
    own = service.notice_minutes
    return runtime.settings.minimum_notice_minutes if own is None else own


def _said(turn: Turn, service: Service) -> str | None:
    """The service's name for the sentence, unless there is only one to speak of."""
    return service.name if len(turn.office.services) > 1 else None


def _stale(turn: Turn, possible: Possible, start: datetime) -> Answer:
    fields = {
        "available": False,
        "requested_time": iso(turn, start),
        "service": possible.service.name,
    }
    return _stale_offer(turn, (start,), fields)


def _stale_offer(turn: Turn, offered: tuple[datetime, ...], fields: dict[str, Any]) -> Answer:
    """The calendar is down: what was free minutes ago is offered with a caveat, never booked."""
    trouble = wording.calendar_trouble(CalcomUnavailable())
    return Answer(
        "calendar_down",
        wording.stale_offer(turn.at, offered, trouble),
        {**fields, "available": False, "alternatives": offers(turn, offered), "stale": True},
    )


def _note_move(turn: Turn, start: datetime) -> None:
    log.info(
        "Auto-adjusted request time",
        extra={"company_id": turn.office.company_id, "moved_to": start.isoformat()},
    )
