"""The panels about companies, and the slot cache by company."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import abort
from flask_babel import lazy_gettext as _

from askpro.booking.hours import OpeningHours
from askpro.services.situation import circuits_in_view
from askpro.store.reports import companies, figures
from askpro.web.dashboard import filters
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.panels.calls import with_companies
from askpro.web.dashboard.panels.registry import panel
from askpro.web.dashboard.sparkline import Line, sparkline

_PAGE = 50


@panel("companies", _("Companies"))
def listed(desk: Desk) -> dict[str, Any]:
    """A page of companies with their last hour."""
    after = filters.arg("after") or ""
    rows = companies.listed(
        desk.runtime.database,
        desk.scope,
        desk.now,
        text=filters.arg("q"),
        mode=filters.arg("mode"),
        after=int(after) if after.isdecimal() and len(after) < 10 else 0,
        most=_PAGE + 1,
    )
    shown = rows[:_PAGE]
    return {
        "rows": [asdict(row) for row in shown],
        "after": shown[-1].id if len(rows) > _PAGE else None,
    }


@panel("company", _("Company"))
def one(desk: Desk) -> dict[str, Any]:
    """A company: mode, connection, branches with hours, services, and its last hours."""
    company_id = desk.company_id
    if company_id is None:
        abort(404)
    database = desk.runtime.database
    row = companies.one(database, company_id)
    if row is None:
        abort(404)
    for branch in row["branches"]:
        branch["hours"] = OpeningHours.from_json(branch["hours"]).as_text()
    course = figures.series(database, desk.scope, desk.now, buckets=24, minutes=60)
    (circuit,) = circuits_in_view(desk.runtime, desk.scope)
    return {
        **row,
        "circuit": circuit,
        "day": {
            name: sum(getattr(sums, name) for _at, sums in course)
            for name in ("answers", "booked", "faults")
        },
        "line": sparkline(
            Line([at for at, _sums in course], [sums.answers for _at, sums in course], least=0)
        ),
    }


@panel("cache_companies", _("Cache by company, last hour"))
def cache_companies(desk: Desk) -> dict[str, Any]:
    """Who asked the slot cache most, and what it answered."""
    since = desk.now - timedelta(hours=1)
    rows = companies.busiest(desk.runtime.database, desk.scope, since)
    for row in rows:
        for name in ("hits", "stale", "misses"):
            row[name] = int(row[name])
        saved = row["hits"] + row["stale"]
        row["rate"] = figures.share(saved, saved + row["misses"])
    settings = desk.runtime.settings
    return {
        "rows": with_companies(desk, rows),
        "fresh_seconds": settings.slot_cache_fresh_seconds,
        "stale_seconds": settings.slot_cache_stale_seconds,
    }
