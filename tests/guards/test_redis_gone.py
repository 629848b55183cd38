"""Redis leaves while four workers serve: nothing fails, nothing waits, and everybody comes back."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest

from tests.counts import times
from tests.guards.workers import FREE, Worker, all_do, workers
from tests.servers.redis import OwnRedis
from tests.waiting import eventually

pytestmark = pytest.mark.faults

SECONDS = 5.0
#: Milliseconds of Redis in one request. The promise is 100; on a busy machine a thread may be late
#: to notice that its time is over.
LONGEST = times(2000, 300)


def killed(server: OwnRedis) -> None:
    server.stop(9)
    time.sleep(1.5)
    server.start()


def hung(server: OwnRedis) -> None:
    server.hang()
    time.sleep(1.5)
    server.thaw()


def flushed(server: OwnRedis) -> None:
    for _ in range(10):
        server.flush()
        time.sleep(0.1)


def restarted(server: OwnRedis) -> None:
    for _ in range(3):
        server.stop()
        server.start()
        time.sleep(0.3)


@pytest.mark.fault(
    3,
    f"four workers' guards under load, {SECONDS:g} s each: killed, hung, flushed, restarted",
)
@pytest.mark.parametrize("fault", [killed, hung, flushed, restarted][: times(1, 4)])
def test_nothing_fails_and_nothing_waits(own_redis: OwnRedis, fault: Callable[[OwnRedis], None]):
    limits = {
        "limit_webhook_per_minute": 10**9,
        "calcom_requests_per_minute": 10**7,
        "redis_timeout_seconds": 0.08,
    }
    with workers(4, own_redis.url, **limits) as crowd:
        for worker in crowd:
            worker.begin("serve", SECONDS, 4)
        time.sleep(1)
        fault(own_redis)
        served = [worker.answer() for worker in crowd]
        assert [each["failed"] for each in served] == [[]] * 4
        assert all(each["served"] > 100 for each in served)
        assert max(each["waits"][-1] for each in served) < LONGEST
        came_back(crowd)


def all_healthy(crowd: list[Worker]) -> None:
    """Within the promised five seconds."""
    eventually(lambda: all(status["healthy"] for status in all_do(crowd, "status")))


def came_back(crowd: list[Worker]) -> None:
    """Within five seconds all workers count together again."""
    all_healthy(crowd)
    for number in range(5):
        crowd[number % 4].do("send", "timeout")
    assert all_do(crowd, "send") == ["CircuitOpen"] * 4
    calls = itertools.count()

    def counted_together() -> bool:
        call = f"call_new_{next(calls)}"
        return sum(all_do(crowd, "call", call, ["list_services"] * 5)) == 10

    eventually(counted_together, seconds=times(15, 5), what="one count of all")


def test_the_budget_is_divided_while_redis_is_gone_and_added_up_afterwards(own_redis: OwnRedis):
    rules = {"calcom_requests_per_minute": 40, "calcom_requests_kept_for_writes": 0}
    with workers(4, own_redis.url, calcom_requests_kept_for_callers=0, **rules) as crowd:
        own_redis.stop()
        sent = [[worker.do("send") for _ in range(15)].count("sent") for worker in crowd]
        assert sent == [10] * 4
        own_redis.start()
        all_healthy(crowd)
        assert all_do(crowd, "send") == ["BudgetSpent"] * 4


def test_a_circuit_that_was_open_stays_open_when_redis_goes(own_redis: OwnRedis):
    with workers(2, own_redis.url) as crowd:
        for _ in range(5):
            crowd[0].do("send", "timeout")
        assert all_do(crowd, "send") == ["CircuitOpen"] * 2
        own_redis.stop()
        assert all_do(crowd, "send") == ["CircuitOpen"] * 2


def test_what_was_booked_without_redis_is_not_offered_when_it_is_back(own_redis: OwnRedis):
    with workers(2, own_redis.url, redis_timeout_seconds=0.08) as crowd:
        assert crowd[1].do("first_slot") == FREE[0]
        # It hangs, so that what it has cached is still there afterwards.
        own_redis.hang()
        assert crowd[0].do("book") == FREE[1]
        own_redis.thaw()
        all_healthy(crowd)
        # The other worker never noticed the outage: it was told through Redis.
        assert crowd[1].do("first_slot_now") == FREE[1]
