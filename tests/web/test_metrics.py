"""``/metrics`` is the truth of all workers, for those who may see it, and names nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from askpro import create_app
from askpro.services import metrics
from askpro.settings import Settings
from tests.worlds import World, golden

_ASKED = {"service": "Herrenhaarschnitt", "date": "2026-10-22"}


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


def _samples(text: str) -> dict[str, float]:
    """``name{label="value"}`` → value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def _scraped(world: World) -> dict[str, float]:
    world.runtime.traces.flush()
    world.app.extensions["askpro_costs"].flush()
    answer = world.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    return _samples(answer.text)


def test_it_tells_what_happened(world: World) -> None:
    for _ in range(3):
        world.call("check_availability", _ASKED)
    booked = world.call(
        "book_appointment", {**_ASKED, "time": "14:30", "name": "Xenia Quittmann", "confirm": True}
    )
    assert booked["status"] == "booked"

    seen = _scraped(world)

    assert seen["askpro_function_calls_total{}"] == 4
    assert seen["askpro_bookings_total{}"] == 1
    assert seen["askpro_slot_questions_total{outcome=hits}"] >= 2
    route = "method=POST,route=/api/webhooks/retell/function"
    assert seen[f"askpro_http_requests_total{{{route}}}"] == 4
    assert seen[f"askpro_http_seconds_total{{{route}}}"] > 0
    assert seen["askpro_circuit_state{circuit=calcom_api,state=closed}"] == 1
    assert seen["askpro_circuit_state{circuit=calcom_api,state=open}"] == 0
    assert seen["askpro_calcom_budget_used{circuit=calcom_api}"] >= 2
    assert seen["askpro_database_up{}"] == seen["askpro_redis_up{}"] == 1


def test_it_names_no_caller_and_no_company(world: World) -> None:
    world.call("book_appointment", {**_ASKED, "time": "14:30", "name": "Xenia Quittmann"})
    world.runtime.traces.flush()
    text = world.client.get("/metrics").text
    for personal in ("Quittmann", "4917604069012", "call_of_the_test", "Quittenberg"):
        assert personal not in text


def test_what_one_worker_did_every_worker_tells(
    settings: Callable[..., Settings], database_url: str, redis_url: str
) -> None:
    # A test machine that is short of breath must not look like an absent Redis.
    patient = settings(database_url=database_url, redis_url=redis_url, redis_timeout_seconds=5)
    with golden(patient) as one:
        one.call("check_availability", _ASKED)
        one.runtime.guards.circuits.force_open("calcom_api")
        one.runtime.traces.flush()
        other = World(create_app(one.runtime.settings), one.calcom, one.clock)
        seen = _scraped(other)
        assert seen["askpro_function_calls_total{}"] == 1
        assert seen["askpro_circuit_state{circuit=calcom_api,state=open}"] == 1


def test_a_database_that_is_away_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(metrics, "route_sums", away)
    seen = _scraped(world)
    assert seen["askpro_database_up{}"] == 0
    assert "askpro_function_calls_total{}" not in seen
    assert "askpro_circuit_state{circuit=calcom_api,state=closed}" in seen


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("", {"X-Forwarded-For": "203.0.113.7"}, 403),
    ],
)
def test_without_a_token_it_answers_this_machine_only(
    world: World, address: str, headers: dict[str, str], status: int
) -> None:
    answer = world.client.get(
        "/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )
    assert answer.status_code == status


def test_with_a_token_only_its_bearer_is_answered(
    settings: Callable[..., Settings], database_url: str
) -> None:
    with golden(settings(database_url=database_url, metrics_token="seen by Prometheus")) as world:
        assert world.client.get("/metrics").status_code == 401
        wrong = {"Authorization": "Bearer seen by others"}
        assert world.client.get("/metrics", headers=wrong).status_code == 401
        right = {"Authorization": "Bearer seen by Prometheus"}
        answer = world.client.get(
            "/metrics", headers=right, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}
        )
        assert answer.status_code == 200


def test_every_name_is_ours(world: World) -> None:
    names = re.findall(r"^# TYPE (\S+)", world.client.get("/metrics").text, re.MULTILINE)
    assert len(names) > 20
    assert all(name.startswith("askpro_") for name in names)
