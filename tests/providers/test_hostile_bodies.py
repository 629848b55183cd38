"""Bodies that are built to hurt: refused early, with one of two errors, repeating nothing."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askpro.errors import BadRequest, TooLarge
from askpro.providers.calcom_webhooks import parse_calcom_event
from askpro.providers.retell_events import parse_event
from askpro.providers.retell_functions import parse_function_call
from tests.counts import times

FORM = "application/x-www-form-urlencoded"
Parser = Callable[[bytes], Any]


def on_a_route(raw: bytes) -> Any:
    return parse_function_call(raw, None, "book_appointment")


def as_a_form(raw: bytes) -> Any:
    return parse_function_call(raw, FORM, "book_appointment")


def as_multipart(raw: bytes) -> Any:
    return parse_function_call(raw, "multipart/form-data; boundary=x", "book_appointment")


PARSERS: list[Parser] = [
    parse_function_call,
    on_a_route,
    as_a_form,
    as_multipart,
    parse_event,
    parse_calcom_event,
]

MANY = 1_000_000
HORDES: dict[str, Callable[[], bytes]] = {
    "100,000 levels of lists": lambda: b"[" * 100_000,
    "100,000 levels of objects": lambda: b'{"args":' * 100_000,
    "100,000 levels, closed": lambda: b'{"args":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a million keys": lambda: b'{"args":{' + b",".join(b'"k%d":1' % n for n in range(MANY)) + b"}}",
    "a million lists": lambda: b'{"args":[' + b"[]," * MANY + b"1]}",
    "a million objects": lambda: b'{"args":[' + b"{}," * MANY + b"1]}",
    "a million numbers": lambda: b'{"args":[' + b"1," * MANY + b"1]}",
    "a million keys of an event": lambda: (
        b'{"event":"call_ended","call":{' + b",".join(b'"k%d":1' % n for n in range(MANY)) + b"}}"
    ),
    "a million keys in a text": lambda: json.dumps(
        {"name": "x", "args": json.dumps(dict.fromkeys(map(str, range(200_000)), 1))}
    ).encode(),
}


@pytest.mark.slow
@pytest.mark.parametrize("parse", [parse_function_call, parse_event, parse_calcom_event])
@pytest.mark.parametrize("horde", HORDES)
def test_hordes_are_refused_before_they_cost_memory(parse: Parser, horde: str) -> None:
    raw = HORDES[horde]()
    tracemalloc.start()
    try:
        with pytest.raises((BadRequest, TooLarge)):
            parse(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000


def test_a_form_of_a_million_fields_is_refused_before_it_costs_memory() -> None:
    raw = b"&".join(b"a%d=1" % n for n in range(MANY))
    with pytest.raises(TooLarge):
        as_a_form(raw)


def test_a_long_real_call_is_not_a_horde() -> None:
    words = [{"word": f"Wort{n} ", "start": n * 0.3, "end": n * 0.3 + 0.2} for n in range(80_000)]
    body = {
        "event": "call_ended",
        "call": {"call_id": "c", "transcript_object": [{"words": words}]},
    }
    raw = json.dumps(body, separators=(",", ":")).encode()
    assert 3_500_000 < len(raw) < 5_000_000
    assert parse_event(raw).call.call_id == "c"


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.sampled_from(["null", "{}", "[]", "{{call_id}}", "\x00", "ja", "call_1", "+49301", "１２"]),
)
FIELDS = [
    *("name", "function_name", "function", "args", "parameters", "call", "call_id", "event"),
    *("chat", "call_inbound", "triggerEvent", "payload", "uid", "attendees", "responses"),
    *("organizer", "metadata", "createdAt", "startTime", "datum", "date", "uhrzeit", "service"),
    *("bestaetigung", "duration", "notes", "to_number", "from_number", "direction", "latency"),
    *("transcript_with_tool_calls", "call_analysis", "custom_analysis_data", "e2e", "p50"),
    *("call_cost", "combined_cost", "start_timestamp", "event_timestamp", "oooEntry"),
    "transfer_destination",
]
NAMES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(FIELDS),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=6)),
    max_leaves=25,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=8)
EVENTS = OBJECTS.map(
    lambda body: {"event": "call_ended", "triggerEvent": "BOOKING_CREATED", **body}
)
DAMAGE = st.tuples(st.integers(0, 2_000), st.binary(max_size=3))


def check(raw: bytes) -> None:
    """Every parser reads it or refuses it with one of two errors that say nothing of the body."""
    for parse in PARSERS:
        refused: BadRequest | TooLarge | None = None
        try:
            read = parse(raw)
        except (BadRequest, TooLarge) as why:
            refused = why
        if refused is None:
            json.dumps(read.to_json() if hasattr(read, "to_json") else read.args)
        else:
            assert str(refused) == type(refused).message
            assert refused.field is None or len(refused.field) < 40


@pytest.mark.slow
@settings(
    max_examples=times(120, 2_000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(st.one_of(OBJECTS, EVENTS))
def test_any_object_is_read_or_refused(body: dict[str, Any]) -> None:
    check(json.dumps(body).encode())


@pytest.mark.slow
@settings(
    max_examples=times(120, 2_000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(OBJECTS, DAMAGE)
def test_any_damaged_object_is_read_or_refused(
    body: dict[str, Any], damage: tuple[int, bytes]
) -> None:
    raw = json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")
    position, piece = damage
    position %= len(raw) + 1
    check(raw[:position] + piece + raw[position + len(piece) :])


@settings(max_examples=times(150, 2_000), deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    check(raw)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.faults
@settings(max_examples=times(150, 10_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(OBJECTS, EVENTS), DAMAGE)
def test_malformed_bodies_are_read_or_refused(
    body: dict[str, Any], damage: tuple[int, bytes]
) -> None:
    raw = json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")
    position, piece = damage
    position %= len(raw) + 1
    check(raw[:position] + piece + raw[position:])
