"""Faults 1 and 2: processes that are killed lose nothing that was acknowledged and book nothing
twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import requests

from tests.counts import times
from tests.faults import truths
from tests.faults.cluster import SOON, UNLIMITED, Cluster, StartGateway, cluster
from tests.faults.crowd import Crowd, Memory, number_of, salons
from tests.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.on("postgresql")]

_SALONS = 8


@pytest.fixture
def running(gateway: StartGateway, database_url: str, redis_url: str) -> Iterator[Cluster]:
    with cluster(
        gateway,
        database_url,
        redis_url,
        workers=3,
        world=salons(_SALONS),
        webhooks=True,
        inbox_workers=2,
        **UNLIMITED,
        **SOON,
    ) as running:
        yield running


@pytest.mark.fault(
    1, f"{times(5, 200)} kills under load: four of five a web worker, else an inbox worker"
)
@pytest.mark.timeout(times(120, 1_800))
def test_kill_9_of_a_worker_under_load_loses_nothing(
    running: Cluster, record_property: Callable[[str, object], None]
):
    dice = random.Random(1)
    slowest = 0.0
    crowd = Crowd(running, _SALONS)
    with crowd.calling():
        eventually(lambda: len(crowd.memory.booked) >= 5, seconds=30, what="the first bookings")
        for number in range(times(5, 200)):
            known = len(crowd.memory.heard)
            if number % 5 == 4:
                _kill_an_inbox_worker(running)
            else:
                slowest = max(slowest, _kill_a_web_worker(running, dice))
            eventually(
                lambda heard=known: len(crowd.memory.heard) > heard + 3,
                seconds=10,
                what="an answer after the kill",
            )
            time.sleep(dice.uniform(0.05, 0.3))
    assert slowest < 2
    assert len(crowd.memory.booked) >= times(10, 300)
    truths.hold(running, crowd.memory)
    record_property("bookings meanwhile", f"{len(crowd.memory.booked):,}")
    record_property("slowest until it served again", f"{slowest:.2f} s")


def _kill_a_web_worker(running: Cluster, dice: random.Random) -> float:
    """Seconds until the gateway answers again; it has all of its workers soon after."""
    victim = dice.choice(running.gateway.workers())
    os.kill(victim, signal.SIGKILL)
    began = time.monotonic()
    eventually(lambda: _answers(running), seconds=10, what="an answer")
    answered = time.monotonic() - began
    eventually(
        lambda: victim not in (now := running.gateway.workers()) and len(now) == 3,
        seconds=10,
        what="the replacement of a worker",
    )
    return answered


def _answers(running: Cluster) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{running.gateway.url}/api/health", timeout=2).ok
    return False


def _kill_an_inbox_worker(running: Cluster) -> None:
    victim = running.gateway.inbox_workers.pop(0)
    victim.kill()
    victim.wait()
    running.gateway.start_inbox_worker()


@pytest.mark.full
@pytest.mark.fault(
    2, f"{times(2, 10)} bookings, every worker killed before Cal.com's answer arrives"
)
@pytest.mark.parametrize("webhooks", [False, True][: times(1, 2)])
@pytest.mark.timeout(times(120, 1_800))
def test_kill_9_between_calcoms_answer_and_our_commit_is_settled(
    gateway: StartGateway,
    database_url: str,
    redis_url: str,
    webhooks: bool,
    record_property: Callable[[str, object], None],
):
    """Cal.com has booked, and the worker dies before it hears so."""
    # With everything as it is shipped, a minute has to be enough.
    settings = {**UNLIMITED, **(SOON if times(1, 0) else {})}
    with cluster(
        gateway, database_url, redis_url, workers=2, world=salons(_SALONS), webhooks=webhooks,
        inbox_workers=1, **settings,
    ) as running:  # fmt: skip
        memory, slowest = Memory(), 0.0
        crowd = Crowd(running, _SALONS, threads=0)
        for number in range(times(2, 10)):
            _die_with_an_answer_on_its_way(running, crowd, number)
            began = time.monotonic()
            truths.settle(running, within=60)
            slowest = max(slowest, time.monotonic() - began)
        truths.hold(running, memory)
        ours = [b for b in running.bookings() if b["metadata"].get("gw_key")]
        assert len(ours) == times(2, 10)
        assert {b["status"] for b in ours} == {"accepted"}
    record_property("slowest settlement", f"{slowest:.0f} s")


def _die_with_an_answer_on_its_way(running: Cluster, crowd: Crowd, number: int) -> None:
    """Every worker is killed once Cal.com holds the booking and its answer."""
    running.faults(mode="commit_then_hang", path="/v2/bookings", method="POST", times=1)
    before = len(running.bookings())
    company, day, minutes = next(crowd.wishes)
    said = {"date": day.isoformat(), "time": f"{minutes // 60:02}:{minutes % 60:02}"}

    def book() -> None:
        with suppress(requests.RequestException):
            running.call(
                "book_appointment", {**said, "name": "Eva Muster"},
                call_id=f"call_killed_{number}", to=number_of(company),
            )  # fmt: skip

    with crowd.beside(book):
        eventually(lambda: len(running.bookings()) > before, seconds=15, what="the booking")
        for worker in running.gateway.workers():
            os.kill(worker, signal.SIGKILL)
    running.faults()
    eventually(lambda: _answers(running), seconds=10, what="an answer")
