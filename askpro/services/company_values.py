"""The kinds of value in a company's entry: how each is read, and what it may not be.

Each refuses with the end of a sentence about the field; which field of which company it is,
:mod:`askpro.services.company_entry` knows.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from askpro.booking.cleaning import anonymous_number, phone_number
from askpro.booking.hours import bundesland_code
from askpro.booking.hours_text import unread_hours
from askpro.errors import InvalidInput

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_AGENT = re.compile(r"[\x21-\x7e]{1,100}")
#: What a column of whole numbers holds; Cal.com's ids are no wider.
WIDEST = 2**31 - 1
#: An event type of Cal.com's lasts a day at most.
LONGEST_MINUTES = 24 * 60
YEAR_IN_HOURS = 366 * 24
#: More than anybody charges, and still a number that can be spoken.
DEAREST_EUR = 100_000


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
Bundesland = Annotated[Words, AfterValidator(_bundesland)]
OpeningTimes = Annotated[Words, AfterValidator(_hours)]
#: A person's number; of a booking it may be withheld.
Phone = Annotated[Text, AfterValidator(_reached)]
PhoneIfAny = Annotated[Words, AfterValidator(_not_withheld)]
Id = Annotated[int, Field(gt=0, le=WIDEST)]
#: With a year to spare at both ends of the calendar, so that it has a UTC date.
Instant = Annotated[
    AwareDatetime, Field(ge=datetime(2, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))
]
HoursBefore = Annotated[int, Field(ge=0, le=YEAR_IN_HOURS)]
#: A hundred years are for ever.
Days = Annotated[int, Field(ge=1, le=36_500)]
DaysIfAny = Annotated[int, Field(ge=0, le=36_500)]
Times = Annotated[int, Field(ge=0, le=1_000)]
Cents = Annotated[int, Field(ge=0, le=DEAREST_EUR * 100)]
