from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from askpro.clock import Clock
from askpro.simulator.free_times import ListedTimes, WeeklyTimes
from askpro.simulator.world import build_world, read_world
from tests.simulator.calcom_world import COURSE, clock, world
from tests.simulator.checked import CheckedCalcom

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday


def test_the_demo_world_has_both_companies_and_the_haircut_of_the_reports() -> None:
    demo = read_world(None, NOW)
    assert [tenant["id"] for tenant in demo["tenants"]] == [15, 20]
    haircut = demo["tenants"][0]["event_types"][0]
    assert (haircut["id"], haircut["title"]) == (2563193, "Haarschnitt")


def test_every_number_of_the_demo_is_a_valid_one_and_nobodys_twice() -> None:
    numbers = [
        number
        for tenant in read_world(None, NOW)["tenants"]
        for number in (tenant["to_number"], *(c["phone"] for c in tenant["customers"]))
    ]
    assert len(set(numbers)) == len(numbers)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(n)) for n in numbers)


def test_the_demos_bookings_lie_ahead_on_weekdays_whenever_it_starts() -> None:
    for days in range(14):
        now = NOW + timedelta(days=days)
        for seed in build_world(read_world(None, now)).bookings:
            assert seed.start > now
            assert seed.start.astimezone(BERLIN).isoweekday() <= 5
            assert seed.end > seed.start


def test_the_demo_always_has_something_free_within_a_week() -> None:
    demo = build_world(read_world(None, NOW))
    for kind in demo.event_types:
        free = kind.free.between(NOW, NOW + timedelta(days=7))
        assert free, kind.title
        assert all(kind.free.has(start) for start in free)


def test_busy_half_hours_are_the_same_for_every_type_of_one_calendar() -> None:
    week = {"Mo-Fr": ["09:00-18:00"]}
    one, two = (WeeklyTimes(week, 30, BERLIN, busy_share=0.5, seed="salon") for _ in range(2))
    span = (NOW, NOW + timedelta(days=7))
    assert one.between(*span) == two.between(*span)
    assert 0 < len(one.between(*span)) < 90


def test_the_hour_that_the_clock_change_skips_is_never_free() -> None:
    listed = ListedTimes({"2026-03-29": ["01:30", "02:30", "03:30"]}, BERLIN)
    starts = listed.between(datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))
    assert [start.hour for start in starts] == [0, 1]


def test_a_window_ends_with_its_last_whole_start() -> None:
    weekly = WeeklyTimes({"Fr": ["09:00-10:15"]}, 30, BERLIN)
    free = weekly.between(NOW - timedelta(hours=12), NOW + timedelta(hours=12))
    assert [start.astimezone(BERLIN).strftime("%H:%M") for start in free] == ["09:00", "09:30"]


def test_standing_bookings_leave_the_listed_times_as_they_are(calcom: CheckedCalcom) -> None:
    assert len(calcom.starts()) == 3
    assert (
        calcom.get("/v2/bookings/standingBooking0000001").json()["data"]["attendees"][0][
            "phoneNumber"
        ]
        == "+4917604069012"
    )


def test_a_cancelled_standing_booking_gives_its_time_back(calcom: CheckedCalcom) -> None:
    uid = "standingBooking0000001"
    calcom.post(f"/v2/bookings/{uid}/cancel", {"cancellationReason": "x"})
    assert calcom.starts()[0] == "2026-10-22T09:00:00.000+02:00"
    calcom.sim("POST", "reset")
    assert calcom.starts()[0] == "2026-10-22T10:00:00.000+02:00"


def test_another_world_can_be_seeded_while_it_runs(calcom: CheckedCalcom) -> None:
    other = world()
    other["tenants"] = other["tenants"][1:]
    assert calcom.sim("POST", "seed", other) == {"status": "seeded", "event_types": 2}
    assert calcom.sim("GET", "health")["accounts"] == ["praxis"]
    assert "not a world" in calcom.sim("POST", "seed", {"tenants": [{}]})["error"]


def test_the_clock_decides_what_is_past() -> None:
    assert abs(clock().now() - datetime(2026, 10, 20, 8, 15, tzinfo=UTC)) < timedelta(seconds=5)
    assert Clock().now() > datetime(2026, 1, 1, tzinfo=UTC)


def test_an_incomplete_tenant_is_named() -> None:
    broken = world()
    broken["tenants"][0].pop("business")
    with pytest.raises(KeyError, match="business"):
        build_world(broken)


def test_a_booking_of_an_event_type_that_is_not_there_is_left_out(calcom: CheckedCalcom) -> None:
    smaller = world()
    smaller["tenants"][0].pop("event_types")
    assert calcom.sim("POST", "seed", smaller)["event_types"] == 2
    assert calcom.sim("GET", "bookings")["total"] == 0


def test_a_standing_seat_is_counted_and_joined(calcom: CheckedCalcom) -> None:
    with_seat = world()
    with_seat["tenants"][0]["bookings"].append(
        {
            "uid": "standingSeat",
            "eventTypeId": COURSE,
            "start": "2026-10-22T16:00:00Z",
            "end": "2026-10-22T17:00:00Z",
            "attendee": "Erste Person",
            "phone": "+4917604069012",
        }
    )
    calcom.sim("POST", "seed", with_seat)
    joined = calcom.book("2026-10-22T16:00:00Z", COURSE).json()["data"]
    assert joined["uid"] == "standingSeat"
    assert len(joined["attendees"]) == 2
    assert calcom.book("2026-10-22T16:00:00Z", COURSE).status_code == 409
    seat = joined["attendees"][0]["seatUid"]
    calcom.post("/v2/bookings/standingSeat/cancel", {"seatUid": seat})
    assert calcom.book("2026-10-22T16:00:00Z", COURSE).status_code == 201
