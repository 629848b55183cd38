"""Rows as Cal.com's JSON. Knows shapes and time formats; refuses to know rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from askpro.simulator.bookings import Attendee, Booking
from askpro.simulator.calendar import Slot
from askpro.simulator.free_times import WEEKDAYS
from askpro.simulator.reservations import Hold
from askpro.simulator.world import Account, EventType

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def stamp(moment: datetime) -> str:
    """``2026-09-01T07:00:00.000Z``"""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def _local_stamp(moment: datetime, zone: ZoneInfo) -> str:
    """``2026-09-01T09:00:00.000+02:00``; ``Z`` in UTC."""
    if zone.key in ("UTC", "GMT", "Etc/UTC"):
        return stamp(moment)
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def slots(found: Iterable[Slot], zone: ZoneInfo, *, as_range: bool) -> dict[str, list[Any]]:
    """``data`` of GET /v2/slots: keys are local dates; days without slots are absent."""
    days: dict[str, list[Any]] = {}
    for slot in found:
        shown: dict[str, Any] = {"start": _local_stamp(slot.start, zone)}
        if as_range:
            shown["end"] = _local_stamp(slot.end, zone)
        if slot.seats_total is not None:
            shown["seatsBooked"] = slot.seats_booked or 0
            shown["seatsRemaining"] = slot.seats_total - (slot.seats_booked or 0)
            shown["seatsTotal"] = slot.seats_total
            if slot.booking_uid:
                shown["bookingUid"] = slot.booking_uid
        days.setdefault(slot.start.astimezone(zone).date().isoformat(), []).append(shown)
    return days


def hold(held: Hold) -> dict[str, Any]:
    return {
        "eventTypeId": held.event_type_id,
        "slotStart": stamp(held.start),
        "slotEnd": stamp(held.end),
        "slotDuration": int((held.end - held.start).total_seconds() // 60),
        "reservationUid": held.uid,
        "reservationDuration": held.minutes,
        "reservationUntil": stamp(held.until),
    }


def host(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "displayEmail": account.email,
        "username": account.username,
        "timeZone": account.zone.key,
    }


def title(row: Booking) -> str:
    who = row.attendees[0].name if row.attendees else ""
    return f"{row.event_type.title}: {row.event_type.account.name} und {who}"


def booking(row: Booking, *, seat: Attendee | None = None) -> dict[str, Any]:
    """One booking of version 2024-08-13; ``seat`` is the caller's own seat of a seated type."""
    kind = row.event_type
    seated = kind.seats is not None
    shown: dict[str, Any] = {
        "id": row.id,
        "uid": row.uid,
        "title": title(row),
        "description": "",
        "status": row.status,
        "hosts": [host(kind.account)],
        "start": stamp(row.start),
        "end": stamp(row.end),
        "duration": row.minutes,
        "eventTypeId": kind.id,
        "eventType": {"id": kind.id, "slug": kind.slug},
        "location": row.location,
        "absentHost": row.absent_host,
        "createdAt": stamp(row.created_at),
        "updatedAt": stamp(row.updated_at),
        "attendees": [_attendee(a, seated=seated) for a in row.attendees],
        "metadata": row.metadata,
        "icsUid": f"{row.uid}@Cal.com",
    }
    if not seated:
        shown["guests"] = row.guests
        shown["bookingFieldsResponses"] = row.responses
    optional = {
        "cancellationReason": row.cancellation_reason,
        "cancelledByEmail": row.cancelled_by,
        "reschedulingReason": row.rescheduling_reason,
        "rescheduledByEmail": row.rescheduled_by,
        "rescheduledFromUid": row.from_uid,
        "rescheduledToUid": row.to_uid,
        "recurringBookingUid": row.recurring_uid,
        "seatUid": seat.seat_uid if seat else None,
    }
    return shown | {key: value for key, value in optional.items() if value is not None}


def bookings(rows: Sequence[Booking], *, seat: Attendee | None = None) -> Any:
    """An object, or an array for the rows of a recurring type."""
    if len(rows) == 1 and not rows[0].recurring_uid:
        return booking(rows[0], seat=seat)
    return [booking(row) for row in rows]


def _attendee(attendee: Attendee, *, seated: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": attendee.name,
        "email": attendee.email,
        "displayEmail": attendee.email,
        "timeZone": attendee.time_zone,
        "language": attendee.language,
        "absent": attendee.absent,
    }
    if attendee.phone:
        shown["phoneNumber"] = attendee.phone
    if seated:
        shown["seatUid"] = attendee.seat_uid or ""
        shown["bookingFieldsResponses"] = attendee.responses
        shown["metadata"] = attendee.metadata
    return shown


def pagination(total: int, returned: int, take: int, skip: int) -> dict[str, Any]:
    pages = -(-total // take)
    return {
        "totalItems": total,
        "remainingItems": max(total - skip - returned, 0),
        "returnedItems": returned,
        "itemsPerPage": take,
        "currentPage": skip // take + 1,
        "totalPages": pages,
        "hasNextPage": skip + returned < total,
        "hasPreviousPage": skip > 0,
    }


def me(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "email": account.email,
        "name": account.name,
        "avatarUrl": None,
        "bio": None,
        "timeFormat": 24,
        "defaultScheduleId": account.schedule_id,
        "weekStart": "Monday",
        "timeZone": account.zone.key,
        "organizationId": None,
    }


def event_type(kind: EventType) -> dict[str, Any]:
    """One event type of version 2024-06-14. ``price`` is what is paid online, in cents."""
    account = kind.account
    shown: dict[str, Any] = {
        "id": kind.id,
        "lengthInMinutes": kind.minutes,
        "title": kind.title,
        "slug": kind.slug,
        "description": "",
        "locations": [{"type": "attendeePhone"}],
        "bookingFields": _booking_fields(kind),
        "disableGuests": True,
        "slotInterval": kind.interval,
        "minimumBookingNotice": kind.notice,
        "beforeEventBuffer": 0,
        "afterEventBuffer": 0,
        "recurrence": (
            {"interval": 1, "occurrences": kind.recurring, "frequency": "weekly"}
            if kind.recurring
            else None
        ),
        "metadata": {},
        "price": kind.online_price_cents,
        "currency": "eur",
        "lockTimeZoneToggleOnBookingPage": True,
        "seatsPerTimeSlot": kind.seats,
        "forwardParamsSuccessRedirect": None,
        "successRedirectUrl": None,
        "isInstantEvent": False,
        "scheduleId": account.schedule_id,
        "hidden": kind.hidden,
        "bookingRequiresAuthentication": kind.requires_authentication,
        "requiresBookerEmailVerification": kind.email_verification,
        "ownerId": account.id,
        "users": [{"id": account.id, "name": account.name, "username": account.username}],
        "bookingUrl": f"https://cal.example.com/{account.username}/{kind.slug}",
    }
    if kind.lengths:
        shown["lengthInMinutesOptions"] = list(kind.lengths)
    if kind.seats:
        shown["seats"] = {
            "seatsPerTimeSlot": kind.seats,
            "showAttendeeInfo": True,
            "showAvailabilityCount": True,
        }
    if kind.requires_confirmation:
        shown["confirmationPolicy"] = {
            "type": "always",
            "blockUnconfirmedBookingsInBooker": True,
        }
    if kind.booker_limit is not None:
        shown["bookerActiveBookingsLimit"] = {
            "maximumActiveBookings": kind.booker_limit,
            "offerReschedule": True,
        }
    if kind.window_days is not None:
        shown["bookingWindow"] = [
            {"type": "calendarDays", "value": kind.window_days, "rolling": False}
        ]
    if kind.disable_cancelling:
        shown["disableCancelling"] = {"disabled": True}
    if kind.disable_rescheduling:
        shown["disableRescheduling"] = {"disabled": True}
    return shown


def _booking_fields(kind: EventType) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = [
        {"type": "name", "slug": "name", "required": True, "isDefault": True},
        {"type": "email", "slug": "email", "required": False, "isDefault": True},
        {
            "type": "phone",
            "slug": "attendeePhoneNumber",
            "required": kind.phone_required,
            "isDefault": True,
        },
    ]
    for asked in kind.fields:
        one: dict[str, Any] = {
            "type": asked.type,
            "slug": asked.slug,
            "label": asked.label,
            "required": asked.required,
            "isDefault": False,
        }
        if asked.options:
            one["options"] = list(asked.options)
        shown.append(one)
    return shown


def schedule(account: Account) -> dict[str, Any]:
    """The account's working hours, for reading out only; free times come from slots."""
    return {
        "id": account.schedule_id,
        "ownerId": account.id,
        "name": "Öffnungszeiten",
        "timeZone": account.zone.key,
        "availability": _availability(account.opening_hours),
        "isDefault": True,
        "overrides": [],
    }


def _availability(opening_hours: str) -> list[dict[str, Any]]:
    """``Mo-Fr 09:00-18:00, Sa 09:00-14:00; a remark`` as Cal.com's availability; remarks drop."""
    found = []
    for part in opening_hours.partition(";")[0].split(","):
        days, _, hours = part.strip().partition(" ")
        first, _, last = days.partition("-")
        opens, _, closes = hours.strip().partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS or len(closes) != 5:
            continue
        span = _DAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last or first) + 1]
        found.append({"days": list(span), "startTime": opens, "endTime": closes})
    return found


def legacy_booking(row: Booking) -> dict[str, Any]:
    """The contract of 2024-04-15: what a client without a version header gets instead."""
    return {
        "id": row.id,
        "uid": row.uid,
        "title": title(row),
        "startTime": stamp(row.start),
        "endTime": stamp(row.end),
        "status": row.status.upper(),
        "attendees": [
            {"name": a.name, "email": a.email, "timeZone": a.time_zone} for a in row.attendees
        ],
        "eventTypeId": row.event_type.id,
        "user": {"email": row.event_type.account.email, "name": row.event_type.account.name},
    }
