"""Says every sentence of the product with many combinations of what it may be about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

from askpro.booking import wording
from askpro.booking.hours import OpeningHours
from askpro.booking.hours_text import parse_hours
from askpro.booking.model import Service
from askpro.booking.policy import Refusal
from askpro.booking.wording import Entry, Listener
from askpro.errors import (
    BudgetSpent,
    CalcomError,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnauthorized,
    CalcomUnavailable,
    CalcomUnreachable,
    CalcomUnreadable,
    CircuitOpen,
)
from tests.booking.days import BERLIN, LISTENER, at

#: The longest that an input may be (rules.md §5), and the strangest.
NAMES = (
    None,
    "Färben",
    "Massage (60 Min.) & Öl\n",
    "<b>2</b> x 😊 Waschen/Schneiden/Föhnen, 1,5 h",
    "Donaudampfschifffahrtsgesellschaft " * 7,
    "x" * 250,
    "12345678",
    "😊",
)
LONGEST_DAY = at(12, 31, 17, 45, year=2027)
INSTANTS = (
    at(10, 20, 14, 30),
    at(10, 20, 23, 59),
    at(10, 21, 0),
    at(10, 21, 1, 1),
    at(10, 22, 8, 15),
    at(10, 24, 11, 45),
    at(10, 26, 12, 30),
    at(11, 1, 9, 30),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    at(1, 7, 21, 21, year=2027),
    LONGEST_DAY,
)
MANY = tuple(LONGEST_DAY + timedelta(days=day, minutes=5) for day in range(5))
LISTS: tuple[tuple[datetime, ...], ...] = (
    (),
    INSTANTS[:1],
    INSTANTS[1:3],
    INSTANTS[5:8],
    tuple(at(10, 22, hour, 30) for hour in range(9, 14)),
    MANY,
)
DAYS = (date(2026, 10, 20), date(2026, 10, 21), date(2026, 11, 1), date(2027, 12, 31))
HOURS = (
    OpeningHours(BERLIN),
    OpeningHours(BERLIN, weekly=((),) * 7),
    parse_hours("Mo-Fr 0-24, Sa 18-2", BERLIN),
    parse_hours(
        "Mo 8:15-12:45 und 13:15-17:45, Di 8:20-12:45 und 13:15-17:45, Mi 8:25-12:45 und "
        "13:15-17:45, Do 8:35-12:45 und 13:15-17:45, Fr 8:40-12:45 und 13:15-17:45, Sa 9-10",
        BERLIN,
    ),
    OpeningHours(
        BERLIN,
        bundesland="BY",
        holidays=((date(2026, 10, 22), "Betriebsferien bis 30.10. 😊 " * 9),),
    ),
)
FAULTS: tuple[CalcomError, ...] = (
    CalcomUnreachable(),
    CalcomUnavailable(),
    CalcomUnreadable(),
    CalcomRateLimited(),
    CalcomUnauthorized(),
    CircuitOpen(),
    BudgetSpent(),
    CalcomNotFound(),
    CalcomRejected(),
)
FIELDS = (
    *("name", "email", "phone", "service", "date", "time", "datetime", "duration", "notes"),
    *("reason", "window", "old_date", "old_time", "new_date", "new_time", "after", "search_days"),
)
COLOUR = Service(1, 15, None, "Färben", 11, 120, price_cents=9500)
OFFERED = (
    (),
    (COLOUR,),
    (COLOUR, replace(COLOUR, name="Beratung", price_cents=0, minutes=15)),
    tuple(
        replace(COLOUR, name=f"Besonders gründliche Behandlung {n}", price_cents=100 + n)
        for n in range(12)
    ),
    tuple(replace(COLOUR, name=name, price_cents=None) for name in NAMES if name),
)

Said = Iterator[tuple[str, str]]


def every_sentence() -> Said:
    """(name of the function, sentence) of all that a caller may hear."""
    for part in (_availability, _closed, _appointments, _questions, _people, _faults):
        yield from part(LISTENER)


def _availability(to: Listener) -> Said:
    for start, name in product(INSTANTS, NAMES):
        yield "available", wording.available(to, start, name)
        yield "next_found", wording.next_found(to, start, name)
    for start, others, name, days in product(INSTANTS, LISTS, NAMES, (1, 14, 90)):
        for keeps_old in (False, True):
            yield (
                "unavailable",
                wording.unavailable(
                    to, start, others, service=name, search_days=days, keeps_old=keeps_old
                ),
            )
    for day, others, name in product(DAYS, LISTS, NAMES):
        yield "day_full", wording.day_full(to, day, others, service=name)
        for earliest, latest in ((time(12), time(17)), (time(15, 30), None), (None, time(12))):
            yield (
                "day_full",
                wording.day_full(to, day, others, earliest=earliest, latest=latest, service=name),
            )
        later = day + timedelta(days=6)
        yield "day_full", wording.day_full(to, day, others, until=later, service=name)
        ten = wording.day_full(
            to, day, others, until=later, earliest=time(10), one_time=True, service=name
        )
        yield "day_full", ten
        for end in (day, later):
            shut = wording.day_full(
                to, day, others, until=end, earliest=time(18, 30), closed=True, service=name
            )
            yield "day_full", shut
    for day, count, name in product(DAYS, (1, 2, 6, 7, 40), NAMES):
        slots = [
            datetime.combine(day, time(8), tzinfo=BERLIN) + timedelta(minutes=15 * n)
            for n in range(count)
        ]
        yield "day_listed", wording.day_listed(to, day, slots, name)
    for others, name in product(LISTS[1:], NAMES):
        yield "alternatives_found", wording.alternatives_found(to, others, name)
        for fault in FAULTS:
            yield "stale_offer", wording.stale_offer(to, others, wording.calendar_trouble(fault))
    for days, name, since in product((1, 2, 14, 90), NAMES, (None, *DAYS)):
        for kept in (False, True):
            said = wording.no_availability(to, days, service=name, since=since, keeps_old=kept)
            yield "no_availability", said
    old = (at(10, 20, 9), at(10, 20, 0, 5), at(10, 19, 9), at(10, 1, 9, year=2023))
    for asked, free, whole in product(old, (None, *INSTANTS), (False, True)):
        yield "past", wording.past(to, asked, free, whole_day=whole)
    for asked, others, kept in product(INSTANTS, LISTS, (False, True)):
        yield "too_soon", wording.too_soon(to, asked, others, keeps_old=kept)


def _closed(to: Listener) -> Said:
    asked = (*INSTANTS, at(10, 22, 10), at(6, 4, 10, year=2027), at(10, 21, 7), at(10, 26, 13))
    for hours, instant, free, name in product(HOURS, asked, LISTS, NAMES):
        moved = hours.move_search(instant)
        if moved.moved:
            for kept in (False, True):
                for exception in (None, "day", "time"):
                    yield (
                        "closed",
                        wording.closed(
                            to, moved, free, service=name, keeps_old=kept, exception=exception
                        ),
                    )
                yield "closed", wording.closed(to, moved, free, service=name, weekend=True)
            yield "closed_reason", wording.closed_reason(to, moved)


def _appointments(to: Listener) -> Said:
    for start, name in product(INSTANTS, NAMES):
        entry = Entry(start, name)
        yield "booked", wording.booked(to, start, name)
        yield "booked", wording.booked(to, start, name, beside=start)
        yield "requested", wording.requested(to, start, name)
        yield "pending", wording.pending(to, start, name)
        yield "reschedule_requested", wording.reschedule_requested(to, start, name)
        yield "ready", wording.ready(to, entry)
        for each in (entry, replace(entry, confirmed=False)):
            yield "already_booked", wording.already_booked(to, each)
        yield "already_cancelled", wording.already_cancelled(to, entry)
        yield "not_movable", wording.not_movable(to, entry)
        yield "found", wording.found(to, [entry])
        yield "found", wording.found(to, [replace(entry, confirmed=False)])
        for action in ("reschedule", "cancel"):
            yield "change_pending", wording.change_pending(to, action, entry)
        for cents in (0, 1, 100, 150, 4990, 123456):
            yield "rescheduled", wording.rescheduled(to, start, name, fee_cents=cents)
            yield "cancelled", wording.cancelled(to, entry, fee_cents=cents)
            for action in ("reschedule", "cancel"):
                yield (
                    "confirm_change",
                    wording.confirm_change(to, action, entry, fee_cents=cents),
                )
                yield "kept", wording.kept(to, action, entry, fee_cents=cents)
    for starts, name in product(LISTS[2:], NAMES):
        entries = [Entry(start, name) for start in starts]
        yield "found", wording.found(to, entries)
        yield "booked_together", wording.booked_together(to, entries)
        seats = [replace(entry, name=name or "Eva Sommer") for entry in entries]
        for action, some in product(("reschedule", "cancel"), (entries, seats)):
            yield "which_one", wording.which_one(to, some, action)
    for action, day in product(("query", "reschedule", "cancel"), (None, *DAYS)):
        yield "not_found", wording.not_found(to, action, day)
        yield "none_found", wording.none_found(to, day)
        yield "old_day_unclear", wording.old_day_unclear(action)
        for until in DAYS if day else ():
            yield "not_found", wording.not_found(to, action, day, max(day, until))
        yield "not_allowed", wording.not_allowed(action)
    for action, reason, limit in product(
        ("reschedule", "cancel"), ("too_late", "too_often"), (0, 1, 2, 24, 36, 48, 168)
    ):
        if reason == "too_often" or limit:
            yield "refused", wording.refused(Refusal(reason, limit), action)


def _questions(to: Listener) -> Said:
    for field, problem in product(FIELDS, ("missing", "unreadable", "too_long", "out_of_range")):
        yield "invalid", wording.invalid(field, problem)
    yield "when_again", wording.when_again()
    yield "too_far_ahead", wording.too_far_ahead()
    yield "which_day", wording.which_day()
    yield "whose_name", wording.whose_name()
    for day in DAYS:
        yield "which_time", wording.which_time(to, day)
    both = replace(COLOUR, id=3, name=NAMES[4] or "", parts=(1, 2))
    yield "which_service", wording.which_service([COLOUR, replace(COLOUR, id=2), both])
    for offered in OFFERED:
        yield "which_service", wording.which_service(offered)
        yield "unknown_service", wording.unknown_service(offered)
    for name, why in product(NAMES, NAMES):
        if name:
            yield "not_bookable", wording.not_bookable(replace(COLOUR, name=name, why_not=why))


def _people(to: Listener) -> Said:
    for name, visit in product(NAMES, (None, *DAYS, date(2026, 10, 19), date(2019, 1, 1))):
        yield "known", wording.known(to, [name], visit)
        yield "known", wording.known(to, [name, "Anna Müller", "Peter Müller"])
    yield "new_customer", wording.new_customer()
    yield "anonymous", wording.anonymous()
    yield "current_context", wording.current_context(to)
    for hours in HOURS:
        yield "opening_hours", wording.opening_hours(hours)
    for offered in OFFERED:
        yield "services", wording.services(offered)
        for each in offered:
            yield "service", wording.service(each) + "."
    for within in (1, 2, 4, 24):
        yield "callback_recorded", wording.callback_recorded(within)
    for day in (None, *DAYS):
        yield "callback_recorded_for", wording.callback_recorded_for(to, day)
        for until, first, last in product((None, *DAYS), (None, time(9)), (None, time(17, 45))):
            wish = wording.stretch(to, day, until, first, last)
            yield "callback_at_wish", wording.callback_at_wish(wish)
    for start in INSTANTS:
        yield "callback_at_wish", wording.callback_at_wish(wording.whens(to, [start]))
    yield "callback_to_this_number", wording.callback_to_this_number()
    yield "callback_needs_number", wording.callback_needs_number()


def _faults(to: Listener) -> Said:
    for fault in FAULTS:
        yield "calendar_trouble", wording.calendar_trouble(fault)
        for kept in (False, True):
            yield "calendar_down", wording.calendar_down(fault, wish_kept=kept)
    yield "unknown_company", wording.unknown_company()
    yield "unknown_function", wording.unknown_function()
    yield "not_available_yet", wording.not_available_yet()
    yield "internal_error", wording.internal_error()
