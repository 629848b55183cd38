"""Rows of the simulated calendar and the shelf that keeps them findable.

Knows which spans of an account are busy; refuses to know what may be booked
(:mod:`askpro.simulator.calendar`) and what it looks like on the wire
(:mod:`askpro.simulator.rendering`).
"""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from askpro.simulator.world import EventType

_UID_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#: Not the module's own dice: a test that seeds those would see one uid twice.
_DICE = random.SystemRandom()
_LONGEST = timedelta(hours=24)


def new_uid() -> str:
    """22 letters like Cal.com's short uuids."""
    return "".join(_DICE.choices(_UID_LETTERS, k=22))


@dataclass
class Attendee:
    name: str
    email: str
    phone: str | None
    time_zone: str
    language: str
    absent: bool = False
    seat_uid: str | None = None
    responses: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)

    def is_same_booker(self, email: str, phone: str | None) -> bool:
        return self.email == email or (phone is not None and self.phone == phone)


@dataclass
class Booking:
    """One row. ``baseline`` rows come with the world: its free times already respect them."""

    id: int
    uid: str
    event_type: EventType
    start: datetime
    end: datetime
    status: str
    attendees: list[Attendee]
    metadata: dict[str, Any]
    location: str
    created_at: datetime
    updated_at: datetime
    responses: dict[str, Any] = field(default_factory=dict)
    guests: list[str] = field(default_factory=list)
    baseline: bool = False
    absent_host: bool = False
    cancellation_reason: str | None = None
    cancelled_by: str | None = None
    rescheduling_reason: str | None = None
    rescheduled_by: str | None = None
    rejection_reason: str | None = None
    from_uid: str | None = None
    to_uid: str | None = None
    recurring_uid: str | None = None
    sequence: int = 0

    @property
    def active(self) -> bool:
        return self.status in ("accepted", "pending")

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds() // 60)


class Shelf:
    """All bookings by uid, and the busy spans of every account. The calendar holds the lock."""

    def __init__(self) -> None:
        self._rows: dict[str, Booking] = {}
        self._recurring: dict[str, list[str]] = {}
        self._busy: dict[int, list[tuple[datetime, datetime, str]]] = {}
        self._by_email: dict[str, list[str]] = {}
        self._seated: dict[tuple[int, datetime], str] = {}
        self._next_id = 9_000_000

    def next_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def add(self, row: Booking) -> None:
        self._rows[row.uid] = row
        self._next_id = max(self._next_id, row.id)
        if row.recurring_uid:
            self._recurring.setdefault(row.recurring_uid, []).append(row.uid)
        for attendee in row.attendees:
            self.note_attendee(row, attendee)
        if row.active and row.event_type.seats is not None:
            self._seated[row.event_type.id, row.start] = row.uid
        if row.active and not row.baseline:
            insort(self._spans(row), (row.start, row.end, row.uid))

    def note_attendee(self, row: Booking, attendee: Attendee) -> None:
        """Make a row findable by an attendee's mail, also one that joined later."""
        self._by_email.setdefault(attendee.email.lower(), []).append(row.uid)

    def with_email(self, email: str) -> list[Booking]:
        uids = dict.fromkeys(self._by_email.get(email.lower(), ()))
        return [self._rows[uid] for uid in uids]

    def release(self, row: Booking) -> None:
        """Take the row's span off the busy list; the row itself stays. A free start comes back."""
        self._seated.pop((row.event_type.id, row.start), None)
        spans = self._spans(row)
        entry = (row.start, row.end, row.uid)
        place = bisect_left(spans, entry)
        if place < len(spans) and spans[place] == entry:
            del spans[place]

    def seated(self, type_id: int, start: datetime) -> Booking | None:
        """The booking that a further attendee of a seated type joins, if there is one."""
        uid = self._seated.get((type_id, start))
        return self._rows[uid] if uid else None

    def find(self, uid: str) -> Booking | None:
        return self._rows.get(uid)

    def series(self, recurring_uid: str) -> list[Booking]:
        return [self._rows[uid] for uid in self._recurring.get(recurring_uid, ())]

    def all(self) -> Iterator[Booking]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def overlapping(
        self, account_id: int, start: datetime, end: datetime, *, ignoring: Iterable[str] = ()
    ) -> list[Booking]:
        """Active bookings of the account that share time with [start, end)."""
        spans = self._busy.get(account_id, [])
        first = bisect_left(spans, (start - _LONGEST,))
        last = bisect_left(spans, (end,))
        return [
            self._rows[uid]
            for _, until, uid in spans[first:last]
            if until > start and uid not in ignoring
        ]

    def _spans(self, row: Booking) -> list[tuple[datetime, datetime, str]]:
        return self._busy.setdefault(row.event_type.account.id, [])
