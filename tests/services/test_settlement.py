"""The settlement's rounds: nobody's booking waits for another one's trouble."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from askpro.providers.calcom import Booking
from askpro.services import actions, booking, sending, together
from askpro.services.audit import COMMAND_LINE
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.services.sending import Outcome
from askpro.store.models import Appointment, Company
from tests.town import BAVARIA, COLOUR, CUT, Caller, Town

DAY = "21.10.2026"
#: More than any round would take of the oldest rows.
MANY = 120


def in_doubt(town: Town, *callers: Caller) -> None:
    """Each booked, and nobody knows whether it came about: it did."""
    for hour, caller in enumerate(callers, start=10):
        town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
        assert caller.books("Schneiden", DAY, f"{hour}:00").status == "pending"


def many_more(town: Town, row: Appointment) -> list[int]:
    """Copies of the row, older than it; their ids."""
    names = {each.key for each in Appointment.__table__.columns} - {"id"}
    values = {name: getattr(row, name) for name in names}
    copies = [Appointment(**values) for _ in range(MANY)]
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        for number, copy in enumerate(copies):
            copy.key = f"{row.key}:{number}"
            copy.updated_at = row.updated_at.replace(year=2025)
        session.add_all(copies)
    return [copy.id for copy in copies]


def doubts(town: Town) -> set[int]:
    return {row.id for row in town.rows() if row.state == "unknown"}


def test_a_row_that_nobody_can_read_holds_nobody_up(town: Town, caplog: pytest.LogCaptureFixture):
    in_doubt(town, town.caller(), town.caller())
    town.garbles("appointments", "attendee_name", 1)

    settled = town.settle()

    assert (settled.confirmed, settled.waiting) == (1, 1)
    told = [record for record in caplog.records if record.name == "askpro.services.rounds"]
    assert [(record.row_id, record.error) for record in told] == [(1, "InvalidToken")]


def test_what_nobody_can_read_can_be_given_up(town: Town):
    in_doubt(town, town.caller())
    town.garbles("appointments", "attendee_name", 1)

    actions.give_up_booking(town.runtime, COMMAND_LINE, 1, 1, "nobody can read it")

    assert town.findings() == ["promised_not_booked"]
    assert town.settle().waiting == 0


def test_more_rows_of_one_company_than_a_round_takes_hold_nobody_up(town: Town):
    in_doubt(town, town.caller(), town.caller(to=BAVARIA))
    broken = many_more(town, town.rows()[0])
    for row_id in broken:
        town.garbles("appointments", "attendee_name", row_id)

    settled = town.settle()

    assert (settled.confirmed, settled.waiting) == (2, MANY)


def test_an_account_whose_circuit_is_open_holds_nobody_up(
    town: Town, caplog: pytest.LogCaptureFixture
):
    in_doubt(town, town.caller(), town.caller(to=BAVARIA))
    many_more(town, town.rows()[0])
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        session.get_one(Company, 1).calcom_api_key = "cal_of_the_salon"
    town.runtime.directory.changed()
    town.runtime.guards.circuits.force_open("calcom_api:1")
    caplog.set_level("INFO", "askpro.services.rounds")

    settled = town.settle()

    assert (settled.confirmed, settled.waiting) == (1, MANY + 1)
    told = [each.error for each in caplog.records if each.name == "askpro.services.rounds"]
    assert told == ["CircuitOpen"]


def test_an_operator_who_looks_one_booking_up_waits_for_no_other(town: Town):
    in_doubt(town, town.caller(), town.caller())

    state = actions.look_up_booking(town.runtime, COMMAND_LINE, 1, 2, "they ask")

    assert state == "confirmed"
    assert town.states() == ["unknown", "confirmed"]


# -- two at once -----------------------------------------------------------------------------------


def missed(town: Town) -> None:
    """One booking that Cal.com did not make; nobody knows that yet."""
    town.faults(path="bookings", method="POST", status=500, times=1)
    assert town.caller().books("Schneiden", DAY, "10:00").status == "pending"


def at_the_same_time(times: int, patch: pytest.MonkeyPatch) -> None:
    """So many rounds find nothing at Cal.com before any of them goes on."""
    together = Barrier(times)
    find = sending.find_by_key

    def found(runtime: Runtime, office: Office, row: Appointment) -> Booking | None:
        booking = find(runtime, office, row)
        with suppress(BrokenBarrierError):
            together.wait(5)
        return booking

    patch.setattr(sending, "find_by_key", found)


def test_two_rounds_that_miss_the_same_booking_send_it_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    missed(town)

    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as rounds:
        at_the_same_time(2, patch)
        first, second = rounds.map(lambda _: town.settle(), range(2))

    assert (first.sent_again + second.sent_again, first.refused + second.refused) == (1, 0)
    assert first.waiting + second.waiting == 1
    assert town.states() == ["confirmed"]
    assert town.standing() == [("2026-10-21 10:00", CUT)]
    assert town.findings() == []


def test_a_round_that_gives_up_leaves_what_another_one_found(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    missed(town)
    town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
    assert town.settle().waiting == 1  # Sent once more, and it has landed.
    find = sending.find_by_key

    def missed_again(runtime: Runtime, office: Office, row: Appointment) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(sending, "find_by_key", find)
            assert town.settle(seconds=120).confirmed == 1

    monkeypatch.setattr(sending, "find_by_key", missed_again)
    late = town.settle(seconds=120)

    assert (late.refused, late.waiting) == (0, 1)
    assert town.states() == ["confirmed"]
    assert town.findings() == []


def test_what_is_sent_when_it_was_given_up_meanwhile_is_not_sent(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    send = together.send

    def slow(*args: Any, **more: Any) -> Outcome:
        assert town.settle().refused == 1  # It was left alone for too long.
        return send(*args, **more)

    monkeypatch.setattr(together, "send", slow)

    assert town.caller().books("Schneiden", DAY, "10:00").status == "unavailable"
    assert town.states() == ["refused"]
    assert town.standing() == []


# -- a wish whose process died ---------------------------------------------------------------------


def asked_and_died(caller: Caller, patch: pytest.MonkeyPatch, service: str) -> None:
    """The process ended between the wish and Cal.com; whoever asks again waits but briefly."""

    def dies(*_: Any, **__: Any) -> None:
        raise SystemExit

    patch.setattr(booking, "_PATIENCE_SECONDS", 0.1)
    with patch.context() as dead:
        dead.setattr(together, "send", dies)
        with pytest.raises(SystemExit):
            caller.books(service, DAY, "10:00")


@pytest.mark.parametrize(
    ("service", "booked"),
    [
        ("Schneiden", [("2026-10-21 10:00", CUT)]),
        ("Verwöhnpaket", [("2026-10-21 10:00", COLOUR), ("2026-10-21 12:00", CUT)]),
    ],
)
def test_a_wish_that_the_caller_was_told_is_noted_is_booked(
    town: Town, monkeypatch: pytest.MonkeyPatch, service: str, booked: list[tuple[str, int]]
):
    caller = town.caller()
    asked_and_died(caller, monkeypatch, service)

    again = caller.books(service, DAY, "10:00")

    assert again.status == "pending"
    assert town.settle().sent_again == 1
    assert town.standing() == booked
    assert set(town.states()) == {"confirmed"}
    assert caller.books(service, DAY, "10:00").status == "booked"


def test_when_it_cannot_be_booked_any_more_an_operator_calls(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    caller = town.caller()
    asked_and_died(caller, monkeypatch, "Schneiden")
    assert caller.books("Schneiden", DAY, "10:00").status == "pending"
    town.runtime.guards.holds.release(1, caller.call_id)
    assert town.caller().books("Schneiden", DAY, "10:00").status == "booked"

    assert town.settle().refused == 1

    assert town.findings() == ["promised_not_booked"]


def test_a_wish_that_was_slow_to_leave_is_booked_once(town: Town, monkeypatch: pytest.MonkeyPatch):
    caller = town.caller()
    send = together.send
    monkeypatch.setattr(booking, "_PATIENCE_SECONDS", 0.1)

    def slow(*args: Any, **more: Any) -> Outcome:
        monkeypatch.setattr(together, "send", send)
        assert caller.books("Schneiden", DAY, "10:00").status == "pending"
        return send(*args, **more)

    monkeypatch.setattr(together, "send", slow)

    assert caller.books("Schneiden", DAY, "10:00").status == "pending"
    assert town.standing() == []
    assert town.settle().sent_again == 1
    assert town.standing() == [("2026-10-21 10:00", CUT)]
