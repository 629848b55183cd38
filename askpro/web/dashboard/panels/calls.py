"""The panels about calls and the functions called in them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from askpro.store.reports import calls, companies
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.panels.registry import panel


@panel("recent", _("Latest function calls"))
def recent(desk: Desk) -> dict[str, Any]:
    """What callers asked for last, and what came of it; nobody's name, nobody's number."""
    rows = calls.recent_functions(desk.runtime.database, desk.scope)
    return {"functions": with_companies(desk, rows)}


def with_companies(desk: Desk, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, each with its company's name."""
    names = companies.names(
        desk.runtime.database, desk.scope, {row["company_id"] for row in rows if row["company_id"]}
    )
    return [{**row, "company": names.get(row["company_id"])} for row in rows]
