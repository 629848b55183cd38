"""The panels about what waits for people: bookings in doubt, callbacks, findings; appointments."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from askpro.store.reports import people
from askpro.store.reports.people import WantedAppointments
from askpro.web.dashboard import filters, sentences
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.panels.calls import with_companies
from askpro.web.dashboard.panels.registry import panel


@panel("doubts", _("Bookings in doubt"))
def doubts(desk: Desk) -> dict[str, Any]:
    """Bookings that Cal.com may or may not have."""
    rows = people.unknown_bookings(desk.runtime.database, desk.scope)
    return {"rows": with_companies(desk, rows)}


@panel("callbacks", _("Callbacks"))
def callbacks(desk: Desk) -> dict[str, Any]:
    """Open wishes to be called back, the most urgent first."""
    rows = people.callbacks(desk.runtime.database, desk.scope)
    for row in rows:
        row["overdue"] = row["due_at"] < desk.now
    return {"rows": with_companies(desk, rows)}


@panel("findings", _("Calls that need a look"))
def findings(desk: Desk) -> dict[str, Any]:
    """Said without done, done without said, and other differences."""
    rows = people.findings(desk.runtime.database, desk.scope)
    for row in rows:
        row["told"] = [sentences.told(*each) for each in row["detail"].items()]
    return {"rows": with_companies(desk, rows)}


@panel("appointments", _("Appointments"))
def appointments(desk: Desk) -> dict[str, Any]:
    """A page of the ledger."""
    found = people.appointments(
        desk.runtime.database, desk.scope, wanted_appointments(desk), filters.place()
    )
    return {"rows": with_companies(desk, found.rows), **filters.places(found)}


def wanted_appointments(desk: Desk) -> WantedAppointments:
    """The filters of the address as a search."""
    since, until = filters.stretch(desk.now)
    return WantedAppointments(filters.arg("state"), since, until)
