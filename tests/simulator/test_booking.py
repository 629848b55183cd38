from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from tests.simulator.calcom_world import COURSE, CUT, FORM, LONG, ROUND, SERIES, TEETH, WASH
from tests.simulator.checked import CheckedCalcom, message, wish

TEN = "2026-10-22T08:00:00Z"  # 10:00 in Berlin
FREE_FORM = "2026-10-22T09:00:00Z"


def test_a_free_slot_is_booked_and_can_be_read_back(calcom: CheckedCalcom) -> None:
    answer = calcom.book(TEN, bookingFieldsResponses={"notes": "bitte kurz"})
    made = answer.json()["data"]
    assert answer.status_code == 201
    assert (made["status"], made["start"], made["end"]) == (
        "accepted",
        "2026-10-22T08:00:00.000Z",
        "2026-10-22T08:30:00.000Z",
    )
    assert made["title"] == "Schnitt: Salon Test und Ana Ruiz"
    assert made["metadata"] == {"gw_key": "t1:call_1:1"}
    assert made["bookingFieldsResponses"]["notes"] == "bitte kurz"
    assert calcom.get(f"/v2/bookings/{made['uid']}").json()["data"] == made


def test_a_taken_slot_is_refused_for_one_host_and_for_a_team(calcom: CheckedCalcom) -> None:
    calcom.book(TEN)
    other = {"email": "b@example.com", "phoneNumber": None}
    refused = calcom.book(TEN, attendee=other)
    assert refused.status_code == 400
    assert message(refused) == ("User either already has booking at this time or is not available")
    at = "2026-10-22T13:00:00Z"
    praxis = calcom.as_("cal_live_praxis")
    assert praxis.book(at, ROUND).status_code == 201
    assert message(praxis.book(at, ROUND, attendee=other)).startswith("One of the hosts either")


@pytest.mark.parametrize(
    "style",
    [
        "no_available_users_found_error",
        "booking_conflict_error",
        "fixed_hosts_unavailable_for_booking",
        "round_robin_host_unavailable_for_booking",
    ],
)
def test_a_taken_slot_may_also_come_back_unmapped(calcom: CheckedCalcom, style: str) -> None:
    calcom.sim("POST", "event-types", {"id": CUT, "taken_as": style})
    calcom.book(TEN)
    refused = calcom.book(TEN)
    assert (refused.status_code, message(refused)) == (409, style)
    assert refused.json()["error"]["code"] == style


def test_a_taken_slot_may_also_be_a_record_that_exists(calcom: CheckedCalcom) -> None:
    calcom.sim("POST", "event-types", {"id": CUT, "taken_as": "record_exists"})
    calcom.book(TEN)
    refused = calcom.book(TEN)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "CONFLICT"
    assert message(refused).endswith("record that already exists.")


def test_a_time_that_was_never_free_is_refused_like_a_taken_one(calcom: CheckedCalcom) -> None:
    assert message(calcom.book("2026-10-22T08:05:00Z")).startswith("User either already")


def test_a_blind_retry_of_a_booking_that_landed_is_refused(calcom: CheckedCalcom) -> None:
    assert calcom.book(TEN).status_code == 201
    assert calcom.book(TEN).status_code == 400


@pytest.mark.parametrize(("type_id", "start"), [(TEETH, TEN), (ROUND, "2026-10-22T13:00:00Z")])
def test_confirmation_and_round_robin_types_answer_a_retry_with_what_exists(
    calcom: CheckedCalcom, type_id: int, start: str
) -> None:
    first = calcom.book(start, type_id).json()["data"]
    again = calcom.book(start, type_id)
    assert (again.status_code, again.json()["data"]["uid"]) == (201, first["uid"])


def test_a_type_that_needs_confirmation_is_only_requested(calcom: CheckedCalcom) -> None:
    assert calcom.book(TEN, TEETH).json()["data"]["status"] == "pending"


def test_a_recurring_type_answers_with_an_array_that_keeps_the_local_hour(
    calcom: CheckedCalcom,
) -> None:
    made = calcom.book("2026-10-22T14:00:00Z", SERIES).json()["data"]
    assert [b["start"] for b in made] == [
        "2026-10-22T14:00:00.000Z",
        "2026-10-29T15:00:00.000Z",  # after the clock change: still 16:00 in Berlin
        "2026-11-05T15:00:00.000Z",
    ]
    assert len({b["uid"] for b in made}) == 3
    series = calcom.get(f"/v2/bookings/{made[0]['recurringBookingUid']}").json()["data"]
    assert [b["uid"] for b in series] == [b["uid"] for b in made]


def test_seats_are_taken_one_by_one_until_none_is_left(calcom: CheckedCalcom) -> None:
    at = "2026-10-22T16:00:00Z"
    first, second = (
        calcom.book(at, COURSE, attendee={"email": f"{n}@example.com"}).json()["data"]
        for n in ("a", "b")
    )
    assert first["uid"] == second["uid"]
    assert first["seatUid"] != second["seatUid"]
    assert [a["email"] for a in second["attendees"]] == ["a@example.com", "b@example.com"]
    full = calcom.book(at, COURSE, attendee={"email": "c@example.com"})
    assert (full.status_code, message(full)) == (409, "No more seats left at this seated booking.")


def test_the_past_is_refused(calcom: CheckedCalcom) -> None:
    assert message(calcom.book("2026-10-20T08:00:00Z")) == (
        "Attempting to book a meeting in the past."
    )


@pytest.mark.parametrize("start", ["2026-10-20T09:00:00Z", "2026-11-12T10:00:00Z"])
def test_too_soon_and_too_far_share_one_message(calcom: CheckedCalcom, start: str) -> None:
    refused = calcom.book(start, FORM, bookingFieldsResponses={"kennzeichen": "B-AP 1"})
    assert message(refused).startswith('The event type can\'t be booked at the "start" time')


def test_a_booker_may_have_so_many_and_is_told_which(calcom: CheckedCalcom) -> None:
    answers = {"kennzeichen": "B-AP 1"}
    first = calcom.book(FREE_FORM, FORM, bookingFieldsResponses=answers).json()["data"]
    refused = calcom.book("2026-10-22T09:30:00Z", FORM, bookingFieldsResponses=answers)
    assert refused.status_code == 400
    assert "maximum number of active bookings" in message(refused)
    assert first["uid"] in message(refused)


def test_an_unknown_event_type_is_404(calcom: CheckedCalcom) -> None:
    refused = calcom.book(TEN, 999)
    assert (refused.status_code, message(refused)) == (404, "Event type with id 999 not found.")


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({"attendee": {"phoneNumber": None}}, "Missing attendee phone number"),
        ({"bookingFieldsResponses": {}}, "Missing required booking field response: kennzeichen."),
        ({"bookingFieldsResponses": {"kennzeichen": 5}}, "Invalid type for booking field"),
        (
            {"bookingFieldsResponses": {"kennzeichen": "B", "achse": "oben"}},
            "Invalid option 'oben'",
        ),
        ({"bookingFieldsResponses": {"kennzeichen": "B", "farbe": "rot"}}, "Booking field with"),
        ({"lengthInMinutes": 60}, "Can't specify 'lengthInMinutes'"),
        ({"recurrenceCount": 2}, "Can't pass 'recurrenceCount'"),
    ],
)
def test_the_form_of_the_event_type_is_checked(
    calcom: CheckedCalcom, changes: dict[str, Any], beginning: str
) -> None:
    given = {"bookingFieldsResponses": {"kennzeichen": "B-AP 1"}} | changes
    refused = calcom.book(FREE_FORM, FORM, **given)
    assert refused.status_code == 400
    assert message(refused).startswith(beginning)


def test_a_length_must_be_one_of_the_types(calcom: CheckedCalcom) -> None:
    at = "2026-10-22T10:00:00Z"
    assert message(calcom.book(at, LONG, lengthInMinutes=45)).startswith("Provided 'lengthIn")
    assert calcom.book(at, LONG, lengthInMinutes=60).json()["data"]["duration"] == 60


def _invalid(changes: dict[str, Any]) -> dict[str, Any]:
    body = wish(TEN)
    body["attendee"] |= changes.pop("attendee", {})
    return body | changes


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"reservedSlotUid": "x"}, ["reservedSlotUid"]),
        ({"attendee": {"nickname": "x"}}, ["attendee", "nickname"]),
        ({"attendee": {"phoneNumber": "+49000000000"}}, ["attendee", "phoneNumber"]),
        ({"attendee": {"phoneNumber": "01760 4069021"}}, ["attendee", "phoneNumber"]),
        ({"attendee": {"email": "ana at example"}}, ["attendee", "email"]),
        ({"attendee": {"timeZone": "Berlin"}}, ["attendee", "timeZone"]),
        ({"attendee": {"language": "deutsch"}}, ["attendee", "language"]),
        ({"start": "morgen um zehn"}, ["start"]),
        ({"start": "2026-10-22T10:00:00"}, ["start"]),
        ({"eventTypeId": "101"}, ["eventTypeId"]),
        ({"metadata": {"k": "x" * 501}}, ["metadata", "k"]),
        ({"metadata": {"k" * 41: "x"}}, ["metadata", "k" * 41]),
        ({"metadata": {str(n): "x" for n in range(51)}}, ["metadata"]),
    ],
)
def test_an_invalid_body_is_refused_and_named_as_class_validator_does(
    calcom: CheckedCalcom, changes: dict[str, Any], path: list[str]
) -> None:
    refused = calcom.post("/v2/bookings", _invalid(dict(changes)))
    assert refused.status_code == 400
    level = refused.json()["error"]["details"]["errors"]
    for name in path:
        node = next(one for one in level if one["property"] == name)
        level = node["children"]
    assert calcom.simulation.calendar.shelf.find("x") is None


@pytest.mark.parametrize("body", ["[]", "7", '"x"', "{", ""])
def test_a_body_that_is_no_object_is_400(calcom: CheckedCalcom, body: str) -> None:
    answer = requests.post(
        f"{calcom.url}/v2/bookings",
        data=body,
        headers={"cal-api-version": "2024-08-13", "Authorization": "Bearer cal_x"},
        timeout=5,
    )
    assert answer.status_code == 400


def test_neither_mail_nor_phone_is_refused(calcom: CheckedCalcom) -> None:
    nobody = calcom.book(TEN, attendee={"email": None, "phoneNumber": None})
    assert nobody.status_code == 400


def test_a_phone_alone_gets_cal_coms_stand_in_mail(calcom: CheckedCalcom) -> None:
    made = calcom.book(TEN, attendee={"email": None}).json()["data"]
    assert made["attendees"][0]["email"] == "4917604069021@sms.cal.com"


def test_booking_is_public_unless_the_type_says_otherwise(calcom: CheckedCalcom) -> None:
    anonymous = calcom.as_(None)
    assert anonymous.book(TEN).status_code == 201
    calcom.sim("POST", "event-types", {"id": WASH, "requires_authentication": True})
    assert anonymous.book("2026-10-24T08:00:00Z", WASH).status_code == 401


def test_managed_parents_and_teams_without_hosts_cannot_be_booked(calcom: CheckedCalcom) -> None:
    calcom.sim("POST", "event-types", {"id": CUT, "managed_parent": True})
    assert calcom.starts(day="2026-10-22") == []
    assert calcom.book(TEN).status_code == 400
    calcom.sim("POST", "event-types", {"id": ROUND, "hosts": 0})
    assert calcom.book("2026-10-22T13:00:00Z", ROUND).status_code == 422


def test_a_hundred_racers_for_one_slot_have_one_winner(calcom: CheckedCalcom) -> None:
    calcom.sim("POST", "settings", {"requests_per_minute": 0})
    statuses: list[int] = []

    def race(number: int) -> None:
        racer = calcom.as_("cal_test")
        for _ in range(5):
            answer = racer.book(TEN, attendee={"email": f"racer{number}@example.com"})
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=race, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(statuses) == 100
    assert statuses.count(201) == 1
    assert statuses.count(400) == 99
