"""The free times of a service: from the cache, or one wide question to Cal.com.

One window serves the asked time, the day and the alternatives. Times that other calls hold are left
out, and so is what was booked through us since the slots were fetched; every other change drops the
company's slots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import orjson

from askpro.booking import segments
from askpro.booking.model import Service, Span
from askpro.booking.slots import clear_of
from askpro.guards import wish
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment

#: A wish so close to the window's end gets a window of its own, so that alternatives fit in.
_MARGIN_DAYS = 5


@dataclass(frozen=True)
class FreeTimes:
    """Instants (UTC, ascending) at which the service can begin, all inside the looked-at days.

    ``stale`` = the calendar is down and these are up to five minutes old: offer with a caveat,
    never book unseen. ``first`` and ``last`` are the local days that were looked at. ``held`` is
    true when the wished start now belongs to this call. ``given`` is all that Cal.com returned,
    with what others hold or have just booked.
    """

    starts: tuple[datetime, ...]
    first: date
    last: date
    stale: bool = False
    held: bool = False
    given: tuple[datetime, ...] = ()


def free_times(
    runtime: Runtime,
    office: Office,
    service: Service,
    around: date,
    *,
    holder: str | None,
    minutes: int,
    days: int | None = None,
    hold: datetime | None = None,
    not_after: float | None = None,
    whole: Service | None = None,
    moving: Appointment | None = None,
    then_book: bool = False,
) -> FreeTimes:
    """Free starts of ``service`` around the local day ``around``, as seen by ``holder``.

    ``days`` = how far ahead the search goes (setting ``SEARCH_DAYS``). ``hold`` is the start that
    the holder (a call, another client's request) wants for itself: it is held in the same breath if
    it is free, and the service pinned, so that what was checked is what gets booked. ``whole`` is
    the composite service that begins with this one: then all of it is held and pinned. ``moving``
    is an appointment whose own time is to count as free. With ``then_book`` the permit to book what
    is held comes along.

    Raises :class:`~askpro.errors.CalcomError` when neither Cal.com nor the cache can say.
    """
    ahead = days or runtime.settings.search_days
    first, last = _window(runtime, office, around, ahead)
    length = minutes if service.multi_length else None
    window = f"{first:%Y%m%d}-{last:%Y%m%d}-{length or 0}"
    if moving is not None:
        window += f"-{moving.id}"

    def fetch() -> list[str]:
        found = runtime.calcom(office).slots(
            service.event_type_id,
            _midnight(first, office),
            _midnight(last + timedelta(days=1), office) - timedelta(seconds=1),
            minutes=length,
            moving=moving.uid if moving else None,
            not_after=not_after,
        )
        return [_written(slot.start) for slot in found]

    seen = runtime.guards.slots.get(
        company_id=office.company_id,
        branch_id=office.branch_id,
        event_type_id=service.event_type_id,
        window=window,
        fetch=fetch,
        read=_read,
        circuit=office.calcom.name,
        not_after=not_after,
        call_id=holder,
        then="write" if then_book else None,
        hold=wish(
            service.event_type_id,
            Span.of(hold.astimezone(UTC), _minutes_of(office, whole) if whole else minutes),
            call_id=holder,
            service_id=(whole or service).id,
            seats=service.seats or 1,
            written=orjson.dumps(_written(hold)).decode(),
        )
        if hold
        else None,
    )
    others = runtime.guards.holds.held_by_others(office.company_id, holder, service.event_type_id)
    taken = [Span(booked.start, booked.end) for booked in seen.booked]
    if not service.seats:
        taken += [Span(other.start, other.end) for other in others]
    starts = clear_of(seen.value, minutes, taken)
    return FreeTimes(
        starts,
        first,
        last,
        stale=seen.outcome == "stale",
        held=seen.held == "held",
        given=seen.value,
    )


def free_together(
    runtime: Runtime,
    office: Office,
    service: Service,
    around: date,
    *,
    holder: str | None,
    days: int | None = None,
    hold: datetime | None = None,
    not_after: float | None = None,
) -> FreeTimes:
    """Starts at which all parts of a composite service are free, back to back.

    The hold lies on the first part's calendar, for as long as all of it takes: one call holds one
    slot. What it doesn't cover is what Cal.com's own check is for; a part that is refused there
    takes the others back. Arguments and errors as of :func:`free_times`.
    """
    parts = office.parts_of(service)

    def of_part(part: Service, wanted: datetime | None = None) -> FreeTimes:
        return free_times(
            runtime,
            office,
            part,
            around,
            holder=holder,
            minutes=part.minutes,
            days=days,
            hold=wanted,
            not_after=not_after,
            whole=service if part is parts[0] else None,
        )

    later = {part.id: of_part(part) for part in parts[1:]}
    fits = hold is not None and all(
        begins in later[part.id].starts for part, begins in segments.part_starts(parts, hold)[1:]
    )
    first = of_part(parts[0], hold if fits else None)
    seen = {**later, parts[0].id: first}
    return FreeTimes(
        segments.composite_starts(parts, {part: free.starts for part, free in seen.items()}),
        first.first,
        first.last,
        stale=any(free.stale for free in seen.values()),
        held=first.held,
        given=first.given,
    )


def drop(runtime: Runtime, office: Office | int, *, holder: str | None = None) -> None:
    """Forget what was cached for a company: something in its calendar has changed.

    All of its event types, because a booking of one takes the host's time from the others.
    ``holder``: what it held is let go.
    """
    company_id = office if isinstance(office, int) else office.company_id
    runtime.guards.slots.invalidate(company_id, call_id=holder)


def take(
    runtime: Runtime, office: Office, rows: Sequence[Appointment], *, holder: str | None
) -> None:
    """These appointments were made: their time is taken out of what is cached, for every event type
    of the company. A seat that is taken may leave others: then all is forgotten."""
    seated = {service.event_type_id for service in office.services if service.seats}
    if any(row.state != "confirmed" or row.event_type_id in seated for row in rows):
        drop(runtime, office, holder=holder)
        return
    spans = [Span(row.start, row.end) for row in rows]
    runtime.guards.slots.booked(office.company_id, spans, call_id=holder)


def _minutes_of(office: Office, service: Service) -> int:
    return sum(part.minutes for part in office.parts_of(service))


def _written(start: datetime) -> str:
    return start.astimezone(UTC).isoformat()


def _read(starts: list[str]) -> tuple[datetime, ...]:
    return tuple(map(datetime.fromisoformat, starts))


def _window(runtime: Runtime, office: Office, around: date, ahead: int) -> tuple[date, date]:
    """The usual window begins today, so that most questions of a day share one cache entry."""
    today = runtime.clock.now().astimezone(office.hours.zone).date()
    last = today + timedelta(days=ahead)
    if around <= last - timedelta(days=_MARGIN_DAYS):
        return today, last
    return max(today, around - timedelta(days=1)), around + timedelta(days=ahead)


def _midnight(day: date, office: Office) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time(0), tzinfo=office.hours.zone).astimezone(UTC)
