"""One company of a file (wire.md §9), checked as a whole before anything of it is stored.

Knows what an entry looks like, not what the database has. Keys that it does not know are ignored,
as wire.md says; what it knows is either understood or refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from askpro.errors import InvalidInput
from askpro.services.company_values import (
    DEAREST_EUR,
    LONGEST_MINUTES,
    WIDEST,
    YEAR_IN_HOURS,
    AgentId,
    Bundesland,
    Cents,
    Days,
    DaysIfAny,
    HoursBefore,
    Id,
    Instant,
    Number,
    OpeningTimes,
    Phone,
    PhoneIfAny,
    Text,
    Times,
    Words,
    Zone,
)

_LONGEST_SLUG = 80


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
    bundesland: Bundesland | None = None
    opening_hours: OpeningTimes | None = None
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


class _Rules(_Entry):
    """A rule that nobody knows is ignored, too, and :attr:`unknown`: somebody believes that it
    holds."""

    model_config = ConfigDict(extra="allow")

    def rules(self) -> dict[str, int]:
        """Those that were given."""
        return self.model_dump(exclude_none=True, exclude=set(self.unknown))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names that are no rule's."""
        return tuple(self.model_extra or ())


class Policy(_Rules):
    """Whether, and at what price, appointments may be changed (:mod:`askpro.booking.policy`)."""

    hours_before: HoursBefore | None = None
    cancel_hours_before: HoursBefore | None = None
    reschedule_hours_before: HoursBefore | None = None
    changes_per_month: Times | None = None
    cancel_changes_per_month: Times | None = None
    reschedule_changes_per_month: Times | None = None
    fee_cents: Cents | None = None
    cancel_fee_cents: Cents | None = None
    reschedule_fee_cents: Cents | None = None


class Retention(_Rules):
    """For how many days the company keeps each kind of data, where that is not as the settings say
    (:mod:`askpro.services.privacy.retention`); ``transcript_days`` 0 = what was said is not kept.
    """

    traces: Days | None = None
    events: Days | None = None
    calls: Days | None = None
    callbacks: Days | None = None
    appointments: Days | None = None
    customers: Days | None = None
    transcript_days: DaysIfAny | None = None


class Segment(_Entry):
    """A stretch of a service, from its start; staff is only busy while ``works``."""

    offset_minutes: int = Field(ge=0, le=LONGEST_MINUTES)
    minutes: int = Field(gt=0, le=LONGEST_MINUTES)
    works: bool

    @property
    def ends(self) -> int:
        return self.offset_minutes + self.minutes


class EventType(_Entry):
    """A service: one of Cal.com's event types."""

    id: Id
    title: Text = Field(max_length=250)
    length: int = Field(gt=0, le=LONGEST_MINUTES)
    slug: Words | None = Field(default=None, max_length=120)
    price_eur: float | None = Field(default=None, ge=0, le=DEAREST_EUR, allow_inf_nan=False)
    synonyms: list[Words] = Field(default_factory=list)
    is_default: bool = False
    priority: int | None = Field(default=None, ge=-WIDEST, le=WIDEST)
    minimum_notice_minutes: int | None = Field(default=None, ge=0, le=YEAR_IN_HOURS * 60)
    seats: int | None = Field(default=None, ge=0, le=WIDEST)
    segments: list[Segment] = Field(default_factory=list)
    parts: list[Id] = Field(default_factory=list)
    policy: Policy = Field(default_factory=Policy)
    recurring: Any = None

    @field_validator("segments")
    @classmethod
    def _fit_the_service(cls, segments: list[Segment], given: ValidationInfo) -> list[Segment]:
        length = given.data.get("length", LONGEST_MINUTES)
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
    phone: PhoneIfAny | None = None
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
    retention: Retention | None = None
    branches: list[Place] = Field(default_factory=list)
    event_types: list[EventType] = Field(default_factory=list)
    staff: list[Person] = Field(default_factory=list)
    customers: list[Caller] = Field(default_factory=list)
    bookings: list[Booking] = Field(default_factory=list)

    @property
    def ignored_rules(self) -> tuple[str, ...]:
        """Where this entry has a rule that nobody knows."""
        rules: dict[str, _Rules | None] = {"policy": self.policy, "retention": self.retention}
        for place, each in enumerate(self.event_types):
            rules[f"event_types.{place}.policy"] = each.policy
        return tuple(f"{path}.{name}" for path, of in rules.items() if of for name in of.unknown)


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
