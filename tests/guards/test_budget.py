"""The requests of one account: never more than Cal.com allows, and the urgent ones first."""

from __future__ import annotations

import pytest

from askpro.errors import BudgetSpent, CalcomRateLimited, CircuitOpen
from askpro.guards.circuits import Circuits
from askpro.guards.permits import CircuitRules, Kind, Settlement
from tests.guards.conftest import Ground
from tests.guards.test_breaker import Calendar, Make


def used_up(office: Circuits, kind: Kind, *, name: str = "calcom_api", most: int = 1000) -> int:
    """How many requests of that kind may leave until none may."""
    for sent in range(most):
        try:
            office.settle(office.acquire(name, kind), Settlement("success"))
        except BudgetSpent:
            return sent
    return most


def test_reads_leave_forty_of_a_hundred_and_twenty_to_writes(circuits: Make):
    office = circuits()
    assert used_up(office, "read") == 80
    assert used_up(office, "write") == 40
    assert used_up(office, "write") == 0


def test_background_work_gets_the_least(circuits: Make):
    office = circuits()
    assert used_up(office, "background") == 40
    assert used_up(office, "read") == 40
    assert used_up(office, "write") == 40


def test_every_account_has_a_budget_of_its_own(circuits: Make):
    office = circuits(requests=3, kept_for_writes=0)
    assert used_up(office, "write") == 3
    assert used_up(office, "write", name="calcom_api:20") == 3


def test_the_window_slides(ground: Ground, circuits: Make):
    office = circuits(requests=4, kept_for_writes=0, window_seconds=0.6)
    assert used_up(office, "write", most=2) == 2
    ground.wait(0.35)
    assert used_up(office, "write") == 2
    ground.wait(0.35)
    assert used_up(office, "write") == 2


def test_a_refusal_says_when_it_makes_sense_to_ask_again(ground: Ground, circuits: Make):
    office = circuits(requests=2, kept_for_writes=0, window_seconds=30)
    used_up(office, "write")
    with pytest.raises(BudgetSpent) as refused:
        office.acquire("calcom_api", "write")
    assert 29 <= refused.value.retry_seconds <= 30
    assert refused.value.maybe_done is False


def test_a_request_counts_until_a_window_after_it_ended(ground: Ground, circuits: Make):
    """On the wire it may be slow: Cal.com's window may begin when ours began long ago."""
    office = circuits(requests=1, kept_for_writes=0, window_seconds=0.4, lease_seconds=9)
    permit = office.acquire("calcom_api", "write")
    ground.wait(0.5)
    assert used_up(office, "write") == 0
    office.settle(permit, Settlement("success"))
    ground.wait(0.2)
    assert used_up(office, "write") == 0
    ground.wait(0.3)
    assert used_up(office, "write") == 1


def test_a_request_whose_worker_died_counts_until_its_lease_is_over(ground: Ground, circuits: Make):
    office = circuits(requests=1, kept_for_writes=0, window_seconds=0.2, lease_seconds=0.3)
    office.acquire("calcom_api", "write")
    ground.wait(0.35)
    assert used_up(office, "write") == 0
    ground.wait(0.25)
    assert used_up(office, "write") == 1


def test_a_request_that_never_left_is_given_back(circuits: Make):
    office = circuits(requests=1, kept_for_writes=0)
    office.settle(office.acquire("calcom_api", "write"), Settlement("unsent"))
    assert used_up(office, "write") == 1


def test_an_open_circuit_uses_up_nothing(circuits: Make):
    calendar = Calendar(circuits(failures=1))
    calendar.fail()
    used = calendar.circuits.snapshots()[0].used
    with pytest.raises(CircuitOpen):
        calendar.send(kind="read")
    assert calendar.circuits.snapshots()[0].used == used == 1


def test_a_spent_budget_uses_up_no_probe(ground: Ground, circuits: Make):
    office = circuits(failures=1, requests=1, kept_for_writes=0)
    Calendar(office).fail()
    ground.wait(0.35)
    with pytest.raises(BudgetSpent):
        office.acquire("calcom_api", "read")
    assert office.status()[0]["state"] == "open"


def test_a_429_blocks_the_account_for_as_long_as_calcom_says(ground: Ground, circuits: Make):
    calendar = Calendar(circuits())
    calendar.fail(1, CalcomRateLimited(reset_seconds=1))
    assert used_up(calendar.circuits, "write") == 0
    ground.wait(1.05)
    calendar.succeed()


def test_what_calcom_says_is_left_counts_when_it_is_less(ground: Ground, circuits: Make):
    office = circuits()
    breaker = office.of("calcom_api")

    @breaker
    def send(kind: Kind, remaining: int) -> None:
        breaker.note_headers(remaining, 1)

    send(kind="write", remaining=500)
    assert office.snapshots()[0].granted is None
    send(kind="write", remaining=43)
    assert used_up(office, "read") == 3
    assert used_up(office, "write") == 40
    ground.wait(1.05)
    assert used_up(office, "read") > 0


def test_an_account_that_calcom_says_is_used_up_waits(ground: Ground, circuits: Make):
    office = circuits()
    breaker = office.of("calcom_api")

    @breaker
    def send(kind: Kind) -> None:
        breaker.note_headers(0, 1)

    send(kind="read")
    assert used_up(office, "write") == 0
    [seen] = office.snapshots("calcom_api")
    assert (seen.used, seen.granted) == (1, 0)
    ground.wait(1.05)
    send(kind="read")


def test_headers_without_a_request_are_a_mistake(circuits: Make):
    with pytest.raises(RuntimeError, match="on its way"):
        circuits().of("calcom_api").note_headers(3, 1)


def test_permits_that_came_along_are_used_first_and_given_back_at_the_end(circuits: Make):
    office = circuits(requests=2, kept_for_writes=0)
    permits = [office.acquire("calcom_api", "write") for _ in range(2)]
    for permit in permits:
        office.carry(permit)
    calendar = Calendar(office)
    calendar.send(kind="write")
    assert office.snapshots()[0].used == 2
    office.give_back()
    assert office.snapshots()[0].used == 1


def test_workers_that_cannot_count_together_divide_the_budget():
    share = CircuitRules().share(4)
    assert (share.requests, share.reserves["read"], share.reserves["background"]) == (30, 10, 20)
    assert CircuitRules(requests=2, kept_for_writes=1).share(9).requests == 1
    assert CircuitRules().share(1) == CircuitRules()
