"""After an outage: every wish that was collected is looked at once the calendar knows again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from askpro.booking.cleaning import phone_number
from askpro.providers.retell_events import parse_event
from askpro.services import calendar, call_events, callback_drain
from askpro.services.answers import Answer
from askpro.services.possible import Possible
from askpro.settings import Settings
from askpro.store.models import Branch, Callback, Company, PhoneNumber, ServiceRow
from askpro.store.reports import people
from tests.town import BAVARIA, BERLIN, CUT, Caller, Town, living
from tests.waiting import eventually

DAY = "21.10.2026"
SEASIDE = "+493811100003"


def wants(caller: Caller, time: str) -> Answer:
    return caller.books("Schneiden", DAY, time)


def collected(town: Town, *callers: Caller) -> None:
    """Their wishes were collected during an outage that is over now."""
    town.faults(path="slots", status=500)
    for hour, caller in enumerate(callers, start=10):
        assert wants(caller, f"{hour}:00").status == "calendar_down"
    town.faults()


def forget_times(town: Town) -> None:
    """So that Cal.com has to be asked again."""
    office = town.runtime.directory.of_number(BERLIN)
    assert office is not None
    calendar.drop(town.runtime, office)


def open_a_second_branch(town: Town) -> None:
    """The hairdresser cuts hair at the seaside only, an hour behind."""
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        first = session.get_one(Branch, 1)
        zone = "Europe/Lisbon"
        hours = {**first.hours, "zone": zone}
        second = Branch(company_id=1, name="Meer", timezone=zone, hours=hours, policy={})
        session.add(second)
        session.flush()
        session.add(PhoneNumber(company_id=1, branch_id=second.id, number=SEASIDE))
        session.execute(
            update(ServiceRow).where(ServiceRow.event_type_id == CUT).values(branch_id=second.id)
        )
    town.runtime.directory.changed()


def test_a_wish_waits_while_only_old_times_are_known(
    settings: Callable[..., Settings], database_url: str
):
    hasty = settings(database_url=database_url, slot_cache_fresh_seconds=1, breaker_failures=100)
    with living(hasty) as town:
        caller = town.caller()
        caller.checks("Schneiden", DAY)
        town.faults(path="slots", status=500)

        def stale() -> bool:
            return bool(town.caller().checks("Schneiden", DAY, "10:00").fields.get("stale"))

        eventually(stale, what="the cache's end")
        wants(caller, "11:00")

        early = callback_drain.drain(town.runtime)

        assert (early.booked, early.gone, early.waiting) == (0, 0, 1)
        assert town.callbacks()[0].checked_at is None
        town.faults()
        assert callback_drain.drain(town.runtime).booked == 1
        assert town.standing() == [("2026-10-21 11:00", CUT)]


def test_a_wish_is_looked_up_in_the_branch_whose_service_it_is(town: Town):
    open_a_second_branch(town)
    collected(town, town.caller(to=SEASIDE))

    assert callback_drain.drain(town.runtime).booked == 1

    assert town.standing() == [("2026-10-21 11:00", CUT)]
    assert town.rows()[0].branch_id != 1


def test_a_company_whose_circuit_is_open_holds_nobody_else_up(town: Town):
    collected(town, town.caller(), town.caller(), town.caller(to=BAVARIA))
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        session.get_one(Company, 1).calcom_api_key = "cal_of_the_salon"
    town.runtime.directory.changed()
    town.runtime.guards.circuits.force_open("calcom_api:1")

    drained = callback_drain.drain(town.runtime)

    assert (drained.booked, drained.waiting) == (1, 2)
    assert [each.checked_at is None for each in town.callbacks()] == [True, True, False]


def test_a_wish_that_cal_com_refuses_to_look_at_is_for_people_and_the_next_is_booked(town: Town):
    collected(town, town.caller(), town.caller())
    town.faults(path="slots", status=404, times=1)

    assert callback_drain.drain(town.runtime).booked == 1

    refused, booked = people.callbacks(town.runtime.database, 1)
    assert (refused["wanted_slot"], refused["still_free"]) == (None, None)
    assert (booked["wanted_slot"], booked["still_free"]) == ("confirmed", None)
    assert all(each.checked_at for each in town.callbacks())


def test_a_wish_that_nobody_can_read_holds_nobody_up(town: Town, caplog: pytest.LogCaptureFixture):
    collected(town, town.caller(), town.caller())
    town.garbles("callbacks", "name", 1)

    drained = callback_drain.drain(town.runtime)

    assert (drained.booked, drained.waiting) == (1, 1)
    told = [record for record in caplog.records if record.name == "askpro.services.rounds"]
    assert [(record.row_id, record.error) for record in told] == [(1, "InvalidToken")]


def test_a_wish_that_took_the_place_of_the_one_looked_at_is_looked_at_itself(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    collected(town, town.caller())
    looked = callback_drain.possible_times

    def looked_while_they_speak(*args: Any) -> Possible:
        seen = looked(*args)
        with town.runtime.database.unrestricted_unsafe(write=True) as session:
            wish = session.get_one(Callback, 1)
            assert wish.wanted_start is not None
            wish.wanted_start, wish.agreed = wish.wanted_start + timedelta(hours=2), True
        return seen

    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        session.get_one(Callback, 1).agreed = False
    with monkeypatch.context() as patch:
        patch.setattr(callback_drain, "possible_times", looked_while_they_speak)
        callback_drain.drain(town.runtime)
    assert town.callbacks()[0].checked_at is None

    assert callback_drain.drain(town.runtime).booked == 1
    assert town.standing() == [("2026-10-21 12:00", CUT)]


def test_a_company_whose_bookings_are_paused_is_not_booked_for(town: Town):
    collected(town, town.caller())
    for mode, booked in (("paused", 0), ("messages", 0), ("open", 1)):
        with town.runtime.database.unrestricted_unsafe(write=True) as session:
            session.execute(update(Company).where(Company.id == 1).values(service_mode=mode))
        town.runtime.directory.changed()
        assert callback_drain.drain(town.runtime).booked == booked
    assert town.standing() == [("2026-10-21 10:00", CUT)]


def test_what_a_round_booked_before_it_died_is_not_said_to_be_gone(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    collected(town, town.caller())

    def dies(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as dead:
        dead.setattr(callback_drain, "_note", dies)
        with pytest.raises(SystemExit):
            callback_drain.drain(town.runtime)
    drained = callback_drain.drain(town.runtime)

    assert (drained.booked, drained.gone) == (1, 0)
    assert town.standing() == [("2026-10-21 10:00", CUT)]
    wish = town.callbacks()[0]
    assert (wish.state, wish.still_free) == ("open", None)
    assert wish.checked_at is not None


# -- what the caller did since ---------------------------------------------------------------------


@pytest.mark.parametrize("call_id", ["call_of_the_wish", "call_of_the_next_day"])
def test_who_books_another_time_after_all_gets_no_second_appointment(town: Town, call_id: str):
    caller = town.caller(call_id="call_of_the_wish")
    collected(town, caller)
    assert wants(replace(caller, call_id=call_id), "11:00").status == "booked"

    drained = callback_drain.drain(town.runtime)

    assert (drained.booked, drained.still_free) == (0, 1)
    assert town.standing() == [("2026-10-21 11:00", CUT)]
    wish = town.callbacks()[0]
    assert (wish.state, wish.still_free) == ("open", True)


def test_who_gets_the_very_time_by_themselves_need_not_be_called(town: Town):
    caller = town.caller()
    collected(town, caller)
    assert wants(caller, "10:00").status == "booked"

    drained = callback_drain.drain(town.runtime)

    assert (drained.fulfilled, drained.booked, drained.gone) == (1, 0, 0)
    assert town.standing() == [("2026-10-21 10:00", CUT)]
    wish = town.callbacks()[0]
    assert wish.state == "done"
    assert wish.done_at is not None


def test_who_also_wanted_to_be_called_about_something_is_called(town: Town):
    caller = town.caller()
    collected(town, caller)
    caller.asks("request_callback", reason="Preise")
    assert wants(caller, "10:00").status == "booked"

    assert callback_drain.drain(town.runtime).fulfilled == 1

    assert town.callbacks()[0].state == "open"


def test_the_same_time_for_somebody_else_fulfills_no_wish(town: Town):
    caller = town.caller()
    collected(town, caller)
    assert caller.books("Schneiden", DAY, "10:00", name="Ben Winter").status == "booked"

    drained = callback_drain.drain(town.runtime)

    assert (drained.fulfilled, drained.booked, drained.gone) == (0, 0, 1)
    assert town.callbacks()[0].state == "open"


def test_what_was_booked_and_cancelled_is_not_booked_again(town: Town):
    caller = town.caller()
    collected(town, caller)
    assert wants(caller, "10:00").status == "booked"
    assert caller.cancels(DAY, bestaetigung="ja").status == "cancelled"

    assert callback_drain.drain(town.runtime).booked == 0

    assert town.standing() == []


def test_who_moves_their_appointment_instead_gets_no_second_one(town: Town):
    caller = town.caller()
    assert wants(caller, "15:00").status == "booked"
    forget_times(town)
    collected(town, caller)
    assert caller.moves(DAY, DAY, "16:00").status == "rescheduled"

    assert callback_drain.drain(town.runtime).booked == 0

    assert town.standing() == [("2026-10-21 16:00", CUT)]


def test_an_appointment_from_before_is_no_reason_not_to_book(town: Town):
    caller = town.caller()
    assert wants(caller, "15:00").status == "booked"
    forget_times(town)
    collected(town, replace(caller, call_id="call_of_the_next_day"))

    assert callback_drain.drain(town.runtime).booked == 1


OTHER_NUMBER = "0151 23456789"


def rang(caller: Caller) -> None:
    """Retell has told of the call."""
    told = {"event": "call_started", "call": {"call_id": caller.call_id, "direction": "inbound"}}
    told["call"] |= {"from_number": caller.number, "to_number": caller.to}
    event = parse_event(json.dumps(told).encode())
    with caller.town.runtime.database.of_company(1, write=True) as session:
        call_events.record(session, 1, 1, event, caller.town.runtime.clock.now())


def test_who_gets_the_very_time_from_the_number_that_called_need_not_be_called(town: Town):
    """They had named another number to be called at."""
    caller = town.caller(call_id="call_of_the_wish")
    town.faults(path="slots", status=500)
    down = caller.books("Schneiden", DAY, "10:00", phone=OTHER_NUMBER)
    assert down.status == "calendar_down"
    town.faults()
    rang(caller)
    assert wants(replace(caller, call_id="call_of_the_next_day"), "10:00").status == "booked"

    assert callback_drain.drain(town.runtime).fulfilled == 1

    assert town.standing() == [("2026-10-21 10:00", CUT)]
    assert town.callbacks()[0].state == "done"


def test_what_is_booked_belongs_to_the_number_that_called(town: Town):
    """Nobody vouches for a number that was only said."""
    caller = town.caller(call_id="call_of_the_wish")
    town.faults(path="slots", status=500)
    caller.books("Schneiden", DAY, "10:00", phone=OTHER_NUMBER)
    town.faults()
    rang(caller)

    assert callback_drain.drain(town.runtime).booked == 1

    assert caller.asks("query_appointment").status == "found"
    other = phone_number(OTHER_NUMBER)
    assert replace(caller, number=other).asks("query_appointment").status == "none"
    assert town.rows()[0].attendee_phone == other


def test_a_no_from_the_number_that_called_ends_what_was_agreed(town: Town):
    caller = town.caller(call_id="call_of_the_wish")
    town.faults(path="slots", status=500)
    caller.books("Schneiden", DAY, "10:00", phone=OTHER_NUMBER)
    town.faults()
    rang(caller)
    again = replace(caller, call_id="call_of_the_next_day")
    again.books("Schneiden", DAY, "12:00", bestaetigung="nein")

    assert callback_drain.drain(town.runtime).booked == 0


@pytest.mark.parametrize("call_id", ["call_of_the_wish", "call_of_the_next_day"])
def test_a_no_ends_what_was_agreed(town: Town, call_id: str):
    caller = town.caller(call_id="call_of_the_wish")
    collected(town, caller)
    again = replace(caller, call_id=call_id)
    assert again.books("Schneiden", DAY, "12:00", bestaetigung="nein").status == "available"

    drained = callback_drain.drain(town.runtime)

    assert (drained.booked, drained.still_free) == (0, 1)
    assert town.standing() == []


def test_the_no_of_another_caller_ends_nothing(town: Town):
    collected(town, town.caller())
    town.caller().books("Schneiden", DAY, "12:00", bestaetigung="nein")

    assert callback_drain.drain(town.runtime).booked == 1


def test_a_no_costs_one_question_more_than_a_check(town: Town):
    caller = town.caller()
    caller.checks("Schneiden", DAY, "10:00")
    caller.checks("Schneiden", DAY, "10:00")
    checked = caller.queries
    caller.books("Schneiden", DAY, "10:00", bestaetigung="nein")
    assert caller.queries == checked + 1 <= 2


def test_a_no_while_cal_com_is_asked_is_heard(town: Town, monkeypatch: pytest.MonkeyPatch):
    caller = town.caller()
    collected(town, caller)
    looked = callback_drain.possible_times

    def looked_while_they_speak(*args: Any) -> Possible:
        seen = looked(*args)
        caller.books("Schneiden", DAY, "10:00", bestaetigung="nein")
        return seen

    monkeypatch.setattr(callback_drain, "possible_times", looked_while_they_speak)

    assert callback_drain.drain(town.runtime).booked == 0
    assert town.standing() == []
