"""What every route of the simulator needs: the simulation, the actor, JSON both ways."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from pydantic import BaseModel, ValidationError

from askpro.simulator import refusals
from askpro.simulator.contract.class_validator import class_validator_errors
from askpro.simulator.simulation import Actor, Simulation

EXTENSION = "askpro_simulation"
Model = TypeVar("Model", bound=BaseModel)


def simulation() -> Simulation:
    found: Simulation = current_app.extensions[EXTENSION]
    return found


def actor() -> Actor:
    found: Actor = g.actor
    return found


def signed_in() -> Actor:
    """The actor of a route that needs a key; CalRefusal 401 without one."""
    if not actor().signed_in:
        raise refusals.not_signed_in()
    return actor()


def request_path() -> str:
    """The path as requested, query included, as Cal.com repeats it in errors."""
    query = request.query_string.decode(errors="replace")
    return f"{request.path}?{query}" if query else request.path


def success(data: Any, status: int = 200, **more: Any) -> Response:
    body = {"status": "success", "data": data, **more}
    return plain(body, status)


def plain(body: Any, status: int = 200) -> Response:
    return Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status,
        content_type="application/json; charset=utf-8",
    )


def json_body() -> Any:
    """The body as JSON; an empty one is an empty object, as Nest's body parser has it."""
    raw = request.get_data()
    if not raw.strip():
        return {}
    try:
        return json.loads(raw)
    except ValueError as why:
        raise refusals.bad_request(f"Unexpected token in JSON: {why}") from None


def read(model: type[Model]) -> Model:
    """The body as one of the contract's requests; a refusal in class-validator's words if not."""
    body = json_body()
    try:
        return model.model_validate(body)
    except ValidationError as failed:
        raise refusals.invalid_fields(class_validator_errors(failed, body)) from None
