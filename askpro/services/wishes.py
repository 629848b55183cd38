"""What the caller wants: which service, and when. Asks back instead of guessing.

The service: explicit words beat what was pinned after a check in this call, and that beats the
default, which serves only when none was named. The time: an exact instant, a day, or part of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from askpro.booking import wording
from askpro.booking.dates import Reading, Understanding, understand_wish
from askpro.booking.model import Service
from askpro.booking.services import default_service, match_service
from askpro.errors import AskAgain, InvalidInput
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn

_LONGEST_SERVICE = 250
_LONGEST_WHEN = 200


@dataclass(frozen=True)
class When:
    """A time that was wished for, local to the branch.

    ``start`` is the exact instant (UTC) where one was named, else None. ``day`` is always there;
    ``until`` is the last day of a span such as "nächste Woche". ``earliest`` and ``latest`` bound
    the time of day ("ab 15 Uhr", "vormittags"); ``latest`` excluded.
    """

    day: date
    start: datetime | None = None
    until: date | None = None
    earliest: time | None = None
    latest: time | None = None

    def admits(self, local: datetime) -> bool:
        """Whether a local date and time lies inside the wished days and times."""
        if not self.day <= local.date() <= (self.until or self.day):
            return False
        if self.earliest and local.time() < self.earliest:
            return False
        return not (self.latest and local.time() >= self.latest)


def wished_service(runtime: Runtime, turn: Turn, pinned: int | None) -> Service:
    """The service, or :class:`AskAgain` naming what is offered.

    ``pinned`` is the id of the service that this call checked last.
    """
    office = turn.office
    spoken = turn.text("service")
    offered = tuple(s for s in office.services if s.bookable)
    if spoken:
        if len(spoken) > _LONGEST_SERVICE:
            raise InvalidInput("service", wording.invalid("service", "too_long"))
        match = match_service(spoken, office.services)
        if match.service is not None:
            if not match.service.bookable:
                raise AskAgain(wording.not_bookable(match.service))
            return match.service
        if match.candidates:
            raise AskAgain(wording.which_service(match.candidates))
        raise AskAgain(wording.unknown_service(offered))
    service = office.service(pinned) or default_service(offered)
    if service is None:
        raise AskAgain(wording.which_service(offered))
    return service


def wished_time(
    runtime: Runtime, turn: Turn, *, date_arg: str = "date", time_arg: str = "time"
) -> When | None:
    """What the date and time arguments mean; None when there are none.

    Raises :class:`AskAgain` with a question when they have two meanings or none.
    """
    date_text, time_text = turn.text(date_arg), turn.text(time_arg)
    both = turn.text("datetime") if date_arg == "date" else None
    if not (date_text or time_text or both):
        return None
    for name, value in ((date_arg, date_text), (time_arg, time_text), ("datetime", both)):
        if value and len(value) > _LONGEST_WHEN:
            raise InvalidInput(name, wording.invalid(name, "too_long"))
    settings = runtime.settings
    understood = understand_wish(
        turn.now.astimezone(turn.at.zone),
        date_text=date_text,
        time_text=time_text,
        datetime_text=both,
        hours=turn.office.hours,
        plausible=(settings.retell_business_hour_start, settings.retell_business_hour_end),
    )
    return _only_reading(understood, turn)


def _only_reading(understood: Understanding, turn: Turn) -> When:
    if understood.question:
        raise AskAgain(understood.question)
    reading = understood.reading
    if reading is None:
        raise AskAgain(wording.when_again())
    if reading.start.date is None:
        raise AskAgain(wording.which_day())
    return when_of(reading, turn)


def when_of(reading: Reading, turn: Turn) -> When:
    """A reading with a date as a wish in the branch's zone."""
    day, moment = reading.start.date, reading.start.time
    assert day is not None
    end = reading.end
    last = end.date if end and end.date and end.date > day else None
    if moment is None:
        return When(day, until=last)
    if reading.grain in ("minute", "hour", "second") and reading.relation in ("at", "around"):
        start = turn.office.hours.at(day, moment)
        return When(day, start=start)
    if reading.relation == "until":
        return When(day, latest=moment)
    latest = end.time if end and end.time and not last else None
    return When(day, until=last, earliest=moment, latest=latest)


def is_past(when: When, now: datetime, today: date) -> bool:
    """Whether nothing of the wish lies ahead any more."""
    if when.start is not None:
        return when.start <= now - timedelta(minutes=1)
    return (when.until or when.day) < today
