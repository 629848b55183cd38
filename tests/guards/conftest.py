"""Guards on all their grounds: memory, a real Redis, and a Redis that is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from askpro.clock import Clock
from askpro.guards import Guards
from askpro.guards.circuits import Circuits
from askpro.guards.permits import CircuitRules
from askpro.guards.redis_link import RedisLink
from askpro.settings import Settings
from askpro.trace import Trace, tracing
from tests.clocks import StoppedClock
from tests.servers.ports import free_port

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
#: Long enough for a busy machine: these tests are about counting, not about patience.
PATIENT = 5.0


@dataclass
class Ground:
    """Where a guard keeps its state, and how time passes there."""

    name: str
    link: RedisLink
    clock: Clock
    redis_url: str | None

    def wait(self, seconds: float) -> None:
        if isinstance(self.clock, StoppedClock):
            self.clock.advance(seconds=seconds)
        else:
            time.sleep(seconds)

    @property
    def shared(self) -> bool:
        return self.name == "redis"


@pytest.fixture(params=["memory", "redis", "gone"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """``gone``: cluster mode whose Redis does not answer, so that the worker guards alone."""
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        ground = Ground("redis", patient_link(url), Clock(), url)
    elif request.param == "gone":
        url = f"redis://127.0.0.1:{free_port()}/0"
        clock = StoppedClock(NOW)
        ground = Ground("gone", RedisLink(url, clock=clock, pauses=(60,)), clock, url)
    else:
        clock = StoppedClock(NOW)
        ground = Ground("memory", RedisLink(None, clock=clock), clock, None)
    yield ground
    ground.link.close()


def patient_link(url: str, **options: Any) -> RedisLink:
    return RedisLink(url, clock=Clock(), timeout=PATIENT, patience=PATIENT, **options)


@pytest.fixture
def circuits(ground: Ground) -> Callable[..., Circuits]:
    """``circuits(failures=2)``: quick rules unless said otherwise."""

    def make(**rules: float) -> Circuits:
        return Circuits(ground.link, quick(**rules), ground.clock)

    return make


def quick(**rules: float) -> CircuitRules:
    """Rules of the house with 0.3 seconds for 60 and for the lease of a request."""
    values = {"open_seconds": 0.3, "lease_seconds": 0.3, **rules}
    return CircuitRules(**values)  # type: ignore[arg-type]


@pytest.fixture
def guards(ground: Ground, settings: Callable[..., Settings]) -> Iterator[Callable[..., Guards]]:
    """``guards(limit_call_total=5)`` on the ground of this run."""
    made: list[Guards] = []

    def make(**values: object) -> Guards:
        chosen = settings(redis_url=ground.redis_url, **values)
        guards = Guards(chosen, ground.clock, link=ground.link)
        made.append(guards)
        return guards

    yield make
    for each in made:
        each.close()


@pytest.fixture
def trips() -> Callable[[], Any]:
    """``with trips() as count: …; count()`` are the round trips to Redis of this thread."""

    @contextmanager
    def counted() -> Iterator[Callable[[], int]]:
        with tracing(Trace()) as trace:
            yield lambda: trace.redis_trips

    return counted
