"""Cal.com's failures in our words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.errors import (
    BookingConflict,
    CalcomAnswer,
    CalcomError,
    CalcomFault,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    SlotTaken,
)
from askpro.providers.calcom_errors import remaining_requests, reset_seconds, translate
from askpro.providers.http import Answer

NOW = datetime(2026, 10, 20, 8, 15, tzinfo=UTC)


def of(
    status: int,
    message: Any = "",
    code: str = "BadRequestException",
    *,
    details: Any = None,
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> CalcomError:
    error = {"code": code, "message": message, "details": details}
    body = json.dumps({"status": "error", "error": error}).encode()
    return translate(method, Answer(status, headers or {}, body), NOW)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "User either already has booking at this time or is not available"),
        (400, "One of the hosts either already has booking at this time or is not available"),
        (409, "no_available_users_found_error"),
        (409, "booking_conflict_error"),
        (409, "fixed_hosts_unavailable_for_booking"),
        (409, "round_robin_host_unavailable_for_booking"),
        (409, "No more seats left at this seated booking."),
        (400, "No more seats left at this seated booking."),
    ],
)
def test_a_taken_slot_is_known_by_its_message_and_not_by_its_status(
    status: int, message: str
) -> None:
    assert type(of(status, message)) is SlotTaken
    assert type(of(status, "x", code=message)) is SlotTaken or " " in message


def test_a_409_about_anything_else_may_be_our_own_booking() -> None:
    exists = "Invalid Input: Trying to create a record that already exists."
    assert type(of(409, exists, "CONFLICT")) is BookingConflict
    assert type(of(409, "something new")) is BookingConflict


@pytest.mark.parametrize(
    ("message", "reason", "field"),
    [
        ("Attempting to book a meeting in the past.", "past", None),
        ('The event type can\'t be booked at the "start" time provided.', "out_of_bounds", None),
        ("Attendee has the maximum number of active bookings (2)", "booker_limit", None),
        ("Cancellation reason is required when you are the host", "reason_required", None),
        ("Can't cancel booking because it has been already cancelled", "already_changed", None),
        ("Booking has been rescheduled to a booking with uid=x", "already_changed", None),
        ("Event type is the parent managed event-type", "not_bookable", None),
        (
            "Missing required booking field response: kennzeichen. Please provide it.",
            "missing_field",
            "kennzeichen",
        ),
        ("Missing attendee phone number - it is required", "missing_field", "attendee.phoneNumber"),
        ("Invalid option 'Zwei' for booking field barber", "invalid_field", "barber"),
        ("something new", "other", None),
    ],
)
def test_a_refusal_has_a_reason(message: str, reason: str, field: str | None) -> None:
    fault = of(400, message)
    assert type(fault) is CalcomRejected
    assert (fault.reason, fault.field) == (reason, field)


@pytest.mark.parametrize(
    "body",
    [
        {"statusCode": 400, "message": "Attempting to book a meeting in the past."},
        {"message": "Attempting to book a meeting in the past."},
        {"message": ["Attempting to book a meeting in the past."]},
        {"error": {"message": "Attempting to book a meeting in the past."}},
        {"error": {"details": "Attempting to book a meeting in the past."}},
        {"status": "error", "error": "Attempting to book a meeting in the past."},
    ],
)
def test_every_shape_of_an_error_is_read(body: Any) -> None:
    fault = translate("POST", Answer(400, {}, json.dumps(body).encode()), NOW)
    assert isinstance(fault, CalcomRejected)
    assert fault.reason == "past"


def test_a_422_is_an_event_type_that_nobody_can_book() -> None:
    team = of(422, "x")
    assert isinstance(team, CalcomRejected)
    assert team.reason == "not_bookable"


def test_a_404_without_a_route_is_our_version_tables_fault() -> None:
    gone = of(404, "Event type with id 7 not found.")
    assert isinstance(gone, CalcomNotFound)
    assert not gone.wrong_version
    unrouted = of(404, "Cannot GET /v2/slots?eventTypeId=7", method="GET")
    assert isinstance(unrouted, CalcomNotFound)
    assert unrouted.wrong_version
    page = translate("GET", Answer(404, {}, b"<html>"), NOW)
    assert isinstance(page, CalcomNotFound)
    assert page.wrong_version
    assert not CalcomNotFound.wrong_version


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"X-RateLimit-Reset-Default": "37"}, 37),
        ({"x-ratelimit-reset-default": "37"}, 37),
        ({"X-RateLimit-Reset": "12"}, 12),
        ({"Retry-After": "5"}, 5),
        ({"X-RateLimit-Reset-Default": str(int(NOW.timestamp()) + 41)}, 41),
        ({"X-RateLimit-Reset-Default": str(int(NOW.timestamp()) - 41)}, 60),
        ({"X-RateLimit-Reset-Default": "0.2"}, 1),
        ({"X-RateLimit-Reset-Default": "0"}, 60),
        ({"X-RateLimit-Reset-Default": "-3"}, 60),
        ({"X-RateLimit-Reset-Default": "86400"}, 300),
        ({"X-RateLimit-Reset-Default": "nan"}, 60),
        ({"X-RateLimit-Reset-Default": "inf"}, 60),
        ({"X-RateLimit-Reset-Default": "soon"}, 60),
        ({"X-RateLimit-Reset-Default": "soon", "Retry-After": "7"}, 7),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60),
    ],
)
def test_a_rate_limit_says_for_how_long(headers: dict[str, str], seconds: int) -> None:
    assert reset_seconds(headers, NOW) == seconds
    limited = of(429, "ThrottlerException", headers=headers)
    assert isinstance(limited, CalcomRateLimited)
    assert (limited.reset_seconds, limited.maybe_done) == (seconds, False)


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ({}, None),
        ({"X-RateLimit-Remaining-Default": "0"}, 0),
        ({"X-RateLimit-Remaining-Default": "9", "X-RateLimit-Remaining-Burst": "3"}, 3),
        ({"X-RateLimit-Remaining-Default": "many"}, None),
        ({"X-RateLimit-Remaining-Default": "-1"}, None),
        ({"X-RateLimit-Remaining-Default": "9" * 5000}, None),
    ],
)
def test_it_reads_how_many_requests_are_left(headers: dict[str, str], left: int | None) -> None:
    assert remaining_requests(headers) == left


def test_answers_of_business_and_faults_are_told_apart() -> None:
    business = [of(400, "x"), of(404, "x"), of(409, "x"), of(422, "x")]
    assert all(isinstance(fault, CalcomAnswer) for fault in business)
    faults = [of(status, "x") for status in (401, 403, 408, 429, 500, 502, 503, 504, 302)]
    assert all(isinstance(fault, CalcomFault) for fault in faults)


def test_a_code_that_is_a_sentence_is_not_repeated() -> None:
    fault = of(400, "Frau Weißgerber", code="Frau Weißgerber")
    assert "Weißgerber" not in str(fault)
    assert "X-Request-Id" not in str(of(400, "x", headers={"X-Request-Id": "a b\nc"}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "code", "details", "errors", "property", "children", "status"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.integers(300, 599), JSON | st.binary(max_size=50), st.sampled_from(["GET", "POST"]))
def test_any_answer_becomes_one_of_our_errors(status: int, body: Any, method: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fault = translate(method, Answer(status, {}, raw), NOW)
    assert isinstance(fault, CalcomError)
    assert not (method == "GET" and fault.maybe_done)
    assert len(str(fault)) < 400
