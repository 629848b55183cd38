"""Event types and bookings out of Cal.com's JSON, and a new booking into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.providers import calcom_bookings as bookings
from askpro.providers import calcom_wire as wire
from askpro.providers.calcom_bookings import NewBooking
from askpro.providers.calcom_wire import WrongShape

START = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
HAIRCUT: dict[str, Any] = {
    "id": 3100411,
    "lengthInMinutes": 30,
    "title": "Herrenhaarschnitt",
    "slug": "herrenhaarschnitt",
    "minimumBookingNotice": 60,
    "recurrence": None,
    "price": 0,
    "currency": "eur",
    "seatsPerTimeSlot": None,
    "hidden": False,
    "scheduleId": 88001,
    "bookingFields": [
        {"type": "name", "slug": "name", "required": True, "isDefault": True},
        {"type": "email", "slug": "email", "required": False, "isDefault": True},
        {"type": "phone", "slug": "attendeePhoneNumber", "required": True, "isDefault": True},
    ],
}


def event_type(**changed: Any) -> wire.EventType:
    return wire.read_event_types([{**HAIRCUT, **changed}])[0]


def test_an_ordinary_event_type_can_be_booked_by_voice() -> None:
    haircut = event_type()
    assert haircut.why_not == ()
    assert (haircut.id, haircut.minutes, haircut.notice_minutes) == (3100411, 30, 60)
    assert (haircut.seats, haircut.multi_length, haircut.requires_confirmation) == (
        None,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"requiresBookerEmailVerification": True}, "email_verification"),
        ({"price": 4900}, "paid"),
        ({"recurrence": {"interval": 1, "occurrences": 3, "frequency": "weekly"}}, "recurring"),
        ({"schedulingType": "MANAGED"}, "managed_parent"),
        ({"schedulingType": "managed"}, "managed_parent"),
        (
            {"bookingFields": [{"type": "text", "slug": "kennzeichen", "required": True}]},
            "required_field:kennzeichen",
        ),
    ],
)
def test_what_an_agent_cannot_book_says_why(changed: dict[str, Any], why: str) -> None:
    assert event_type(**changed).why_not == (why,)


@pytest.mark.parametrize(
    "changed",
    [
        {"recurrence": {"disabled": True}},
        {"bookingFields": None},
        {"bookingFields": [None, 3, {"required": True}, {"slug": "x", "required": False}]},
        {"price": None},
        {"schedulingType": "roundRobin"},
    ],
)
def test_null_and_switched_off_are_no_obstacle(changed: dict[str, Any]) -> None:
    assert event_type(**changed).why_not == ()


def test_lengths_seats_and_confirmation_are_read() -> None:
    course = event_type(
        lengthInMinutesOptions=[30, 45],
        seats={"seatsPerTimeSlot": 8},
        confirmationPolicy={"type": "always"},
    )
    assert (course.multi_length, course.seats, course.requires_confirmation) == (True, 8, True)
    assert event_type(seatsPerTimeSlot=8).seats == 8
    assert not event_type(confirmationPolicy={"disabled": True}).requires_confirmation


def test_one_odd_event_type_does_not_hide_the_others() -> None:
    assert len(wire.read_event_types([HAIRCUT, {"id": 1}, None])) == 1
    with pytest.raises(WrongShape):
        wire.read_event_types([{"id": 1}])
    assert wire.read_event_types([]) == ()


# -- a new booking --


def new(**changed: Any) -> dict[str, Any]:
    values = {"event_type_id": 7, "start": START, "name": "T", "time_zone": "Europe/Berlin"}
    return NewBooking(**{**values, **changed}).to_wire()


def test_an_instant_leaves_as_utc_with_a_z() -> None:
    berlin = timezone(timedelta(hours=1))
    assert new(start=START.astimezone(berlin))["start"] == "2026-11-03T13:30:00Z"


@pytest.mark.parametrize("phone", ["anonymous", "", "0176 123", "+4900000000000", "+49", "x" * 99])
def test_an_invalid_number_is_left_out(phone: str) -> None:
    assert "phoneNumber" not in new(phone=phone)["attendee"]


def test_a_valid_number_goes_along() -> None:
    assert new(phone="+4917604069012")["attendee"]["phoneNumber"] == "+4917604069012"


def test_metadata_stays_inside_calcoms_limits_and_is_text() -> None:
    many: dict[Any, Any] = {f"{'k' * 60}{n}"[-45:]: n for n in range(80)}
    sent = new(metadata={"gw_key": "x" * 900, **many})["metadata"]
    assert len(sent) <= 50
    assert all(len(key) <= 40 and len(value) <= 500 for key, value in sent.items())
    assert all(type(value) is str for value in sent.values())
    assert sent["gw_key"] == "x" * 500


def test_nothing_is_sent_that_would_switch_a_check_off() -> None:
    full = new(
        email="t@example.com",
        phone="+4917604069012",
        minutes=45,
        metadata={"gw_key": "k"},
        answers={"barber": "Eva"},
        location={"type": "attendeePhone", "phone": "+4917604069012"},
        language="en",
    )
    assert set(full) == {
        "start",
        "eventTypeId",
        "attendee",
        "lengthInMinutes",
        "location",
        "bookingFieldsResponses",
        "metadata",
    }
    assert full["attendee"]["language"] == "en"
    assert set(new()) == {"start", "eventTypeId", "attendee"}


# -- a booking that came back --


@pytest.mark.parametrize("missing", ["uid", "status", "start"])
def test_a_booking_without_its_essentials_is_none(missing: str) -> None:
    entry = {"uid": "a", "status": "accepted", "start": "2026-11-03T13:30:00Z"}
    assert bookings.read_booking(entry).uid == "a"
    for nothing in (None, "", 7, "x" * 20 if missing == "start" else None):
        with pytest.raises(WrongShape):
            bookings.read_booking({**entry, missing: nothing})


def test_an_event_type_is_found_in_either_place() -> None:
    entry = {"uid": "a", "status": "accepted", "start": "2026-11-03T13:30:00Z"}
    assert bookings.read_booking({**entry, "eventType": {"id": 7}}).event_type_id == 7
    assert bookings.read_booking(entry).event_type_id is None


def test_the_only_seat_of_a_booking_is_its_seat() -> None:
    entry = {"uid": "a", "status": "accepted", "start": "2026-11-03T13:30:00Z"}
    one = {**entry, "attendees": [{"name": "x", "seatUid": "s1"}]}
    two = {**entry, "attendees": [{"seatUid": "s1"}, {"seatUid": "s2"}]}
    assert bookings.read_booking(one).seat_uid == "s1"
    assert bookings.read_booking(two).seat_uid is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("uid", "status", "start", "attendees", "hosts", "metadata", "eventType"),
                    *("id", "title", "lengthInMinutes", "bookingFields", "recurrence", "seats"),
                    *("price", "d", "seatUid", "reservationUid", "availability", "days"),
                    *("pagination", "data", "seatsRemaining"),
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_or_of_the_wrong_shape(data: Any) -> None:
    readers = [
        lambda d: wire.read_slots(d, START, START),
        wire.read_user,
        wire.read_event_types,
        wire.read_schedules,
        bookings.read_booking,
        bookings.read_bookings,
        lambda d: bookings.read_page({"data": d, "pagination": d}),
    ]
    for read in readers:
        try:
            read(data)
        except WrongShape:
            continue
