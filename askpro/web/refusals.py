"""Errors become answers here, and nowhere else: the shape of wire.md §3 for everything under /api.

No answer repeats what was sent, and none shows a traceback: the log has it, redacted.
"""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge

from askpro import trace
from askpro.booking import wording
from askpro.errors import BadRequest, RateLimited, Refusal, TooLarge, TooSlow
from askpro.guards.flask_limits import client_address
from askpro.gunicorn_worker import Unfinished
from askpro.services.runtime import Runtime
from askpro.store.tenancy import AWAY
from askpro.web.json import json_answer

log = logging.getLogger(__name__)

_MESSAGES = {
    404: "Diese Adresse gibt es hier nicht.",
    405: "Diese Adresse nimmt solche Anfragen nicht an.",
}
#: A restart of the database takes about so long.
_RETRY_SECONDS = 5


def register_refusals(app: Flask) -> None:
    """Answer refusals, HTTP errors and bugs in one shape; pages keep their HTML."""
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(RequestEntityTooLarge, lambda _: refused(TooLarge()))
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(ClientDisconnected, lambda error: refused(why_unread(error)))
    for away in AWAY:
        app.register_error_handler(away, database_away)
    app.register_error_handler(Exception, fault)


def refused(error: Refusal) -> Response:
    """A refusal that no live call can hear: its own HTTP status, a German message, the field."""
    body: dict[str, object] = {
        "success": False,
        "status": error.code,
        "message": error.message,
    }
    if error.field:
        body["field"] = error.field
    if isinstance(error, RateLimited):
        body["error_code"] = error.error_code
        body["limits_exceeded"] = list(error.exceeded)
        body["retry_after"] = error.retry_after
    answer = json_answer(body, error.status)
    if isinstance(error, RateLimited):
        answer.headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def why_unread(error: ClientDisconnected) -> Refusal:
    """The refusal of a body that did not come, or not as HTTP has it; counted by address."""
    runtime: Runtime = current_app.extensions["askpro"]
    try:
        runtime.guards.limits.check_address(client_address())
    except RateLimited as too_often:
        return too_often
    # Werkzeug calls every failure to read a disconnection.
    is_late = isinstance(error.__context__, Unfinished)
    return TooSlow() if is_late else BadRequest(field="body")


def http_error(error: HTTPException) -> Response:
    """404, 405 and their kin: JSON under /api, the framework's page elsewhere."""
    if not request.path.startswith("/api"):
        return error.get_response()  # type: ignore[return-value]
    body = {
        "success": False,
        "status": error.name.lower().replace(" ", "_"),
        "message": _MESSAGES.get(error.code or 500, BadRequest.message),
    }
    answer = json_answer(body, error.code or 500)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def database_away(error: SQLAlchemyError) -> Response:
    """Nothing was stored: 503, and whoever sends again later is right to."""
    current = trace.current()
    if current is not None:
        current.error = type(error).__name__
    log.error("the database could not be asked", extra={"error": type(error).__name__})
    answer = json_answer(
        {"success": False, "status": "error", "message": wording.internal_error()}, 503
    )
    answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    return answer


def fault(error: Exception) -> Response:
    """A bug. The class is logged with its traceback, redacted."""
    current = trace.current()
    if current is not None:
        current.error = type(error).__name__
    log.exception("request failed", extra={"error": type(error).__name__})
    return json_answer(
        {"success": False, "status": "error", "message": wording.internal_error()}, 500
    )
