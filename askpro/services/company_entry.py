"""One company of a file (wire.md §9), checked as a whole before anything of it is stored.

Knows what an entry looks like, not what the database has. Keys that it does not know are ignored,
as wire.md says; what it knows is either understood or refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from askpro.booking.cleaning import anonymous_number, phone_number
from askpro.booking.hours import bundesland_code
from askpro.booking.hours_text import unread_hours
from askpro.errors import InvalidInput

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_AGENT = re.compile(r"[\x21-\x7e]{1,100}")
#: What a column of whole numbers holds; Cal.com's ids are no wider.
_WIDEST = 2**31 - 1
#: An event type of Cal.com's lasts a day at most.
_LONGEST_MINUTES = 24 * 60
_YEAR_IN_HOURS = 366 * 24
#: More than anybody charges, and still a number that can be spoken.
_DEAREST_EUR = 100_000
_LONGEST_SLUG = 80


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not have a NUL character in it")
    return text


def _number(number: str) -> str:
    if not _E164.fullmatch(number):
        raise ValueError("must be a whole number with its country code, such as +493012345678")
    return number


def _reached(phone: str) -> str:
    """A customer's number as a call of theirs is read, so that they are known when they call."""
    try:
        return phone_number(phone)
    except InvalidInput:
        # Cal.com has numbers that nobody has, given for callers who withheld theirs.
        if _E164.fullmatch(phone):
            return phone
    raise ValueError("must be a telephone number, such as +4915123456789 or 0151 23456789")


def _not_withheld(phone: str) -> str | None:
    return None if anonymous_number(phone) else _reached(phone)


def _agent(agent: str) -> str:
    if not _AGENT.fullmatch(agent):
        raise ValueError("must be the agent's id as Retell shows it, such as agent_0c3d1bdfd3ad")
    return agent


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, "Europe".
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from None


def _bundesland(name: str) -> str | None:
    code = bundesland_code(name)
    if name.strip() and code is None:
        raise ValueError("must be one of Germany's states, such as BE or Bayern")
    return code


def _hours(text: str) -> str:
    unread = unread_hours(text)
    if unread is not None:
        raise ValueError(
            f"{unread!r} cannot be read as opening hours; "
            "write them as in Mo-Fr 09:00-18:00, Sa 09:00-14:00"
        )
    return text


#: Text that may be empty, and text that may not.
Words = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_storable)
]
Number = Annotated[str, AfterValidator(_number)]
AgentId = Annotated[str, AfterValidator(_agent)]
Zone = Annotated[str, AfterValidator(_zone)]
Phone = Annotated[Text, AfterValidator(_reached)]
Id = Annotated[int, Field(gt=0, le=_WIDEST)]
#: With a year to spare at both ends of the calendar, so that it has a UTC date.
Instant = Annotated[
    AwareDatetime, Field(ge=datetime(2, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))
]
Hours = Annotated[int, Field(ge=0, le=_YEAR_IN_HOURS)]
Times = Annotated[int, Field(ge=0, le=1_000)]
Cents = Annotated[int, Field(ge=0, le=_DEAREST_EUR * 100)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_given(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {key: value for key, value in given.items() if value is not None}


class Place(_Entry):
    """A branch. What is None was not given, and stays as it is."""

    branch_name: Text | None = Field(default=None, max_length=200)
    name: Text | None = Field(default=None, max_length=200)
    timezone: Zone | None = None
    bundesland: Annotated[Words, AfterValidator(_bundesland)] | None = None
    opening_hours: Annotated[Words, AfterValidator(_hours)] | None = None
    holidays: list[tuple[date, Words]] | None = None
    to_number: Number | None = None
    numbers: list[Number] = Field(default_factory=list)
    retell_agent_id: AgentId | None = None
    agents: list[AgentId] = Field(default_factory=list)

    @property
    def all_numbers(self) -> list[str]:
        return list(dict.fromkeys([*filter(None, [self.to_number]), *self.numbers]))

    @property
    def all_agents(self) -> list[str]:
        return list(dict.fromkeys([*filter(None, [self.retell_agent_id]), *self.agents]))


class Policy(_Entry):
    """Whether, and at what price, appointments may be changed (:mod:`askpro.booking.policy`)."""

    hours_before: Hours | None = None
    cancel_hours_before: Hours | None = None
    reschedule_hours_before: Hours | None = None
    changes_per_month: Times | None = None
    cancel_changes_per_month: Times | None = None
    reschedule_changes_per_month: Times | None = None
    fee_cents: Cents | None = None
    cancel_fee_cents: Cents | None = None
    reschedule_fee_cents: Cents | None = None

    def rules(self) -> dict[str, int]:
        """Those that were given."""
        return self.model_dump(exclude_none=True)


class Segment(_Entry):
    """A stretch of a service, from its start; staff is only busy while ``works``."""

    offset_minutes: int = Field(ge=0, le=_LONGEST_MINUTES)
    minutes: int = Field(gt=0, le=_LONGEST_MINUTES)
    works: bool

    @property
    def ends(self) -> int:
        return self.offset_minutes + self.minutes


class EventType(_Entry):
    """A service: one of Cal.com's event types."""

    id: Id
    title: Text = Field(max_length=250)
    length: int = Field(gt=0, le=_LONGEST_MINUTES)
    slug: Words | None = Field(default=None, max_length=120)
    price_eur: float | None = Field(default=None, ge=0, le=_DEAREST_EUR, allow_inf_nan=False)
    synonyms: list[Words] = Field(default_factory=list)
    is_default: bool = False
    priority: int | None = Field(default=None, ge=-_WIDEST, le=_WIDEST)
    minimum_notice_minutes: int | None = Field(default=None, ge=0, le=_YEAR_IN_HOURS * 60)
    seats: int | None = Field(default=None, ge=0, le=_WIDEST)
    segments: list[Segment] = Field(default_factory=list)
    parts: list[Id] = Field(default_factory=list)
    policy: Policy = Field(default_factory=Policy)
    recurring: Any = None

    @field_validator("segments")
    @classmethod
    def _fit_the_service(cls, segments: list[Segment], given: ValidationInfo) -> list[Segment]:
        length = given.data.get("length", _LONGEST_MINUTES)
        if any(segment.ends > length for segment in segments):
            raise ValueError(f"must end within the service's {length} minutes")
        if segments and not any(segment.works for segment in segments):
            raise ValueError("must have one in which somebody works")
        return segments


class Person(_Entry):
    name: Text = Field(max_length=150)
    calcom_user_id: Id


class Caller(_Entry):
    phone: Phone
    name: Words | None = None
    email: Words | None = None


class Metadata(_Entry):
    """What the gateway writes beside a booking of its own."""

    gw_key: Words | None = Field(default=None, max_length=120)


class Booking(_Entry):
    uid: Text = Field(max_length=100)
    eventTypeId: Id  # As Cal.com writes it.
    start: Instant
    end: Instant
    status: Literal["accepted", "pending", "cancelled", "rejected"] = "accepted"
    id: int | None = Field(default=None, gt=0, lt=2**63)
    phone: Annotated[Words, AfterValidator(_not_withheld)] | None = None
    attendee: Words | None = None
    email: Words | None = None
    metadata: Metadata = Field(default_factory=Metadata)

    @field_validator("end")
    @classmethod
    def _after_the_start(cls, end: datetime, given: ValidationInfo) -> datetime:
        if "start" in given.data and end <= given.data["start"]:
            raise ValueError("must be later than the start")
        return end


class Tenant(Place):
    """A company, which is its own only branch where it names none."""

    slug: Text = Field(max_length=_LONGEST_SLUG)
    id: Id | None = None
    business: Text | None = Field(default=None, max_length=200)
    trade: Words | None = Field(default=None, max_length=80)
    email: Words | None = Field(default=None, max_length=255)
    calcom_username: Words | None = Field(default=None, max_length=120)
    calcom_user_id: Id | None = None
    calcom_api_key: Words | None = None
    calcom_webhook_secret: Words | None = None
    retell_api_key: Words | None = None
    policy: Policy | None = None
    branches: list[Place] = Field(default_factory=list)
    event_types: list[EventType] = Field(default_factory=list)
    staff: list[Person] = Field(default_factory=list)
    customers: list[Caller] = Field(default_factory=list)
    bookings: list[Booking] = Field(default_factory=list)


def read_tenant(given: Any, place: int) -> Tenant:
    """The tenant at that ``place`` of its list. Raises :class:`~askpro.errors.InvalidInput` naming
    company and field, the first that is wrong."""
    try:
        return Tenant.model_validate(given)
    except ValidationError as why:
        raise _refusal(why, _called(given) or f"tenants.{place}") from None


def _called(given: Any) -> str | None:
    """The slug of an entry that is not known to be one; None where it cannot be shown."""
    slug = given.get("slug") if isinstance(given, Mapping) else None
    return slug[:_LONGEST_SLUG] if isinstance(slug, str) and slug.isprintable() else None


def read_zone(given: Any) -> str | None:
    """The world's time zone. Raises :class:`~askpro.errors.InvalidInput`."""
    try:
        return Place.model_validate({"timezone": given}).timezone
    except ValidationError as why:
        raise _refusal(why) from None


def wrong(entry: Tenant, field: str, sentence: str) -> InvalidInput:
    """What to raise where an entry is well-formed, but does not go with what is there."""
    return InvalidInput(f"{entry.slug}.{field}", sentence)


def _refusal(why: ValidationError, *path: str) -> InvalidInput:
    first = why.errors()[0]
    told = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["msg"]
    return InvalidInput(".".join(map(str, (*path, *first["loc"]))), f"{told}.")
