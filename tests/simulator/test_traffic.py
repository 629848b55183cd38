from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from askpro.simulator.caller import CallResult
from askpro.simulator.cast import companies_of
from askpro.simulator.line import Connection
from askpro.simulator.traffic import MOST_AT_ONCE, Traffic
from askpro.simulator.world import read_world
from tests.simulator.calcom_world import NOW, clock
from tests.simulator.stub_gateway import StubGateway, stub_gateway


def _traffic(url: str, per_minute: float, seen: list[CallResult]) -> Traffic:
    companies = companies_of(read_world(None, NOW))
    return Traffic(Connection(url, "key", clock()), companies, per_minute, seen.append, seed=3)


def _until(done: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_callers_keep_coming_until_they_are_stopped() -> None:
    seen: list[CallResult] = []
    with stub_gateway() as gateway:
        traffic = _traffic(gateway.url, 1200, seen)
        traffic.start()
        _until(lambda: len(seen) >= 10)
        traffic.stop()
        calls = len(seen)
        time.sleep(0.2)
        assert len(seen) == calls >= 10
    assert len({result.company.key for result in seen}) == 2
    assert len({result.scenario for result in seen}) >= 3


def test_there_are_never_more_callers_at_once_than_the_house_holds() -> None:
    most = 0
    under_way = 0
    lock = threading.Lock()

    class SlowGateway(StubGateway):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            nonlocal most, under_way
            with lock:
                under_way += 1
                most = max(most, under_way)
            time.sleep(0.1)
            with lock:
                under_way -= 1
            return super().__call__(environ, start_response)

    seen: list[CallResult] = []
    with stub_gateway(SlowGateway()) as gateway:
        traffic = _traffic(gateway.url, 60_000, seen)
        traffic.start()
        _until(lambda: len(seen) >= 8)
        traffic.stop()
    assert 1 < most <= MOST_AT_ONCE
