"""Pages for what went wrong: in the operator's words, with the way back; JSON where asked."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.wrappers import Response

from askpro import trace
from askpro.errors import Refusal
from askpro.web.dashboard.formats import wants_json
from askpro.web.dashboard.texts import gettext
from askpro.web.json import json_answer
from askpro.web.refusals import http_error, why_unread

log = logging.getLogger(__name__)

Answer = Response | tuple[str, int]


def register_trouble(app: Flask, blueprint: Blueprint) -> None:
    """Answer errors under the dashboard, and addresses that nobody serves."""
    blueprint.register_error_handler(CSRFError, _old_form)
    blueprint.register_error_handler(HTTPException, _refused)
    blueprint.register_error_handler(ClientDisconnected, _unread)
    blueprint.register_error_handler(Refusal, _turned_away)
    blueprint.register_error_handler(SQLAlchemyError, _no_database)
    blueprint.register_error_handler(Exception, _fault)
    app.register_error_handler(404, _nowhere)


def _nowhere(error: HTTPException) -> Answer:
    return http_error(error) if request.path.startswith("/api") else _refused(error)


def _refused(error: HTTPException) -> Answer:
    if error.response is not None:
        return error.get_response()  # A redirect that was raised.
    return _answered(error.code or 500)


def _turned_away(error: Refusal) -> Answer:
    """The limit of an address, for one."""
    return _answered(error.status)


def _unread(error: ClientDisconnected) -> Answer:
    return _turned_away(why_unread(error))


def _answered(code: int) -> Answer:
    says = {
        404: gettext("There is nothing here, or nothing that is yours to see."),
        403: gettext("Your role may look, but not act."),
        405: gettext("This address does not take that."),
        429: gettext("Too many requests. Please wait a moment."),
    }
    return _page(code, says.get(code) or gettext("This could not be done."))


def _old_form(_: CSRFError) -> Answer:
    return _page(400, gettext("This form is from another session. Go back, reload, try again."))


def _no_database(error: Exception) -> Answer:
    log.warning("page without database", extra={"error": type(error).__name__})
    return _page(503, gettext("The database does not answer. Calls are refused until it is back."))


def _fault(error: Exception) -> Answer:
    current = trace.current()
    if current is not None:
        current.error = type(error).__name__
    log.exception("page failed", extra={"error": type(error).__name__})
    return _page(500, gettext("This page failed. The log says why."))


def _page(code: int, says: str) -> Answer:
    if wants_json():
        return json_answer({"status": "error", "message": says}, code)
    current = trace.current()
    request_id = current.request_id if current else None
    return render_template("trouble.html", code=code, says=says, request_id=request_id), code
