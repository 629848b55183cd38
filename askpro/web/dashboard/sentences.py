"""The verdicts of :mod:`askpro.services.situation` as sentences, and the help that each offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from askpro.services.situation import Verdict
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.language import day_and_time, minute, ms, number, percent, said_at
from askpro.web.dashboard.texts import gettext, ngettext
from askpro.web.dashboard.words import word


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


def measured(name: str, value: float) -> str:
    """What an alert's rule measured, as it is read."""
    if name == "percent":
        return percent(value / 100, 1)
    if name == "ms":
        return ms(value)
    return f"{word(name, 'detail')} {number(value)}"


def told(name: str, value: Any) -> str:
    """One detail of a finding, as it is read."""
    read = _READ.get(name, str)
    return f"{word(name, 'detail')} {read(value)}"


_READ: dict[str, Callable[[Any], str]] = {
    "why": lambda value: word(str(value), "why"),
    "action": lambda value: word(str(value), "status"),
    "said": lambda value: said_at(str(value)),
    "done": lambda value: day_and_time(datetime.fromisoformat(str(value))),
    "count": number,
}


def helps(desk: Desk, verdict: Verdict) -> list[Help]:
    """What to do about it, as far as the person may."""
    circuit: str = verdict.facts.get("service", "")
    owner = verdict.companies[0] if circuit and verdict.companies else None
    # An act on events is bounded by its own scope; a circuit may be somebody else's.
    may_act = desk.may_act and (not circuit or desk.account.company_id in (None, owner))
    found = [
        _OF_A_CIRCUIT[name](circuit) if name in _OF_A_CIRCUIT else _HELPS[name](desk)
        for name in verdict.helps
    ]
    return [each for each in found if may_act or not each.acts]


def _since(moment: datetime | str | None) -> str:
    return minute(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)


def _calcom_down(facts: dict[str, Any]) -> str:
    if facts["since"] is None:
        said = gettext("Cal.com is cut off")
    else:
        said = gettext("Cal.com has been cut off since %(time)s", time=_since(facts["since"]))
    count = facts["callbacks"]
    if not count:
        return said
    return f"{said}, " + ngettext("one callback is waiting", "%(num)s callbacks are waiting", count)


def _who_books_there(facts: dict[str, Any]) -> str:
    offered = gettext("Callers are offered a callback instead of an appointment.")
    count = facts["companies"]
    if not count:
        return offered
    concerned = ngettext(
        "One company books through the platform's account.",
        "%(num)s companies book through the platform's account.",
        count,
    )
    return f"{concerned} {offered}"


def _worker(facts: dict[str, Any]) -> str:
    if facts["since"] is None:
        return gettext("No worker is running")
    return gettext("No worker has been at work since %(time)s", time=_since(facts["since"]))


def _without_worker(facts: dict[str, Any]) -> str:
    said = gettext("Bookings still work.")
    kept = ngettext(
        "Events of every company are stored, but not worked on; one is waiting.",
        "Events of every company are stored, but not worked on; %(num)s are waiting.",
        facts["waiting"],
    )
    if facts["embedded"]:
        start = gettext("The worker belongs to the gateway: start the gateway again.")
    else:
        start = gettext("Start again: %(command)s", command="systemctl restart 'askpro-worker@*'")
    return f"{said} {kept} {start}"


def _when_there_were_errors(facts: dict[str, Any]) -> str:
    said = gettext("In the last five minutes.")
    if facts["back_since"] is None:
        return said
    back = gettext("Cal.com has answered again since %(time)s.", time=_since(facts["back_since"]))
    return f"{said} {back}"


def _redis(facts: dict[str, Any]) -> str:
    if facts["since"] is None:
        return gettext("Redis does not answer")
    return gettext("Redis has not answered since %(time)s", time=_since(facts["since"]))


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
    "redis_gone": _redis,
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
    "calcom_down": _who_books_there,
    "calcom_probing": lambda facts: gettext(
        "One request at a time goes out; two successes close the circuit."
    ),
    "no_worker": _without_worker,
    "bookings_unknown": lambda facts: gettext(
        "Cal.com did not answer clearly. The caller heard that the wish is noted."
    ),
    "many_errors": _when_there_were_errors,
    "events_dead": lambda facts: gettext(
        "What was told is missing here: the end of a call, or a change at Cal.com. Replaying does "
        "nothing twice."
    ),
    "events_waiting": lambda facts: gettext(
        "The workers are too slow for what comes in, or an event holds them up."
    ),
    "redis_gone": lambda facts: gettext(
        "Bookings still work, for every company. Limits, cache and circuits go on inside each "
        "worker, and figures are partial; it heals by itself as soon as Redis is back."
    ),
    "works": _booked,
}


def _page(desk: Desk, page: str, /, **filters: Any) -> str:
    """A page that is as narrow as the one on which the sentence stands."""
    narrowed = desk.company_id if desk.sees_all else None
    return url_for(f"dashboard.{page}", company=narrowed, **filters)


#: Acts on the circuit that the verdict is about.
_OF_A_CIRCUIT: dict[str, Callable[[str], Help]] = {
    "breaker_probe": lambda circuit: Help(
        gettext("Try Cal.com now"),
        url_for("dashboard.act", name="breaker_probe", target=circuit),
        acts=True,
    ),
    "breaker_reset": lambda circuit: Help(
        gettext("Close the circuit"),
        url_for("dashboard.act", name="breaker_reset", target=circuit),
        acts=True,
    ),
}

_HELPS: dict[str, Callable[[Desk], Help]] = {
    "replay_dead": lambda desk: Help(
        gettext("Replay"),
        _page(desk, "act", name="events_replay", state="dead"),
        acts=True,
    ),
    "callbacks": lambda desk: Help(gettext("Callbacks"), _page(desk, "appointments")),
    "findings": lambda desk: Help(gettext("Look at them"), _page(desk, "appointments")),
    "unknown_bookings": lambda desk: Help(gettext("Bookings"), _page(desk, "appointments")),
    "failed_functions": lambda desk: Help(
        gettext("Failed calls"), _page(desk, "calls", error="any", last="15m")
    ),
    "events": lambda desk: Help(gettext("Events"), _page(desk, "events", state="new")),
    "dead_events": lambda desk: Help(gettext("Events"), _page(desk, "events", state="dead")),
    "slow_requests": lambda desk: Help(gettext("Slow requests"), _page(desk, "performance")),
    "system": lambda desk: Help(gettext("System"), _page(desk, "system")),
}
