"""What the client asks of Cal.com, and what it makes of good answers."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from askpro.errors import CalcomNotFound, CalcomRejected, CalcomUnavailable
from askpro.providers.calcom import CalcomClient, FreeSlot, NewBooking
from tests.providers.stub import Stub, answer, failure, hang, success

START = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
UID = "19o6SZjMCdSD6Sei99B1jF"
BOOKING: dict[str, Any] = {
    "id": 9739589,
    "uid": UID,
    "status": "accepted",
    "start": "2026-11-03T13:30:00.000Z",
    "end": "2026-11-03T14:00:00.000Z",
    "eventTypeId": 3100411,
    "hosts": [{"id": 51001, "name": "Salon Quittenberg", "email": "termine@example.com"}],
    "attendees": [
        {"name": "Torben", "email": "t@example.com", "phoneNumber": "+4917604069012"},
    ],
    "metadata": {"gw_key": "salon:call_1:1"},
    "createdAt": "2026-10-20T07:13:00.000Z",
    "updatedAt": "2026-10-20T07:13:00.000Z",
}
NEW = NewBooking(
    event_type_id=3100411,
    start=START,
    name="Torben Wackernagel",
    time_zone="Europe/Berlin",
    email="torben@example.com",
    phone="+4917604069012",
    metadata={"gw_key": "salon:call_1:1"},
)


def booking(**changed: Any) -> dict[str, Any]:
    return {**BOOKING, **changed}


# -- every request --


def test_every_request_carries_the_key_and_the_version_of_its_resource(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(
        success({}),
        success(BOOKING, 201),
        success([]),
        success([]),
        success({"id": 1}),
    )
    client.slots(1, START, START)
    client.book(NEW)
    client.event_types("salon")
    client.schedules()
    client.me()
    versions = [request.headers.get("cal-api-version") for request in stub.requests]
    assert versions == ["2024-09-04", "2024-08-13", "2024-06-14", "2024-06-11", None]
    assert {request.headers["authorization"] for request in stub.requests} == {
        "Bearer cal_test_key"
    }


def test_no_cookie_is_ever_sent_back(client: CalcomClient, stub: Stub) -> None:
    stub.will(success({}, headers={"Set-Cookie": "uid=1; Path=/"}))
    client.slots(1, START, START)
    client.slots(1, START, START)
    assert "cookie" not in stub.last.headers


def test_no_proxy_of_the_environment_is_used(
    client: CalcomClient, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    stub.will(success({}))
    assert client.slots(1, START, START) == []


def test_reads_share_a_connection_and_every_write_has_its_own(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(success({}), success({}), success(BOOKING, 201), success(BOOKING, 201), success({}))
    client.slots(1, START, START)
    client.slots(1, START, START)
    client.book(NEW)
    client.book(NEW)
    client.slots(1, START, START)
    numbers = [request.connection for request in stub.requests]
    assert numbers == [1, 1, 2, 3, 4]


def test_a_path_below_the_host_is_kept(make_client: Any, stub: Stub) -> None:
    stub.will(success({}))
    make_client(url=f"{stub.url}/calendar/").slots(1, START, START)
    assert stub.last.path == "/calendar/v2/slots"


def test_a_text_that_was_cut_in_the_middle_of_an_emoji_hides_no_answer(
    client: CalcomClient, stub: Stub
) -> None:
    start = b'{"start":"2026-11-03T14:00:00Z","title":"gut \\ud83d"}'
    stub.will(answer(200, b'{"status":"success","data":{"2026-11-03":[' + start + b"]}}"))
    assert len(client.slots(7, START, START + timedelta(days=7))) == 1


# -- slots --


def test_free_starts_are_instants_in_order_and_once(client: CalcomClient, stub: Stub) -> None:
    stub.will(
        success(
            {
                "2026-11-04": [{"start": "2026-11-04T10:00:00.000+01:00"}],
                "2026-11-03": [
                    {"start": "2026-11-03T15:00:00.000+01:00", "end": "2026-11-03T15:30:00+01:00"},
                    {"start": "2026-11-03T14:00:00.000Z"},
                    {"start": "2026-11-03T13:30:00Z"},
                ],
            }
        )
    )
    free = client.slots(1, START, START + timedelta(days=2))
    assert [slot.start for slot in free] == [
        START,
        START + timedelta(minutes=30),
        datetime(2026, 11, 4, 9, 0, tzinfo=UTC),
    ]
    assert all(slot.start.tzinfo is UTC for slot in free)


def test_the_window_is_asked_in_utc(client: CalcomClient, stub: Stub) -> None:
    stub.will(success({}))
    berlin = timezone(timedelta(hours=1))
    day = datetime(2026, 11, 3, tzinfo=berlin)
    assert client.slots(7, day, day + timedelta(days=1) - timedelta(seconds=1)) == []
    assert stub.last.query == {
        "eventTypeId": "7",
        "start": "2026-11-02T23:00:00Z",
        "end": "2026-11-03T22:59:59Z",
    }


def test_an_end_at_midnight_utc_does_not_become_a_day_more(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(success({}))
    client.slots(7, START, datetime(2026, 11, 5, tzinfo=UTC))
    assert stub.last.query["end"] == "2026-11-04T23:59:59Z"


def test_a_length_is_asked_for_only_when_there_are_several(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(success({}))
    client.slots(7, START, START, minutes=45)
    assert stub.last.query["duration"] == "45"


def test_starts_outside_of_the_window_are_left_out(client: CalcomClient, stub: Stub) -> None:
    stub.will(
        success(
            {
                "a": [
                    {"start": "2026-11-03T13:29:59Z"},
                    {"start": "2026-11-03T13:30:00Z"},
                    {"start": "2026-11-03T14:30:00Z"},
                    {"start": "2026-11-03T14:30:01Z"},
                ]
            }
        )
    )
    free = client.slots(1, START, START + timedelta(hours=1))
    assert [slot.start for slot in free] == [START, START + timedelta(hours=1)]


def test_a_slot_without_a_seat_is_not_free(client: CalcomClient, stub: Stub) -> None:
    full = {"start": "2026-11-03T13:30:00Z", "seatsRemaining": 0, "seatsTotal": 8}
    some = {"start": "2026-11-03T14:30:00Z", "seatsRemaining": 5, "seatsTotal": 8}
    stub.will(success({"2026-11-03": [full, some]}))
    free = client.slots(1, START, START + timedelta(days=1))
    assert free == [FreeSlot(START + timedelta(hours=1), seats_left=5)]


def test_the_own_time_of_what_is_to_move_counts_as_free(client: CalcomClient, stub: Stub) -> None:
    stub.will(success({}))
    client.slots(1, START, START, moving="qX7")
    assert stub.last.query["bookingUidToReschedule"] == "qX7"


def test_one_odd_slot_does_not_hide_the_others(client: CalcomClient, stub: Stub) -> None:
    stub.will(success({"2026-11-03": [{"start": None}, {"start": "2026-11-03T13:30:00Z"}, 3]}))
    assert client.slots(1, START, START) == [FreeSlot(START)]


# -- bookings --


def test_a_booking_is_one_post_and_comes_back_typed(client: CalcomClient, stub: Stub) -> None:
    stub.will(success(BOOKING, 201))
    made = client.book(NEW)
    assert stub.last.json == {
        "start": "2026-11-03T13:30:00Z",
        "eventTypeId": 3100411,
        "attendee": {
            "name": "Torben Wackernagel",
            "timeZone": "Europe/Berlin",
            "language": "de",
            "email": "torben@example.com",
            "phoneNumber": "+4917604069012",
        },
        "metadata": {"gw_key": "salon:call_1:1"},
    }
    assert made.status == "accepted"
    assert (made.uid, made.start, made.gw_key) == (UID, START, "salon:call_1:1")
    assert made.attendee.email == "t@example.com"
    assert (made.host_id, made.host_name) == (51001, "Salon Quittenberg")
    assert len(stub.requests) == 1


def test_pending_is_requested_and_not_booked(client: CalcomClient, stub: Stub) -> None:
    stub.will(success(booking(status="pending"), 201))
    made = client.book(NEW)
    assert made.status == "pending"


def test_a_recurring_booking_is_its_first_with_the_others_beside(
    client: CalcomClient, stub: Stub
) -> None:
    days = [booking(uid=f"uid{n}", start=f"2026-11-{n:02}T13:30:00Z") for n in (10, 3, 17)]
    stub.will(success(days, 201))
    made = client.book(NEW)
    assert made.uid == "uid3"
    assert [one.uid for one in made.series] == ["uid10", "uid17"]


def test_a_seat_is_remembered(client: CalcomClient, stub: Stub) -> None:
    stub.will(success(booking(seatUid="1c3d60c4-7e32"), 201))
    assert client.book(NEW).seat_uid == "1c3d60c4-7e32"


def test_an_address_made_up_by_calcom_is_nobodys(client: CalcomClient, stub: Stub) -> None:
    person = {"name": "Liesel", "email": "493023125488@sms.cal.com", "phoneNumber": "+493023125488"}
    stub.will(success(booking(attendees=[person]), 201))
    made = client.book(NEW)
    assert (made.attendee.email, made.attendee.phone) == (None, "+493023125488")


def test_a_booking_is_moved_to_a_new_uid(client: CalcomClient, stub: Stub) -> None:
    stub.will(success(booking(uid="new1", rescheduledFromUid=UID), 201))
    moved = client.reschedule(UID, START, "Spätschicht")
    assert (moved.uid, moved.rescheduled_from_uid) == ("new1", UID)
    assert stub.last.path == f"/v2/bookings/{UID}/reschedule"
    assert stub.last.json == {"start": "2026-11-03T13:30:00Z", "reschedulingReason": "Spätschicht"}


def test_a_seat_is_moved_without_a_reason_because_none_is_allowed(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(success(BOOKING, 201))
    client.reschedule(UID, START, "krank", "seat1")
    assert stub.last.json == {"start": "2026-11-03T13:30:00Z", "seatUid": "seat1"}


def test_a_cancellation_always_has_a_reason(client: CalcomClient, stub: Stub) -> None:
    stub.will(success(booking(status="cancelled")))
    gone = client.cancel(UID, "verreist")
    assert gone.gone
    assert stub.last.path == f"/v2/bookings/{UID}/cancel"
    assert stub.last.json == {"cancellationReason": "verreist"}
    client.cancel(UID, "")
    assert stub.last.json["cancellationReason"]


def test_already_cancelled_is_success(client: CalcomClient, stub: Stub) -> None:
    stub.will(
        failure(400, "Can't cancel booking because it has been already cancelled"),
        success(booking(status="cancelled")),
    )
    assert client.cancel(UID, "krank").status == "cancelled"
    assert [request.method for request in stub.requests] == ["POST", "GET"]


def test_a_cancellation_that_landed_behind_a_500_is_success(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(failure(500, "Internal"), success(booking(status="cancelled")))
    assert client.cancel(UID, "krank").gone


def test_a_cancellation_that_did_not_land_is_not_success(client: CalcomClient, stub: Stub) -> None:
    stub.will(failure(500, "Internal"), success(BOOKING))
    with pytest.raises(CalcomUnavailable) as doubtful:
        client.cancel(UID, "krank")
    assert doubtful.value.maybe_done


def test_a_refused_cancellation_stays_refused_where_the_booking_stands(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(failure(400, "Cancelling is disabled for this event type"), success(BOOKING))
    with pytest.raises(CalcomRejected):
        client.cancel(UID, "krank")


def test_a_seat_is_cancelled_without_a_reason_where_older_builds_refuse_one(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(failure(400, "property cancellationReason should not exist"), success(BOOKING))
    client.cancel(UID, "krank", "seat1")
    assert stub.requests[0].json == {"cancellationReason": "krank", "seatUid": "seat1"}
    assert stub.requests[1].json == {"seatUid": "seat1"}


def test_one_uid_may_mean_several_bookings(client: CalcomClient, stub: Stub) -> None:
    stub.will(success(BOOKING), success([BOOKING, booking(uid="b")]))
    assert [one.uid for one in client.booking(UID)] == [UID]
    assert [one.uid for one in client.booking(UID)] == [UID, "b"]


@pytest.mark.parametrize("uid", ["", "..", "../me", "a/b", "a?b", "a b", "ü", "a" * 101])
def test_what_cannot_be_a_uid_leads_nowhere(client: CalcomClient, stub: Stub, uid: str) -> None:
    for ask in (client.booking, lambda u: client.cancel(u, "x")):
        with pytest.raises(CalcomNotFound):
            ask(uid)
    assert stub.requests == []


def page(bookings: list[dict[str, Any]], more: bool) -> Any:
    return answer(200, {"status": "success", "data": bookings, "pagination": {"hasNextPage": more}})


def test_bookings_are_read_page_by_page_and_each_once(client: CalcomClient, stub: Stub) -> None:
    stub.will(
        page([booking(uid="a"), booking(uid="b")], True),
        page([booking(uid="b"), booking(uid="c")], True),
        page([booking(uid="d")], False),
    )
    found = client.bookings(
        attendee_email="t+x@example.com",
        event_type_id=7,
        status=("upcoming", "unconfirmed"),
        after_start=START,
        before_end=START + timedelta(hours=1),
        after_updated=START,
        sort_updated="asc",
    )
    assert [one.uid for one in found] == ["a", "b", "c", "d"]
    assert [request.query["skip"] for request in stub.requests] == ["0", "2", "4"]
    assert stub.requests[0].query == {
        "attendeeEmail": "t+x@example.com",
        "eventTypeId": "7",
        "status": "upcoming,unconfirmed",
        "afterStart": "2026-11-03T13:30:00Z",
        "beforeEnd": "2026-11-03T14:30:00Z",
        "afterUpdatedAt": "2026-11-03T13:30:00Z",
        "sortUpdatedAt": "asc",
        "take": "100",
        "skip": "0",
    }


def test_no_page_is_read_before_it_is_wanted(client: CalcomClient, stub: Stub) -> None:
    stub.will(page([booking(uid="a")], True))
    found = client.bookings()
    assert stub.requests == []
    assert next(found).uid == "a"
    assert len(stub.requests) == 1


# -- the account --


def test_the_key_tells_whose_it_is(client: CalcomClient, stub: Stub) -> None:
    stub.will(success({"id": 51001, "username": "salon", "timeZone": "Europe/Berlin"}))
    me = client.me()
    assert (me.id, me.username, me.time_zone, me.email) == (51001, "salon", "Europe/Berlin", None)


def test_hours_are_read_for_speaking(client: CalcomClient, stub: Stub) -> None:
    window = {"days": ["Monday", "Tuesday"], "startTime": "09:00", "endTime": "18:00"}
    stub.will(success([{"id": 1, "name": "x", "isDefault": True, "availability": [window, {}]}]))
    (schedule,) = client.schedules()
    assert schedule.availability == ((("Monday", "Tuesday"), "09:00", "18:00"),)


# -- time --


def test_a_caller_may_have_less_time_than_the_settings_allow(
    client: CalcomClient, stub: Stub
) -> None:
    import time

    stub.will(hang())
    began = time.monotonic()
    with pytest.raises(Exception, match="timeout"):
        client.slots(1, START, START, not_after=began + 0.2)
    assert time.monotonic() - began < 0.6


def test_without_any_time_nothing_is_sent(
    client: CalcomClient, stub: Stub, attempts: list[Any]
) -> None:
    import time

    from askpro.errors import CalcomUnreachable

    with pytest.raises(CalcomUnreachable) as late:
        client.book(NEW, not_after=time.monotonic())
    assert not late.value.maybe_done
    assert (stub.requests, attempts) == ([], [])
