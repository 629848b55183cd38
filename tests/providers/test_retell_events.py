"""Retell's webhook events, thinned."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from askpro.errors import BadRequest
from askpro.providers.retell_events import RetellEvent, parse_event, read_call

CALL: dict[str, Any] = {
    "call_id": "call_44f7",
    "call_type": "phone_call",
    "agent_id": "agent_1",
    "agent_name": "Empfang",
    "agent_version": 7,
    "call_status": "ended",
    "direction": "inbound",
    "from_number": "+4917604069012",
    "to_number": "+493023125110",
    "start_timestamp": 1792480320000,
    "end_timestamp": 1792480364033,
    "duration_ms": 44033,
    "disconnection_reason": "user_hangup",
    "transcript": "Agent: Guten Tag.\nUser: Hier Wackernagel.",
    "transcript_object": [{"role": "agent", "content": "Guten Tag."}],
    "recording_url": "https://recordings.example.com/secret.wav",
    "recording_multi_channel_url": "https://recordings.example.com/secret2.wav",
    "public_log_url": "https://recordings.example.com/secret.txt",
    "access_token": "secret-token",
    "retell_llm_dynamic_variables": {"twilio-callsid": "CA1"},
    "latency": {"e2e": {"p50": 988.67}, "llm": {"p50": 524.4}, "tts": {"p50": 343}},
    "call_cost": {"combined_cost": 9.5405, "product_costs": []},
    "call_analysis": {
        "call_summary": "Ein Termin wurde gebucht.",
        "user_sentiment": "Positive",
        "call_successful": True,
        "in_voicemail": False,
        "custom_analysis_data": {"appointment_made": True, "customer_name": "Wackernagel"},
    },
}


def parse(event: str, call: Any = CALL, **beside: Any) -> RetellEvent:
    return parse_event(json.dumps({"event": event, "call": call, **beside}).encode())


def test_it_keeps_what_the_product_needs() -> None:
    event = parse("call_analyzed", event_timestamp=1792480370000)
    assert event.subject == "call"
    assert event.call.call_id == "call_44f7"
    assert event.call.company_number == "+493023125110"
    assert event.started_at == datetime(2026, 10, 20, 7, 12, tzinfo=UTC)
    assert event.ended_at == datetime(2026, 10, 20, 7, 12, 44, 33000, tzinfo=UTC)
    assert event.sent_at == datetime(2026, 10, 20, 7, 12, 50, tzinfo=UTC)
    assert event.duration_ms == 44033
    assert event.cost_cents == 9.5405
    assert (event.latency_e2e_ms, event.latency_llm_ms, event.latency_tts_ms) == (989, 524, 343)
    assert event.disconnection_reason == "user_hangup"
    assert event.sentiment == "Positive"
    assert event.successful is True
    assert event.in_voicemail is False
    assert event.analysis == {"appointment_made": True, "customer_name": "Wackernagel"}


def test_transcripts_links_and_tokens_stay_outside() -> None:
    event = parse("call_ended")
    for secret in ("secret", "Hier Wackernagel", "CA1", "Guten Tag"):
        assert secret not in repr(event)
        assert secret not in json.dumps(event.to_json())


def test_the_transcript_comes_along_where_it_is_asked_for() -> None:
    raw = json.dumps({"event": "call_analyzed", "call": CALL}).encode()
    event = parse_event(raw, keep_transcript=True)
    assert event.transcript == "Agent: Guten Tag.\nUser: Hier Wackernagel."
    turns = [{"role": "user", "content": "Hallo"}, {"role": "dtmf"}, "x", {"role": "agent"}]
    raw = json.dumps(
        {"event": "call_analyzed", "call": {"call_id": "c", "transcript_object": turns}}
    )
    assert parse_event(raw.encode(), keep_transcript=True).transcript == "User: Hallo"


def test_what_the_inbox_stores_is_the_same_event_again() -> None:
    for event in (parse("call_analyzed"), parse("transcript_updated"), parse("call_paused")):
        assert RetellEvent.from_json(json.loads(json.dumps(event.to_json()))) == event


@pytest.mark.parametrize("event", ["call_started", "call_ended", "call_analyzed"])
def test_a_lifecycle_event_happens_once_per_call(event: str) -> None:
    first, changed = parse(event), parse(event, {**CALL, "duration_ms": 1})
    assert first.dedupe_key == changed.dedupe_key == f"{event}:call_44f7"
    assert parse(event, {**CALL, "call_id": "other"}).dedupe_key != first.dedupe_key
    assert first.digest != changed.digest


def test_every_transcript_update_counts() -> None:
    assert parse("transcript_updated").dedupe_key is None


def test_two_transfers_of_a_call_differ_by_their_destination() -> None:
    beside = {"transfer_destination": {"type": "predefined", "number": "+493023125149"}}
    first = parse("transfer_started", **beside)
    assert first.transfer_number == "+493023125149"
    assert first.dedupe_key == parse("transfer_started", **beside).dedupe_key
    inside = {**CALL, "transfer_destination": "+493023125150"}
    other = parse("transfer_started", inside)
    assert other.transfer_number == "+493023125150"
    assert other.dedupe_key != first.dedupe_key
    assert "+49" not in str(first.dedupe_key)


def test_a_transfer_may_know_no_more_than_the_call_id() -> None:
    event = parse("transfer_bridged", {"call_id": "call_44f7"})
    assert (event.call.call_id, event.call.to_number, event.known) == ("call_44f7", None, True)


@pytest.mark.parametrize("key", ["chat", "call"])
def test_a_chat_is_read_under_either_name(key: str) -> None:
    chat = {"chat_id": "chat_1", "chat_status": "ended", "chat_analysis": {"chat_successful": True}}
    event = parse_event(json.dumps({"event": "chat_analyzed", key: chat}).encode())
    assert event.subject == "chat"
    assert event.call.call_id == "chat_1"
    assert event.dedupe_key == "chat_analyzed:chat_1"
    assert event.successful is True


def test_an_inbound_call_is_read_from_its_own_envelope() -> None:
    body = {
        "event": "call_inbound",
        "call_inbound": {"from_number": "anonymous", "to_number": "+49"},
    }
    event = parse_event(json.dumps(body).encode())
    assert event.subject == "inbound"
    assert event.call.customer_number == "anonymous"
    assert event.call.call_id is None
    assert event.dedupe_key == f"call_inbound:{event.digest[:32]}"


def test_an_unknown_event_is_no_fault() -> None:
    event = parse("call_paused")
    assert not event.known
    assert event.call.call_id == "call_44f7"
    assert event.dedupe_key == f"call_paused:{event.digest[:32]}"
    bare = parse_event(b'{"event":"brand_new"}')
    assert (bare.event, bare.call.call_id) == ("brand_new", None)


def test_null_and_absent_are_the_same() -> None:
    nulls = dict.fromkeys(CALL) | {"call_id": "call_1", "call_analysis": {"x": None}}
    event = parse("call_analyzed", nulls)
    assert event.to_json() == parse("call_analyzed", {"call_id": "call_1"}).to_json() | {
        "digest": event.digest
    }


def test_a_strange_value_in_a_describing_field_is_left_out() -> None:
    strange = {
        "call_id": "call_1",
        "duration_ms": "44033",
        "start_timestamp": -1,
        "end_timestamp": 10**17,
        "call_cost": {"combined_cost": "9"},
        "latency": {"e2e": {"p50": "x"}, "llm": 3},
        "call_analysis": {
            "user_sentiment": 7,
            "call_successful": "yes",
            "custom_analysis_data": [1],
        },
        "agent_version": "7",
        "disconnection_reason": {"a": 1},
    }
    event = parse("call_ended", strange)
    assert event.to_json() == parse("call_ended", {"call_id": "call_1"}).to_json() | {
        "digest": event.digest
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event"),
        ({"event": None}, "event"),
        ({"event": 7}, "event"),
        ({"event": ""}, "event"),
        ({"event": "call_ended"}, "call"),
        ({"event": "call_ended", "call": None}, "call"),
        ({"event": "call_ended", "call": []}, "call"),
        ({"event": "call_ended", "call": "call_1"}, "call"),
        ({"event": "call_ended", "call": {}}, "call.call_id"),
        ({"event": "call_ended", "call": {"call_id": 7}}, "call.call_id"),
        ({"event": "call_ended", "call": {"call_id": "c" * 101}}, "call.call_id"),
        ({"event": "call_ended", "call": {"call_id": "c", "to_number": 49}}, "call.to_number"),
        ({"event": "chat_ended", "chat": {}}, "chat.chat_id"),
        ({"event": "call_inbound"}, "call_inbound"),
        ({"event": "call_inbound", "call_inbound": 3}, "call_inbound"),
    ],
)
def test_an_event_of_nobody_is_refused_by_the_name_of_its_field(
    body: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_event(json.dumps(body).encode())
    assert refused.value.field == field


def test_a_call_looked_up_at_retell_reads_like_its_last_event() -> None:
    assert read_call(CALL).event == "call_analyzed"
    ended = {key: value for key, value in CALL.items() if key != "call_analysis"}
    assert read_call(ended).event == "call_ended"
    assert read_call({**ended, "call_status": "not_connected"}).event == "call_ended"
    assert read_call({**ended, "call_status": "ongoing"}).event == "call_started"
    assert read_call(CALL).dedupe_key == parse("call_analyzed").dedupe_key


def test_the_analysis_keeps_single_values_only() -> None:
    free = {"a": 1, "b": {"c": 2}, "d": [1], "e": None, "f": "x" * 5000, "": 1, "g": 1.5}
    analysis = parse(
        "call_analyzed", {"call_id": "c", "call_analysis": {"custom_analysis_data": free}}
    )
    assert analysis.analysis == {"a": 1, "f": "x" * 1000, "g": 1.5}


def test_an_event_stored_by_a_newer_release_can_be_read_after_it_was_taken_back() -> None:
    event = parse("call_ended")
    stored = event.to_json()
    stored["call"]["mood"] = "new"
    assert RetellEvent.from_json({**stored, "novelty": 1}) == event
