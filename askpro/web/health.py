"""Health: is it up, can it serve, and what is the matter (wire.md §6)."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_login import current_user

from askpro import __version__
from askpro.services import health, tokens
from askpro.services.runtime import Runtime
from askpro.web.json import json_answer

blueprint = Blueprint("health", __name__, url_prefix="/api")


@blueprint.get("/health")
def up() -> Response:
    """The process answers. No dependency is touched."""
    return json_answer({"status": "healthy", **_about(_runtime())})


@blueprint.get("/health/detailed")
def detailed() -> Response:
    """All checks; their details only for operators and bearer tokens."""
    runtime = _runtime()
    began = time.perf_counter()
    status, checks = _examination(runtime)()
    if not _may_see_details(runtime):
        checks = {name: {"status": check["status"]} for name, check in checks.items()}
    return json_answer(
        {
            "status": status,
            "healthy": status != health.UNHEALTHY,
            **_about(runtime),
            "response_time_ms": round((time.perf_counter() - began) * 1000, 2),
            "checks": checks,
        },
        503 if status == health.UNHEALTHY else 200,
    )


@blueprint.get("/health/ready")
def ready() -> Response:
    """200 when callers can be answered, 503 while starting or draining."""
    can_serve = health.can_serve(_runtime())
    return json_answer({"ready": can_serve}, 200 if can_serve else 503)


@blueprint.get("/zeitinfo")
def local_time() -> Response:
    """The house's local time as plain text."""
    runtime = _runtime()
    local = runtime.clock.now().astimezone(runtime.settings.retell_timezone)
    return Response(f"{local:%Y-%m-%d %H:%M:%S}", mimetype="text/plain")


def _examination(runtime: Runtime) -> health.Examination:
    made: health.Examination = current_app.extensions.setdefault(
        "askpro_examination", health.Examination(runtime)
    )
    return made


def _about(runtime: Runtime) -> dict[str, Any]:
    return {
        "timestamp": runtime.clock.now().isoformat(),
        "environment": runtime.settings.app_env,
        "version": __version__,
    }


def _may_see_details(runtime: Runtime) -> bool:
    if current_user and current_user.is_authenticated:
        return True
    authorization = request.headers.get("Authorization", "")
    if not authorization.startswith("Bearer "):
        return False
    return tokens.company_of(runtime, authorization.removeprefix("Bearer ")) is not None


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime
