"""U+0000 in what strangers and callers send: PostgreSQL keeps no such text, and nothing fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from askpro.providers.calcom_webhooks import sign_calcom
from askpro.providers.retell_signature import sign
from askpro.settings import Settings
from askpro.worker import Worker
from tests import calcom_telling
from tests.worlds import CALCOM_SECRET, RETELL_KEY, World, golden

SALON = "+493023125110"
NULL = "a\x00b"
SENT = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        world.client.application.testing = False
        yield world


def _send(world: World, path: str, body: dict[str, Any]) -> Any:
    raw = json.dumps(body).encode()
    signature = sign(raw, RETELL_KEY, world.runtime.clock.unix_ms())
    return world.client.post(path, data=raw, headers={"X-Retell-Signature": signature})


@pytest.mark.parametrize("function", ["check_availability", "book_appointment", NULL])
@pytest.mark.parametrize("where", ["call_id", "from_number", "to_number", "agent_id", "args"])
def test_a_function_call_is_answered(world: World, function: str, where: str) -> None:
    call = {"call_id": "call_1", "to_number": SALON, "from_number": "+4917604069012"}
    args = {"date": "morgen", "time": "10 Uhr", "service": "Herrenhaarschnitt", "name": "Ute Öz"}
    if where == "args":
        args = {f"{name}\x00": f"{value}\x00" for name, value in args.items()} | args
        args["notes"] = args["reason"] = NULL
    else:
        call[where] = f"{call.get(where, '')}\x00"
    body = {"name": function, "call": call, "args": args}
    assert _send(world, "/api/webhooks/retell/function", body).status_code in (200, 400)
    world.runtime.traces.flush()


@pytest.mark.parametrize("event", ["call_started", "call_ended", "call_analyzed", NULL])
def test_an_event_is_taken_and_worked_on(world: World, event: str) -> None:
    call = {
        "call_id": "call_1\x00",
        "to_number": SALON,
        "from_number": "+4917604069012",
        "call_status": NULL,
        "disconnection_reason": NULL,
        "transcript": NULL,
        "call_analysis": {"call_summary": NULL, "custom_analysis_data": {NULL: NULL}},
    }
    answer = _send(world, "/api/webhooks/retell", {"event": event, "call": call})
    assert answer.status_code in (200, 400)
    Worker(world.runtime).round()


@pytest.mark.parametrize("part", ["uid", "title", "description"])
def test_a_booking_s_event_is_taken_and_worked_on(world: World, part: str) -> None:
    body = calcom_telling.body("BOOKING_CREATED", "uidA", at=SENT, start=START)
    body["payload"][part] = NULL
    raw = json.dumps(body).encode()
    headers = {"X-Cal-Signature-256": sign_calcom(raw, CALCOM_SECRET)}
    assert world.client.post("/api/webhooks/calcom", data=raw, headers=headers).status_code == 200
    Worker(world.runtime).round()
