"""What Cal.com answers: every success, and the two shapes of its refusals."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from askpro.simulator.contract.base import Language, Loose, Strict

Status = Literal["accepted", "pending", "cancelled", "rejected"]
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
