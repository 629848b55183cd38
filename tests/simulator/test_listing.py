from __future__ import annotations

import pytest

from tests.simulator.calcom_world import CUT, SERIES, TEETH, WASH
from tests.simulator.checked import CheckedCalcom

STANDING, PAST = "standingBooking0000001", "pastBooking00000000001"


def _uids(calcom: CheckedCalcom, **query: object) -> list[str]:
    answer = calcom.get("/v2/bookings", **query)
    assert answer.status_code == 200, answer.text
    return [row["uid"] for row in answer.json()["data"]]


def test_the_reconciling_question_finds_a_booking_by_mail_and_time(calcom: CheckedCalcom) -> None:
    around = {"afterStart": "2026-10-22T06:30:00Z", "beforeEnd": "2026-10-22T08:00:00Z"}
    assert _uids(calcom, attendeeEmail="torben@example.com", **around) == [STANDING]
    assert _uids(calcom, attendeeEmail="Torben@Example.com", **around) == [STANDING]
    assert _uids(calcom, attendeeEmail="nobody@example.com", **around) == []
    assert (
        _uids(calcom, attendeeEmail="torben@example.com", afterStart="2026-10-22T07:00:01Z") == []
    )


def test_an_updated_booking_shows_after_its_update_only(calcom: CheckedCalcom) -> None:
    assert _uids(calcom, afterUpdatedAt="2026-10-20T08:00:00Z") == []
    calcom.post(f"/v2/bookings/{STANDING}/cancel", {"cancellationReason": "x"})
    assert _uids(calcom, afterUpdatedAt="2026-10-20T08:00:00Z") == [STANDING]


def test_the_list_statuses_are_not_the_bookings_own(calcom: CheckedCalcom) -> None:
    request = calcom.book("2026-10-24T08:00:00Z", TEETH).json()["data"]["uid"]
    series = calcom.book("2026-10-24T14:00:00Z", SERIES).json()["data"]
    gone = calcom.book("2026-10-26T09:00:00Z", CUT).json()["data"]["uid"]
    calcom.post(f"/v2/bookings/{gone}/cancel", {"cancellationReason": "x"})
    weekly = [row["uid"] for row in series]
    assert _uids(calcom, status="past") == [PAST]
    assert _uids(calcom, status="cancelled") == [gone]
    assert _uids(calcom, status="unconfirmed") == [request]
    assert _uids(calcom, status="recurring") == weekly
    assert _uids(calcom, status="upcoming") == [STANDING, request, *weekly]
    assert _uids(calcom, status="past,cancelled") == [PAST, gone]


def test_event_types_uid_and_name_filter(calcom: CheckedCalcom) -> None:
    washed = calcom.book("2026-10-24T08:00:00Z", WASH).json()["data"]["uid"]
    assert _uids(calcom, eventTypeId=WASH) == [washed]
    assert _uids(calcom, eventTypeIds=f"{WASH},{CUT}") == [PAST, STANDING, washed]
    assert _uids(calcom, bookingUid=washed) == [washed]
    assert _uids(calcom, attendeeName="Ana Ruiz") == [washed]
    assert _uids(calcom, teamId=1) == []


def test_pages_add_up(calcom: CheckedCalcom) -> None:
    calcom.book("2026-10-24T08:00:00Z")
    first = calcom.get("/v2/bookings", take=2, sortStart="desc").json()
    second = calcom.get("/v2/bookings", take=2, skip=2, sortStart="desc").json()
    assert [row["uid"] for row in first["data"] + second["data"]][1:] == [STANDING, PAST]
    assert first["pagination"] == {
        "totalItems": 3,
        "remainingItems": 1,
        "returnedItems": 2,
        "itemsPerPage": 2,
        "currentPage": 1,
        "totalPages": 2,
        "hasNextPage": True,
        "hasPreviousPage": False,
    }
    assert second["pagination"]["hasNextPage"] is False
    assert second["pagination"]["currentPage"] == 2


@pytest.mark.parametrize(
    "query",
    [
        {"take": "251"},
        {"take": "viele"},
        {"status": "booked"},
        {"afterStart": "gestern"},
        {"eventTypeIds": "a,b"},
        {"sortStart": "up"},
    ],
)
def test_a_filter_that_makes_no_sense_is_400(calcom: CheckedCalcom, query: dict[str, str]) -> None:
    assert calcom.get("/v2/bookings", **query).status_code == 400


def test_the_list_needs_a_key(calcom: CheckedCalcom) -> None:
    assert calcom.as_(None).get("/v2/bookings").status_code == 401
