"""The loopback route of operators' commands (:mod:`askpro.services.control`)."""

from __future__ import annotations

import ipaddress
from typing import Any

from flask import Blueprint, Response, current_app, request

from askpro.errors import BadRequest, Unauthorized
from askpro.services import control
from askpro.services.runtime import Runtime
from askpro.web.json import json_answer

blueprint = Blueprint("control", __name__)


@blueprint.post(control.PATH)
def command() -> Response:
    """Run one command for somebody on this machine who knows SECRET_KEY."""
    runtime: Runtime = current_app.extensions["askpro"]
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Unauthorized
    name = body.get("command")
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (_is_local() and isinstance(name, str) and control.is_genuine(runtime, token, name)):
        raise Unauthorized
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
