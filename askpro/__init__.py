"""AskPro AI Gateway: Retell voice agents on one side, Cal.com calendars on the other.

:func:`create_app` is the table of contents: read it top to bottom and you know the product.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from askpro.settings import Settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the gateway. ``settings`` default to the environment.

    Opens no connection: the first request does. Raises
    :class:`~askpro.errors.SettingsError` naming every problem at once.
    """
    from sqlalchemy import event

    from askpro import trace
    from askpro.cli import register_commands
    from askpro.extensions import db, migrate
    from askpro.store.tenancy import engine_options, prepare
    from askpro.store.vault import Vault, installed_vault
    from askpro.web import health

    settings = settings or Settings.from_environ()
    app = Flask("askpro", instance_path=settings.instance_path)
    app.url_map.strict_slashes = False  # A redirect would lose the event.
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "hide_parameters": True,
            **engine_options(settings.database_url),
            **_pool(settings),
        },
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        ASKPRO=settings,
    )

    installed_vault.install(Vault(settings.secret_key, settings.secret_key_previous))
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).parent.parent / "migrations"))
    with app.app_context():
        prepare(db.engine)
        event.listen(db.engine, "before_cursor_execute", lambda *_: trace.count_query())

    app.register_blueprint(health.blueprint)
    register_commands(app)
    return app


def _pool(settings: Settings) -> dict[str, int]:
    if settings.database_url.startswith("sqlite"):
        return {}
    return {"pool_size": settings.web_threads, "max_overflow": 2, "pool_recycle": 1800}
