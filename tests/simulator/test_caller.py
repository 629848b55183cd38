from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from askpro.providers.retell_signature import verify
from askpro.simulator.caller import CallResult, play
from askpro.simulator.cast import Person, companies_of, company_named
from askpro.simulator.conversation import live_line, summary, turn_text
from askpro.simulator.line import Connection
from askpro.simulator.scenarios import SCENARIOS
from askpro.simulator.world import read_world
from tests.simulator.calcom_world import NOW, clock
from tests.simulator.stub_gateway import OTHER, StubGateway, stub_gateway

KEY = "key_of_the_test"
ASKED_FOR = {
    "book_tomorrow", "check_then_book", "slot_taken_takes_alternative", "unclear_date", "cancel",
    "reschedule", "anonymous", "web_call", "hang_up_early", "callback_when_down",
    "twice_same_function", "english_args", "list_services", "other_company",
}  # fmt: skip


@pytest.fixture
def gateway() -> Iterator[StubGateway]:
    with stub_gateway() as stub:
        yield stub


def _play(gateway: StubGateway, scenario: str, **more: object) -> CallResult:
    options = {k: more.pop(k) for k in ("duplicates", "reorder") if k in more}
    connection = Connection(gateway.url, KEY, clock(), retry_seconds=0, **options)
    return play(scenario, connection, companies_of(read_world(None, NOW)), seed=7, **more)


def test_all_scenarios_that_were_asked_for_exist() -> None:
    assert set(SCENARIOS) >= ASKED_FOR


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_every_scenario_plays_to_its_end(gateway: StubGateway, scenario: str) -> None:
    result = _play(gateway, scenario)
    assert result.outcome != "nothing"
    assert result.failures == ()
    assert gateway.events[-2:] == ["call_ended", "call_analyzed"]


def test_a_call_goes_through_its_life_in_order(gateway: StubGateway) -> None:
    result = _play(gateway, "book_tomorrow")
    kinds = [body.get("event") or body["name"] for body in gateway.bodies]
    assert kinds == [
        "call_inbound",
        "call_started",
        "check_availability",
        "book_appointment",
        "call_ended",
        "call_analyzed",
    ]
    assert result.outcome == "booked"
    assert result.statuses == ("available", "booked")


def test_every_body_is_signed_as_sent_by_the_clock_of_the_family(gateway: StubGateway) -> None:
    _play(gateway, "book_tomorrow", caller=Person("Jörg Süßmilch", "+4917604069101"))
    for raw, signature in gateway.raw:
        assert verify(raw, [KEY], signature, clock().unix_ms()) == KEY
    assert "Süßmilch".encode() in b"".join(raw for raw, _ in gateway.raw)


def test_a_function_carries_the_transcript_so_far_and_its_own_invocation_last(
    gateway: StubGateway,
) -> None:
    _play(gateway, "book_tomorrow")
    checked, booked = gateway.functions()
    assert checked["call"]["transcript"].startswith("Agent: Salon Lindenblüte, guten Tag.")
    assert "Frau Test" in checked["call"]["transcript"]  # the variables of call_inbound
    assert len(booked["call"]["transcript"]) > len(checked["call"]["transcript"])
    tools = booked["call"]["transcript_with_tool_calls"]
    roles = [t["role"] for t in tools if t["role"].startswith("tool")]
    assert roles == ["tool_call_invocation", "tool_call_result", "tool_call_invocation"]
    assert json.loads(tools[-1]["arguments"]) == booked["args"]
    words = booked["call"]["transcript_object"][0]["words"]
    assert words[0]["start"] < words[0]["end"] <= words[1]["end"]


def test_times_are_passed_on_as_wall_clock(gateway: StubGateway) -> None:
    _play(gateway, "book_tomorrow")
    args = gateway.functions("book_appointment")[0]["args"]
    assert (args["date"], args["time"]) == ("2026-10-22", "10:00")


def test_a_taken_time_leads_to_the_alternative(gateway: StubGateway) -> None:
    gateway.first["check_availability"] = [{"status": "unavailable", "alternatives": [OTHER]}]
    assert _play(gateway, "book_tomorrow").outcome == "booked"
    assert gateway.functions("book_appointment")[0]["args"]["time"] == "10:00"
    assert gateway.functions("check_availability")[1]["args"]["time"] == "10:30"


def test_a_slot_lost_at_the_last_moment_leads_to_the_alternative_too(gateway: StubGateway) -> None:
    gateway.first["book_appointment"] = [{"status": "unavailable", "alternatives": [OTHER]}]
    assert _play(gateway, "english_args").outcome == "booked"
    assert gateway.functions("book_appointment")[1]["args"]["time"] == "10:30"


def test_which_appointment_is_answered(gateway: StubGateway) -> None:
    gateway.first["cancel_appointment"] = [{"status": "which_one"}]
    assert _play(gateway, "cancel").outcome == "cancelled"
    assert gateway.functions("cancel_appointment")[1]["args"]["time"] == "10:00"


def test_nothing_free_ends_the_call_politely(gateway: StubGateway) -> None:
    gateway.answers["check_availability"] = {"status": "no_availability"}
    gateway.answers["find_next_available"] = {"status": "no_availability"}
    result = _play(gateway, "book_tomorrow")
    assert result.outcome == "nothing"
    assert gateway.functions("book_appointment") == []


def test_the_same_call_twice_is_the_same_bytes_with_the_same_signature(
    gateway: StubGateway,
) -> None:
    _play(gateway, "twice_same_function")
    booked = [(raw, sig) for raw, sig in gateway.raw if b'"book_appointment"' in raw[:40]]
    assert booked[0] == booked[1]
    assert booked[2] != booked[1]


def test_a_web_call_has_no_numbers_and_does_not_ring(gateway: StubGateway) -> None:
    _play(gateway, "web_call")
    assert gateway.events == ["call_started", "call_ended", "call_analyzed"]
    call = gateway.functions()[0]["call"]
    assert call["call_type"] == "web_call"
    assert not {"from_number", "to_number", "direction"} & set(call)


def test_an_anonymous_caller_has_no_number(gateway: StubGateway) -> None:
    _play(gateway, "anonymous")
    assert gateway.functions()[0]["call"]["from_number"] == "anonymous"


def test_the_other_company_is_rung_at_its_own_number(gateway: StubGateway) -> None:
    assert _play(gateway, "other_company").company.key == "20"
    assert gateway.functions()[0]["call"]["to_number"] == "+493023125120"


def test_events_come_again_until_they_are_acknowledged_and_no_more(gateway: StubGateway) -> None:
    gateway.event_statuses = [503, 500, 204]
    _play(gateway, "list_services")
    assert gateway.events == ["call_inbound", *["call_started"] * 3, "call_ended", "call_analyzed"]


def test_events_can_come_twice_and_out_of_order(gateway: StubGateway) -> None:
    _play(gateway, "list_services", duplicates=True, reorder=True)
    assert gateway.events == [
        "call_inbound",
        *["call_analyzed"] * 2,
        *["call_ended"] * 2,
        *["call_started"] * 2,
    ]


def test_a_failing_gateway_shows_in_the_result(gateway: StubGateway) -> None:
    gateway.answers["list_services"] = {"status": "", "http": 500}
    assert len(_play(gateway, "list_services").failures) == 1
    gateway.answers["list_services"] = {"status": "unauthorized", "http": 401}
    assert _play(gateway, "list_services").refused


def test_a_gateway_that_is_not_there_fails_every_turn() -> None:
    connection = Connection("http://127.0.0.1:9", KEY, timeout=0.2, retry_seconds=0)
    result = play("hang_up_early", connection, companies_of(read_world(None, NOW)), seed=1)
    assert {turn.http for turn in result.failures} == {None}


def test_a_conversation_reads_turn_by_turn(gateway: StubGateway) -> None:
    heard: list[str] = []
    result = _play(gateway, "book_tomorrow", listener=lambda turn: heard.append(turn_text(turn)))
    text = "\n".join(heard)
    assert "  Caller  Guten Tag" in text
    assert "   Agent  Salon Lindenblüte" in text
    assert " Gateway  check_availability" in text
    assert "-> available" in text
    assert summary(result).startswith("book_tomorrow: booked. 2 functions")
    line = live_line(result, NOW)
    assert "\n" not in line
    assert "Salon Lindenblüte" in line
    assert "Thu 22 Oct 10:00" in line
    assert line.rstrip().endswith("ms")


def test_a_company_is_found_by_key_number_or_name() -> None:
    companies = companies_of(read_world(None, NOW))
    for wanted in ("20", "+493023125120", "am hafen"):
        found = company_named(companies, wanted)
        assert found is not None
        assert found.key == "20"
    assert company_named(companies, "Bäckerei") is None


def test_series_are_not_booked_by_phone_and_the_default_service_comes_first() -> None:
    salon, physio = companies_of(read_world(None, NOW))
    assert salon.usual_service == "Haarschnitt"
    assert "Krankengymnastik Serie" not in physio.services
