"""The loopback route of operators' commands (:mod:`askpro.services.control`)."""

from __future__ import annotations

import ipaddress
from typing import Any

from flask import Blueprint, Response, current_app, request

from askpro.errors import BadRequest
from askpro.providers.json_body import load_object
from askpro.services import control
from askpro.services.runtime import Runtime
from askpro.web.auth import refusal
from askpro.web.json import json_answer

blueprint = Blueprint("control", __name__)


@blueprint.post(control.PATH)
def command() -> Response:
    """Run one command for somebody on this machine who knows SECRET_KEY."""
    runtime: Runtime = current_app.extensions["askpro"]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    name = control.command_of(runtime, token) if _is_local() else None
    if name is None:
        raise refusal(runtime)
    body = load_object(request.get_data(cache=False))
    if body.get("command") != name:
        raise refusal(runtime)
    given = body.get("given")
    if name == control.ROUTES:
        return json_answer({"result": _routes()})
    if name not in control.COMMANDS or not isinstance(given, dict):
        raise BadRequest(field="command")
    return json_answer({"result": control.COMMANDS[name](runtime, given)})


def _routes() -> list[dict[str, Any]]:
    """Every route of this very instance, for whoever wants to try them all."""
    return [
        {"rule": rule.rule, "methods": sorted(rule.methods or ())}
        for rule in current_app.url_map.iter_rules()
    ]


def _is_local() -> bool:
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
