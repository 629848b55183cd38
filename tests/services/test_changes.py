"""Moving and cancelling: the right state on both sides each time, and nothing said that is not."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from askpro.services.retell_tools import tools_of
from askpro.simulator.bookings import Shelf
from tests.town import ADVICE, COLOUR, CUT, WEDDING, Caller, Town, hasty
from tests.worlds import CALCOM_KEY, REFERENCE

DAY, NEXT_DAY = "21.10.2026", "22.10.2026"
AT_TEN = ("2026-10-21 10:00", CUT)
AT_TWO = ("2026-10-21 14:00", CUT)


@pytest.fixture
def caller(town: Town) -> Caller:
    """Somebody whose hair is cut on Wednesday at ten."""
    caller = town.caller()
    assert caller.books("Schneiden", DAY, "10:00").status == "booked"
    return caller


def at_calcom(town: Town, action: str, **body: Any) -> dict[str, Any]:
    """The host does something to the caller's booking there, and nobody tells us."""
    headers = {"Authorization": f"Bearer {CALCOM_KEY}", "cal-api-version": "2024-08-13"}
    path = f"/v2/bookings/{town.rows()[0].uid}/{action}"
    answer = requests.post(town.world.calcom.url + path, json=body, headers=headers, timeout=5)
    assert answer.ok, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def test_moving_keeps_the_row_and_both_uids(town: Town, caller: Caller):
    before = town.rows()[0]

    answer = caller.moves(DAY, DAY, "14:00")

    assert answer.status == "rescheduled"
    assert answer.fields["old"]["start"] == "2026-10-21T10:00:00+02:00"
    assert answer.fields["new"]["start"] == "2026-10-21T14:00:00+02:00"
    after = town.rows()[0]
    assert after.uid != before.uid
    assert after.last_change is not None
    assert town.standing() == [AT_TWO]


@pytest.mark.parametrize(
    ("day", "time", "start"),
    [
        ("eine Woche später", None, "2026-10-28 10:00"),
        (None, "zwei Stunden später", "2026-10-21 12:00"),
        ("gleicher Tag", "eine halbe Stunde später", "2026-10-21 10:30"),
        ("am selben Tag", "15 Uhr", "2026-10-21 15:00"),
        ("Freitag", "eine Stunde später", "2026-10-23 11:00"),
        ("Freitag", "gleiche Uhrzeit", "2026-10-23 10:00"),
        ("eine Woche später", "15 Uhr", "2026-10-28 15:00"),
    ],
)
def test_a_move_by_a_distance_counts_from_the_old_time(
    town: Town, caller: Caller, day: str | None, time: str | None, start: str
):
    for _ in range(2):
        moved = caller.asks("reschedule_appointment", new_date=day, new_time=time)
        assert moved.status == "rescheduled"
    assert town.standing() == [(start, CUT)]
    assert town.rows()[0].changes == 1


def test_the_same_distance_from_a_day_on_which_it_no_longer_is_is_the_same_move(
    town: Town, caller: Caller
):
    for _ in range(2):
        moved = caller.asks("reschedule_appointment", old_date=DAY, new_date="eine Woche später")
        assert moved.status == "rescheduled"
    elsewhere = caller.asks("reschedule_appointment", old_date=DAY, new_date="zwei Wochen später")
    assert elsewhere.status == "not_found"
    assert town.standing() == [("2026-10-28 10:00", CUT)]


def test_another_distance_in_the_same_call_counts_from_where_the_appointment_now_is(
    town: Town, caller: Caller
):
    for words in (
        {"new_time": "15 Uhr"},
        {"new_date": "eine Woche später"},
        {"new_date": "eine Stunde später"},
    ):
        assert caller.asks("reschedule_appointment", **words).status == "rescheduled"
    assert town.standing() == [("2026-10-28 16:00", CUT)]


def test_an_appointment_is_not_in_its_own_way(town: Town):
    caller, other = town.caller(), town.caller()
    assert other.books("Schneiden", DAY, "13:30").status == "booked"
    assert caller.books("Färben", DAY, "10:00").status == "booked"

    listed = caller.asks("reschedule_appointment", old_date=DAY, new_date=DAY)
    taken = caller.moves(DAY, DAY, "12:00")

    times = [each["time"][11:16] for each in listed.fields["slots"]]
    assert times[:5] == ["09:00", "09:30", "10:30", "11:00", "11:30"]
    assert taken.status == "unavailable"
    offered = [each["time"][11:16] for each in taken.fields["alternatives"]]
    assert offered == ["11:30", "11:00"]
    assert other.checks("Färben", DAY, "11:30").status == "unavailable"
    assert caller.moves(DAY, DAY, "10:30").status == "rescheduled"
    assert town.standing() == [("2026-10-21 10:30", COLOUR), ("2026-10-21 13:30", CUT)]


def test_moving_to_where_it_already_is_says_so(town: Town, caller: Caller):
    answer = caller.moves(DAY, DAY, "10:00")

    assert answer.status == "unavailable"
    assert answer.message == (
        "Den Termin für Schneiden morgen um zehn Uhr haben Sie bereits. Er ist fest gebucht."
    )
    assert (town.standing(), town.rows()[0].changes) == ([AT_TEN], 0)


def test_what_was_moved_there_before_is_not_said_to_have_been_moved_now(town: Town, caller: Caller):
    assert caller.moves(DAY, DAY, "14:00").status == "rescheduled"
    there = caller.asks(
        "reschedule_appointment", at=REFERENCE + timedelta(hours=1), new_date=DAY, new_time="14:00"
    )
    assert "haben Sie bereits" in there.message


@pytest.mark.parametrize("day", ["26.10.2026", "28.12.2026"])
def test_moving_after_closing_names_the_last_time_of_that_day_too(
    town: Town, caller: Caller, day: str
):
    answer = caller.moves(DAY, day, "19:00")

    assert "haben wir schon geschlossen. Ihr bisheriger Termin bleibt bestehen." in answer.message
    assert "um siebzehn Uhr dreißig oder am Dienstag" in answer.message
    assert len(answer.message) < 300


def test_moving_twice_in_a_row_works_with_the_new_uid(town: Town, caller: Caller):
    assert caller.moves(DAY, DAY, "14:00").status == "rescheduled"
    assert caller.moves(DAY, NEXT_DAY, "9:00").status == "rescheduled"
    assert town.standing() == [("2026-10-22 09:00", CUT)]
    assert town.rows()[0].changes == 2


def test_the_same_move_twice_moves_once(town: Town, caller: Caller):
    first = caller.moves(DAY, NEXT_DAY, "14:00")
    second = caller.moves(DAY, NEXT_DAY, "14:00")
    assert (first.status, second.status) == ("rescheduled", "rescheduled")
    assert town.standing() == [("2026-10-22 14:00", CUT)]
    assert town.rows()[0].changes == 1


def test_twins_of_a_move_move_once(town: Town, caller: Caller):
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(caller.moves, DAY, DAY, "14:00") for _ in range(4)]
        assert {each.result().status for each in sent} == {"rescheduled"}
    assert town.standing() == [AT_TWO]
    assert town.rows()[0].changes == 1


def test_moving_to_a_taken_time_keeps_the_old_one(town: Town, caller: Caller):
    town.caller().books("Schneiden", DAY, "14:00")

    answer = caller.moves(DAY, DAY, "14:00")

    assert answer.status == "unavailable"
    assert answer.fields["alternatives"]
    assert "bleibt bestehen" in answer.message
    assert town.standing() == [AT_TEN, AT_TWO]
    assert town.rows()[0].pending_change is None


def test_a_move_that_cal_com_refuses_keeps_the_old_one(town: Town, caller: Caller):
    town.faults(path="bookings", method="POST", status=409, times=1)
    assert caller.moves(DAY, DAY, "14:00").status == "unavailable"
    assert town.standing() == [AT_TEN]
    assert town.states() == ["confirmed"]


def test_what_the_host_must_confirm_is_requested_again(town: Town):
    caller = town.caller()
    caller.books("Brautfrisur", DAY, "10:00")
    answer = caller.moves(DAY, DAY, "14:00")
    assert answer.status == "requested"
    assert town.states() == ["requested"]
    assert town.standing() == [("2026-10-21 14:00", WEDDING)]


@pytest.mark.parametrize("mode", ["commit_then_500", hasty("commit_then_hang")])
def test_a_move_of_unknown_outcome_is_pending_and_then_made(town: Town, caller: Caller, mode: str):
    town.faults(path="bookings", method="POST", mode=mode, times=1)

    answer = caller.moves(DAY, DAY, "14:00")

    assert answer.status == "pending"
    assert "notiert" in answer.message
    town.settle()
    assert town.standing() == [AT_TWO]
    row = town.rows()[0]
    assert (row.state, row.pending_change, row.changes) == ("confirmed", None, 1)
    assert caller.moves(DAY, DAY, "14:00").status == "rescheduled"


def test_a_move_that_was_never_made_is_shown_to_an_operator(town: Town, caller: Caller):
    town.faults(path="bookings", method="POST", status=500, times=1)
    assert caller.moves(DAY, DAY, "14:00").status == "pending"

    town.settle()

    assert town.standing() == [AT_TEN]
    assert town.findings() == ["promised_not_reschedule"]
    assert town.rows()[0].pending_change is None


def test_cancelling_twice_is_cancelled_twice(town: Town, caller: Caller):
    first, second = caller.cancels(DAY), caller.cancels(DAY)
    assert (first.status, second.status) == ("cancelled", "cancelled")
    assert "bereits abgesagt" in second.message
    assert town.standing() == []
    assert town.rows()[0].changes == 1


def test_twins_of_a_cancellation_hear_that_it_is_cancelled(town: Town, caller: Caller):
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(caller.cancels, DAY) for _ in range(4)]
        assert {each.result().status for each in sent} == {"cancelled"}
    assert town.rows()[0].changes == 1


def test_while_a_change_is_not_settled_no_other_one_is_said_to_be_noted(town: Town, caller: Caller):
    town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
    assert caller.moves(DAY, DAY, "14:00").status == "pending"

    began = time.monotonic()
    assert caller.moves(DAY, DAY, "14:00").status == "pending"
    assert caller.moves(DAY, DAY, "15:00").status == "calendar_down"
    assert caller.cancels(DAY).status == "calendar_down"
    # Nobody waits for the answer of a request that has got none.
    assert time.monotonic() - began < 5

    town.settle()
    assert caller.cancels(DAY).status == "cancelled"
    assert town.standing() == []


def test_cancelling_what_cal_com_already_cancelled_is_cancelled(town: Town, caller: Caller):
    at_calcom(town, "cancel", cancellationReason="Laden zu")
    assert caller.cancels(DAY).status == "cancelled"
    assert town.states() == ["cancelled"]
    assert town.standing() == []


def test_what_cal_com_does_not_find_and_shows_all_the_same_is_not_said_to_be_cancelled(
    town: Town, caller: Caller
):
    town.faults(path="bookings", method="POST", status=404, times=1)

    answer = caller.cancels(DAY)

    assert (answer.status, town.states()) == ("calendar_down", ["confirmed"])
    assert town.rows()[0].pending_change is None
    assert caller.cancels(DAY).status == "cancelled"
    assert town.standing() == []


def test_what_cal_com_no_longer_has_is_cancelled(town: Town, caller: Caller):
    town.world.calcom.simulation.calendar.shelf = Shelf()
    assert caller.cancels(DAY).status == "cancelled"
    assert town.states() == ["cancelled"]


def test_moving_what_cal_com_already_cancelled_says_so(town: Town, caller: Caller):
    at_calcom(town, "cancel", cancellationReason="Laden zu")
    answer = caller.moves(DAY, DAY, "14:00")
    assert answer.status == "not_found"
    assert "bereits abgesagt" in answer.message
    assert town.states() == ["cancelled"]


def test_cancelling_what_the_host_moved_asks_about_the_new_time(town: Town, caller: Caller):
    at_calcom(town, "reschedule", start="2026-10-22T12:00:00Z", reschedulingReason="Zahnarzt")

    answer = caller.cancels(DAY)

    assert answer.status == "which_one"
    assert answer.fields["appointments"][0]["start"] == "2026-10-22T14:00:00+02:00"
    assert town.standing() == [("2026-10-22 14:00", CUT)]
    assert caller.cancels(NEXT_DAY).status == "cancelled"
    assert town.standing() == []


@pytest.mark.parametrize("knobs", [hasty({"mode": "commit_then_hang"}), {"status": 500}])
def test_a_cancellation_of_unknown_outcome_is_pending_and_then_made(
    town: Town, caller: Caller, knobs: dict[str, Any]
):
    town.faults(path="bookings", times=2, **knobs)

    assert caller.cancels(DAY).status == "pending"
    town.faults()
    town.settle()

    assert town.states() == ["cancelled"]
    assert town.standing() == []
    assert town.findings() == []


def test_cancelling_what_may_not_have_landed_cancels_it_once_that_is_known(town: Town):
    caller = town.caller()
    town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
    assert caller.books("Schneiden", DAY, "10:00").status == "pending"

    assert caller.cancels(DAY).status == "pending"
    town.settle()
    town.settle(seconds=120)

    assert town.states() == ["cancelled"]
    assert town.standing() == []


def test_cancelling_what_never_landed_books_nothing(town: Town):
    caller = town.caller()
    town.faults(path="bookings", method="POST", status=500, times=1)
    caller.books("Schneiden", DAY, "10:00")

    assert caller.cancels(DAY).status == "pending"
    town.settle()

    assert town.states() == ["cancelled"]
    assert town.standing() == []
    assert town.findings() == []


# -- what a change costs ---------------------------------------------------------------------------


@pytest.fixture
def advised(town: Town) -> Caller:
    """Somebody with an appointment whose change costs fifteen euros."""
    caller = town.caller()
    assert caller.books("Beratung", DAY, "10:00").status == "booked"
    return caller


def test_a_cancellation_that_costs_is_asked_about_first(town: Town, advised: Caller):
    asked = advised.cancels(DAY)
    assert asked.status == "which_one"
    assert "fünfzehn Euro" in asked.message
    assert asked.message.endswith("?")
    assert town.standing() == [("2026-10-21 10:00", ADVICE)]

    done = advised.cancels(DAY, confirm=True)
    assert done.status == "cancelled"
    assert "fünfzehn Euro" in done.message
    assert town.standing() == []


def test_a_move_that_costs_is_asked_about_once_the_new_time_is_known_to_be_free(
    town: Town, advised: Caller
):
    taken = advised.moves(DAY, DAY, "17:45")
    assert taken.status == "unavailable"
    asked = advised.moves(DAY, DAY, "14:00")
    assert asked.status == "which_one"
    assert "fünfzehn Euro" in asked.message
    assert town.standing() == [("2026-10-21 10:00", ADVICE)]

    done = advised.moves(DAY, DAY, "14:00", confirm_booking="ja")
    assert done.status == "rescheduled"
    assert town.standing() == [("2026-10-21 14:00", ADVICE)]


def test_a_free_change_is_not_asked_about(town: Town, caller: Caller):
    assert caller.moves(DAY, DAY, "14:00").status == "rescheduled"


@pytest.mark.parametrize("no", [{"confirm": False}, {"bestaetigung": "nein"}])
def test_after_a_no_nothing_is_changed(town: Town, caller: Caller, no: dict[str, Any]):
    for kept in (caller.cancels(DAY, **no), caller.moves(DAY, DAY, "14:00", **no)):
        assert kept.status == "which_one"
        assert "bleibt bestehen. Oder soll ich ihn doch" in kept.message
    assert town.standing() == [AT_TEN]
    assert caller.cancels(DAY, confirm=True).status == "cancelled"
    assert caller.books("Schneiden", DAY, "15:00", **no).status == "available"
    assert town.standing() == []


def test_what_is_asked_can_be_answered_with_the_tools_that_agents_get(town: Town, caller: Caller):
    office = town.runtime.directory.of_number(caller.to)
    assert office is not None
    tools = {tool["name"]: tool for tool in tools_of(office, "https://gateway.example")}
    for name in ("cancel_appointment", "reschedule_appointment"):
        assert tools[name]["parameters"]["properties"]["confirm"]["type"] == "boolean"
    assert caller.asks("cancel_appointment").status == "which_one"
    assert caller.asks("cancel_appointment", confirm=True).status == "cancelled"


def test_an_anonymous_caller_may_change_nothing(town: Town, caller: Caller):
    nobody = town.caller(number="anonymous", call_id=caller.call_id)
    assert nobody.cancels(DAY).status == "not_allowed"
    assert nobody.moves(DAY, DAY, "14:00").status == "not_allowed"
    assert nobody.asks("query_appointment").status == "not_allowed"
    assert town.standing() == [AT_TEN]
