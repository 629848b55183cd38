"""One JSON object a line, redacted, from whomever it comes."""

from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from askpro import logs
from askpro.guards.redaction import Redactor
from askpro.logs import bind_log_context, clear_log_context, configure_logging, remember_names
from askpro.settings import Settings

log = logging.getLogger("tests.logs")


class _Lines:
    """What was written to stderr since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._capsys.readouterr().err.splitlines()]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[_Lines]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.lastResort, logging.raiseExceptions
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    with warnings.catch_warnings():
        configure_logging(Settings(log_level="DEBUG"))
        yield _Lines(capsys)
        logging.captureWarnings(False)
    clear_log_context()
    root.handlers[:], logging.lastResort, logging.raiseExceptions = before[0], before[2], before[3]
    root.setLevel(before[1])
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def test_a_line_says_when_how_bad_where_and_what(lines: _Lines) -> None:
    log.warning("call from %s", "+49 176 4043210", extra={"kundenname": "Anna", "ms": 4.2})
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "WARNING",
        "logger": "tests.logs",
        "message": "call from [PHONE_REDACTED]",
        "kundenname": "[PII_REDACTED]",
        "ms": 4.2,
    }


def test_the_requests_ids_stand_on_every_line_until_they_are_cleared(lines: _Lines) -> None:
    bind_log_context(request_id="r-1", company_id=15)
    bind_log_context(call_id="anna@web.de")
    log.info("first")
    clear_log_context()
    log.info("second")
    first, second = lines()
    assert (first["request_id"], first["company_id"]) == ("r-1", 15)
    assert first["call_id"] == "[EMAIL_REDACTED]"
    assert "request_id" not in second


def test_names_of_the_call_are_hidden_until_the_context_is_cleared(lines: _Lines) -> None:
    remember_names("Rosa Kastanie")
    log.info("Kastanie has called")
    clear_log_context()
    log.info("Kastanie street")
    assert [line["message"] for line in lines()] == [
        "[NAME_REDACTED] has called",
        "Kastanie street",
    ]


def test_configuring_twice_writes_once(lines: _Lines) -> None:
    configure_logging(Settings(log_level="INFO"))
    log.info("once")
    log.debug("never")
    assert [line["message"] for line in lines()] == ["once"]


def test_handlers_that_libraries_brought_are_dropped(lines: _Lines) -> None:
    library = logging.getLogger("tests.library")
    library.addHandler(logging.StreamHandler())
    configure_logging(Settings(log_level="INFO"))
    library.warning("call from 0176 4043210")
    assert [line["message"] for line in lines()] == ["call from [PHONE_REDACTED]"]


def test_no_author_writes_the_time_or_the_level(lines: _Lines) -> None:
    log.info({"time": "anna@web.de", "level": "x", "logger": "x", "message": "hi"})
    (line,) = lines()
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "tests.logs", "hi")
    assert line["time"].startswith("20")


class _Broken:
    def __str__(self) -> str:
        raise RuntimeError("anna@web.de")


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("a %s %s", ("anna@web.de",)),
        ("a", ("anna@web.de",)),
        ("a %d", ("x",)),
        ("a %s", (_Broken(),)),
    ],
)
def test_a_line_whose_arguments_do_not_fit_is_written_without_them(
    lines: _Lines, message: str, args: tuple[Any, ...]
) -> None:
    log.info(message, *args)
    (line,) = lines()
    assert line["message"] == message
    assert line["log_error"] in ("TypeError", "RuntimeError")


def test_a_fault_of_the_redaction_hides_the_line(
    lines: _Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Redactor, "text", lambda self, text: 1 // 0)
    log.info("call from %s", "anna@web.de")
    (line,) = lines()
    assert (line["message"], line["log_error"]) == ("[REDACTED]", "ZeroDivisionError")


def test_exceptions_and_stacks_are_redacted(lines: _Lines) -> None:
    try:
        try:
            raise KeyError("anna@web.de")
        except KeyError as why:
            raise ValueError("0176 4043210") from why
    except ValueError:
        log.exception("failed", stack_info=True)
    (line,) = lines()
    assert "KeyError: '[EMAIL_REDACTED]'" in line["exc_info"]
    assert "ValueError: [PHONE_REDACTED]" in line["exc_info"]
    assert line["stack_info"].startswith("Stack")


def test_it_counts_the_lines_that_had_something_to_hide(lines: _Lines) -> None:
    logs.take_hidden_lines()
    log.info("an %s", "anna@web.de")
    log.info("an %s", "alle")
    assert logs.take_hidden_lines() == {"tests.logs": 1}
    assert logs.take_hidden_lines() == {}


def test_warnings_are_logged(lines: _Lines) -> None:
    warnings.simplefilter("always")
    warnings.warn("old number 0176 4043210", UserWarning, stacklevel=1)
    (line,) = lines()
    assert line["logger"] == "py.warnings"
    assert "old number [PHONE_REDACTED]" in line["message"]


def test_what_nobody_caught_is_logged(lines: _Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(owner, name, getattr(owner, f"__{name}__"))
    configure_logging(Settings(log_level="INFO"))
    error = RuntimeError("anna@web.de")
    sys.excepthook(RuntimeError, error, None)

    def fail() -> None:
        raise error

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    written = lines()
    assert [line["message"] for line in written] == [
        "uncaught exception",
        "uncaught exception in a thread",
    ]
    assert all("RuntimeError: [EMAIL_REDACTED]" in line["exc_info"] for line in written)


def test_a_hook_that_was_there_before_still_runs(
    lines: _Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: seen.append(error[1]))
    configure_logging(Settings(log_level="INFO"))
    configure_logging(Settings(log_level="INFO"))
    error = RuntimeError("x")
    sys.excepthook(RuntimeError, error, None)
    assert seen == [error]
    assert [line["message"] for line in lines()] == ["uncaught exception"]


def test_rows_of_results_are_never_logged_even_at_debug(lines: _Lines) -> None:
    engine = create_engine("sqlite://", hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text("SELECT 'Wackernagel' AS who")).all()
    engine.dispose()
    assert lines() == []


def test_the_last_resort_is_the_same_handler(lines: _Lines) -> None:
    handler = logging.lastResort
    assert handler is not None
    assert isinstance(handler.formatter, logs.JsonFormatter)
