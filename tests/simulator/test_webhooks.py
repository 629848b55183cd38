from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.simulator.calcom_world import COURSE, TEETH
from tests.simulator.checked import CheckedCalcom, checked_calcom

TEN, TWO = "2026-10-22T08:00:00Z", "2026-10-22T12:00:00Z"
Event = tuple[bytes, dict[str, str]]


@contextmanager
def _subscriber(status: int = 200) -> Iterator[tuple[str, list[Event]]]:
    """A server that keeps what it receives."""
    received: list[Event] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((raw, dict(self.headers)))
            self.send_response(status)
            if status == 308:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@contextmanager
def _subscribed(**settings: Any) -> Iterator[tuple[CheckedCalcom, list[Event]]]:
    with (
        _subscriber() as (url, received),
        checked_calcom(webhook_secret="geheim", subscribers=(url,), **settings) as calcom,
    ):
        yield calcom, received


def _bodies(calcom: CheckedCalcom, received: list[Event], count: int) -> list[dict[str, Any]]:
    """The bodies in order of arrival, once so many have come and no more are under way."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if len(received) >= count and calcom.simulation.webhooks.idle():
            break
        time.sleep(0.01)
    assert len(received) == count, [json.loads(raw)["triggerEvent"] for raw, _ in received]
    return [json.loads(raw) for raw, _ in received]


def test_a_booking_is_told_signed_over_its_raw_bytes() -> None:
    with _subscribed() as (calcom, received):
        made = calcom.book(TEN, attendee={"name": "Jörg Weiß"}).json()["data"]
        [body] = _bodies(calcom, received, 1)
        raw, headers = received[0]
        expected = hmac.new(b"geheim", raw, hashlib.sha256).hexdigest()
        assert headers["X-Cal-Signature-256"] == expected
        assert headers["X-Cal-Webhook-Version"] == "2021-10-20"
        assert body["triggerEvent"] == "BOOKING_CREATED"
        payload = body["payload"]
        assert (payload["uid"], payload["bookingId"]) == (made["uid"], made["id"])
        assert payload["startTime"] == TEN
        assert payload["status"] == "ACCEPTED"
        assert payload["metadata"] == {"gw_key": "t1:call_1:1"}
        assert payload["attendees"][0]["name"] == "Jörg Weiß"
        assert payload["organizer"]["utcOffset"] == 120


def test_a_tenants_own_secret_signs_its_events() -> None:
    with _subscribed() as (calcom, received):
        calcom.book(TEN, TEETH)
        [body] = _bodies(calcom, received, 1)
        raw, headers = received[0]
        expected = hmac.new(b"praxis-secret", raw, hashlib.sha256).hexdigest()
        assert headers["X-Cal-Signature-256"] == expected
        assert (body["triggerEvent"], body["payload"]["status"]) == ("BOOKING_REQUESTED", "PENDING")


def test_without_a_secret_the_signature_is_a_fixed_word() -> None:
    with _subscriber() as (url, received), checked_calcom(subscribers=(url,)) as calcom:
        calcom.book(TEN)
        _bodies(calcom, received, 1)
        assert received[0][1]["X-Cal-Signature-256"] == "no-secret-provided"


def test_moving_tells_both_uids_and_both_times() -> None:
    with _subscribed() as (calcom, received):
        old = calcom.book(TEN).json()["data"]
        new = calcom.post(f"/v2/bookings/{old['uid']}/reschedule", {"start": TWO}).json()["data"]
        _, moved = _bodies(calcom, received, 2)
        payload = moved["payload"]
        assert moved["triggerEvent"] == "BOOKING_RESCHEDULED"
        assert (payload["uid"], payload["rescheduleUid"]) == (new["uid"], old["uid"])
        assert payload["rescheduleId"] == old["id"]
        assert (payload["startTime"], payload["rescheduleStartTime"]) == (TWO, TEN)


def test_cancelling_tells_the_reason_another_time_format_and_no_metadata() -> None:
    with _subscribed() as (calcom, received):
        uid = calcom.book(TEN).json()["data"]["uid"]
        calcom.post(f"/v2/bookings/{uid}/cancel", {"cancellationReason": "verreist"})
        payload = _bodies(calcom, received, 2)[1]["payload"]
        assert (payload["status"], payload["cancellationReason"]) == ("CANCELLED", "verreist")
        assert payload["startTime"] == "2026-10-22T08:00:00+00:00"
        assert payload["requestReschedule"] is False
        assert "metadata" not in payload


def test_confirming_tells_a_creation_and_declining_a_rejection() -> None:
    with _subscribed() as (calcom, received):
        first, second = (calcom.book(start, TEETH).json()["data"]["uid"] for start in (TEN, TWO))
        calcom.post(f"/v2/bookings/{first}/confirm")
        calcom.post(f"/v2/bookings/{second}/decline", {"reason": "zu"})
        events = _bodies(calcom, received, 4)
        assert [e["triggerEvent"] for e in events] == [
            "BOOKING_REQUESTED",
            "BOOKING_REQUESTED",
            "BOOKING_CREATED",
            "BOOKING_REJECTED",
        ]
        assert events[2]["payload"]["status"] == "ACCEPTED"
        assert events[3]["payload"]["rejectionReason"] == "zu"


def test_a_no_show_carries_booking_uid_and_no_uid() -> None:
    with _subscribed() as (calcom, received):
        calcom.sim("POST", "bookings", {"uid": "pastBooking00000000001", "action": "absent"})
        payload = _bodies(calcom, received, 1)[0]["payload"]
        assert payload["bookingUid"] == "pastBooking00000000001"
        assert payload["attendees"][0]["noShow"] is True
        assert "uid" not in payload


def test_a_meeting_is_flat_and_a_ping_has_no_uid() -> None:
    with _subscribed() as (calcom, received):
        uid = "pastBooking00000000001"
        calcom.sim("POST", "webhooks/send", {"trigger": "MEETING_ENDED", "uid": uid})
        calcom.sim("POST", "webhooks/send", {"trigger": "PING"})
        ended, ping = _bodies(calcom, received, 2)
        assert (ended["uid"], ended["createdAt"]) == (uid, "2026-10-01T09:20:00.000Z")
        assert "payload" not in ended
        assert "uid" not in ping["payload"]


def test_a_person_on_cal_coms_page_is_told_too() -> None:
    with _subscribed() as (calcom, received):
        stranger = {"name": "Ottokar Spätling", "email": "o@example.org", "timeZone": "UTC"}
        wish = {"start": TEN, "eventTypeId": 101, "attendee": stranger}
        uid = calcom.sim("POST", "bookings", wish)["booking"]["uid"]
        moved = calcom.sim("POST", "bookings", {"uid": uid, "action": "move", "start": TWO})
        calcom.sim("POST", "bookings", {"uid": moved["booking"]["uid"], "action": "cancel"})
        triggers = [e["triggerEvent"] for e in _bodies(calcom, received, 3)]
        assert triggers == ["BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"]
        assert json.loads(received[2][0])["payload"]["cancelledBy"] == "termine@salon.example.com"


def test_a_further_seat_is_a_creation_with_the_uid_of_the_first() -> None:
    with _subscribed() as (calcom, received):
        for mail in ("a@example.com", "b@example.com"):
            calcom.book("2026-10-22T16:00:00Z", COURSE, attendee={"email": mail})
        first, second = _bodies(calcom, received, 2)
        assert first["payload"]["uid"] == second["payload"]["uid"]
        assert [a["email"] for a in second["payload"]["attendees"]] == ["b@example.com"]
        seats = {each["payload"]["attendeeSeatId"] for each in (first, second)}
        assert len(seats) == 2


def test_an_older_build_answers_only_after_its_webhook_was_received() -> None:
    with _subscribed() as (calcom, received):
        calcom.sim("POST", "webhooks", {"awaited": True})
        calcom.book(TEN)
        assert len(received) == 1


def test_events_can_come_in_several_copies() -> None:
    with _subscribed() as (calcom, received):
        calcom.sim("POST", "webhooks", {"copies": 3})
        calcom.book(TEN)
        _bodies(calcom, received, 3)
        assert len({raw for raw, _ in received}) == 1


def test_a_redirect_is_not_followed_and_nobody_retries() -> None:
    with (
        _subscriber(308) as (url, received),
        checked_calcom(webhook_secret="x", subscribers=(url,)) as calcom,
    ):
        calcom.book(TEN)
        _bodies(calcom, received, 1)
        assert [d["status"] for d in calcom.sim("GET", "webhooks")["deliveries"]] == [308]


def test_a_deaf_subscriber_does_not_hold_bookings_up() -> None:
    with checked_calcom(webhook_secret="x", subscribers=("http://127.0.0.1:9/none",)) as calcom:
        assert calcom.book(TEN).status_code == 201
        deadline = time.monotonic() + 5
        while not calcom.simulation.webhooks.idle() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert calcom.simulation.webhooks.deliveries()[0]["status"] is None


def test_webhooks_can_be_subscribed_by_the_api_for_one_account() -> None:
    with _subscriber() as (url, received), checked_calcom() as calcom:
        praxis = calcom.as_("cal_live_praxis")
        wish = {"subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "secret": "eigen"}
        made = praxis.post("/v2/webhooks", wish)
        assert made.status_code == 201
        calcom.book(TEN)  # the salon's, and nobody subscribed to it
        praxis.book("2026-10-22T13:00:00Z", 107)
        [event] = _bodies(calcom, received, 1)
        assert event["payload"]["type"] == "round"
        hook_id = made.json()["data"]["id"]
        assert praxis.get("/v2/webhooks").json()["data"][0]["id"] == hook_id
        assert praxis.ask("DELETE", f"/v2/webhooks/{hook_id}").status_code == 200
        assert praxis.get(f"/v2/webhooks/{hook_id}").status_code == 404
        assert (
            praxis.post("/v2/webhooks", wish | {"triggers": ["BOOKING_CONFIRMED"]}).status_code
            == 400
        )
