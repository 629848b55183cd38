"""Cal.com's webhooks: signature, shapes and what makes a delivery recognisable."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.errors import BadRequest
from askpro.providers.calcom_webhooks import (
    CalcomEvent,
    parse_calcom_event,
    sign_calcom,
    verify_calcom,
)

SECRET = "a-secret-of-thirty-two-characters"
BODY = '{"triggerEvent":"PING","payload":{"title":"schön"}}'.encode()
BOOKING: dict[str, Any] = {
    "uid": "19o6SZjMCdSD6Sei99B1jF",
    "bookingId": 9739589,
    "eventTypeId": 3100411,
    "status": "ACCEPTED",
    "startTime": "2026-11-03T13:30:00Z",
    "endTime": "2026-11-03T14:00:00Z",
    "organizer": {"id": 51001, "email": "o@example.com", "username": "salon", "name": "Salon"},
    "attendees": [{"email": "t@example.com", "name": "Torben", "phoneNumber": "+4917604069012"}],
    "responses": {"name": {"label": "your_name", "value": "Torben"}},
    "iCalSequence": 0,
    "metadata": {"gw_key": "salon:call_1:1", "source": "phone", "n": 5},
}


def parse(trigger: str = "BOOKING_CREATED", payload: Any = BOOKING, **beside: Any) -> CalcomEvent:
    body = {"triggerEvent": trigger, "createdAt": "2026-10-20T07:13:01.000Z", "payload": payload}
    return parse_calcom_event(json.dumps({**body, **beside}).encode())


def test_it_names_the_secret_that_signed() -> None:
    header = sign_calcom(BODY, SECRET)
    assert verify_calcom(BODY, ["other", SECRET], header) == SECRET
    assert verify_calcom(BODY, ["other"], header) is None
    assert verify_calcom(BODY + b" ", [SECRET], header) is None


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "no-secret-provided", b"x", 7, "0" * 64, "ü" * 64),
        sign_calcom(BODY, SECRET).upper(),
        sign_calcom(BODY, SECRET) + "\n",
        "sha256=" + sign_calcom(BODY, SECRET),
    ],
)
def test_it_refuses_every_other_header_without_raising(header: object) -> None:
    assert verify_calcom(BODY, [SECRET], header) is None  # type: ignore[arg-type]


def test_an_empty_secret_is_none() -> None:
    assert verify_calcom(BODY, [""], sign_calcom(BODY, "")) is None


@settings(deadline=None)
@given(st.binary(max_size=100), st.text(max_size=80))
def test_no_body_and_header_raise(raw: bytes, header: str) -> None:
    assert verify_calcom(raw, [SECRET], header) is None


def test_it_reads_a_booking() -> None:
    event = parse()
    assert event.known
    assert not event.moves
    assert (event.uid, event.booking_id, event.event_type_id) == (
        "19o6SZjMCdSD6Sei99B1jF",
        9739589,
        3100411,
    )
    assert event.status == "accepted"
    assert event.start == datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
    assert event.end == datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
    assert event.created_at == datetime(2026, 10, 20, 7, 13, 1, tzinfo=UTC)
    assert (event.name, event.email, event.phone) == ("Torben", "t@example.com", "+4917604069012")
    assert (event.organizer_id, event.organizer_username) == (51001, "salon")
    assert event.gw_key == "salon:call_1:1"
    assert event.metadata == {"gw_key": "salon:call_1:1", "source": "phone"}
    assert event.sequence == 0


@pytest.mark.parametrize("trigger", ["BOOKING.CREATED", "booking_created", " BOOKING_CREATED "])
def test_old_names_of_triggers_are_the_same_trigger(trigger: str) -> None:
    assert parse(trigger).trigger == "BOOKING_CREATED"


@pytest.mark.parametrize(
    "spelled", ["2026-11-03T13:30:00Z", "2026-11-03T13:30:00.000Z", "2026-11-03T14:30:00+01:00"]
)
def test_an_instant_is_one_in_any_spelling(spelled: str) -> None:
    event = parse(payload={**BOOKING, "startTime": spelled})
    assert event.start == datetime(2026, 11, 3, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize("spelled", ["2026-11-03T13:30:00", "morgen", 1792480320, None, "Z" * 30])
def test_a_time_without_an_offset_is_none(spelled: object) -> None:
    assert parse(payload={**BOOKING, "startTime": spelled}).start is None


@pytest.mark.parametrize(
    "spelled", ["0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_the_ends_of_time_are_no_instants(spelled: str) -> None:
    """No zone could show them, and a list with one of them in it could not be shown at all."""
    assert parse(payload={**BOOKING, "startTime": spelled}).start is None


def test_an_end_before_the_start_is_none() -> None:
    event = parse(payload={**BOOKING, "endTime": BOOKING["startTime"]})
    assert (event.start, event.end) == (datetime(2026, 11, 3, 13, 30, tzinfo=UTC), None)


@pytest.mark.parametrize("trigger", ["BOOKING_RESCHEDULED", "BOOKING_REQUESTED", "BOOKING_CREATED"])
def test_any_event_with_an_old_uid_is_a_move(trigger: str) -> None:
    moved = {**BOOKING, "rescheduleUid": "old", "rescheduleStartTime": "2026-10-28T10:30:00Z"}
    event = parse(trigger, moved)
    assert event.moves
    assert event.previous_uid == "old"
    assert event.previous_start == datetime(2026, 10, 28, 10, 30, tzinfo=UTC)


def test_a_missed_appointment_names_the_booking_otherwise() -> None:
    payload = {
        "bookingUid": "uid1",
        "bookingId": 5,
        "attendees": [{"email": "u@example.org", "noShow": True}],
        "message": "u@example.org marked as no-show",
    }
    event = parse("BOOKING_NO_SHOW_UPDATED", payload)
    assert (event.uid, event.booking_id, event.no_show) == ("uid1", 5, True)
    assert "marked" not in repr(event)


def test_a_meeting_is_flat_and_dates_itself_by_its_booking() -> None:
    flat = {**BOOKING, "triggerEvent": "MEETING_ENDED", "id": 7, "user": {"username": "salon"}}
    flat = {key: value for key, value in flat.items() if key not in ("bookingId", "organizer")}
    raw = json.dumps(flat | {"createdAt": "2026-10-01T07:05:00.000Z"}).encode()
    event = parse_calcom_event(raw)
    assert (event.trigger, event.uid, event.booking_id) == ("MEETING_ENDED", BOOKING["uid"], 7)
    assert event.created_at is None
    assert event.organizer_username == "salon"


def test_the_test_button_stores_no_invented_person() -> None:
    ping = {"type": "Test", "attendees": [{"email": "jdoe@example.com", "name": "John Doe"}]}
    event = parse("PING", ping)
    assert (event.known, event.uid, event.name, event.email) == (True, None, None, None)


def test_an_absence_names_the_host_whose_slots_changed() -> None:
    entry = {
        "id": 7301,
        "start": "2026-12-23T00:00:00+00:00",
        "end": "2027-01-02T23:59:59+00:00",
        "user": {"id": 51004, "username": "kfz"},
    }
    event = parse("OOO_CREATED", {"oooEntry": entry})
    assert (event.organizer_id, event.organizer_username, event.booking_id) == (51004, "kfz", None)
    assert event.start == datetime(2026, 12, 23, tzinfo=UTC)


def test_a_made_up_address_is_nobodys() -> None:
    standin = {
        "email": "493023125488@sms.cal.com",
        "name": "Liesel",
        "phoneNumber": "+493023125488",
    }
    event = parse(payload={**BOOKING, "attendees": [standin]})
    assert (event.email, event.phone) == (None, "+493023125488")


def test_a_seat_is_named() -> None:
    assert parse(payload={**BOOKING, "attendeeSeatId": "seat1"}).seat_uid == "seat1"


def test_the_same_delivery_has_the_same_key_and_another_has_not() -> None:
    first = parse()
    assert first.dedupe_key == parse().dedupe_key
    later = parse(createdAt="2026-10-20T07:13:02.000Z")
    assert later.dedupe_key != first.dedupe_key
    assert parse("BOOKING_CANCELLED").dedupe_key != first.dedupe_key
    assert parse(payload={**BOOKING, "uid": "other"}).dedupe_key != first.dedupe_key
    assert parse("PING", {}).dedupe_key == parse("PING", {}).dedupe_key
    assert parse("PING", {"a": 1}).dedupe_key != parse("PING", {}).dedupe_key


def test_what_the_inbox_stores_is_the_same_event_again() -> None:
    for event in (parse(), parse("PING", {}), parse("BOOKING_TELEPORTED", {"uid": "x"})):
        assert CalcomEvent.from_json(json.loads(json.dumps(event.to_json()))) == event


def test_an_unknown_trigger_is_no_fault() -> None:
    event = parse("BOOKING_TELEPORTED", {"uid": "SyFeXhV3hYWM9Bxr7Y42cH"})
    assert (event.known, event.uid) == (False, "SyFeXhV3hYWM9Bxr7Y42cH")


def test_strange_values_are_left_out_and_never_raise() -> None:
    strange = {key: [{"a": 1}] for key in BOOKING}
    event = parse(payload=strange)
    assert (event.uid, event.start, event.metadata) == (None, None, {})
    assert parse(payload=dict.fromkeys(BOOKING)).uid is None
    assert parse(payload={**BOOKING, "attendees": [None], "organizer": 3}).name == "Torben"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"{}", "triggerEvent"),
        (b'{"triggerEvent":7}', "triggerEvent"),
        (b'{"triggerEvent":"BOOKING_CREATED","payload":"x"}', "payload"),
        (b"triggerEvent=BOOKING_CREATED", "body"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_name_of_its_field(raw: bytes, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_calcom_event(raw)
    assert refused.value.field == field


def test_an_event_stored_by_a_newer_release_can_be_read_after_it_was_taken_back() -> None:
    event = parse()
    assert CalcomEvent.from_json({**event.to_json(), "novelty": 1}) == event


@pytest.mark.parametrize("uid", ["../../etc/passwd", "booking/seat", "x" * 101, "zwei Wörter"])
def test_a_uid_that_calcom_never_makes_is_none(uid: str) -> None:
    """A slash would make a seat of one booking out of another; cut off, two would be one."""
    event = parse(payload={**BOOKING, "uid": uid, "rescheduleUid": uid})
    assert (event.uid, event.previous_uid, event.booking_id) == (None, None, None)
    assert parse(payload={**BOOKING, "attendeeSeatId": uid}).seat_uid is None
