"""What leaves the dashboard as a file: lists as CSV, and one incident as one JSON file.

Everything is redacted once more on the way out, and who took it is in the audit.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import orjson
from flask import Blueprint, Response, abort

from askpro.guards.redaction import Redactor
from askpro.services import audit, health
from askpro.services.shown_arguments import with_shown_arguments
from askpro.services.situation import look
from askpro.store.reports import calls, events, guards, people, trail
from askpro.store.reports.calls import Wanted
from askpro.store.reports.events import WantedEvents
from askpro.store.reports.paging import MOST_EXPORTED
from askpro.store.reports.trail import WantedEntries
from askpro.web.dashboard import filters
from askpro.web.dashboard.desk import Desk, desk
from askpro.web.dashboard.formats import csv_answer, plain
from askpro.web.dashboard.panels.calls import search, wanted_calls
from askpro.web.dashboard.panels.events import wanted_events
from askpro.web.dashboard.panels.people import wanted_appointments
from askpro.web.dashboard.panels.trail import wanted_entries

Rows = list[dict[str, Any]]

_INCIDENT = timedelta(hours=1)
_MOST_EACH = 500
_LIBRARIES = ("Flask", "SQLAlchemy", "redis", "requests", "gunicorn")
_GUARD_KINDS = ("breaker", "limit", "crossing", "redaction", "redis")
_redactor = Redactor()


def register_exports(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/export/<name>.csv", "export", export)
    blueprint.add_url_rule("/incident.json", "incident", incident)


def export(name: str) -> Response:
    """The list with its filters as CSV, at most ten thousand rows."""
    here = desk()
    ask = _LISTS.get(name)
    if ask is None:
        abort(404)
    rows = ask(here)
    _account_for(here, f"{name}.csv", len(rows))
    columns = tuple(rows[0]) if rows else ()
    return csv_answer(f"askpro-{name}", columns, rows)


def _calls(here: Desk) -> Rows:
    return search(here, wanted_calls(here), size=MOST_EXPORTED).rows


def _appointments(here: Desk) -> Rows:
    return people.appointments(
        here.runtime.database, here.scope, wanted_appointments(here), size=MOST_EXPORTED
    ).rows


def _events(here: Desk) -> Rows:
    return events.search(
        here.runtime.database, here.scope, wanted_events(here), size=MOST_EXPORTED
    ).rows


def _audit(here: Desk) -> Rows:
    return trail.audit(
        here.runtime.database, here.scope, wanted_entries(here), size=MOST_EXPORTED
    ).rows


_LISTS: dict[str, Callable[[Desk], Rows]] = {
    "calls": _calls,
    "appointments": _appointments,
    "events": _events,
    "audit": _audit,
}


def incident() -> Response:
    """One file with all that somebody needs who was not there: the last hour, or the stretch of the
    address; of one call, where the address names one."""
    here = desk()
    database, scope = here.runtime.database, here.scope
    since, until = filters.stretch(here.now)
    since = since or here.now - _INCIDENT
    call_id = filters.arg("call_id")
    body: dict[str, Any] = {
        "made_at": here.now,
        "made_by": here.account.username,
        "company_id": here.company_id,
        "since": since,
        "until": until or here.now,
        "versions": _versions(),
        "situation": asdict(look(here.runtime, scope)) | {"scope": here.company_id},
        "circuits": here.runtime.guards.circuits.status() if here.sees_all else [],
        "timeline": _timeline(here, since, until),
    }
    if here.sees_all:
        body["configuration"] = here.runtime.settings.public()
        body["health"] = health.examine(here.runtime)[1]
    if call_id and here.company_id is not None:
        body["call"] = {
            "record": calls.one_call(database, here.company_id, call_id),
            "functions": with_shown_arguments(
                calls.functions_of(database, here.company_id, call_id),
                here.service_names(here.company_id),
            ),
            "events": events.of_call(database, here.company_id, call_id),
            "appointments": people.appointments_of_call(database, here.company_id, call_id),
        }
    _account_for(here, "incident.json", len(body["timeline"]))
    response = Response(
        orjson.dumps(_redactor.value(plain(body)), option=orjson.OPT_INDENT_2),
        mimetype="application/json",
    )
    name = f"askpro-incident-{here.now:%Y%m%d-%H%M%S}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _timeline(here: Desk, since: datetime, until: datetime | None) -> Rows:
    """What happened, in order: failed functions, guards, alerts, acts, and events in trouble."""
    database, scope = here.runtime.database, here.scope
    failed = Wanted(error="any", since=since, until=until)
    found: Rows = [
        {"at": row["at"], "what": "function failed", **row}
        for row in calls.search(database, scope, failed, size=_MOST_EACH).rows
    ]
    found += [
        {**asdict(note), "what": f"guard: {note.kind}"}
        for note in guards.latest(database, scope, _GUARD_KINDS, until=until, most=_MOST_EACH)
        if note.at >= since
    ]
    alerts = (
        trail.standing_alerts(database, scope)
        + trail.past_alerts(database, scope, size=_MOST_EACH).rows
    )
    for row in alerts:
        for moment, what in (("began_at", "alert began"), ("ended_at", "alert ended")):
            if row[moment] and row[moment] >= since and (until is None or row[moment] < until):
                found.append({"at": row[moment], "what": what, **row})
    entries = WantedEntries(since=since, until=until)
    found += [
        {"what": "act", **row}
        for row in trail.audit(database, scope, entries, size=_MOST_EACH).rows
    ]
    for state in ("dead", "new"):
        wanted = WantedEvents(state=state, since=since, until=until)
        found += [
            {"at": row["received_at"], "what": f"event {state}", **row}
            for row in events.search(database, scope, wanted, size=_MOST_EACH).rows
        ]
    return sorted(found, key=lambda row: row["at"])


def _versions() -> dict[str, str]:
    from askpro import __version__

    return {
        "askpro": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        **{name: version(name) for name in _LIBRARIES},
    }


def _account_for(here: Desk, what: str, rows: int) -> None:
    """What leaves the house is noted."""
    with here.runtime.database.unrestricted_unsafe(write=True) as session:
        audit.write(
            session,
            here.account.actor,
            "exported",
            at=here.now,
            company_id=here.company_id,
            target=what,
            detail={"rows": rows},
        )
