"""Acts on what waits: bookings in doubt, callbacks, findings, events."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from askpro.guards.redaction import Redactor
from askpro.services import actions, replay
from askpro.services.actions import NotThere, TooLate
from askpro.services.replay import Replayed
from askpro.store.reports import events, people
from askpro.store.reports.scope import scope_of
from askpro.web.dashboard.acts.registry import (
    NothingChosen,
    Preview,
    Prospect,
    Values,
    act,
    whole,
)
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.language import clock, day_and_time
from askpro.web.dashboard.panels.events import wanted_events
from askpro.web.dashboard.texts import gettext, ngettext
from askpro.web.dashboard.words import word

_APPOINTMENTS, _EVENTS = "dashboard.appointments", "dashboard.events"
_SHOWN_DRY = 25
_redactor = Redactor()


def _pair(desk: Desk, values: Values) -> tuple[int, int]:
    """(company, row) of the form, if the company is the person's."""
    company_id, row_id = whole(values, "of"), whole(values, "target")
    if company_id is None or row_id is None:
        raise NotThere
    desk.own(company_id)
    return company_id, row_id


def _hidden(pair: tuple[int, int]) -> tuple[tuple[str, str], ...]:
    return ("of", str(pair[0])), ("target", str(pair[1]))


def _only(rows: list[dict[str, Any]], row_id: int) -> dict[str, Any]:
    """The row among those of the company that wait; one that never was there is not told from one
    that waits no longer."""
    for row in rows:
        if row["id"] == row_id:
            return row
    raise TooLate


# -- bookings in doubt ---------------------------------------------------------------------------


def _about_booking(effect: Any) -> Preview:
    """The booking of the form, and what the act would do to it: ``effect``, a lazy text."""

    def about(desk: Desk, values: Values) -> Prospect:
        pair = _pair(desk, values)
        row = _only(people.unknown_bookings(desk.runtime.database, pair[0]), pair[1])
        return Prospect(
            gettext("Appointment %(id)s", id=row["id"]),
            str(effect),
            (
                (gettext("Service"), row["service"] or "–"),
                (gettext("Time"), day_and_time(row["start"])),
                (gettext("In doubt since"), clock(row["updated_at"])),
            ),
            hidden=_hidden(pair),
        )

    return about


@act(
    "booking_look",
    _("Look at Cal.com now"),
    _("Look now"),
    _about_booking(
        _(
            "Cal.com is asked for this booking. If it is there, it stands; if it surely is not, "
            "it is sent once more."
        )
    ),
    back=_APPOINTMENTS,
)
def look(desk: Desk, values: Values, reason: str) -> str:
    company_id, appointment_id = _pair(desk, values)
    state = actions.look_up_booking(
        desk.runtime, desk.account.actor, company_id, appointment_id, reason
    )
    return gettext("The booking is now: %(state)s.", state=word(state, "appointment"))


@act(
    "booking_give_up",
    _("Decide that it does not stand"),
    _("It does not stand"),
    _about_booking(
        _(
            "The wish counts as refused. The caller was told that it is noted, so a finding "
            "reminds you to call back."
        )
    ),
    danger=True,
    back=_APPOINTMENTS,
)
def give_up(desk: Desk, values: Values, reason: str) -> str:
    company_id, appointment_id = _pair(desk, values)
    actions.give_up_booking(desk.runtime, desk.account.actor, company_id, appointment_id, reason)
    return gettext("The booking is given up; a finding was made.")


# -- callbacks and findings ----------------------------------------------------------------------


def _about_callback(desk: Desk, values: Values) -> Prospect:
    pair = _pair(desk, values)
    row = _only(people.callbacks(desk.runtime.database, pair[0]), pair[1])
    return Prospect(
        gettext("Callback %(id)s", id=row["id"]),
        gettext("The callback leaves the list of open ones."),
        (
            (gettext("Number"), f"…{row['phone_tail'] or '?'}"),
            (gettext("Priority"), word(row["priority"], "priority")),
            (gettext("Due"), day_and_time(row["due_at"])),
        ),
        hidden=_hidden(pair),
    )


@act("callback_done", _("Callback done"), _("Done"), _about_callback, back=_APPOINTMENTS)
def callback_done(desk: Desk, values: Values, reason: str) -> str:
    company_id, callback_id = _pair(desk, values)
    actions.finish_callback(desk.runtime, desk.account.actor, company_id, callback_id, reason)
    return gettext("The callback is done.")


def _about_finding(desk: Desk, values: Values) -> Prospect:
    pair = _pair(desk, values)
    row = _only(people.findings(desk.runtime.database, pair[0]), pair[1])
    return Prospect(
        word(row["kind"], "finding"),
        gettext("The finding leaves the list of open ones."),
        ((gettext("Call"), row["call_id"] or "–"), (gettext("Since"), clock(row["created_at"]))),
        hidden=_hidden(pair),
    )


@act("finding_close", _("Close a finding"), _("Close"), _about_finding, back=_APPOINTMENTS)
def finding_close(desk: Desk, values: Values, reason: str) -> str:
    company_id, finding_id = _pair(desk, values)
    actions.close_finding(desk.runtime, desk.account.actor, company_id, finding_id, reason)
    return gettext("The finding is closed.")


# -- events --------------------------------------------------------------------------------------


def _chosen(desk: Desk, values: Values) -> list[int]:
    """One event, a selection, or everything that fits the filters of the address."""
    ids = [int(each) for each in values.getlist("ids") if each.isdecimal() and len(each) < 16]
    if ids:
        return ids[: actions.MOST_REPLAYED]
    wanted = wanted_events(desk)
    if not wanted.narrows:
        raise NothingChosen
    scope = scope_of(desk.account.company_id) if desk.company_id is None else desk.scope
    found = events.ids(desk.runtime.database, scope, wanted, most=actions.MOST_REPLAYED)
    if not found:
        raise NothingChosen
    return found


def _about_replay(desk: Desk, values: Values) -> Prospect:
    ids = _chosen(desk, values)
    chosen = actions.events_of(desk.runtime, desk.account.actor, ids)
    tried = replay.dry_run(desk.runtime, chosen[:_SHOWN_DRY])
    return Prospect(
        ngettext("One event", "%(num)s events", len(chosen)),
        gettext(
            "A worker works on them again. What was done before is not done twice; below is what "
            "each would change now."
        ),
        rows=tuple(
            {
                "id": each.id,
                "what": f"{each.provider} {each.event}",
                "state": word(each.state, "inbox"),
                "would": _would(each),
                "error": each.error,
            }
            for each in tried
        ),
        hidden=tuple(("ids", str(event.id)) for event in chosen),
    )


def _would(tried: Replayed) -> list[str]:
    """What the event would change, a line each: ``state: sent → confirmed``; of each seat, where
    it is about several."""
    would = _redactor.value(tried.would or {})
    return [
        f"{name}: {before} → {after}"
        for each in would.get("seats") or [would]
        for name, (before, after) in (each.get("changes") or {}).items()
    ]


@act("events_replay", _("Work on events again"), _("Replay"), _about_replay, back=_EVENTS)
def replay_events(desk: Desk, values: Values, reason: str) -> str:
    ids = _chosen(desk, values)
    waiting, not_possible = actions.replay_events(desk.runtime, desk.account.actor, ids, reason)
    done = ngettext("One event waits for a worker.", "%(num)s events wait for a worker.", waiting)
    if not not_possible:
        return done
    return f"{done} " + ngettext(
        "One stays as it is: nobody can work on it.",
        "%(num)s stay as they are: nobody can work on them.",
        not_possible,
    )


def _about_discard(desk: Desk, values: Values) -> Prospect:
    event_id = whole(values, "target")
    if event_id is None:
        raise NotThere
    (event,) = actions.events_of(desk.runtime, desk.account.actor, [event_id])
    return Prospect(
        gettext("Event %(id)s", id=event.id),
        gettext("Nobody works on it any more. It stays in the list as ignored."),
        (
            (gettext("What"), f"{event.provider} {event.event}"),
            (gettext("Received"), clock(event.received_at)),
            (gettext("Error"), event.error or "–"),
        ),
        hidden=(("target", str(event_id)),),
    )


@act(
    "event_discard",
    _("Discard a dead letter"),
    _("Discard"),
    _about_discard,
    danger=True,
    back=_EVENTS,
)
def discard(desk: Desk, values: Values, reason: str) -> str:
    event_id = whole(values, "target")
    if event_id is None:
        raise NotThere
    actions.discard_event(desk.runtime, desk.account.actor, event_id, reason)
    return gettext("The event is discarded.")
