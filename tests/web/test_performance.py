"""Every request is measured; what was slow is kept with its waterfall, and with nobody's name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from askpro.settings import Settings
from askpro.store.models.figures import RouteFigure, SlowRequest
from tests.worlds import World, golden

_ASKED = {"service": "Herrenhaarschnitt", "date": "2026-10-22", "time": "14:30"}
_NAME = "Xenia Quittmann"


@pytest.fixture
def serve(settings: Callable[..., Settings], database_url: str) -> Callable[..., Any]:
    return lambda **values: golden(settings(database_url=database_url, **values))


def _kept(world: World) -> tuple[list[SlowRequest], list[RouteFigure]]:
    world.app.extensions["askpro_costs"].flush()
    with world.runtime.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(SlowRequest))), list(
            session.scalars(select(RouteFigure))
        )


def test_a_slow_request_tells_whose_it_was_and_where_its_time_went(serve: Callable[..., Any]):
    with serve(slow_answer_ms=1) as world:
        booked = world.call("book_appointment", {**_ASKED, "name": _NAME}, call_id="call_slow")
        assert booked["status"] == "booked"
        [slow], _ = _kept(world)
    assert (slow.call_id, slow.route) == ("call_slow", "POST /api/webhooks/retell/function")
    assert slow.company_id is not None
    assert slow.queries > 0
    assert slow.calcom_ms > 0
    assert {step["name"].partition(" ")[0] for step in slow.steps} >= {"database"}
    assert "Quittmann" not in json.dumps(slow.steps)


def test_a_quick_request_is_only_counted(serve: Callable[..., Any]):
    with serve(slow_answer_ms=60_000, most_queries=1_000) as world:
        for _ in range(3):
            world.call("check_availability", _ASKED)
        slow, [route] = _kept(world)
    assert slow == []
    assert (route.requests, route.slow, route.failures) == (3, 0, 0)
    assert route.total_ms >= route.worst_ms > 0


def test_too_many_queries_are_slow_as_well(serve: Callable[..., Any]):
    with serve(slow_answer_ms=60_000, most_queries=1) as world:
        world.call("book_appointment", {**_ASKED, "name": _NAME})
        [slow], [route] = _kept(world)
    assert slow.queries > 1
    assert route.slow == 1
