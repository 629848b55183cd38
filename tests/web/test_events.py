"""Events over HTTP: who may send them, what they are answered, and when nothing could be stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from askpro.providers.calcom_webhooks import sign_calcom
from askpro.providers.retell_signature import sign
from askpro.settings import Settings
from askpro.store.models import Call, Company, InboxEvent
from askpro.worker import Worker
from tests import calcom_telling, retell_telling
from tests.worlds import CALCOM_SECRET, PAYLOADS, RETELL_KEY, World, golden

SENT = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
RETELL, CALCOM = "/api/webhooks/retell", "/api/webhooks/calcom"


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


def cal(
    world: World, body: dict[str, Any], *, secret: str | None = CALCOM_SECRET, path: str = CALCOM
) -> TestResponse:
    raw = json.dumps(body).encode()
    signature = sign_calcom(raw, secret) if secret else "no-secret-provided"
    headers = {"X-Cal-Signature-256": signature}
    return world.client.post(path, data=raw, content_type="application/json", headers=headers)


def created(uid: str = "uidA", **said: Any) -> dict[str, Any]:
    return calcom_telling.body("BOOKING_CREATED", uid, **{"at": SENT, "start": START, **said})


def events(world: World) -> list[InboxEvent]:
    with world.runtime.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(InboxEvent).order_by(InboxEvent.id)))


def company(world: World, slug: str) -> Company:
    with world.runtime.database.unrestricted_unsafe() as session:
        return session.scalars(select(Company).where(Company.slug == slug)).one()


def change(world: World, slug: str, **values: Any) -> None:
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        for name, value in values.items():
            setattr(session.scalars(select(Company).where(Company.slug == slug)).one(), name, value)
    world.runtime.directory.changed()


# -- Cal.com --------------------------------------------------------------------------------------


def test_calcoms_webhook_says_what_became_of_it(world: World):
    unknown = created("uidB")
    unknown["triggerEvent"] = "BOOKING_TELEPORTED"
    answers = [cal(world, body).json for body in (created(), created(), unknown)]
    assert answers == [
        {"received": True, "status": status} for status in ("stored", "duplicate", "ignored")
    ]


@pytest.mark.parametrize("path", ["/api/webhooks/calcom", "/api/calcom/webhook"])
def test_calcoms_addresses_answer_a_look_and_a_slash(world: World, path: str):
    assert world.client.get(path).json == {"ping": "ok"}
    assert world.client.get(f"{path}/").json == {"ping": "ok"}
    assert cal(world, created(), path=f"{path}/").status_code == 200


@pytest.mark.parametrize("path", ["//api/webhooks/{}", "/api//webhooks/{}", "/api/webhooks/{}//"])
def test_an_address_with_a_slash_too_many_is_not_redirected(world: World, path: str):
    """As it comes of a base that ends with one and a path that begins with one."""
    started = retell_telling.raw(retell_telling.body("call_started"))
    sent = {"environ_overrides": {"PATH_INFO": path.format("retell")}, "data": started}
    signed = {"X-Retell-Signature": sign(started, RETELL_KEY, world.clock.unix_ms())}
    answer = world.client.post("/", headers=signed, **sent)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "stored")
    looked = world.client.get("/", environ_overrides={"PATH_INFO": path.format("calcom")})
    assert looked.json == {"ping": "ok"}


@pytest.mark.parametrize("secret", [None, "", "another", CALCOM_SECRET + "x"])
def test_what_is_not_signed_by_calcom_is_refused(world: World, secret: str | None):
    assert cal(world, created(), secret=secret).status_code == 401
    assert events(world) == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"[" * 100_000, b'{"triggerEvent":1}'])
@pytest.mark.parametrize("signature", ["0" * 64, "no-secret-provided"])
def test_what_is_wrong_with_an_unsigned_body_is_not_told(
    world: World, raw: bytes, signature: str
) -> None:
    answer = world.client.post(CALCOM, data=raw, headers={"X-Cal-Signature-256": signature})
    assert answer.status_code == 401
    assert int(answer.headers["X-RateLimit-Remaining"]) < int(answer.headers["X-RateLimit-Limit"])


def test_a_company_has_an_address_and_a_secret_of_its_own(world: World):
    change(world, "salon-quittenberg", calcom_webhook_secret="the salon's own")
    token = company(world, "salon-quittenberg").calcom_webhook_token
    own = f"/api/webhooks/calcom/{token}"
    assert cal(world, created(), secret="the salon's own", path=own).json["status"] == "stored"
    # On the common address its own secret speaks for it, and the platform's does no longer.
    assert cal(world, created("uidB"), secret="the salon's own").json["status"] == "stored"
    assert cal(world, created("uidC")).status_code == 401
    assert cal(world, created("uidD"), path=own).status_code == 401
    assert {row.signed_by for row in events(world)} == {company(world, "salon-quittenberg").id}


def test_an_unknown_address_is_refused(world: World):
    assert cal(world, created(), path="/api/webhooks/calcom/no-such-token").status_code == 401


def test_a_ping_is_answered_and_leaves_no_appointment(world: World):
    body = json.loads((PAYLOADS / "calcom/webhooks/09-ping.json").read_text("utf-8"))
    assert cal(world, body).status_code == 200
    assert [row.company_id for row in events(world)] == [None]


# -- Retell ---------------------------------------------------------------------------------------


def test_a_lifecycle_is_acknowledged_and_recorded(world: World):
    for told in retell_telling.lifecycle("call_1", SENT):
        assert world.post(RETELL, told).json == {"received": True, "status": "stored"}
    Worker(world.runtime, ()).round()
    with world.runtime.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Call.state)).all() == ["analyzed"]


def test_a_company_with_a_key_of_its_own_is_spoken_for_by_that_key_only(world: World):
    change(world, "salon-quittenberg", retell_api_key="key_of_the_salon")
    told = retell_telling.body("call_ended")
    assert world.post(RETELL, told).status_code == 403
    assert world.post(RETELL, told, key="key_of_the_salon").json["status"] == "stored"
    assert world.post(RETELL, told, key="key_of_nobody").status_code == 401
    crossing = retell_telling.body("call_ended", to_number="+493023125140")
    assert world.post(RETELL, crossing, key="key_of_the_salon").status_code == 403
    (row,) = events(world)
    assert row.signed_by == row.company_id == company(world, "salon-quittenberg").id


def big_analysis(characters: int = 1_200_000) -> bytes:
    """An hour's talk with every word timed, as the largest golden body."""
    turn = {
        "role": "user",
        "content": "Ja genau, so machen wir das dann am Dienstag um halb drei.",
        "words": [{"word": "genau", "start": 1.25, "end": 1.5}] * 12,
    }
    size = len(json.dumps(turn)) + len(turn["content"]) + 16
    count = characters // size
    told = retell_telling.body(
        "call_analyzed",
        "call_long",
        transcript="".join(f"User: {turn['content']}\n" for _ in range(count)),
        transcript_object=[turn] * count,
        call_analysis={"call_summary": "Ein langer Anruf."},
        end_timestamp=int(SENT.timestamp() * 1000),
    )
    return retell_telling.raw(told)


def test_an_hours_talk_is_stored_without_its_words_and_not_read(world: World):
    raw = big_analysis()
    assert 1_100_000 < len(raw) < 1_400_000
    assert world.post(RETELL, raw).json["status"] == "stored"
    with world.runtime.database.unrestricted_unsafe() as session:
        kept = session.scalars(select(InboxEvent.body)).one()
    assert len(kept or "") < 5_000
    Worker(world.runtime, ()).round()
    with world.runtime.database.unrestricted_unsafe() as session:
        call = session.scalars(select(Call)).one()
    assert (call.state, call.transcript) == ("analyzed", None)
    assert "Ein langer Anruf." in (call.details or "")


# -- the database is away -------------------------------------------------------------------------


@pytest.fixture
def database_away(world: World) -> Iterator[World]:
    """Every transaction fails as it does while PostgreSQL restarts; look-ups are still known."""
    world.post(RETELL, retell_telling.body("call_started", "call_before"))
    engine = world.runtime.database.engine

    def fail(_: Any) -> None:
        raise OperationalError("BEGIN", {}, Exception("the database system is starting up"))

    listening.listen(engine, "begin", fail)
    yield world
    listening.remove(engine, "begin", fail)


def test_what_could_not_be_stored_is_refused_so_that_it_is_sent_again(database_away: World):
    answer = database_away.post(RETELL, retell_telling.body("call_ended"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["success"] is False
    assert cal(database_away, created()).status_code == 503


def test_a_caller_is_put_through_without_the_database(database_away: World):
    body = (PAYLOADS / "retell/webhooks/11-call_inbound-known_customer.json").read_bytes()
    answer = database_away.post(RETELL, body)
    assert (answer.status_code, answer.json) == (200, {"call_inbound": {}})


def test_a_callers_question_is_answered_without_the_database(database_away: World):
    answer = database_away.call("check_customer", {})
    assert answer["message"]


def test_an_inbound_call_of_a_customer_who_cannot_be_read_is_let_in(world: World):
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(text("UPDATE customers SET name = :none"), {"none": b"nonsense"})
    body = (PAYLOADS / "retell/webhooks/11-call_inbound-known_customer.json").read_bytes()
    answer = world.post(RETELL, body)
    assert (answer.status_code, answer.json) == (200, {"call_inbound": {}})


def test_an_inbound_call_leaves_no_row(world: World):
    body = (PAYLOADS / "retell/webhooks/11-call_inbound-known_customer.json").read_bytes()
    answer = world.post(RETELL, body)
    variables = answer.json["call_inbound"]["dynamic_variables"]
    assert variables["next_booking"] == "2026-10-27 10:00"
    assert events(world) == []
    with world.runtime.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Call)).all() == []


def test_no_log_line_repeats_a_name_that_nobody_knows(world: World):
    """An event's or a function's: whatever the sender wrote. The suite's watch reads the lines."""
    call = {"call_id": "call_unheard_of", "to_number": retell_telling.SALON}
    anything = {"name": "Wendelin Unerhört", "call": call, "args": {}}
    unknown = created()
    unknown["triggerEvent"] = anything["name"]
    answers = [
        world.post(f"{RETELL}/function", anything),
        world.post(RETELL, {"event": anything["name"], "call": call}),
        cal(world, unknown),
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
