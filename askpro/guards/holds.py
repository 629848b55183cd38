"""Slots that a call was told are free: nobody else is offered them for five minutes.

A hold is an interval on a calendar of a company, so that a 45-minute service at 10:00 also blocks
10:30. Which calendar that is, the caller may say (a member of staff); unless said, every event type
is one of its own: Cal.com decides whether two event types share a host, we can't. One hold per
call: a new one lets go of the former. Redis down: held inside this worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from askpro.errors import NoCompany
from askpro.guards.desk import HeldSlot, HoldWish, Interval
from askpro.guards.desk_memory import MemoryDesk
from askpro.guards.desk_redis import RedisDesk
from askpro.guards.redis_link import RedisLink


def wish(
    event_type_id: int,
    span: Interval,
    *,
    call_id: str | None,
    service_id: int | None = None,
    calendar: str | None = None,
    seats: int = 1,
    written: str = "",
) -> HoldWish | None:
    """The wish to hold ``span``; None without a call, which can't hold anything."""
    if not call_id:
        return None
    remember: Mapping[str, str] = {} if service_id is None else {"service_id": str(service_id)}
    return HoldWish(
        call_id,
        span.start,
        span.end,
        (calendar or f"event_type_{event_type_id}").replace("|", "_"),
        seats,
        remember,
        written,
    )


class Holds:
    def __init__(self, link: RedisLink, shared: RedisDesk, alone: MemoryDesk) -> None:
        self._link = link
        self._shared = shared
        self._alone = alone

    def hold(
        self,
        company_id: int,
        event_type_id: int,
        span: Interval,
        *,
        call_id: str | None,
        service_id: int | None = None,
        calendar: str | None = None,
        seats: int = 1,
    ) -> bool:
        """Holds ``span`` for the call; False when other calls hold it (``seats``: all of them).

        Held again by the same call, it lasts anew. ``service_id`` is noted as what the call wants
        booked. Without a call nothing is held, and nothing refused. Free when the slot was already
        held in this request by :meth:`SlotCache.get`.
        """
        _check(company_id)
        wished = wish(
            event_type_id,
            span,
            call_id=call_id,
            service_id=service_id,
            calendar=calendar,
            seats=seats,
        )
        if wished is None:
            return True
        known = self._link.ahead.get(("held", company_id, wished.call_id))
        if known is not None and known[:3] == (wished.calendar, wished.start, wished.end):
            return bool(known[3])
        held, _ = self._link.either(
            partial(self._shared.hold, company_id, wished),
            partial(self._alone.hold, company_id, wished),
        )
        return held == "held"

    def release(self, company_id: int, call_id: str | None) -> None:
        """Lets go of what the call holds. In a request it leaves with the next question."""
        _check(company_id)
        if call_id:
            self._alone.release(company_id, call_id)
            if self._link.configured:
                self._link.soon(*self._shared.release(company_id, call_id))
            self._link.ahead.pop(("held", company_id, call_id), None)

    def held_by_others(
        self, company_id: int, call_id: str | None, event_type_id: int | None = None
    ) -> tuple[HeldSlot, ...]:
        """What other calls of the company hold; of one event type's calendar when it is named.

        Free when the slots were looked at in this request.
        """
        _check(company_id)
        slots = self._link.ahead.get(("others", company_id, call_id))
        if slots is None:
            held = self._link.either(
                partial(self._shared.holds, company_id), partial(self._alone.holds, company_id)
            )
            slots = tuple(slot for call, slot in held.items() if call != call_id)
        if event_type_id is None:
            return tuple(slots)
        return tuple(slot for slot in slots if slot.calendar == f"event_type_{event_type_id}")


def _check(company_id: int) -> None:
    if not company_id:
        raise NoCompany("holds belong to a company")
