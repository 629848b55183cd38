"""After an outage: wishes that were collected are checked again, oldest first.

A slot that is still free is offered to the operators, and booked only where the caller had agreed
to that very slot and has done nothing since: who booked, moved or cancelled later wants what they
did then, and who has got that very slot by themselves waits for nobody. Everything else stays a
callback with what is known about it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from askpro.booking.customers import same_person
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
from askpro.store.models import Appointment, Call, Callback, Customer, ServiceRow
from askpro.store.models.appointments import NEVER_STOOD, STANDING
from askpro.store.vault import digests

log = logging.getLogger(__name__)

#: ``Appointment.source`` of what is booked here: nobody was on the phone, so somebody has to call.
_SOURCE = "callback"


@dataclass
class Drained:
    """What one round did, by number of wishes."""

    booked: int = 0
    still_free: int = 0
    gone: int = 0
    fulfilled: int = 0
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
    called_from = _called_from(runtime, wish)
    turn = Turn(
        office=office,
        call_id=wish.call_id,
        number=called_from,
        args={},
        at=Listener(now, office.hours.zone),
        source=_SOURCE,
    )
    day = turn.at.day(wish.wanted_start)
    possible = possible_times(runtime, turn, service, day)
    if possible.seen.stale:
        raise CalcomUnavailable("only old times are known: they tell nothing of the wish")
    # Asked last, so that it counts what they did while Cal.com was asked.
    agreed, since = _since(runtime, wish, called_from)
    theirs = _at_the_wished_time(wish, since)
    if any(row.source == _SOURCE for row in theirs):
        # Booked in an earlier round, which ended before it could note that.
        drained.booked += 1
        _note(runtime, wish, still_free=None)
        return
    if theirs:
        # They have booked it themselves, and so know that it is theirs.
        drained.fulfilled += 1
        _note(runtime, wish, still_free=None, done=not (wish.reason or wish.window))
        return
    if wish.wanted_start not in possible.free:
        drained.gone += 1
        _note(runtime, wish, still_free=False)
        return
    if not agreed or not wish.name:
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
    # What was booked is free no more: the ledger says that it is theirs, and how surely.
    _note(runtime, wish, still_free=None if booked else False)


def _called_from(runtime: Runtime, wish: Callback) -> str | None:
    """The number that called, None where it was withheld: what is booked belongs to it, also where
    another one is to be called. Of a call that nobody told of, only the one to call is known."""
    if wish.call_id is None:
        return wish.phone
    with runtime.database.of_company(wish.company_id) as session:
        call = session.execute(
            select(Call.from_number).where(Call.call_id == wish.call_id)
        ).one_or_none()
    return call.from_number if call else wish.phone


def _since(
    runtime: Runtime, wish: Callback, called_from: str | None
) -> tuple[bool, Sequence[Appointment]]:
    """Whether the caller still wants just that slot, and what became of their appointments since.

    Theirs are those of the same call and those of the same number: the one to call, and the one
    that called. A callback is as old as its call's first wish: where that errs, a person calls
    instead of a booking that nobody wants.
    """
    with runtime.database.of_company(wish.company_id) as session:
        known = filter(None, {wish.phone, called_from})
        numbers = [each for number in known for each in digests(number)]
        theirs: list[ColumnElement[bool]] = [
            Appointment.customer_id.in_(
                select(Customer.id).where(Customer.phone_digest.in_(numbers))
            )
        ]
        if wish.call_id is not None:
            theirs.append(Appointment.call_id == wish.call_id)
        agreed = session.scalar(
            select(Callback.agreed).where(
                Callback.id == wish.id,
                Callback.state == "open",
                Callback.wanted_start == wish.wanted_start,
            )
        )
        since = session.scalars(
            select(Appointment).where(
                or_(*theirs),
                Appointment.state.not_in(NEVER_STOOD),
                Appointment.updated_at > wish.created_at,
            )
        ).all()
    done_later = any(row.changes or row.created_at > wish.created_at for row in since)
    return wish.agreed and bool(agreed) and not done_later, since


def _at_the_wished_time(wish: Callback, since: Sequence[Appointment]) -> list[Appointment]:
    """The caller's appointments that are what was wished for."""
    return [
        row
        for row in since
        if row.state in STANDING
        and row.start == wish.wanted_start
        and (row.group_service_id or row.service_id) == wish.wanted_service_id
        and (not wish.name or not row.attendee_name or same_person(wish.name, row.attendee_name))
    ]


def _note(runtime: Runtime, wish: Callback, *, still_free: bool | None, done: bool = False) -> None:
    """What was found, for the operator who calls back: the caller was promised a word. ``done``:
    nobody has to call any more.

    Nothing is noted if the call has another wish by now: that one was not looked at.
    """
    now = runtime.clock.now()
    found: dict[str, Any] = {"still_free": still_free, "checked_at": now}
    if done:
        found |= {"state": "done", "done_at": now}
    with runtime.database.of_company(wish.company_id, write=True) as session:
        session.execute(
            update(Callback)
            .where(
                Callback.id == wish.id,
                Callback.state == "open",
                Callback.wanted_start == wish.wanted_start,
                Callback.wanted_service_id == wish.wanted_service_id,
            )
            .values(**found)
        )
