"""Retell's routes: verify, parse, find the company, count, ask the service, answer.

Every function has one handler, whichever of the routes it came by. A live call hears a sentence
with HTTP 200; refusals that it cannot hear have a status of their own (:mod:`askpro.web.refusals`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Blueprint, Response, current_app, request

from askpro.errors import RateLimited, Refusal
from askpro.guards import RouteKind
from askpro.logs import bind_log_context
from askpro.providers.retell_events import INBOUND, KNOWN, RetellEvent, parse_event
from askpro.providers.retell_functions import CallFacts, FunctionCall, parse_function_call
from askpro.services import callers, events, functions
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.web.auth import Speaker, refuse_crossing, retell_speaker
from askpro.web.json import json_answer

log = logging.getLogger(__name__)
blueprint = Blueprint("retell", __name__, url_prefix="/api")

#: Route below /api → the function it is for (None: the body names it).
FUNCTION_ROUTES: dict[str, str | None] = {
    "/webhooks/retell/function": None,
    "/webhooks/retell/function-call": None,
    "/webhooks/retell/collect-appointment": "collect_appointment",
    "/webhooks/retell/check-availability": "check_availability",
    "/retell/check-customer": "check_customer",
    "/retell/check-availability": "check_availability",
    "/retell/collect-appointment": "collect_appointment",
    "/retell/book-appointment": "book_appointment",
    "/retell/cancel-appointment": "cancel_appointment",
    "/retell/reschedule-appointment": "reschedule_appointment",
}
EVENT_ROUTES = ("/webhooks/retell", "/webhook")
#: What the routes below /api/retell are counted as; the others are counted as functions.
_DIRECT_KINDS: dict[str, RouteKind] = {
    "check_availability": "availability",
    "collect_appointment": "booking",
    "book_appointment": "booking",
    "cancel_appointment": "booking",
    "reschedule_appointment": "booking",
}


def function_view(path: str, route_function: str | None) -> Callable[[], Response]:
    """The view of one function route."""
    kind: RouteKind = "function"
    if path.startswith("/retell/") and route_function:
        kind = _DIRECT_KINDS.get(route_function, "default")

    def view() -> Response:
        return _answer_function(route_function, kind)

    return view


for _path, _function in FUNCTION_ROUTES.items():
    blueprint.add_url_rule(
        _path,
        endpoint=_path.strip("/").replace("/", "_").replace("-", "_"),
        view_func=function_view(_path, _function),
        methods=["POST"],
    )


def _answer_function(route_function: str | None, kind: RouteKind) -> Response:
    runtime = _runtime()
    raw = request.get_data(cache=False)
    content_type = request.content_type

    def parsed() -> FunctionCall:
        return parse_function_call(raw, content_type, route_function)

    speaker = retell_speaker(
        runtime, request, raw, lambda: _claimed(runtime, lambda: parsed().call), bearer=True
    )
    asked = parsed()
    # A name that we do not know may be anything, somebody's name too.
    named = asked.name if asked.known else "unknown"
    bind_log_context(call_id=asked.call.call_id, function=named)
    office = events.office_of_call(runtime, asked.call)
    if office is not None:
        refuse_crossing(runtime, speaker, office)
    runtime.guards.begin_call(
        office.company_id if office else None,
        asked.call.call_id,
        asked.name if asked.known else "unknown",
        kind,
        replay_key=speaker.replay_key,
    )
    if speaker.replay_key:
        said = runtime.guards.replays.recall(speaker.replay_key)
        if said is not None:
            return Response(said, mimetype="application/json")
    response = json_answer(functions.answer(runtime, office, asked).body())
    if speaker.replay_key:
        runtime.guards.replays.keep(
            speaker.replay_key,
            response.get_data(),
            at_leisure=asked.name in functions.ONLY_ASKS,
        )
    return response


def _event() -> Response:
    """Lifecycle webhooks: stored, then acknowledged; call_inbound is answered at once."""
    runtime = _runtime()
    raw = request.get_data(cache=False)

    def parsed() -> RetellEvent:
        return parse_event(raw, keep_transcript=True)

    speaker = retell_speaker(
        runtime, request, raw, lambda: _claimed(runtime, lambda: parsed().call), bearer=False
    )
    event = parsed()
    named = event.event if event.event in KNOWN else "unknown"
    bind_log_context(call_id=event.call.call_id, event=named)
    if event.event == INBOUND:
        return _inbound(runtime, speaker, event)
    office = events.office_of_call(runtime, event.call)
    if office is not None:
        refuse_crossing(runtime, speaker, office)
    runtime.guards.limits.check_route(_company(office), "webhook")
    outcome = events.receive_retell(runtime, office, event, signed_by=speaker.company_id)
    return json_answer({"received": True, "status": outcome})


def _inbound(runtime: Runtime, speaker: Speaker, event: RetellEvent) -> Response:
    """Fails open: an empty answer lets the number's own agent take the call (retell.md §5)."""
    variables: dict[str, str] = {}
    try:
        office = events.office_of_call(runtime, event.call)
        if office is not None:
            refuse_crossing(runtime, speaker, office)
        runtime.guards.limits.check_route(_company(office), "webhook")
        if office is not None:
            variables = callers.inbound_variables(runtime, office, event.call)
    except RateLimited as why:
        log.warning("inbound call answered without a look-up", extra={"error": type(why).__name__})
    except Refusal:
        raise
    except Exception:
        log.exception("inbound call answered without a look-up")
    return json_answer({"call_inbound": {"dynamic_variables": variables} if variables else {}})


for _path in EVENT_ROUTES:
    blueprint.add_url_rule(
        _path, endpoint=f"event{_path.replace('/', '_')}", view_func=_event, methods=["POST"]
    )


def _company(office: Office | None) -> int | None:
    return office.company_id if office else None


def _claimed(runtime: Runtime, call: Callable[[], CallFacts]) -> Office | None:
    """The office that an unverified body names, only to know whose key to try."""
    try:
        return events.office_of_call(runtime, call())
    except Refusal:
        return None


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime
