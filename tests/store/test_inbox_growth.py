"""However many events lie or wait in the inbox, a worker finds the next one along an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, insert, text
from sqlalchemy.engine import Connection

from askpro.services.runtime import Runtime
from askpro.store import inbox
from askpro.store.models import InboxEvent
from askpro.store.tenancy import Database
from tests.factories import waiting_events

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
_MANY = 20_000


@pytest.fixture
def full(app: Flask) -> Database:
    """An inbox in which as many events are done as wait, all of them due."""
    runtime: Runtime = app.extensions["askpro"]
    with runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(insert(InboxEvent), waiting_events(_MANY, NOW))
        if session.get_bind().dialect.name == "postgresql":  # It does so by itself, in time.
            session.execute(text("ANALYZE"))
    return runtime.database


@pytest.fixture
def plans(full: Database) -> Iterator[list[str]]:
    """How the database goes about what it is asked in the test."""
    seen: list[str] = []

    def explain(
        connection: Connection, cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        if not statement.lstrip().startswith(("SELECT", "INSERT")):
            return
        how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
        cursor.execute(how + statement, parameters)  # type: ignore[attr-defined]
        seen.append("\n".join(str(row) for row in cursor.fetchall()))  # type: ignore[attr-defined]

    event.listen(full.engine, "before_cursor_execute", explain)
    yield seen
    event.remove(full.engine, "before_cursor_execute", explain)


def assert_walks(plan: str, index: str) -> None:
    assert index in plan, plan
    for slow in ("Seq Scan", "SCAN inbox\n", "SCAN inbox'", "Sort", "TEMP B-TREE"):
        assert slow not in plan, plan


@pytest.mark.parametrize(("fresh", "index"), [(True, "ix_inbox_fresh"), (False, "ix_inbox_tried")])
def test_a_claim_walks_along_its_index(full: Database, plans: list[str], fresh: bool, index: str):
    with full.unrestricted_unsafe(write=True) as session:
        claimed = inbox.claim(session, NOW, most=20, lease=timedelta(seconds=60), fresh=fresh)
    assert len(claimed) == (20 if fresh else 0)
    assert_walks(plans[0], index)


def test_a_look_whether_anything_is_due_reads_one_entry(full: Database, plans: list[str]):
    with full.unrestricted_unsafe() as session:
        assert inbox.anything_due(session, NOW)
    assert_walks(plans[0], "ix_inbox_")


def test_what_was_said_before_is_found_by_its_subject(full: Database, plans: list[str]):
    with full.unrestricted_unsafe() as session:
        assert inbox.unclaimed(session, ["call_waiting_1"], "retell", {"call_ended"}) == []
    assert "ix_inbox_" in plans[0]
    assert "Seq Scan" not in plans[0]
