"""What Cal.com's events say of one uid, put together so that their order and number don't matter.

Pure: events in, facts out. Merging is commutative, associative and idempotent, which is what makes
ten thousand orders of the same events end in one state. Facts are JSON and hold nothing personal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from askpro.providers.calcom_webhooks import CalcomEvent

Facts = dict[str, Any]
#: What orders events of one uid: the iCalendar sequence, then the time of sending (calcom.md §7).
Stamp = tuple[int, datetime]

EARLIEST: Stamp = (-1, datetime(1, 1, 1, tzinfo=UTC))
#: How far a booking has come; what arrives late and lies behind changes nothing. Cancelled is
#: terminal. Our own ``refused`` is a guess that any word of Cal.com's overrules.
_RANK = {"requested": 1, "confirmed": 2, "completed": 3, "rejected": 4, "cancelled": 5}
TERMINAL = frozenset({"rejected", "cancelled"})
_STATE_OF_TRIGGER = {
    "BOOKING_REJECTED": "rejected",
    "BOOKING_CANCELLED": "cancelled",
    "BOOKING_REQUESTED": "requested",
    "MEETING_ENDED": "completed",
}
#: The ledger's word for each status of Cal.com's.
STATE_OF_STATUS = {
    "accepted": "confirmed",
    "pending": "requested",
    "cancelled": "cancelled",
    "rejected": "rejected",
}
_NO_SHOW = "BOOKING_NO_SHOW_UPDATED"


def state_of(event: CalcomEvent) -> str | None:
    """The ledger's word for what an event says of its uid; None where it says nothing of that."""
    if event.trigger in ("BOOKING_CREATED", "BOOKING_RESCHEDULED"):
        return STATE_OF_STATUS.get(event.status or "", "confirmed")
    return _STATE_OF_TRIGGER.get(event.trigger)


def stamp_of(event: CalcomEvent) -> Stamp:
    """``MEETING_*`` carry the booking's own time of creation and so none of theirs."""
    return (event.sequence or 0, event.created_at or EARLIEST[1])


def merged(facts: Mapping[str, Any], event: CalcomEvent) -> Facts:
    """``facts`` with what ``event`` adds."""
    known = dict(facts)
    known["state"] = further(known.get("state"), state_of(event))
    if event.trigger == _NO_SHOW:
        said = [
            event.created_at.isoformat() if event.created_at else "",
            event.no_show is not False,
        ]
        known["no_show"] = max(known.get("no_show") or said, said)
    stamp = stamp_of(event)
    if stamp > last_word(known):
        known["sequence"], known["at"] = stamp[0], stamp[1].isoformat()
    return {name: value for name, value in known.items() if value is not None}


def last_word(facts: Mapping[str, Any]) -> Stamp:
    """The stamp of the latest event that spoke of the uid."""
    if "at" not in facts:
        return EARLIEST
    return (facts["sequence"], datetime.fromisoformat(facts["at"]))


def further(one: str | None, other: str | None) -> str | None:
    """Of two states the one that lies further along; None and our own guesses lie behind all."""
    return max(one, other, key=lambda state: _RANK.get(state or "", 0))


def standing(own: str | None, said: Iterable[Mapping[str, Any]]) -> str | None:
    """The ledger's state of a booking: ``own`` is what the ledger had, ``said`` are the facts."""
    told = list(said)
    state = None if own == "no_show" else own
    for facts in told:
        state = further(state, facts.get("state"))
    missed = max((facts["no_show"] for facts in told if "no_show" in facts), default=None)
    if state in TERMINAL:
        return state
    if missed is None:
        return own if own == "no_show" else state
    return "no_show" if missed[1] else state or "confirmed"
