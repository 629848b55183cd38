"""The simulator against Cal.com's own OpenAPI document, and against Cal.com's recorded answers.

Runs where the reference data is found. What the document is known to have wrong or never lists
(calcom.md §9) is left out by name: schedules have no path in it, and errors are checked against
the recorded ones instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

from askpro.clock import Clock
from askpro.simulator.contract import answers as contract
from askpro.simulator.running import running_calcom
from askpro.simulator.simulation import SimulatorSettings
from askpro.simulator.world import instant
from tests.reference import reference, reference_files
from tests.simulator.calcom_world import COURSE, CUT, FORM, LONG, SERIES, TEETH
from tests.simulator.checked import VERSIONS, CheckedCalcom, checked_calcom, wish

pytestmark = pytest.mark.contract

TEN, TWO = "2026-10-22T08:00:00Z", "2026-10-22T12:00:00Z"


@pytest.fixture(scope="module")
def document() -> OpenAPI:
    raw = json.loads(reference("data/calcom-openapi.json").read_text(encoding="utf-8"))
    return OpenAPI.from_dict(_with_nulls(raw))


def _with_nulls(node: Any) -> Any:
    """``nullable`` beside ``allOf`` means null or that schema; read to the letter, null could never
    pass the ``allOf``, and Cal.com does answer null there."""
    if isinstance(node, list):
        return [_with_nulls(one) for one in node]
    if not isinstance(node, dict):
        return node
    read = {key: _with_nulls(value) for key, value in node.items()}
    if read.get("nullable") is True and "allOf" in read:
        read["anyOf"] = [*read.pop("allOf"), {"nullable": True, "enum": [None]}]
    return read


class DocumentedCalcom:
    """A client that holds every request and answer against the document."""

    def __init__(self, calcom: CheckedCalcom, document: OpenAPI) -> None:
        self.calcom = calcom
        self._document = document
        self._session = requests.Session()

    def ask(self, method: str, path: str, *, json: Any = None, **params: Any) -> requests.Response:
        resource = path.split("/")[2]
        headers = {"Authorization": "Bearer cal_test"}
        if resource in VERSIONS:
            headers["cal-api-version"] = VERSIONS[resource]
        prepared = self._session.prepare_request(
            requests.Request(
                method, self.calcom.url + path, headers=headers, json=json, params=params
            )
        )
        answer = self._session.send(prepared, timeout=5)
        # The document's server is its own mock; the paths are what we hold against it.
        documented = prepared.copy()
        assert documented.url is not None
        documented.url = documented.url.replace(self.calcom.url, "http://127.0.0.1:4010")
        request = RequestsOpenAPIRequest(documented)
        if answer.status_code < 400:
            self._document.validate_request(request)
        self._document.validate_response(request, RequestsOpenAPIResponse(answer))
        return answer

    def post(self, path: str, json: Any) -> Any:
        answer = self.ask("POST", path, json=json)
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]


@pytest.fixture
def documented(document: OpenAPI) -> Iterator[DocumentedCalcom]:
    with checked_calcom(requests_per_minute=0) as calcom:
        yield DocumentedCalcom(calcom, document)


def test_the_account_and_its_event_types(documented: DocumentedCalcom) -> None:
    documented.ask("GET", "/v2/me")
    types = documented.ask("GET", "/v2/event-types", username="salon").json()["data"]
    assert len(types) == 6
    for kind in types:
        documented.ask("GET", f"/v2/event-types/{kind['id']}")


def test_slots_of_every_kind(documented: DocumentedCalcom) -> None:
    span = {"start": "2026-10-19T22:00:00Z", "end": "2026-11-20T22:59:59Z"}
    documented.post("/v2/bookings", wish("2026-10-22T16:00:00Z", COURSE))
    for type_id in (CUT, COURSE, SERIES, TEETH, FORM):
        for more in ({}, {"format": "range"}, {"timeZone": "Europe/Berlin"}):
            answer = documented.ask("GET", "/v2/slots", eventTypeId=type_id, **span, **more)
            assert answer.json()["data"]
    documented.ask("GET", "/v2/slots", eventTypeId=LONG, duration=60, **span)
    nothing = documented.ask(
        "GET", "/v2/slots", eventTypeId=CUT, start="2027-01-01", end="2027-01-02"
    )
    assert nothing.json()["data"] == {}


def test_reservations(documented: DocumentedCalcom) -> None:
    body = {"eventTypeId": CUT, "slotStart": TEN, "reservationDuration": 4}
    uid = documented.post("/v2/slots/reservations", body)["reservationUid"]
    documented.ask("GET", f"/v2/slots/reservations/{uid}")
    documented.ask("PATCH", f"/v2/slots/reservations/{uid}", json=body | {"slotStart": TWO})
    documented.ask("DELETE", f"/v2/slots/reservations/{uid}")
    documented.ask("GET", f"/v2/slots/reservations/{uid}")


@pytest.mark.parametrize(
    ("type_id", "start", "changes"),
    [
        (CUT, TEN, {}),
        (CUT, TEN, {"attendee": {"email": None}}),
        (CUT, TEN, {"attendee": {"phoneNumber": None}}),
        (CUT, TEN, {"location": {"type": "attendeePhone", "phone": "+4917604069021"}}),
        (CUT, TEN, {"guests": ["g@example.com"], "bookingFieldsResponses": {"notes": "x"}}),
        (TEETH, TEN, {}),
        (SERIES, "2026-10-22T14:00:00Z", {"recurrenceCount": 2}),
        (COURSE, "2026-10-22T16:00:00Z", {}),
        (LONG, "2026-10-22T10:00:00Z", {"lengthInMinutes": 60}),
        (FORM, "2026-10-22T09:00:00Z", {"bookingFieldsResponses": {"kennzeichen": "B-AP 1"}}),
    ],
)
def test_bookings_of_every_kind_are_made_and_read(
    documented: DocumentedCalcom, type_id: int, start: str, changes: dict[str, Any]
) -> None:
    made = documented.post("/v2/bookings", wish(start, type_id, **changes))
    first = made[0] if isinstance(made, list) else made
    documented.ask("GET", f"/v2/bookings/{first['uid']}")
    if "recurringBookingUid" in first:
        documented.ask("GET", f"/v2/bookings/{first['recurringBookingUid']}")


def test_lists(documented: DocumentedCalcom) -> None:
    documented.post("/v2/bookings", wish("2026-10-22T16:00:00Z", COURSE))
    for query in (
        {},
        {"status": "upcoming,past"},
        {"attendeeEmail": "ana@example.com", "afterStart": TEN, "beforeEnd": TWO},
        {"afterUpdatedAt": "2026-10-20T00:00:00Z", "sortUpdatedAt": "asc", "take": 1, "skip": 1},
        {"eventTypeIds": f"{CUT},{COURSE}"},
    ):
        documented.ask("GET", "/v2/bookings", **query)


def test_changes(documented: DocumentedCalcom) -> None:
    one = documented.post("/v2/bookings", wish(TEN))
    two = documented.post(
        f"/v2/bookings/{one['uid']}/reschedule", {"start": TWO, "reschedulingReason": "x"}
    )
    documented.ask("GET", f"/v2/bookings/{one['uid']}")
    documented.post(f"/v2/bookings/{two['uid']}/cancel", {"cancellationReason": "verreist"})
    asked, declined = (
        documented.post("/v2/bookings", wish(start, TEETH))
        for start in ("2026-10-24T08:00:00Z", "2026-10-24T12:00:00Z")
    )
    documented.post(f"/v2/bookings/{asked['uid']}/confirm", {})
    documented.post(f"/v2/bookings/{declined['uid']}/decline", {"reason": "zu"})
    documented.post("/v2/bookings/pastBooking00000000001/mark-absent", {"host": True})
    at = "2026-10-24T16:00:00Z"
    seat = documented.post("/v2/bookings", wish(at, COURSE, attendee={"email": "a@example.com"}))
    documented.post("/v2/bookings", wish(at, COURSE, attendee={"email": "b@example.com"}))
    moved = documented.post(
        f"/v2/bookings/{seat['uid']}/reschedule",
        {"start": "2026-10-25T17:00:00Z", "seatUid": seat["seatUid"]},
    )
    documented.post(f"/v2/bookings/{moved['uid']}/cancel", {"seatUid": moved["seatUid"]})


def test_webhook_subscriptions(documented: DocumentedCalcom) -> None:
    made = documented.post(
        "/v2/webhooks",
        {
            "active": True,
            "subscriberUrl": "https://example.com/hook",
            "triggers": ["BOOKING_CREATED"],
            "secret": "x" * 32,
        },
    )
    assert documented.ask("GET", "/v2/webhooks").json()["data"] == [made]
    documented.ask("GET", f"/v2/webhooks/{made['id']}")
    documented.ask("DELETE", f"/v2/webhooks/{made['id']}")


def test_refusals_have_the_documented_envelope(documented: DocumentedCalcom) -> None:
    documented.post("/v2/bookings", wish(TEN))
    assert documented.ask("POST", "/v2/bookings", json=wish(TEN)).status_code == 400
    assert documented.ask("POST", "/v2/bookings", json={"x": 1}).status_code == 400
    assert documented.ask("POST", "/v2/bookings", json=wish(TEN, 999)).status_code == 404
    assert documented.ask("GET", "/v2/bookings/nothing").status_code == 404
    documented.calcom.sim("POST", "faults", {"status": 500})
    assert documented.ask("GET", "/v2/me").status_code == 500
    documented.calcom.sim("POST", "faults", {"status": 429})
    assert documented.ask("GET", "/v2/me").status_code == 429


# -- Cal.com's recorded answers ---------------------------------------------------------------

_RECORDED = {
    "/v2/me": contract.Me,
    "/v2/event-types": contract.EventTypes,
    "/v2/slots": contract.Slots,
    "/v2/slots/reservations": contract.Reservation,
}


def _recorded_shape(request: dict[str, Any]) -> Any:
    if request["path"] in _RECORDED:
        return _RECORDED[request["path"]]
    listing = request["method"] == "GET" and request["path"] == "/v2/bookings"
    return contract.ManyBookings if listing else contract.OneBooking


@pytest.mark.parametrize("file", reference_files("data/payloads/calcom/api/*/*.json"))
def test_our_contract_reads_cal_coms_recorded_answers(file: Path) -> None:
    recorded = json.loads(file.read_text(encoding="utf-8"))
    answer = recorded["response"]
    if "json" not in answer or set(answer["json"]) == {"message"}:
        return  # Raw bytes, or the shape of a proxy: not ours to promise.
    if answer["status"] >= 400:
        bare = "statusCode" in answer["json"]
        (contract.BareError if bare else contract.ErrorEnvelope).model_validate(answer["json"])
        return
    _recorded_shape(recorded["request"]).model_validate(answer["json"])


# 05 and 07 were recorded in another world: their seats and gaps are not the given one's.
_OF_THE_GIVEN_WORLD = "data/payloads/calcom/api/slots/0[12346]-*.json"


@pytest.mark.parametrize("file", reference_files(_OF_THE_GIVEN_WORLD))
def test_the_given_world_answers_slots_as_cal_com_recorded_them(file: Path) -> None:
    recorded = json.loads(file.read_text(encoding="utf-8"))
    query = recorded["request"]["query"]
    expected = recorded["response"]["json"]["data"]
    with _given_world() as running:
        answer = requests.get(
            running.url + "/v2/slots",
            params=query,
            headers=recorded["request"]["headers"],
            timeout=5,
        )
    assert answer.json()["data"] == expected


def test_the_given_world_is_as_free_as_it_says_and_every_free_time_can_be_had() -> None:
    world = json.loads(reference("data/payloads/world.json").read_text(encoding="utf-8"))
    with _given_world() as running:
        calcom = CheckedCalcom(running)
        calcom.sim("POST", "settings", {"requests_per_minute": 0})
        for tenant in world["tenants"]:
            for kind in tenant["event_types"]:
                _try_first_free(calcom, kind)
                calcom.simulation.reset()
                calcom.sim("POST", "settings", {"requests_per_minute": 0})


def _try_first_free(calcom: CheckedCalcom, kind: dict[str, Any]) -> None:
    for day, times in kind["free_local_times"].items():
        starts = calcom.starts(kind["id"], day=day)
        assert [start[11:16] for start in starts] == times, (kind["slug"], day)
    day, times = next(iter(kind["free_local_times"].items()))
    start = calcom.starts(kind["id"], day=day)[0]
    assert calcom.book(start, kind["id"]).status_code == 201, (kind["slug"], day, times[0])


def _given_world() -> Any:
    path = reference("data/payloads/world.json")
    reference_time = json.loads(path.read_text(encoding="utf-8"))["reference_time"]
    return running_calcom(
        path,
        clock=Clock.starting_at(instant(reference_time)),
        settings=SimulatorSettings(requests_per_minute=0),
    )
