"""A caller's own appointments are known without a query, and never stale after a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from askpro.services import standing
from askpro.settings import Settings
from tests.worlds import World, golden

_ASKED = {"service": "Herrenhaarschnitt", "date": "2026-10-22"}


@pytest.fixture
def world(
    settings: Callable[..., Settings], database_url: str, request: pytest.FixtureRequest
) -> Iterator[World]:
    redis_url = request.getfixturevalue("redis_url") if hasattr(request, "param") else None
    with golden(settings(database_url=database_url, redis_url=redis_url)) as world:
        yield world


with_redis = pytest.mark.parametrize("world", ["with redis"], indirect=True)


def _times(world: World) -> list[str]:
    answer = world.call("check_availability", _ASKED)
    return [slot["time"][11:16] for slot in answer["slots"]]


def _book(world: World) -> None:
    booked = world.call(
        "book_appointment", {**_ASKED, "time": "14:30", "name": "Xenia Quittmann", "confirm": True}
    )
    assert booked["status"] == "booked"


@with_redis
def test_what_a_caller_has_just_booked_is_not_offered_on_top(world: World) -> None:
    assert "14:30" in _times(world)
    _book(world)
    assert "14:30" not in _times(world)


@with_redis
def test_the_second_question_of_any_caller_asks_no_database(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    _times(world)
    caplog.clear()
    world.call("check_availability", _ASKED, call_id="call_two", from_number="+4917604069777")
    [line] = [each for each in caplog.records if each.message == "answered"]
    assert line.queries == 0
    assert line.redis_trips <= 2


@with_redis
def test_a_booking_asks_the_database_six_times_and_redis_three_times_at_most(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    _book(world)  # The host of the calendar is written down once.
    caplog.clear()
    wish = {**_ASKED, "time": "12:30", "name": "Anna Quittmann", "confirm": True}
    answer = world.call("book_appointment", wish, call_id="call_two", from_number="+4917604069777")
    assert answer["status"] == "booked"
    [line] = [each for each in caplog.records if each.message == "answered"]
    assert line.queries <= 6
    assert line.redis_trips <= 3


def test_too_many_appointments_are_asked_for_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "_MOST_APPOINTMENTS", 0)
    before = _times(world)
    _book(world)
    assert set(before) - set(_times(world)) >= {"14:30"}


def test_without_redis_the_worker_keeps_its_own_generation(world: World) -> None:
    assert "14:30" in _times(world)
    _book(world)
    assert "14:30" not in _times(world)
