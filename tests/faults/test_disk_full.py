"""Fault 15: the disk is full, or the database takes no more writes. Callers are answered, nothing
is booked that could not be written down, events are refused for a retry, and health says so."""

from __future__ import annotations

import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
import requests
from psycopg import sql
from sqlalchemy import make_url

from tests.faults import truths
from tests.faults.cluster import SOON, UNLIMITED, Cluster, StartGateway, cluster
from tests.faults.crowd import Crowd, number_of, salons
from tests.fixtures.databases import migrate
from tests.servers.postgres import OwnPostgres
from tests.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.on("sqlite")]


@pytest.mark.fault(15, "no file may grow any more: SQLite, its journal, the log")
@pytest.mark.skipif(not hasattr(psutil.Process, "rlimit"), reason="only Linux limits what runs")
def test_a_full_disk_is_said_and_answered_around(gateway: StartGateway, database_url: str):
    with cluster(
        gateway, database_url, None, workers=1, world=salons(1), webhooks=True, **UNLIMITED, **SOON
    ) as running:
        crowd = Crowd(running, 1, threads=0, cancels=0)
        crowd.one_call(random.Random(15))
        truths.settle(running, within=20)
        with _no_space_left(running):
            _answers_and_books_nothing(running, crowd)
            _is_told(running, "filesystem")
        _goes_on(running, crowd)


@pytest.mark.full
@pytest.mark.fault(15, "PostgreSQL read-only, as a replica that nobody promoted")
def test_a_database_that_only_reads_is_said_and_answered_around(
    gateway: StartGateway, own_postgres: OwnPostgres, redis_url: str
):
    url = own_postgres.url(own_postgres.create())
    migrate(url)
    with cluster(
        gateway, url, redis_url, workers=2, world=salons(1), webhooks=True, inbox_workers=1,
        **UNLIMITED, **SOON,
    ) as running:  # fmt: skip
        crowd = Crowd(running, 1, threads=0, cancels=0)
        crowd.one_call(random.Random(15))
        truths.settle(running, within=20)
        with _read_only(own_postgres, url):
            _answers_and_books_nothing(running, crowd)
            _is_told(running, "database")
        _goes_on(running, crowd)


def _answers_and_books_nothing(running: Cluster, crowd: Crowd) -> None:
    before = len(running.bookings())
    _, day, _ = next(crowd.wishes)
    wish = {"date": day.isoformat(), "time": "11:00"}

    def ask(function: str, **args: str) -> dict[str, Any]:
        answer = running.call(function, args, call_id="call_full", to=number_of(1))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        assert told["message"].endswith((".", "?"))
        return told

    assert ask("list_services")["status"] == "found"
    assert ask("check_availability", **wish)["status"] == "available"
    booked = ask("book_appointment", **wish, name="Eva Muster")
    assert (booked["status"], booked["success"]) == ("calendar_down", False)
    assert len(running.bookings()) == before
    told = {"event": "call_ended", "call": {"call_id": "call_full", "to_number": number_of(1)}}
    refused = running.send("/api/webhooks/retell", told)
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0


def _is_told(running: Cluster, check: str) -> None:
    health = requests.get(f"{running.gateway.url}/api/health/detailed", timeout=10)
    assert health.status_code == 503
    assert health.json()["checks"][check]["status"] == "unhealthy"
    assert requests.get(f"{running.gateway.url}/api/health", timeout=10).ok


def _goes_on(running: Cluster, crowd: Crowd) -> None:
    def is_healthy() -> bool:
        found = requests.get(f"{running.gateway.url}/api/health/detailed", timeout=10)
        return found.status_code == 200

    eventually(is_healthy, seconds=10, what="the end of the trouble")
    known = len(crowd.memory.booked)
    crowd.one_call(random.Random(16))
    assert len(crowd.memory.booked) == known + 1
    truths.hold(running, crowd.memory)


@contextmanager
def _no_space_left(running: Cluster) -> Iterator[None]:
    """The kernel refuses every write that makes a file longer, root's too."""
    master = psutil.Process(running.gateway.process.pid)
    everybody = [master, *master.children(recursive=True)]
    for process in everybody:
        process.rlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for process in everybody:
            process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def _read_only(server: OwnPostgres, url: str) -> Iterator[None]:
    """The database takes no writes, from now on and on every connection."""
    name = make_url(url).database
    assert name is not None

    def turn(state: str) -> None:
        with server.connect() as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(
                    sql.Identifier(name), sql.SQL(state)
                )
            )
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )

    turn("on")
    try:
        yield
    finally:
        turn("off")
