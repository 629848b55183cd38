"""Where an id or a word of a list belongs, a sentence about somebody is neither logged nor kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from askpro.logs import JsonFormatter
from askpro.providers.retell_events import parse_event
from askpro.settings import Settings
from askpro.store.models import FunctionCall, InboxEvent
from tests.worlds import World, golden

ID = uuid.UUID("6f1c2d9e-0b3a-4c5d-8e7f-102938475665")
SAID = "Kreszenzia Hinterhuber aus der Quittengasse"


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


def test_an_event_s_words_are_words_of_a_list() -> None:
    call = {
        "call_id": "call_of_this_test",
        "disconnection_reason": SAID,
        "call_status": SAID,
        "call_analysis": {"user_sentiment": SAID},
    }
    event = parse_event(json.dumps({"event": SAID, "call": call}).encode())
    assert event.event == "unknown"
    assert SAID not in json.dumps(event.to_json())


def test_no_row_and_no_line_has_what_stood_where_an_id_belongs(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    call = {"call_id": SAID, "to_number": "+493023125110", "direction": SAID}
    function = {"name": "list_services", "call": call, "args": {}}
    answer = world.post("/api/webhooks/retell/function", function)
    assert (answer.json or {})["status"] == "found"
    assert world.post("/api/webhook", {"event": SAID, "call": call}).status_code == 200
    world.runtime.traces.flush()
    with world.runtime.database.unrestricted_unsafe() as session:
        rows = [
            {name: str(value) for name, value in vars(row).items()}
            for table in (FunctionCall, InboxEvent)
            for row in session.scalars(select(table))
        ]
    assert len(rows) == 2
    assert "Quittengasse" not in json.dumps(rows)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert lines
    assert "Quittengasse" not in "".join(lines)


@pytest.mark.parametrize("given", ["Kreszenzia-Hinterhuber", "017612340987", "deadbeef", "x" * 32])
def test_a_client_s_request_id_that_may_say_something_is_replaced(
    client: FlaskClient, given: str
) -> None:
    answer = client.get("/api/health", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] != given


@pytest.mark.parametrize("given", [ID.hex, str(ID)])
def test_a_client_s_random_request_id_is_kept(client: FlaskClient, given: str) -> None:
    answer = client.get("/api/health", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given
