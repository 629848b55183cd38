"""Bookings on Cal.com's wire: what is sent to make one, what comes back (calcom.md §3, §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

import phonenumbers

from askpro.providers import fields
from askpro.providers.calcom_people import real_email
from askpro.providers.calcom_wire import WrongShape, readable, utc_text

_MOST_METADATA = 50
_LONGEST_METADATA_KEY = 40
_LONGEST_METADATA_VALUE = 500


@dataclass(frozen=True, slots=True)
class NewBooking:
    """A booking to be made. ``start`` is aware; ``phone`` is left out unless it is a valid number.

    ``minutes`` only for event types of several lengths, else Cal.com refuses it. ``metadata`` are
    texts, the booking's key among them; ``answers`` fill booking fields by their slug.
    """

    event_type_id: int
    start: datetime
    name: str
    time_zone: str
    language: str = "de"
    email: str | None = None
    phone: str | None = None
    minutes: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    location: Mapping[str, str] | None = None

    def to_wire(self) -> dict[str, Any]:
        """The body of ``POST /v2/bookings``. Unknown keys are a 400 there, so nothing is added.

        ``allowConflicts`` and ``allowBookingOutOfBounds`` are never sent: with a host's key they
        would switch Cal.com's own check off.
        """
        attendee: dict[str, Any] = {
            "name": self.name,
            "timeZone": self.time_zone,
            "language": self.language,
        }
        if self.email:
            attendee["email"] = self.email
        if self.phone and is_valid_phone(self.phone):
            attendee["phoneNumber"] = self.phone
        body: dict[str, Any] = {
            "start": utc_text(self.start),
            "eventTypeId": self.event_type_id,
            "attendee": attendee,
        }
        if self.minutes is not None:
            body["lengthInMinutes"] = self.minutes
        if self.location:
            body["location"] = dict(self.location)
        if self.answers:
            body["bookingFieldsResponses"] = dict(self.answers)
        if self.metadata:
            body["metadata"] = {
                str(key)[:_LONGEST_METADATA_KEY]: str(value)[:_LONGEST_METADATA_VALUE]
                for key, value in islice(self.metadata.items(), _MOST_METADATA)
            }
        return body


def is_valid_phone(phone: str) -> bool:
    """Whether Cal.com, which asks libphonenumber, will take ``phone`` (E.164)."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return False


@dataclass(frozen=True, slots=True)
class Attendee:
    """``email`` is None where Cal.com stands in an address of its own for a missing one.

    ``gw_key`` is there for a seat: each has metadata of its own.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    seat_uid: str | None = None
    absent: bool = False
    gw_key: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking at Cal.com. Instants are aware and UTC; a uid is a bearer secret, never shown.

    ``status`` is accepted, pending, cancelled or rejected: pending is requested, not booked.
    ``series`` are the further bookings that a recurring type made at once.
    """

    uid: str
    id: int | None
    status: str
    start: datetime
    end: datetime | None
    event_type_id: int | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    attendees: tuple[Attendee, ...] = ()
    host_id: int | None = None
    host_name: str | None = None
    seat_uid: str | None = None
    rescheduled_from_uid: str | None = None
    rescheduled_to_uid: str | None = None
    reason: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    series: tuple[Booking, ...] = ()

    @property
    def gw_key(self) -> str | None:
        """The key that the gateway wrote before it booked."""
        return self.metadata.get("gw_key")

    def with_key(self, key: str) -> Booking | None:
        """This booking, if the gateway wrote ``key`` before it made it; of one with seats the seat
        that was taken under that key."""
        for attendee in self.attendees:
            if attendee.seat_uid and attendee.gw_key == key:
                return replace(self, seat_uid=attendee.seat_uid)
        return self if self.gw_key == key else None

    @property
    def gone(self) -> bool:
        return self.status in ("cancelled", "rejected")

    @property
    def attendee(self) -> Attendee:
        """The first attendee; an empty one where Cal.com shows none."""
        return self.attendees[0] if self.attendees else Attendee()


def read_bookings(data: Any) -> list[Booking]:
    """One booking or several: recurring types answer with an array (calcom.md §3)."""
    return readable(data if type(data) is list else [data], _read_booking)


def read_page(envelope: Mapping[str, Any]) -> tuple[list[Booking], bool]:
    """(the bookings of one page, whether there are more)."""
    data = envelope.get("data")
    if type(data) is not list:
        raise WrongShape
    more = fields.mapping(envelope.get("pagination")).get("hasNextPage")
    return readable(data, _read_booking), more is True


def read_booking(data: Any) -> Booking:
    """One booking; of an array the earliest, with the others as its ``series``."""
    found = sorted(read_bookings(data), key=lambda booking: booking.start)
    if not found:
        raise WrongShape
    return replace(found[0], series=tuple(found[1:]))


def _read_booking(entry: Mapping[str, Any]) -> Booking:
    uid = fields.text(entry.get("uid"), 100)
    status = fields.text(entry.get("status"), 20)
    start = fields.instant(entry.get("start"))
    if uid is None or status is None or start is None:
        raise WrongShape
    hosts = fields.items(entry.get("hosts"))
    host = fields.mapping(hosts[0]) if hosts else fields.NOTHING
    attendees = tuple(map(_read_attendee, fields.items(entry.get("attendees"))))
    seats = [attendee.seat_uid for attendee in attendees if attendee.seat_uid]
    return Booking(
        uid=uid,
        id=fields.whole(entry.get("id")),
        status=status.lower(),
        start=start,
        end=fields.later(fields.instant(entry.get("end")), start),
        event_type_id=fields.whole(
            entry.get("eventTypeId") or fields.mapping(entry.get("eventType")).get("id")
        ),
        metadata={
            key: value
            for key, value in islice(fields.mapping(entry.get("metadata")).items(), _MOST_METADATA)
            if type(value) is str
        },
        attendees=attendees,
        host_id=fields.narrow(host.get("id")),
        host_name=fields.text(host.get("name"), 200),
        # The answer to a booking names its seat; a list shows every seat and no own one.
        seat_uid=fields.text(entry.get("seatUid"), 100) or (seats[0] if len(seats) == 1 else None),
        rescheduled_from_uid=fields.text(entry.get("rescheduledFromUid"), 100),
        rescheduled_to_uid=fields.text(entry.get("rescheduledToUid"), 100),
        reason=fields.text(entry.get("cancellationReason") or entry.get("rejectionReason"), 500),
        created_at=fields.instant(entry.get("createdAt")),
        updated_at=fields.instant(entry.get("updatedAt")),
    )


def _read_attendee(entry: Any) -> Attendee:
    entry = fields.mapping(entry)
    return Attendee(
        name=fields.text(entry.get("name"), 250),
        email=real_email(entry.get("email")),
        phone=fields.text(entry.get("phoneNumber"), 50),
        seat_uid=fields.text(entry.get("seatUid"), 100),
        absent=fields.flag(entry.get("absent")) or False,
        gw_key=fields.text(fields.mapping(entry.get("metadata")).get("gw_key"), 500),
    )
