"""The whole machine of deploy/README.md: nginx, two gateways, a worker, PostgreSQL and Redis."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from askpro.store.models import InboxEvent
from tests.deploy.conftest import Wall
from tests.faults.cluster import RETELL_KEY, Cluster, StartGateway, a_weekday_ahead, cluster
from tests.reference import ROOT
from tests.servers.gateway import Gateway
from tests.servers.leash import Leash
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.on("postgresql")]

QUESTION = {"service": "Haarschnitt"}


@dataclass
class Machine(Cluster):
    """Speaks to both gateways through nginx."""

    wall: Wall | None = None

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            assert self.wall is not None
            self._local.session = self.wall.session()
        session: requests.Session = self._local.session
        return session

    def answered(self) -> Counter[str]:
        """Requests by the gateway that answered them."""
        assert self.wall is not None
        return Counter(line["gateway"] for line in self.wall.log_lines())

    def events(self) -> Counter[str]:
        """The events of the inbox by state."""
        with self.database.unrestricted_unsafe() as session:
            return Counter(session.scalars(select(InboxEvent.state)))


@pytest.fixture
def machine(
    gateway: StartGateway,
    database_url: str,
    redis_url: str,
    leash: Leash,
    tmp_path: Path,
    wall: Callable[..., Wall],
) -> Iterator[Machine]:
    with cluster(
        gateway,
        database_url,
        redis_url,
        workers=1,
        trusted_proxies=1,
        calcom_read_retries=0,
        limit_webhook_per_minute=10_000,
        inbox_workers=1,
    ) as first:
        second = Gateway(leash, tmp_path, first.gateway.environ)
        second.start()
        front = wall(first.gateway.port, beside=second.port)
        there = Machine(front, first.calcom, first.database, first.world, wall=front)  # type: ignore[arg-type]
        try:
            yield there
            assert len(there.answered()) == 2, "both gateways served"
        finally:
            second.stop()


def simulated_call(machine: Machine, scenario: str) -> str:
    """What ``flask simulate call`` shows of a call through nginx; it must not fail."""
    assert machine.wall is not None
    done = subprocess.run(
        [
            *(sys.executable, "-m", "flask", "simulate", "call", scenario, "--seed", "7"),
            *("--url", machine.wall.url, "--key", RETELL_KEY),
        ],
        env={
            **os.environ,
            "REQUESTS_CA_BUNDLE": str(machine.wall.certificate),
            "NO_PROXY": "127.0.0.1",
            "INSTANCE_PATH": str(machine.wall.etc / "caller"),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_caller_is_booked_through_nginx_and_the_worker_hears_of_the_call(
    machine: Machine,
) -> None:
    before = len(machine.bookings())
    shown = simulated_call(machine, "check_then_book")
    assert "booked" in shown
    assert len(machine.bookings()) == before + 1
    assert machine.events().total() >= 3
    eventually(lambda: machine.events().keys() == {"done"}, seconds=20, what="the call's events")


def test_both_gateways_share_limits_cache_and_breaker(machine: Machine) -> None:
    answers = machine.at_once(60, lambda _: machine.call("list_services", {}, call_id="one call"))
    assert Counter(answer.status_code for answer in answers) == {200: 10, 429: 50}

    day = a_weekday_ahead().isoformat()
    for _ in range(6):
        free = machine.call("check_availability", {**QUESTION, "date": day}).json()
        assert free["status"] == "available"
    assert machine.asked_of_calcom(path="/v2/slots")["total"] == 1

    machine.faults(status=500, error_share=1)
    down = [
        machine.call(
            "check_availability", {**QUESTION, "date": a_weekday_ahead(25 + 7 * week).isoformat()}
        ).json()
        for week in range(9)
    ]
    assert {answer["status"] for answer in down} == {"calendar_down"}
    assert machine.asked_of_calcom(path="/v2/slots")["total"] == 6, "open for both at the fifth"
