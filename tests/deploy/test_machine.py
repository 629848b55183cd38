"""Two gateways behind one nginx: what one counts, fetches and finds broken, the other knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.deploy.conftest import Wall
from tests.faults.cluster import Cluster, StartGateway, a_weekday_ahead, cluster
from tests.servers.gateway import Gateway
from tests.servers.leash import Leash

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
