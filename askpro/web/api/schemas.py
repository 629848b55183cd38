"""What may be sent to ``/api/v2``, and what comes back. Unknown fields and other types are refused.

The patterns say in the contract itself what can be understood, so that a client knows before it
asks. They are written for JSON Schema, Python and Rust alike.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from askpro.booking.hours import OpeningHours
from askpro.services.wishes import When

_BIGGEST_ID = 2**31 - 1
_LETTER = "[A-Za-zÀ-ÖØ-öø-ɏͰ-῿Ⰰ-퟿]"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}.*", re.DOTALL)
#: Instants and days outside of these are answered like the nearest of them: long past, far ahead.
_EARLIEST = dt.datetime(2000, 1, 2, tzinfo=dt.UTC)
_LATEST = dt.datetime(2199, 12, 30, tzinfo=dt.UTC)


def _written(form: re.Pattern[str], meaning: str) -> BeforeValidator:
    """The library would also take a number of seconds for a day or an instant."""

    def check(value: Any) -> Any:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ValueError(f"Input should be {meaning}")
        return value

    return BeforeValidator(check)


def _whole(value: Any) -> Any:
    """30.0 is a whole number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _near_moment(moment: dt.datetime) -> dt.datetime:
    if moment.year < _EARLIEST.year:
        return _EARLIEST
    return _LATEST if moment.year > _LATEST.year else moment


def _near_day(day: dt.date) -> dt.date:
    return min(max(day, _EARLIEST.date()), _LATEST.date())


Instant = Annotated[
    AwareDatetime,
    Field(strict=False),
    _written(_MOMENT, "a date and a time with an offset"),
    AfterValidator(_near_moment),
]
Day = Annotated[dt.date, Field(strict=False), _written(_DAY, "a date"), AfterValidator(_near_day)]
Id = Annotated[int, Field(ge=1, le=_BIGGEST_ID), BeforeValidator(_whole)]
Minutes = Annotated[int, Field(ge=15, le=480), BeforeValidator(_whole)]
Cents = Annotated[int, Field(ge=0, le=_BIGGEST_ID), BeforeValidator(_whole)]
Name = Annotated[str, Field(min_length=1, max_length=150, pattern=_LETTER)]
Phone = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ()./-]{4,30}$")]
Email = Annotated[
    str,
    Field(
        max_length=255,
        pattern=r"^[A-Za-z0-9_+-]{1,32}(\.[A-Za-z0-9_+-]{1,30})?"
        r"@([A-Za-z0-9]([A-Za-z0-9-]{0,40}[A-Za-z0-9])?\.){1,3}[A-Za-z]{2,20}$",
    ),
]
Note = Annotated[str, Field(max_length=500)]


class _Asked(BaseModel):
    """Strict: a number is not a text, and what is not named here is not there."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def wanted(self) -> dict[str, Any]:
        """What was given, by the names of the services' arguments."""
        names = ("service", "service_id", "event_type_id", "duration", "max_alternatives")
        people = ("name", "email", "phone", "notes", "reason")
        given = ((name, getattr(self, name, None)) for name in (*names, *people))
        return {name: value for name, value in given if value not in (None, "")}


class _OfService(_Asked):
    """Which service: by name as people say it, by our id, or by Cal.com's event type; else the
    default one. ``duration`` is for event types of several lengths."""

    branch_id: Id | None = None
    service: Annotated[str, Field(min_length=1, max_length=250, pattern=_LETTER)] | None = None
    service_id: Id | None = None
    event_type_id: Id | None = None
    duration: Minutes | None = None


class AvailabilityAsked(_OfService):
    """A day, or a local time of it; or one instant."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": ["date"],
                    "properties": {"date": {"type": "string"}, "start": {"type": "null"}},
                },
                {
                    "required": ["start"],
                    "properties": {
                        "start": {"type": "string"},
                        "date": {"type": "null"},
                        "time": {"type": "null"},
                    },
                },
            ]
        }
    )

    date: Day | None = None
    time: Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    start: Instant | None = None
    max_alternatives: Annotated[int, Field(ge=1, le=5), BeforeValidator(_whole)] = 2

    @model_validator(mode="after")
    def _says_when(self) -> AvailabilityAsked:
        if (self.date is None) == (self.start is None):
            raise ValueError("Input should have either date or start")
        if self.time is not None and self.date is None:
            raise ValueError("Input should have a date beside the time")
        return self

    def when(self, hours: OpeningHours) -> When:
        """The wish, local to the branch."""
        if self.start is not None:
            return When(self.start.astimezone(hours.zone).date(), start=self.start)
        assert self.date is not None
        at = dt.time.fromisoformat(self.time) if self.time else None
        return When(self.date, start=hours.at(self.date, at) if at else None)


class BookingAsked(_OfService):
    """One appointment for one person. The same ``idempotency_key`` finds the first booking,
    whatever else is sent with it."""

    start: Instant
    name: Name
    email: Email | None = None
    phone: Phone | None = None
    notes: Note | None = None
    idempotency_key: Annotated[str, Field(pattern="^[!-~]{1,64}$")] | None = None


class BookingsAsked(_Asked):
    """``uid`` is Cal.com's, current or replaced."""

    uid: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,100}$")] | None = None


class MoveAsked(_Asked):
    """Where an appointment goes. What that costs must have been accepted."""

    start: Instant
    reason: Note | None = None
    accepted_fee_cents: Cents = 0


class CancelAsked(_Asked):
    """Why an appointment goes. What that costs must have been accepted."""

    reason: Note | None = None
    accepted_fee_cents: Cents = 0


class Offer(BaseModel):
    """A time that is free: ISO 8601 with the branch's offset, and as it is said."""

    time: str
    spoken: str


class Availability(BaseModel):
    """``slots`` when a whole day was asked for. ``requested_time`` is then the day."""

    available: bool
    status: Literal["available", "unavailable", "closed", "no_availability", "past"]
    message: str
    requested_time: str | None = None
    service: str | None = None
    alternatives: list[Offer] = []
    slots: list[Offer] = []


class _Told(BaseModel):
    """``status`` is the state in the ledger (rules.md §7). ``change_pending``: the outcome of a
    move or a cancellation is not known yet."""

    id: int
    status: Literal[
        "wished",
        "sent",
        "confirmed",
        "requested",
        "refused",
        "unknown",
        "cancelled",
        "rescheduled",
        "rejected",
        "no_show",
        "completed",
    ]
    service: str | None
    start: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    end: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    uid: str | None
    change_pending: bool


class PartShown(_Told):
    """One of the services that a composite one consists of."""


class BookingShown(_Told):
    """An appointment. ``parts`` is empty unless it is of a composite service; its ``uid`` is then
    the first part's."""

    source: str
    parts: list[PartShown]


class Bookings(BaseModel):
    bookings: list[BookingShown]


class Refused(BaseModel):
    """Why not. ``errors`` names the fields, ``alternatives`` what is free instead, ``fee_cents``
    what the change costs."""

    success: Literal[False] = False
    status: str
    message: str
    errors: dict[str, list[str]] | None = None
    alternatives: list[Offer] | None = None
    fee_cents: int | None = None
