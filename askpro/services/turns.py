"""One function call as the services see it: who calls, what was said, when, and to which office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from askpro.booking.cleaning import anonymous_number, phone_number
from askpro.booking.wording import Listener
from askpro.errors import InvalidInput
from askpro.providers.retell_functions import CallFacts
from askpro.services.directory import Office

Argument = str | int | bool


@dataclass(frozen=True)
class Turn:
    """``number`` is the customer's in E.164, None when the carrier withheld or mangled it.

    ``args`` carry our argument names (:mod:`askpro.providers.retell_arguments`), as heard.
    ``source`` is voice, rest or callback. ``not_after`` is the instant of ``time.monotonic`` at
    which the caller must have heard something: no call to Cal.com may last longer. ``key`` is the
    idempotency key that another client chose: the first booking made under it is the only one.
    """

    office: Office
    call_id: str | None
    number: str | None
    args: Mapping[str, Argument]
    at: Listener
    direction: str | None = None
    source: str = "voice"
    not_after: float | None = None
    key: str | None = None

    @property
    def holder(self) -> str | None:
        """Whom a slot is held for: the call, or the one request of another client."""
        return self.call_id or (f"{self.source}:{self.key}" if self.key else None)

    @property
    def now(self) -> datetime:
        """The instant (UTC) at which the caller spoke."""
        return self.at.now

    @property
    def anonymous(self) -> bool:
        return self.number is None

    @property
    def agreed(self) -> bool | None:
        """Whether the caller said yes, or no, to what is asked for; None when they said neither."""
        said = self.args.get("confirm")
        return said if isinstance(said, bool) else None

    def text(self, name: str) -> str | None:
        """An argument as text; None when it is missing."""
        value = self.args.get(name)
        return None if value is None else str(value)

    def whole(self, name: str, least: int, most: int, default: int) -> int:
        """A whole number brought into its bounds; the default when it can't be read as one."""
        value = self.args.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            return default
        return min(max(value, least), most)


def turn_of(
    office: Office,
    call: CallFacts,
    args: Mapping[str, Argument],
    now: datetime,
    not_after: float | None = None,
) -> Turn:
    return Turn(
        office=office,
        call_id=call.call_id,
        number=caller_number(call.customer_number),
        args=args,
        at=Listener(now, office.hours.zone),
        direction=call.direction,
        not_after=not_after,
    )


def caller_number(heard: str | None) -> str | None:
    """The carrier's number as E.164; None for anonymous callers, web calls and nonsense."""
    if heard is None or anonymous_number(heard):
        return None
    try:
        return phone_number(heard)
    except InvalidInput:
        return None
