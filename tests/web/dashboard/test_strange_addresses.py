"""Addresses that nobody gets by clicking: what cannot be read narrows nothing, or is not there."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from askpro.web.dashboard.formats import csv_answer
from tests import factories
from tests.web.dashboard.conftest import PASSWORD, post

SignedIn = Callable[[str], FlaskClient]
LISTS = ("/calls", "/appointments", "/events", "/audit")
FILES = (*(f"/export{name}.csv" for name in LISTS), "/incident.json")


@pytest.fixture
def anna(app: Flask, signed_in: SignedIn, writing: Callable[[], Any], now: datetime) -> FlaskClient:
    with writing() as session:
        factories.call(session, 15, now=now)
        factories.appointment(session, 15, now=now, start=now)
        factories.event(session, 15, now=now)
        factories.alert(session, 15, now=now, ended_at=now)
    app.testing = False
    return signed_in("anna")


@pytest.mark.parametrize("path", [*LISTS, *FILES])
def test_days_that_no_calendar_has_narrow_nothing(anna: FlaskClient, path: str) -> None:
    strange = ("0001-01-01", "9999-12-31T23:59", "9999-12-31T23:59-23:00", "0001-01-01T00:00+23:00")
    for name in ("since", "until"):
        for day in strange:
            answer = anna.get(path, query_string={name: day})
            assert answer.status_code == 200, (name, day)


@pytest.mark.parametrize("path", [*LISTS, "/alerts"])
def test_places_that_no_list_has_are_no_place(anna: FlaskClient, path: str) -> None:
    moment = "2026-01-01T00:00:00+00:00"
    strange = (f"{moment}~{9 * 10**19}", f"{moment}~{2**40}", f"{moment}~-1", "2026-01-01~5")
    for name in ("older", "newer"):
        for place in (*strange, "0001-01-01T00:00:00+05:00~1", f"{moment}~\u0661"):
            answer = anna.get(path, query_string={name: place})
            assert answer.status_code == 200, (name, place)


@pytest.mark.parametrize("number", [2**31, 2**63 - 1, 2**63, 10**30])
def test_a_company_that_no_table_can_hold_is_not_there(anna: FlaskClient, number: int) -> None:
    assert anna.get(f"/companies/{number}").status_code == 404
    assert anna.get(f"/companies/{number}/calls/call_1").status_code == 404


@pytest.mark.parametrize("path", [*LISTS, "/", "/companies/15"])
def test_what_flask_takes_for_orders_is_no_filter(anna: FlaskClient, path: str) -> None:
    for orders in ("_method=POST", "_external=1", "_anchor=a", "endpoint=x", "values=x", "name=x"):
        answer = anna.get(f"{path}?{orders}")
        assert answer.status_code == 200, orders
        assert "http://localhost" not in answer.text


@pytest.mark.parametrize("header", ["Referer", "HX-Current-URL"])
def test_a_page_that_has_no_address_is_nowhere_to_go_back_to(
    anna: FlaskClient, header: str
) -> None:
    answer = anna.get("/act/cache_drop?of=15", headers={header: "http://["})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", [*LISTS, *FILES, "/companies", "/companies/15/calls/a%00b"])
def test_a_null_character_is_in_no_address(anna: FlaskClient, path: str) -> None:
    """PostgreSQL would refuse to look for it, and the page would call the database away."""
    for name in ("q", "action", "call_id"):
        assert anna.get(path, query_string={name: "a\x00b"}).status_code == 400
    assert anna.get(path).status_code == (400 if "%00" in path else 200)


@pytest.mark.parametrize("path", ["/login", "/welcome"])
def test_nobody_is_called_by_a_null_character(app: Flask, client: FlaskClient, path: str) -> None:
    app.testing = False
    words = {"username": "anna\x00", "name": "anna", "password": PASSWORD, "again": PASSWORD}
    assert post(client, path, **words, code="A").status_code == 400


def test_a_target_that_hides_a_host_behind_a_tab_is_none(app: Flask, client: FlaskClient) -> None:
    app.testing = False
    answer = client.get("/login", query_string={"next": "/\t/["})
    assert answer.status_code == 200
    assert "/\t/[" not in answer.text


@pytest.mark.parametrize(
    "said",
    [
        *("=1+1", "+1", "-1", "@SUM(1)", " =1", "\t=1", "\r=1"),
        *("user;=1+1", "user; \t@x", "user\t-1", "user\n=1", "a;b;+1", '";=1'),
        *("\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "user;\uff1d1"),
    ],
)
def test_no_cell_begins_a_formula_in_a_spreadsheet_of_any_country(app: Flask, said: str) -> None:
    with app.test_request_context():
        text = csv_answer("list", ["what"], [{"what": said}]).get_data(as_text=True)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    for cell in row["what"].replace("\t", ";").replace("\n", ";").replace("\r", ";").split(";"):
        assert cell.strip()[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"}, row
    assert text.startswith('"what"')


def test_harmless_cells_stay_as_they_are(app: Flask) -> None:
    said = "cut; colour, 5-6 people = a group"
    with app.test_request_context():
        text = csv_answer("list", ["what"], [{"what": said}]).get_data(as_text=True)
    assert text.splitlines()[1] == f'"{said}"'
