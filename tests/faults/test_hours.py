"""Fault 17: two hours of callers. Memory stays where it was, and no connection is left behind.

``ASKPRO_NIGHTLY_SECONDS`` and ``ASKPRO_NIGHTLY_RATE`` (requests a second) say how long, how much.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil
import pytest
import redis as redis_client
from sqlalchemy import text

from tests.faults import truths
from tests.faults.cluster import UNLIMITED, Cluster, StartGateway, cluster
from tests.faults.crowd import Crowd, salons
from tests.waiting import eventually

pytestmark = [pytest.mark.nightly, pytest.mark.on("postgresql")]

SECONDS = float(os.environ.get("ASKPRO_NIGHTLY_SECONDS", "7200"))
RATE = float(os.environ.get("ASKPRO_NIGHTLY_RATE", "20"))
_SALONS = 20
_WORKERS = 2
#: A call is three events, a question, a booking and a cancellation. Everybody cancels: as many
#: appointments stand at the end as at the beginning, and each worker knows those that stand.
_REQUESTS_A_CALL = 6
#: Caches fill, pools open: memory is compared with what it was after that.
_WARM_UP = min(600.0, SECONDS / 4)
_SAMPLE_SECONDS = min(10.0, SECONDS / 60)
_MOST_GROWTH = 0.05
#: Pools open one more whenever that many callers meet; one that leaks does so for hours.
_MOST_MORE = 10


@dataclass(frozen=True)
class Sample:
    """The web workers' megabytes and open files; connections to PostgreSQL and to Redis."""

    megabytes: float
    files: int
    postgresql: int
    redis: int


@pytest.mark.fault(17, f"{RATE:g} requests a second for {SECONDS / 60:g} minutes")
@pytest.mark.timeout(SECONDS + 900)
def test_hours_of_load_cost_no_memory_and_leak_no_connection(
    gateway: StartGateway,
    database_url: str,
    redis_url: str,
    record_property: Callable[[str, object], None],
):
    # Workers are replaced after some thousand requests in production: here that would hide a leak.
    lasting = {"gunicorn_cmd_args": "--max-requests 0"}
    with cluster(
        gateway, database_url, redis_url, workers=_WORKERS, world=salons(_SALONS), webhooks=True,
        inbox_workers=2, **UNLIMITED, **lasting,
    ) as running:  # fmt: skip
        crowd = Crowd(running, _SALONS, threads=8, every=_REQUESTS_A_CALL / RATE, cancels=1)
        # The first one answers while the others are still being forked.
        eventually(lambda: len(running.gateway.workers()) == _WORKERS, what="every worker")
        workers = running.gateway.workers()
        samples = []
        began = time.monotonic()
        with crowd.calling():
            time.sleep(_WARM_UP)
            while time.monotonic() - began < SECONDS:
                samples.append(_sample(running, redis_url))
                time.sleep(_SAMPLE_SECONDS)
        took = time.monotonic() - began
        assert running.gateway.workers() == workers, "a worker was replaced"
        truths.hold(running, crowd.memory, within=120)
    asked = sum(crowd.memory.codes.values())
    first, last = samples[: len(samples) // 5], samples[-(len(samples) // 5) :]
    growth = _typical(last, "megabytes") / _typical(first, "megabytes") - 1
    record_property("requests", f"{asked:,}, {asked / took:.0f} a second")
    record_property("bookings", f"{len(crowd.memory.booked):,}")
    record_property("memory of the workers", f"{growth:+.1%}")
    for name in ("files", "postgresql", "redis"):
        before, after = _typical(first, name), _typical(last, name)
        record_property(f"open {name}", f"{before:g} → {after:g}")
        assert after <= before + _MOST_MORE
    assert {code for _, code in crowd.memory.codes} == {200}
    assert crowd.memory.broken == 0
    assert asked / took > 0.9 * RATE, "the machine was too slow for the load"
    assert growth < _MOST_GROWTH


def _sample(running: Cluster, redis_url: str) -> Sample:
    processes = [psutil.Process(pid) for pid in running.gateway.workers()]
    with running.database.unrestricted_unsafe() as session:
        postgresql = session.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        )
    with redis_client.Redis.from_url(redis_url) as redis:
        clients = len(redis.client_list())
    return Sample(
        megabytes=sum(process.memory_info().rss for process in processes) / 1e6,
        files=sum(process.num_fds() for process in processes),
        postgresql=postgresql or 0,
        redis=clients,
    )


def _typical(samples: Sequence[Sample], name: str) -> float:
    return float(statistics.median(getattr(sample, name) for sample in samples))
