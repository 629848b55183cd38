"""What our own loggers had to hide becomes a guard event, and an alert."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

import askpro
from askpro.guards.redaction import Redactor
from askpro.logs import JsonFormatter, take_hidden_lines
from askpro.services import alerts, hidden_lines
from askpro.services.runtime import Runtime
from askpro.store.models import Alert, GuardEvent
from askpro.worker import Worker
from tests.factories import MAIL, PHONE


@pytest.fixture
def runtime(app: Flask) -> Iterator[Runtime]:
    take_hidden_lines()
    yield app.extensions["askpro"]
    take_hidden_lines()


def write_line(logger: str, text: str) -> None:
    JsonFormatter().format(logging.makeLogRecord({"name": logger, "msg": text}))


def kept(runtime: Runtime) -> list[tuple[str, int]]:
    with runtime.database.unrestricted_unsafe() as session:
        rows = session.scalars(select(GuardEvent).where(GuardEvent.kind == hidden_lines.KIND))
        return [(row.subject, row.detail["lines"]) for row in rows]


def test_our_own_lines_are_kept_once_and_those_of_libraries_are_not(runtime: Runtime) -> None:
    write_line("askpro.services.callers", f"{MAIL} called")
    write_line("askpro.services.callers", f"{PHONE} called")
    write_line("urllib3.connectionpool", f"GET /{MAIL}")
    write_line("askpro.worker", "worker started")
    now = runtime.clock.now()
    assert hidden_lines.note(runtime.database, now) == 2
    assert hidden_lines.note(runtime.database, now) == 0
    assert kept(runtime) == [("askpro.services.callers", 2)]


def test_a_callers_name_that_is_a_word_of_the_request_line_is_no_leak(runtime: Runtime) -> None:
    write_line("askpro.request", f"answered {MAIL}")
    assert hidden_lines.note(runtime.database, runtime.clock.now()) == 0


def test_the_workers_sign_of_life_tells_of_them_and_the_alert_begins(runtime: Runtime) -> None:
    write_line("askpro.services.callers", f"{MAIL} called")
    Worker(runtime, schedule=()).round()
    assert kept(runtime) == [("askpro.services.callers", 1)]
    alerts.check(runtime)
    with runtime.database.unrestricted_unsafe() as session:
        kinds = set(session.scalars(select(Alert.kind).where(Alert.ended_at.is_(None))))
    assert "pii_in_log" in kinds


def test_a_gateway_without_a_worker_tells_of_them_with_its_figures(
    app: Flask, runtime: Runtime
) -> None:
    app.test_client().get("/health")
    write_line("askpro.web.retell", f"{MAIL} called")
    app.extensions["askpro_costs"].flush()
    assert kept(runtime) == [("askpro.web.retell", 1)]


def _said_by_ourselves() -> set[str]:
    """The fixed words of every line that the product logs."""
    calls = [
        node
        for path in Path(askpro.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
    ]
    words = {each.value for call in calls for each in call.args if isinstance(each, ast.Constant)}
    return {each for each in words if isinstance(each, str)}


def test_nothing_that_we_say_ourselves_is_taken_for_somebody():
    """ "caller answered without …" was a name, and a critical alert."""
    said = _said_by_ourselves()
    assert len(said) > 50
    redactor = Redactor()
    assert {each: redactor.text(each) for each in said if redactor.text(each) != each} == {}
