"""A call holds the slot that it checked, for as long as it may still book it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from askpro.providers.retell_events import parse_event
from askpro.services import event_work, events
from askpro.store import inbox
from tests import retell_telling
from tests.town import Caller, Town

DAY = "21.10.2026"


def hangs_up(caller: Caller) -> None:
    """Retell tells of it, and a worker hears it."""
    runtime = caller.town.runtime
    told = retell_telling.body(
        "call_ended", caller.call_id, from_number=caller.number, to_number=caller.to
    )
    office = runtime.directory.of_number(caller.to)
    events.receive_retell(runtime, office, parse_event(retell_telling.raw(told)), signed_by=None)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        lease = timedelta(minutes=1)
        claimed = inbox.claim(session, runtime.clock.now(), most=10, lease=lease)
    assert [event_work.work_on(runtime, event) for event in claimed] == ["done"]


def test_who_was_cut_off_finds_the_time_that_they_had_been_told_is_free(town: Town):
    caller = town.caller()
    again = replace(caller, call_id="call_of_the_second_try")
    assert caller.checks("Schneiden", DAY, "10:00").status == "available"
    assert again.checks("Schneiden", DAY, "10:00").status == "unavailable"

    hangs_up(caller)

    assert again.books("Schneiden", DAY, "10:00").status == "booked"


def test_what_a_call_may_still_have_booked_is_told_to_nobody_as_free(town: Town):
    caller = town.caller()
    town.faults(path="bookings", method="POST", status=500, times=1)
    assert caller.books("Schneiden", DAY, "10:00").status == "pending"

    hangs_up(caller)

    assert town.caller().checks("Schneiden", DAY, "10:00").status == "unavailable"
