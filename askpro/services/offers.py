"""A time that can't be had: why, and what can. And how free times are written.

The hours move only the search for alternatives, never an exact time that is free (rules.md §2).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from askpro.booking import slots, wording
from askpro.booking.hours import MovedSearch
from askpro.booking.model import Service
from askpro.errors import CalcomError, CalcomUnavailable
from askpro.services.answers import Answer
from askpro.services.possible import Possible, possible_times
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When

log = logging.getLogger(__name__)


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
    moved = turn.office.hours.move_search(asked)
    fields: dict[str, Any] = {
        "available": False,
        "requested_time": iso(turn, asked),
        "service": possible.service.name,
    }
    if moved.moved:
        note_move(turn, moved.start)
    offered = alternatives(runtime, turn, possible, moved, refused={asked})
    fields["alternatives"] = written(turn, offered)
    if possible.seen.stale and offered:
        return stale(turn, offered, fields)
    days = runtime.settings.search_days
    service = said(turn, possible.service)
    if moved.moved:
        sentence = wording.closed(
            turn.at,
            moved,
            offered,
            service=service,
            search_days=days,
            keeps_old=keeps_old,
            exception="time" if possible.by_exception(turn.at.day(asked)) else None,
        )
        return Answer("closed" if moved.closure else "unavailable", sentence, fields)
    if asked < turn.now + timedelta(minutes=possible.notice):
        sentence = wording.too_soon(turn.at, asked, offered, keeps_old=keeps_old)
        return Answer("unavailable", sentence, fields)
    if not offered:
        return nothing_free(turn, possible, fields=fields, keeps_old=keeps_old)
    sentence = wording.unavailable(
        turn.at, asked, offered, service=service, search_days=days, keeps_old=keeps_old
    )
    return Answer("unavailable", sentence, fields)


def past(runtime: Runtime, turn: Turn, service: Service, when: When) -> Answer:
    """The wish lies behind us: today's date is said, and the next free time if it can be known."""
    asked = when.start or turn.office.hours.at(when.day, time(12))
    following: tuple[datetime, ...] = ()
    try:
        following = possible_times(runtime, turn, service, turn.at.today).starts[:1]
    except CalcomError as error:
        # That it is past is known without the calendar.
        log.info("no next free time", extra={"error": type(error).__name__})
    return Answer(
        "past",
        wording.past(turn.at, asked, next(iter(following), None), whole_day=when.start is None),
        {
            "available": False,
            "requested_time": iso(turn, asked),
            "today": turn.at.today.isoformat(),
            "alternatives": written(turn, following),
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
    service = said(turn, possible.service)
    return Answer(
        "no_availability",
        wording.no_availability(turn.at, looked, service=service, since=first, keeps_old=keeps_old),
        {"available": False, "alternatives": [], **(fields or {}), "searched_days": looked},
    )


def stale(turn: Turn, offered: Sequence[datetime], fields: dict[str, Any]) -> Answer:
    """The calendar is down: what was free minutes ago is offered with a caveat, never booked."""
    trouble = wording.calendar_trouble(CalcomUnavailable())
    return Answer(
        "calendar_down",
        wording.stale_offer(turn.at, offered, trouble),
        {**fields, "available": False, "alternatives": written(turn, offered), "stale": True},
    )


def alternatives(
    runtime: Runtime,
    turn: Turn,
    possible: Possible,
    search: MovedSearch,
    *,
    refused: set[datetime],
    search_days: int | None = None,
) -> tuple[datetime, ...]:
    """Other times that this caller may have, as many as were asked for."""
    return slots.alternatives(
        possible.starts,
        search.start,
        hours=turn.office.hours,
        refused=refused,
        moved_from=search.asked if search.moved else None,
        most=most(runtime, turn),
        search_days=search_days or runtime.settings.search_days,
    )


def most(runtime: Runtime, turn: Turn) -> int:
    """How many other times may be offered."""
    default = runtime.settings.alternatives_default
    return turn.whole("max_alternatives", 1, slots.MOST_EVER, default)


def written(turn: Turn, starts: Sequence[datetime]) -> list[dict[str, str]]:
    """``[{time, spoken}]`` of wire.md §10."""
    at = turn.at
    both = (_written(start, at.zone, at.today) for start in starts)
    return [{"time": exact, "spoken": spoken} for exact, spoken in both]


@lru_cache(maxsize=4096)
def _written(start: datetime, zone: ZoneInfo, today: date) -> tuple[str, str]:
    """The same for everybody who is offered this start today."""
    local = start.astimezone(zone)
    return _iso(local), wording.spoken_when(local, today)


def iso(turn: Turn, instant: datetime) -> str:
    """ISO 8601 with the branch's offset."""
    return _iso(turn.at.local(instant))


def _iso(local: datetime) -> str:
    return local.isoformat(timespec="seconds")


def said(turn: Turn, service: Service) -> str | None:
    """The service's name for the sentence, unless there is only one to speak of."""
    return service.name if len(turn.office.services) > 1 else None


def note_move(turn: Turn, start: datetime) -> None:
    """The search was moved into the opening hours: in the log as well as in the sentence."""
    log.info(
        "Auto-adjusted request time",
        extra={"company_id": turn.office.company_id, "moved_to": start.isoformat()},
    )
