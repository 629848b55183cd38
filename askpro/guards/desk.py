"""What lies on the desk between calls: cached slots, held slots, notes of a call, given answers.

The words that the two desks (memory, Redis) share. They lie together because one question to Redis
asks for all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, Protocol

from askpro.errors import CalcomHeld
from askpro.guards.permits import Kind, Permit

#: Slots are asked for again after this at the latest.
MOST_FRESH_SECONDS = 60.0
#: So many new appointments of a company are told apart from its cached slots; with more of them it
#: forgets its slots.
MOST_BOOKED = 20

#: What came of holding a wished slot; "" = nobody wished, or the slots are not known yet. booked:
#: given away after the slots were fetched, which may be asked for again to be sure.
Held = Literal["held", "taken", "not_free", "booked", ""]
#: What became of somebody else's fetch.
Fetch = Literal["going", "over", "failed"]
#: Who fetches: nobody needs to, this request does, another one is on it, or nothing may leave now.
Fetching = Literal["", "mine", "busy", "refused"]


class Interval(Protocol):
    """[start, end), aware instants."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


class Span(NamedTuple):
    """[start, end) in UTC."""

    start: datetime
    end: datetime


class HeldSlot(NamedTuple):
    """A slot that a call holds: [start, end) in UTC, on a calendar of the company."""

    start: datetime
    end: datetime
    calendar: str


@dataclass(frozen=True)
class HoldWish:
    """A slot that a call wants to hold. ``start`` and ``end`` are aware.

    Two wishes on one ``calendar`` of a company conflict when they overlap; unless said otherwise an
    event type is a calendar of its own. ``seats``: how many calls may hold it at once. ``remember``
    is noted for the call when the hold succeeds. ``written`` is the start as the cached value has
    it (a JSON string, quotes included), for holding in the same breath as looking.
    """

    call_id: str
    start: datetime
    end: datetime
    calendar: str
    seats: int = 1
    remember: Mapping[str, str] = field(default_factory=dict)
    written: str = ""


@dataclass(frozen=True)
class Shown:
    """One question for slots: whose, where they are kept, and through which circuit they come.

    ``entry`` is the cache's key. ``then``: the kind of request that follows when the wish is held;
    its permit comes along.
    """

    company_id: int
    event_type_id: int
    entry: str
    circuit: str | None = None
    call_id: str | None = None
    wish: HoldWish | None = None
    then: Kind | None = None


@dataclass(frozen=True)
class Look:
    """What lies there. ``value`` may be stale; it is never from before a change."""

    value: Any
    known: bool
    fresh: bool
    age_seconds: float
    generation: str
    fetching: Fetching = ""
    #: The fetch's token: ours, or that of the one who is on it.
    token: str = ""
    held: Held = ""
    others: tuple[HeldSlot, ...] = ()
    read_permit: Permit | None = None
    write_permit: Permit | None = None
    #: What was booked after these slots were fetched, and may be among them.
    booked: tuple[Span, ...] = ()
    refusal: CalcomHeld | None = None
    #: Kept in Redis, or by this worker alone.
    shared: bool = False
    #: The value as Redis has it, since when by its clock, and for how long it will be fresh.
    written: bytes = b""
    at_ms: int = 0
    fresh_seconds: float = 0.0


@dataclass(frozen=True)
class Put:
    """What came of putting fetched slots there. ``outdated``: something changed meanwhile."""

    outdated: bool
    held: Held = ""
    others: tuple[HeldSlot, ...] = ()
    write_permit: Permit | None = None
    booked: tuple[Span, ...] = ()


@dataclass(frozen=True)
class CallNotes:
    """What this company's call has settled so far. ``service_id``: what was checked last, so that
    it is what gets booked."""

    service_id: int | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, notes: Mapping[str, str]) -> CallNotes:
        service = notes.get("service_id", "")
        return cls(int(service) if service.isdigit() else None, notes)


@dataclass(frozen=True)
class DeskRules:
    """For how long things lie there, in seconds."""

    stale_seconds: float = 300
    lock_seconds: float = 5
    hold_seconds: float = 300
    notes_seconds: float = 7200
    replay_seconds: float = 300
    #: A request that died while answering gives way to its repetition after this.
    claim_seconds: float = 20

    @property
    def booked_seconds(self) -> float:
        """As long as slots may be shown that were fetched before an appointment was made."""
        return max(self.stale_seconds, MOST_FRESH_SECONDS) + self.lock_seconds


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
