"""What one caller may have: what Cal.com says is free, less what is not for them.

Knows notice, holds, pauses, parts and the caller's own appointments; how it is told is
:mod:`askpro.services.offers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from askpro.booking import segments, slots
from askpro.booking.hours import OpeningHours
from askpro.booking.model import Service
from askpro.services import calendar, wishes
from askpro.services.calendar import FreeTimes
from askpro.services.callers import own_appointments
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.store.models import Appointment


@dataclass(frozen=True)
class Possible:
    """``free`` can be booked: Cal.com has it, it is far enough ahead, and nobody else holds it.
    ``clear`` are those of them that are clear of the caller's own appointments.

    ``parts`` are what a composite service consists of, else empty; ``notice`` and ``minutes`` hold
    for all of it.
    """

    service: Service
    parts: tuple[Service, ...]
    minutes: int
    notice: int
    free: tuple[datetime, ...]
    clear: tuple[datetime, ...]
    hours: OpeningHours
    seen: FreeTimes

    @cached_property
    def starts(self) -> tuple[datetime, ...]:
        """What may be offered unasked: clear, and inside the opening hours."""
        return slots.inside(self.clear, self.hours)

    def starts_between(self, since: datetime, until: datetime) -> tuple[datetime, ...]:
        """Those of :attr:`starts` in [since, until): the hours of a few days are soon looked at."""
        return slots.inside(slots.between(self.clear, since, until), self.hours)

    def has(self, start: datetime, turn: Turn) -> bool:
        """Whether this call may have ``start``: free, and held for it where there is a call. Who
        asks for an exact time may have an appointment then: it may be for somebody else."""
        if start not in self.free:
            return False
        return self.seen.held or self.seen.stale or turn.holder is None

    def by_exception(self, day: date) -> bool:
        """Whether Cal.com gives times of a day at which the branch is closed by its hours. Who asks
        for one of them can have it, so nobody may hear that nothing can be had then."""
        hours = self.hours
        since, until = hours.at(day, time(0)), hours.at(day + timedelta(days=1), time(0))
        given = slots.between(self.seen.given, since, until)
        return len(slots.inside(given, hours)) < len(given)


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
    then_book: bool = False,
) -> Possible:
    """What Cal.com says is free around a day, less what this caller can't have.

    ``ignoring`` is the caller's own appointment that is about to move; ``hold`` the start that this
    call wants for itself, with ``then_book`` to book it at once.
    """
    parts = turn.office.parts_of(service)
    own = own_appointments(runtime, turn, ignoring=ignoring)
    minutes = sum(part.minutes for part in parts) or length(runtime, turn, service)
    notice = max(_notice(runtime, each) for each in (service, *parts))

    def bookable(free: tuple[datetime, ...]) -> tuple[datetime, ...]:
        return slots.bookable(free, now=turn.now, notice=notice)

    def clashes(start: datetime) -> bool:
        if not parts:
            return segments.clashes(service, start, own, minutes)
        begun = segments.part_starts(parts, start)
        return any(segments.clashes(part, begins, own) for part, begins in begun)

    wanted = hold if hold and bookable((hold,)) else None
    if parts:
        seen = calendar.free_together(
            runtime,
            turn.office,
            service,
            around,
            holder=turn.holder,
            days=days,
            hold=wanted,
            not_after=turn.not_after,
        )
    else:
        seen = calendar.free_times(
            runtime,
            turn.office,
            service,
            around,
            holder=turn.holder,
            minutes=minutes,
            days=days,
            hold=wanted,
            not_after=turn.not_after,
            moving=ignoring if ignoring and _is_in_the_way(turn, ignoring, around) else None,
            then_book=then_book,
        )
    free = bookable(seen.starts)
    if ignoring:
        free = tuple(start for start in free if start != ignoring.start)
    clear = tuple(start for start in free if not clashes(start)) if own else free
    return Possible(service, parts, minutes, notice, free, clear, turn.office.hours, seen)


def _is_in_the_way(turn: Turn, row: Appointment, day: date) -> bool:
    """Whether an appointment that is to move on its own day may take that time from itself: who
    wants to come half an hour later can. On other days it is in nobody's way, and the times that
    everybody is shown will do."""
    return row.uid is not None and row.seat_uid is None and turn.at.day(row.start) == day


def length(runtime: Runtime, turn: Turn, service: Service) -> int:
    """Minutes: the service's; the argument's only where the event type allows several lengths."""
    if not service.multi_length and service.minutes:
        return service.minutes
    return turn.whole(
        "duration", 15, 480, service.minutes or runtime.settings.retell_default_duration
    )


def _notice(runtime: Runtime, service: Service) -> int:
    own = service.notice_minutes
    return runtime.settings.minimum_notice_minutes if own is None else own
