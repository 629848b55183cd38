"""The bodies of Cal.com's webhooks (calcom.md §7). Rendered when the change happens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from askpro.simulator.bookings import Attendee, Booking
from askpro.simulator.rendering import stamp, title

_WORDS = {
    "accepted": "ACCEPTED",
    "pending": "PENDING",
    "cancelled": "CANCELLED",
    "rejected": "REJECTED",
}


def body(trigger: str, row: Booking, extras: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The whole JSON of one event. ``extras`` are what :mod:`askpro.simulator.changes` adds."""
    if trigger in ("MEETING_STARTED", "MEETING_ENDED"):
        return _meeting(trigger, row)
    if trigger == "BOOKING_NO_SHOW_UPDATED":
        return {"triggerEvent": trigger, "createdAt": stamp(now), "payload": _no_show(row, extras)}
    payload = _common(trigger, row, extras)
    if old := extras.get("moved_from"):
        payload |= {
            "rescheduleUid": old.uid,
            "rescheduleId": old.id,
            "rescheduleStartTime": _z(old.start),
            "rescheduleEndTime": _z(old.end),
        }
        if row.rescheduled_by:
            payload["rescheduledBy"] = row.rescheduled_by
    if trigger == "BOOKING_CANCELLED":
        payload["status"] = "CANCELLED"
        payload["cancellationReason"] = extras.get("cancellationReason", row.cancellation_reason)
        by = extras.get("cancelledBy", row.cancelled_by)
        if by:
            payload["cancelledBy"] = by
        payload["requestReschedule"] = False
    if trigger == "BOOKING_REJECTED":
        payload["rejectionReason"] = row.rejection_reason or ""
    return {"triggerEvent": trigger, "createdAt": stamp(now), "payload": payload}


def ping(now: datetime) -> dict[str, Any]:
    """What the "Ping test" button of Cal.com's page sends: no uid."""
    return {
        "triggerEvent": "PING",
        "createdAt": stamp(now),
        "payload": {
            "type": "Test",
            "title": "Test trigger event",
            "description": "",
            "startTime": stamp(now),
            "endTime": stamp(now),
            "attendees": [
                {
                    "email": "jdoe@example.com",
                    "name": "John Doe",
                    "timeZone": "Europe/London",
                    "language": {"locale": "en"},
                }
            ],
            "organizer": {
                "name": "Cal",
                "email": "no-email@example.com",
                "timeZone": "Europe/London",
                "language": {"locale": "en"},
            },
        },
    }


def _common(trigger: str, row: Booking, extras: Mapping[str, Any]) -> dict[str, Any]:
    kind = row.event_type
    account = kind.account
    # Of a booking with seats the event is about one of them, and lists nobody else.
    seat: Attendee | None = extras.get("seat")
    attendees = [seat] if seat else row.attendees
    # Cal.com writes times three ways, one of them here (calcom.md §7): parse, never compare texts.
    write = _offset if trigger == "BOOKING_CANCELLED" else _z
    if trigger == "BOOKING_REJECTED":
        write = stamp
    payload: dict[str, Any] = {
        "bookerUrl": "https://cal.example.com",
        "title": title(row),
        "startTime": write(row.start),
        "endTime": write(row.end),
        "additionalNotes": "",
        "type": kind.slug,
        "description": "",
        "eventTypeId": kind.id,
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "hideOrganizerEmail": False,
        "schedulingType": "ROUND_ROBIN" if kind.team else None,
        "seatsPerTimeSlot": kind.seats,
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "customReplyToEmail": None,
        "disableRescheduling": kind.disable_rescheduling,
        "disableCancelling": kind.disable_cancelling,
        "organizer": {
            "id": account.id,
            "name": account.name,
            "email": account.email,
            "username": account.username,
            "usernameInOrg": None,
            "timeZone": account.zone.key,
            "language": {"locale": "de"},
            "timeFormat": "HH:mm",
            "utcOffset": _utc_offset(row.start, account.zone.key),
        },
        "attendees": [_attendee(a, row) for a in attendees],
        "customInputs": {},
        "responses": _responses(attendees[0], row) if attendees else {},
        "userFieldsResponses": {
            field.slug: {
                "label": field.label,
                "value": row.responses[field.slug],
                "isHidden": False,
            }
            for field in kind.fields
            if field.slug in row.responses
        },
        "location": row.location,
        "destinationCalendar": None,
        "iCalUID": f"{row.uid}@Cal.com",
        "iCalSequence": row.sequence,
        "requiresConfirmation": kind.requires_confirmation,
        "oneTimePassword": None,
        "organizationId": None,
        "hashedLink": None,
        "uid": row.uid,
        "appsStatus": [],
        "eventTitle": kind.title,
        "eventDescription": "",
        "price": kind.online_price_cents,
        "currency": "eur",
        "length": row.minutes,
        "bookingId": row.id,
        "status": _WORDS[row.status],
    }
    if seat:
        payload["attendeeSeatId"] = seat.seat_uid
    if trigger not in ("BOOKING_CANCELLED", "BOOKING_REJECTED"):
        payload["metadata"] = extras.get("metadata", row.metadata)
    return payload


def _attendee(attendee: Attendee, row: Booking) -> dict[str, Any]:
    first, _, last = attendee.name.partition(" ")
    shown: dict[str, Any] = {
        "email": attendee.email,
        "name": attendee.name,
        "firstName": first,
        "lastName": last,
        "timeZone": attendee.time_zone,
        "language": {"locale": attendee.language},
        "utcOffset": _utc_offset(row.start, attendee.time_zone),
    }
    if attendee.phone:
        shown["phoneNumber"] = attendee.phone
    if attendee.seat_uid:
        shown["bookingSeat"] = {"referenceUid": attendee.seat_uid}
    return shown


def _responses(attendee: Attendee, row: Booking) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": {"label": "your_name", "value": attendee.name, "isHidden": False},
        "email": {"label": "email_address", "value": attendee.email, "isHidden": False},
    }
    if attendee.phone:
        shown["attendeePhoneNumber"] = {
            "label": "phone_number",
            "value": attendee.phone,
            "isHidden": False,
        }
    shown["location"] = {
        "label": "location",
        "value": {"optionValue": "", "value": row.location},
        "isHidden": False,
    }
    shown["notes"] = {"label": "additional_notes", "isHidden": False}
    shown["rescheduleReason"] = {"label": "reason_for_reschedule", "isHidden": False}
    return shown


def _no_show(row: Booking, extras: Mapping[str, Any]) -> dict[str, Any]:
    marks: Mapping[str, bool] = extras.get("marks", {})
    who = next(iter(marks), "host")
    return {
        "message": f"{who} marked as no-show",
        "attendees": [{"email": email, "noShow": absent} for email, absent in marks.items()],
        "bookingUid": row.uid,
        "bookingId": row.id,
    }


def _meeting(trigger: str, row: Booking) -> dict[str, Any]:
    """Flat, without ``payload``; ``createdAt`` is the booking's."""
    account = row.event_type.account
    return {
        "triggerEvent": trigger,
        "id": row.id,
        "uid": row.uid,
        "userId": account.id,
        "userPrimaryEmail": account.email,
        "eventTypeId": row.event_type.id,
        "title": title(row),
        "description": "",
        "customInputs": {},
        "responses": _responses(row.attendees[0], row) if row.attendees else {},
        "startTime": stamp(row.start),
        "endTime": stamp(row.end),
        "location": row.location,
        "createdAt": stamp(row.created_at),
        "updatedAt": stamp(row.updated_at),
        "status": _WORDS[row.status],
        "paid": False,
        "cancellationReason": row.cancellation_reason,
        "rejectionReason": row.rejection_reason,
        "metadata": row.metadata,
        "iCalUID": f"{row.uid}@Cal.com",
        "iCalSequence": row.sequence,
        "noShowHost": row.absent_host,
        "user": {
            "email": account.email,
            "name": account.name,
            "timeZone": account.zone.key,
            "username": account.username,
        },
        "attendees": [
            {
                "id": row.id * 10 + number,
                "email": a.email,
                "name": a.name,
                "timeZone": a.time_zone,
                "phoneNumber": a.phone,
                "locale": a.language,
                "bookingId": row.id,
                "noShow": a.absent,
            }
            for number, a in enumerate(row.attendees)
        ],
        "payment": [],
        "references": [],
        "appsStatus": [],
    }


def _z(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _offset(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+00:00"


def _utc_offset(moment: datetime, zone: str) -> int:
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0
