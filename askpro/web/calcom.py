"""Cal.com's webhooks: verified, stored once, acknowledged; the work happens afterwards."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from askpro.errors import Refusal
from askpro.logs import bind_log_context
from askpro.providers.calcom_webhooks import CalcomEvent, parse_calcom_event, verify_calcom
from askpro.services import events
from askpro.services.runtime import Runtime
from askpro.web.auth import refusal
from askpro.web.json import json_answer

blueprint = Blueprint("calcom", __name__, url_prefix="/api")

SIGNATURE_HEADER = "X-Cal-Signature-256"
ROUTES = ("/webhooks/calcom", "/calcom/webhook")


def ping() -> Response:
    return json_answer({"ping": "ok"})


def receive() -> Response:
    """The platform's address: the event type says whose booking it is."""
    runtime = _runtime()
    raw = request.get_data(cache=False)
    secret = runtime.settings.calcom_webhook_secret
    if not secret or not verify_calcom(raw, [secret], _signature()):
        # A company with a secret of its own may still use the common address.
        return _receive_for_claimed(runtime, raw)
    event = parse_calcom_event(raw)
    owner = events.owner_of(runtime, event)
    if owner is not None and runtime.directory.calcom_secret(owner) != secret:
        raise refusal(runtime)
    return _stored(runtime, owner, event, signed_by=None)


def receive_for_company(token: str) -> Response:
    """A company's own address: the token names it, its secret signs."""
    runtime = _runtime()
    raw = request.get_data(cache=False)
    company_id = runtime.directory.company_of_webhook_token(token)
    secret = runtime.directory.calcom_secret(company_id) if company_id else None
    if company_id is None or not secret or not verify_calcom(raw, [secret], _signature()):
        raise refusal(runtime)
    event = parse_calcom_event(raw)
    owner = events.owner_of(runtime, event, among=company_id)
    is_own = secret != runtime.settings.calcom_webhook_secret
    return _stored(runtime, owner, event, signed_by=company_id if is_own else None)


for _path in ROUTES:
    _name = _path.strip("/").replace("/", "_")
    blueprint.add_url_rule(_path, f"{_name}_ping", ping, methods=["GET"])
    blueprint.add_url_rule(_path, _name, receive, methods=["POST"])
blueprint.add_url_rule(
    "/webhooks/calcom/<token>", "company_ping", lambda token: ping(), methods=["GET"]
)
blueprint.add_url_rule("/webhooks/calcom/<token>", "company", receive_for_company, methods=["POST"])


def _receive_for_claimed(runtime: Runtime, raw: bytes) -> Response:
    try:
        event = parse_calcom_event(raw) if _signature() else None
    except Refusal:  # Nobody has signed it: what is wrong with it is not told.
        event = None
    owner = events.owner_of(runtime, event) if event else None
    secret = runtime.directory.calcom_secret(owner) if owner else None
    if event is None or not secret or not verify_calcom(raw, [secret], _signature()):
        raise refusal(runtime)
    return _stored(runtime, owner, event, signed_by=owner)


def _stored(
    runtime: Runtime, company_id: int | None, event: CalcomEvent, *, signed_by: int | None
) -> Response:
    bind_log_context(company_id=company_id, event=event.trigger if event.known else "unknown")
    runtime.guards.limits.check_route(company_id, "calendar")
    outcome = events.receive_calcom(runtime, company_id, event, signed_by=signed_by)
    return json_answer({"received": True, "status": outcome})


def _signature() -> str | None:
    return request.headers.get(SIGNATURE_HEADER)


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime
