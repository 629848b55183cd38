"""What a caller hears about free times: check, alternatives, next free, past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from askpro.booking.slots import handful
from askpro.booking.wording.moments import (
    WEEKDAYS,
    Listener,
    day_clause,
    named_day,
    spoken_date,
    spoken_time,
    stretch,
    times_of_day,
    whens,
)
from askpro.booking.wording.numbers import before_noun
from askpro.booking.wording.offers import OLD_STAYS, choice, fewer, nothing_after, with_offer
from askpro.booking.wording.speech import (
    CALLBACK_OFFER,
    first_fit,
    for_service,
    sentence,
)

#: A day with more free times than this is summarised.
MOST_TIMES_SAID = 6


def available(at: Listener, start: datetime, service: str | None = None) -> str:
    """The exact time asked for is free; nothing is booked yet."""
    return sentence(
        f"Ja, {whens(at, [start])} ist{for_service(service)} noch ein Termin frei.",
        "Soll ich ihn für Sie eintragen?",
    )


def unavailable(
    at: Listener,
    asked: datetime,
    alternatives: Sequence[datetime],
    *,
    service: str | None = None,
    search_days: int = 14,
    keeps_old: bool = False,
) -> str:
    """The time asked for is not free. ``keeps_old``: it was to replace a standing appointment."""
    kept = OLD_STAYS if keeps_old else ""
    refusals = [
        f"{whens(at, [asked])} ist{said} leider kein Termin mehr frei.{kept}"
        for said in (for_service(service), "")
    ]
    if not alternatives:
        return nothing_after(refusals[0], search_days)
    return first_fit(with_offer(at, refusals, alternatives, same_day=at.day(asked)))


def day_listed(
    at: Listener, day: date, slots: Sequence[datetime], service: str | None = None
) -> str:
    """The free times of one day, all of them or a handful."""
    name = day_clause(day, at.today)
    subject = for_service(service)
    if len(slots) == 1:
        only = f"{name} habe ich{subject} {times_of_day(at, slots)} noch einen Termin frei."
        return sentence(only, "Passt Ihnen das?")
    if len(slots) <= MOST_TIMES_SAID:
        times = times_of_day(at, slots)
        return sentence(f"{name} habe ich{subject} {times} noch Termine frei.", "Was passt Ihnen?")
    some = times_of_day(at, handful(slots, 4), "oder")
    count = before_noun(len(slots))
    return sentence(
        f"{name} habe ich{subject} noch {count} Zeiten frei, zum Beispiel {some}.",
        "Was passt Ihnen?",
    )


def day_full(
    at: Listener,
    day: date,
    alternatives: Sequence[datetime],
    *,
    until: date | None = None,
    earliest: time | None = None,
    latest: time | None = None,
    one_time: bool = False,
    closed: bool = False,
    service: str | None = None,
    search_days: int = 14,
) -> str:
    """Nothing is free on the day asked for, or until the day ``until``; other days may be.

    ``earliest`` and ``latest`` when only that part of the day was asked for; ``one_time`` when it
    was ``earliest`` and no other time, ``closed`` when the branch never opens then.
    """
    span = stretch(at, day, until, earliest, latest, one_time=one_time)
    refusals = [
        f"{span} ist{said} leider kein Termin mehr frei." for said in (for_service(service), "")
    ]
    if closed:
        refusals = [f"{span} haben wir leider geschlossen."]
    if not alternatives:
        return nothing_after(refusals[0], search_days)
    same_day = None if until else day
    return first_fit(with_offer(at, refusals, alternatives, same_day=same_day))


def alternatives_found(
    at: Listener, alternatives: Sequence[datetime], service: str | None = None
) -> str:
    """Other free times, asked for as such."""
    subject = for_service(service)
    return first_fit(
        f"Ich kann Ihnen{subject} {whens(at, some)} anbieten. {choice(some)}"
        for some in fewer(alternatives)
    )


def next_found(at: Listener, start: datetime, service: str | None = None) -> str:
    return sentence(
        f"Der nächste freie Termin{for_service(service)} ist {whens(at, [start])}.",
        "Passt Ihnen das?",
    )


def no_availability(
    at: Listener,
    search_days: int,
    *,
    service: str | None = None,
    since: date | None = None,
    keeps_old: bool = False,
) -> str:
    """The check worked, nothing is free: says how far it looked, ``search_days`` from ``since``."""
    since = since or at.today
    until = named_day(since + timedelta(days=search_days), at.today, case="accusative")
    subject = for_service(service)
    kept = OLD_STAYS if keeps_old else ""
    if since == at.today and search_days > 1:
        span = f"in den nächsten {before_noun(search_days)} Tagen, also bis {until},"
    elif since == at.today:
        span = f"bis {until},"
    else:
        span = f"von {named_day(since, at.today, case='dative')}, bis {until},"
    return first_fit(
        [
            f"{span} ist{subject} leider kein Termin frei.{kept} {CALLBACK_OFFER}",
            f"bis {until}, ist{subject} leider kein Termin frei.{kept} {CALLBACK_OFFER}",
        ]
    )


def past(
    at: Listener, asked: datetime, next_free: datetime | None = None, *, whole_day: bool = False
) -> str:
    """The wish lies behind us: today's date and weekday, and the next free time if there is one.

    ``whole_day`` when only a day was asked for.
    """
    today, day = at.today, at.day(asked)
    with_year = day.year != today.year
    dated_today = f"{WEEKDAYS[today.weekday()]}, der " + spoken_date(
        today, case="nominative", with_year=with_year
    )
    if day == today and not whole_day:
        over = (
            f"{spoken_time(at.local(asked).time())} ist heute schon vorbei. "
            f"Heute ist {dated_today}, und es ist {spoken_time(at.local(at.now).time())}."
        )
    else:
        dated = spoken_date(day, case="nominative", with_year=with_year)
        over = f"Der {dated} ist leider schon vorbei. Heute ist {dated_today}."
    if next_free is None:
        return sentence(over, "Welchen Tag wünschen Sie stattdessen?")
    return sentence(over, f"Als Nächstes wäre {whens(at, [next_free])} frei.", "Passt Ihnen das?")


def too_soon(
    at: Listener,
    asked: datetime,
    alternatives: Sequence[datetime],
    *,
    keeps_old: bool = False,
) -> str:
    """The wish is nearer than the minimum notice. What is nearest to it need not be the next."""
    refusal = f"{whens(at, [asked])} ist leider zu kurzfristig.{OLD_STAYS if keeps_old else ''}"
    if not alternatives:
        return sentence(refusal, CALLBACK_OFFER)
    return first_fit(with_offer(at, [refusal], alternatives, same_day=at.day(asked)))


def stale_offer(at: Listener, slots: Sequence[datetime], trouble: str) -> str:
    """The calendar is down: what was free minutes ago, as a maybe.

    ``trouble`` is the first sentence of :func:`~askpro.booking.wording.faults.calendar_trouble`.
    """
    return first_fit(
        f"{trouble} Nach dem letzten Stand wäre {whens(at, some)} frei, "
        f"versprechen kann ich das aber noch nicht. {CALLBACK_OFFER}"
        for some in fewer(slots)
    )
