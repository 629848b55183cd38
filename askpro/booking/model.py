"""The nouns of booking, as plain values that every floor may hold.

Instants (``start``, ``end``) are aware and UTC unless a name says ``local``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Segment:
    """A stretch of a service, in minutes from its start; staff is only busy while ``works``."""

    offset_minutes: int
    minutes: int
    works: bool


@dataclass(frozen=True)
class Service:
    """What a branch offers. ``price_cents`` None = unknown; ``notice_minutes`` None = house rule.

    ``bookable`` is false for types a voice agent can't book (recurring, paid online, e-mail
    verification); ``why_not`` is then the German reason. ``parts`` are the services a composite
    one consists of, in order: all of them are booked or none.
    """

    id: int
    company_id: int
    branch_id: int | None
    name: str
    event_type_id: int
    minutes: int
    price_cents: int | None = None
    synonyms: tuple[str, ...] = ()
    is_default: bool = False
    priority: int = 100
    notice_minutes: int | None = None
    bookable: bool = True
    why_not: str | None = None
    seats: int | None = None
    multi_length: bool = False
    segments: tuple[Segment, ...] = ()
    parts: tuple[int, ...] = ()
    policy: dict[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, order=True)
class Span:
    """A half-open interval [start, end)."""

    start: datetime
    end: datetime

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    @classmethod
    def of(cls, start: datetime, minutes: int) -> Span:
        return cls(start, start + timedelta(minutes=minutes))
