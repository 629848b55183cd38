"""Appointments by REST: booked once, shown, moved, cancelled; nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from askpro.store.models import Appointment, Company, Customer, GuardEvent, ServiceRow
from tests.web.api.conftest import HAIRCUT, Rest

WEDNESDAY_AT_ELEVEN = "2026-10-21T11:00:00+02:00"
TAKEN = "2026-10-21T10:00:00+02:00"


def at_calcom(rest: Rest, start: str) -> list[dict[str, Any]]:
    """What stands there at ``start``, of any company."""
    instant = datetime.fromisoformat(start)
    return [
        each
        for each in rest.world.bookings()
        if datetime.fromisoformat(each["start"]) == instant and each["status"] != "cancelled"
    ]


def test_it_books_a_free_time(fresh: Rest):
    shown = fresh.booked(WEDNESDAY_AT_ELEVEN)

    assert shown["status"] == "confirmed"
    assert shown["service"] == "Herrenhaarschnitt"
    assert shown["start"] == WEDNESDAY_AT_ELEVEN
    assert shown["end"] == "2026-10-21T11:30:00+02:00"
    assert shown["source"] == "rest"
    assert shown["uid"] in {each["uid"] for each in at_calcom(fresh, WEDNESDAY_AT_ELEVEN)}


def test_the_customer_is_found_by_the_number_and_keeps_the_name(rest: Rest, starts: Iterator[str]):
    one = rest.booked(next(starts), name="Eva Sommer", phone="0151 23450001")
    two = rest.booked(next(starts), name="Ewa Somer", phone="+4915123450001")

    with rest.world.runtime.database.unrestricted_unsafe() as session:
        rows = [session.get_one(Appointment, each["id"]) for each in (one, two)]
        assert rows[0].customer_id == rows[1].customer_id
        assert session.get_one(Customer, rows[0].customer_id).name == "Eva Sommer"


def test_a_service_may_be_named_as_people_say_it(rest: Rest, start: str):
    shown = rest.booked(start, event_type_id=None, service="Herrenschnitt")
    assert shown["service"] == "Herrenhaarschnitt"


def test_an_instant_in_another_offset_is_the_same_instant(rest: Rest, start: str):
    in_new_york = datetime.fromisoformat(start) - timedelta(hours=5)
    shifted = in_new_york.replace(tzinfo=None).isoformat() + "-04:00"
    assert rest.booked(shifted)["start"] == start


def test_a_null_character_is_left_out(fresh: Rest):
    fresh.booked(WEDNESDAY_AT_ELEVEN, name="Eva\x00 Sommer", notes="a\x00b", service="Herren\x00")
    (booking,) = at_calcom(fresh, WEDNESDAY_AT_ELEVEN)
    assert "\\x00" not in str(booking)
    assert fresh.send("GET", "/bookings?uid=a%00b").status_code == 422


def test_a_time_that_is_not_free_is_409_with_what_is(fresh: Rest):
    response = fresh.book(TAKEN)

    assert response.status_code == 409
    refusal = response.get_json()
    assert refusal["status"] == "unavailable"
    assert [each["time"] for each in refusal["alternatives"]] == [
        "2026-10-21T09:30:00+02:00",
        "2026-10-21T11:00:00+02:00",
    ]


def test_a_time_in_the_past_is_409(rest: Rest):
    response = rest.book("2026-10-19T10:00:00+02:00")
    assert response.status_code == 409
    assert response.get_json()["status"] == "past"


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_the_ends_of_time_are_only_far_away(rest: Rest, start: str):
    assert rest.book(start).status_code == 409


def test_one_key_books_once_whatever_else_is_sent(rest: Rest, starts: Iterator[str]):
    start, other = next(starts), next(starts)
    first = rest.booked(start, idempotency_key="order-17")
    again = rest.book(other, idempotency_key="order-17")

    assert again.status_code == 201
    assert again.get_json() == first
    assert len(at_calcom(rest, start)) == 1
    assert at_calcom(rest, other) == []


def test_one_key_sent_by_many_at_once_books_once(rest: Rest, start: str):
    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(rest.book, start, idempotency_key="order-18") for _ in range(6)]
        answers = [each.result() for each in sent]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert len(at_calcom(rest, start)) == 1


def test_a_key_whose_booking_is_over_finds_it_and_books_nothing(rest: Rest, start: str):
    shown = rest.booked(start, idempotency_key="order-19")
    assert rest.send("DELETE", f"/bookings/{shown['id']}").status_code == 200

    again = rest.book(start, idempotency_key="order-19")

    assert again.status_code == 200
    assert again.get_json()["status"] == "cancelled"


def test_a_key_that_was_refused_may_be_used_again(rest: Rest, start: str):
    assert rest.book(TAKEN, idempotency_key="order-20").status_code == 409
    assert rest.book(start, idempotency_key="order-20").status_code == 201


def test_the_same_person_wanting_the_same_time_again_is_one_booking(rest: Rest, start: str):
    first = rest.booked(start, phone="+4915123450002")
    assert rest.booked(start, phone="+4915123450002") == first
    assert len(at_calcom(rest, start)) == 1


def test_somebody_else_wanting_the_same_time_is_told_that_it_is_taken(rest: Rest, start: str):
    rest.booked(start)
    assert rest.book(start, name="Jan Winter").status_code == 409


def test_a_cancelled_time_can_be_booked_again(rest: Rest, start: str):
    first = rest.booked(start, phone="+4915123450003")
    rest.send("DELETE", f"/bookings/{first['id']}")

    second = rest.booked(start, phone="+4915123450003")

    assert second["id"] != first["id"]
    assert second["status"] == "confirmed"


def test_a_service_that_nobody_offers_is_404_and_named(rest: Rest, start: str):
    response = rest.book(start, event_type_id=4)
    assert response.status_code == 404
    assert list(response.get_json()["errors"]) == ["event_type_id"]


@pytest.mark.on("sqlite")
def test_a_type_that_agents_cannot_book_is_409(fresh: Rest):
    with fresh.world.runtime.database.unrestricted_unsafe(write=True) as session:
        row = session.scalars(select(ServiceRow).where(ServiceRow.event_type_id == HAIRCUT)).one()
        row.bookable, row.why_not = False, "Serientermine werden nicht am Telefon gebucht."

    response = fresh.book(WEDNESDAY_AT_ELEVEN)

    assert response.status_code == 409
    assert response.get_json()["status"] == "ask"


def test_an_unknown_outcome_is_202_until_it_is_settled(rest: Rest, start: str):
    rest.world.faults(mode="commit_then_500", path="/v2/bookings", method="POST", times=1)

    response = rest.book(start)

    assert response.status_code == 202
    assert response.get_json()["status"] == "unknown"


@pytest.mark.on("sqlite")
def test_a_calendar_that_is_down_is_503_and_says_when_to_try_again(fresh: Rest):
    fresh.world.faults(status=500)

    response = fresh.book(WEDNESDAY_AT_ELEVEN)

    assert response.status_code == 503
    assert response.get_json()["status"] == "calendar_down"
    assert int(response.headers["Retry-After"]) > 0


def test_a_booking_is_shown_by_its_id_and_by_its_uid(rest: Rest, start: str):
    shown = rest.booked(start)

    assert rest.send("GET", f"/bookings/{shown['id']}").get_json() == shown
    found = rest.send("GET", f"/bookings?uid={shown['uid']}").get_json()
    assert found == {"bookings": [shown]}


def test_a_moved_booking_is_found_by_its_former_uid_too(fresh: Rest):
    before = fresh.booked(WEDNESDAY_AT_ELEVEN)
    moved = fresh.send(
        "PATCH",
        f"/bookings/{before['id']}/reschedule",
        {"start": "2026-10-21T13:00:00+02:00", "reason": "Zug verpasst"},
    )

    assert moved.status_code == 200
    after = moved.get_json()
    assert after["id"] == before["id"]
    assert after["start"] == "2026-10-21T13:00:00+02:00"
    assert after["uid"] != before["uid"]
    found = fresh.send("GET", f"/bookings?uid={before['uid']}").get_json()["bookings"]
    assert [each["uid"] for each in found] == [after["uid"]]


def test_moving_twice_to_the_same_time_moves_once(rest: Rest, starts: Iterator[str]):
    path = f"/bookings/{rest.booked(next(starts))['id']}/reschedule"
    body = {"start": next(starts)}
    first = rest.send("PATCH", path, body)
    second = rest.send("PATCH", path, body)

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.get_json() == first.get_json()


@pytest.mark.parametrize("change", ["move", "cancel"])
def test_changed_by_many_at_once_all_are_shown_what_came_of_it(
    rest: Rest, starts: Iterator[str], change: str
):
    path, new = f"/bookings/{rest.booked(next(starts))['id']}", next(starts)

    def send(_: int) -> TestResponse:
        if change == "move":
            return rest.send("PATCH", f"{path}/reschedule", {"start": new})
        return rest.send("DELETE", path)

    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(send, range(4)))

    now = rest.send("GET", path).get_json()
    assert [answer.get_json() for answer in answers] == [now] * 4
    assert {answer.status_code for answer in answers} == {200}


def test_moving_to_where_it_is_changes_nothing(rest: Rest, start: str):
    shown = rest.booked(start)

    response = rest.send("PATCH", f"/bookings/{shown['id']}/reschedule", {"start": start})

    assert (response.status_code, response.get_json()) == (200, shown)


def test_what_was_moved_and_cancelled_cannot_be_moved_to_where_it_was(
    rest: Rest, starts: Iterator[str]
):
    path = f"/bookings/{rest.booked(next(starts))['id']}"
    body = {"start": next(starts)}
    rest.send("PATCH", f"{path}/reschedule", body)
    rest.send("DELETE", path)

    response = rest.send("PATCH", f"{path}/reschedule", body)

    assert (response.status_code, response.get_json()["status"]) == (409, "not_standing")


def test_moving_to_a_taken_time_is_409_and_keeps_the_old_one(rest: Rest, start: str):
    shown = rest.booked(start)

    response = rest.send("PATCH", f"/bookings/{shown['id']}/reschedule", {"start": TAKEN})

    assert response.status_code == 409
    assert response.get_json()["alternatives"]
    assert rest.send("GET", f"/bookings/{shown['id']}").get_json() == shown


def test_cancelling_twice_is_success_twice(rest: Rest, start: str):
    shown = rest.booked(start)
    path = f"/bookings/{shown['id']}"

    first = rest.send("DELETE", path, {"reason": "krank"})
    second = rest.send("DELETE", path)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.get_json()["status"] == second.get_json()["status"] == "cancelled"
    assert at_calcom(rest, start) == []


def test_a_cancelled_booking_cannot_be_moved(rest: Rest, starts: Iterator[str]):
    shown = rest.booked(next(starts))
    rest.send("DELETE", f"/bookings/{shown['id']}")

    response = rest.send("PATCH", f"/bookings/{shown['id']}/reschedule", {"start": next(starts)})

    assert response.status_code == 409
    assert response.get_json()["status"] == "not_standing"


@pytest.mark.on("sqlite")
def test_a_policy_against_it_is_403(fresh: Rest):
    with fresh.world.runtime.database.unrestricted_unsafe(write=True) as session:
        for company in session.scalars(select(Company)):
            company.policy = {"hours_before": 48}
    shown = fresh.booked(WEDNESDAY_AT_ELEVEN)

    response = fresh.send("DELETE", f"/bookings/{shown['id']}")

    assert response.status_code == 403
    assert response.get_json()["status"] == "not_allowed"


def test_another_company_finds_nothing_and_leaves_a_mark(rest: Rest, stranger: Rest, start: str):
    shown = rest.booked(start)
    path = f"/bookings/{shown['id']}"
    tries = [
        stranger.send("GET", path),
        stranger.send("DELETE", path),
        stranger.send("PATCH", f"{path}/reschedule", {"start": start}),
        stranger.book(start),
    ]

    assert [each.status_code for each in tries] == [404, 404, 404, 404]
    assert stranger.send("GET", f"/bookings?uid={shown['uid']}").get_json() == {"bookings": []}
    listed = stranger.send("GET", "/bookings").get_json()["bookings"]
    assert shown["id"] not in {each["id"] for each in listed}
    assert rest.send("GET", path).get_json() == shown
    with rest.world.runtime.database.unrestricted_unsafe() as session:
        kinds = session.scalars(select(GuardEvent.kind)).all()
    assert kinds.count("crossing") == 4


@pytest.mark.on("sqlite")
def test_what_is_not_there_for_anybody_leaves_no_mark(fresh: Rest):
    assert fresh.send("GET", "/bookings/999999").status_code == 404
    assert fresh.send("GET", f"/bookings/{2**70}").status_code == 404
    with fresh.world.runtime.database.unrestricted_unsafe() as session:
        assert session.scalars(select(GuardEvent.kind)).all() == []
