"""Erasure, export and retention: afterwards every store is searched for the person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from sqlalchemy import inspect, select, text

from askpro.clock import Clock
from askpro.errors import InvalidInput
from askpro.services import control
from askpro.services.audit import COMMAND_LINE, WORKER
from askpro.services.privacy import erasure, export, retention
from askpro.settings import Settings
from askpro.store.models import Appointment, AuditEntry, Company, Customer
from askpro.store.tables import Base
from askpro.store.vault import digest
from askpro.worker import Worker
from tests import factories
from tests.providers.stub import Behaviour, answer, reset, stub_server
from tests.waiting import eventually
from tests.worlds import PAYLOADS, World, golden

pytestmark = pytest.mark.slow

PHONE, MAIL, NAME = "+4917604069012", "torben.wackernagel@example.com", "Torben Wackernagel"
OTHER = "Mehmet Karagülle"


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url, erase_at_retell=False)) as world:
        _live(world)
        yield world


def _live(world: World) -> None:
    """The person calls, books, asks for a callback; Retell and Cal.com tell of it."""
    world.call("check_customer", {})
    world.call(
        "book_appointment",
        {
            "service": "Herrenhaarschnitt",
            "date": "2026-11-03",
            "time": "14:30",
            "name": NAME,
            "email": MAIL,
            "notes": f"bitte {NAME} anrufen",
        },
    )
    world.call("request_callback", {"name": NAME, "reason": f"wegen {NAME}"})
    for path in sorted((PAYLOADS / "retell/webhooks").glob("0[134]-*.json")):
        assert world.post("/api/webhooks/retell", path.read_bytes()).status_code == 200
    worker = Worker(world.runtime, schedule=())
    while worker.round():
        pass
    world.runtime.traces.flush()


def _everything(world: World) -> str:
    """Every value of every table, decrypted, as one text."""
    texts: list[Any] = []
    with world.runtime.database.unrestricted_unsafe() as session:
        for mapper in Base.registry.mappers:
            names = [column.key for column in inspect(mapper.class_).column_attrs]
            for row in session.scalars(select(mapper.class_)):
                texts += [getattr(row, name) for name in names]
    return json.dumps(texts, default=str, ensure_ascii=False)


def test_after_erasure_the_person_is_in_no_store(world: World) -> None:
    before = _everything(world)
    assert PHONE in before
    assert NAME in before
    assert MAIL in before

    receipt = erasure.erase(world.runtime, "0176 04069012", None, COMMAND_LINE)

    after = _everything(world)
    for value in (PHONE, MAIL, NAME, "Wackernagel"):
        assert value not in after
    assert OTHER in after
    assert receipt.customers == 1
    assert receipt.appointments >= 2
    assert receipt.calls >= 1
    assert receipt.callbacks == 1
    assert receipt.events >= 1


def test_events_of_nobodys_company_and_of_other_contacts_go_as_well(world: World) -> None:
    """A booking made on the web knows the mail address only, and not as we write it."""
    now = world.clock.now()
    told = [
        {"payload": {"attendees": [{"email": MAIL.title(), "name": NAME}]}},
        {"payload": {"smsReminderNumber": f"{PHONE[1:]}@sms.cal.com", "title": NAME}},
    ]
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.scalars(select(Customer)).first().company_id
        for number, (owner, body) in enumerate(zip((company, None), told, strict=True)):
            factories.event(
                session, owner, now=now, subject=f"uid{number}", body=json.dumps(body), state="new"
            )
    erasure.erase(world.runtime, PHONE, None, COMMAND_LINE)
    assert NAME not in _everything(world)


def test_who_withheld_the_number_or_had_another_call_is_found_by_what_was_booked(
    world: World,
) -> None:
    """The customer of a withheld number is a name alone; the talk stands at the call."""
    now, sister = world.clock.now(), "+4917755566600"
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.scalars(select(Customer)).first().company_id
        nameless = Customer(company_id=company, name=NAME, created_at=now)
        session.add(nameless)
        told = {"transcript": f"User: {NAME} hier", "details": f"{NAME} wanted a haircut"}
        for call_id, number in (("call_withheld", "anonymous"), ("call_sister", sister)):
            factories.call(session, company, now=now, call_id=call_id, phone=number, **told)
        session.flush()
        factories.appointment(
            session,
            company,
            now=now,
            start=now,
            attendee_name=NAME,
            attendee_phone=PHONE,
            call_id="call_withheld",
            customer_id=nameless.id,
        )
        factories.callback(
            session, company, now=now, name=NAME, phone_digest=digest(PHONE), call_id="call_sister"
        )
    shown = json.dumps(export.export(world.runtime, PHONE, None, COMMAND_LINE), default=str)
    assert shown.count(told["transcript"]) == 2
    assert sister not in shown

    erasure.erase(world.runtime, PHONE, None, COMMAND_LINE)

    after = _everything(world)
    assert NAME not in after
    assert sister in after


def test_what_another_caller_wanted_for_themselves_is_theirs(world: World) -> None:
    now, sister = world.clock.now(), "Ute Holzapfel"
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.scalars(select(Customer)).first().company_id
        call_id = factories.call(session, company, now=now, phone="+4917755566600").call_id
        for name, phone in ((NAME, PHONE), (sister, "+4917755566600")):
            told = {"attendee_name": name, "attendee_phone": phone}
            factories.appointment(session, company, now=now, start=now, call_id=call_id, **told)
        told = {"phone_digest": digest("+4917755566600"), "reason": f"wegen {sister}"}
        factories.callback(session, company, now=now, name=sister, call_id=call_id, **told)
    shown = json.dumps(export.export(world.runtime, PHONE, None, COMMAND_LINE), default=str)
    assert sister not in shown

    erasure.erase(world.runtime, PHONE, None, COMMAND_LINE)

    assert _everything(world).count(sister) == 3


def test_a_key_that_a_client_chose_tells_nobody_afterwards(world: World) -> None:
    now = world.clock.now()
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.scalars(select(Customer)).first().company_id
        for key in (MAIL, f"{PHONE[1:]}-haircut", "wackernagel-3"):
            told = {"attendee_phone": PHONE, "attendee_name": NAME}
            factories.appointment(
                session, company, now=now, start=now, key=f"salon:api:{key}", **told
            )
    erasure.erase(world.runtime, PHONE, None, COMMAND_LINE)
    after = _everything(world).lower()
    assert MAIL not in after
    assert PHONE[1:] not in after
    assert "wackernagel" not in after


def test_what_no_secret_decrypts_is_counted_and_hides_nothing_else(world: World) -> None:
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.scalars(select(Customer)).first().company_id
        event = factories.event(session, company, now=world.clock.now())
        lost = {"body": b"of a secret that is lost", "id": event.id}
        session.execute(text("UPDATE inbox SET body = :body WHERE id = :id"), lost)
    receipt = erasure.erase(world.runtime, PHONE, None, COMMAND_LINE)
    assert receipt.unreadable == 1
    assert receipt.customers == 1


@pytest.mark.parametrize("with_redis", [False, True])
def test_answers_that_are_kept_for_a_repetition_go_as_well(
    settings: Callable[..., Settings],
    database_url: str,
    redis_url: str,
    with_redis: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = redis_url if with_redis else None
    with golden(settings(database_url=database_url, redis_url=url)) as world:
        if not with_redis:  # The guards of an embedded gateway are asked over its own route.
            monkeypatch.setattr(
                control, "run", lambda runtime, name, given: control.COMMANDS[name](runtime, given)
            )
        _live(world)
        said = world.call("check_customer", {}, call_id="the last call")
        assert "Wackernagel" in said["message"]
        world.call("list_services", {}, call_id="another call")
        if with_redis:  # What only answers a question is kept a moment later.
            eventually(lambda: _kept_answers(redis_url) == 5, what="the kept answers")
        receipt = erasure.erase(world.runtime, PHONE, None, COMMAND_LINE)
        assert receipt.kept_answers >= 2
        if with_redis:
            kept = _redis_text(redis_url)
            assert "Herrenhaarschnitt" in kept
            for value in ("wackernagel", "torben", PHONE[3:], MAIL):
                assert value not in kept.lower()
        assert erasure.erase(world.runtime, PHONE, None, COMMAND_LINE).kept_answers == 0


def _kept_answers(url: str) -> int:
    with redis.Redis.from_url(url) as server:
        return sum(bool(server.get(key)) for key in server.scan_iter("askpro_replay:*"))


def _redis_text(url: str) -> str:
    """Every key of Redis with what lies there."""
    with redis.Redis.from_url(url) as server:
        read = {
            b"string": server.get,
            b"hash": server.hgetall,
            b"set": server.smembers,
            b"zset": lambda key: server.zrange(key, 0, -1),
            b"list": lambda key: server.lrange(key, 0, -1),
        }
        found = [(key, read[server.type(key)](key)) for key in server.scan_iter()]
    return repr(found).encode().decode("unicode_escape").encode("latin-1", "replace").decode()


@pytest.mark.parametrize(
    ("answers", "erased", "left", "asked"),
    [
        ([answer(204, b"")], 2, 0, 2),
        ([answer(404), answer(204, b"")], 2, 0, 2),
        ([answer(500), answer(204, b"")], 1, 1, 2),
        ([answer(401)], 0, 2, 1),
        ([reset()], 0, 2, 1),
    ],
)
def test_calls_are_erased_at_retell_and_the_receipt_says_which_were_left(
    world: World, answers: list[Behaviour], erased: int, left: int, asked: int
) -> None:
    with stub_server() as retell:
        retell.will(*answers)
        there = replace(world.runtime.settings, erase_at_retell=True, retell_base_url=retell.url)
        runtime = replace(world.runtime, settings=there)
        receipt = erasure.erase(runtime, PHONE, None, COMMAND_LINE)
        assert (receipt.erased_at_retell, receipt.left_at_retell) == (erased, left)
        assert [each.method for each in retell.requests] == ["DELETE"] * asked


def test_the_ledger_keeps_its_lines_and_the_audit_its_receipt(world: World) -> None:
    with world.runtime.database.unrestricted_unsafe() as session:
        before = {(row.key, row.state) for row in session.scalars(select(Appointment))}
    erasure.erase(world.runtime, PHONE, None, COMMAND_LINE)
    with world.runtime.database.unrestricted_unsafe() as session:
        assert {(row.key, row.state) for row in session.scalars(select(Appointment))} == before
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "erase person")).one()
        assert entry.detail["customers"] == 1
        assert PHONE not in json.dumps(entry.detail)


def test_a_person_is_found_by_mail_as_well(world: World) -> None:
    assert erasure.erase(world.runtime, MAIL.upper(), None, COMMAND_LINE).customers == 1
    assert NAME not in _everything(world)


def test_erasing_twice_does_no_harm(world: World) -> None:
    erasure.erase(world.runtime, PHONE, None, COMMAND_LINE)
    assert erasure.erase(world.runtime, PHONE, None, COMMAND_LINE).companies == []


def test_another_companys_erasure_leaves_the_person_here(world: World) -> None:
    with world.runtime.database.unrestricted_unsafe() as session:
        other = session.scalar(select(Company.id).where(Company.slug == "kfz-schraubstock"))
    assert erasure.erase(world.runtime, PHONE, other, COMMAND_LINE).companies == []
    assert NAME in _everything(world)


@pytest.mark.parametrize("nonsense", ["", "abc", "12", "a@", "anonymous"])
def test_nonsense_is_refused_and_erases_nothing(world: World, nonsense: str) -> None:
    with pytest.raises(InvalidInput):
        erasure.erase(world.runtime, nonsense, None, COMMAND_LINE)


def test_an_export_shows_what_is_kept_and_no_secret(world: World) -> None:
    found = export.export(world.runtime, PHONE, None, COMMAND_LINE)
    shown = json.dumps(found, default=str, ensure_ascii=False)
    assert len(found["companies"]) == 1
    assert NAME in shown
    assert OTHER not in shown
    assert found["companies"][0]["function_calls"]
    assert "uma8qGpUPZq19TUnvDbHm4" not in shown  # a booking's uid opens it for anybody


def test_what_is_too_old_goes_and_the_ledger_stays(world: World) -> None:
    later = replace(world.runtime, clock=Clock(world.clock.offset + timedelta(days=2000)))
    gone = retention.purge(later, WORKER)
    assert gone["traces"] > 0
    assert gone["calls"] > 0
    assert gone["events"] > 0
    after = _everything(world)
    for value in (PHONE, MAIL, NAME, OTHER):
        assert value not in after
    with world.runtime.database.unrestricted_unsafe() as session:
        assert len(session.scalars(select(Appointment)).all()) > 5


def test_a_name_that_stands_alone_goes_too(world: World) -> None:
    """A company may keep its customers shorter than its appointments."""
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        row = session.scalars(
            select(Appointment).where(Appointment.customer_id.is_not(None))
        ).first()
        row.attendee_name, row.customer_id = "Ottilie Grasmück", None
        row.attendee_phone = row.attendee_email = row.notes = row.reason = None
        row.source, row.key, row.state = "rest", "salon:rest:grasmück-1", "completed"
    later = replace(world.runtime, clock=Clock(world.clock.offset + timedelta(days=2000)))
    assert retention.purge(later, WORKER)["appointments"] > 0
    assert "grasmück" not in _everything(world).lower()
    assert retention.purge(later, WORKER)["appointments"] == 0


def test_nothing_goes_before_its_time(world: World) -> None:
    assert set(retention.purge(world.runtime, WORKER).values()) == {0}
    assert _audited(world) == []


def test_the_audit_says_who_looked_and_what_went_and_of_nobody(world: World) -> None:
    export.export(world.runtime, PHONE, None, COMMAND_LINE)
    later = replace(world.runtime, clock=Clock(world.clock.offset + timedelta(days=2000)))
    gone = retention.purge(later, WORKER)
    looked, purged = _audited(world)
    assert (looked.action, looked.who, looked.detail) == (
        "export person",
        "command line",
        {"companies": 1},
    )
    assert (purged.action, purged.who, purged.detail) == ("purge", "worker", gone)
    assert PHONE not in f"{looked.target} {looked.detail}"


def _audited(world: World) -> list[AuditEntry]:
    with world.runtime.database.unrestricted_unsafe() as session:
        return list(
            session.scalars(
                select(AuditEntry)
                .where(AuditEntry.action.in_(("export person", "purge")))
                .order_by(AuditEntry.id)
            )
        )


def test_a_company_may_keep_less(world: World) -> None:
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        salon = session.scalars(select(Company).where(Company.slug == "salon-quittenberg")).one()
        salon.retention = {"traces": 1, "calls": 1}
    later = replace(world.runtime, clock=Clock(world.clock.offset + timedelta(days=3)))
    gone = retention.purge(later, WORKER)
    assert gone["traces"] > 0
    assert gone["calls"] > 0
    with world.runtime.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Customer)).all()
