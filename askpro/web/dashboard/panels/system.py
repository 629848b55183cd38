"""The panels about the machine: checks, workers, settings, what requests cost; and privacy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from askpro.services import control, health
from askpro.services.doctor import visits
from askpro.store.reports import costs, guards, kept, trail, work
from askpro.store.reports.trail import WantedEntries
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.evidence import in_words
from askpro.web.dashboard.panels.calls import with_companies
from askpro.web.dashboard.panels.registry import panel
from askpro.web.dashboard.waterfall import bars

_SHOWN_ROUTES = 25


@panel("checks", _("Checks"), installation=True)
def checks(desk: Desk) -> dict[str, Any]:
    """Database, Redis, disk, machine, application and the services outside."""
    status, found = health.examine(desk.runtime)
    return {"status": status, "checks": found}


@panel("doctor", _("Protections, tried"), installation=True)
def doctor(desk: Desk) -> dict[str, Any]:
    """What the doctor found when it was called last."""
    visit = visits.last(desk.runtime)
    tried = [each for each in visit.findings if each.tried]
    return {
        "began": visit.began,
        "ended": visit.ended,
        "broken": visit.broken,
        "address": control.address_of(desk.runtime),
        # What failed first, what could not be tried last.
        "findings": [
            {
                "check": each.check,
                "ok": each.ok,
                "evidence": in_words(each.seen),
                "tried": each.tried,
            }
            for each in sorted(visit.findings, key=lambda each: (not each.tried, each.ok))
        ],
        "tried": len(tried),
        "good": sum(each.ok for each in tried),
    }


@panel("workers", _("Workers and periodic work"), installation=True)
def workers(desk: Desk) -> dict[str, Any]:
    """Who works, and what is done every so often."""
    late = timedelta(seconds=desk.runtime.settings.alert_worker_seconds)
    beats = work.beats(desk.runtime.database, desk.scope)
    return {
        "workers": [
            {
                "worker": beat.worker,
                "since": beat.started_at,
                "alive": desk.now - beat.beat_at <= late,
                "last": beat.beat_at,
                "done": beat.done,
                "failed": beat.failed,
            }
            for beat in beats
        ],
        "jobs": [
            job
            for job in work.jobs(desk.runtime.database, desk.scope)
            if job["name"] != visits.JOB  # It has a panel of its own.
        ],
    }


@panel("settings", _("Settings"), installation=True)
def settings(desk: Desk) -> dict[str, Any]:
    """Every setting as it is in force; secrets only as set or not set."""
    return {"settings": desk.runtime.settings.public()}


@panel("routes", _("What requests cost, last hour"), installation=True)
def routes(desk: Desk) -> dict[str, Any]:
    """By route: how many, how long, where the time went, how many queries, how much memory."""
    rows = costs.routes(desk.runtime.database, desk.scope, desk.now - timedelta(hours=1))
    return {"rows": rows[:_SHOWN_ROUTES], "not_shown": max(len(rows) - _SHOWN_ROUTES, 0)}


@panel("slow", _("Slow requests"))
def slow(desk: Desk) -> dict[str, Any]:
    """The latest requests over a threshold, each with its waterfall."""
    rows = with_companies(desk, costs.slow(desk.runtime.database, desk.scope))
    return {
        "rows": [{**row, "steps": bars(row)} for row in rows],
        "slow_ms": desk.runtime.settings.slow_answer_ms,
        "most_queries": desk.runtime.settings.most_queries,
    }


@panel("kept", _("What is kept"))
def what_is_kept(desk: Desk) -> dict[str, Any]:
    """How far back the data reach."""
    return {"oldest": kept.oldest(desk.runtime.database, desk.scope)}


@panel("leaks", _("Personal data in logs, foreign access"))
def leaks(desk: Desk) -> dict[str, Any]:
    """What should never happen, counted."""
    database, scope = desk.runtime.database, desk.scope
    kinds = ("redaction", "crossing")
    month, day = desk.now - timedelta(days=30), desk.now - timedelta(days=1)
    counted = guards.counts(database, scope, kinds, month, day)
    return {
        "month": {kind: each[0] for kind, each in counted.items()},
        "day": {kind: each[1] for kind, each in counted.items()},
        "latest": with_companies(
            desk,
            [
                {
                    "at": note.at,
                    "kind": note.kind,
                    "company_id": note.company_id,
                    "subject": note.subject,  # Of a line in a log: whose line it is.
                }
                for note in guards.latest(database, scope, kinds, most=10)
            ],
        ),
    }


@panel("privacy_actions", _("Erasures, exports, purges"))
def privacy_actions(desk: Desk) -> dict[str, Any]:
    """The latest entries of the audit that are about people's data."""
    wanted = WantedEntries(actions=("erase person", "export person", "purge"))
    found = trail.audit(desk.runtime.database, desk.scope, wanted, size=20)
    return {"rows": with_companies(desk, found.rows)}
