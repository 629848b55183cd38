"""Rounds over what waits for Cal.com: in turns, and not for ever."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from askpro.errors import BudgetSpent, CalcomError, CalcomUnreachable
from askpro.services import rounds
from askpro.services.directory import Office
from askpro.services.rounds import Waiting
from askpro.services.runtime import Runtime
from tests.clocks import StoppedClock

ROWS = [Waiting(id, company, None) for id, company in enumerate((1, 1, 1, 2), start=1)]


def test_companies_take_turns_and_what_a_round_does_not_come_to_waits(
    office: Runtime, office_clock: StoppedClock
):
    done: list[int] = []

    def slowly(_: Office, row: Waiting) -> None:
        done.append(row.id)
        office_clock.advance(seconds=20)

    assert rounds.work_off(office, ROWS, slowly, work="a test") == 2
    assert done == [1, 4]


@pytest.mark.parametrize(
    ("error", "tried"), [(BudgetSpent(), [1]), (CalcomUnreachable(), [1, 4, 2, 3])]
)
def test_an_account_that_may_not_send_is_left_alone_and_a_failure_is_its_own_rows(
    office: Runtime, error: CalcomError, tried: list[int]
):
    asked: list[int] = []

    def in_vain(_: Office, row: Waiting) -> None:
        asked.append(row.id)
        raise error

    assert rounds.work_off(office, ROWS, in_vain, work="a test") == 4
    assert asked == tried


def test_a_round_ends_when_the_database_is_away(office: Runtime):
    def gone(_: Office, row: Waiting) -> None:
        raise OperationalError("SELECT", {}, Exception(f"row {row.id}"))

    with pytest.raises(OperationalError, match="row 1"):
        rounds.work_off(office, ROWS, gone, work="a test")
