from __future__ import annotations

import requests

from tests.simulator.calcom_world import COURSE, CUT, SERIES, TEETH
from tests.simulator.checked import CheckedCalcom, message

TEN = "2026-10-22T08:00:00Z"
TWO = "2026-10-22T12:00:00Z"
STANDING = "standingBooking0000001"
PAST = "pastBooking00000000001"


def _booked(calcom: CheckedCalcom, start: str = TEN, type_id: int = CUT) -> str:
    return str(calcom.book(start, type_id).json()["data"]["uid"])


def _move(calcom: CheckedCalcom, uid: str, start: str, **more: str) -> requests.Response:
    return calcom.post(f"/v2/bookings/{uid}/reschedule", {"start": start} | more)


def _cancel(
    calcom: CheckedCalcom, uid: str, reason: str | None = "verreist", **more: object
) -> requests.Response:
    body = ({"cancellationReason": reason} if reason else {}) | more
    return calcom.post(f"/v2/bookings/{uid}/cancel", body)


def test_a_moved_booking_is_a_new_one_and_the_old_one_points_to_it(calcom: CheckedCalcom) -> None:
    old = _booked(calcom)
    answer = _move(calcom, old, TWO, reschedulingReason="Arzttermin")
    new = answer.json()["data"]
    assert answer.status_code == 201
    assert new["uid"] != old
    assert (new["rescheduledFromUid"], new["reschedulingReason"]) == (old, "Arzttermin")
    assert new["metadata"] == {"gw_key": "t1:call_1:1"}
    before = calcom.get(f"/v2/bookings/{old}").json()["data"]
    assert (before["status"], before["rescheduledToUid"]) == ("cancelled", new["uid"])
    assert "2026-10-22T10:00:00.000+02:00" in calcom.starts()


def test_a_booking_can_move_within_its_own_time(calcom: CheckedCalcom) -> None:
    assert _move(calcom, STANDING, TEN).status_code == 201
    assert "2026-10-22T09:00:00.000+02:00" in calcom.starts()  # what it left is free now


def test_a_moved_booking_cannot_be_moved_again_and_the_refusal_names_the_newer(
    calcom: CheckedCalcom,
) -> None:
    old = _booked(calcom)
    new = _move(calcom, old, TWO).json()["data"]["uid"]
    refused = _move(calcom, old, TEN)
    assert refused.status_code == 400
    assert new in message(refused)
    assert new in message(_cancel(calcom, old))


def test_a_cancelled_booking_cannot_be_moved(calcom: CheckedCalcom) -> None:
    uid = _booked(calcom)
    _cancel(calcom, uid)
    assert "has been cancelled" in message(_move(calcom, uid, TWO))


def test_moving_to_a_taken_time_is_refused_and_nothing_changes(calcom: CheckedCalcom) -> None:
    uid = _booked(calcom)
    _booked(calcom, TWO)
    assert message(_move(calcom, uid, TWO)).startswith("User either already")
    assert calcom.get(f"/v2/bookings/{uid}").json()["data"]["status"] == "accepted"


def test_moving_makes_a_confirmed_request_pending_again_unless_the_owner_moved_it(
    calcom: CheckedCalcom,
) -> None:
    praxis = calcom.as_("cal_live_praxis")
    uid = _booked(praxis, type_id=TEETH)
    assert praxis.post(f"/v2/bookings/{uid}/confirm").json()["data"]["status"] == "accepted"
    moved = _move(praxis, uid, TWO).json()["data"]
    assert moved["status"] == "pending"
    again = _move(praxis, moved["uid"], TEN, rescheduledBy="praxis@example.com").json()["data"]
    assert again["status"] == "accepted"
    assert again["rescheduledByEmail"] == "praxis@example.com"


def test_an_unknown_uid_is_404(calcom: CheckedCalcom) -> None:
    assert {
        calcom.get("/v2/bookings/nothing").status_code,
        _move(calcom, "nothing", TWO).status_code,
        _cancel(calcom, "nothing").status_code,
    } == {404}


def test_cancelling_frees_the_slot(calcom: CheckedCalcom) -> None:
    uid = _booked(calcom)
    answer = _cancel(calcom, uid)
    assert answer.status_code == 200
    assert answer.json()["data"]["cancellationReason"] == "verreist"
    assert "2026-10-22T10:00:00.000+02:00" in calcom.starts()
    assert calcom.book(TEN).status_code == 201


def test_the_host_must_give_a_reason_and_is_told_in_the_bare_shape(calcom: CheckedCalcom) -> None:
    refused = _cancel(calcom, _booked(calcom), None)
    assert refused.status_code == 400
    assert refused.json() == {
        "statusCode": 400,
        "message": "Cancellation reason is required when you are the host",
    }


def test_without_a_key_the_uid_is_enough_and_no_reason_is_needed(calcom: CheckedCalcom) -> None:
    assert _cancel(calcom.as_(None), _booked(calcom), None).status_code == 200


def test_cancelling_twice_is_refused(calcom: CheckedCalcom) -> None:
    uid = _booked(calcom)
    _cancel(calcom, uid)
    assert "has been cancelled already" in message(_cancel(calcom, uid))


def test_what_is_over_can_neither_be_cancelled_nor_moved(calcom: CheckedCalcom) -> None:
    assert _cancel(calcom, PAST).status_code == 400
    assert _move(calcom, PAST, TEN).status_code == 400


def test_a_type_may_forbid_cancelling_and_moving(calcom: CheckedCalcom) -> None:
    uid = _booked(calcom)
    calcom.sim(
        "POST",
        "event-types",
        {"id": CUT, "disable_cancelling": True, "disable_rescheduling": True},
    )
    assert _cancel(calcom, uid).status_code == 400
    assert _move(calcom, uid, TWO).status_code == 400


def test_one_seat_can_leave_and_the_others_stay(calcom: CheckedCalcom) -> None:
    at = "2026-10-22T16:00:00Z"
    first = calcom.book(at, COURSE, attendee={"email": "a@example.com"}).json()["data"]
    calcom.book(at, COURSE, attendee={"email": "b@example.com"})
    left = _cancel(calcom, first["uid"], None, seatUid=first["seatUid"]).json()["data"]
    assert left["status"] == "accepted"
    assert [a["email"] for a in left["attendees"]] == ["b@example.com"]
    last = left["attendees"][0]["seatUid"]
    assert _cancel(calcom, first["uid"], None, seatUid=last).json()["data"]["status"] == "cancelled"


def test_one_seat_can_move_alone(calcom: CheckedCalcom) -> None:
    at, later = "2026-10-22T16:00:00Z", "2026-10-24T16:00:00Z"
    first = calcom.book(at, COURSE, attendee={"email": "a@example.com"}).json()["data"]
    calcom.book(at, COURSE, attendee={"email": "b@example.com"})
    moved = _move(calcom, first["uid"], later, seatUid=first["seatUid"]).json()["data"]
    assert [a["email"] for a in moved["attendees"]] == ["a@example.com"]
    assert moved["seatUid"] == first["seatUid"]
    stays = calcom.get(f"/v2/bookings/{first['uid']}").json()["data"]
    assert (stays["status"], len(stays["attendees"])) == ("accepted", 1)
    assert _move(calcom, first["uid"], later, seatUid="none").status_code == 404


def test_the_rest_of_a_series_can_be_cancelled(calcom: CheckedCalcom) -> None:
    made = calcom.book("2026-10-22T14:00:00Z", SERIES).json()["data"]
    gone = _cancel(calcom, made[1]["uid"], cancelSubsequentBookings=True).json()["data"]
    assert [b["uid"] for b in gone] == [b["uid"] for b in made[1:]]
    assert calcom.get(f"/v2/bookings/{made[0]['uid']}").json()["data"]["status"] == "accepted"


def test_a_request_can_be_declined_with_a_reason_and_only_once(calcom: CheckedCalcom) -> None:
    uid = _booked(calcom, type_id=TEETH)
    declined = calcom.post(f"/v2/bookings/{uid}/decline", {"reason": "zu"})
    assert declined.json()["data"]["status"] == "rejected"
    assert calcom.post(f"/v2/bookings/{uid}/confirm").status_code == 400


def test_confirming_needs_the_owner(calcom: CheckedCalcom) -> None:
    uid = _booked(calcom, type_id=TEETH)
    assert calcom.as_(None).post(f"/v2/bookings/{uid}/confirm").status_code == 401


def test_absence_is_noted_after_the_start_only(calcom: CheckedCalcom) -> None:
    mark = {"attendees": [{"email": "493023125455@sms.cal.com", "absent": True}]}
    noted = calcom.post(f"/v2/bookings/{PAST}/mark-absent", mark).json()["data"]
    assert noted["attendees"][0]["absent"] is True
    assert calcom.post(f"/v2/bookings/{STANDING}/mark-absent", {"host": True}).status_code == 400
