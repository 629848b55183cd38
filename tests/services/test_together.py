"""Composite services: all parts stand, or none; and they are told as one appointment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy.orm import Session

from askpro.errors import CircuitOpen
from askpro.providers.calcom import CalcomClient
from askpro.services import actions, appointments, sending
from askpro.services.answers import Answer
from askpro.services.audit import COMMAND_LINE
from askpro.services.settlement import Settled
from askpro.services.tokens import add_token
from askpro.simulator.bookings import Booking
from askpro.simulator.faults import read_fault
from askpro.store import ledger, outcomes
from askpro.store.models import Appointment
from tests.town import COLOUR, CUT, Caller, Town

DAY = "21.10.2026"
BOTH = [("2026-10-21 10:00", COLOUR), ("2026-10-21 12:00", CUT)]


def pampered(caller: Caller, time: str = "10:00", **more: object) -> Answer:
    return caller.books("Verwöhnpaket", DAY, time, **more)


def once_coloured(town: Town, *, undo: Mapping[str, Any] | None = None, **knobs: Any) -> None:
    """Trouble from the moment on in which the colouring stands: for the next booking, and for the
    cancellation of the colouring."""
    simulation = town.world.calcom.simulation

    def trouble(row: Booking) -> None:
        post = {"method": "POST", "times": 1}
        simulation.faults.set(read_fault({"path": "/v2/bookings", **post, **knobs}))
        if undo is not None:
            path = f"/v2/bookings/{row.uid}/cancel"
            simulation.faults.set(read_fault({"path": path, **post, **undo}))

    when_coloured(town, trouble)


def when_coloured(town: Town, then: Callable[[Booking], None]) -> None:
    """``then``, as soon as the colouring stands at Cal.com and before anybody knows."""
    calendar = town.world.calcom.simulation.calendar
    listener = calendar.listener

    def heard(trigger: str, row: Booking, extras: Mapping[str, Any]) -> None:
        if trigger == "BOOKING_CREATED" and row.event_type.id == COLOUR:
            then(row)
        if listener is not None:
            listener(trigger, row, extras)

    calendar.listener = heard


@pytest.fixture
def booked(town: Town) -> Caller:
    caller = town.caller()
    assert pampered(caller).status == "booked"
    return caller


def test_all_parts_are_booked_back_to_back_and_told_as_one(town: Town):
    answer = pampered(town.caller())

    assert answer.status == "booked"
    assert answer.fields["service"] == "Verwöhnpaket"
    assert answer.fields["start"] == "2026-10-21T10:00:00+02:00"
    assert answer.fields["end"] == "2026-10-21T12:30:00+02:00"
    assert "Färben und Schneiden" in answer.message
    assert town.standing() == BOTH
    rows = town.rows()
    assert [row.state for row in rows] == ["confirmed", "confirmed"]
    assert {row.group_key for row in rows} == {rows[0].key}


def test_the_same_wish_again_finds_the_whole(town: Town, booked: Caller):
    again = pampered(booked)
    assert again.status == "booked"
    assert again.fields["end"] == "2026-10-21T12:30:00+02:00"
    assert town.standing() == BOTH
    assert len(town.rows()) == 2


def test_a_first_part_that_is_refused_leaves_nothing_and_may_be_tried_again(town: Town):
    caller = town.caller()
    town.faults(path="bookings", method="POST", status=409, times=1)
    assert pampered(caller).status == "unavailable"
    assert town.standing() == []
    assert town.states() == ["refused", "refused"]

    assert pampered(caller).status == "booked"
    assert town.standing() == BOTH


def test_a_later_part_that_is_refused_takes_the_others_back(town: Town):
    caller = town.caller()
    once_coloured(town, status=409)

    answer = pampered(caller)

    assert answer.status == "unavailable"
    assert answer.fields["alternatives"]
    assert town.standing() == []
    assert town.states() == ["cancelled", "refused"]
    assert caller.asks("query_appointment").status == "none"
    assert town.findings() == []


def test_what_was_taken_back_can_be_booked_again(town: Town):
    caller = town.caller()
    once_coloured(town, status=409)
    assert pampered(caller).status == "unavailable"
    town.world.calcom.simulation.calendar.listener = None

    assert pampered(caller).status == "booked"

    assert town.states() == ["cancelled", "refused", "confirmed", "confirmed"]
    assert town.standing() == BOTH


@pytest.mark.parametrize("undo", [{"status": 500}, {"mode": "commit_then_500"}])
def test_a_part_that_cannot_be_taken_back_at_once_is_taken_back_later(
    town: Town, undo: dict[str, Any]
):
    caller = town.caller()
    once_coloured(town, status=409, undo=undo)

    assert pampered(caller).status == "unavailable"
    assert caller.asks("query_appointment").status == "none"
    town.settle()

    assert town.standing() == []
    assert town.states() == ["cancelled", "refused"]
    assert town.rows()[0].pending_change is None


def test_a_later_part_of_unknown_outcome_is_pending_and_then_all_of_it_stands(town: Town):
    caller = town.caller()
    once_coloured(town, mode="commit_then_500")

    answer = pampered(caller)

    assert answer.status == "pending"
    assert town.states() == ["confirmed", "unknown"]
    assert pampered(caller).status == "pending"
    found = caller.asks("query_appointment").fields["appointments"]
    assert [each["status"] for each in found] == ["unknown"]
    assert town.settle().confirmed == 1
    assert town.states() == ["confirmed", "confirmed"]
    assert town.standing() == BOTH
    assert pampered(caller).status == "booked"


def test_a_later_part_that_never_landed_is_sent_once_more(town: Town):
    once_coloured(town, status=500)
    assert pampered(town.caller()).status == "pending"

    assert town.settle(seconds=5).waiting == 1
    assert town.settle().sent_again == 1

    assert town.states() == ["confirmed", "confirmed"]
    assert town.standing() == BOTH


def test_a_later_part_that_somebody_took_meanwhile_takes_all_of_it_back(town: Town):
    once_coloured(town, status=500)
    assert pampered(town.caller()).status == "pending"
    town.world.calcom.simulation.calendar.listener = None
    assert town.caller().books("Schneiden", DAY, "12:00").status == "booked"

    assert town.settle().refused == 1

    assert town.states() == ["cancelled", "refused", "confirmed"]
    assert town.standing() == [("2026-10-21 12:00", CUT)]
    assert town.findings() == ["promised_not_booked"]


def test_a_later_part_that_cannot_be_sent_again_yet_waits_until_it_can(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    def held(*_: Any, **__: Any) -> None:
        raise CircuitOpen

    once_coloured(town, status=500)
    assert pampered(town.caller()).status == "pending"
    town.world.calcom.simulation.calendar.listener = None

    with monkeypatch.context() as patch:
        patch.setattr(CalcomClient, "book", held)
        assert town.settle().waiting == 1
    assert town.states() == ["confirmed", "unknown"]
    assert town.settle(seconds=120).sent_again == 1

    assert town.standing() == BOTH
    assert town.findings() == []


def test_what_an_operator_gives_up_is_given_up_as_a_whole(town: Town):
    once_coloured(town, status=500)
    assert pampered(town.caller()).status == "pending"

    actions.give_up_booking(town.runtime, COMMAND_LINE, 1, 2, "they called")
    assert town.settle().confirmed == 1

    assert town.states() == ["cancelled", "refused"]
    assert town.standing() == []
    assert town.findings() == ["promised_not_booked"]


def test_who_cancels_twice_what_is_partly_unsent_hears_twice_that_it_is_noted(town: Town):
    caller = town.caller()
    town.faults(path="bookings", method="POST", status=500, times=1)
    assert pampered(caller).status == "pending"
    assert town.states() == ["unknown", "wished"]

    assert [caller.cancels(DAY).status for _ in range(2)] == ["pending", "pending"]


def missed_once(
    town: Town, patch: pytest.MonkeyPatch, meanwhile: Callable[[], Settled]
) -> list[Settled]:
    """The next round to look finds nothing at Cal.com, and ``meanwhile`` happens before it goes
    on."""
    find, others = sending.find_by_key, list[Settled]()

    def missed(*asked: Any) -> None:
        patch.setattr(sending, "find_by_key", find)
        others.append(meanwhile())

    patch.setattr(sending, "find_by_key", missed)
    return others


def test_a_round_that_gives_up_leaves_a_whole_that_another_one_found(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    once_coloured(town, status=500)
    assert pampered(town.caller()).status == "pending"
    town.world.calcom.simulation.calendar.listener = None
    town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
    assert town.settle().waiting == 1  # Sent once more, and it has landed.

    others = missed_once(town, monkeypatch, lambda: town.settle(seconds=120))
    late = town.settle(seconds=120)

    assert (others[0].confirmed, late.refused, late.waiting) == (1, 0, 1)
    assert town.states() == ["confirmed", "confirmed"]
    assert town.standing() == BOTH
    assert town.findings() == []


def test_a_part_that_is_found_when_another_round_has_given_up_is_taken_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    once_coloured(town, status=500)
    assert pampered(town.caller()).status == "pending"
    town.world.calcom.simulation.calendar.listener = None
    town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
    assert town.settle().waiting == 1  # Sent once more, and it has landed.
    others = given_up_once_found(town, monkeypatch)
    late = town.settle(seconds=120)

    assert (others[0].refused, late.confirmed, late.refused) == (1, 0, 1)
    assert town.states() == ["cancelled", "cancelled"]
    assert town.standing() == []
    assert town.findings() == ["promised_not_booked"]


def given_up_once_found(town: Town, patch: pytest.MonkeyPatch) -> list[Settled]:
    """When the next round has found a booking, another one finds nothing and gives all of it up."""
    stand, others = sending.landed, list[Settled]()

    def stands(*found: Any) -> sending.Outcome:
        patch.setattr(sending, "landed", stand)
        missed_once(town, patch, Settled)
        others.append(town.settle(seconds=120))
        return stand(*found)

    patch.setattr(sending, "landed", stands)
    return others


def test_a_first_part_that_is_found_when_another_round_has_given_up_is_taken_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    town.faults(path="bookings", method="POST", status=500, times=1)
    assert pampered(town.caller()).status == "pending"
    town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
    assert town.settle().waiting == 1  # Sent once more, and it has landed; the other never left.
    assert town.states() == ["unknown", "wished"]

    others = given_up_once_found(town, monkeypatch)
    late = town.settle(seconds=120)

    assert (others[0].refused, late.confirmed, late.refused) == (1, 0, 1)
    assert town.states() == ["cancelled", "refused"]
    assert town.standing() == []
    assert town.findings() == ["promised_not_booked"]


def test_a_part_that_is_found_when_both_were_given_up_is_taken_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    once_coloured(town, status=500)
    assert pampered(town.caller()).status == "pending"
    town.world.calcom.simulation.calendar.listener = None
    town.faults(path="bookings", method="POST", status=500, times=1)
    assert town.settle().waiting == 1  # Sent once more, and it has not landed.
    first = town.rows()[0]
    with town.runtime.database.of_company(first.company_id, write=True) as session:
        session.get_one(type(first), first.id).state = "unknown"

    others = given_up_once_found(town, monkeypatch)
    late = town.settle(seconds=120)

    assert (others[0].refused, late.confirmed, late.refused) == (1, 0, 1)
    assert town.states() == ["cancelled", "refused"]
    assert town.standing() == []
    assert town.findings() == ["promised_not_booked"]


def test_parts_whose_process_died_in_between_are_completed(town: Town):
    once_coloured(town, status=500)
    assert pampered(town.caller()).status == "pending"
    second = town.rows()[1]
    with town.runtime.database.of_company(second.company_id, write=True) as session:
        # As kill -9 leaves it: the first part stands, the second was never sent.
        session.get_one(type(second), second.id).state = "wished"

    assert town.settle(seconds=2).sent_again == 0
    assert town.settle().sent_again == 1
    assert town.standing() == BOTH


def test_it_is_one_appointment_to_the_caller(town: Town, booked: Caller):
    found = booked.asks("query_appointment")
    assert found.status == "found"
    (only,) = found.fields["appointments"]
    assert (only["service"], only["start"], only["end"]) == (
        "Verwöhnpaket",
        "2026-10-21T10:00:00+02:00",
        "2026-10-21T12:30:00+02:00",
    )
    assert booked.asks("cancel_appointment").status == "which_one"


def test_cancelling_cancels_every_part(town: Town, booked: Caller):
    answer = booked.cancels(DAY)
    assert answer.status == "cancelled"
    assert answer.fields["appointment"]["end"] == "2026-10-21T12:30:00+02:00"
    assert town.standing() == []
    assert town.states() == ["cancelled", "cancelled"]
    assert booked.cancels(DAY).status == "cancelled"


def test_a_cancellation_that_stops_half_way_is_finished(town: Town, booked: Caller):
    uid = town.rows()[1].uid
    town.faults(path=f"bookings/{uid}/cancel", method="POST", status=500, times=1)

    assert booked.cancels(DAY).status == "pending"
    assert town.states() == ["cancelled", "confirmed"]
    town.settle()

    assert town.states() == ["cancelled", "cancelled"]
    assert town.standing() == []


def test_a_part_that_was_cancelled_despite_a_refusal_is_cancelled(town: Town, booked: Caller):
    cancel = {"path": f"bookings/{town.rows()[0].uid}/cancel", "method": "POST", "times": 1}
    town.faults(mode="commit_then_500", status=409, **cancel)

    assert booked.cancels(DAY).status == "cancelled"
    assert town.standing() == []
    assert town.states() == ["cancelled", "cancelled"]


def test_a_cancellation_that_dies_half_way_is_made_as_a_whole_or_not_at_all(
    town: Town, booked: Caller, monkeypatch: pytest.MonkeyPatch
):
    written = outcomes._written

    def dies(session: Session, row: Appointment, *more: Any) -> bool:
        if row.id == town.rows()[1].id:
            raise SystemExit
        return written(session, row, *more)

    with monkeypatch.context() as dead:
        dead.setattr(outcomes, "_written", dies)
        with pytest.raises(SystemExit):
            booked.cancels(DAY)
    town.settle()

    assert town.states() == ["confirmed", "confirmed"]
    assert town.standing() == BOTH


def test_a_twin_of_a_cancellation_that_stopped_half_way_hears_that_it_is_noted(
    town: Town, booked: Caller, monkeypatch: pytest.MonkeyPatch
):
    uid = town.rows()[1].uid
    town.faults(path=f"bookings/{uid}/cancel", method="POST", status=500, times=1)
    the_one, twins = appointments.the_one, list[Answer]()

    def found(*asked: Any) -> tuple[Appointment, ...]:
        parts = the_one(*asked)
        monkeypatch.setattr(appointments, "the_one", the_one)
        twins.append(booked.cancels(DAY))
        return parts

    monkeypatch.setattr(appointments, "the_one", found)

    assert booked.cancels(DAY).status == "pending"
    assert [twin.status for twin in twins] == ["pending"]


def test_who_cancels_while_it_is_being_booked_gets_no_part_of_it(town: Town):
    caller, cancelled = town.caller(), list[Answer]()

    when_coloured(town, lambda _: cancelled.append(caller.cancels(DAY)))
    pampered(caller)
    for seconds in (60, 120):
        town.settle(seconds=seconds)

    assert [answer.status for answer in cancelled] == ["pending"]
    assert town.states() == ["cancelled", "cancelled"]
    assert town.standing() == []
    assert town.findings() == []


def test_a_composite_is_not_moved_by_voice_and_that_is_said(town: Town, booked: Caller):
    answer = booked.moves(DAY, "22.10.2026", "10:00")
    assert answer.status == "not_allowed"
    assert "bleibt bestehen" in answer.message
    assert town.standing() == BOTH


def test_it_counts_as_one_change_of_the_month(town: Town, booked: Caller):
    booked.cancels(DAY)
    rows = town.rows()
    assert [row.changes for row in rows] == [1, 1]
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        from askpro.store.models import Company

        session.get_one(Company, rows[0].company_id).policy = {"changes_per_month": 2}
    town.runtime.directory.changed()
    booked.books("Schneiden", DAY, "15:00")
    assert booked.cancels(DAY, time="15:00").status == "cancelled"


def test_other_clients_see_the_whole_and_its_parts(town: Town, booked: Caller):
    token = add_token(town.runtime, "salon", "test")
    headers = {"Authorization": f"Bearer {token}"}
    client = town.world.client
    second = town.rows()[1].id

    shown = client.get(f"/api/v2/bookings/{second}", headers=headers).get_json()

    assert shown["service"] == "Verwöhnpaket"
    assert [part["service"] for part in shown["parts"]] == ["Färben", "Schneiden"]
    assert client.get("/api/v2/bookings", headers=headers).get_json() == {"bookings": [shown]}
    assert client.delete(f"/api/v2/bookings/{second}", headers=headers).status_code == 200
    assert town.standing() == []


@pytest.mark.parametrize("gone", [0, 1])
def test_other_clients_cancel_what_the_host_has_left_of_it(town: Town, booked: Caller, gone: int):
    token = add_token(town.runtime, "salon", "test")
    headers = {"Authorization": f"Bearer {token}"}
    row = town.rows()[gone]
    town.runtime.calcom(town.runtime.directory.office(1)).cancel(row.uid, "Laden zu")
    ledger.move(town.runtime.database, row, now=town.runtime.clock.now(), state="cancelled")

    done = town.world.client.delete(f"/api/v2/bookings/{row.id}", headers=headers)

    assert (done.status_code, done.get_json()["status"]) == (200, "cancelled")
    assert town.standing() == []
    assert town.states() == ["cancelled", "cancelled"]
