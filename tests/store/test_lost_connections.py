"""PostgreSQL restarted or locked: what was not said is said again, and nobody waits for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError

from askpro.store import tenancy
from askpro.store.models import Company
from askpro.store.tenancy import Database, engine_options, prepare
from tests.fixtures.databases import migrate
from tests.servers.postgres import OwnPostgres

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.slow


@pytest.fixture
def postgresql(own_postgres: OwnPostgres) -> Iterator[Database]:
    url = own_postgres.url(own_postgres.create())
    migrate(url)
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    yield Database(engine)
    engine.dispose()


def add(database: Database, number: int) -> None:
    with database.unrestricted_unsafe(write=True) as session:
        session.add(Company(id=number, slug=f"c{number}", name="C", created_at=NOW))


def names(database: Database) -> list[str]:
    with database.unrestricted_unsafe() as session:
        return list(session.scalars(select(Company.slug).order_by(Company.id)))


def test_the_first_question_after_a_restart_is_answered(
    postgresql: Database, own_postgres: OwnPostgres
):
    add(postgresql, 1)
    own_postgres.stop()
    with pytest.raises(OperationalError):
        add(postgresql, 2)
    own_postgres.start()
    add(postgresql, 3)
    own_postgres.stop()
    own_postgres.start()
    with postgresql.plain_of_company(1) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    assert names(postgresql) == ["c1", "c3"]


def test_a_locked_table_is_given_up_in_time(postgresql: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tenancy, "_LOCK_SECONDS", 1)
    add(postgresql, 1)
    locked, let_go = threading.Event(), threading.Event()

    def lock() -> None:
        with postgresql.unrestricted_unsafe(write=True) as session:
            session.execute(text("LOCK TABLE companies IN ACCESS EXCLUSIVE MODE"))
            locked.set()
            let_go.wait(20)

    thread = threading.Thread(target=lock)
    thread.start()
    assert locked.wait(10)
    began = time.monotonic()
    with pytest.raises(OperationalError, match="lock timeout"):
        names(postgresql)
    assert time.monotonic() - began < 5
    let_go.set()
    thread.join()
    assert names(postgresql) == ["c1"]
