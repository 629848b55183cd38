"""The panels of the guards: circuits, cache, limits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from askpro.guards.permits import CLOSED, CircuitSnapshot
from askpro.services.situation import owner_of
from askpro.store.reports import guards
from askpro.store.reports.figures import Sums
from askpro.web.dashboard.counted import (
    DAY,
    FIVE_MINUTES,
    HOUR,
    MINUTE,
    cache_rates,
    counted_since,
    violations,
)
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.panels.registry import panel
from askpro.web.dashboard.sparkline import Line, sparkline

_MOST_CIRCUITS = 30
_SHOWN_OUTCOMES = 20
_SHOWN_VIOLATIONS = 6
_ORDER = {"open": 0, "half_open": 1, "closed": 2}


@panel("breaker", _("Connection to Cal.com"), felt=True)
def breaker(desk: Desk) -> dict[str, Any]:
    """Every circuit that concerns the scope, the ones in trouble first."""
    snapshots = sorted(desk.circuits(), key=lambda each: (_ORDER.get(each.state, 0), each.service))
    shown = snapshots[:_MOST_CIRCUITS]
    owner_ids = [owner_of(each.service) for each in shown]
    owners: dict[int, str] = desk.unless_down(lambda: desk.company_names(owner_ids), {})
    return {
        "circuits": [_circuit(desk, each, owners) for each in shown],
        "not_shown": len(snapshots) - len(shown),
        "all_closed": all(each.state == CLOSED for each in snapshots),
    }


def _circuit(desk: Desk, snapshot: CircuitSnapshot, owners: dict[int, str]) -> dict[str, Any]:
    circuits = desk.runtime.guards.circuits
    owner = owner_of(snapshot.service)
    retry_at = None
    if snapshot.state != CLOSED and snapshot.retry_seconds > 0:
        moment = desk.now + timedelta(seconds=snapshot.retry_seconds)
        # Whole seconds: the markup must not change while nothing happens.
        retry_at = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return {
        "service": snapshot.service,
        "company_id": owner,
        "company": owners.get(owner) if owner is not None else None,
        "state": snapshot.state,
        "failures": snapshot.failures,
        "threshold": circuits.rules.failures,
        "successes": snapshot.successes,
        "successes_needed": circuits.rules.successes,
        "opened_at": snapshot.opened_at,
        "cut_off_since": desk.cut_off_since(snapshot),
        "retry_at": retry_at,
        "used": snapshot.used,
        "budget": circuits.rules.requests,
        "blocked_seconds": round(snapshot.blocked_seconds),
        "outcomes": list(reversed(circuits.outcomes(snapshot.service, _SHOWN_OUTCOMES))),
        "mine": desk.account.company_id in (None, owner),
    }


@panel("cache", _("Slot cache"), felt=True)
def cache(desk: Desk) -> dict[str, Any]:
    """How many questions the cache answered, over three stretches of time."""
    series: list[tuple[datetime, Sums]] = desk.unless_down(desk.course, [])
    rates = [None if each.hit_rate is None else each.hit_rate * 100 for _at, each in series]
    return {
        "windows": cache_rates(desk, (FIVE_MINUTES, HOUR, DAY)),
        "since": counted_since(desk),
        "line": sparkline(Line([at for at, _sums in series], rates, unit="%", least=0, most=100)),
        "shared": desk.runtime.guards.limits.counts_together,
    }


@panel("limits", _("Limit violations"), felt=True)
def limits(desk: Desk) -> dict[str, Any]:
    """How often a limit was violated, and the latest violations."""
    latest = _latest_violations(desk)
    ids = [each["company_id"] for each in latest]
    names: dict[int, str] = desk.unless_down(lambda: desk.company_names(ids), {})
    return {
        "counts": {
            "minute": violations(desk, MINUTE),
            "hour": violations(desk, HOUR),
            "day": violations(desk, DAY),
        },
        "since": counted_since(desk),
        "latest": [{**each, "company": names.get(each["company_id"])} for each in latest],
        "shared": desk.runtime.guards.limits.counts_together,
        "many": desk.runtime.settings.alert_limit_violations,
    }


def _latest_violations(desk: Desk) -> list[dict[str, Any]]:
    """From the kept events; while the database is away, those that the guards remember."""

    def kept() -> list[dict[str, Any]]:
        notes = guards.latest(desk.runtime.database, desk.scope, ["limit"], most=_SHOWN_VIOLATIONS)
        return [{**n.detail, "at": n.at, "company_id": n.company_id} for n in notes]

    def remembered() -> list[dict[str, Any]]:
        return [
            {**each.as_dict(), "at": each.at}
            for each in desk.runtime.guards.limits.violations()
            if desk.company_id in (None, each.company_id)
        ]

    nothing: list[dict[str, Any]] = []
    return (desk.unless_down(kept, nothing) or remembered())[:_SHOWN_VIOLATIONS]
