"""The OpenAPI document of ``/api/v2``, made from the schemas."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from askpro import __version__
from askpro.web.api import schemas

_MEANINGS = {
    200: "As asked",
    201: "Booked, or requested where the host still has to confirm",
    202: "Noted; whether it stands is not known yet and will be settled",
    400: "The body is no JSON",
    401: "The token is missing or not valid",
    403: "A policy of the company is against it",
    404: "The company has no such appointment, branch or service",
    409: "Taken, with what is free instead; or the appointment can't be changed any more",
    413: "The body is too large",
    415: "The body is not application/json",
    422: "Fields are wrong: errors names them",
    429: "Too many requests",
    503: "The calendar is down",
}
_WITH_BODY = (400, 413, 415, 422)
_ALWAYS = (401, 429)
_ID = {
    "name": "booking_id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
}
_UID = {
    "name": "uid",
    "in": "query",
    "required": False,
    "description": "Cal.com's uid, current or replaced.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"},
}
_LIMIT_HEADERS = {
    f"X-RateLimit-{name}": {"description": meaning, "schema": {"type": "integer"}}
    for name, meaning in (
        ("Limit", "Requests of the limit nearest to its end"),
        ("Remaining", "What is left of it"),
        ("Reset", "When it begins anew, in epoch seconds"),
    )
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds until trying again makes sense", "required": True}
    | {"schema": {"type": "integer", "minimum": 1}}
}


@cache
def openapi() -> dict[str, Any]:
    """OpenAPI 3.1, complete: every status that a route answers is in it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "AskPro AI Gateway",
            "version": __version__,
            "description": "Appointments of a company, for its other clients.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            "/api/v2/availability/simple": {
                "post": _operation(
                    "checkAvailability",
                    "Free times of a day, or whether one time is free",
                    {200: schemas.Availability},
                    refusals=(404, 409, 503),
                    body=schemas.AvailabilityAsked,
                )
            },
            "/api/v2/bookings": {
                "get": _operation(
                    "findBookings",
                    "Appointments by Cal.com's uid; without one, the latest 200",
                    {200: schemas.Bookings},
                    refusals=(422,),
                    parameters=(_UID,),
                ),
                "post": _operation(
                    "book",
                    "Book one exact time for one person, once for each idempotency key",
                    dict.fromkeys((200, 201, 202), schemas.BookingShown),
                    refusals=(404, 409, 503),
                    body=schemas.BookingAsked,
                ),
            },
            "/api/v2/bookings/{booking_id}": {
                "parameters": [_ID],
                "get": _operation(
                    "showBooking",
                    "One appointment with its state in the ledger",
                    {200: schemas.BookingShown},
                    refusals=(404,),
                ),
                "delete": _operation(
                    "cancelBooking",
                    "Cancel an appointment; one that is cancelled already is success",
                    dict.fromkeys((200, 202), schemas.BookingShown),
                    refusals=(403, 404, 409, 503),
                    body=schemas.CancelAsked,
                    body_required=False,
                ),
            },
            "/api/v2/bookings/{booking_id}/reschedule": {
                "parameters": [_ID],
                "patch": _operation(
                    "moveBooking",
                    "Move an appointment; the old time stays until the new one stands",
                    dict.fromkeys((200, 202), schemas.BookingShown),
                    refusals=(403, 404, 409, 503),
                    body=schemas.MoveAsked,
                ),
            },
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made with `flask token add COMPANY`.",
                }
            },
        },
    }


def _operation(
    name: str,
    summary: str,
    answers: dict[int, type[BaseModel]],
    *,
    refusals: Iterable[int],
    body: type[BaseModel] | None = None,
    body_required: bool = True,
    parameters: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    statuses = {*refusals, *_ALWAYS, *(_WITH_BODY if body else ())}
    responses = {status: _response(status, schema) for status, schema in answers.items()}
    responses |= {status: _response(status, schemas.Refused) for status in statuses}
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {str(status): responses[status] for status in sorted(responses)},
    }
    if parameters:
        operation["parameters"] = list(parameters)
    if body:
        operation["requestBody"] = {"required": body_required, "content": _json(body)}
    return operation


def _response(status: int, schema: type[BaseModel]) -> dict[str, Any]:
    headers: dict[str, Any] = dict(_LIMIT_HEADERS)
    if status in (429, 503):
        headers |= _RETRY_AFTER
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}, "required": True}
    return {"description": _MEANINGS[status], "headers": headers, "content": _json(schema)}


def _json(schema: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema.__name__}"}}}


def _schemas() -> dict[str, Any]:
    asked = (
        schemas.AvailabilityAsked,
        schemas.BookingAsked,
        schemas.MoveAsked,
        schemas.CancelAsked,
    )
    shown = (schemas.Availability, schemas.BookingShown, schemas.Bookings, schemas.Refused)
    _, found = models_json_schema(
        [(schema, "validation") for schema in asked]
        + [(schema, "serialization") for schema in shown],
        ref_template="#/components/schemas/{model}",
    )
    definitions: dict[str, Any] = found["$defs"]
    return definitions
