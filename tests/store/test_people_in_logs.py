"""Whoever was read from the database, or is about to be written, is in no line of the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from askpro.logs import JsonFormatter, clear_log_context
from askpro.services import adoption, booking_events, callers
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment, Callback, Customer
from tests import factories
from tests.calcom_telling import event
from tests.factories import NAME

TOLD = f"talking to {NAME.upper()}, again"


def logged(text: str = TOLD) -> str:
    return JsonFormatter().format(logging.makeLogRecord({"name": "tests", "msg": text}))


@pytest.fixture
def runtime(app: Flask) -> Iterator[Runtime]:
    found: Runtime = app.extensions["askpro"]
    now = found.clock.now()
    with found.database.unrestricted_unsafe(write=True) as session:
        factories.company(session, 15, "Salon", now=now)
        factories.customer(session, 15, now=now)
        factories.appointment(session, 15, now=now, start=now)
        factories.callback(session, 15, now=now)
    clear_log_context()
    yield found
    clear_log_context()


@pytest.mark.names_somebody("to show that it would be seen")
@pytest.mark.parametrize("table", [Customer, Appointment, Callback])
def test_who_was_read_is_hidden_until_the_context_ends(runtime: Runtime, table: Any) -> None:
    assert "SPUTER" in logged()
    with runtime.database.of_company(15) as session:
        assert session.scalars(select(table)).all()
    assert "SPUTER" not in logged()
    clear_log_context()
    assert "SPUTER" in logged()


def _calls(session: Any, now: datetime) -> None:
    callers.by_number(session, factories.PHONE)


def _comes_for_the_first_time(session: Any, now: datetime) -> None:
    callers.known_or_new(session, 15, number="+4930555", name=NAME, email=None, now=now)


def _books_on_the_web(session: Any, now: datetime) -> None:
    told = event("BOOKING_CREATED", "uidOfTheWeb", at=now, attendee={"name": NAME, "email": "a@b"})
    booking_events.record(session, 15, told, now)


def _is_described_by_cal_com(session: Any, now: datetime) -> None:
    told = event("BOOKING_CREATED", "uidOfTheWeb", at=now, attendee={"name": NAME, "email": "a@b"})
    adoption.describe(session, Appointment(company_id=15), told)


@pytest.mark.parametrize(
    "way", [_calls, _comes_for_the_first_time, _books_on_the_web, _is_described_by_cal_com]
)
def test_a_name_is_hidden_by_whatever_way_it_comes(
    runtime: Runtime, way: Callable[[Any, datetime], None]
) -> None:
    with runtime.database.of_company(15, write=True) as session:
        way(session, runtime.clock.now())
        session.rollback()
    assert "SPUTER" not in logged()


@pytest.mark.names_somebody("to show that it would be seen")
def test_a_request_that_loads_a_customer_hides_them_in_its_own_lines_only(
    app: Flask, runtime: Runtime
) -> None:
    seen: list[str] = []

    def look() -> str:
        with runtime.database.of_company(15) as session:
            callers.by_number(session, factories.PHONE)
        seen.append(logged())
        return "looked"

    app.add_url_rule("/look", view_func=look)
    assert app.test_client().get("/look").text == "looked"
    assert "SPUTER" not in seen[0]
    assert "SPUTER" in logged()
