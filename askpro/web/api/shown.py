"""Appointments and answers as JSON, with the HTTP status that says how it went."""

from __future__ import annotations

from typing import Any

from flask import Response

from askpro.services.answers import Answer
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment
from askpro.store.models.appointments import OVER
from askpro.web.api.problems import Problem
from askpro.web.json import json_answer

_HTTP_OF_STATUS = {
    "not_allowed": 403,
    "not_found": 404,
    "unavailable": 409,
    "closed": 409,
    "no_availability": 409,
    "past": 409,
    "ask": 409,
    "confirm_fee": 409,
    "calendar_down": 503,
}
_CHECKED = frozenset({"available", "unavailable", "closed", "no_availability", "past"})
_RETRY_SECONDS = 60


def availability(answer: Answer) -> Response:
    """Every outcome of a check that worked is 200."""
    if answer.status not in _CHECKED:
        return instead(answer)
    fields = ("requested_time", "service", "alternatives", "slots")
    return json_answer(
        {
            "available": bool(answer.fields.get("available")),
            "status": answer.status,
            "message": answer.message,
            "alternatives": [],
            "slots": [],
            **{name: answer.fields[name] for name in fields if name in answer.fields},
        }
    )


def appointment(runtime: Runtime, row: Appointment) -> Response:
    """One appointment as it is."""
    return json_answer(as_json(runtime, row))


def booked(runtime: Runtime, row: Appointment) -> Response:
    """201 when it stands; 200 for what was booked under the same key and is over since."""
    if row.state in ("confirmed", "requested"):
        return json_answer(as_json(runtime, row), 201)
    return json_answer(as_json(runtime, row), 200 if row.state in OVER else 202)


def changed(runtime: Runtime, row: Appointment) -> Response:
    """202 while nobody knows whether the change was made."""
    return json_answer(as_json(runtime, row), 202 if row.pending_change else 200)


def instead(answer: Answer) -> Response:
    """An outcome that is not what was wanted."""
    body: dict[str, Any] = {"success": False, "status": answer.status, "message": answer.message}
    if answer.fields.get("alternatives"):
        body["alternatives"] = answer.fields["alternatives"]
    response = json_answer(body, _HTTP_OF_STATUS.get(answer.status, 409))
    if answer.status == "calendar_down":
        response.headers["Retry-After"] = str(answer.fields.get("retry_after", _RETRY_SECONDS))
    return response


def problem(problem: Problem) -> Response:
    body: dict[str, Any] = {
        "success": False,
        "status": problem.code,
        "message": problem.message,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return json_answer(body, problem.status)


def as_json(runtime: Runtime, row: Appointment) -> dict[str, Any]:
    """:class:`~askpro.web.api.schemas.BookingShown` of a row."""
    office = _office_of(runtime, row)
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
        "change_pending": bool(row.pending_change),
    }


def _office_of(runtime: Runtime, row: Appointment) -> Office:
    office = runtime.directory.office(row.company_id, row.branch_id)
    assert office is not None  # A branch with appointments is never deleted.
    return office
