"""The panels that look back: past alerts, the audit, and what the guards noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from askpro.store.reports import guards, trail
from askpro.store.reports.trail import WantedEntries
from askpro.web.dashboard import filters
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.panels.calls import with_companies
from askpro.web.dashboard.panels.registry import panel

_GUARD_KINDS = ("breaker", "limit", "crossing", "redaction", "redis", "sign_in")


@panel("past_alerts", _("Past alerts"))
def past_alerts(desk: Desk) -> dict[str, Any]:
    """Alerts that have ended."""
    found = trail.past_alerts(desk.runtime.database, desk.scope, filters.place())
    return {"rows": with_companies(desk, found.rows), **filters.places(found)}


@panel("audit", _("Audit"))
def audit(desk: Desk) -> dict[str, Any]:
    """Who did what, to what, and why."""
    found = trail.audit(desk.runtime.database, desk.scope, wanted_entries(desk), filters.place())
    return {"rows": with_companies(desk, found.rows), **filters.places(found)}


def wanted_entries(desk: Desk) -> WantedEntries:
    """The filters of the address as a search."""
    since, until = filters.stretch(desk.now)
    action = filters.arg("action")
    return WantedEntries(filters.arg("who"), (action,) if action else (), since, until)


@panel("guard_events", _("What the guards did"))
def guard_events(desk: Desk) -> dict[str, Any]:
    """Transitions of circuits, violations, refused crossings, outages; the latest first."""
    kind = filters.arg("kind")
    kinds = (kind,) if kind in _GUARD_KINDS else _GUARD_KINDS
    notes = guards.latest(desk.runtime.database, desk.scope, kinds, most=40)
    rows: list[dict[str, Any]] = [
        {
            "at": note.at,
            "kind": note.kind,
            "company_id": note.company_id,
            # A failed sign-in is counted by digests, which tell nobody anything.
            "subject": None if note.kind == "sign_in" else note.subject,
            "detail": {} if note.kind == "sign_in" else note.detail,
        }
        for note in notes
        if not (note.kind == "sign_in" and not note.subject.startswith("pair"))
    ]
    others = {other for row in rows if (other := _other_company(row["detail"]))}
    names = desk.company_names(others)
    for row in rows:
        other = _other_company(row["detail"])
        row["other"] = {"company_id": other, "company": names.get(other)} if other else None
    return {"rows": with_companies(desk, rows)}


def _other_company(detail: Mapping[str, Any]) -> int | None:
    """Of a refused crossing: who spoke for the row's company, or whom its operator wanted to see.
    The platform's key is no company's."""
    return detail.get("speaker_company_id") or detail.get("wanted_company_id")
