"""Cal.com's requests and answers as types of our own, for the simulator and for its tests.

The simulator reads requests with these models; the tests read its answers with them, so that it
can't drift even where Cal.com's OpenAPI document is not at hand. Booking bodies forbid unknown
keys, as Cal.com's booking pipes do (calcom.md §3); elsewhere unknown keys are dropped silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

Language = Literal[
    "ar", "az", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "es-419", "et", "eu", "fi",
    "fr", "he", "hr", "hu", "id", "it", "iw", "ja", "km", "ko", "lv", "nl", "no", "pl", "pt",
    "pt-BR", "ro", "ru", "sk", "sr", "sv", "ta", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
]  # fmt: skip
Status = Literal["accepted", "pending", "cancelled", "rejected"]
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


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


# -- requests ---------------------------------------------------------------------------------


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


# -- answers ----------------------------------------------------------------------------------

Stamp = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
LocalStamp = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$")
]


class Host(Strict):
    id: int
    name: str
    email: str
    displayEmail: str
    username: str
    timeZone: str


class Attendee(Strict):
    name: str
    email: str
    displayEmail: str
    timeZone: str
    language: Language
    absent: bool
    phoneNumber: str | None = None


class SeatedAttendee(Attendee):
    seatUid: str
    bookingFieldsResponses: dict[str, Any]
    metadata: dict[str, Any] = Field(default_factory=dict)


class TypeReference(Strict):
    id: int
    slug: str


class BookingBase(Strict):
    id: int
    uid: str
    title: str
    description: str
    status: Status
    hosts: list[Host]
    start: Stamp
    end: Stamp
    duration: int
    eventTypeId: int
    eventType: TypeReference
    location: str
    absentHost: bool
    createdAt: Stamp
    updatedAt: Stamp
    metadata: dict[str, Any]
    icsUid: str
    cancellationReason: str | None = None
    cancelledByEmail: str | None = None
    reschedulingReason: str | None = None
    rescheduledByEmail: str | None = None
    rescheduledFromUid: str | None = None
    rescheduledToUid: str | None = None
    recurringBookingUid: str | None = None


class Booking(BookingBase):
    attendees: list[Attendee]
    guests: list[str]
    bookingFieldsResponses: dict[str, Any]


class SeatedBooking(BookingBase):
    attendees: list[SeatedAttendee]
    seatUid: str | None = None


class Pagination(Strict):
    totalItems: int
    remainingItems: int
    returnedItems: int
    itemsPerPage: int
    currentPage: int
    totalPages: int
    hasNextPage: bool
    hasPreviousPage: bool


class OneBooking(Strict):
    """Answer of create, get, reschedule, cancel, confirm, decline and mark-absent."""

    status: Literal["success"]
    data: Booking | SeatedBooking | list[Booking]


class ManyBookings(Strict):
    status: Literal["success"]
    data: list[Booking | SeatedBooking]
    pagination: Pagination


class Slot(Strict):
    start: LocalStamp
    end: LocalStamp | None = None
    seatsBooked: int | None = None
    seatsRemaining: int | None = None
    seatsTotal: int | None = None
    bookingUid: str | None = None


class Slots(Strict):
    status: Literal["success"]
    data: dict[Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")], list[Slot]]


class ReservedSlot(Strict):
    eventTypeId: int
    slotStart: Stamp
    slotEnd: Stamp
    slotDuration: int
    reservationUid: str
    reservationDuration: int
    reservationUntil: Stamp


class Reservation(Strict):
    status: Literal["success"]
    data: ReservedSlot | None


class Me(Strict):
    class User(Strict):
        id: int
        username: str
        email: str
        name: str | None
        avatarUrl: str | None
        bio: str | None
        timeFormat: int
        defaultScheduleId: int | None
        weekStart: str
        timeZone: str
        organizationId: int | None

    status: Literal["success"]
    data: User


class EventTypes(Strict):
    class EventType(Loose):
        id: int
        lengthInMinutes: int
        lengthInMinutesOptions: list[int] = Field(default_factory=list)
        title: str
        slug: str
        description: str
        locations: list[dict[str, Any]]
        bookingFields: list[dict[str, Any]]
        minimumBookingNotice: int
        recurrence: dict[str, Any] | None
        price: int | float
        currency: str
        seatsPerTimeSlot: int | None
        hidden: bool
        scheduleId: int | None
        bookingRequiresAuthentication: bool
        ownerId: int
        users: list[dict[str, Any]]

    status: Literal["success"]
    data: list[EventType]


class Schedules(Strict):
    class Schedule(Strict):
        class Availability(Strict):
            days: list[str]
            startTime: Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d$")]
            endTime: Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d$")]

        id: int
        ownerId: int
        name: str
        timeZone: str
        availability: list[Availability]
        isDefault: bool
        overrides: list[dict[str, Any]]

    status: Literal["success"]
    data: list[Schedule]


class ErrorEnvelope(Strict):
    class Error(Strict):
        code: str
        message: str
        details: str | dict[str, Any] | None = None

    status: Literal["error"]
    timestamp: Stamp
    path: str
    error: Error


class BareError(Strict):
    statusCode: int
    message: str


# -- a refused request, as class-validator words it -------------------------------------------

_CONSTRAINTS = {
    "extra_forbidden": ("whitelistValidation", "property {0} should not exist"),
    "missing": ("isDefined", "{0} should not be null or undefined"),
    "string_type": ("isString", "{0} must be a string"),
    "int_type": ("isInt", "{0} must be an integer number"),
    "bool_type": ("isBoolean", "{0} must be a boolean value"),
    "literal_error": ("isEnum", "{0} must be one of the allowed values"),
    "string_pattern_mismatch": ("matches", "{0} must have the right form"),
}
_BY_PROPERTY = {
    "start": "isDateString",
    "slotStart": "isDateString",
    "phoneNumber": "isPhoneNumber",
    "email": "isEmail",
    "timeZone": "isTimeZone",
}


def class_validator_errors(failed: ValidationError, body: Any) -> list[dict[str, Any]]:
    """A pydantic refusal in the shape of Cal.com's ``error.details.errors``.

    Echoes ``target`` and ``value``, personal data included, exactly because Cal.com does.
    """
    roots: list[dict[str, Any]] = []
    for error in failed.errors(include_url=False, include_context=False):
        path = [str(part) for part in error["loc"]] or ["body"]
        if "Location" in path or path[-1] in ("str", "Location"):
            path = path[:1]
        _graft(roots, path, error["type"], error["msg"], body)
    return roots


def _graft(
    level: list[dict[str, Any]], path: Sequence[str], kind: str, text: str, target: Any
) -> None:
    name, rest = path[0], path[1:]
    node = next((known for known in level if known["property"] == name), None)
    value = target.get(name) if isinstance(target, Mapping) else None
    if node is None:
        node = {
            "property": name,
            "constraints": {},
            "children": [],
            "target": target,
            "value": value,
        }
        level.append(node)
    if rest:
        _graft(node["children"], rest, kind, text, value)
        return
    constraint, words = _CONSTRAINTS.get(kind, ("isValid", "{0} " + _plain(text)))
    node["constraints"][_BY_PROPERTY.get(name, constraint)] = words.format(name)


def _plain(text: str) -> str:
    return text.removeprefix("Value error, ").replace("{", "(").replace("}", ")")
