"""What only shows with many companies, many requests, or callers as the demo has them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psutil
import requests

from askpro.clock import Clock
from askpro.simulator.cast import companies_of
from askpro.simulator.line import Connection
from askpro.simulator.traffic import Traffic
from benchmarks.availability import slice_of, warm
from benchmarks.load import load
from benchmarks.rows import Row, middle
from benchmarks.stage import Stage
from benchmarks.traffic import FUNCTION, RETELL_KEY, questions, world
from tests.servers.gateway import Gateway

_MANY = 10_000
_FEW = 2
_ROUNDS = 5


def growth(stage: Stage, seconds: float) -> Iterator[Row]:
    """The same requests to two gateways, in turn: to the same two companies, of two or of many."""
    with stage.gateway(_FEW) as (small, _), stage.gateway(_MANY) as (large, _):
        ratios, rates = [], []
        for gateway in (small, large):
            warm(stage, gateway, companies=_FEW)
        for _ in range(_ROUNDS):
            few = slice_of(stage, small.url + FUNCTION, seconds, exact=False, companies=_FEW)
            many = slice_of(stage, large.url + FUNCTION, seconds, exact=False, companies=_FEW)
            ratios.append(many.rate / few.rate)
            rates.append(many.rate)
    yield Row(
        f"availability with {_MANY:,} companies",
        middle(ratios),
        f"of that with {_FEW}",
        "at least",
        0.9,
        f"{middle(rates):.0f}/s",
    )


def memory(stage: Stage, seconds: float) -> Iterator[Row]:
    """What a worker's memory grows by, after it has warmed up."""
    with stage.gateway(4) as (gateway, _):
        warm(stage, gateway)
        asked = questions(200_000, 4, datetime.now(UTC).date(), exact=False)
        half = len(asked) // 2
        file = stage.folder / "bodies"
        load(gateway.url + FUNCTION, asked[:half], file, seconds=seconds * 3)
        before, workers = _resident(gateway), gateway.workers()
        done = load(gateway.url + FUNCTION, asked[half:], file, seconds=seconds * 5)
        after = _resident(gateway)
        note = f"{done.answers} more requests, {len(workers)} workers, {after:.0f} MB in all"
    yield Row(
        "memory of the workers, grown by", (after / before - 1) * 100, "%", "at most", 5, note
    )


def saving(stage: Stage, seconds: float) -> Iterator[Row]:
    """Callers as the demo has them, only faster: how many slot questions Cal.com never heard."""
    with stage.gateway(2) as (gateway, _):
        connection = Connection(gateway.url, RETELL_KEY, Clock(), simulator_url=None)
        finished: list[object] = []
        lock = threading.Lock()

        def note(result: object) -> None:
            with lock:
                finished.append(result)

        traffic = Traffic(connection, companies_of(world(2)), 600, note, seed=1)
        traffic.start()
        time.sleep(seconds * 10)
        traffic.stop()
        time.sleep(4)  # The workers add their figures every two seconds.
        text = requests.get(f"{gateway.url}/metrics", timeout=10).text
    questions_of = {
        outcome: _value(text, f'askpro_slot_questions_total{{outcome="{outcome}"}}')
        for outcome in ("hits", "misses", "stale")
    }
    asked = sum(questions_of.values())
    if not asked:
        raise RuntimeError("nobody asked for free times")
    yield Row(
        "Cal.com requests saved by the cache",
        (asked - questions_of["misses"]) / asked * 100,
        "%",
        "at least",
        80,
        f"{asked:.0f} questions in {len(finished)} calls to two companies, bookings among them",
    )


def _value(text: str, name: str) -> float:
    for line in text.splitlines():
        if line.startswith(name):
            return float(line.rpartition(" ")[2])
    return 0.0


def _resident(gateway: Gateway) -> float:
    """MB of all workers, pages that they share counted in each."""
    return sum(psutil.Process(pid).memory_info().rss for pid in gateway.workers()) / 1e6
