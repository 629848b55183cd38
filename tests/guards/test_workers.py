"""Several processes on one Redis: what one of them does, all of them keep to."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis

from tests.guards.workers import FREE, all_do, workers

pytestmark = pytest.mark.slow


def plain(url: str, key: str) -> str | None:
    """As an operator would read it."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return client.get(key)


def test_the_fifth_failure_anywhere_opens_the_circuit_for_all(redis_url: str):
    with workers(4, redis_url) as crowd:
        assert crowd[0].do("send") == "sent"
        assert plain(redis_url, "circuit_breaker:calcom_api:state") == "closed"
        for number, outcome in enumerate(["timeout", "timeout", "404", "timeout", "timeout"]):
            crowd[number % 4].do("send", outcome)
        assert plain(redis_url, "circuit_breaker:calcom_api:failures") == "4"
        crowd[2].do("send", "timeout")
        assert [worker.do("send") for worker in crowd] == ["CircuitOpen"] * 4
        assert plain(redis_url, "circuit_breaker:calcom_api:state") == "open"
        opened_at = plain(redis_url, "circuit_breaker:calcom_api:opened_at")
        assert abs(int(opened_at or 0) - time.time()) < 5
        assert crowd[1].do("send", "success", "read", "calcom_api:20") == "sent"
        # Told once, by the one whose request it was.
        assert [worker.do("transitions") for worker in crowd] == [[], [], ["open"], []]


def test_a_hundred_taken_slots_open_nothing(redis_url: str):
    with workers(2, redis_url, calcom_requests_per_minute=1000) as crowd:
        for number in range(100):
            assert crowd[number % 2].do("send", "taken") == "SlotTaken"
        assert plain(redis_url, "circuit_breaker:calcom_api:state") == "closed"


def test_exactly_one_of_fifty_requests_of_all_workers_probes(redis_url: str):
    with workers(4, redis_url, breaker_open_seconds=1) as crowd:
        for _ in range(5):
            crowd[0].do("send", "timeout")
        time.sleep(1.1)
        assert sum(all_do(crowd, "rush", 13)) == 1
        assert plain(redis_url, "circuit_breaker:calcom_api:state") == "half_open"


def test_a_probe_that_died_with_its_worker_is_given_up(redis_url: str):
    with workers(2, redis_url, breaker_open_seconds=1, breaker_probe_seconds=1) as crowd:
        for _ in range(5):
            crowd[0].do("send", "timeout")
        time.sleep(1.1)
        assert crowd[0].do("hold_a_permit") is True
        assert crowd[1].do("send") == "CircuitOpen"
        crowd[0].kill()
        time.sleep(1.1)
        assert crowd[1].do("send") == "sent"
        assert crowd[1].do("send") == "sent"
        assert plain(redis_url, "circuit_breaker:calcom_api:state") == "closed"
        assert plain(redis_url, "circuit_breaker:calcom_api:successes") == "0"


@pytest.mark.parametrize(
    ("functions", "allowed"),
    [
        (["check_availability"] * 15, 10),
        ([f"function_{n}" for n in range(15)], 20),
    ],
    ids=["of one function", "in a minute"],
)
def test_of_sixty_requests_of_one_call_exactly_the_allowed_ones_pass(
    redis_url: str, functions: list[str], allowed: int
):
    with workers(4, redis_url) as crowd:
        assert sum(all_do(crowd, "call", "call_a", functions)) == allowed
        assert sum(all_do(crowd, "call", "call_a", functions)) == 0
        assert crowd[3].do("call", "call_b", functions[:1]) == 1
        assert crowd[2].do("clear", "call_a")["cleared"] is True
        assert crowd[1].do("call", "call_a", functions[:1]) == 1


@pytest.mark.parametrize("seconds", [0.3, 2.5])
def test_two_hundred_identical_questions_are_one_fetch(
    redis_url: str, tmp_path: Path, seconds: float
):
    log = tmp_path / "fetches"
    with workers(4, redis_url) as crowd:
        outcomes = [each for some in all_do(crowd, "look", 50, str(log), seconds) for each in some]
    assert log.read_text() == "asked\n"
    assert outcomes.count("miss") == 1
    assert len(outcomes) == 200


def test_a_fetch_that_died_with_its_worker_is_taken_over(redis_url: str, tmp_path: Path):
    log = tmp_path / "fetches"
    with workers(2, redis_url) as crowd:
        crowd[0].begin("look", 1, str(log), 60)
        while not log.exists():
            time.sleep(0.01)
        crowd[1].begin("look", 5, str(log), 0)
        time.sleep(0.2)
        crowd[0].kill()
        begun = time.monotonic()
        outcomes = crowd[1].answer()
        assert time.monotonic() - begun < 3.5, "the others waited for the dead one's answer"
    assert outcomes.count("miss") == 1
    assert log.read_text() == "asked\n" * 2


def test_a_booking_in_one_worker_is_never_followed_by_an_offer_in_another(redis_url: str):
    with workers(2, redis_url, calcom_requests_per_minute=1000) as crowd:
        assert crowd[0].do("first_slot") == FREE[0]
        assert crowd[1].do("book") == FREE[1]
        assert crowd[0].do("first_slot") == FREE[1]


def test_of_two_callers_for_one_slot_exactly_one_gets_it(redis_url: str):
    with workers(2, redis_url) as crowd:
        crowd[0].begin("race", 200, "a")
        crowd[1].begin("race", 200, "b")
        won = [set(crowd[0].answer()), set(crowd[1].answer())]
    assert not won[0] & won[1]
    assert won[0] | won[1] == set(range(200))


def test_no_window_ever_sees_more_requests_than_calcom_allows(redis_url: str):
    """Arrivals are delayed at random, as the wire would: what counts is what Cal.com sees."""
    rules = {
        "requests": 30,
        "kept_for_writes": 10,
        "kept_for_callers": 10,
        "window_seconds": 1.0,
        "lease_seconds": 5,
    }
    wanted = ["read"] * 6 + ["background"] * 3 + ["write"] * 3
    with workers(3, redis_url) as crowd:
        arrived = sorted(
            each for some in all_do(crowd, "flood", 6.0, wanted, rules) for each in some
        )
    moments = [moment for moment, _ in arrived]
    fullest = max(
        sum(1 for other in moments if moment <= other < moment + 1.0) for moment in moments
    )
    assert fullest <= 30
    kinds = [kind for _, kind in arrived]
    assert len(arrived) > 60, "the window never slid"
    # Two thirds may be read; what is kept for writes was there for them all the time.
    assert kinds.count("write") > kinds.count("background")


def test_three_hundred_wanted_requests_leave_forty_of_a_hundred_and_twenty_to_writes(
    redis_url: str,
):
    rules = {"requests": 120, "kept_for_writes": 40, "window_seconds": 60, "lease_seconds": 5}
    with workers(3, redis_url) as crowd:
        reads = [
            each for some in all_do(crowd, "flood", 1.5, ["read"] * 20, rules) for each in some
        ]
        writes = [
            each for some in all_do(crowd, "flood", 1.5, ["write"] * 10, rules) for each in some
        ]
    assert (len(reads), len(writes)) == (80, 40)
