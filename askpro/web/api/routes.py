"""The routes of ``/api/v2``: who asks, what they sent, ask the service, answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from askpro.booking import cleaning
from askpro.booking.wording import Listener
from askpro.errors import CalcomError, CalcomHeld, InvalidInput, Spoken, UnknownService
from askpro.logs import remember_names
from askpro.services import (
    availability,
    booking,
    cancelling,
    changes,
    faults,
    moving,
    records,
)
from askpro.services.answers import Answer
from askpro.services.appointments import NotThisOne, check_policy
from askpro.services.directory import Office
from askpro.services.possible import service_of
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store.models import Appointment
from askpro.store.models.appointments import STANDING
from askpro.web.api import document, gate, shown
from askpro.web.api.problems import NoLongerStanding, NotThere, Problem, Unprocessable
from askpro.web.api.schemas import (
    AvailabilityAsked,
    BookingAsked,
    BookingsAsked,
    CancelAsked,
    MoveAsked,
)
from askpro.web.json import json_answer

blueprint = Blueprint("api", __name__, url_prefix="/api/v2")
blueprint.register_error_handler(Problem, shown.problem)


@blueprint.post("/availability/simple")
def check_availability() -> Response:
    """Free times of a day, or whether one time is free."""
    runtime, office = gate.opened("availability")
    asked = gate.body(AvailabilityAsked)
    office = gate.branch_of(runtime, office, asked.branch_id)
    turn = _turn(runtime, office, asked.wanted())
    when = asked.when(office.hours)
    return shown.availability(_answered(turn, lambda: availability.check(runtime, turn, when)))


@blueprint.post("/bookings")
def book() -> Response:
    """Book one exact time for one person, once for each idempotency key."""
    runtime, office = gate.opened("booking")
    asked = gate.body(BookingAsked)
    office = gate.branch_of(runtime, office, asked.branch_id)
    remember_names(asked.name)
    turn = _turn(
        runtime,
        office,
        asked.wanted(),
        number=_number(asked.phone),
        key=asked.idempotency_key,
    )
    when = When(turn.at.day(asked.start), start=asked.start)

    def make() -> Answer:
        service = service_of(runtime, turn)
        contact = booking.contact_of(runtime, turn)
        return booking.book(runtime, turn, service, when, contact)

    answer = _answered(turn, make)
    if not answer.rows:
        return shown.instead(answer)
    return shown.booked(runtime, answer.rows)


@blueprint.get("/bookings")
def find_bookings() -> Response:
    """Appointments by Cal.com's uid, current or replaced; without one, the latest 200."""
    runtime, office = gate.opened("default")
    uid = gate.query(BookingsAsked).uid
    if uid is None:
        found = records.latest(runtime, office.company_id)
    else:
        parts = tuple(records.by_uid(runtime, office.company_id, uid))
        found = [parts] if parts else []
    return json_answer({"bookings": [shown.as_json(runtime, parts) for parts in found]})


@blueprint.get("/bookings/<int:booking_id>")
def show_booking(booking_id: int) -> Response:
    """One appointment with its state in the ledger."""
    runtime, office = gate.opened("default")
    return shown.appointment(runtime, _find(runtime, office, booking_id))


@blueprint.patch("/bookings/<int:booking_id>/reschedule")
def move_booking(booking_id: int) -> Response:
    """Move an appointment; the old time stays until the new one stands. Where it already is, it
    stays as it is."""
    runtime, office = gate.opened("reschedule")
    asked = gate.body(MoveAsked)
    parts = _find(runtime, office, booking_id)
    _refuse_what_is_over(parts)
    turn = _turn_about(runtime, parts[0], asked.wanted())
    if asked.start == parts[0].start and not parts[0].pending_change:
        return shown.appointment(runtime, parts)
    when = When(turn.at.day(asked.start), start=asked.start)

    def move() -> Answer:
        fee = check_policy(runtime, turn, "reschedule", *parts)
        agreed = asked.accepted_fee_cents >= fee
        return moving.move(runtime, turn, parts, when, fee, agreed=agreed)

    return _changed(runtime, _answered(turn, move))


@blueprint.delete("/bookings/<int:booking_id>")
def cancel_booking(booking_id: int) -> Response:
    """Cancel an appointment; one that is cancelled already is success."""
    runtime, office = gate.opened("cancel")
    asked = gate.body(CancelAsked, optional=True)
    whole = _find(runtime, office, booking_id)
    # Of several parts the host may have cancelled some.
    parts = [part for part in whole if part.state in STANDING] or whole
    if parts[0].state == "cancelled":
        return shown.appointment(runtime, parts)
    _refuse_what_is_over(parts)
    turn = _turn_about(runtime, parts[0], asked.wanted())

    def cancel() -> Answer:
        fee = check_policy(runtime, turn, "cancel", *parts)
        if asked.accepted_fee_cents < fee:
            return changes.ask_first(turn, "cancel", parts, fee)
        return cancelling.cancel(runtime, turn, parts, fee)

    return _changed(runtime, _answered(turn, cancel))


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The contract of these routes, for anybody."""
    return json_answer(document.openapi())


# -- shared by the routes -------------------------------------------------------------------------


def _turn(
    runtime: Runtime,
    office: Office,
    args: Mapping[str, Any],
    *,
    number: str | None = None,
    key: str | None = None,
) -> Turn:
    """A REST request as the services know one; a booking's key stands where a call's id does."""
    return Turn(
        office=office,
        call_id=None,
        number=number,
        args=args,
        at=Listener(runtime.clock.now(), office.hours.zone),
        source="rest",
        key=key,
    )


def _turn_about(runtime: Runtime, row: Appointment, args: Mapping[str, Any]) -> Turn:
    """A request about a standing appointment: its branch answers, for its customer."""
    office = runtime.directory.office(row.company_id, row.branch_id)
    assert office is not None  # A branch with appointments is never deleted.
    body = hashlib.sha256(request.get_data()).hexdigest()[:16]
    return _turn(runtime, office, args, number=row.attendee_phone, key=f"change:{row.id}:{body}")


def _answered(turn: Turn, ask: Callable[[], Answer]) -> Answer:
    """Ask a service; what it can't do becomes an answer, what the client got wrong a problem."""
    try:
        return ask()
    except NotThisOne as refused:
        return refused.answer
    except UnknownService as unknown:
        field = next((name for name in ("service_id", "event_type_id") if turn.text(name)), None)
        raise NotThere({field or "service": [unknown.sentence]}) from None
    except InvalidInput as wrong:
        raise Unprocessable({wrong.field: [wrong.sentence]}) from None
    except Spoken as spoken:
        return Answer(spoken.status, spoken.sentence)
    except CalcomError as error:
        down = faults.calendar_down(turn, error)
        if isinstance(error, CalcomHeld):
            down.fields["retry_after"] = error.retry_seconds
        return down


def _changed(runtime: Runtime, answer: Answer) -> Response:
    """The appointment after a change, or what came instead of it."""
    if answer.status not in ("rescheduled", "requested", "cancelled", "pending"):
        return shown.instead(answer)
    return shown.changed(runtime, answer.rows)


def _number(phone: str | None) -> str | None:
    """The customer's number; one that libphonenumber does not know is left out, as for callers."""
    try:
        return cleaning.phone_number(phone) if phone else None
    except InvalidInput:
        return None


def _find(runtime: Runtime, office: Office, booking_id: int) -> Sequence[Appointment]:
    """The company's appointment with that id: its parts, one where it has none."""
    parts: Sequence[Appointment] = ()
    if booking_id <= _BIGGEST_ID:
        parts = records.by_id(runtime, office.company_id, booking_id)
    if not parts:
        raise NotThere
    return parts


def _refuse_what_is_over(parts: Sequence[Appointment]) -> None:
    if any(part.state not in ("confirmed", "requested") for part in parts):
        raise NoLongerStanding


_BIGGEST_ID = 2**63 - 1
