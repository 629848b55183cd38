"""Fault 3: Redis restarts, forgets, is gone or hangs. Callers are booked as ever, the degraded mode
can be seen, and limits and breaker count together again afterwards."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.counts import times
from tests.faults import truths
from tests.faults.cluster import Cluster, StartGateway, a_weekday_ahead, cluster
from tests.faults.crowd import Crowd, number_of, salons
from tests.servers.redis import OwnRedis
from tests.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.on("postgresql")]

_SALONS = 6
_RESTARTS = times(2, 20)
_FLUSHES = times(3, 50)
_GONE_SECONDS = times(2, 60)
_HUNG_SECONDS = times(2, 30)
_PAUSE = times(300, 500) / 1000
#: The limits of a call are those that are shipped; those of a company would stop the crowd.
_SETTINGS = {
    "limit_webhook_per_minute": 10**6,
    "calcom_requests_per_minute": 10**6,
    "breaker_open_seconds": 2,
    "calcom_read_retries": 0,
    # Shipped with 80 ms; a machine that is short of breath must not look like an absent Redis.
    "redis_timeout_seconds": 0.25,
}


@pytest.fixture
def running(gateway: StartGateway, database_url: str, own_redis: OwnRedis) -> Iterator[Cluster]:
    with cluster(
        gateway, database_url, own_redis.url, workers=2, world=salons(_SALONS), webhooks=True,
        inbox_workers=2, **_SETTINGS,
    ) as running:  # fmt: skip
        yield running


@pytest.mark.full
@pytest.mark.fault(
    3,
    f"Redis under load: restarted {_RESTARTS} times, flushed {_FLUSHES} times, gone for "
    f"{_GONE_SECONDS} s, hung for {_HUNG_SECONDS} s",
)
@pytest.mark.timeout(times(120, 900))
def test_callers_are_booked_whatever_redis_does(
    running: Cluster, own_redis: OwnRedis, record_property: Callable[[str, object], None]
):
    crowd = Crowd(running, _SALONS, threads=4, pause=_PAUSE)
    recoveries = []
    with crowd.calling():
        crowd.await_more(crowd.memory.booked, "booking", least=3)
        for _ in range(_RESTARTS):
            own_redis.stop()
            own_redis.start()
            crowd.await_more(crowd.memory.booked, "booking", least=3)
        for _ in range(_FLUSHES):
            own_redis.flush()
            time.sleep(0.1)
        for trouble, seconds in ((_gone, _GONE_SECONDS), (_hung, _HUNG_SECONDS)):
            with trouble(own_redis):
                eventually(lambda: _cache(running) == "degraded", what="the degraded mode")
                eventually(lambda: _redis_up(running) == 0, what="the metric")
                crowd.await_more(crowd.memory.booked, "booking", least=3)
                time.sleep(seconds)
            began = time.monotonic()
            eventually(lambda: _is_whole(running), seconds=10, what="the end of the degraded mode")
            recoveries.append(time.monotonic() - began)
            crowd.await_more(crowd.memory.booked, "booking", least=3)
    _nobody_noticed(crowd)
    truths.hold(running, crowd.memory)
    _limits_count_together(running)
    _the_breaker_opens_for_all_and_closes(running)
    record_property("bookings", f"{len(crowd.memory.booked):,}, none failed")
    slowest = max(heard.seconds for heard in crowd.memory.heard)
    record_property("slowest answer", f"{slowest:.1f} s")
    record_property("slowest end of the degraded mode", f"{max(recoveries):.1f} s")


@contextmanager
def _gone(server: OwnRedis) -> Iterator[None]:
    server.stop()
    yield
    server.start()


@contextmanager
def _hung(server: OwnRedis) -> Iterator[None]:
    server.hang()
    yield
    server.thaw()


def _nobody_noticed(crowd: Crowd) -> None:
    assert crowd.memory.broken == 0
    assert {code for _, code in crowd.memory.codes} == {200}
    booked = [heard for heard in crowd.memory.heard if heard.function == "book_appointment"]
    assert {heard.answer["status"] for heard in booked} == {"booked"}


# -- what an operator sees -----------------------------------------------------------------------


def _cache(running: Cluster) -> str:
    checks = requests.get(f"{running.gateway.url}/api/health/detailed", timeout=5).json()["checks"]
    return str(checks["cache"]["status"])


def _redis_up(running: Cluster) -> float:
    """0 in the worker that happens to answer, once that has met the loss."""
    told = requests.get(f"{running.gateway.url}/metrics", timeout=5).text
    found = re.search(r"^askpro_redis_up(?:\{.*\})? (\S+)$", told, re.MULTILINE)
    assert found, told[:2000]
    return float(found[1])


def _is_whole(running: Cluster) -> bool:
    """Several looks, so that every worker has been asked."""
    return all(_cache(running) == "healthy" for _ in range(8))


# -- what counts together ------------------------------------------------------------------------


def _limits_count_together(running: Cluster) -> None:
    codes = Counter(
        running.call("list_services", {}, call_id="call_counted", to=number_of(1)).status_code
        for _ in range(15)
    )
    assert codes == {200: 10, 429: 5}


def _the_breaker_opens_for_all_and_closes(running: Cluster) -> None:
    def look(number: int) -> str:
        day = a_weekday_ahead(40 + 7 * number).isoformat()
        args = {"date": day, "time": "10:00"}
        return str(running.call("check_availability", args, to=number_of(2)).json()["status"])

    before = running.asked_of_calcom(path="/v2/slots")["total"]
    running.faults(status=500, error_share=1, path="/v2/slots")
    assert {look(number) for number in range(9)} == {"calendar_down"}
    assert running.asked_of_calcom(path="/v2/slots")["total"] - before == 5
    running.faults()
    eventually(lambda: look(9) == "available", seconds=10, what="the end of the open circuit")
