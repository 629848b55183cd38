"""Function calls in every envelope that reaches the gateway."""

import json
from typing import Any

import pytest

from askpro.errors import BadRequest, TooLarge
from askpro.providers.retell_functions import FunctionCall, parse_function_call

FORM = "application/x-www-form-urlencoded"
CALL_ID = "call_44f70f2e4bed4188c3ba1edeb6d"
CALL = {
    "call_id": CALL_ID,
    "agent_id": "agent_0c3d1b",
    "call_type": "phone_call",
    "from_number": "+4917604069012",
    "to_number": "+493023125110",
    "direction": "inbound",
    "transcript": "Agent: Guten Tag.\nUser: Schön, einen Termin bitte.",
}


MULTIPART = "multipart/form-data; boundary=x"


def multipart(*parts: tuple[str, bytes]) -> bytes:
    head = b"--x\r\nContent-Disposition: form-data; "
    return b"".join(head + n.encode() + b"\r\n\r\n" + v + b"\r\n" for n, v in parts) + b"--x--\r\n"


def parse(body: Any, route: str | None = None) -> FunctionCall:
    return parse_function_call(json.dumps(body).encode(), "application/json", route)


def test_it_reads_retells_own_envelope() -> None:
    call = parse({"name": "check_availability", "call": CALL, "args": {"date": "morgen"}})
    assert call.name == "check_availability"
    assert call.known
    assert call.args == {"date": "morgen"}
    assert call.envelope == "retell"
    assert call.call.call_id == CALL_ID
    assert call.call.agent_id == "agent_0c3d1b"
    assert call.call.company_number == "+493023125110"
    assert call.call.customer_number == "+4917604069012"


@pytest.mark.parametrize(
    "body",
    [
        {"function_name": "list_services", "call_id": CALL_ID, "parameters": {}},
        {"function": "list_services", "call_id": CALL_ID, "parameters": "{}"},
        {"name": "list_services", "call_id": CALL_ID, "args": None},
        {"name": "list_services", "call_id": CALL_ID, "args": ""},
        {"name": "list_services", "call": {"call_id": CALL_ID}, "args": {}},
        {"name": "list_services_v17", "call": {"call_id": CALL_ID}, "args": {}},
        {"name": "list-services", "call": {"call_id": CALL_ID}, "args": {}},
        {"name": "list_services", "call": json.dumps({"call_id": CALL_ID}), "args": {}},
    ],
)
def test_it_reads_the_other_envelopes_alike(body: dict[str, Any]) -> None:
    call = parse(body)
    assert (call.name, call.args, call.call.call_id) == ("list_services", {}, CALL_ID)


@pytest.mark.parametrize(
    ("heard", "ours"),
    [
        ("start_booking", "book_appointment"),
        ("collect_appointment_data", "collect_appointment"),
        ("initialize_call", "current_context"),
        ("collect_appointment_data_v3", "collect_appointment"),
        ("checkAvailability", "check_availability"),
        ("bookAppointment_v2", "book_appointment"),
        ("Book_Appointment", "book_appointment"),
    ],
)
def test_synonyms_of_functions_are_one_function(heard: str, ours: str) -> None:
    assert parse({"name": heard, "call": CALL, "args": {}}).name == ours


@pytest.mark.parametrize("heard", ["order_pizza", "<script>alert(1)</script>", "pizza_v2", "Ü"])
def test_an_unknown_function_keeps_the_name_it_was_called_by(heard: str) -> None:
    call = parse({"name": heard, "call": CALL, "args": {"size": "groß"}})
    assert (call.name, call.known, call.args) == (heard, False, {})


def test_a_body_without_any_name_has_none_on_the_dispatching_route() -> None:
    call = parse({"service": "Herrenhaarschnitt", "date": "2026-10-22"})
    assert (call.name, call.known) == ("", False)


def test_a_route_of_its_own_decides_the_function() -> None:
    call = parse({"call_id": CALL_ID, "args": {"date": "heute"}}, "check_availability")
    assert (call.name, call.args, call.envelope) == (
        "check_availability",
        {"date": "heute"},
        "args",
    )
    other = parse({"name": "frei", "call": CALL, "args": {}}, "check_availability")
    assert other.name == "check_availability"
    assert other.warnings == ("name_differs_from_route",)
    flat = parse({"name": "list_services", "date": "heute"}, "check_availability")
    assert flat.name == "check_availability"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "check_availability", "call": CALL, "args": {"date": "heute"}}, "name"),
        ({"function_name": "check_availability_v2", "call_id": CALL_ID, "args": {}}, "name"),
        ({"event": "call_started", "call": CALL}, "event"),
        ({"event": "call_ended", "call": CALL, "name": "cancel_appointment", "args": {}}, "event"),
    ],
)
def test_what_was_signed_for_another_route_is_refused(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(body, "cancel_appointment")
    assert refused.value.field == field


@pytest.mark.parametrize(
    "said",
    ["Kreszenzia Hinterhuber", "Quittengasse 17, 10115 Berlin", "kh@example.org", "c" * 101, "ü"],
)
def test_a_text_is_no_id(said: str) -> None:
    inner = {**CALL, "call_id": said[:100], "agent_id": said[:100], "direction": said[:100]}
    if len(said) <= 100:
        facts = parse({"name": "list_services", "call": inner, "args": {}}).call
        assert (facts.agent_id, facts.direction) == (None, None)
        # Counted and told apart all the same, by a digest.
        assert (facts.call_id or "").startswith("id_")
        assert said not in (facts.call_id or "")
        assert parse({"name": "list_services", "call": inner}).call.call_id == facts.call_id
    assert parse({"name": "list_services", "call_id": said, "args": {}}).call.call_id is None


def test_in_a_flat_body_the_name_is_the_customers() -> None:
    flat = {
        "call_id": CALL_ID,
        "datum": "30.10.2026",
        "uhrzeit": "10:30",
        "name": "Torben Wackernagel",
        "dienstleistung": "Herrenhaarschnitt",
        "bestaetigung": True,
    }
    call = parse(flat, "collect_appointment")
    assert call.name == "collect_appointment"
    assert call.envelope == "flat"
    assert call.call.call_id == CALL_ID
    assert call.args == {
        "date": "30.10.2026",
        "time": "10:30",
        "name": "Torben Wackernagel",
        "service": "Herrenhaarschnitt",
        "confirm": True,
    }


def test_in_a_flat_body_a_functions_name_is_not_a_customer() -> None:
    call = parse({"name": "check_availability", "date": "heute"}, "check_availability")
    assert call.args == {"date": "heute"}


def test_a_customer_is_no_function_on_the_dispatching_route() -> None:
    call = parse({"name": "Torben Wackernagel", "datum": "heute"})
    assert (call.name, call.args["name"]) == ("", "Torben Wackernagel")


def test_an_outbound_call_belongs_to_the_calling_number() -> None:
    call = parse({"name": "list_services", "call": {**CALL, "direction": "outbound"}, "args": {}})
    assert call.call.company_number == "+4917604069012"
    assert call.call.customer_number == "+493023125110"


def test_a_web_call_has_no_numbers() -> None:
    web = {"call_id": CALL_ID, "call_type": "web_call", "agent_id": "agent_1", "access_token": "t"}
    facts = parse({"name": "list_services", "call": web, "args": {}}).call
    assert facts.company_number is None
    assert facts.customer_number is None
    assert facts.call_type == "web_call"


@pytest.mark.parametrize(
    "invented", ["None", "call_1", "call_001", "1", "12345", "current", "undefined", CALL_ID[:20]]
)
def test_the_envelopes_call_id_is_the_truth(invented: str) -> None:
    call = parse({"name": "list_services", "call": CALL, "args": {"call_id": invented}})
    assert call.call.call_id == CALL_ID
    assert "call_id" not in call.args


@pytest.mark.parametrize(
    "invented",
    [
        *("None", "call_1", "call_001", "1", "12345", "current", "current_call", "dummy_call_id"),
        *("undefined", "{{call_id}}", "", "   ", None, 17, ["call_1"], "call_" + "a" * 200),
    ],
)
def test_an_invented_id_outside_of_the_call_is_none(invented: object) -> None:
    assert parse({"call_id": invented, "args": {}}, "list_services").call.call_id is None


def test_an_id_among_the_arguments_alone_is_never_believed() -> None:
    assert parse({"name": "list_services", "args": {"call_id": CALL_ID}}).call.call_id is None


def test_it_finds_the_id_of_this_very_invocation() -> None:
    turns = [
        {"role": "tool_call_invocation", "name": "check_customer", "tool_call_id": "tool_1"},
        {"role": "tool_call_invocation", "name": "list_services_v2", "tool_call_id": "tool_2"},
    ]
    live = {**CALL, "transcript_with_tool_calls": turns}
    call = parse({"name": "list_services_v2", "call": live, "args": {}})
    assert call.invocation_id == "tool_2"
    other = {**CALL, "transcript_with_tool_calls": turns[:1]}
    assert parse({"name": "list_services", "call": other, "args": {}}).invocation_id is None


def test_the_transcript_does_not_leave_the_parser() -> None:
    call = parse({"name": "list_services", "call": CALL, "args": {}})
    assert "Termin bitte" not in repr(call)


def test_it_reads_bracketed_forms() -> None:
    raw = (
        f"function_name=check_availability&call_id={CALL_ID}"
        "&parameters%5Bdate%5D=2026-10-22&parameters[service]=F%C3%A4rben"
    ).encode()
    call = parse_function_call(raw, f"{FORM}; charset=utf-8")
    assert call.name == "check_availability"
    assert call.args == {"date": "2026-10-22", "service": "Färben"}
    assert call.call.call_id == CALL_ID


def test_it_reads_flat_forms_and_forms_with_json_in_a_field() -> None:
    flat = b"name=Jasmin+Wei%C3%9Fgerber&datum=30.10.2026&bestaetigung=ja&notes="
    call = parse_function_call(flat, FORM, "collect_appointment")
    assert call.args == {"name": "Jasmin Weißgerber", "date": "30.10.2026", "confirm": True}
    inside = b"name=list_services&args=%7B%22sprache%22%3A+%22de%22%7D&call[call_id]=call_ab12"
    call = parse_function_call(inside, FORM)
    assert (call.name, call.call.call_id, call.envelope) == ("list_services", "call_ab12", "retell")


def test_it_reads_multipart_forms() -> None:
    raw = multipart(('name="datum"', b"morgen"), ('name="dienstleistung"', "Färben".encode()))
    call = parse_function_call(raw, MULTIPART, "check_availability")
    assert call.args == {"date": "morgen", "service": "Färben"}


def test_a_body_that_looks_like_json_is_json_whatever_its_type_says() -> None:
    raw = b' {"name":"list_services","args":{}}'
    for content_type in (FORM, "text/plain", None, "", "application/json"):
        assert parse_function_call(raw, content_type).name == "list_services"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": 5, "call": CALL, "args": {}}, "name"),
        ({"function_name": ["x"], "args": {}}, "function_name"),
        ({"name": "list_services", "call": 5, "args": {}}, "call"),
        ({"name": "list_services", "call": [], "args": {}}, "call"),
        ({"name": "list_services", "call": CALL, "args": []}, "args"),
        ({"name": "list_services", "call": CALL, "args": 7}, "args"),
        ({"name": "list_services", "call": CALL, "args": "nonsense"}, "args"),
        ({"name": "list_services", "call": CALL, "parameters": "[1]"}, "parameters"),
        ({"name": "list_services", "call": {**CALL, "call_id": 17}, "args": {}}, "call.call_id"),
        ({"name": "x", "call": {**CALL, "call_id": "c" * 101}, "args": {}}, "call.call_id"),
        ({"name": "x", "call": {**CALL, "to_number": {}}, "args": {}}, "call.to_number"),
        ({"name": "x", "call": {**CALL, "from_number": 49}, "args": {}}, "call.from_number"),
        ({"name": "x", "call": {**CALL, "agent_id": True}, "args": {}}, "call.agent_id"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_name_of_its_field(
    body: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(body)
    assert refused.value.field == field


@pytest.mark.parametrize("key", ["call", "args"])
def test_two_of_a_decisive_name_are_refused(key: str) -> None:
    twin = f'{{"name":"list_services","{key}":{{}},"{key}":{{"a":1}}}}'.encode()
    with pytest.raises(BadRequest) as refused:
        parse_function_call(twin)
    assert refused.value.field == key


def test_two_called_numbers_are_refused() -> None:
    raw = b'{"name":"x","call":{"to_number":"+491","to_number":"+492"},"args":{}}'
    with pytest.raises(BadRequest):
        parse_function_call(raw)


def test_the_same_name_in_two_places_is_no_twin() -> None:
    body = {"name": "x", "call": {**CALL, "metadata": {"to_number": "+491"}}, "args": {}}
    assert parse(body).call.to_number == "+493023125110"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"{",
        b'{"name":',
        b'{"name":"list_services","args":{"a":NaN}}',
        b'{"name":"list_services","args":{"a":1e999}}',
        b'{"name":"list_services","args":{"a":"\xff"}}',
        b'{"name":"list_services"} {}',
        b"\x00",
        b"name=list_services&args={}",
    ],
)
def test_bodies_that_are_no_json_object_are_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_function_call(raw, "application/json")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"gut \ud83d", "gut \ufffd"),
        (r"\uDE00 gut", "\ufffd gut"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud83d \ud83d", "\\ud83d \ufffd"),
    ],
)
def test_of_half_an_emoji_only_the_half_is_lost(written: str, read: str) -> None:
    """JavaScript cuts texts between the two halves, and sends what is left as an escape."""
    raw = json.dumps({"name": "book_appointment", "call": CALL, "args": {"notes": "TEXT"}})
    asked = parse_function_call(raw.replace("TEXT", written).encode(), "application/json")
    assert asked.args == {"notes": read}


def test_a_body_of_nothing_but_escapes_is_not_mended() -> None:
    raw = b'{"name":"list_services","args":{"a":"' + rb"\n" * 400_000 + rb"\ud83d" + b'"}}'
    with pytest.raises(BadRequest):
        parse_function_call(raw, "application/json")


@pytest.mark.parametrize(
    "raw",
    [b"name=%FF", b"call=x&call[call_id]=1", b"args=1", b"\xff\xfe=1"],
)
def test_forms_that_cannot_be_read_are_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_function_call(raw, FORM, "list_services")


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"&".join(b"a%d=1" % n for n in range(400)), FORM),
        (b"not multipart", MULTIPART),
        (b"not multipart", "multipart/form-data"),
        (multipart(('name="f"; filename="a.txt"', b"z")), MULTIPART),
        (multipart(('name="f"', b"z" * 600_000)), MULTIPART),
    ],
)
def test_forms_that_are_too_much_are_refused(raw: bytes, content_type: str) -> None:
    with pytest.raises((BadRequest, TooLarge)):
        parse_function_call(raw, content_type, "list_services")


def test_a_byte_order_mark_is_forgiven() -> None:
    assert parse_function_call(b'\xef\xbb\xbf{"name":"list_services","args":{}}').known


def test_control_characters_do_not_get_through() -> None:
    body = {"name": "book_appointment", "call": CALL, "args": {"name": "To\u0000r\u001b[31mben"}}
    assert parse(body).args["name"] == "Tor[31mben"
