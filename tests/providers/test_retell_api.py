"""Retell's API, as far as the gateway uses it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from askpro.errors import RetellError, RetellNotFound
from askpro.providers.retell import RetellApi
from tests.providers.stub import Stub, answer, hang, reset

CALL: dict[str, Any] = {
    "call_id": "call_1",
    "call_status": "ended",
    "to_number": "+493023125110",
    "transcript": "User: Hallo",
    "recording_url": "https://recordings.example.com/secret.wav",
}


@pytest.fixture
def api(stub: Stub) -> RetellApi:
    return RetellApi("key_1", stub.url, seconds=0.5)


def test_a_call_is_looked_up_as_the_event_that_was_lost(api: RetellApi, stub: Stub) -> None:
    stub.will(answer(200, CALL))
    event = api.get_call("call_1")
    assert (event.event, event.call.call_id, event.transcript) == ("call_ended", "call_1", None)
    assert "secret" not in repr(event)
    assert stub.last.path == "/v2/get-call/call_1"
    assert stub.last.headers["authorization"] == "Bearer key_1"
    assert api.get_call("call_1", keep_transcript=True).transcript == "User: Hallo"


def test_a_call_is_deleted(api: RetellApi, stub: Stub) -> None:
    stub.will(answer(204, b""))
    api.delete_call("call_1")
    assert (stub.last.method, stub.last.path) == ("DELETE", "/v2/delete-call/call_1")


def test_tools_are_set_on_a_draft_that_is_then_published(api: RetellApi, stub: Stub) -> None:
    stub.will(
        answer(200, {"version": 4, "response_engine": {"llm_id": "llm_1"}}),
        answer(201, {"version": 5}),
        answer(200, {"general_tools": []}),
        answer(200, {"general_tools": [{"name": "x"}]}),
        answer(201, b""),
    )
    assert api.get_agent("agent_1", version=4)["version"] == 4
    draft = api.create_agent_version("agent_1", 4)["version"]
    api.get_llm("llm_1", version=draft)
    api.update_llm("llm_1", {"general_tools": [{"name": "x"}]}, version=draft)
    api.publish_agent_version("agent_1", draft)
    assert [(request.method, request.target) for request in stub.requests] == [
        ("GET", "/get-agent/agent_1?version=4"),
        ("POST", "/create-agent-version/agent_1"),
        ("GET", "/get-retell-llm/llm_1?version=5"),
        ("PATCH", "/update-retell-llm/llm_1?version=5"),
        ("POST", "/publish-agent-version/agent_1"),
    ]
    assert stub.requests[1].json == {"base_version": 4}
    assert stub.last.json == {"version": 5}


def test_what_retell_does_not_know_is_an_error_of_its_own(api: RetellApi, stub: Stub) -> None:
    stub.will(answer(404, {"message": "Call not found"}))
    with pytest.raises(RetellNotFound):
        api.get_call("call_1")
    for strange in ("..", "a/b", "", "a?b"):
        with pytest.raises(RetellNotFound):
            api.get_call(strange)
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(401, {"message": "x"}),
        answer(500, b""),
        answer(200, b"<html>"),
        answer(200, []),
        answer(200, {}),
        answer(200, {"call_id": 7}),
        answer(302, b"", {"Location": "/x"}),
        reset(),
        hang(),
    ],
)
def test_every_other_failure_is_one_error_in_time(
    api: RetellApi, stub: Stub, behaviour: Any
) -> None:
    stub.will(behaviour)
    began = time.monotonic()
    with pytest.raises(RetellError) as raised:
        api.get_call("call_1")
    assert not isinstance(raised.value, RetellNotFound)
    assert time.monotonic() - began < 1
    assert len(stub.requests) == 1
    assert "key_1" not in str(raised.value)
