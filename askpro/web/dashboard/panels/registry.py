"""The list of panels: what each is called, what it asks, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort

from askpro.web.dashboard.desk import Desk

Load = Callable[[Desk], dict[str, Any]]


@dataclass(frozen=True)
class Panel:
    """``load`` answers plain values, which are the JSON twin; ``templates/panels/<name>.html``
    draws them. ``installation`` panels are only for people who see every company. ``felt`` panels
    show nothing that can change without the pulse of :mod:`.drawing` changing, so that they are
    asked for again only then; every other panel is asked anew each time."""

    name: str
    title: Any
    load: Load
    installation: bool = False
    felt: bool = False


PANELS: dict[str, Panel] = {}


def panel(
    name: str, title: Any, *, installation: bool = False, felt: bool = False
) -> Callable[[Load], Load]:
    """Register the decorated function as what the panel ``name`` asks."""

    def register(load: Load) -> Load:
        PANELS[name] = Panel(name, title, load, installation, felt)
        return load

    return register


def panel_named(desk: Desk, name: str) -> Panel:
    """The panel, or 404 where there is none for this person."""
    found = PANELS.get(name)
    if found is None or (found.installation and not desk.sees_all):
        abort(404)
    return found
