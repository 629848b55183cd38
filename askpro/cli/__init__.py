"""The commands of ``flask …``; each module here registers a group of them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask


def register_commands(app: Flask) -> None:
    """Call ``register(app)`` of every module of this package."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}").register(app)
