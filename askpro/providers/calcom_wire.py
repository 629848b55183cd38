"""What Cal.com sends and is sent, as values: slots, event types, the account.

Every ``read_*`` takes the ``data`` of an answer and raises :class:`WrongShape` where something
that this product needs is missing; whatever else is absent, null or new is tolerated, because
Cal.com changes without notice (calcom.md §1). Bookings have a module of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from askpro.providers import fields

log = logging.getLogger(__name__)
T = TypeVar("T")

#: One table of contract versions. A missing or unknown value means 2024-04-15, another contract;
#: a known one on the wrong resource means 404 (calcom.md §1).
VERSIONS: Mapping[str, str | None] = {
    "bookings": "2024-08-13",
    "slots": "2024-09-04",
    "event-types": "2024-06-14",
    "schedules": "2024-06-11",
    "me": None,
}
#: Booking fields that the agent fills; a required one beside them cannot be booked by voice.
_FILLED_FIELDS = frozenset(
    {"name", "email", "attendeePhoneNumber", "phone", "location", "title", "notes", "guests"}
    | {"rescheduleReason"}
)


class WrongShape(Exception):
    """An answer lacks what it must have. Carries no part of it."""


@dataclass(frozen=True, slots=True, order=True)
class FreeSlot:
    """A free start (UTC). ``seats_left`` is None for types that are not seated."""

    start: datetime
    seats_left: int | None = None


@dataclass(frozen=True, slots=True)
class CalcomUser:
    id: int
    username: str | None
    email: str | None
    time_zone: str | None


@dataclass(frozen=True, slots=True)
class EventType:
    """A service as Cal.com has it. ``price`` is in the currency's smallest unit and paid online.

    ``why_not`` lists the reasons that keep an agent from booking it: email_verification, paid,
    recurring, managed_parent, required_field:<slug>; empty means bookable.
    """

    id: int
    slug: str
    title: str
    minutes: int
    minutes_options: tuple[int, ...] = ()
    notice_minutes: int | None = None
    hidden: bool = False
    price: float = 0
    currency: str | None = None
    seats: int | None = None
    requires_confirmation: bool = False
    schedule_id: int | None = None
    why_not: tuple[str, ...] = ()

    @property
    def multi_length(self) -> bool:
        return len(self.minutes_options) > 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """Weekly hours, for speaking only: free times come from slots. Days are English names."""

    id: int
    name: str | None
    time_zone: str | None
    is_default: bool
    availability: tuple[tuple[tuple[str, ...], str, str], ...] = field(default=())


def readable(entries: Iterable[Any], read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """Every entry that can be read. One odd entry must not hide the others from a caller; where
    all are odd the contract has changed, and that is :class:`WrongShape` and not "nothing"."""
    found: list[T] = []
    odd = 0
    for entry in entries:
        try:
            found.append(read(fields.mapping(entry)))
        except WrongShape:
            odd += 1
    if odd and not found:
        raise WrongShape
    if odd:
        log.warning("Cal.com sent %d entries that cannot be read, beside %d", odd, len(found))
    return found


def utc_text(moment: datetime) -> str:
    """An aware instant as Cal.com accepts it everywhere: UTC, seconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def last_second(end: datetime) -> datetime:
    """``end`` for a slots query. Exactly midnight UTC would mean the end of *that* day [S]."""
    end = end.astimezone(UTC)
    midnight = (end.hour, end.minute, end.second, end.microsecond) == (0, 0, 0, 0)
    return end - timedelta(seconds=1) if midnight else end


def read_slots(data: Any, start: datetime, end: datetime) -> list[FreeSlot]:
    """The free slots of [start, end], ascending, each once, without those that have no seat left.

    ``data`` maps local days to lists; days without slots are absent and an empty object is no
    fault. Offsets are Cal.com's rendering only: the instants count.
    """
    if type(data) is not dict:
        raise WrongShape
    if not all(type(day) is list for day in data.values()):
        raise WrongShape
    slots = readable((entry for day in data.values() for entry in day), _read_slot)
    free = {
        slot.start: slot for slot in slots if slot.seats_left != 0 and start <= slot.start <= end
    }
    return sorted(free.values())


def _read_slot(entry: Mapping[str, Any]) -> FreeSlot:
    start = fields.instant(entry.get("start"))
    if start is None:
        raise WrongShape
    left = fields.whole(entry.get("seatsRemaining"))
    return FreeSlot(start, None if left is None else max(left, 0))


def read_user(data: Any) -> CalcomUser:
    data = fields.mapping(data)
    return CalcomUser(
        id=_needed(fields.whole(data.get("id"))),
        username=fields.text(data.get("username"), 200),
        email=fields.text(data.get("email"), 255),
        time_zone=fields.text(data.get("timeZone"), 60),
    )


def read_event_types(data: Any) -> tuple[EventType, ...]:
    if type(data) is not list:
        raise WrongShape
    return tuple(readable(data, _read_event_type))


def _read_event_type(entry: Mapping[str, Any]) -> EventType:
    seats = fields.mapping(entry.get("seats")).get("seatsPerTimeSlot")
    options = map(fields.whole, fields.items(entry.get("lengthInMinutesOptions")))
    return EventType(
        id=_needed(fields.whole(entry.get("id"))),
        slug=fields.text(entry.get("slug"), 250) or "",
        title=_needed(fields.text(entry.get("title"), 250)),
        minutes=_needed(fields.whole(entry.get("lengthInMinutes"))),
        minutes_options=tuple(minutes for minutes in options if minutes),
        notice_minutes=fields.whole(entry.get("minimumBookingNotice")),
        hidden=fields.flag(entry.get("hidden")) or False,
        price=fields.number(entry.get("price")) or 0,
        currency=fields.text(entry.get("currency"), 10),
        seats=fields.whole(seats or entry.get("seatsPerTimeSlot")),
        requires_confirmation=_requires_confirmation(entry),
        schedule_id=fields.whole(entry.get("scheduleId")),
        why_not=tuple(_why_not(entry)),
    )


def _requires_confirmation(entry: Mapping[str, Any]) -> bool:
    """``always``, or ``time``: then only bookings at short notice are pending. Both may be."""
    policy = fields.mapping(entry.get("confirmationPolicy"))
    return policy.get("type") in ("always", "time") and policy.get("disabled") is not True


def _why_not(entry: Mapping[str, Any]) -> Iterable[str]:
    if entry.get("requiresBookerEmailVerification") is True:
        yield "email_verification"
    if (fields.number(entry.get("price")) or 0) > 0:
        yield "paid"
    recurrence = fields.mapping(entry.get("recurrence"))
    if recurrence and recurrence.get("disabled") is not True:
        yield "recurring"
    if str(entry.get("schedulingType")).lower() == "managed":
        yield "managed_parent"
    for booking_field in map(fields.mapping, fields.items(entry.get("bookingFields"))):
        slug = fields.text(booking_field.get("slug"), 100) or fields.text(
            booking_field.get("type"), 100
        )
        if booking_field.get("required") is True and slug and slug not in _FILLED_FIELDS:
            yield f"required_field:{slug}"


def read_schedules(data: Any) -> tuple[Schedule, ...]:
    if type(data) is not list:
        raise WrongShape
    return tuple(readable(data, _read_schedule))


def _read_schedule(entry: Mapping[str, Any]) -> Schedule:
    windows = []
    for window in map(fields.mapping, fields.items(entry.get("availability"))):
        days = tuple(day for day in fields.items(window.get("days")) if type(day) is str)
        opens = fields.text(window.get("startTime"), 8)
        closes = fields.text(window.get("endTime"), 8)
        if days and opens and closes:
            windows.append((days, opens, closes))
    return Schedule(
        id=_needed(fields.whole(entry.get("id"))),
        name=fields.text(entry.get("name"), 250),
        time_zone=fields.text(entry.get("timeZone"), 60),
        is_default=fields.flag(entry.get("isDefault")) or False,
        availability=tuple(windows),
    )


def _needed(value: Any) -> Any:
    if value is None:
        raise WrongShape
    return value
