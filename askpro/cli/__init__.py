"""The commands of ``flask …``; each module here registers a group of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from urllib.parse import urlsplit

import click
from cryptography.fernet import InvalidToken
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from askpro.services.runtime import Runtime


class _Address(click.ParamType[str]):
    """Where something is reached, without a slash at its end."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        given = urlsplit(str(value))
        if given.scheme not in ("http", "https") or not given.netloc:
            self.fail(f"{value!r} does not begin with http:// or https:// and a host.", param, ctx)
        return str(value).rstrip("/")


ADDRESS = _Address()
#: An id of a row: a database cannot be asked for a wider one.
ROW = click.IntRange(1, 2**63 - 1)
_NO_TABLE = re.compile(r"no such (?:table|column)|(?:relation|column) .* does not exist")


def register_commands(app: Flask) -> None:
    """Make every module's commands known to ``flask``, without importing one before it is asked:
    a gateway that answers calls needs no simulator."""
    context = click.get_current_context(silent=True)
    if context is not None:  # Flask's own commands too, such as `flask db upgrade`.
        context.find_root().with_resource(in_one_sentence())
    known = app.cli.commands
    app.cli = _OnDemand(app)
    app.cli.commands.update(known)


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """What an installation's owner can put right is said to them, without a traceback."""
    try:
        yield
    except InvalidToken:
        raise click.ClickException(
            "What the database keeps was encrypted with another SECRET_KEY. Set that one, here or "
            "as SECRET_KEY_PREVIOUS; an embedded installation's is in instance/secret_key."
        ) from None
    except (OperationalError, ProgrammingError) as why:
        said = str(why.orig).strip().partition("\n")[0]
        if _NO_TABLE.search(said):
            raise click.ClickException(
                "The database has no tables, or older ones: run `flask db upgrade` first."
            ) from None
        if isinstance(why, ProgrammingError):
            raise  # Ours: its traceback is for a developer.
        raise click.ClickException(f"The database of DATABASE_URL cannot be used: {said}") from None


def runtime_here() -> Runtime:
    """The runtime of the app that a command runs in."""
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime


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
