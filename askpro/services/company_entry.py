"""One company of a file (wire.md §9), checked as a whole before anything of it is stored.

Knows what an entry looks like, not what the database has. Keys that it does not know are ignored,
as wire.md says; what it knows is either understood or refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
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
    model_validator,
)

from askpro.booking.hours import bundesland_code
from askpro.booking.hours_text import unread_hours
from askpro.errors import InvalidInput

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_AGENT = re.compile(r"[\x21-\x7e]{1,100}")


def _number(number: str) -> str:
    if not _E164.fullmatch(number):
        raise ValueError("must be a whole number with its country code, such as +493012345678")
    return number


def _agent(agent: str) -> str:
    if not _AGENT.fullmatch(agent):
        raise ValueError("must be the agent's id as Retell shows it, such as agent_0c3d1bdfd3ad")
    return agent


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
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


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Number = Annotated[str, AfterValidator(_number)]
AgentId = Annotated[str, AfterValidator(_agent)]
Zone = Annotated[str, AfterValidator(_zone)]


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

    branch_name: Text | None = None
    name: Text | None = None
    timezone: Zone | None = None
    bundesland: Annotated[str, AfterValidator(_bundesland)] | None = None
    opening_hours: Annotated[str, AfterValidator(_hours)] | None = None
    holidays: list[tuple[date, str]] | None = None
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


class EventType(_Entry):
    """A service: one of Cal.com's event types."""

    id: int
    title: Text
    length: int = Field(gt=0)
    slug: str | None = None
    price_eur: float | None = None
    synonyms: list[str] = Field(default_factory=list)
    is_default: bool = False
    priority: int | None = None
    minimum_notice_minutes: int | None = None
    seats: int | None = None
    segments: list[dict[str, Any]] = Field(default_factory=list)
    parts: list[int] = Field(default_factory=list)
    policy: dict[str, Any] = Field(default_factory=dict)
    recurring: Any = None


class Person(_Entry):
    name: Text
    calcom_user_id: int


class Caller(_Entry):
    phone: Text
    name: str | None = None
    email: str | None = None


class Booking(_Entry):
    uid: Text
    eventTypeId: int  # As Cal.com writes it.
    start: AwareDatetime
    end: AwareDatetime
    status: Literal["accepted", "pending", "cancelled", "rejected"] = "accepted"
    id: int | None = None
    phone: str | None = None
    attendee: str | None = None
    email: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class Tenant(Place):
    """A company, which is its own only branch where it names none."""

    slug: Text
    id: int | None = Field(default=None, gt=0)
    business: Text | None = None
    trade: str | None = None
    email: str | None = None
    calcom_username: str | None = None
    calcom_user_id: int | None = None
    calcom_api_key: str | None = None
    calcom_webhook_secret: str | None = None
    retell_api_key: str | None = None
    policy: dict[str, Any] | None = None
    branches: list[Place] = Field(default_factory=list)
    event_types: list[EventType] = Field(default_factory=list)
    staff: list[Person] = Field(default_factory=list)
    customers: list[Caller] = Field(default_factory=list)
    bookings: list[Booking] = Field(default_factory=list)


def read_tenant(given: Any, place: int) -> Tenant:
    """The tenant at that ``place`` of its list. Raises :class:`~askpro.errors.InvalidInput` naming
    company and field, the first that is wrong."""
    slug = given.get("slug") if isinstance(given, Mapping) else None
    try:
        return Tenant.model_validate(given)
    except ValidationError as why:
        raise _refusal(
            why, slug if isinstance(slug, str) and slug else f"tenants.{place}"
        ) from None


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
