"""The functions brought to an agent, with a stub in Retell's place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from askpro.cli.retell import push as push_command
from askpro.providers.retell import RetellApi
from askpro.services.retell_push import CannotPush, merged, push
from askpro.settings import Settings
from tests.providers.stub import Stub, answer, stub_server
from tests.worlds import golden

OURS = [
    {
        "type": "custom",
        "name": "check_availability",
        "url": "https://gw.example.com",
        "max_retry": 1,
    },
    {"type": "custom", "name": "book_appointment", "url": "https://gw.example.com", "max_retry": 0},
]
END_CALL = {"type": "end_call", "name": "end_call"}
OLD = {**OURS[0], "url": "https://old.example.com", "headers": {"X-Salon": "1"}}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as running:
        yield running


@pytest.fixture
def api(stub: Stub) -> RetellApi:
    return RetellApi("key_1", stub.url, seconds=2)


def agent(version: int, *, published: bool = True) -> dict[str, Any]:
    return {
        "agent_id": "agent_1",
        "version": version,
        "is_published": published,
        "response_engine": {"type": "retell-llm", "llm_id": "llm_1", "version": version},
    }


def asked(stub: Stub) -> list[str]:
    return [f"{request.method} {request.target}" for request in stub.requests]


def test_tools_are_merged_by_name_and_foreign_ones_stay_where_they_are():
    whole, difference = merged([END_CALL, OLD], OURS)
    assert whole == [END_CALL, {**OLD, **OURS[0]}, OURS[1]]
    assert whole[1]["headers"] == {"X-Salon": "1"}
    assert difference.added == ("book_appointment",)
    assert difference.changed == {"check_availability": ("url",)}
    assert difference.foreign == ("end_call",)


def test_a_foreign_tool_of_our_name_is_not_overwritten():
    with pytest.raises(CannotPush, match="another kind"):
        merged([{"type": "book_appointment_cal", "name": "book_appointment"}], OURS)


def test_a_new_version_is_written_and_published(api: RetellApi, stub: Stub):
    stub.will(
        answer(200, agent(4)),
        answer(200, {"general_tools": [END_CALL, OLD]}),
        answer(201, {"version": 5}),
        answer(200, agent(5, published=False)),
        answer(200, {"general_tools": [END_CALL, OLD]}),
        answer(200, {}),
        answer(200, b""),
    )
    assert push(api, "agent_1", OURS, dry_run=False).version == 5
    assert asked(stub) == [
        "GET /get-agent/agent_1",
        "GET /get-retell-llm/llm_1?version=4",
        "POST /create-agent-version/agent_1",
        "GET /get-agent/agent_1?version=5",
        "GET /get-retell-llm/llm_1?version=5",
        "PATCH /update-retell-llm/llm_1?version=5",
        "POST /publish-agent-version/agent_1",
    ]
    assert stub.requests[5].json == {"general_tools": [END_CALL, {**OLD, **OURS[0]}, OURS[1]]}
    assert stub.last.json == {"version": 5}


def test_a_dry_run_only_reads(api: RetellApi, stub: Stub):
    stub.will(answer(200, agent(4)), answer(200, {"general_tools": []}))
    pushed = push(api, "agent_1", OURS, dry_run=True)
    assert pushed.version is None
    assert pushed.difference.added == ("check_availability", "book_appointment")
    assert all(request.method == "GET" for request in stub.requests)


def test_what_is_there_already_makes_no_new_version(api: RetellApi, stub: Stub):
    stub.will(answer(200, agent(4)), answer(200, {"general_tools": [*OURS, END_CALL]}))
    assert push(api, "agent_1", OURS, dry_run=False).version is None
    assert len(stub.requests) == 2


def test_somebody_elses_draft_is_not_published(api: RetellApi, stub: Stub):
    stub.will(answer(200, agent(4, published=False)), answer(200, {"general_tools": []}))
    with pytest.raises(CannotPush, match="unpublished draft"):
        push(api, "agent_1", OURS, dry_run=False)
    assert len(stub.requests) == 2


def test_a_draft_that_is_left_behind_is_named(api: RetellApi, stub: Stub):
    stub.will(
        answer(200, agent(4)),
        answer(200, {"general_tools": []}),
        answer(201, {"version": 5}),
        answer(500, {}),
    )
    with pytest.raises(CannotPush, match=r"answers as before, but a draft \(version 5\)"):
        push(api, "agent_1", OURS, dry_run=False)


def test_a_conversation_flow_is_left_to_people(api: RetellApi, stub: Stub):
    flow = {**agent(4), "response_engine": {"type": "conversation-flow"}}
    stub.will(answer(200, flow))
    with pytest.raises(CannotPush, match="paste them"):
        push(api, "agent_1", OURS, dry_run=True)


@pytest.mark.on("sqlite")
def test_the_command_shows_the_difference(
    settings: Callable[..., Settings], database_url: str, stub: Stub
):
    with golden(settings(database_url=database_url, retell_base_url=stub.url)) as world:
        stub.will(answer(200, agent(4)), answer(200, {"general_tools": [END_CALL]}))
        with world.app.app_context():
            run = world.app.test_cli_runner().invoke
            words = ["salon-quittenberg", "--url", "https://gw.example.com", "--dry-run"]
            outcome = run(push_command, words)
            stranger = run(push_command, [*words, "--agent", "agent_of_somebody"])
    assert outcome.exit_code == 0, outcome.output
    assert "  + check_availability\n" in outcome.output
    assert "0 unchanged, 1 not ours" in outcome.output
    assert "published" not in outcome.output
    assert stranger.exit_code == 1
    assert "has no agent agent_of_somebody" in stranger.output
