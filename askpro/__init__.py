"""AskPro AI Gateway: Retell voice agents on one side, Cal.com calendars on the other.

:func:`create_app` is the table of contents: read it top to bottom and you know the product.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from askpro.errors import SettingsError
from askpro.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from askpro.services.runtime import Runtime

__version__ = "0.1.0"

log = logging.getLogger(__name__)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the gateway. ``settings`` default to the environment.

    Opens no connection: the first request does. Raises
    :class:`~askpro.errors.SettingsError` naming every problem at once.
    """
    from askpro import extensions
    from askpro.cli import register_commands
    from askpro.logs import configure_logging
    from askpro.setting_doubts import doubts_about, names_in_dotenv, unknown_names
    from askpro.store.vault import Vault, installed_vault
    from askpro.web import (
        api,
        calcom,
        control,
        health,
        metrics,
        observe,
        performance,
        refusals,
        retell,
    )
    from askpro.web.dashboard import register_dashboard

    settings = settings or Settings.from_environ()
    configure_logging(settings)
    for doubt in (*doubts_about(settings), *unknown_names(names_in_dotenv())):
        log.warning(doubt)
    installed_vault.install(Vault(settings.secret_key, settings.secret_key_previous))

    app = _Gateway("askpro", instance_path=settings.instance_path)
    app.url_map.strict_slashes = False  # A redirect would lose the event.
    app.config.update(_flask_config(settings))
    _trust_proxies(app, settings)

    extensions.db.init_app(app)
    extensions.migrate.init_app(app, extensions.db, directory=str(_HERE.parent / "migrations"))
    runtime = app.extensions["askpro"] = _runtime(app, settings)

    observe.observe_requests(app)
    performance.observe_performance(app, runtime)
    _observe_spans(app, settings)
    runtime.guards.init_app(app)
    refusals.register_refusals(app)

    app.register_blueprint(health.blueprint)  # anyone
    app.register_blueprint(metrics.blueprint)  # this machine, or a token of its own
    app.register_blueprint(retell.blueprint)  # Retell's signature, or the function secret
    app.register_blueprint(calcom.blueprint)  # Cal.com's signature
    app.register_blueprint(api.blueprint)  # a company's bearer token
    register_dashboard(app)  # an operator's session
    app.register_blueprint(control.blueprint)  # this machine, with a token of SECRET_KEY
    register_commands(app)
    return app


class _Gateway(Flask):
    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """An address that was put together with a slash too many is not redirected either."""
        path = environ["PATH_INFO"]
        if "//" in path:
            environ["PATH_INFO"] = _SLASHES.sub("/", path)
        return super().wsgi_app(environ, start_response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view or hook here is a coroutine; Flask would look at twenty of them per request."""
        return func


_HERE = Path(__file__).parent
_SLASHES = re.compile("//+")


def _flask_config(settings: Settings) -> dict[str, object]:
    from askpro.store.tenancy import engine_options

    pool = {"pool_size": settings.web_threads, "max_overflow": 2, "pool_recycle": 1800}
    is_sqlite = settings.database_url.startswith("sqlite")
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "hide_parameters": True,
            **engine_options(settings.database_url),
            **({} if is_sqlite else pool),
        },
        "MAX_CONTENT_LENGTH": settings.max_body_bytes,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def _trust_proxies(app: Flask, settings: Settings) -> None:
    """Believe as many proxies as there are; with none, nobody can forge an address."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    count = settings.trusted_proxies
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, count, count, count)  # type: ignore[method-assign]


def _observe_spans(app: Flask, settings: Settings) -> None:
    """OpenTelemetry is imported only where somebody collects traces."""
    endpoint = settings.otel_exporter_otlp_endpoint
    if endpoint is None:
        return
    try:
        from askpro.web import telemetry
    except ModuleNotFoundError:
        told = "OTEL_EXPORTER_OTLP_ENDPOINT needs what requirements-otel.lock names."
        raise SettingsError([told]) from None
    telemetry.observe_spans(app, endpoint, __version__)


def _runtime(app: Flask, settings: Settings) -> Runtime:
    """The long-lived parts of this process: made here, handed to every service."""
    from sqlalchemy import event

    from askpro import trace
    from askpro.extensions import db
    from askpro.guards import Guards
    from askpro.providers.calcom_clients import CalcomClients
    from askpro.services import guard_events
    from askpro.services.bell import Bell
    from askpro.services.directory import Directory
    from askpro.services.last_calls import LastCalls
    from askpro.services.runtime import Runtime
    from askpro.services.standing import Standing
    from askpro.services.traces import TraceBook
    from askpro.store.tenancy import Database, prepare

    clock = settings.clock
    with app.app_context():
        engine = db.engine
    prepare(engine)
    event.listen(engine, "before_cursor_execute", trace.count_statement)
    event.listen(engine, "after_cursor_execute", trace.time_statement)
    database = Database(engine)
    guards = Guards(settings, clock)
    guard_events.keep_what_guards_do(guards, database, clock)
    last_calls = LastCalls(clock)
    clients = CalcomClients(
        settings, clock, circuit_of=guards.circuits.of, observer=last_calls.note_attempt
    )

    return Runtime(
        settings=settings,
        clock=clock,
        database=database,
        guards=guards,
        directory=Directory(database, settings, clock, guards.generation),
        standing=Standing(database, guards, clock),
        traces=TraceBook(database, settings),
        last_calls=last_calls,
        bell=Bell(),
        calcom=lambda office: clients.of(office.calcom),
    )
