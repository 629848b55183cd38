"""Workers that come and go behind nginx under load: callers do not notice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.counts import times
from tests.deploy.conftest import Wall
from tests.deploy.releasing import Callers
from tests.servers.gateway import Gateway
from tests.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.on("sqlite")]

#: Unsigned calls are refused with 401, which takes a whole worker and needs no company.
FUNCTIONS = "/api/webhooks/retell/function"


@pytest.fixture
def running(gateway: Callable[..., Gateway], redis_url: str) -> Gateway:
    return gateway(
        web_concurrency=2,
        redis_url=redis_url,
        trusted_proxies=1,
        # Many more refusals a minute than one address would be given.
        limit_address_per_minute=10**6,
    )


@pytest.fixture
def callers(running: Gateway, wall: Callable[..., Wall]) -> Callers:
    return Callers(wall(running.port), path=FUNCTIONS, threads=4)


def _both(running: Gateway, *, without: set[int]) -> set[int]:
    """The two workers, once neither is one of ``without``."""
    return eventually(
        lambda: len(found := set(running.workers()) - without) == 2 and found,
        seconds=20,
        what="the change of workers",
    )


@pytest.mark.fault(16, f"{times(3, 20)} reloads under load behind nginx")
def test_reloads_cost_no_request(running: Gateway, callers: Callers):
    with callers:
        for _ in range(times(3, 20)):
            before = _both(running, without=set())
            running.process.send_signal(signal.SIGHUP)
            _both(running, without=before)
    assert callers.failures == []
    assert {answer["status"] for answer in callers.answers} == {"unauthorized"}


@pytest.mark.fault(16, f"{times(10, 200)} killed workers under load behind nginx")
def test_killed_workers_cost_no_request_but_an_answer_that_had_begun(
    running: Gateway, callers: Callers
):
    with callers:
        for _ in range(times(10, 200)):
            killed = min(_both(running, without=set()))
            os.kill(killed, signal.SIGKILL)
            _both(running, without={killed})
            answered = len(callers.answers)
            eventually(lambda heard=answered: len(callers.answers) > heard + 20, seconds=20)
    assert [failure for failure in callers.failures if "IncompleteRead" not in failure] == []
    assert {answer["status"] for answer in callers.answers} == {"unauthorized"}
