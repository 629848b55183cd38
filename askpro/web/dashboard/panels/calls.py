"""The panels about calls: the latest functions, the list, and one call as a waterfall."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import Any

from flask import abort
from flask_babel import lazy_gettext as _

from askpro.services.shown_arguments import with_shown_arguments
from askpro.store.reports import calls, events, people
from askpro.store.reports.calls import Wanted
from askpro.store.reports.paging import Page, Place
from askpro.web.dashboard import filters
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.panels.registry import panel
from askpro.web.dashboard.verdicts import said_and_done
from askpro.web.dashboard.waterfall import bars


@panel("recent", _("Latest function calls"), felt=True)
def recent(desk: Desk) -> dict[str, Any]:
    """What callers asked for last, and what came of it; nobody's name, nobody's number."""
    rows = calls.recent_functions(desk.runtime.database, desk.scope)
    return {"functions": with_companies(desk, rows)}


def with_companies(desk: Desk, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, each with its company's name."""
    names = desk.company_names(row["company_id"] for row in rows)
    return [{**row, "company": names.get(row["company_id"])} for row in rows]


@panel("calls", _("Calls"))
def listed(desk: Desk) -> dict[str, Any]:
    """A page of the calls that fit the filters, or of function calls where those are looked for."""
    wanted = wanted_calls(desk)
    found = search(desk, wanted, filters.place())
    return {
        "of_functions": wanted.about_functions,
        "rows": with_companies(desk, found.rows),
        **filters.places(found),
    }


def wanted_calls(desk: Desk) -> Wanted:
    """The filters of the address as a search."""
    since, until = filters.stretch(desk.now)
    typed = filters.looked_for(filters.arg("q"))
    return Wanted(
        call_id=typed.get("call_id") or typed.get("any_id"),
        tail=typed.get("tail"),
        outcome=filters.arg("outcome"),
        state=filters.arg("state"),
        function=filters.arg("function"),
        status=filters.arg("status"),
        error=filters.arg("error"),
        since=since,
        until=until,
    )


def search(
    desk: Desk, wanted: Wanted, place: Place | None = None, *, size: int = calls.PAGE
) -> Page:
    """The calls that fit. An id that is no call's may be a booking's."""
    database, scope = desk.runtime.database, desk.scope
    found = calls.search(database, scope, wanted, place, size=size)
    if not found.rows and wanted.call_id and place is None and not wanted.about_functions:
        of_booking = replace(wanted, call_id=None, uid=wanted.call_id)
        found = calls.search(database, scope, of_booking, size=size)
    return found


@panel("call", _("Call"))
def one(desk: Desk) -> dict[str, Any]:
    """The record of a call and what it left behind."""
    company_id, call_id = _which(desk)
    database = desk.runtime.database
    record = calls.one_call(database, company_id, call_id)
    functions = _functions(desk, company_id, call_id)
    if record is None and not functions:
        abort(404)
    bookings = people.appointments_of_call(database, company_id, call_id)
    callbacks = people.callbacks(database, company_id, call_id=call_id)
    return {
        "call_id": call_id,
        "company_id": company_id,
        "company": desk.company_names([company_id]).get(company_id),
        "record": record,
        "appointments": bookings,
        "callbacks": callbacks,
        "findings": people.findings(database, company_id, call_id=call_id),
        "marks": said_and_done(call_id, functions, bookings, callbacks),
        "counters": desk.runtime.guards.limits.show(call_id)["counters"],
    }


@panel("waterfall", _("What happened, step by step"))
def waterfall(desk: Desk) -> dict[str, Any]:
    """Every event and every function call in order, each function with its steps."""
    company_id, call_id = _which(desk)
    database = desk.runtime.database
    rows = [
        {**row, "what": "function", "steps": bars(row), "curl": _as_curl(desk, row)}
        for row in _functions(desk, company_id, call_id)
    ]
    rows += [
        {**row, "what": "event", "at": row["received_at"]}
        for row in events.of_call(database, company_id, call_id)
    ]
    rows.sort(key=lambda row: row["at"])
    return {"rows": rows}


def _functions(desk: Desk, company_id: int, call_id: str) -> list[dict[str, Any]]:
    return desk.once(
        ("functions", call_id),
        lambda: with_shown_arguments(
            calls.functions_of(desk.runtime.database, company_id, call_id),
            desk.service_names(company_id),
        ),
    )


def _which(desk: Desk) -> tuple[int, str]:
    """The company and the call of the page, from its path or its panels' addresses."""
    call_id = filters.arg("call_id")
    if desk.company_id is None or call_id is None:
        abort(404)
    return desk.company_id, call_id


def _as_curl(desk: Desk, row: dict[str, Any]) -> str:
    """The request as one would send it again: redacted arguments, and no signature."""
    settings = desk.runtime.settings
    body = {
        "name": row["function"],
        "call": {"call_id": row["call_id"]},
        "args": row["arguments"],
    }
    return " \\\n  ".join(
        (
            f"curl -X POST http://{settings.host}:{settings.port}/api/webhooks/retell/function",
            "-H 'Content-Type: application/json'",
            "-H 'X-Retell-Signature: …'",
            f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}",
        )
    )
