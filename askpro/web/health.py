"""Health: is it up, can it serve, and what is the matter (wire.md §6)."""

from __future__ import annotations

import logging
import time
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from askpro import __version__
from askpro.services import health, tokens
from askpro.services.runtime import Runtime
from askpro.services.situation import circuits_in_view
from askpro.store.reports.scope import Scope, scope_of
from askpro.web.json import json_answer

log = logging.getLogger(__name__)

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
    scope = _who_asks(runtime)
    if scope is None:
        checks = {name: {"status": check["status"]} for name, check in checks.items()}
    elif isinstance(scope, int):
        checks = _without_other_companies(runtime, scope, checks)
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


def _who_asks(runtime: Runtime) -> Scope | None:
    """Whose details may be shown; None = nobody's, also while nobody can be asked who it is."""
    if current_user and current_user.is_authenticated:
        return scope_of(current_user.account.company_id)
    authorization = request.headers.get("Authorization", "")
    if not authorization.startswith("Bearer "):
        return None
    try:
        return tokens.company_of(runtime, authorization.removeprefix("Bearer "))
    except SQLAlchemyError as error:
        log.warning("token not looked up", extra={"error": type(error).__name__})
        return None


def _without_other_companies(
    runtime: Runtime, company_id: int, checks: dict[str, health.Check]
) -> dict[str, health.Check]:
    """The circuits of other companies' own keys tell who they are and how they fare."""
    try:
        own = {each.service for each in circuits_in_view(runtime, company_id)}
    except SQLAlchemyError:  # Which one is theirs cannot be asked: none is shown.
        own = set()
    external = checks["external_services"]
    calcom = external["calcom"]
    circuits = [each for each in calcom["circuits"] if each["service"] in own]
    return {
        **checks,
        "external_services": {**external, "calcom": {**calcom, "circuits": circuits}},
    }


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime
