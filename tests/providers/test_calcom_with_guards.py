"""The client inside the real circuit and budget of its account, in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from askpro.clock import Clock
from askpro.errors import (
    BudgetSpent,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomUnavailable,
    CircuitOpen,
    SlotTaken,
)
from askpro.guards.circuits import Circuits
from askpro.guards.permits import CircuitRules
from askpro.guards.redis_link import RedisLink
from askpro.providers.calcom import CalcomClient, NewBooking
from tests.providers.stub import Stub, answer, failure, success

START = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
NEW = NewBooking(7, START, "Torben", "Europe/Berlin", email="t@example.com")
TAKEN = failure(400, "User either already has booking at this time or is not available")


def circuits(**rules: int) -> Circuits:
    clock = Clock()
    return Circuits(RedisLink(None, clock=clock), CircuitRules(**rules), clock)


def test_five_failed_attempts_open_the_circuit_and_nothing_leaves(
    make_client: Callable[..., CalcomClient], stub: Stub
) -> None:
    client = make_client(circuit=circuits().of("calcom_api"))
    stub.will(answer(503, b""))
    for _ in range(2):
        with pytest.raises(CalcomUnavailable):
            client.slots(7, START, START)
    assert len(stub.requests) == 5
    with pytest.raises(CircuitOpen) as opened:
        client.book(NEW)
    assert 0 < opened.value.retry_seconds <= 60
    assert len(stub.requests) == 5


def test_answers_of_business_do_not_open_it(
    make_client: Callable[..., CalcomClient], stub: Stub
) -> None:
    client = make_client(circuit=circuits().of("calcom_api"))
    stub.will(TAKEN)
    for _ in range(8):
        with pytest.raises(SlotTaken):
            client.book(NEW)
    stub.will(answer(404, {"message": "x"}))
    for _ in range(8):
        with pytest.raises(CalcomNotFound):
            client.slots(7, START, START)
    stub.will(success({}))
    assert client.slots(7, START, START) == []


def test_the_budget_keeps_its_rest_for_bookings(
    make_client: Callable[..., CalcomClient], stub: Stub
) -> None:
    client = make_client(circuit=circuits(requests=6, kept_for_writes=2).of("calcom_api"))
    stub.will(success({}))
    for _ in range(4):
        client.slots(7, START, START)
    with pytest.raises(BudgetSpent):
        client.slots(7, START, START)
    stub.will(TAKEN)
    with pytest.raises(SlotTaken):
        client.book(NEW)
    assert len(stub.requests) == 5


def test_a_rate_limit_silences_its_account_only(
    make_client: Callable[..., CalcomClient], stub: Stub
) -> None:
    both = circuits()
    client = make_client(circuit=both.of("calcom_api"))
    other = make_client(circuit=both.of("calcom_api:15"))
    stub.will(answer(429, {"message": "x"}, {"X-RateLimit-Reset-Default": "37"}), success({}))
    with pytest.raises(CalcomRateLimited):
        client.slots(7, START, START)
    with pytest.raises(BudgetSpent) as blocked:
        client.book(NEW)
    assert 30 <= blocked.value.retry_seconds <= 37
    assert other.slots(7, START, START) == []
