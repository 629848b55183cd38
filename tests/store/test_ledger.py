"""The statements of every booking, prepared once: each of them names its company."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from askpro.services import callers
from askpro.services.runtime import Runtime
from askpro.store import ledger, outcomes
from askpro.store.models import Appointment, Staff
from askpro.store.staffing import Host
from askpro.store.tenancy import Database
from tests import factories
from tests.fixtures.instances import NOW

NINE = NOW.replace(hour=9, minute=0)
ANNA = Host(51001, "Anna")


@pytest.fixture
def database(app: Flask) -> Database:
    runtime: Runtime = app.extensions["askpro"]
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(session, 15, "Salon", now=NOW)
        factories.company(session, 20, "Physio", now=NOW)
        session.add(Staff(id=1001, company_id=15, name="Anna", calcom_user_id=51001))
    return runtime.database


def wished(database: Database) -> Appointment:
    with database.of_company(15, write=True) as session:
        return factories.appointment(
            session, 15, now=NOW, start=NINE, state="wished", uid=None, key="alpha:call_1"
        )


def as_read_by(company_id: int, row: Appointment) -> Appointment:
    return Appointment(id=row.id, company_id=company_id, state=row.state, updated_at=row.updated_at)


def now_there(database: Database, row: Appointment) -> Appointment:
    with database.of_company(15) as session:
        return session.get_one(Appointment, row.id)


def test_another_company_neither_knows_nor_moves_nor_claims_a_row(database: Database):
    row = wished(database)
    theirs = as_read_by(20, row)
    assert ledger.is_known(database, 15, row.key)
    assert not ledger.is_known(database, 20, row.key)
    assert not ledger.claim(database, theirs, now=NOW, state="sent")
    ledger.move(database, theirs, now=NOW, state="refused")
    assert now_there(database, row).state == "wished"


def test_of_two_that_read_the_same_row_one_gets_it(database: Database):
    row = wished(database)
    twin = as_read_by(15, row)
    later = NOW + timedelta(seconds=1)
    assert ledger.claim(database, row, now=later, state="sent", error=None)
    assert not ledger.claim(database, twin, now=later, state="sent")
    assert (row.state, row.updated_at) == ("sent", later)
    assert now_there(database, row).state == "sent"


def test_the_same_wish_is_written_once(database: Database):
    def wish() -> Appointment:
        return Appointment(
            company_id=15,
            key="alpha:call_2",
            state="wished",
            start=NINE,
            end=NINE,
            working=[],
            event_type_id=2563015,
            changes=0,
            source="voice",
            created_at=NOW,
            updated_at=NOW,
        )

    with database.of_company(15, write=True) as session:
        row, first = ledger.write_wish(session, wish())
    with database.of_company(15, write=True) as session:
        again, second = ledger.write_wish(session, wish())
    assert (first, second) == (True, False)
    assert row.id == again.id is not None
    assert now_there(database, row).uid is row.uid is None


def test_a_number_is_another_customer_in_another_company(database: Database):
    def known(company_id: int, name: str | None) -> tuple[int, str | None]:
        with database.of_company(company_id, write=True) as session:
            customer = callers.known_or_new(
                session, company_id, number="+493055501", name=name, email=None, now=NOW
            )
            return customer.id, customer.name

    first = known(15, None)
    assert first[1] is None
    assert known(15, "Änne Groß") == (first[0], "Änne Groß")
    assert known(15, "Anne Gross") == (first[0], "Änne Groß")
    other = known(20, "Bea")
    assert other[0] != first[0]
    assert other[1] == "Bea"


@pytest.mark.parametrize(("host", "staff_id"), [(ANNA, 1001), (None, None)])
def test_it_stands_with_its_host(database: Database, host: Host | None, staff_id: int | None):
    row = wished(database)
    assert stands(database, row, host)
    kept = now_there(database, row)
    assert (row.state, row.uid, row.staff_id) == ("confirmed", "uidOfTheLedger", staff_id)
    assert (kept.state, kept.uid, kept.staff_id) == ("confirmed", "uidOfTheLedger", staff_id)


def test_a_host_whom_nobody_knew_is_the_companys_from_now_on(database: Database):
    row = wished(database)
    assert stands(database, row, replace(ANNA, calcom_user_id=51009))
    with database.of_company(15) as session:
        assert row.staff_id is not None
        assert session.get_one(Staff, row.staff_id).calcom_user_id == 51009


def test_what_was_cancelled_before_the_answer_came_stays_cancelled(database: Database):
    row = wished(database)
    ledger.move(database, row, now=NOW, state="cancelled", uid="uidOfTheLedger")
    assert stands(database, row, None)
    assert row.state == now_there(database, row).state == "cancelled"


def stands(database: Database, row: Appointment, host: Host | None) -> bool:
    return outcomes.stand(
        database,
        row,
        now=NOW,
        state="confirmed",
        uid="uidOfTheLedger",
        calcom_id=7,
        seat_uid=None,
        start=NINE,
        end=NINE + timedelta(minutes=30),
        host=host,
    )
