"""The simulator's HTTP face: Cal.com's v2 under ``/v2``, our own knobs under ``/_sim``.

The order in which Cal.com looks at a request is kept: the throttler (which knows the keys), the
version header, then the route. Faults strike in between.
"""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from askpro.simulator import faults as trouble
from askpro.simulator import refusals, routes_account, routes_bookings, routes_control, routes_slots
from askpro.simulator.legacy import legacy_answer
from askpro.simulator.rendering import stamp
from askpro.simulator.replies import EXTENSION, request_path
from askpro.simulator.replies import simulation as current_simulation
from askpro.simulator.server import STREAM_HEADER
from askpro.simulator.simulation import ANONYMOUS, Simulation

#: Resource to the versions it answers to; the first is the one to send (calcom.md §1).
VERSIONS = {
    "bookings": ("2024-08-13", "2026-02-25"),
    "slots": ("2024-09-04",),
    "event-types": ("2024-06-14",),
    "schedules": ("2024-06-11",),
}
_OLDEST = "2024-04-15"
_KNOWN = {_OLDEST} | {version for versions in VERSIONS.values() for version in versions}


def create_calcom(simulation: Simulation) -> Flask:
    """The WSGI app over one simulation."""
    app = Flask("askpro.simulator", static_folder=None)
    app.extensions[EXTENSION] = simulation
    app.before_request(_receive)
    app.after_request(_send)
    app.register_error_handler(refusals.CalRefusal, _refuse)
    app.register_error_handler(HTTPException, _http_error)
    for routes in (routes_account, routes_slots, routes_bookings, routes_control):
        app.register_blueprint(routes.blueprint)
    return app


def _receive() -> Response | None:
    g.arrived = time.monotonic()
    g.fault = None
    g.actor = ANONYMOUS
    g.headers = {}
    if not request.path.startswith("/v2/"):
        return None
    simulation = current_simulation()
    # Noted on arrival: a request that hangs has left the gateway like any other.
    g.noted = simulation.book.arrived(_arrival(), at=g.arrived)
    _check_key(simulation)
    fault = simulation.faults.draw(request.method, request.path, g.actor.name)
    if fault:
        g.fault = fault
        if fault.latency_ms:
            time.sleep(fault.latency_ms / 1000)
        if not fault.serves:
            return _instead(simulation, fault)
    return _check_version(simulation)


def _check_key(simulation: Simulation) -> None:
    authorization = request.headers.get("Authorization")
    key = authorization.removeprefix("Bearer ").strip() if authorization else None
    actor = simulation.actor(key)
    if actor is None:
        raise refusals.invalid_key()
    g.actor = actor
    g.noted["account"] = actor.name
    verdict = simulation.throttle.take(authorization or f"ip {request.remote_addr}")
    g.headers = verdict.headers()
    if not verdict.allowed:
        raise refusals.too_many_requests()


def _check_version(simulation: Simulation) -> Response | None:
    resource = request.path.split("/")[2]
    if resource not in VERSIONS:
        return None
    version = request.headers.get("cal-api-version", _OLDEST)
    if version in VERSIONS[resource]:
        return None
    if version in _KNOWN - {_OLDEST}:
        raise refusals.no_route(request.method, request_path())
    return legacy_answer(simulation, resource)


def _instead(simulation: Simulation, fault: trouble.Fault) -> Response:
    """The answer of a fault that keeps the request from being served."""
    if fault.mode == "hang":
        simulation.faults.wait(fault.seconds)
        return Response(status=504, headers={"Connection": "close"})
    if fault.mode == "html":
        return Response(trouble.HTML, fault.status or 502, content_type="text/html")
    if fault.status == 429:
        g.headers = {}
        if fault.rate_limit_headers:
            g.headers = {
                "X-RateLimit-Limit-Default": "120",
                "X-RateLimit-Remaining-Default": "0",
                "X-RateLimit-Reset-Default": str(fault.reset_seconds),
            }
    return _refuse(trouble.refusal_of(fault))


def _send(response: Response) -> Response:
    if not request.path.startswith("/v2/"):
        return response
    simulation = current_simulation()
    fault: trouble.Fault | None = g.fault
    g.noted["status"] = response.status_code
    g.noted["fault"] = fault.mode if fault else None
    g.noted["ms"] = round((time.monotonic() - g.arrived) * 1000, 2)
    if fault and fault.mode == "commit_then_500":
        response = _refuse(refusals.server_fault(fault.status or 500))
    for name, value in g.headers.items():
        response.headers[name] = value
    if response.status_code >= 400:
        response.headers["X-Request-Id"] = f"req_{time.monotonic_ns():x}"
    if fault and fault.mode in ("commit_then_hang", "drip", "reset", "truncated"):
        return _spoil(simulation, fault, response)
    return response


def _arrival() -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "route": request.url_rule.rule if request.url_rule else request.path,
        "query": request.query_string.decode(errors="replace"),
        "body": request.get_data(as_text=True)[:4000],
        "version": request.headers.get("cal-api-version"),
    }


def _spoil(simulation: Simulation, fault: trouble.Fault, response: Response) -> Response:
    """The request was served; now the answer gets lost, slow or cut."""
    if fault.mode == "commit_then_hang":
        simulation.faults.wait(fault.seconds)
        return Response(status=504, headers={"Connection": "close"})
    whole = response.get_data()
    headers = dict(response.headers)
    headers["Content-Length"] = str(len(whole))
    headers[STREAM_HEADER] = "1"
    if fault.mode == "drip":
        return Response(simulation.faults.drip(whole), response.status_code, headers)
    headers["Connection"] = "close"
    pieces = trouble.broken_off(
        whole, request.environ.get("simulator.socket"), reset=fault.mode == "reset"
    )
    return Response(pieces, response.status_code, headers)


def _refuse(refusal: refusals.CalRefusal) -> Response:
    body = refusal.body(request_path(), stamp(current_simulation().clock.now()))
    return Response(
        json.dumps(body, ensure_ascii=False),
        refusal.status,
        content_type="application/json; charset=utf-8",
    )


def _http_error(error: HTTPException) -> Any:
    if not request.path.startswith("/v2/"):
        return {"error": error.description}, error.code or 500
    if error.code in (404, 405):
        return _refuse(refusals.no_route(request.method, request_path()))
    status = error.code or 500
    return _refuse(refusals.CalRefusal(status, HTTPStatus(status).phrase))
