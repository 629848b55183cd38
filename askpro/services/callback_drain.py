"""After an outage: wishes that were collected are checked again, oldest first.

A slot that is still free is offered to the operators, and booked only where the caller had agreed
to that very slot; everything else stays a callback with what is known about it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select

from askpro.booking.model import Service
from askpro.booking.wording import Listener
from askpro.errors import CalcomError, Spoken
from askpro.services import booking
from askpro.services.possible import possible_times
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishbook import Contact
from askpro.services.wishes import When
from askpro.store.models import Callback

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 25


@dataclass
class Drained:
    """What one round did, by number of wishes."""

    booked: int = 0
    still_free: int = 0
    gone: int = 0


def drain(runtime: Runtime) -> Drained:
    """One round; does nothing while the calendar is still down."""
    drained = Drained()
    for wish in _open_wishes(runtime):
        try:
            _check(runtime, wish, drained)
        except CalcomError as error:
            log.info("wishes wait", extra={"error": type(error).__name__})
            return drained
    return drained


def _open_wishes(runtime: Runtime) -> list[Callback]:
    with runtime.database.unrestricted_unsafe() as session:
        return list(
            session.scalars(
                select(Callback)
                .where(
                    Callback.state == "open",
                    Callback.wanted_start > runtime.clock.now(),
                    Callback.checked_at.is_(None),
                )
                .order_by(Callback.created_at)
                .limit(_MOST_AT_ONCE)
            )
        )


def _check(runtime: Runtime, wish: Callback, drained: Drained) -> None:
    office = runtime.directory.office(wish.company_id)
    service = office.service(wish.wanted_service_id) if office else None
    if office is None or service is None or wish.wanted_start is None:
        _note(runtime, wish, still_free=False)
        return
    now = runtime.clock.now()
    turn = Turn(
        office=office,
        call_id=wish.call_id,
        number=wish.phone,
        args={},
        at=Listener(now, office.hours.zone),
    )
    day = turn.at.day(wish.wanted_start)
    possible = possible_times(runtime, turn, service, day)
    if wish.wanted_start not in possible.free or possible.seen.stale:
        drained.gone += 1
        _note(runtime, wish, still_free=False)
        return
    if not wish.agreed or not wish.name:
        drained.still_free += 1
        _note(runtime, wish, still_free=True)
        return
    _book(runtime, turn, wish, service, drained)


def _book(
    runtime: Runtime,
    turn: Turn,
    wish: Callback,
    service: Service,
    drained: Drained,
) -> None:
    assert wish.wanted_start is not None
    when = When(turn.at.day(wish.wanted_start), start=wish.wanted_start)
    contact = Contact(wish.name or "", wish.phone, None, None)
    try:
        answer = booking.book(runtime, turn, service, when, contact)
    except Spoken:
        _note(runtime, wish, still_free=True)
        return
    booked = answer.status in ("booked", "requested", "pending")
    drained.booked += booked
    drained.gone += not booked
    _note(runtime, wish, still_free=booked)


def _note(runtime: Runtime, wish: Callback, *, still_free: bool) -> None:
    """What was found, for the operator who calls back: the caller was promised a word."""
    with runtime.database.of_company(wish.company_id, write=True) as session:
        row = session.get_one(Callback, wish.id)
        row.still_free = still_free
        row.checked_at = runtime.clock.now()
