"""``GET /metrics`` for Prometheus: whoever scrapes any worker of any machine sees all of them."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, request

from askpro.services import metrics
from askpro.services.runtime import Runtime

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def scrape() -> Response:
    """With ``METRICS_TOKEN`` set, for its bearer; else for this machine only."""
    runtime: Runtime = current_app.extensions["askpro"]
    token = runtime.settings.metrics_token
    if token:
        if not _bears(token):
            return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not _is_from_here():
        return Response("METRICS_TOKEN opens this to others.\n", 403, mimetype="text/plain")
    return Response(metrics.exposition(runtime), content_type=metrics.CONTENT_TYPE)


def _bears(token: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())


def _is_from_here() -> bool:
    """Asked on this machine, and not by a proxy for somebody else."""
    if not request.remote_addr:
        return "X-Forwarded-For" not in request.headers  # A unix socket.
    try:
        here = ip_address(request.remote_addr.partition("%")[0]).is_loopback
    except ValueError:
        return False
    return here and not ("X-Forwarded-For" in request.headers or "Forwarded" in request.headers)
