"""Courtesy holds on slots (calcom.md §2, Reservations).

They hide a slot from GET /v2/slots and from other reservations. They neither block nor are
consumed by a booking: that gap is Cal.com's own (#23938, #23974), and the point of simulating it.
The calendar holds the lock.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from askpro.clock import Clock
from askpro.simulator.world import EventType

DEFAULT_MINUTES = 5


@dataclass(frozen=True)
class Hold:
    uid: str
    event_type_id: int
    account_id: int
    start: datetime
    end: datetime
    minutes: int
    until: datetime


class Reservations:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._holds: dict[str, Hold] = {}

    def hold(
        self, kind: EventType, start: datetime, slot_minutes: int, minutes: int | None
    ) -> Hold:
        lasts = minutes or DEFAULT_MINUTES
        made = Hold(
            uid=str(uuid.uuid4()),
            event_type_id=kind.id,
            account_id=kind.account.id,
            start=start,
            end=start + timedelta(minutes=slot_minutes),
            minutes=lasts,
            until=self._clock.now() + timedelta(minutes=lasts),
        )
        self._forget_expired()
        self._holds[made.uid] = made
        return made

    def move(self, uid: str, start: datetime, slot_minutes: int, minutes: int | None) -> Hold:
        """Change a hold; KeyError when it is gone."""
        lasts = minutes or DEFAULT_MINUTES
        self._holds[uid] = replace(
            self._holds[uid],
            start=start,
            end=start + timedelta(minutes=slot_minutes),
            minutes=lasts,
            until=self._clock.now() + timedelta(minutes=lasts),
        )
        return self._holds[uid]

    def get(self, uid: str) -> Hold | None:
        held = self._holds.get(uid)
        return held if held and held.until > self._clock.now() else None

    def drop(self, uid: str) -> bool:
        return self._holds.pop(uid, None) is not None

    def covers(
        self, kind: EventType, start: datetime, end: datetime, *, ignoring: str | None = None
    ) -> bool:
        """Whether somebody holds time of this calendar in [start, end). Seats are not held."""
        if not self._holds or kind.seats is not None:
            return False
        now = self._clock.now()
        return any(
            held.account_id == kind.account.id
            and held.start < end
            and start < held.end
            and held.until > now
            and held.uid != ignoring
            for held in self._holds.values()
        )

    def _forget_expired(self) -> None:
        now = self._clock.now()
        for uid in [uid for uid, held in self._holds.items() if held.until <= now]:
            del self._holds[uid]
