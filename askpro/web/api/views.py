"""The routes of ``/api/v2``: check the token, read the body, ask the service, answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, request
from pydantic import BaseModel, ValidationError
from sqlalchemy import select

from askpro.booking import cleaning
from askpro.booking.wording import Listener
from askpro.errors import (
    BadRequest,
    CalcomError,
    CalcomHeld,
    InvalidInput,
    Spoken,
    Unauthorized,
)
from askpro.guards import RouteKind
from askpro.logs import bind_log_context, remember_names
from askpro.services import availability, booking, changes, functions, tokens
from askpro.services.answers import Answer
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store import ledger
from askpro.store.models import Appointment
from askpro.web.api import document
from askpro.web.api.schemas import (
    AvailabilityAsked,
    BookingAsked,
    CancelAsked,
    MoveAsked,
)
from askpro.web.json import json_answer

blueprint = Blueprint("api", __name__, url_prefix="/api/v2")

Asked = TypeVar("Asked", bound=BaseModel)
_MOST_LISTED = 200
_HTTP_OF_STATUS = {
    "booked": 201,
    "requested": 201,
    "pending": 202,
    "rescheduled": 200,
    "cancelled": 200,
    "unavailable": 409,
    "closed": 409,
    "no_availability": 409,
    "past": 409,
    "not_allowed": 403,
    "not_found": 404,
    "calendar_down": 503,
}


@blueprint.post("/availability/simple")
def check() -> Response:
    """Free times of a day, or whether one time is free."""
    runtime, office = _authenticated("availability")
    asked = _read(AvailabilityAsked)
    turn = _turn(runtime, office, _service_args(asked.model_dump()))
    if asked.start is not None:
        when = When(turn.at.day(asked.start), start=asked.start)
    else:
        assert asked.date is not None
        start = office.hours.at(asked.date, asked.time) if asked.time else None
        when = When(asked.date, start=start)
    answer = _asked(runtime, turn, lambda: availability.check(runtime, turn, when))
    if answer.status == "calendar_down":
        return _answer(answer)
    return json_answer(
        {
            "available": bool(answer.fields.get("available")),
            "status": answer.status,
            "message": answer.message,
            "requested_time": answer.fields.get("requested_time"),
            "service": answer.fields.get("service"),
            "alternatives": answer.fields.get("alternatives", []),
            "slots": answer.fields.get("slots", []),
        }
    )


@blueprint.post("/bookings")
def book() -> Response:
    """Book one exact time for one person, once for each idempotency key."""
    runtime, office = _authenticated("booking")
    asked = _read(BookingAsked)
    remember_names(asked.name)
    person = {
        "name": asked.name,
        "email": asked.email,
        "phone": asked.phone,
        "notes": asked.notes,
    }
    given = {name: value for name, value in person.items() if value}
    turn = _turn(
        runtime,
        office,
        {**_service_args(asked.model_dump()), **given},
        phone=asked.phone,
        key=asked.idempotency_key,
    )
    when = When(turn.at.day(asked.start), start=asked.start)

    def make() -> Answer:
        service = availability.service_of(runtime, turn)
        contact = booking.contact_of(runtime, turn)
        return booking.book(runtime, turn, service, when, contact)

    answer = _asked(runtime, turn, make)
    if answer.status in ("booked", "requested", "pending"):
        row = _find(runtime, office, int(answer.fields["appointment_id"]))
        return json_answer(_shown(office, runtime, row), _HTTP_OF_STATUS[answer.status])
    return _answer(answer)


@blueprint.get("/bookings")
def search() -> Response:
    """Appointments by Cal.com's uid, current or replaced; without one, the latest."""
    runtime, office = _authenticated("default")
    uid = request.args.get("uid")
    with runtime.database.of_company(office.company_id) as session:
        if uid is not None:
            row = ledger.by_uid(session, uid[:100])
            rows = [row] if row else []
        else:
            rows = list(
                session.scalars(
                    select(Appointment).order_by(Appointment.start.desc()).limit(_MOST_LISTED)
                )
            )
    return json_answer({"bookings": [_shown(office, runtime, row) for row in rows]})


@blueprint.get("/bookings/<int:booking_id>")
def show(booking_id: int) -> Response:
    runtime, office = _authenticated("default")
    return json_answer(_shown(office, runtime, _find(runtime, office, booking_id)))


@blueprint.patch("/bookings/<int:booking_id>/reschedule")
def move(booking_id: int) -> Response:
    """Move an appointment; the old time stays until the new one stands."""
    runtime, office = _authenticated("reschedule")
    asked = _read(MoveAsked)
    row = _standing(runtime, office, booking_id)
    turn = _turn(runtime, office, {"reason": asked.reason} if asked.reason else {}, row=row)
    when = When(turn.at.day(asked.start), start=asked.start)
    answer = _asked(runtime, turn, lambda: changes.move(runtime, turn, row, when, fee=0))
    if answer.status in ("rescheduled", "requested", "pending"):
        fresh = _find(runtime, office, booking_id)
        code = 202 if answer.status == "pending" else 200
        return json_answer(_shown(office, runtime, fresh), code)
    return _answer(answer)


@blueprint.delete("/bookings/<int:booking_id>")
def cancel(booking_id: int) -> Response:
    """Cancel an appointment; one that is cancelled already is success."""
    runtime, office = _authenticated("cancel")
    asked = _read(CancelAsked) if request.get_data() else CancelAsked()
    row = _find(runtime, office, booking_id)
    if row.state == "cancelled":
        return json_answer(_shown(office, runtime, row))
    row = _standing(runtime, office, booking_id)
    turn = _turn(runtime, office, {"reason": asked.reason} if asked.reason else {}, row=row)
    answer = _asked(runtime, turn, lambda: changes.cancel(runtime, turn, row, fee=0))
    if answer.status in ("cancelled", "pending"):
        fresh = _find(runtime, office, booking_id)
        code = 202 if answer.status == "pending" else 200
        return json_answer(_shown(office, runtime, fresh), code)
    return _answer(answer)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The contract of these routes."""
    return json_answer(document.openapi())


# -- around every route ---------------------------------------------------------------------------


def _authenticated(kind: RouteKind) -> tuple[Runtime, Office]:
    """The company of the bearer token, counted. Raises :class:`Unauthorized`, ``RateLimited``."""
    runtime: Runtime = current_app.extensions["askpro"]
    authorization = request.headers.get("Authorization", "")
    company_id = None
    if authorization.startswith("Bearer "):
        company_id = tokens.company_of(runtime, authorization.removeprefix("Bearer ").strip())
    office = runtime.directory.office(company_id) if company_id else None
    if office is None:
        runtime.guards.limits.check_address(request.remote_addr or "unknown")
        raise Unauthorized("Der Zugangsschlüssel fehlt oder ist nicht gültig.")
    bind_log_context(company_id=office.company_id)
    runtime.guards.limits.check_route(office.company_id, kind)
    return runtime, office


def _read(schema: type[Asked]) -> Asked:
    """The body as ``schema``. Raises :class:`Unprocessable` naming the fields, never the values."""
    if not request.is_json:
        raise BadRequest(field="Content-Type")
    try:
        return schema.model_validate_json(request.get_data())
    except ValidationError as wrong:
        raise Unprocessable(_by_field(wrong)) from None


class Unprocessable(BadRequest):
    """422: the body is JSON, but not what is asked for. ``errors`` has messages by field."""

    status = 422
    code = "unprocessable"
    message = "Die Anfrage enthält Felder, die so nicht stimmen."

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__()
        self.errors = errors


@blueprint.errorhandler(Unprocessable)
def _unprocessable(error: Unprocessable) -> Response:
    return json_answer(
        {
            "success": False,
            "status": error.code,
            "message": error.message,
            "errors": error.errors,
        },
        422,
    )


def _by_field(wrong: ValidationError) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for each in wrong.errors(include_url=False, include_input=False, include_context=False):
        field = ".".join(str(part) for part in each["loc"])[:100] or "body"
        errors.setdefault(field, []).append(each["msg"])
    return errors


def _turn(
    runtime: Runtime,
    office: Office,
    args: Mapping[str, Any],
    *,
    phone: str | None = None,
    key: str | None = None,
    row: Appointment | None = None,
) -> Turn:
    """A REST request as the services know one: its key stands where a call's id does."""
    number = None
    if phone:
        try:
            number = cleaning.phone_number(phone)
        except InvalidInput as why:
            raise Unprocessable({"phone": [why.sentence]}) from None
    if row is not None:
        number = row.attendee_phone
    identity = key or hashlib.sha256(request.get_data()).hexdigest()[:32]
    return Turn(
        office=office,
        call_id=f"rest:{identity}",
        number=number,
        args=args,
        at=Listener(runtime.clock.now(), office.hours.zone),
        source="rest",
    )


def _service_args(asked: Mapping[str, Any]) -> dict[str, Any]:
    names = ("service", "service_id", "event_type_id", "duration")
    return {name: asked[name] for name in names if asked.get(name) is not None}


def _asked(runtime: Runtime, turn: Turn, ask: Any) -> Answer:
    """Ask a service; what it can't do becomes an answer, what the client got wrong a 422."""
    try:
        answer: Answer = ask()
    except InvalidInput as wrong:
        raise Unprocessable({wrong.field: [wrong.sentence]}) from None
    except Spoken as spoken:
        raise Unprocessable({"service": [spoken.sentence]}) from None
    except CalcomError as error:
        down = functions.calendar_down(runtime, turn, error)
        retry = error.retry_seconds if isinstance(error, CalcomHeld) else 60
        return Answer(down.status, down.message, {"retry_after": retry})
    return answer


def _answer(answer: Answer) -> Response:
    """An outcome that is not what was wanted, with its HTTP status."""
    body: dict[str, Any] = {
        "success": False,
        "status": answer.status,
        "message": answer.message,
    }
    if answer.fields.get("alternatives"):
        body["alternatives"] = answer.fields["alternatives"]
    response = json_answer(body, _HTTP_OF_STATUS.get(answer.status, 409))
    if answer.status == "calendar_down":
        response.headers["Retry-After"] = str(answer.fields.get("retry_after", 60))
    return response


class NotThere(BadRequest):
    """404: no such appointment of this company."""

    status = 404
    code = "not_found"
    message = "Diesen Termin gibt es hier nicht."


class NoLongerStanding(BadRequest):
    """409: the appointment can't be changed any more."""

    status = 409
    code = "not_standing"
    message = "Dieser Termin steht nicht mehr und kann nicht geändert werden."


def _find(runtime: Runtime, office: Office, booking_id: int) -> Appointment:
    if booking_id > 2**63 - 1:
        raise NotThere
    with runtime.database.of_company(office.company_id) as session:
        row = session.scalar(select(Appointment).where(Appointment.id == booking_id))
    if row is None:
        raise NotThere
    return row


def _standing(runtime: Runtime, office: Office, booking_id: int) -> Appointment:
    row = _find(runtime, office, booking_id)
    if row.state not in ("confirmed", "requested") or row.uid is None:
        raise NoLongerStanding
    return row


def _shown(office: Office, runtime: Runtime, row: Appointment) -> dict[str, Any]:
    service = office.service(row.service_id)
    zone = office.hours.zone
    return {
        "id": row.id,
        "status": row.state,
        "service": service.name if service else None,
        "start": row.start.astimezone(zone).isoformat(timespec="seconds"),
        "end": row.end.astimezone(zone).isoformat(timespec="seconds"),
        "uid": row.uid,
        "source": row.source,
    }
