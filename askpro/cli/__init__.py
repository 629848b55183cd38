"""The commands of ``flask …``; each module here registers a group of them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click
from flask import Flask
from flask.cli import AppGroup


def register_commands(app: Flask) -> None:
    """Make every module's commands known to ``flask``, without importing one before it is asked:
    a gateway that answers calls needs no simulator."""
    known = app.cli.commands
    app.cli = _OnDemand(app)
    app.cli.commands.update(known)


class _OnDemand(AppGroup):
    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self._app = app
        self._is_loaded = False

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._load()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._load()
        return super().list_commands(ctx)

    def _load(self) -> None:
        """Call ``register(app)`` of every module of this package."""
        if self._is_loaded:
            return
        self._is_loaded = True
        for module in iter_modules(__path__):
            import_module(f"{__name__}.{module.name}").register(self._app)
