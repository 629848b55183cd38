"""Two appointments of one person can't overlap, whoever writes them: the database says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from askpro.services.runtime import Runtime
from askpro.store import staffing
from askpro.store.models import Appointment, Staff
from askpro.store.tenancy import Database
from tests import factories
from tests.fixtures.instances import NOW

NINE = NOW.replace(hour=9, minute=0)
ANNA, BEA = 1001, 1002
COLOURING = [[0, 45], [90, 30]]


@pytest.fixture
def database(app: Flask) -> Database:
    runtime: Runtime = app.extensions["askpro"]
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(session, 15, "Salon", now=NOW)
        session.add(Staff(id=ANNA, company_id=15, name="Anna", calcom_user_id=51001))
        session.add(Staff(id=BEA, company_id=15, name="Bea", calcom_user_id=51002))
    return runtime.database


def book(
    database: Database,
    start: datetime,
    minutes: int = 60,
    *,
    staff_id: int | None = ANNA,
    **more: Any,
) -> int:
    with database.of_company(15, write=True) as session:
        end = start + timedelta(minutes=minutes)
        row = factories.appointment(
            session, 15, now=NOW, start=start, end=end, staff_id=staff_id, **more
        )
        return row.id


def at(hour: int, minute: int = 0) -> datetime:
    return NINE.replace(hour=hour, minute=minute)


def test_one_person_cannot_have_two_at_once(database: Database):
    book(database, at(9))
    with pytest.raises(IntegrityError) as refused:
        book(database, at(9, 30))
    assert staffing.is_busy(refused.value)


def test_one_may_begin_when_the_other_ends(database: Database):
    book(database, at(9))
    book(database, at(10))
    book(database, at(8))


def test_two_people_may_and_so_may_nobody(database: Database):
    book(database, at(9))
    book(database, at(9), staff_id=BEA)
    book(database, at(9), staff_id=None)
    book(database, at(9), staff_id=None)


@pytest.mark.parametrize("state", ["wished", "refused", "cancelled", "rejected", "completed"])
def test_what_does_not_stand_takes_nobodys_time(database: Database, state: str):
    book(database, at(9), state=state)
    book(database, at(9))


@pytest.mark.parametrize("state", ["sent", "confirmed", "requested", "unknown"])
def test_what_stands_or_may_stand_does(database: Database, state: str):
    book(database, at(9), state=state)
    with pytest.raises(IntegrityError):
        book(database, at(9))


def test_seats_of_one_class_are_at_the_same_time(database: Database):
    book(database, at(9), uid="class", seat_uid="one")
    book(database, at(9), uid="class", seat_uid="two")


def test_the_pause_of_one_has_room_for_another(database: Database):
    book(database, at(9), 120, working=COLOURING)
    book(database, at(9, 45), 45)


@pytest.mark.parametrize(("hour", "minute"), [(8, 30), (9, 15), (10, 15), (10, 30)])
def test_the_work_around_the_pause_has_not(database: Database, hour: int, minute: int):
    book(database, at(9), 120, working=COLOURING)
    with pytest.raises(IntegrityError):
        book(database, at(hour, minute), 45)


def test_two_with_pauses_may_interlock(database: Database):
    book(database, at(9), 120, working=COLOURING)
    book(database, at(9, 45), 120, working=COLOURING)
    with pytest.raises(IntegrityError):
        book(database, at(9, 30), 120, working=COLOURING)


def test_moving_one_onto_another_is_refused_too(database: Database):
    book(database, at(9))
    moving = book(database, at(11))
    with pytest.raises(IntegrityError), database.of_company(15, write=True) as session:
        session.execute(
            update(Appointment)
            .where(Appointment.id == moving)
            .values(start=at(9, 30), end=at(10, 30))
        )


def test_cancelling_gives_the_time_back(database: Database):
    first = book(database, at(9))
    with database.of_company(15, write=True) as session:
        session.get_one(Appointment, first).state = "cancelled"
    second = book(database, at(9))
    with pytest.raises(IntegrityError), database.of_company(15, write=True) as session:
        session.get_one(Appointment, first).state = "confirmed"
    assert second != first


def test_an_appointment_may_be_written_again_where_it_is(database: Database):
    row = book(database, at(9))
    with database.of_company(15, write=True) as session:
        session.get_one(Appointment, row).end = at(10, 30)


def test_assigning_a_busy_person_leaves_the_transaction_alive(database: Database):
    book(database, at(9))
    with database.of_company(15, write=True) as session:
        row = factories.appointment(session, 15, now=NOW, start=at(9), notes="bleibt")
        assert not staffing.assign(session, row, ANNA)
        assert staffing.assign(session, row, BEA)
        row_id = row.id
    with database.of_company(15) as session:
        kept = session.get_one(Appointment, row_id)
        assert (kept.staff_id, kept.notes) == (BEA, "bleibt")


def test_a_new_host_becomes_one_of_the_staff_once(database: Database):
    host = staffing.Host.of(51009, "Cleo")
    assert host is not None
    with database.of_company(15, write=True) as session:
        first = staffing.known(session.connection(), 15, host)
        assert staffing.known(session.connection(), 15, host) == first
        assert session.get_one(Staff, first).name == "Cleo"
