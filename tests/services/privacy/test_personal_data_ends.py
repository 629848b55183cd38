"""Erasure, export and retention: afterwards every store is searched for the person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select

from askpro.clock import Clock
from askpro.errors import InvalidInput
from askpro.services.audit import COMMAND_LINE
from askpro.services.privacy import erasure, export, retention
from askpro.settings import Settings
from askpro.store.models import Appointment, AuditEntry, Company, Customer
from askpro.store.tables import Base
from askpro.worker import Worker
from tests.worlds import PAYLOADS, World, golden

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
    found = export.export(world.runtime, PHONE, None)
    text = json.dumps(found, default=str, ensure_ascii=False)
    assert len(found["companies"]) == 1
    assert NAME in text
    assert OTHER not in text
    assert "uma8qGpUPZq19TUnvDbHm4" not in text  # a booking's uid opens it for anybody


def test_what_is_too_old_goes_and_the_ledger_stays(world: World) -> None:
    later = replace(world.runtime, clock=Clock(world.clock.offset + timedelta(days=2000)))
    gone = retention.purge(later)
    assert gone["traces"] > 0
    assert gone["calls"] > 0
    assert gone["events"] > 0
    after = _everything(world)
    for value in (PHONE, MAIL, NAME, OTHER):
        assert value not in after
    with world.runtime.database.unrestricted_unsafe() as session:
        assert len(session.scalars(select(Appointment)).all()) > 5


def test_nothing_goes_before_its_time(world: World) -> None:
    assert set(retention.purge(world.runtime).values()) == {0}


def test_a_company_may_keep_less(world: World) -> None:
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        salon = session.scalars(select(Company).where(Company.slug == "salon-quittenberg")).one()
        salon.retention = {"traces": 1, "calls": 1}
    later = replace(world.runtime, clock=Clock(world.clock.offset + timedelta(days=3)))
    gone = retention.purge(later)
    assert gone["traces"] > 0
    assert gone["calls"] > 0
    with world.runtime.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Customer)).all()
