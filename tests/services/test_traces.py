"""The thread that writes traces goes on, whatever a row is like or the database does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from askpro.services import traces
from askpro.services.traces import TraceBook
from askpro.settings import Settings
from tests.waiting import eventually


class _Database:
    """Stands in for the database: what happens when somebody writes."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.tried = 0

    def unrestricted_unsafe(self, *, write: bool) -> Any:
        assert write
        self.tried += 1
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        raise AssertionError("nothing is left to write")


@pytest.fixture
def book(settings: Callable[..., Settings]) -> Callable[..., tuple[TraceBook, _Database]]:
    def make(*outcomes: Exception | None) -> tuple[TraceBook, _Database]:
        database = _Database(*outcomes)
        return TraceBook(database, settings()), database  # type: ignore[arg-type]

    return make


def test_a_row_that_cannot_be_written_does_not_end_the_writing(
    book: Callable[..., tuple[TraceBook, _Database]], caplog: pytest.LogCaptureFixture
):
    kept, database = book(TypeError("no such column"), TypeError("nor this one"))
    for written in (1, 2):
        kept.write({"function": "book_appointment"})
        eventually(lambda wanted=written: database.tried == wanted, what="a try to write")
    eventually(lambda: "Traces could not be written" in caplog.text, what="a line of it")


def test_while_the_database_is_away_the_oldest_rows_are_dropped(
    book: Callable[..., tuple[TraceBook, _Database]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(traces, "_MOST_WAITING", 3)
    monkeypatch.setattr(TraceBook, "_start", lambda _: None)
    kept, database = book(*[OperationalError("insert", {}, Exception("away"))] * 2)
    for number in range(5):
        kept.write({"number": number})
    assert kept.flush() == 0
    kept.write({"number": 5})
    assert kept.flush() == 0
    assert [row["number"] for row in kept._waiting] == [3, 4, 5]
    assert database.tried == 2


def test_closing_writes_what_waits_and_ends_the_thread(
    book: Callable[..., tuple[TraceBook, _Database]],
):
    def writing() -> int:
        return sum(thread.name == "traces" for thread in threading.enumerate())

    before = writing()
    away = OperationalError("insert", {}, Exception("away"))
    kept, database = book(*[away] * 100)
    kept.write({"function": "book_appointment"})
    assert writing() == before + 1
    kept.close()
    assert database.tried >= 1
    eventually(lambda: writing() == before, what="the end of the thread")
