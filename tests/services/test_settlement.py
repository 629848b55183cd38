"""The settlement's rounds: nobody's booking waits for another one's trouble."""

from __future__ import annotations

import pytest

from askpro.services import actions
from askpro.services.audit import COMMAND_LINE
from askpro.store.models import Appointment, Company
from tests.town import BAVARIA, Caller, Town

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
