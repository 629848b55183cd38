"""Health: is it up, can it serve, and what is the matter."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from askpro.settings import Settings

blueprint = Blueprint("health", __name__)


@blueprint.get("/api/health")
def health() -> Response:
    """The process answers. No dependency is touched."""
    from askpro import __version__

    settings: Settings = current_app.config["ASKPRO"]
    return jsonify(
        status="healthy",
        timestamp=settings.clock.now().isoformat(),
        environment=settings.app_env,
        version=__version__,
    )
