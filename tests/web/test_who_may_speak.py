"""Who may speak for whom: signatures, bearer, rotation, companies with keys of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from askpro.providers.retell_signature import sign
from askpro.settings import Settings
from askpro.store.models import Appointment, Company, FunctionCall, GuardEvent, InboxEvent
from askpro.web import auth
from tests.worlds import RETELL_KEY, World, golden

FUNCTION = "/api/webhooks/retell/function"
EVENTS = "/api/webhooks/retell"
OWN_KEY = "key_of_the_physio_only"


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    chosen = replace(
        settings(database_url=database_url), retell_function_secret="bearer for functions"
    )
    with golden(chosen) as world:
        with world.runtime.database.unrestricted_unsafe(write=True) as session:
            physio = session.scalars(
                select(Company).where(Company.slug == "physio-wirbelwind")
            ).one()
            physio.retell_api_key = OWN_KEY
        world.runtime.directory.changed()
        yield world


def _body(to_number: str, name: str = "list_services") -> bytes:
    call = {
        "call_id": "call_of_this_test",
        "call_type": "phone_call",
        "direction": "inbound",
        "from_number": "+4917604069012",
        "to_number": to_number,
    }
    return json.dumps({"name": name, "call": call, "args": {}}).encode()


SALON, PHYSIO = "+493023125110", "+493023125120"


def _rows(world: World) -> tuple[int, ...]:
    world.runtime.traces.flush()
    with world.runtime.database.unrestricted_unsafe() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (FunctionCall, InboxEvent)
        )


@pytest.mark.parametrize("path", [FUNCTION, EVENTS, "/api/retell/book-appointment"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Retell-Signature": ""},
        {"X-Retell-Signature": "v=1,d=2"},
        {"X-Retell-Signature": "v=" + "9" * 5000 + ",d=" + "a" * 64},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
    ],
)
def test_an_unsigned_request_is_refused_and_nothing_is_stored(
    world: World, path: str, headers: dict[str, str]
) -> None:
    before = _rows(world)
    response = world.client.post(
        path, data=_body(SALON), content_type="application/json", headers=headers
    )
    assert response.status_code == 401
    assert response.json["status"] == "unauthorized"
    assert _rows(world) == before


def test_the_platforms_key_speaks_for_a_company_without_one(world: World) -> None:
    assert world.post(FUNCTION, _body(SALON)).json["status"] == "found"


def test_the_platforms_key_does_not_speak_for_a_company_with_its_own(world: World) -> None:
    response = world.post(FUNCTION, _body(PHYSIO))
    assert response.status_code == 403
    assert response.json["status"] == "forbidden"


def test_a_company_is_spoken_for_by_its_own_key(world: World) -> None:
    assert world.post(FUNCTION, _body(PHYSIO), key=OWN_KEY).json["status"] == "found"


def test_a_companys_key_naming_another_companys_number_is_refused_and_noted(world: World) -> None:
    response = world.post(FUNCTION, _body(SALON, "check_customer"), key=OWN_KEY)
    assert response.status_code == 403
    with world.runtime.database.unrestricted_unsafe() as session:
        crossing = session.scalars(select(GuardEvent).where(GuardEvent.kind == "crossing")).one()
        assert crossing.company_id is not None


def test_a_strangers_key_is_looked_for_while_that_costs_little(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every key that is tried hashes the whole body once more."""
    raw = _body(SALON)
    monkeypatch.setattr(auth, "_MOST_BYTES_TRIED", len(raw) + 1)
    assert world.post(FUNCTION, raw, key=OWN_KEY).status_code == 403
    assert world.post(FUNCTION, raw + b" ", key=OWN_KEY).status_code == 401


def test_the_function_secret_opens_functions_but_no_events(world: World) -> None:
    bearer = {"Authorization": "Bearer bearer for functions"}
    assert world.post(FUNCTION, _body(SALON), key=None, headers=bearer).status_code == 200
    event = {"event": "call_started", "call": {"call_id": "call_1234567890", "to_number": SALON}}
    assert world.post(EVENTS, event, key=None, headers=bearer).status_code == 401


def test_nothing_configured_accepts_nothing(
    settings: Callable[..., Settings], database_url: str
) -> None:
    from askpro import create_app

    app = create_app(settings(database_url=database_url))
    raw = _body(SALON)
    for header in (None, sign(raw, "", app.extensions["askpro"].clock.unix_ms())):
        headers = {"X-Retell-Signature": header} if header else {}
        response = app.test_client().post(
            FUNCTION, data=raw, content_type="application/json", headers=headers
        )
        assert response.status_code == 401


def test_both_keys_are_good_while_rotating(
    settings: Callable[..., Settings], database_url: str
) -> None:
    with golden(settings(database_url=database_url)) as world:
        runtime = world.runtime
        rotating = replace(runtime.settings, retell_api_key=("key_new", RETELL_KEY))
        world.app.extensions["askpro"] = replace(runtime, settings=rotating)
        for key in ("key_new", RETELL_KEY):
            assert world.post(FUNCTION, _body(SALON), key=key).status_code == 200


def test_a_signature_older_than_five_minutes_is_refused(world: World) -> None:
    raw = _body(SALON)
    for age_ms, status in ((299_000, 200), (302_000, 401), (-302_000, 401)):
        header = sign(raw, RETELL_KEY, world.clock.unix_ms() - age_ms)
        response = world.client.post(
            FUNCTION,
            data=raw,
            content_type="application/json",
            headers={"X-Retell-Signature": header},
        )
        assert response.status_code == status


@pytest.mark.faults
@pytest.mark.fault(12, "a signed booking sent again within its five minutes")
def test_a_replayed_booking_hears_the_same_answer_and_books_once(world: World) -> None:
    call = json.loads(_body(SALON))["call"]
    raw = json.dumps(
        {
            "name": "book_appointment",
            "call": call,
            "args": {
                "service": "Herrenhaarschnitt",
                "date": "2026-11-03",
                "time": "14:30",
                "name": "Torben Wackernagel",
            },
        }
    ).encode()
    headers = {"X-Retell-Signature": sign(raw, RETELL_KEY, world.clock.unix_ms())}

    def send() -> Any:
        return world.client.post(
            FUNCTION, data=raw, content_type="application/json", headers=headers
        )

    before = len(world.bookings())
    first, second = send(), send()
    assert first.json["status"] == "booked"
    assert second.data == first.data
    assert len(world.bookings()) == before + 1
    with world.runtime.database.unrestricted_unsafe() as session:
        booked = session.scalars(select(Appointment).where(Appointment.source == "voice")).all()
        assert [row.state for row in booked] == ["confirmed"]


def test_an_unknown_number_is_nobodys(world: World) -> None:
    answer = world.post(FUNCTION, _body("+493099999999")).json
    assert answer["status"] == "unknown_company"
    assert answer["success"] is False


def test_a_company_id_or_header_in_the_request_names_nobody(world: World) -> None:
    """The original trusted X-Company-Id (rules.md §11)."""
    body = {"name": "list_services", "args": {"company_id": 1}, "company_id": 1}
    answer = world.post(FUNCTION, body, headers={"X-Company-Id": "1"}).json
    assert answer["status"] == "unknown_company"
