"""The verdicts of :mod:`askpro.services.situation` as sentences, and the help that each offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from askpro.services.situation import Verdict
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.language import clock, ms, number, percent
from askpro.web.dashboard.texts import gettext, ngettext


@dataclass(frozen=True)
class Help:
    """A button under the sentence: an action that asks for a reason, or a page to look at."""

    title: str
    url: str
    acts: bool = False


Write = Callable[[dict[str, Any]], Any]


def sentence(verdict: Verdict) -> str:
    """What is the matter, in one sentence."""
    return str(_SENTENCES[verdict.key](verdict.facts))


def aside(verdict: Verdict) -> str | None:
    """What follows from it for callers; None where the sentence says it all."""
    write = _ASIDES.get(verdict.key)
    return str(write(verdict.facts)) if write else None


def helps(desk: Desk, verdict: Verdict) -> list[Help]:
    """What to do about it, as far as the person may."""
    found = []
    for name in verdict.helps:
        offered = _HELPS[name]()
        service = verdict.facts.get("service")
        if offered.acts:
            owner = verdict.companies[0] if verdict.companies else None
            if not desk.may_act or desk.account.company_id not in (None, owner):
                continue
            offered = Help(offered.title, f"{offered.url}?target={service}", acts=True)
        found.append(offered)
    return found


def _since(moment: datetime | str | None) -> str:
    return clock(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)


def _calcom_down(facts: dict[str, Any]) -> str:
    if facts["since"] is None:
        return gettext("Cal.com is cut off")
    return gettext("Cal.com has been cut off since %(time)s", time=_since(facts["since"]))


def _callbacks(facts: dict[str, Any]) -> str:
    count = facts["callbacks"]
    offered = gettext("Callers are offered a callback instead of an appointment.")
    if not count:
        return str(offered)
    waiting = ngettext("One callback is waiting.", "%(num)s callbacks are waiting.", count)
    return f"{offered} {waiting}"


def _worker(facts: dict[str, Any]) -> str:
    if facts["since"] is None:
        return gettext("No worker is running")
    return gettext("No worker since %(time)s", time=_since(facts["since"]))


def _booked(facts: dict[str, Any]) -> str:
    booked = ngettext(
        "One booking in the last hour", "%(num)s bookings in the last hour", facts["booked"]
    )
    answers = ngettext("one answer", "%(num)s answers", facts["answers"])
    return f"{booked}, {answers}."


_SENTENCES: dict[str, Write] = {
    "calcom_down": _calcom_down,
    "calcom_probing": lambda facts: gettext("Cal.com is being tried again"),
    "no_worker": _worker,
    "bookings_unknown": lambda facts: ngettext(
        "Nobody knows whether one booking stands",
        "Nobody knows whether %(num)s bookings stand",
        facts["count"],
    ),
    "many_errors": lambda facts: gettext(
        "%(rate)s of the answers are technical faults", rate=percent(facts["rate"])
    ),
    "events_waiting": lambda facts: ngettext(
        "One event has been waiting since %(time)s",
        "%(num)s events have been waiting since %(time)s",
        facts["count"],
        time=_since(facts["since"]),
    ),
    "events_dead": lambda facts: ngettext(
        "One event was given up", "%(num)s events were given up", facts["count"]
    ),
    "mode_messages": lambda facts: ngettext(
        "One company takes messages only", "%(num)s companies take messages only", facts["count"]
    ),
    "mode_paused": lambda facts: ngettext(
        "One company is paused", "%(num)s companies are paused", facts["count"]
    ),
    "redis_gone": lambda facts: gettext("Redis does not answer"),
    "slow": lambda facts: gettext("Answers take %(mean)s on average", mean=ms(facts["mean"])),
    "callbacks_overdue": lambda facts: ngettext(
        "One callback is overdue", "%(num)s callbacks are overdue", facts["count"]
    ),
    "findings": lambda facts: ngettext(
        "One call needs a look", "%(num)s calls need a look", facts["count"]
    ),
    "works": lambda facts: gettext("Booking works"),
    "quiet": lambda facts: gettext("Quiet: no call in the last 24 hours"),
    "database_gone": lambda facts: gettext("The database does not answer"),
}

_ASIDES: dict[str, Write] = {
    "calcom_down": _callbacks,
    "calcom_probing": lambda facts: gettext(
        "One request at a time goes out; two successes close the circuit."
    ),
    "no_worker": lambda facts: gettext(
        "Events are stored, but not worked on: %(count)s are waiting.",
        count=number(facts["waiting"]),
    ),
    "bookings_unknown": lambda facts: gettext(
        "Cal.com did not answer clearly. The caller heard that the wish is noted."
    ),
    "many_errors": lambda facts: gettext("In the last five minutes."),
    "redis_gone": lambda facts: gettext(
        "Limits, cache and circuits go on inside each worker; figures are partial."
    ),
    "works": _booked,
}

_HELPS = {
    "breaker_probe": lambda: Help(
        gettext("Try Cal.com now"), url_for("dashboard.act", name="breaker_probe"), acts=True
    ),
    "breaker_reset": lambda: Help(
        gettext("Close the circuit"), url_for("dashboard.act", name="breaker_reset"), acts=True
    ),
    "callbacks": lambda: Help(gettext("Callbacks"), url_for("dashboard.appointments")),
    "findings": lambda: Help(gettext("Look at them"), url_for("dashboard.appointments")),
    "unknown_bookings": lambda: Help(gettext("Bookings"), url_for("dashboard.appointments")),
    "failed_functions": lambda: Help(
        gettext("Failed calls"), url_for("dashboard.calls", error="any", last="15m")
    ),
    "events": lambda: Help(gettext("Events"), url_for("dashboard.events", state="new")),
    "dead_events": lambda: Help(gettext("Events"), url_for("dashboard.events", state="dead")),
    "slow_requests": lambda: Help(gettext("Slow requests"), url_for("dashboard.performance")),
    "system": lambda: Help(gettext("System"), url_for("dashboard.system")),
}
