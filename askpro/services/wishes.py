"""What the caller wants: which service, and when. Asks back instead of guessing.

The service: explicit words beat what was pinned after a check in this call, and that beats the
default, which serves only when none was named. The time: an exact instant, a day, or part of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from askpro.booking import wording
from askpro.booking.dates import PARTS, Reading, Understanding, is_any_day, understand_wish
from askpro.booking.model import Service
from askpro.booking.services import default_service, match_service
from askpro.errors import AskAgain, InvalidInput, TooFarAhead, UnknownService
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn

_LONGEST_SERVICE = 250
_LONGEST_WHEN = 200
_SHORTEST_SERVICE = 5
#: A word beside the T and the Z of an instant.
_WORDS = re.compile(r"[^\W\d_]{2}")
_MOST_DAYS_AHEAD = 730
_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class When:
    """A time that was wished for, local to the branch.

    ``start`` is the exact instant (UTC) where one was named, else None. ``day`` is always there;
    ``until`` is the last day of a span such as "nächste Woche". ``earliest`` and ``latest`` bound
    the time of day ("ab 15 Uhr", "vormittags"); ``latest`` excluded. ``any_day``: the day does not
    matter ("egal, Hauptsache abends", "ab Montag"), the sooner the better.
    """

    day: date
    start: datetime | None = None
    until: date | None = None
    earliest: time | None = None
    latest: time | None = None
    any_day: bool = False

    @property
    def is_one_time(self) -> bool:
        """Whether one time of day was named, not a stretch of it: "nächste Woche um zehn"."""
        return self.earliest is not None and self.latest == _minute_after(self.earliest)

    def admits(self, local: datetime) -> bool:
        """Whether a local date and time lies inside the wished days and times."""
        if not self.day <= local.date() <= (self.until or self.day):
            return False
        if self.earliest and self.latest and self.latest < self.earliest:
            return local.time() >= self.earliest or local.time() < self.latest  # "nachts"
        if self.earliest and local.time() < self.earliest:
            return False
        return not (self.latest and local.time() >= self.latest)


def wished_service(turn: Turn, pinned: int | None) -> Service:
    """The service, or :class:`AskAgain` naming what is offered.

    ``pinned`` is the id of the service that this call checked last. A service that stands beside
    the day ("Damenschnitt morgen um drei") was named as well.
    """
    office = turn.office
    spoken = turn.text("service")
    chosen = _by_number(turn)
    if chosen is not None:
        return chosen
    offered = _offered(turn)
    if spoken:
        if len(spoken) > _LONGEST_SERVICE:
            raise InvalidInput("service", wording.invalid("service", "too_long"))
        match = match_service(spoken, office.services)
        if match.service is not None:
            return _bookable(match.service)
        if match.candidates:
            raise AskAgain(wording.which_service(match.candidates))
        raise UnknownService(wording.unknown_service(offered))
    beside = service_beside(turn, "date", "time", "datetime", "after")
    if beside is not None:
        return _bookable(beside)
    service = office.service(pinned) or default_service(offered)
    if service is None:
        raise AskAgain(wording.which_service(offered))
    return service


def service_beside(turn: Turn, *args: str) -> Service | None:
    """The service that one of these arguments names without any doubt, whatever else it says."""
    for name in args:
        text = turn.text(name) or ""
        if _SHORTEST_SERVICE <= len(text) <= _LONGEST_WHEN and _WORDS.search(text):
            service = match_service(text, turn.office.services).service
            if service is not None:
                return service
    return None


def _by_number(turn: Turn) -> Service | None:
    """The service by our id or Cal.com's event type, as other clients name it."""
    for name, attribute in (("service_id", "id"), ("event_type_id", "event_type_id")):
        number = turn.args.get(name)
        if number is None:
            continue
        for service in turn.office.services:
            if getattr(service, attribute) == number:
                return _bookable(service)
        raise UnknownService(wording.unknown_service(_offered(turn)))
    return None


def _offered(turn: Turn) -> tuple[Service, ...]:
    return tuple(service for service in turn.office.services if service.bookable)


def _bookable(service: Service) -> Service:
    if not service.bookable:
        raise AskAgain(wording.not_bookable(service))
    return service


def wished_time(
    runtime: Runtime,
    turn: Turn,
    *,
    date_arg: str = "date",
    time_arg: str = "time",
    bare_time_on: date | None = None,
    unclear: str | None = None,
    is_meant: Callable[[When], bool] | None = None,
) -> When | None:
    """What the date and time arguments mean; None when there are none.

    ``bare_time_on`` is the local day that a time without a day is meant for, and from which "am
    Mittwoch drauf" counts; without it the day is asked for. ``unclear`` is what the caller hears
    when nothing was understood. Of several meanings the only one that ``is_meant`` is taken. Raises
    :class:`AskAgain` with a question when they have two meanings or none.
    """
    said = {
        "date_text": (date_arg, turn.text(date_arg)),
        "time_text": (time_arg, turn.text(time_arg)),
        "datetime_text": ("datetime", turn.text("datetime") if date_arg == "date" else None),
    }
    if not any(text for _, text in said.values()):
        return None
    for name, text in said.values():
        if text and len(text) > _LONGEST_WHEN:
            raise InvalidInput(name, wording.invalid(name, "too_long"))
    texts = {part: text for part, (_, text) in said.items() if text}
    understood = _understood(runtime, turn, texts, bare_time_on)
    any_until: date | None = None
    search = timedelta(days=runtime.settings.search_days)
    if bare_time_on is None and any(map(is_any_day, texts.values())):
        any_until = turn.at.today + search
        if understood.reading is None and not understood.question:
            # "Egal wann" is no day: what was said beside it decides.
            texts = {part: text for part, text in texts.items() if not is_any_day(text)}
            if not texts:
                return When(turn.at.today, until=any_until, any_day=True)
            understood = _understood(runtime, turn, texts)
    if bare_time_on and len(understood.readings) == 1 and not understood.readings[0].day_said:
        understood = Understanding(understood.readings)  # The day in question is known.
    if understood.question:
        meanings = understood.readings
        days = [each.start.date for each in meanings if each.start.date]
        # "Freitag, den 29." where that is a Thursday: one of the two is wrong, whatever is booked.
        if is_meant is None or len({day.weekday() for day in days}) > 1:
            meanings = ()
        meant = [_when_of(each, turn, bare_time_on, any_until) for each in meanings]
        meant = [when for when in meant if is_meant and is_meant(when)]
        if len(meant) != 1:
            raise AskAgain(understood.question)
        return meant[0]
    reading = understood.reading
    if reading is None:
        raise AskAgain(unclear or wording.when_again())
    begins, ends = reading.start, reading.end
    if reading.relation == "from" and begins.date and (begins.time is None or ends):
        # "Ab Montag", "ab Montag vormittags": the sooner, the better. "Montag ab zehn" is a day.
        earliest, latest = _bounds(reading)
        until = begins.date + search
        return When(begins.date, until=until, earliest=earliest, latest=latest, any_day=True)
    return _when_of(reading, turn, bare_time_on, any_until)


def _understood(
    runtime: Runtime, turn: Turn, texts: Mapping[str, str], anchor: date | None = None
) -> Understanding:
    settings = runtime.settings
    return understand_wish(
        turn.at.local(turn.now),
        anchor=anchor,
        hours=turn.office.hours,
        plausible=(settings.retell_business_hour_start, settings.retell_business_hour_end),
        date_text=texts.get("date_text"),
        time_text=texts.get("time_text"),
        datetime_text=texts.get("datetime_text"),
    )


def _when_of(
    reading: Reading, turn: Turn, bare_time_on: date | None, any_until: date | None
) -> When:
    end = reading.end
    day = reading.start.date
    if day is None and end is not None and end.date is not None:
        day = turn.at.today  # "bis Freitag" begins now
    if not reading.day_said:
        day = bare_time_on
    if day is None and any_until:
        return _on_any_day(reading, turn, any_until)
    if day is None:
        raise AskAgain(wording.which_day())
    if reading.exact and reading.start.time is not None:
        return When(day, start=turn.office.hours.at(day, reading.start.time))
    spans_days = end is not None and end.date is not None and end.date > day
    earliest, latest = _bounds(reading)
    return When(
        day, until=end.date if spans_days and end else None, earliest=earliest, latest=latest
    )


def _on_any_day(reading: Reading, turn: Turn, until: date) -> When:
    earliest, latest = _bounds(reading)
    return When(turn.at.today, until=until, earliest=earliest, latest=latest, any_day=True)


def _bounds(reading: Reading) -> tuple[time | None, time | None]:
    """The earliest time of day that was meant, and the first that no longer is."""
    part = PARTS.get(reading.part) if reading.part else None
    first, last = reading.start.time, reading.end.time if reading.end else None
    if part:
        return part.search_from, last
    if first and last is None and reading.relation in ("at", "around"):
        return first, _minute_after(first)
    return first, last


def _minute_after(moment: time) -> time:
    return (datetime.combine(date.min, moment) + _A_MINUTE).time()


def wished_window(runtime: Runtime, turn: Turn, text: str) -> tuple[When | None, bool]:
    """When somebody would like to be called, where that is clear; and whether any time that lies
    ahead was named at all. Nothing is asked back."""
    if len(text) > _LONGEST_WHEN:
        return None, False
    understood = _understood(runtime, turn, {"datetime_text": text})
    reading = understood.reading
    if reading is None:
        return None, bool(understood.readings)
    if reading.relation == "from" and reading.start.time is None:
        return None, reading.start.date is not None and reading.start.date > turn.at.today
    when = _when_of(reading, turn, None, any_until=turn.at.today)
    if when.any_day:
        return when, True
    local = turn.at.local(turn.now)
    last = when.until or when.day
    over = last == local.date() and when.latest is not None and when.latest <= local.time()
    if over or is_past(when, turn.now, turn.at.today):
        return None, False
    return when, True


def refuse_far(when: When, turn: Turn) -> None:
    """Raise :class:`TooFarAhead` for a wish that no calendar can answer."""
    if when.day > turn.at.today + timedelta(days=_MOST_DAYS_AHEAD):
        raise TooFarAhead(wording.too_far_ahead())


def is_past(when: When, now: datetime, today: date) -> bool:
    """Whether nothing of the wish lies ahead any more."""
    if when.start is not None:
        return when.start <= now - timedelta(minutes=1)
    return (when.until or when.day) < today
