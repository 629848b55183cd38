"""The hairdresser's own client of ``/api/v2``, and a stranger's."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from werkzeug.test import TestResponse

from askpro.services.tokens import add_token
from askpro.settings import Settings
from askpro.simulator.simulation import SimulatorSettings
from tests.fixtures.databases import settings_in
from tests.worlds import World, golden, golden_world

HAIRDRESSER, HAIRCUT = "salon-quittenberg", 3100411
MANY = 1_000_000
_LIMITS = ("availability", "booking", "default", "change", "address")


@dataclass
class Rest:
    """A client with the bearer token of one company."""

    world: World
    token: str
    phones: Iterator[int] = field(default_factory=lambda: itertools.count(15123456000))

    @classmethod
    def of(cls, world: World, company: str) -> Rest:
        """A client with a new token of the company with that slug."""
        return cls(world, add_token(world.runtime, company, "test"))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.world.client.open(
            f"/api/v2{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )

    def book(self, start: str, **wish: Any) -> TestResponse:
        """Somebody new books a haircut, unless something else is wished."""
        body = {
            "event_type_id": HAIRCUT,
            "start": start,
            "name": "Eva Sommer",
            "phone": f"+49{next(self.phones)}",
        }
        return self.send("POST", "/bookings", {**body, **wish})

    def booked(self, start: str, **wish: Any) -> dict[str, Any]:
        response = self.book(start, **wish)
        assert response.status_code == 201, response.text
        shown: dict[str, Any] = response.get_json()
        return shown


def free_starts() -> Iterator[str]:
    """When haircuts are free in the golden world, from its second week on."""
    kinds: list[dict[str, Any]] = golden_world()["tenants"][0]["event_types"]
    listed = next(kind["free_local_times"] for kind in kinds if kind["id"] == HAIRCUT)
    berlin = ZoneInfo("Europe/Berlin")
    for day, times in listed.items():
        if day > "2026-10-25":
            for at in times:
                yield datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=berlin).isoformat()


@pytest.fixture(scope="module")
def shared_world(
    tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite: Path
) -> Iterator[World]:
    """One world without limits for a module's tests, which keep out of each other's way."""
    folder = tmp_path_factory.mktemp("rest")
    shutil.copyfile(_migrated_sqlite, folder / "askpro.db")
    limits = {f"limit_{name}_per_minute": MANY for name in _LIMITS}
    unlimited = settings_in(folder, calcom_requests_per_minute=MANY, **limits)
    with golden(unlimited, settings=SimulatorSettings(requests_per_minute=MANY)) as world:
        yield world


@pytest.fixture(scope="module")
def starts() -> Iterator[str]:
    """Free times, each given away once."""
    return free_starts()


@pytest.fixture
def start(starts: Iterator[str]) -> str:
    """A free time of this test's own."""
    return next(starts)


@pytest.fixture
def rest(shared_world: World) -> Iterator[Rest]:
    yield Rest.of(shared_world, HAIRDRESSER)
    shared_world.faults()


@pytest.fixture
def stranger(shared_world: World) -> Rest:
    """Another company's client."""
    return Rest.of(shared_world, golden_world()["tenants"][1]["slug"])


@pytest.fixture
def fresh(settings: Callable[..., Settings], database_url: str) -> Iterator[Rest]:
    """The hairdresser's client in a world of the test's own, on both databases."""
    with golden(settings(database_url=database_url)) as world:
        yield Rest.of(world, HAIRDRESSER)
