"""Fault 4: PostgreSQL restarts, or somebody has locked a table: events are refused for a retry or
held, none is lost, and callers hear a German sentence in time."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, select

from askpro.store.models import Appointment
from tests.counts import times
from tests.faults import truths
from tests.faults.cluster import SOON, UNLIMITED, Cluster, StartGateway, cluster
from tests.faults.crowd import Crowd, Memory, salons
from tests.fixtures.databases import migrate
from tests.servers.postgres import OwnPostgres
from tests.waiting import eventually

# The gateway's own database is the one that goes away; the one of the test's fixtures stays unused.
pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.on("sqlite")]

_SALONS = 6
_RESTARTS = times(2, 20)
_LOCK_SECONDS = times(4, 10)
_TABLES = ("inbox", "function_calls", "appointments")[: times(1, 3)]
#: Reading functions have four seconds, writing ones eight; a busy machine may add to that.
_BUDGET = {"check_availability": 4.0, "book_appointment": 8.0, "cancel_appointment": 8.0}
_SLACK = 1.0
#: A crowd without a pause would take both cores from the other tests.
_PAUSE = times(400, 50) / 1000


@pytest.fixture
def running(gateway: StartGateway, own_postgres: OwnPostgres, redis_url: str) -> Iterator[Cluster]:
    url = own_postgres.url(own_postgres.create())
    migrate(url)
    with cluster(
        gateway, url, redis_url, workers=2, world=salons(_SALONS), webhooks=True,
        inbox_workers=1, **UNLIMITED, **(SOON if times(1, 0) else {}),
    ) as running:  # fmt: skip
        yield running


@pytest.mark.full
@pytest.mark.fault(
    4,
    f"PostgreSQL stopped and started {_RESTARTS} times under load; {', '.join(_TABLES)} locked for "
    f"{_LOCK_SECONDS} s each",
)
@pytest.mark.timeout(times(120, 900))
def test_restarts_and_locks_of_postgresql_lose_nothing(
    running: Cluster, own_postgres: OwnPostgres, record_property: Callable[[str, object], None]
):
    crowd = Crowd(running, _SALONS, threads=4, pause=_PAUSE)
    with crowd.calling():
        eventually(lambda: len(crowd.memory.booked) >= 4, seconds=30, what="the first bookings")
        slowest = max(_restart(own_postgres, crowd, number) for number in range(_RESTARTS))
        for table in _TABLES:
            with _locked(running, own_postgres, table):
                time.sleep(_LOCK_SECONDS)
            crowd.await_more(crowd.memory.booked, f"booking once {table} was free again")
    _nothing_was_lost(crowd.memory)
    truths.hold(running, crowd.memory, within=100)
    record_property("events", f"{len(crowd.memory.acknowledged):,} acknowledged, none lost")
    record_property("refused for a retry", crowd.memory.codes["event", 503])
    record_property("slowest recovery", f"{slowest:.1f} s after the start")
    for function in ("check_availability", "book_appointment"):
        slowest = max(each.seconds for each in crowd.memory.heard if each.function == function)
        record_property(f"slowest {function}", f"{slowest:.1f} s")


def _restart(server: OwnPostgres, crowd: Crowd, number: int) -> float:
    """Seconds from the server's being back until an event was acknowledged again."""
    server.stop(signal.SIGINT if number % 2 else signal.SIGQUIT)
    time.sleep(number % 4 / 2)
    server.start()
    began = time.monotonic()
    crowd.await_more(crowd.memory.acknowledged, "event acknowledged after the restart")
    took = time.monotonic() - began
    crowd.await_more(crowd.memory.booked, "booking after the restart")
    return took


@pytest.mark.fault(4, "appointments locked between Cal.com's answer and our commit")
def test_an_answer_of_calcoms_that_cannot_be_written_down_is_told_as_noted(
    running: Cluster, own_postgres: OwnPostgres
):
    crowd = Crowd(running, _SALONS, threads=0)
    company, day, _ = next(crowd.wishes)
    date = day.isoformat()
    steps = {
        "book_appointment": {"date": date, "time": "10:00", "name": "Eva Muster"},
        "reschedule_appointment": {"old_date": date, "new_date": date, "new_time": "14:00"},
        "cancel_appointment": {"date": date, "confirm": True},
    }
    tried = list(steps.items())[: times(1, 3)]
    for number, (function, args) in enumerate(tried):
        running.faults(latency_ms=1500, path="/v2/bookings", method="POST", times=1)

        def ask(function: str = function, args: dict[str, Any] = args, n: int = number) -> None:
            crowd.ask(company, f"call_locked_{n}", "+4917604000001", function, args)

        with crowd.beside(ask):
            eventually(lambda: _is_being_asked(running), what="the request to Cal.com")
            with _locked(running, own_postgres, "appointments"):
                eventually(
                    lambda n=number: len(crowd.memory.heard) > n, seconds=8, what="an answer"
                )
        truths.settle(running, within=60)
    assert [heard.answer["status"] for heard in crowd.memory.heard] == ["pending"] * len(tried)
    truths.hold(running, crowd.memory)
    (row,) = _appointments(running)
    assert (row.state, row.changes) == (("confirmed", 0) if times(1, 0) else ("cancelled", 2))


def _is_being_asked(running: Cluster) -> bool:
    return any(row.state == "sent" or row.pending_change for row in _appointments(running))


def _appointments(running: Cluster) -> list[Appointment]:
    with running.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(Appointment)))


def _nothing_was_lost(memory: Memory) -> None:
    assert memory.given_up == []
    assert {code for kind, code in memory.codes if kind == "event"} <= {200, 503}
    assert memory.broken == 0
    # A worker that has not met the company yet can't answer for it: the agent's tool is told 503.
    assert {code for kind, code in memory.codes if kind == "function"} <= {200, 503}
    for heard in memory.heard:
        assert heard.answer["message"].endswith((".", "?")), heard
        assert heard.seconds < _BUDGET[heard.function] + _SLACK, heard


@contextmanager
def _locked(running: Cluster, server: OwnPostgres, table: str) -> Iterator[None]:
    """Nobody else may even read ``table``, as while somebody rewrites it by hand."""
    database = make_url(str(running.database.engine.url)).database
    assert database is not None
    url = make_url(server.url(database)).set(drivername="postgresql")
    with (
        psycopg.connect(url.render_as_string(hide_password=False)) as connection,
        connection.transaction(),
    ):
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
