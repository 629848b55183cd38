"""Every golden body of Retell, posted byte for byte into a fresh world, comes out as it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from askpro.settings import Settings
from tests.golden import EVENTS, FUNCTION_CALLS, WEBHOOKS, before, differences, request_of
from tests.worlds import PAYLOADS, World, golden

#: On PostgreSQL they are sent to a running gateway, see test_golden_payloads_served.py.
pytestmark = [pytest.mark.slow, pytest.mark.on("sqlite")]


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


@pytest.mark.parametrize("row", FUNCTION_CALLS, ids=lambda row: row["path"][17:])
def test_a_function_call_is_answered_as_the_manifest_says(
    world: World, row: dict[str, Any]
) -> None:
    for route, body in before(row):
        assert world.post(route, body).status_code == 200
    was = world.bookings()
    route, body, content_type = request_of(row)
    response = world.post(route, body, content_type=content_type)
    assert differences(row, response, was, world.bookings()) == []


@pytest.mark.parametrize("row", WEBHOOKS, ids=lambda row: row["path"][16:])
def test_a_webhook_is_acknowledged(world: World, row: dict[str, Any]) -> None:
    response = world.post(EVENTS, (PAYLOADS / row["path"]).read_bytes())

    assert response.status_code == 200
    if row.get("outcome") == "answered":
        variables = response.json["call_inbound"].get("dynamic_variables", {})
        assert all(isinstance(value, str) for value in variables.values())
    else:
        assert response.json["received"] is True
