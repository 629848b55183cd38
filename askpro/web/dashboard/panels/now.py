"""The panels of the first screen: the sentence, the alerts, the figures, and what waits."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from askpro.services import actions, alerts
from askpro.services.situation import Verdict, judge
from askpro.store.reports import figures, trail
from askpro.web.dashboard import sentences
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.panels.registry import panel
from askpro.web.dashboard.sparkline import Line, Sparkline, sparkline
from askpro.web.dashboard.texts import gettext

_MOST_NAMED = 3


@panel("situation", _("Situation"), felt=True)
def situation_(desk: Desk) -> dict[str, Any]:
    """The most urgent thing as one sentence, the others below it."""
    seen = desk.outlook()
    verdicts = judge(seen, desk.runtime.settings)
    if any(verdict.key == "no_worker" for verdict in verdicts):
        alerts.check_for_the_workers(desk.runtime)
    named = {company for verdict in verdicts for company in verdict.companies[:_MOST_NAMED]}
    names = desk.company_names(named)
    return {"verdicts": [_shown(desk, verdict, names) for verdict in verdicts]}


def _shown(desk: Desk, verdict: Verdict, names: dict[int, str]) -> dict[str, Any]:
    who = [names.get(company, str(company)) for company in verdict.companies[:_MOST_NAMED]]
    more = len(verdict.companies) - len(who)
    if more > 0:
        who.append(gettext("%(count)s more", count=more))
    return {
        "level": verdict.level,
        "key": verdict.key,
        "sentence": sentences.sentence(verdict),
        "aside": sentences.aside(verdict),
        "who": who,
        "helps": [asdict(each) for each in sentences.helps(desk, verdict)],
    }


@panel("alerts", _("Alerts"))
def standing(desk: Desk) -> dict[str, Any]:
    """Alerts that stand now; silenced ones last. A page that is about one company shows those of
    the installation, too: they concern it."""
    rows = trail.standing_alerts(desk.runtime.database, desk.scope, installation=desk.sees_all)
    names = desk.company_names(row["company_id"] for row in rows)
    for row in rows:
        row["company"] = names.get(row["company_id"])
        row["measured"] = [sentences.measured(*each) for each in row["detail"].items()]
        row["yours"] = desk.may_act and actions.may_answer(
            desk.account.actor, row["kind"], row["company_id"]
        )
        row["silenced"] = bool(row["silenced_until"] and row["silenced_until"] > desk.now)
    return {"alerts": sorted(rows, key=lambda row: row["silenced"])}


@panel("figures", _("Figures of the last hour"), felt=True)
def last_hour(desk: Desk) -> dict[str, Any]:
    """Answers, bookings, faults and times, with their course."""
    database, scope = desk.runtime.database, desk.scope
    seen, course = desk.outlook(), desk.course()
    answers, calcom = figures.latest_spreads(database, scope, desk.now - timedelta(hours=1))
    at = [moment for moment, _sums in course]

    def line(name: str) -> Sparkline:
        return sparkline(Line(at, [getattr(sums, name) for _at, sums in course], least=0))

    return {
        "hour": asdict(seen.hour),
        "day": asdict(seen.day),
        "error_rate": seen.hour.error_rate,
        "calcom_error_rate": seen.hour.calcom_error_rate,
        "answers_line": line("answers"),
        "booked_line": line("booked"),
        "faults_line": line("faults"),
        "answer_times": answers,
        "calcom_times": calcom,
        "times_line": sparkline(
            Line(at, [sums.mean_ms for _at, sums in course], unit=" ms", least=0)
        ),
        "calcom_line": sparkline(
            Line(at, [sums.calcom_mean_ms for _at, sums in course], unit=" ms", least=0)
        ),
    }


@panel("todo", _("What waits for people"), felt=True)
def todo(desk: Desk) -> dict[str, Any]:
    """Callbacks, findings and bookings in doubt."""
    return asdict(desk.outlook().to_do)


@panel("work", _("Events and workers"), felt=True)
def events_and_workers(desk: Desk) -> dict[str, Any]:
    """What waits in the inbox, and who works on it."""
    seen = desk.outlook()
    return {
        "queue": asdict(seen.queue),
        "alive": seen.alive,
        # Told only when it matters: a beat every five seconds must not redraw the panel.
        "last_beat": None if seen.alive else seen.last_beat,
        "redis": seen.redis,
    }
