"""What Cal.com is asked: the bodies of version 2024-08-13 and its neighbours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from askpro.simulator.contract.base import Language, Loose, Strict

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", max_length=254)]

_ZONES = available_timezones() | {"UTC", "GMT"}


def _is_instant(text: str) -> str:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a valid ISO 8601 date string") from None
    if value.tzinfo is None:
        raise ValueError("must be a valid ISO 8601 date string with an offset")
    return text


def _is_zone(text: str) -> str:
    if text not in _ZONES:
        raise ValueError("must be a valid IANA time-zone")
    return text


def _is_phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise ValueError("must be a valid phone number") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("must be a valid phone number")
    return text


Instant = Annotated[str, AfterValidator(_is_instant)]
Zone = Annotated[str, AfterValidator(_is_zone)]
Phone = Annotated[str, AfterValidator(_is_phone)]
MetadataKey = Annotated[str, StringConstraints(max_length=40)]
MetadataValue = Annotated[str, StringConstraints(max_length=500)] | bool | int | float


class NewAttendee(Strict):
    name: Annotated[str, StringConstraints(min_length=1)]
    timeZone: Zone
    email: Email | None = None
    phoneNumber: Phone | None = None
    language: Language = "en"

    @model_validator(mode="after")
    def _reachable(self) -> NewAttendee:
        if not self.email and not self.phoneNumber:
            raise ValueError("must have an email or a phoneNumber")
        return self


class Location(Strict):
    type: Literal[
        "address", "attendeeAddress", "attendeeDefined", "attendeePhone", "integration", "link",
        "organizersDefaultApp", "phone",
    ]  # fmt: skip
    phone: str | None = None
    address: str | None = None
    location: str | None = None
    integration: str | None = None
    link: str | None = None


class CreateBooking(Strict):
    """POST /v2/bookings (version 2024-08-13)."""

    start: Instant
    attendee: NewAttendee
    eventTypeId: int | None = None
    eventTypeSlug: str | None = None
    username: str | None = None
    teamSlug: str | None = None
    organizationSlug: str | None = None
    lengthInMinutes: int | None = None
    recurrenceCount: int | None = None
    location: Location | str | None = None
    bookingFieldsResponses: dict[str, Any] = Field(default_factory=dict)
    guests: list[Email] = Field(default_factory=list)
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=50)] = Field(
        default_factory=dict
    )
    meetingUrl: str | None = None
    routing: dict[str, Any] | None = None
    emailVerificationCode: str | None = None
    instant: bool | None = None
    allowConflicts: bool | None = None
    allowBookingOutOfBounds: bool | None = None

    @model_validator(mode="after")
    def _names_an_event_type(self) -> CreateBooking:
        by_slug = self.eventTypeSlug and (self.username or self.teamSlug)
        if self.eventTypeId is None and not by_slug:
            raise ValueError(
                "must have eventTypeId, or eventTypeSlug together with username or teamSlug"
            )
        return self

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.start).astimezone(UTC)


class RescheduleBooking(Strict):
    start: Instant
    reschedulingReason: str | None = None
    rescheduledBy: str | None = None
    seatUid: str | None = None
    emailVerificationCode: str | None = None

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.start).astimezone(UTC)


class CancelBooking(Strict):
    cancellationReason: str | None = None
    cancelSubsequentBookings: bool | None = None
    seatUid: str | None = None


class DeclineBooking(Loose):
    reason: str | None = None


class AbsentAttendee(Loose):
    email: str
    absent: bool


class MarkAbsent(Loose):
    host: bool | None = None
    attendees: list[AbsentAttendee] = Field(default_factory=list)


class ReserveSlot(Loose):
    eventTypeId: int
    slotStart: Instant
    slotDuration: int | None = None
    reservationDuration: Annotated[int, Field(ge=1)] | None = None


class NewWebhook(Loose):
    active: bool = True
    subscriberUrl: Annotated[str, StringConstraints(pattern=r"^https?://")]
    triggers: list[str]
    secret: str | None = None
    payloadTemplate: str | None = None
    version: Literal["2021-10-20"] = "2021-10-20"
