"""Acts on a company, and on alerts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from askpro.services import actions
from askpro.services.actions import NotThere, TooLate
from askpro.store.reports import companies, trail
from askpro.web.dashboard.acts.registry import Choice, Prospect, Values, act, whole
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.language import clock
from askpro.web.dashboard.texts import gettext
from askpro.web.dashboard.words import word

_HOURS = (1, 4, 12, 24, 72)


def _about_mode(desk: Desk, values: Values) -> Prospect:
    company_id = whole(values, "of")
    if company_id is None:
        raise NotThere
    desk.own(company_id)
    row = companies.one(desk.runtime.database, company_id)
    if row is None:
        raise NotThere
    return Prospect(
        row["name"],
        gettext(
            "Messages only: callers may leave a wish to be called back, nothing is booked. "
            "Paused: callers hear that nobody can help them now."
        ),
        ((gettext("Now"), word(row["service_mode"], "mode")),),
        choice=Choice(
            "mode",
            gettext("From now on"),
            tuple(
                (mode, word(mode, "mode")) for mode in actions.MODES if mode != row["service_mode"]
            ),
        ),
        hidden=(("of", str(company_id)),),
    )


@act(
    "company_mode",
    _("Pause or open a company"),
    _("Change"),
    _about_mode,
    danger=True,
    back="dashboard.companies",
)
def set_mode(desk: Desk, values: Values, reason: str) -> str:
    company_id = whole(values, "of")
    if company_id is None:
        raise NotThere
    desk.own(company_id)
    mode = values.get("mode", "")
    actions.set_mode(desk.runtime, desk.account.actor, company_id, mode, reason)
    return gettext("The company is now: %(mode)s.", mode=word(mode, "mode"))


def _about_alert(desk: Desk, values: Values, effect: str, choice: Choice | None = None) -> Prospect:
    alert_id = whole(values, "target")
    rows = trail.standing_alerts(desk.runtime.database, desk.scope)
    for row in rows:
        if row["id"] == alert_id:
            company = desk.company_names([row["company_id"]]).get(row["company_id"])
            return Prospect(
                word(row["kind"], "alert"),
                effect,
                (
                    (gettext("What"), company or row["subject"] or "–"),
                    (gettext("Since"), clock(row["began_at"])),
                ),
                choice=choice,
                hidden=(("target", str(alert_id)),),
            )
    if alert_id is not None and actions.has_ended(desk.runtime, desk.account.actor, alert_id):
        raise TooLate
    raise NotThere


@act(
    "alert_acknowledge",
    _("Acknowledge an alert"),
    _("I am on it"),
    lambda desk, values: _about_alert(
        desk, values, gettext("Everybody sees that you are on it. The alert ends by itself.")
    ),
)
def acknowledge(desk: Desk, values: Values, reason: str) -> str:
    alert_id = whole(values, "target")
    if alert_id is None:
        raise NotThere
    actions.acknowledge(desk.runtime, desk.account.actor, alert_id, reason)
    return gettext("The alert is acknowledged.")


@act(
    "alert_silence",
    _("Silence an alert"),
    _("Silence"),
    lambda desk, values: _about_alert(
        desk,
        values,
        gettext(
            "It is not sent any more and moves to the end of the list, also if it comes again."
        ),
        Choice("hours", gettext("For"), tuple((str(hours), f"{hours} h") for hours in _HOURS)),
    ),
)
def silence(desk: Desk, values: Values, reason: str) -> str:
    alert_id, hours = whole(values, "target"), whole(values, "hours")
    if alert_id is None or hours not in _HOURS:
        raise NotThere
    actions.silence(desk.runtime, desk.account.actor, alert_id, hours, reason)
    return gettext("The alert is silenced.")
