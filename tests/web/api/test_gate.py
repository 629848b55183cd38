"""Who may ask by REST, how often, and what is refused before anything happens."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from askpro.services.tokens import add_token
from askpro.store.models import ApiToken
from tests.web.api.conftest import HAIRDRESSER, Rest

ROUTES = [
    ("POST", "/availability/simple"),
    ("POST", "/bookings"),
    ("GET", "/bookings"),
    ("GET", "/bookings/1"),
    ("PATCH", "/bookings/1/reschedule"),
    ("DELETE", "/bookings/1"),
]
WEDNESDAY_AT_ELEVEN = "2026-10-21T11:00:00+02:00"
ON_WEDNESDAY: dict[str, Any] = {"service": "Herrenhaarschnitt", "date": "2026-10-21"}


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("authorization", [None, "Bearer askpro_wrong", "Bearer ", "Basic YTpi"])
def test_without_a_valid_token_nothing_is_told(
    rest: Rest, method: str, path: str, authorization: str | None
):
    headers = {"Authorization": authorization} if authorization else {}
    response = rest.world.client.open(f"/api/v2{path}", method=method, headers=headers)

    assert response.status_code == 401
    assert response.get_json()["status"] == "unauthorized"
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.on("sqlite")
def test_a_revoked_token_is_no_token(fresh: Rest):
    with fresh.world.runtime.database.unrestricted_unsafe(write=True) as session:
        for token in session.query(ApiToken):
            token.revoked_at = fresh.world.clock.now()
    assert fresh.send("GET", "/bookings").status_code == 401


def test_every_token_of_a_company_is_as_good(rest: Rest):
    second = add_token(rest.world.runtime, HAIRDRESSER, "second")
    assert Rest(rest.world, second).send("GET", "/bookings").status_code == 200


@pytest.mark.on("sqlite")
def test_each_route_has_its_own_limit(fresh: Rest):
    for limit, method, path in (
        (60, "POST", "/availability/simple"),
        (30, "POST", "/bookings"),
        (10, "PATCH", "/bookings/1/reschedule"),
        (10, "DELETE", "/bookings/1"),
    ):
        answers = [fresh.send(method, path, {"nonsense": 1}) for _ in range(limit + 1)]

        assert {each.status_code for each in answers[:limit]} == {422}
        assert answers[0].headers["X-RateLimit-Limit"] == str(limit)
        assert answers[limit].status_code == 429
        assert int(answers[limit].headers["Retry-After"]) > 0
    assert fresh.send("GET", "/bookings").status_code == 200


def test_an_unknown_field_is_named_and_refused(rest: Rest):
    response = rest.send("POST", "/availability/simple", {**ON_WEDNESDAY, "allowConflicts": True})

    assert response.status_code == 422
    refusal = response.get_json()
    assert list(refusal["errors"]) == ["allowConflicts"]
    assert refusal["message"]


@pytest.mark.parametrize("name", ["Ute Öz", "0176 12340987", "ute@example.org", "a" * 99, ""])
def test_what_can_be_no_field_is_refused_and_not_repeated(rest: Rest, name: str):
    body = rest.send("POST", "/availability/simple", {**ON_WEDNESDAY, name: True})
    asked = rest.send("GET", f"/bookings?{urlencode([(name, 1), (name, 2)])}")
    for response in (body, asked):
        assert response.status_code == 422
        assert list(response.get_json()["errors"]) == ["(unknown)"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": 17}, "name"),
        ({"name": "4711 !"}, "name"),
        ({"start": "morgen um zehn"}, "start"),
        ({"start": "2026-10-21T11:00:00"}, "start"),
        ({"start": 1792000000}, "start"),
        ({"start": None}, "start"),
        ({"email": "eva.sommer-at-example.org"}, "email"),
        ({"phone": "ruf mich an"}, "phone"),
        ({"duration": 14}, "duration"),
        ({"duration": "30"}, "duration"),
        ({"event_type_id": 0}, "event_type_id"),
        ({"idempotency_key": "with space"}, "idempotency_key"),
        ({"notes": "x" * 501}, "notes"),
    ],
)
def test_a_wrong_field_is_named_without_its_value(rest: Rest, wrong: dict[str, Any], field: str):
    response = rest.book(**{"start": WEDNESDAY_AT_ELEVEN, **wrong})

    assert response.status_code == 422
    assert list(response.get_json()["errors"]) == [field]
    for value in wrong.values():
        if isinstance(value, str) and value:
            assert value not in response.text


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
    ],
)
def test_what_is_no_json_is_refused(rest: Rest, body: bytes, content_type: str, status: int):
    response = rest.world.client.post(
        "/api/v2/bookings",
        data=body,
        content_type=content_type,
        headers={"Authorization": f"Bearer {rest.token}"},
    )
    assert response.status_code == status
    assert response.get_json()["success"] is False


def test_a_body_that_is_too_large_is_413(rest: Rest):
    most = rest.world.runtime.settings.max_body_bytes
    assert rest.book(WEDNESDAY_AT_ELEVEN, notes="x" * most).status_code == 413


@pytest.mark.parametrize("query", ["uid=", "uid=a%20b", "uid=a&uid=b", "page=2"])
def test_a_query_that_is_not_known_is_refused(rest: Rest, query: str):
    response = rest.send("GET", f"/bookings?{query}")
    assert response.status_code == 422
    assert response.get_json()["errors"]


def test_the_free_times_of_a_day_are_listed(rest: Rest):
    found = rest.send("POST", "/availability/simple", ON_WEDNESDAY).get_json()

    assert found["available"] is True
    assert found["status"] == "available"
    assert found["slots"][0]["time"] == "2026-10-21T09:30:00+02:00"
    assert len(found["slots"]) == 10


def test_one_time_is_free_or_has_alternatives(rest: Rest):
    free = rest.send("POST", "/availability/simple", {**ON_WEDNESDAY, "time": "11:00"}).get_json()
    taken = rest.send(
        "POST",
        "/availability/simple",
        {**ON_WEDNESDAY, "time": "10:00", "max_alternatives": 4},
    ).get_json()

    assert (free["available"], free["requested_time"]) == (True, "2026-10-21T11:00:00+02:00")
    assert taken["available"] is False
    assert len(taken["alternatives"]) == 4


def test_checking_holds_nothing(rest: Rest):
    rest.send("POST", "/availability/simple", {**ON_WEDNESDAY, "time": "11:00"})
    assert rest.world.call(
        "check_availability",
        {"service": "Herrenhaarschnitt", "datum": "21.10.2026", "uhrzeit": "11:00"},
    )["available"]


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"time": "11:00"},
        {"date": "2026-10-21", "start": "2026-10-21T11:00:00+02:00"},
        {"date": "2026-02-30"},
        {"date": "1792000000"},
        {"date": "2026-10-21", "time": "25:00"},
    ],
)
def test_a_check_needs_one_day_or_one_instant(rest: Rest, when: dict[str, str]):
    asked = {"service": "Herrenhaarschnitt", **when}
    assert rest.send("POST", "/availability/simple", asked).status_code == 422


@pytest.mark.parametrize(
    ("date", "status"), [("0001-01-01", "past"), ("9999-12-31", "no_availability")]
)
def test_the_ends_of_time_are_only_far_away(rest: Rest, date: str, status: str):
    found = rest.send("POST", "/availability/simple", {**ON_WEDNESDAY, "date": date})
    assert (found.status_code, found.get_json()["status"]) == (200, status)


def test_another_branch_of_the_company_may_be_named_but_no_strangers(rest: Rest, stranger: Rest):
    branch = {"branch_id": rest.world.runtime.directory.office(1).branch_id}
    own = rest.send("POST", "/availability/simple", {**ON_WEDNESDAY, **branch})
    other = stranger.send("POST", "/availability/simple", {**ON_WEDNESDAY, **branch})

    assert own.status_code == 200
    assert other.status_code == 404
    assert list(other.get_json()["errors"]) == ["branch_id"]
