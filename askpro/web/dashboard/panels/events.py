"""The panels of the inbox."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_babel import lazy_gettext as _

from askpro.store.reports import events
from askpro.store.reports.events import WantedEvents
from askpro.web.dashboard import filters
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.panels.calls import with_companies
from askpro.web.dashboard.panels.registry import panel


@panel("queue", _("Inbox"), felt=True)
def queue(desk: Desk) -> dict[str, Any]:
    """How much waits, since when, and what was given up."""
    return asdict(desk.outlook().queue)


@panel("events", _("Events"))
def listed(desk: Desk) -> dict[str, Any]:
    """A page of the events that fit the filters."""
    found = events.search(desk.runtime.database, desk.scope, wanted_events(desk), filters.place())
    return {"rows": with_companies(desk, found.rows), **filters.places(found)}


def wanted_events(desk: Desk) -> WantedEvents:
    """The filters of the address as a search."""
    since, until = filters.stretch(desk.now)
    return WantedEvents(
        state=filters.arg("state"),
        provider=filters.arg("provider"),
        event=filters.arg("event"),
        subject=filters.arg("q"),
        since=since,
        until=until,
    )
