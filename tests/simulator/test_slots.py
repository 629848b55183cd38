from __future__ import annotations

from tests.simulator.calcom_world import COURSE, CUT, FORM, LONG, ROUND, WASH
from tests.simulator.checked import CheckedCalcom, message

DAY = "2026-10-22"


def test_it_is_free_exactly_at_the_listed_local_times(calcom: CheckedCalcom) -> None:
    assert calcom.starts(day="2026-10-24") == [
        "2026-10-24T10:00:00.000+02:00",
        "2026-10-24T10:30:00.000+02:00",
        "2026-10-24T14:00:00.000+02:00",
    ]


def test_the_local_hour_survives_the_clock_change(calcom: CheckedCalcom) -> None:
    assert calcom.starts(day="2026-10-25")[0] == "2026-10-25T10:00:00.000+01:00"


def test_past_slots_are_not_shown(calcom: CheckedCalcom) -> None:
    assert calcom.starts(day="2026-10-20") == [
        "2026-10-20T10:30:00.000+02:00",
        "2026-10-20T14:00:00.000+02:00",
    ]


def test_slots_inside_the_minimum_notice_or_beyond_the_window_are_not_shown(
    calcom: CheckedCalcom,
) -> None:
    assert calcom.starts(FORM, day="2026-10-20") == []  # 11:00 and 11:30 are too soon at 10:15
    assert calcom.starts(FORM, day=DAY) != []
    assert calcom.starts(FORM, day="2026-11-12") == []


def test_days_without_slots_are_absent_and_nothing_at_all_is_an_empty_object(
    calcom: CheckedCalcom,
) -> None:
    answer = calcom.get("/v2/slots", eventTypeId=CUT, start="2026-10-23", end="2026-10-23")
    assert (answer.status_code, answer.json()["data"]) == (200, {})


def test_without_a_time_zone_days_and_instants_are_utc(calcom: CheckedCalcom) -> None:
    answer = calcom.get("/v2/slots", eventTypeId=CUT, start=DAY, end=DAY)
    assert answer.json()["data"] == {
        DAY: [
            {"start": f"{DAY}T08:00:00.000Z"},
            {"start": f"{DAY}T08:30:00.000Z"},
            {"start": f"{DAY}T12:00:00.000Z"},
        ]
    }


def test_the_time_zone_only_renders_and_moves_the_keys(calcom: CheckedCalcom) -> None:
    answer = calcom.get(
        "/v2/slots", eventTypeId=CUT, start=DAY, end=DAY, timeZone="Pacific/Auckland"
    )
    assert answer.json()["data"]["2026-10-23"][0] == {"start": "2026-10-23T01:00:00.000+13:00"}


def test_an_end_of_exactly_midnight_takes_in_that_whole_day(calcom: CheckedCalcom) -> None:
    def days(end: str) -> list[str]:
        answer = calcom.get("/v2/slots", eventTypeId=CUT, start="2026-10-23", end=end)
        return list(answer.json()["data"])

    assert days("2026-10-24T00:00:00Z") == ["2026-10-24"]
    assert days("2026-10-23T23:59:59Z") == []


def test_the_range_format_adds_the_end(calcom: CheckedCalcom) -> None:
    answer = calcom.get("/v2/slots", eventTypeId=WASH, start=DAY, end=DAY, format="range")
    assert answer.json()["data"][DAY][0] == {
        "start": f"{DAY}T08:00:00.000Z",
        "end": f"{DAY}T09:00:00.000Z",
    }


def test_seated_slots_count_their_seats(calcom: CheckedCalcom) -> None:
    made = calcom.book(f"{DAY}T16:00:00Z", COURSE).json()["data"]
    answer = calcom.get("/v2/slots", eventTypeId=COURSE, start=DAY, end=DAY)
    assert answer.json()["data"][DAY] == [
        {
            "start": f"{DAY}T16:00:00.000Z",
            "seatsBooked": 1,
            "seatsRemaining": 1,
            "seatsTotal": 2,
            "bookingUid": made["uid"],
        }
    ]


def test_a_duration_is_for_types_with_several_lengths_only(calcom: CheckedCalcom) -> None:
    assert calcom.get(
        "/v2/slots", eventTypeId=LONG, start=DAY, end=DAY, duration=60, format="range"
    ).json()["data"][DAY] == [{"start": f"{DAY}T10:00:00.000Z", "end": f"{DAY}T11:00:00.000Z"}]
    refused = calcom.get("/v2/slots", eventTypeId=CUT, start=DAY, end=DAY, duration=60)
    assert refused.status_code == 400


def test_a_booking_closes_every_overlapping_slot_of_the_same_calendar(
    calcom: CheckedCalcom,
) -> None:
    assert calcom.book(f"{DAY}T08:00:00Z", WASH).status_code == 201  # 10:00 to 11:00
    assert calcom.starts(CUT, day=DAY) == [f"{DAY}T14:00:00.000+02:00"]
    assert calcom.starts(ROUND, day=DAY) == [f"{DAY}T15:00:00.000+02:00"]  # another calendar


def test_the_booking_being_moved_does_not_block_itself(calcom: CheckedCalcom) -> None:
    uid = calcom.book(f"{DAY}T08:00:00Z").json()["data"]["uid"]
    assert f"{DAY}T10:00:00.000+02:00" not in calcom.starts(day=DAY)
    assert f"{DAY}T10:00:00.000+02:00" in calcom.starts(day=DAY, bookingUidToReschedule=uid)


def test_a_type_can_be_named_by_its_slug_and_user(calcom: CheckedCalcom) -> None:
    answer = calcom.get("/v2/slots", eventTypeSlug="cut", username="salon", start=DAY, end=DAY)
    assert DAY in answer.json()["data"]


def test_what_does_not_exist_is_404(calcom: CheckedCalcom) -> None:
    bounds = {"start": DAY, "end": DAY}
    assert message(calcom.get("/v2/slots", eventTypeId=999, **bounds)) == "Event Type not found"
    nobody = calcom.get("/v2/slots", eventTypeSlug="cut", username="nobody", **bounds)
    assert message(nobody) == "User with username nobody not found"
    team = calcom.get("/v2/slots", eventTypeSlug="cut", teamSlug="none", **bounds)
    assert message(team) == "Team with slug none not found"
    assert {a.status_code for a in (nobody, team)} == {404}


def test_a_range_that_makes_no_sense_is_400(calcom: CheckedCalcom) -> None:
    backwards = calcom.get("/v2/slots", eventTypeId=CUT, start="2026-10-23", end=DAY)
    assert message(backwards).startswith("Invalid time range given")
    assert calcom.get("/v2/slots", eventTypeId=CUT, start="gestern", end=DAY).status_code == 400
    assert calcom.get("/v2/slots", eventTypeId=CUT).status_code == 400
    assert (
        calcom.get(
            "/v2/slots", eventTypeId=CUT, start=DAY, end=DAY, timeZone="Europa/Berlin"
        ).status_code
        == 400
    )


def test_the_output_is_stale_for_as_long_as_cal_com_keeps_it(calcom: CheckedCalcom) -> None:
    calcom.sim("POST", "settings", {"slots_cache_seconds": 30})
    before = calcom.starts(day=DAY)
    assert calcom.book(f"{DAY}T08:00:00Z").status_code == 201
    assert calcom.starts(day=DAY) == before


# -- reservations -----------------------------------------------------------------------------


def test_a_reservation_hides_the_slot_also_from_its_owner(calcom: CheckedCalcom) -> None:
    held = calcom.post(
        "/v2/slots/reservations",
        {"eventTypeId": CUT, "slotStart": f"{DAY}T08:00:00Z", "reservationDuration": 4},
    )
    assert held.status_code == 201
    assert held.json()["data"]["slotEnd"] == f"{DAY}T08:30:00.000Z"
    assert f"{DAY}T10:00:00.000+02:00" not in calcom.starts(day=DAY)
    uid = held.json()["data"]["reservationUid"]
    assert calcom.as_(None).ask("DELETE", f"/v2/slots/reservations/{uid}").status_code == 200
    assert calcom.get(f"/v2/slots/reservations/{uid}").json()["data"] is None
    assert f"{DAY}T10:00:00.000+02:00" in calcom.starts(day=DAY)


def test_a_reservation_blocks_other_reservations_but_no_booking(calcom: CheckedCalcom) -> None:
    body = {"eventTypeId": CUT, "slotStart": f"{DAY}T08:00:00Z"}
    assert calcom.post("/v2/slots/reservations", body).status_code == 201
    again = calcom.post("/v2/slots/reservations", body)
    assert again.status_code == 422
    assert message(again).startswith("This time slot is already reserved by another user")
    assert calcom.book(f"{DAY}T08:00:00Z").status_code == 201
    booked = calcom.post("/v2/slots/reservations", body | {"slotStart": f"{DAY}T08:00:00Z"})
    assert booked.status_code == 422


def test_a_booked_slot_cannot_be_reserved(calcom: CheckedCalcom) -> None:
    assert calcom.book(f"{DAY}T08:00:00Z").status_code == 201
    refused = calcom.post(
        "/v2/slots/reservations", {"eventTypeId": CUT, "slotStart": f"{DAY}T08:00:00Z"}
    )
    assert message(refused) == "Can't reserve a slot if the event is already booked."


def test_only_a_known_key_may_choose_how_long_it_reserves(calcom: CheckedCalcom) -> None:
    body = {"eventTypeId": CUT, "slotStart": f"{DAY}T08:00:00Z", "reservationDuration": 4}
    assert calcom.as_(None).post("/v2/slots/reservations", body).status_code == 401


def test_a_reservation_can_be_moved(calcom: CheckedCalcom) -> None:
    body = {"eventTypeId": CUT, "slotStart": f"{DAY}T08:00:00Z"}
    uid = calcom.post("/v2/slots/reservations", body).json()["data"]["reservationUid"]
    moved = calcom.ask(
        "PATCH", f"/v2/slots/reservations/{uid}", json=body | {"slotStart": f"{DAY}T08:30:00Z"}
    )
    assert moved.json()["data"]["slotStart"] == f"{DAY}T08:30:00.000Z"
    assert calcom.ask("PATCH", "/v2/slots/reservations/none", json=body).status_code == 404
