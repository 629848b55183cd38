"""What a scanner looks for first: debug answers, listings, methods nobody needs, lines that lie."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from askpro.logs import JsonFormatter
from tests.factories import MAIL, PHONE

SECRET = "cal_live_canary0123456789"


@pytest.mark.parametrize("path", ["/", "/login", "/api/health", "/api/v2/bookings", "/metrics"])
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "DEBUG"])
def test_methods_that_nobody_needs_are_refused(client: FlaskClient, path: str, method: str) -> None:
    assert client.open(path, method=method).status_code == 405


@pytest.mark.parametrize("path", ["/static/", "/assets/", "/.git/HEAD", "/.env", "/console"])
def test_there_are_no_listings_and_no_files_of_the_house(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (401, 404)


@pytest.mark.parametrize("path", ["/broken", "/api/broken"])
def test_a_fault_says_nothing_of_the_inside(app: Flask, path: str) -> None:
    def broken() -> str:
        raise RuntimeError(f"{SECRET} {MAIL} {PHONE} SELECT name FROM customers")

    app.add_url_rule(path, view_func=broken)
    app.testing = False
    answer = app.test_client().get(path)
    assert not app.debug
    assert answer.status_code == 500
    for told in (SECRET, MAIL, PHONE, "SELECT", "Traceback", "RuntimeError", __file__):
        assert told not in answer.text


def test_a_line_that_came_from_outside_stays_one_line() -> None:
    forged = 'x\n{"level":"ERROR","message":"forged"}\r\n\x1b[31mred\u2028next'
    record = logging.makeLogRecord({"name": "tests", "msg": "said %s", "args": (forged,)})
    line = JsonFormatter().format(record)
    assert not {"\n", "\r", "\x1b"} & set(line)


def test_a_database_that_fails_lets_nobody_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from askpro.services import tokens

    def gone(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception(SECRET))

    monkeypatch.setattr(tokens, "company_of", gone)
    app.testing = False
    answer = app.test_client().get(
        "/api/v2/bookings", headers={"Authorization": "Bearer askpro_guessed"}
    )
    assert answer.status_code in (500, 503)
    assert SECRET not in answer.text
    assert "bookings" not in (answer.json or {})
