"""After an outage: wishes that were collected are checked again, oldest first.

A slot that is still free is offered to the operators, and booked only where the caller had agreed
to that very slot; everything else stays a callback with what is known about it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select, update

from askpro.booking.model import Service
from askpro.booking.wording import Listener
from askpro.errors import CalcomAnswer, CalcomUnavailable, Spoken
from askpro.guards.redaction import remember_names
from askpro.services import booking, rounds
from askpro.services.directory import Office
from askpro.services.possible import possible_times
from askpro.services.rounds import Waiting
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishbook import Contact
from askpro.services.wishes import When
from askpro.store.models import Callback, ServiceRow

log = logging.getLogger(__name__)


@dataclass
class Drained:
    """What one round did, by number of wishes."""

    booked: int = 0
    still_free: int = 0
    gone: int = 0
    waiting: int = 0


def drain(runtime: Runtime) -> Drained:
    """One round over every company; a wish whose calendar is still down waits."""
    drained = Drained()

    def check(office: Office, waiting: Waiting) -> None:
        with runtime.database.of_company(waiting.company_id) as session:
            wish = session.get_one(Callback, waiting.id)
        remember_names(wish.name)
        try:
            _check(runtime, office, wish, drained)
        except CalcomAnswer as error:
            # Not an outage: asked again, Cal.com would say the same. A person has to look.
            log.warning(
                "a wish can't be looked at",
                extra={"callback_id": wish.id, "error": type(error).__name__},
            )
            _note(runtime, wish, still_free=None)
        finally:
            # Here no request's end does it.
            runtime.guards.circuits.give_back()

    drained.waiting = rounds.work_off(runtime, _open_wishes(runtime), check, work="wishes")
    return drained


def _open_wishes(runtime: Runtime) -> list[Waiting]:
    """Oldest first, with the branch whose service is wished."""
    with runtime.database.unrestricted_unsafe() as session:
        found = session.execute(
            select(Callback.id, Callback.company_id, ServiceRow.branch_id)
            .outerjoin(ServiceRow, ServiceRow.id == Callback.wanted_service_id)
            .where(
                Callback.state == "open",
                Callback.wanted_start > runtime.clock.now(),
                Callback.checked_at.is_(None),
            )
            .order_by(Callback.created_at)
        )
        return [Waiting(*row) for row in found]


def _check(runtime: Runtime, office: Office, wish: Callback, drained: Drained) -> None:
    if office.mode != "open":
        raise CalcomUnavailable("an operator has paused the company's bookings")
    service = office.service(wish.wanted_service_id)
    if service is None or wish.wanted_start is None:
        drained.gone += 1
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
    if possible.seen.stale:
        raise CalcomUnavailable("only old times are known: they tell nothing of the wish")
    if wish.wanted_start not in possible.free:
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
    if answer.status == "calendar_down":
        raise CalcomUnavailable("it went down again meanwhile")
    booked = answer.status in ("booked", "requested", "pending")
    drained.booked += booked
    drained.gone += not booked
    _note(runtime, wish, still_free=booked)


def _note(runtime: Runtime, wish: Callback, *, still_free: bool | None) -> None:
    """What was found, for the operator who calls back: the caller was promised a word.

    Nothing is noted if the call has another wish by now: that one was not looked at.
    """
    with runtime.database.of_company(wish.company_id, write=True) as session:
        session.execute(
            update(Callback)
            .where(
                Callback.id == wish.id,
                Callback.wanted_start == wish.wanted_start,
                Callback.wanted_service_id == wish.wanted_service_id,
            )
            .values(still_free=still_free, checked_at=runtime.clock.now())
        )
