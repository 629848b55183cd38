"""Health tells what is the matter, and details only to those who may see them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError

from askpro.services import health, tokens
from askpro.settings import Settings
from tests.worlds import World, golden

CHECKS = {"database", "cache", "filesystem", "system", "application", "external_services"}


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


def test_health_answers_without_touching_anything(world: World) -> None:
    answer = world.client.get("/api/health").json
    assert answer["status"] == "healthy"
    assert set(answer) == {"status", "timestamp", "environment", "version"}


def test_strangers_see_statuses_only(world: World) -> None:
    answer = world.client.get("/api/health/detailed").json
    assert set(answer["checks"]) == CHECKS
    assert all(set(check) == {"status"} for check in answer["checks"].values())


def test_a_bearer_token_sees_the_details(world: World) -> None:
    token = tokens.add_token(world.runtime, "salon-quittenberg", "test")
    answer = world.client.get(
        "/api/health/detailed", headers={"Authorization": f"Bearer {token}"}
    ).json
    assert answer["checks"]["database"]["connected"] is True
    assert answer["checks"]["cache"] == {
        "status": "healthy",
        "backend": "memory",
        "connected": True,
        "version": None,
        "used_memory": None,
        "connected_clients": None,
        "response_time_ms": None,
    }
    assert answer["checks"]["filesystem"]["writable"] is True
    assert answer["checks"]["application"]["inbox"]["dead"] == 0
    assert "calcom" in answer["checks"]["external_services"]


def test_who_cannot_be_told_apart_sees_statuses_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database is away: its absence is what a monitor asks for."""

    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(tokens, "company_of", away)
    answer = world.client.get("/api/health/detailed", headers={"Authorization": "Bearer askpro_x"})
    assert set(answer.json["checks"]) == CHECKS
    assert all(set(check) == {"status"} for check in answer.json["checks"].values())


def test_a_company_sees_its_own_circuit_only(world: World) -> None:
    for each in ("calcom_api", "calcom_api:2"):
        world.runtime.guards.circuits.force_open(each)
    token = tokens.add_token(world.runtime, "salon-quittenberg", "test")
    external = world.client.get(
        "/api/health/detailed", headers={"Authorization": f"Bearer {token}"}
    ).json["checks"]["external_services"]
    assert [each["service"] for each in external["calcom"]["circuits"]] == ["calcom_api"]


def test_it_is_ready_when_the_database_is(world: World) -> None:
    assert world.client.get("/api/health/ready").status_code == 200


def test_the_local_time_is_plain_text(world: World) -> None:
    response = world.client.get("/api/zeitinfo")
    assert response.mimetype == "text/plain"
    assert response.text.startswith("2026-10-20 10:1")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/api/nothing-here", (404, "not_found", "Diese Adresse gibt es hier nicht.")),
        (
            "/api/webhooks/retell",
            (405, "method_not_allowed", "Diese Adresse nimmt solche Anfragen nicht an."),
        ),
    ],
)
def test_what_is_not_there_says_so_in_the_shape_of_a_refusal(
    world: World, path: str, told: tuple[int, str, str]
) -> None:
    answer = world.client.get(path)
    body = answer.get_json()
    assert (answer.status_code, body["status"], body["message"]) == told
    assert body["success"] is False


def test_limit_headers_stand_on_every_api_answer(world: World) -> None:
    for path in ("/api/health", "/api/zeitinfo", "/api/nothing-here"):
        for answer in (world.client.get(path), world.client.head(path)):
            for header in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"):
                assert header in answer.headers, (path, header)
            assert "Retry-After" not in answer.headers


def test_a_crowd_shares_an_examination_that_began_after_it_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 who ask at once would push each other off the connections, and hear that it is ill."""
    looks: list[int] = []
    all_have_asked = threading.Event()

    def slowly(_: object) -> tuple[str, dict[str, dict[str, str]]]:
        looks.append(len(looks))
        assert all_have_asked.wait(10)
        return "healthy", {"look": {"status": str(looks[-1])}}

    monkeypatch.setattr(health, "examine", slowly)
    examination = health.Examination(world.runtime)
    with ThreadPoolExecutor(20) as pool:
        asking = [pool.submit(examination) for _ in range(20)]
        while sum(each.running() for each in asking) < 20:
            time.sleep(0.001)
        time.sleep(0.02)  # From the thread's begin to its question.
        all_have_asked.set()
    assert len(looks) == 2
    assert {each.result()[1]["look"]["status"] for each in asking} == {"0", "1"}
    assert examination()[1]["look"]["status"] == "2"
