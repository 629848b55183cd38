"""The guards, seen from outside of a running gateway with four workers and a real Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.cluster import Cluster, StartGateway, a_weekday_ahead, cluster
from tests.servers.redis import OwnRedis

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.on("postgresql")]

_HIGH = {
    "limit_webhook_per_minute": 100_000,
    "limit_call_per_minute": 100_000,
    "limit_call_total": 100_000,
    "limit_call_per_function": 100_000,
}


@pytest.fixture
def running(gateway: StartGateway, database_url: str, redis_url: str) -> Iterator[Cluster]:
    with cluster(gateway, database_url, redis_url, **_HIGH) as running:
        yield running


def _far_day(number: int) -> str:
    """A day of its own for each question, so that none is answered from the cache."""
    return a_weekday_ahead(25 + 7 * number).isoformat()


def test_exactly_the_allowed_number_of_a_calls_requests_pass(
    gateway: StartGateway, database_url: str, redis_url: str
) -> None:
    with cluster(gateway, database_url, redis_url, limit_webhook_per_minute=100_000) as running:
        answers = running.at_once(
            60, lambda n: running.call("list_services", {}, call_id="call_that_never_stops")
        )
        assert Counter(answer.status_code for answer in answers) == {200: 10, 429: 50}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.json()["error_code"] == "call_rate_limit_exceeded"
        assert refused.json()["limits_exceeded"] == ["function"]
        assert int(refused.headers["Retry-After"]) > 290
        assert running.call("list_services", {}, call_id="call_of_somebody_else").status_code == 200


@pytest.mark.full
def test_two_hundred_identical_questions_are_one_request_to_calcom(running: Cluster) -> None:
    question = {"service": "Haarschnitt", "date": a_weekday_ahead().isoformat()}
    answers = running.at_once(200, lambda _: running.call("check_availability", question))
    assert Counter(answer.json()["status"] for answer in answers) == {"available": 200}
    assert running.asked_of_calcom(path="/v2/slots")["total"] == 1


@pytest.mark.full
def test_a_booked_slot_is_never_offered_again(running: Cluster) -> None:
    day = a_weekday_ahead().isoformat()
    slots = running.call("check_availability", {"service": "Haarschnitt", "date": day}).json()
    time_of_day = slots["slots"][0]["time"]
    booked = running.call(
        "book_appointment",
        {"service": "Haarschnitt", "datetime": time_of_day, "name": "Eva Muster"},
    ).json()
    assert booked["status"] == "booked"
    for _ in range(8):
        again = running.call("check_availability", {"service": "Haarschnitt", "date": day}).json()
        assert time_of_day not in [slot["time"] for slot in again["slots"]]


@pytest.mark.fault(9, "300 questions at once on four workers, then a booking")
def test_never_more_than_the_budget_leaves_and_bookings_go_first(
    running: Cluster, record_property: Callable[[str, object], None]
) -> None:
    day = a_weekday_ahead().isoformat()
    free = running.call("check_availability", {"service": "Haarschnitt", "date": day}).json()
    wish = free["slots"][0]["time"]

    running.at_once(
        300,
        lambda n: running.call("check_availability", {"service": "Beratung", "date": _far_day(n)}),
    )
    assert running.asked_of_calcom()["total"] == 80  # forty are kept for writes

    booked = running.call(
        "book_appointment", {"service": "Haarschnitt", "datetime": wish, "name": "Eva Muster"}
    ).json()
    assert booked["status"] == "booked"
    most = running.asked_of_calcom()["max_in_60_seconds"]
    assert most <= 120
    record_property("most in any 60 seconds", f"{most}, and the booking went through")


def test_a_redis_that_dies_under_load_and_comes_back_fails_no_request(
    gateway: StartGateway, database_url: str, own_redis: OwnRedis
) -> None:
    with cluster(gateway, database_url, own_redis.url, **_HIGH) as running:
        question: dict[str, Any] = {"service": "Beratung", "date": a_weekday_ahead().isoformat()}
        codes: Counter[int] = Counter()
        stages = [lambda: None, own_redis.stop, lambda: None, own_redis.start, lambda: None]
        for stage in stages:
            stage()
            answers = running.at_once(
                60, lambda _: running.call("check_availability", question), threads=8
            )
            codes.update(answer.status_code for answer in answers)
            assert {answer.json()["status"] for answer in answers} == {"available"}
        assert set(codes) == {200}
