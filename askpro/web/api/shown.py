"""Appointments and answers as JSON, with the HTTP status that says how it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from askpro.services.answers import Answer
from askpro.services.appointments import group_state
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


def appointment(runtime: Runtime, parts: Sequence[Appointment]) -> Response:
    """One appointment as it is."""
    return json_answer(as_json(runtime, parts))


def booked(runtime: Runtime, parts: Sequence[Appointment]) -> Response:
    """201 when it stands; 200 for what was booked under the same key and is over since."""
    state = group_state(parts)
    if state in ("confirmed", "requested"):
        return json_answer(as_json(runtime, parts), 201)
    return json_answer(as_json(runtime, parts), 200 if state in OVER else 202)


def changed(runtime: Runtime, parts: Sequence[Appointment]) -> Response:
    """202 while nobody knows whether the change was made."""
    shown = as_json(runtime, parts)
    return json_answer(shown, 202 if shown["change_pending"] else 200)


def instead(answer: Answer) -> Response:
    """An outcome that is not what was wanted."""
    body: dict[str, Any] = {"success": False, "status": answer.status, "message": answer.message}
    if answer.fields.get("fee_cents"):
        body |= {"status": "fee_not_accepted", "fee_cents": answer.fields["fee_cents"]}
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


def as_json(runtime: Runtime, parts: Sequence[Appointment]) -> dict[str, Any]:
    """:class:`~askpro.web.api.schemas.BookingShown` of an appointment."""
    first = parts[0]
    office = runtime.directory.office(first.company_id, first.branch_id)
    assert office is not None  # A branch with appointments is never deleted.
    return {
        **_told(office, parts, first.group_service_id or first.service_id),
        "source": first.source,
        "parts": [_told(office, [part], part.service_id) for part in parts if part.group_key],
    }


def _told(office: Office, parts: Sequence[Appointment], service_id: int | None) -> dict[str, Any]:
    service = office.service(service_id)
    zone = office.hours.zone
    return {
        "id": parts[0].id,
        "status": group_state(parts),
        "service": service.name if service else None,
        "start": parts[0].start.astimezone(zone).isoformat(timespec="seconds"),
        "end": parts[-1].end.astimezone(zone).isoformat(timespec="seconds"),
        "uid": parts[0].uid,
        "change_pending": any(part.pending_change for part in parts),
    }
