"""Acts on the guards: circuits, blocked calls, the slot cache."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from askpro.services import actions
from askpro.services.actions import NotThere, TooLate
from askpro.services.situation import owner_of
from askpro.store.reports import companies
from askpro.web.dashboard.acts.registry import Preview, Prospect, Values, act, whole
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.language import clock
from askpro.web.dashboard.texts import gettext
from askpro.web.dashboard.words import word

_PROTECTION = "dashboard.protection"


def _circuit(desk: Desk, values: Values) -> str:
    """The circuit of the form, if it is there and the person's."""
    name = values.get("target", "")
    if name not in desk.runtime.guards.circuits.names():
        raise NotThere
    desk.own(owner_of(name))
    return name


def _about_circuit(effect: Any) -> Preview:
    """The circuit of the form, and what the act would do to it: ``effect``, a lazy text."""

    def about(desk: Desk, values: Values) -> Prospect:
        name = _circuit(desk, values)
        (status,) = desk.runtime.guards.circuits.snapshots(name)
        owner = owner_of(name)
        if owner is None:
            who = gettext("every company that books with the platform's key")
        else:
            who = companies.names(desk.runtime.database, owner, [owner]).get(owner, str(owner))
        facts = [
            (gettext("Affected"), who),
            (gettext("State"), word(status.state, "circuit")),
            (gettext("Failures in a row"), status.failures),
        ]
        since = desk.cut_off_since(status)
        if since:
            facts.append((gettext("Cut off since"), clock(since)))
        return Prospect(name, str(effect), tuple(facts), hidden=(("target", name),))

    return about


@act(
    "breaker_reset",
    _("Close the circuit"),
    _("Close it"),
    _about_circuit(
        _(
            "Requests go to Cal.com again at once. If Cal.com is still down, callers wait until "
            "five failures have opened the circuit anew."
        )
    ),
    back=_PROTECTION,
)
def reset(desk: Desk, values: Values, reason: str) -> str:
    actions.reset_breaker(desk.runtime, desk.account.actor, _circuit(desk, values), reason)
    return gettext("The circuit is closed.")


@act(
    "breaker_open",
    _("Cut Cal.com off"),
    _("Cut it off"),
    _about_circuit(
        _(
            "No request goes to Cal.com. Callers hear that the calendar cannot be reached and are "
            "offered a callback, until a probe succeeds or somebody closes the circuit."
        )
    ),
    danger=True,
    back=_PROTECTION,
)
def force_open(desk: Desk, values: Values, reason: str) -> str:
    actions.open_breaker(desk.runtime, desk.account.actor, _circuit(desk, values), reason)
    return gettext("The circuit is open.")


@act(
    "breaker_probe",
    _("Try Cal.com now"),
    _("Try now"),
    _about_circuit(
        _(
            "The next request goes to Cal.com as a probe instead of waiting for its time. If it "
            "fails, the circuit is open for another minute."
        )
    ),
    back=_PROTECTION,
)
def probe(desk: Desk, values: Values, reason: str) -> str:
    actions.probe_breaker(desk.runtime, desk.account.actor, _circuit(desk, values), reason)
    return gettext("The next request tries Cal.com.")


# -- a blocked call ------------------------------------------------------------------------------


def _about_call(desk: Desk, values: Values) -> Prospect:
    call_id = values.get("target", "")
    company_id = whole(values, "of")
    desk.own(company_id)
    counters = [
        each
        for each in desk.runtime.guards.limits.show(call_id)["counters"]
        if each["company_id"] == company_id
    ]
    if not counters:
        raise TooLate
    (counter,) = counters
    facts = [
        (gettext("Requests"), f"{counter[name]['used']}/{counter[name]['limit']}")
        for name in ("total", "minute")
        if counter[name]
    ]
    if counter["silent_for_seconds"]:
        facts.append((gettext("Silent for"), f"{counter['silent_for_seconds']} s"))
    return Prospect(
        call_id,
        gettext("The call's counters start again, and its silence ends."),
        tuple(facts),
        hidden=(("target", call_id), ("of", "" if company_id is None else str(company_id))),
    )


@act("call_unblock", _("Unblock a call"), _("Unblock"), _about_call, back=_PROTECTION)
def unblock(desk: Desk, values: Values, reason: str) -> str:
    prospect = _about_call(desk, values)
    actions.unblock_call(
        desk.runtime, desk.account.actor, whole(values, "of"), prospect.about, reason
    )
    return gettext("The call is heard again.")


# -- the slot cache ------------------------------------------------------------------------------


def _about_cache(desk: Desk, values: Values) -> Prospect:
    company_id = whole(values, "of")
    if company_id is None:
        raise NotThere
    desk.own(company_id)
    name = companies.names(desk.runtime.database, company_id, [company_id]).get(company_id)
    if name is None:
        raise NotThere
    event_type = whole(values, "target")
    what = (
        gettext("All services")
        if event_type is None
        else gettext("Event type %(id)s", id=event_type)
    )
    return Prospect(
        name,
        gettext("The next question about free times goes to Cal.com. Nothing else is lost."),
        ((gettext("What"), what),),
        hidden=(("of", str(company_id)), ("target", "" if event_type is None else str(event_type))),
    )


@act("cache_drop", _("Drop cached times"), _("Drop them"), _about_cache, back="dashboard.cache")
def drop(desk: Desk, values: Values, reason: str) -> str:
    _about_cache(desk, values)
    company_id = whole(values, "of")
    assert company_id is not None
    actions.drop_cache(
        desk.runtime, desk.account.actor, company_id, whole(values, "target"), reason
    )
    return gettext("The cached times are dropped.")
