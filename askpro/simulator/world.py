"""The world a simulator starts from: businesses, event types, free times and bookings.

Reads the world format of the import (wire.md §9) and adds what a Cal.com must know beside it.
Refuses to know anything that changes afterwards: that is :mod:`askpro.simulator.calendar`.

Keys of an event type beyond the import's, all optional: ``lengths`` (minutes to choose from),
``free_weekly`` (``{"Mo-Fr": ["09:00-12:30", ...]}`` instead of ``free_local_times``), ``interval``,
``busy_share``, ``minimum_notice_minutes``, ``window_days``, ``taken_as`` (see refusals),
``booker_limit``, ``hidden``, ``phone_required``, ``fields`` (booking fields), ``managed_parent``,
``team``, ``hosts``, ``email_verification``, ``online_price_cents``, ``disable_cancelling``,
``disable_rescheduling``, ``requires_authentication``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from askpro.simulator.free_times import FreeTimes, ListedTimes, WeeklyTimes

DEMO_WORLD = Path(__file__).parent / "worlds" / "demo.json"


@dataclass(frozen=True)
class Account:
    """One Cal.com user: a single calendar that all of its event types share."""

    id: int
    username: str
    name: str
    email: str
    zone: ZoneInfo
    schedule_id: int
    api_key: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    opening_hours: str = ""


@dataclass(frozen=True)
class BookingField:
    """A question of the booking form beside name, mail and phone."""

    slug: str
    type: str = "text"
    required: bool = False
    options: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class EventType:
    """What can be booked, with every switch that changes an answer of Cal.com."""

    id: int
    account: Account
    slug: str
    title: str
    minutes: int
    free: FreeTimes
    lengths: tuple[int, ...] = ()
    interval: int | None = None
    notice: int = 0
    window_days: int | None = None
    seats: int | None = None
    recurring: int | None = None
    requires_confirmation: bool = False
    booker_limit: int | None = None
    hidden: bool = False
    phone_required: bool = False
    fields: tuple[BookingField, ...] = ()
    taken_as: str = "individual"
    managed_parent: bool = False
    team: bool = False
    hosts: int = 1
    email_verification: bool = False
    online_price_cents: int = 0
    disable_cancelling: bool = False
    disable_rescheduling: bool = False
    requires_authentication: bool = False


@dataclass(frozen=True)
class SeedBooking:
    """A booking that exists from the start. The listed free times already take it into account."""

    id: int
    uid: str
    event_type_id: int
    start: datetime
    end: datetime
    status: str
    name: str
    email: str | None
    phone: str | None
    metadata: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class World:
    accounts: tuple[Account, ...]
    event_types: tuple[EventType, ...]
    bookings: tuple[SeedBooking, ...]


def instant(text: str) -> datetime:
    """An ISO instant with an offset or ``Z``, as an aware datetime; ValueError otherwise."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return value


class NotAWorld(ValueError):
    """A file cannot be read as companies and their calendars; the text names it and says why."""


def read_world(path: Path | str | None, now: datetime) -> dict[str, Any]:
    """The world file as plain data, in the import's format; without a path the demo's world.

    Raises :class:`NotAWorld`.

    The demo's bookings are dated relative to ``now`` (aware): ``{"in_days": 3, "at": "10:00"}``
    becomes ``start`` and ``end`` here, so that simulator and gateway can share the result.
    """
    file = Path(path or DEMO_WORLD)
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as why:
        raise NotAWorld(f"{file} is not JSON: {why}") from None
    try:
        _date_bookings(data, now)
    except (KeyError, TypeError, AttributeError, ValueError) as why:
        raise NotAWorld(f"{file} is not a world: {why!r}.") from None
    return data


def _date_bookings(data: dict[str, Any], now: datetime) -> None:
    for tenant in data["tenants"]:
        zone = ZoneInfo(tenant.get("timezone") or data.get("timezone", "Europe/Berlin"))
        minutes = {e["id"]: e["length"] for e in tenant.get("event_types", [])}
        for booking in tenant.get("bookings", []):
            if "in_days" in booking:
                _date_booking(booking, minutes[booking["eventTypeId"]], zone, now)


def _date_booking(booking: dict[str, Any], minutes: int, zone: ZoneInfo, now: datetime) -> None:
    day = now.astimezone(zone).date() + timedelta(days=booking.pop("in_days"))
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    hour, minute = booking.pop("at").split(":")
    local = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone)
    start = local.astimezone(ZoneInfo("UTC"))
    booking["start"] = _z(start)
    booking["end"] = _z(start + timedelta(minutes=minutes))
    booking["uid"] = f"{booking['uid']}{day:%Y%m%d}"
    booking.setdefault("createdAt", _z(now.astimezone(ZoneInfo("UTC")) - timedelta(days=7)))


def _z(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def build_world(data: Mapping[str, Any]) -> World:
    """Plain data in the world format as typed values. KeyError names a missing key."""
    accounts: list[Account] = []
    types: list[EventType] = []
    bookings: list[SeedBooking] = []
    for number, tenant in enumerate(data["tenants"], start=1):
        account = _account(tenant, data, number)
        accounts.append(account)
        types += [event_type(account, raw) for raw in tenant.get("event_types", [])]
        bookings += [_booking(raw, n) for n, raw in enumerate(tenant.get("bookings", []), number)]
    return World(tuple(accounts), tuple(types), tuple(bookings))


def _account(tenant: Mapping[str, Any], data: Mapping[str, Any], number: int) -> Account:
    slug = tenant.get("calcom_username") or tenant.get("slug") or f"tenant-{number}"
    return Account(
        id=int(tenant.get("calcom_user_id") or 60000 + number),
        username=slug,
        name=tenant["business"],
        email=tenant.get("email") or f"{slug}@example.com",
        zone=ZoneInfo(tenant.get("timezone") or data.get("timezone", "Europe/Berlin")),
        schedule_id=int(tenant.get("calcom_schedule_id") or 88000 + number),
        api_key=tenant.get("calcom_api_key"),
        webhook_secret=tenant.get("calcom_webhook_secret"),
        opening_hours=tenant.get("opening_hours") or "",
    )


def event_type(account: Account, raw: Mapping[str, Any]) -> EventType:
    """One event type of the world format (see the module's docstring for its keys)."""
    interval = int(raw.get("interval") or 30)
    free: FreeTimes
    if "free_weekly" in raw:
        free = WeeklyTimes(
            raw["free_weekly"],
            interval,
            account.zone,
            busy_share=float(raw.get("busy_share", 0)),
            seed=account.username,
        )
    else:
        free = ListedTimes(raw.get("free_local_times", {}), account.zone)
    return EventType(
        id=int(raw["id"]),
        account=account,
        slug=raw.get("slug") or str(raw["id"]),
        title=raw["title"],
        minutes=int(raw["length"]),
        free=free,
        interval=int(raw["interval"]) if raw.get("interval") else None,
        fields=tuple(
            BookingField(
                slug=f["slug"],
                type=f.get("type", "text"),
                required=bool(f.get("required")),
                options=tuple(f.get("options", ())),
                label=f.get("label", f["slug"]),
            )
            for f in raw.get("fields", ())
        ),
        lengths=tuple(raw.get("lengths", ())),
        notice=int(raw.get("minimum_notice_minutes") or 0),
        **{key: raw[key] for key in _PLAIN_KEYS if raw.get(key) is not None},
    )


_PLAIN_KEYS = (
    "window_days",
    "seats",
    "recurring",
    "requires_confirmation",
    "booker_limit",
    "hidden",
    "phone_required",
    "taken_as",
    "managed_parent",
    "team",
    "hosts",
    "email_verification",
    "online_price_cents",
    "disable_cancelling",
    "disable_rescheduling",
    "requires_authentication",
)


def _booking(raw: Mapping[str, Any], number: int) -> SeedBooking:
    start = instant(raw["start"])
    return SeedBooking(
        id=int(raw.get("id") or 8_000_000 + number),
        uid=raw["uid"],
        event_type_id=int(raw["eventTypeId"]),
        start=start,
        end=instant(raw["end"]),
        status=raw.get("status", "accepted"),
        name=raw["attendee"],
        email=raw.get("email"),
        phone=raw.get("phone"),
        metadata=raw.get("metadata") or {},
        created_at=instant(raw["createdAt"]) if raw.get("createdAt") else start,
    )
