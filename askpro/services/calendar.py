"""The free times of a service: from the cache, or one wide question to Cal.com.

One window serves the asked time, the day and the alternatives. Times that other calls hold are left
out; a booking of our own made since is left out because every change drops the company's slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from askpro.booking.model import Service, Span
from askpro.services.directory import Office
from askpro.services.runtime import Runtime

#: A wish so close to the window's end gets a window of its own, so that alternatives fit in.
_MARGIN_DAYS = 5


@dataclass(frozen=True)
class FreeTimes:
    """Instants (UTC, ascending) at which the service can begin, all inside the looked-at days.

    ``stale`` = the calendar is down and these are up to five minutes old: offer with a caveat,
    never book unseen. ``first`` and ``last`` are the local days that were looked at.
    """

    starts: tuple[datetime, ...]
    first: date
    last: date
    stale: bool = False

    def on(self, day: date, office: Office) -> tuple[datetime, ...]:
        zone = office.hours.zone
        return tuple(s for s in self.starts if s.astimezone(zone).date() == day)


def free_times(
    runtime: Runtime,
    office: Office,
    service: Service,
    around: date,
    *,
    call_id: str | None,
    days: int | None = None,
    minutes: int | None = None,
) -> FreeTimes:
    """Free starts of ``service`` around the local day ``around``, as seen by this call.

    ``days`` = how far ahead the search goes (setting ``SEARCH_DAYS``). Raises
    :class:`~askpro.errors.CalcomError` when neither Cal.com nor the cache can say.
    """
    ahead = days or runtime.settings.search_days
    first, last = _window(runtime, office, around, ahead)
    length = minutes if service.multi_length else None

    def fetch() -> list[str]:
        found = runtime.calcom(office).slots(
            service.event_type_id,
            _midnight(first, office),
            _midnight(last + timedelta(days=1), office) - timedelta(seconds=1),
            minutes=length,
        )
        return [slot.start.isoformat() for slot in found]

    seen = runtime.guards.slots.get(
        company_id=office.company_id,
        branch_id=office.branch_id,
        event_type_id=service.event_type_id,
        window=f"{first:%Y%m%d}-{last:%Y%m%d}-{length or 0}",
        fetch=fetch,
    )
    held = runtime.guards.holds.held_by_others(office.company_id, call_id)
    starts = tuple(
        start
        for start in map(datetime.fromisoformat, seen.value)
        if not _overlaps(start, minutes or service.minutes, held)
    )
    return FreeTimes(starts, first, last, stale=seen.outcome == "stale")


def drop(runtime: Runtime, office: Office | int, event_type_id: int | None = None) -> None:
    """Forget what was cached for a company: something in its calendar has changed.

    All of its event types, because a booking of one takes the host's time from the others.
    """
    company_id = office if isinstance(office, int) else office.company_id
    runtime.guards.slots.invalidate(company_id, event_type_id)


def _window(runtime: Runtime, office: Office, around: date, ahead: int) -> tuple[date, date]:
    """The usual window begins today, so that most questions of a day share one cache entry."""
    today = runtime.clock.now().astimezone(office.hours.zone).date()
    last = today + timedelta(days=ahead)
    if today <= around <= last - timedelta(days=_MARGIN_DAYS) or around < today:
        return today, last
    first = max(today, around - timedelta(days=1))
    return first, around + timedelta(days=ahead)


def _midnight(day: date, office: Office) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time(0), tzinfo=office.hours.zone).astimezone(UTC)


def _overlaps(start: datetime, minutes: int, held: tuple[Span, ...]) -> bool:
    span = Span.of(start, minutes)
    return any(span.overlaps(other) for other in held)
