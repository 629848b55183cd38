"""Drawings of panels: kept for a moment, so that ten open tabs ask the database once.

When the database is away the last good drawing is shown, and says since when it stands.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cachetools import LRUCache
from flask import g, render_template, request
from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from askpro.web.dashboard.counted import FIVE_MINUTES, MINUTE, cache_rates, violations
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.language import zone
from askpro.web.dashboard.panels.registry import Panel

log = logging.getLogger(__name__)

#: With the longest pause between two questions of a page (2.64 s, live.js), and with what the
#: counters may be late (a second in their worker, less than half a one here), under five seconds.
_KEPT_SECONDS = 0.9
_MOST_KEPT = 500
#: Parts of an address that change nothing in a panel, or are in its key anyway.
_NO_FILTERS = frozenset({"panels", "lang", "format", "refresh", "company"})


@dataclass(frozen=True)
class Drawn:
    """A panel as markup. ``version`` changes when the markup does; ``stands`` is when its data was
    read. ``trouble`` names what could not be asked; ``stands`` then lies back, or is None."""

    panel: Panel
    html: Markup
    version: str
    stands: datetime | None
    trouble: str | None = None


@dataclass(frozen=True)
class _Kept:
    """A drawing, when (monotonic) it was looked at last, and the data that it shows. ``world`` is
    what was felt just before it was asked for; None = nothing that says when it is out of date."""

    at: float
    drawn: Drawn
    data: dict[str, Any]
    world: Hashable


class Drawings:
    """The latest drawing of every panel, scope, language and filter in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: LRUCache[Hashable, _Kept] = LRUCache(_MOST_KEPT)

    def draw(self, desk: Desk, panel: Panel) -> Drawn:
        """A moment old, or anew."""
        key = _key(desk, panel)
        monotonic = desk.runtime.clock.monotonic()
        with self._lock:
            kept = self._kept.get(key)
        # Who has just acted (there is word for them) wants to see what came of it, not before it.
        if kept is not None and not g.has_acted and 0 <= monotonic - kept.at < _KEPT_SECONDS:
            return kept.drawn
        try:
            world = desk.once("world", lambda: _world(desk)) if panel.felt else None
            if kept is not None and world is not None and kept.world == world:
                drawn = replace(kept.drawn, stands=desk.now)
                with self._lock:
                    self._kept[key] = replace(kept, at=monotonic, drawn=drawn)
                return drawn
            data = panel.load(desk)
        except SQLAlchemyError as error:
            log.warning(
                "panel without database",
                extra={"panel": panel.name, "error": type(error).__name__},
            )
            with self._lock:
                # Without the database everybody is a viewer; what an operator saw will do.
                kept = kept or self._kept.get(_key(desk, panel, may_act=True))
            return _last_good(panel, kept.drawn if kept else None)
        if kept is not None and kept.data == data:
            # Drawing costs more than asking, and most of the time nothing has happened.
            drawn = replace(kept.drawn, stands=desk.now)
        else:
            html = render_template(f"panels/{panel.name}.html", desk=desk, **data)
            drawn = _as_drawn(panel, html, desk.now)
        with self._lock:
            self._kept[key] = _Kept(monotonic, drawn, data, world)
        return drawn


def _world(desk: Desk) -> Hashable:
    """As long as this stays the same, no ``felt`` panel has anything new to show; None = who knows.

    The minute is part of it: figures and charts move on with it.
    """
    try:
        pulse = desk.pulse()
    except SQLAlchemyError:
        return None
    cached = cache_rates(desk, (FIVE_MINUTES,))[0]
    return (
        desk.now.replace(second=0, microsecond=0),
        pulse.queue,
        pulse.to_do,
        pulse.alive,
        pulse.not_open,
        pulse.marks,
        tuple(desk.circuits()),
        desk.runtime.guards.link.usable,
        tuple(cached.values()),
        violations(desk, MINUTE),
    )


def _key(desk: Desk, panel: Panel, *, may_act: bool | None = None) -> Hashable:
    filters = (pair for pair in request.args.items() if pair[1] and pair[0] not in _NO_FILTERS)
    path = (pair for pair in (request.view_args or {}).items() if pair[0] != "name")
    return (
        panel.name,
        desk.scope,
        desk.account.company_id,
        desk.may_act if may_act is None else may_act,
        str(get_locale()),
        # An instant of today is shown without its day.
        desk.now.astimezone(zone()).date(),
        tuple(sorted(filters)),
        tuple(path),
    )


def _last_good(panel: Panel, kept: Drawn | None) -> Drawn:
    """The last drawing, in another version: the reader must be told that it is the last one."""
    last = kept or _as_drawn(panel, render_template("parts/no_data.html"), None)
    return replace(last, trouble="database", version=f"{last.version}-late")


def _as_drawn(panel: Panel, html: str, stands: datetime | None) -> Drawn:
    """``html`` comes from our own template, which escapes what it shows."""
    version = hashlib.blake2b(html.encode(), digest_size=8).hexdigest()
    return Drawn(panel, Markup(html), version, stands)  # noqa: S704
