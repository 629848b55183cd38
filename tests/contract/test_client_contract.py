"""Our parsers and our client against the reference: golden payloads and Cal.com's contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from askpro.clock import Clock
from askpro.errors import (
    BookingConflict,
    CalcomError,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnauthorized,
    CalcomUnavailable,
    CalcomUnreadable,
    SlotTaken,
)
from askpro.providers.calcom import CalcomAccount, CalcomClient, NewBooking
from askpro.providers.calcom_webhooks import CalcomEvent, parse_calcom_event
from askpro.providers.retell import RetellEvent, parse_event, parse_function_call
from askpro.settings import Settings
from tests.providers.stub import Request, Stub, answer, stub_server
from tests.reference import reference, reference_files

pytestmark = pytest.mark.contract

API = "data/payloads/calcom/api"
OUTCOMES: dict[str, tuple[type[CalcomError], ...]] = {
    "taken": (SlotTaken,),
    "bad_request": (CalcomRejected,),
    "auth_failed": (CalcomUnauthorized,),
    "not_found": (CalcomNotFound,),
    "conflict": (BookingConflict,),
    "rate_limited": (CalcomRateLimited,),
    "unknown_outcome": (CalcomUnavailable, CalcomUnreadable),
}
REASONS = {
    "03-400_past": ("past", None),
    "04-400_out_of_bounds": ("out_of_bounds", None),
    "05-400_validation_echo": ("invalid_field", "attendee.phoneNumber"),
    "06-400_bare_shape": ("reason_required", None),
    "07-400_required_field": ("missing_field", "kennzeichen"),
}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as running:
        yield running


@pytest.fixture
def client(stub: Stub) -> CalcomClient:
    account = CalcomAccount("calcom_api", "cal_test_0000000000000000", stub.url)
    return CalcomClient(account, Settings(), Clock())


@pytest.fixture(scope="module")
def contract() -> OpenAPI:
    return OpenAPI.from_file_path(str(reference("data/calcom-openapi.json")))


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    listed = json.loads(reference("data/payloads/manifest.json").read_text())
    return {entry["path"]: entry for entry in listed["files"]}


def entry_of(manifest: dict[str, Any], path: Path) -> dict[str, Any]:
    found: dict[str, Any] = manifest[str(path.relative_to(reference("data/payloads")))]
    return found


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def replay(stub: Stub, path: Path) -> dict[str, Any]:
    """Queue the golden answer; returns the golden request."""
    golden: dict[str, Any] = json.loads(path.read_text())
    given = golden["response"]
    body = given["json"] if "json" in given else (path.parent / given["body_file"]).read_bytes()
    stub.will(answer(given["status"], body, given["headers"]))
    request: dict[str, Any] = golden["request"]
    return request


def ask(client: CalcomClient, request: dict[str, Any]) -> Any:
    """The client's call that stands for a golden request."""
    method, query, body = request["method"], request.get("query", {}), request.get("json", {})
    parts = request["path"].split("/")[2:]
    if parts == ["slots"]:
        window = instant(query["start"]), instant(query["end"])
        return client.slots(int(query["eventTypeId"]), *window)
    if parts == ["me"]:
        return client.me()
    if parts == ["event-types"]:
        return client.event_types(query["username"])
    if parts[-1] == "cancel":
        return client.cancel(parts[1], body.get("cancellationReason", ""))
    if parts[-1] == "reschedule":
        return client.reschedule(parts[1], instant(body["start"]), body["reschedulingReason"])
    if method == "GET" and len(parts) == 2:
        return client.booking(parts[1])
    if method == "GET":
        return list(
            client.bookings(
                attendee_email=query["attendeeEmail"],
                after_start=instant(query["afterStart"]) if "afterStart" in query else None,
                before_end=instant(query["beforeEnd"]) if "beforeEnd" in query else None,
                status=tuple(query["status"].split(",")) if "status" in query else (),
            )
        )
    return client.book(new_booking(body))


def new_booking(body: dict[str, Any]) -> NewBooking:
    attendee = body["attendee"]
    return NewBooking(
        event_type_id=body["eventTypeId"],
        start=instant(body["start"]),
        name=attendee["name"],
        time_zone=attendee["timeZone"],
        language=attendee["language"],
        email=attendee.get("email"),
        phone=attendee.get("phoneNumber"),
        metadata=body.get("metadata", {}),
    )


def holds(contract: OpenAPI, request: Request) -> None:
    """Raises where the request breaks Cal.com's contract."""
    contract.validate_request(
        MockRequest(
            # The server that the contract names; ours listens elsewhere.
            "http://127.0.0.1:4010",
            request.method.lower(),
            request.path,
            args=request.query,
            headers=request.headers,
            data=request.body or None,
            content_type=request.headers.get("content-type", "application/json"),
        )
    )


#: The client reserves no slot: at Cal.com that guarantees nothing (calcom.md §2).
_NOT_ASKED = "*reservation*"
GOOD = [
    *reference_files(f"{API}/account/*.json", but=_NOT_ASKED),
    *reference_files(f"{API}/bookings/*.json"),
    *reference_files(f"{API}/slots/*.json"),
]


@pytest.mark.parametrize("path", GOOD)
def test_a_good_answer_is_read_and_its_question_is_asked_as_the_reference_asks_it(
    client: CalcomClient, stub: Stub, contract: OpenAPI, path: Path
) -> None:
    golden = replay(stub, path)
    read = ask(client, golden)
    assert read is not None
    sent = stub.requests[0]
    assert (sent.method, sent.path) == (golden["method"], golden["path"])
    assert sent.headers.get("cal-api-version") == golden["headers"].get("cal-api-version")
    assert sent.headers["authorization"] == golden["headers"]["Authorization"]
    if "json" in golden:
        assert sent.json == golden["json"]
    wanted = {
        name: value
        for name, value in golden.get("query", {}).items()
        if name not in ("timeZone", "format")
    }
    assert wanted.items() <= sent.query.items()
    holds(contract, sent)


@pytest.mark.parametrize("path", reference_files(f"{API}/errors/*.json", but=_NOT_ASKED))
def test_a_failure_becomes_the_error_that_the_manifest_means(
    client: CalcomClient, stub: Stub, manifest: dict[str, Any], path: Path
) -> None:
    golden = replay(stub, path)
    meant = entry_of(manifest, path)["outcome"]
    with pytest.raises(CalcomError) as raised:
        ask(client, golden)
    fault = raised.value
    assert isinstance(fault, OUTCOMES[meant])
    assert fault.maybe_done is (meant == "unknown_outcome")
    if isinstance(fault, CalcomRejected):
        assert (fault.reason, fault.field) == REASONS[path.stem]
    if isinstance(fault, CalcomRateLimited):
        assert fault.reset_seconds == 37
    if isinstance(fault, CalcomNotFound):
        assert fault.wrong_version is (path.stem == "14-404_wrong_version")
    person = golden.get("json", {}).get("attendee", {})
    for secret in filter(None, (person.get("name"), person.get("email"))):
        assert secret not in str(fault)
    # A refused cancellation looks whether the booking is gone already; no write is sent twice.
    assert [r.method for r in stub.requests].count("POST") <= 1


def read_golden(client: CalcomClient, stub: Stub, name: str) -> Any:
    return ask(client, replay(stub, reference(f"{API}/{name}.json")))


def test_the_golden_slots_are_the_instants_that_the_manifest_names(
    client: CalcomClient, stub: Stub
) -> None:
    weekend = {slot.start for slot in read_golden(client, stub, "slots/02-dst_weekend")}
    assert {
        datetime(2026, 10, 24, 6, tzinfo=UTC),
        datetime(2026, 10, 26, 7, tzinfo=UTC),
    } <= weekend
    assert len(weekend) == 9
    assert read_golden(client, stub, "slots/03-empty") == []
    utc = read_golden(client, stub, "slots/06-utc_default")
    assert datetime(2026, 10, 23, 8, 30, tzinfo=UTC) in {slot.start for slot in utc}
    seated = read_golden(client, stub, "slots/05-seated")
    assert [slot.seats_left for slot in seated] == [5, 8, 5]
    assert len(read_golden(client, stub, "slots/04-range_format")) == 15
    assert len(read_golden(client, stub, "slots/07-only_gaps")) == 2


def test_the_golden_bookings_are_what_the_manifest_says(client: CalcomClient, stub: Stub) -> None:
    assert read_golden(client, stub, "bookings/01-201_accepted").status == "accepted"
    assert read_golden(client, stub, "bookings/02-201_pending").status == "pending"
    recurring = read_golden(client, stub, "bookings/03-201_recurring_array")
    assert len(recurring.series) == 2
    assert read_golden(client, stub, "bookings/04-201_seated").seat_uid
    phone_only = read_golden(client, stub, "bookings/05-201_phone_only").attendee
    assert (phone_only.email, phone_only.phone) == (None, "+493023125488")
    moved = read_golden(client, stub, "bookings/06-reschedule_201")
    assert (moved.uid, moved.rescheduled_from_uid) == (
        "fWgJhvSXoXJr8nkqbnCXmn",
        "MPiZ54pFWLQkospniyKGU3",
    )
    assert read_golden(client, stub, "bookings/07-cancel_200").gone
    (landed,) = read_golden(client, stub, "bookings/09-list_reconcile_hit")
    assert landed.gw_key == "salon-quittenberg:call_44f70f2e4bed4188c3ba1edeb6d:1"
    assert read_golden(client, stub, "bookings/10-list_empty") == []
    types = read_golden(client, stub, "account/02-event_types_200")
    assert [kind.why_not for kind in types] == [()] * 4


def test_what_the_client_sends_besides_keeps_the_contract(
    client: CalcomClient, stub: Stub, contract: OpenAPI
) -> None:
    start = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
    booking = {"uid": "a", "status": "accepted", "start": "2026-11-03T13:30:00Z"}
    stub.will(answer(200, {"status": "success", "data": booking}))
    full = NewBooking(
        7,
        start,
        "Ötting-O'Neill",
        "Europe/Berlin",
        phone="+4917604069012",
        minutes=45,
        metadata={"gw_key": "k" * 600},
        answers={"barber": "Eva"},
        location={"type": "attendeePhone", "phone": "+4917604069012"},
    )
    calls: list[Callable[[], Any]] = [
        lambda: client.book(full),
        lambda: client.reschedule("uid1", start, "krank"),
        lambda: client.reschedule("uid1", start, "krank", "3be561a9-31f1-4b8e-aefc-9d9a085f0dd1"),
        lambda: client.cancel("uid1", ""),
        lambda: client.cancel("uid1", "x", "3be561a9-31f1-4b8e-aefc-9d9a085f0dd1"),
        lambda: client.booking("uid1"),
    ]
    for call in calls:
        call()
    stub.will(answer(200, {"status": "success", "data": {}}))
    client.slots(7, start, start, minutes=45)
    stub.will(answer(200, {"status": "success", "data": []}))
    list(client.bookings(attendee_email="t@example.com", status=("upcoming",), after_updated=start))
    client.event_types("salon")
    assert len(stub.requests) == len(calls) + 3
    for request in stub.requests:
        holds(contract, request)


# -- what comes in --


@pytest.mark.parametrize("path", reference_files("data/payloads/retell/functions/*/*.*"))
def test_every_golden_function_call_is_read(path: Path, manifest: dict[str, Any]) -> None:
    entry = entry_of(manifest, path)
    by_route = path.parent.name in ("args-only", "legacy", "form")
    call = parse_function_call(
        path.read_bytes(),
        entry.get("content_type", "application/json"),
        entry["function"] if by_route else None,
    )
    meant = entry.get("function")
    if path.parent.name == "unknown":
        assert (call.name, call.known) == ("order_pizza", False)
    else:
        assert (call.name, call.known) == (meant or path.parent.name, True)
    assert "call_id" not in call.args
    if path.parent.name not in ("legacy", "args-only", "form"):
        assert call.call.call_id == json.loads(path.read_bytes())["call"]["call_id"]
        assert call.invocation_id


EVENTS = [
    *reference_files("data/payloads/retell/webhooks/*.json"),
    *reference_files("data/payloads/retell/webhooks/sequences/*/0*.json"),
]


@pytest.mark.parametrize("path", EVENTS)
def test_every_golden_event_is_read_and_keeps_no_secret(
    path: Path, manifest: dict[str, Any]
) -> None:
    event = parse_event(path.read_bytes())
    stored = json.dumps(event.to_json(), ensure_ascii=False)
    assert RetellEvent.from_json(json.loads(stored)) == event
    for secret in ("recordings.example.com", "ZmFrZS10b2tlbg", "twilio"):
        assert secret not in stored
    assert event.known is (path.stem != "20-unknown_event")


WEBHOOKS = [
    *reference_files("data/payloads/calcom/webhooks/*.json"),
    *reference_files("data/payloads/calcom/webhooks/sequences/*/0*.json"),
]


@pytest.mark.parametrize("path", WEBHOOKS)
def test_every_golden_webhook_of_calcom_is_read(path: Path, manifest: dict[str, Any]) -> None:
    entry = entry_of(manifest, path)
    event = parse_calcom_event(path.read_bytes())
    assert CalcomEvent.from_json(json.loads(json.dumps(event.to_json()))) == event
    assert event.trigger == entry["trigger"].replace(".", "_")
    assert event.known is ("unknown_trigger" not in path.stem)
    if "uid" in entry:
        assert event.uid == entry["uid"]
    if "previous_uid" in entry:
        assert event.previous_uid == entry["previous_uid"]
    assert "sms.cal.com" not in json.dumps(event.to_json())


def test_two_reports_of_one_booking_share_a_uid_and_the_same_bytes_a_key() -> None:
    folder = reference("data/payloads/calcom/webhooks/sequences/01-duplicate-created")
    first, same, other = (
        parse_calcom_event((folder / name).read_bytes())
        for name in (
            "01-created.json",
            "02-created-same-bytes.json",
            "03-created-second-subscriber.json",
        )
    )
    assert first.dedupe_key == same.dedupe_key
    assert first.digest == same.digest
    assert other.dedupe_key != first.dedupe_key
    assert other.uid == first.uid


def test_the_contract_would_notice(contract: OpenAPI) -> None:
    """A body with a key too many, and a question without its version, do break it."""
    body = {
        "start": "2026-11-03T13:30:00Z",
        "eventTypeId": 7,
        "attendee": {"name": "T", "timeZone": "Europe/Berlin", "email": "t@example.com"},
    }
    headers = {"cal-api-version": "2024-08-13", "content-type": "application/json"}
    holds(contract, Request("POST", "/v2/bookings", headers, json.dumps(body).encode(), 1))
    more = json.dumps({**body, "reservedSlotUid": "x"}).encode()
    with pytest.raises(OpenAPIError):
        holds(contract, Request("POST", "/v2/bookings", headers, more, 1))
    with pytest.raises(OpenAPIError):
        holds(contract, Request("POST", "/v2/bookings", {}, json.dumps(body).encode(), 1))
