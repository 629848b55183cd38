"""What may be sent to ``/api/v2``, and what comes back. Unknown fields are refused."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_BIGGEST_ID = 2**31 - 1


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class _OfService(_Asked):
    """Which service: by name as people say it, by our id, or by Cal.com's event type."""

    service: Annotated[str, Field(min_length=1, max_length=250)] | None = None
    service_id: int | None = Field(None, ge=1, le=_BIGGEST_ID)
    event_type_id: int | None = Field(None, ge=1, le=_BIGGEST_ID)
    duration: int | None = Field(None, ge=15, le=480, description="Minutes.")


class AvailabilityAsked(_OfService):
    """A day, or an exact time of it; or ``start`` as one instant."""

    date: dt.date | None = None
    time: dt.time | None = None
    start: AwareDatetime | None = None
    max_alternatives: int = Field(2, ge=1, le=5)

    @model_validator(mode="after")
    def _says_when(self) -> AvailabilityAsked:
        if (self.date is None) == (self.start is None):
            raise ValueError("say either date (and time) or start")
        return self


class BookingAsked(_OfService):
    """One appointment for one person. The same ``idempotency_key`` books once."""

    start: AwareDatetime
    name: Annotated[str, Field(min_length=1, max_length=150)]
    email: Annotated[str, Field(max_length=255)] | None = None
    phone: Annotated[str, Field(max_length=50)] | None = None
    notes: Annotated[str, Field(max_length=500)] | None = None
    idempotency_key: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class MoveAsked(_Asked):
    """Where an appointment goes."""

    start: AwareDatetime
    reason: Annotated[str, Field(max_length=500)] | None = None


class CancelAsked(_Asked):
    """Why an appointment goes."""

    reason: Annotated[str, Field(max_length=500)] | None = None


class Offer(BaseModel):
    """A time that is free: ISO 8601 with the branch's offset, and as it is said."""

    time: str
    spoken: str


class Availability(BaseModel):
    """``slots`` when a whole day was asked for."""

    available: bool
    status: Literal["available", "unavailable", "closed", "no_availability", "past"]
    message: str
    requested_time: str | None = None
    service: str | None = None
    alternatives: list[Offer] = []
    slots: list[Offer] = []


class BookingShown(BaseModel):
    """An appointment of the ledger. ``status`` is its state there (rules.md §7)."""

    id: int
    status: str
    service: str | None
    start: str
    end: str
    uid: str | None
    source: str


class Bookings(BaseModel):
    bookings: list[BookingShown]


class Problem(BaseModel):
    """Why not. ``errors`` names the fields, ``alternatives`` what is free instead."""

    success: Literal[False] = False
    status: str
    message: str
    errors: dict[str, list[str]] | None = None
    alternatives: list[Offer] | None = None
