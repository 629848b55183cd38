from __future__ import annotations

import pytest
import requests

from tests.simulator.calcom_world import CUT, FORM, LONG, ROUND, TEETH
from tests.simulator.checked import CheckedCalcom, checked_calcom, message

TEN = "2026-10-22T08:00:00Z"
PRAXIS = "cal_live_praxis"


def _types(calcom: CheckedCalcom, **query: str) -> dict[int, dict[str, object]]:
    return {row["id"]: row for row in calcom.get("/v2/event-types", **query).json()["data"]}


def test_me_is_the_account_of_the_key(calcom: CheckedCalcom) -> None:
    assert calcom.get("/v2/me").json()["data"]["username"] == "askpro-platform"
    assert calcom.as_(PRAXIS).get("/v2/me").json()["data"]["username"] == "praxis"


def test_without_a_configured_key_any_cal_key_is_the_platforms(calcom: CheckedCalcom) -> None:
    assert calcom.as_("cal_anything").get("/v2/me").status_code == 200
    refused = calcom.as_("sk_other").get("/v2/me")
    assert (refused.status_code, message(refused)) == (401, "Invalid API Key")
    assert refused.json()["error"] == {
        "code": "UnauthorizedException",
        "message": "Invalid API Key",
    }


def test_with_a_configured_key_only_that_one_is_the_platforms() -> None:
    with checked_calcom(calcom_api_key="cal_platform") as calcom:
        assert calcom.as_("cal_platform").get("/v2/me").status_code == 200
        assert calcom.as_("cal_other").get("/v2/me").status_code == 401
        assert calcom.as_(PRAXIS).get("/v2/me").status_code == 200


def test_a_key_sees_its_own_event_types_and_the_platforms_sees_all(calcom: CheckedCalcom) -> None:
    assert set(_types(calcom)) >= {CUT, TEETH, ROUND}
    assert set(_types(calcom.as_(PRAXIS))) == {TEETH, ROUND}


def test_hidden_types_appear_to_their_owner_only(calcom: CheckedCalcom) -> None:
    assert set(_types(calcom.as_(PRAXIS), username="praxis")) == {TEETH, ROUND}
    assert set(_types(calcom.as_(None), username="praxis")) == {TEETH}
    assert _types(calcom, username="nobody") == {}
    assert calcom.as_(None).get("/v2/event-types").status_code == 401


def test_an_event_type_says_all_that_a_voice_agent_must_know(calcom: CheckedCalcom) -> None:
    types = _types(calcom)
    assert types[LONG]["lengthInMinutesOptions"] == [30, 60]
    assert types[FORM]["minimumBookingNotice"] == 120
    fields = {field["slug"]: field for field in types[FORM]["bookingFields"]}
    assert fields["kennzeichen"]["required"] is True
    assert fields["attendeePhoneNumber"]["required"] is True
    assert types[TEETH]["confirmationPolicy"]["type"] == "always"


def test_anothers_event_type_does_not_exist_for_a_tenants_key(calcom: CheckedCalcom) -> None:
    praxis = calcom.as_(PRAXIS)
    assert praxis.book(TEN, CUT).status_code == 404
    bounds = {"start": "2026-10-22", "end": "2026-10-22"}
    assert praxis.get("/v2/slots", eventTypeId=CUT, **bounds).status_code == 404
    assert praxis.get(f"/v2/event-types/{CUT}").status_code == 403


def test_anothers_booking_is_forbidden_for_a_tenants_key(calcom: CheckedCalcom) -> None:
    uid = calcom.book(TEN).json()["data"]["uid"]
    praxis = calcom.as_(PRAXIS)
    assert praxis.get(f"/v2/bookings/{uid}").status_code == 403
    assert praxis.post(f"/v2/bookings/{uid}/reschedule", {"start": TEN}).status_code == 403
    assert praxis.post(f"/v2/bookings/{uid}/cancel", {"cancellationReason": "x"}).status_code == 403
    assert praxis.get("/v2/bookings").json()["data"] == []
    assert calcom.get(f"/v2/bookings/{uid}").json()["data"]["status"] == "accepted"


def test_schedules_tell_the_opening_hours(calcom: CheckedCalcom) -> None:
    salon = calcom.get("/v2/schedules").json()["data"][0]
    assert [(len(a["days"]), a["startTime"], a["endTime"]) for a in salon["availability"]] == [
        (5, "09:00", "18:00"),
        (1, "09:00", "14:00"),
    ]


# -- versions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/v2/slots?eventTypeId=101", "2024-08-13"),
        ("/v2/bookings", "2024-09-04"),
        ("/v2/event-types", "2024-06-11"),
        ("/v2/schedules", "2024-06-14"),
    ],
)
def test_a_known_version_on_the_wrong_resource_matches_no_route(
    calcom: CheckedCalcom, path: str, wrong: str
) -> None:
    answer = calcom.ask("GET", path.partition("?")[0], params=_query(path), headers=_v(wrong))
    assert answer.status_code == 404
    assert message(answer) == f"Cannot GET {path}"


@pytest.mark.parametrize("version", ["2024-04-15", "2099-01-01"])
def test_an_unknown_version_silently_gets_the_oldest_contract(
    calcom: CheckedCalcom, version: str
) -> None:
    def old(method: str, path: str, json: object = None) -> requests.Response:
        return calcom.ask(method, path, json=json, headers=_v(version), checked=False)

    assert "eventTypeGroups" in old("GET", "/v2/event-types").json()["data"]
    assert "bookings" in old("GET", "/v2/bookings").json()["data"]
    assert "startTime" in old("GET", "/v2/bookings/standingBooking0000001").json()["data"]
    assert old("GET", "/v2/slots").status_code == 404
    assert old("POST", "/v2/bookings", {"start": TEN}).status_code == 400
    assert old("POST", "/v2/bookings/standingBooking0000001/reschedule").status_code == 404
    assert old("GET", "/v2/schedules").json()["data"][0]["isManaged"] is False


def test_the_newer_bookings_version_is_the_same_contract(calcom: CheckedCalcom) -> None:
    assert calcom.ask("GET", "/v2/bookings", headers=_v("2026-02-25")).status_code == 200


def test_an_unknown_route_is_404_in_the_envelope(calcom: CheckedCalcom) -> None:
    assert message(calcom.get("/v2/teams")) == "Cannot GET /v2/teams"


def _v(version: str) -> dict[str, str]:
    return {"cal-api-version": version}


def _query(path: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in path.partition("?")[2].split("&") if pair)
