"""Sessions that know whose rows they may touch.

``Database`` makes two kinds of session: one of a company, which adds the company to every statement
on an :class:`~askpro.store.tables.OfCompany` table and stamps new rows with it; and an unrestricted
one whose name is meant to be noticed in review. Any other session that touches a company's table
raises :class:`~askpro.errors.NoCompany`. On PostgreSQL row level security holds the same line a
second time (migrations).

Writing sessions take SQLite's write lock when they begin: its deferred transactions lose concurrent
read-modify-writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from askpro.errors import NoCompany
from askpro.store.tables import Base, OfCompany

#: Longest wait for another transaction. A locked table must not take all threads of a worker with
#: it: an event is refused, and sent again; a caller hears a sentence.
_LOCK_SECONDS = 3
#: The database is gone, locked, full or read-only: what was asked did not happen, and asking again
#: within the same request is useless. (PostgreSQL calls read-only an internal error.)
AWAY = (OperationalError, InterfaceError, InternalError, PoolTimeout)
#: ``Session.info`` value that lifts the restriction.
_EVERY_COMPANY = object()


def _company_tables() -> frozenset[str]:
    return frozenset(
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, OfCompany)
    )


class _CompanyTables:
    """Names of the tables that belong to companies, collected when first asked."""

    names: frozenset[str] = frozenset()

    def touched_by(self, statement: Any) -> bool:
        self.names = self.names or _company_tables()
        return any(
            getattr(element, "name", None) in self.names
            for element in visitors.iterate(statement)
            if element.__visit_name__ == "table"
        )


_company_tables_seen = _CompanyTables()


class CompanySession(Session):
    """A session bound to one company, or knowingly to all of them."""


@event.listens_for(CompanySession, "do_orm_execute")
def _only_this_company(state: ORMExecuteState) -> None:
    company = state.session.info.get("company")
    if company is _EVERY_COMPANY or state.is_column_load:
        return
    if company is None:
        if _company_tables_seen.touched_by(state.statement):
            raise NoCompany(f"a company's table was asked without a company: {state.statement}")
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            OfCompany,
            lambda cls: cls.company_id == company,
            include_aliases=True,
        )
    )


@event.listens_for(CompanySession, "before_flush")
def _stamp_and_check(session: Session, *_: Any) -> None:
    company = session.info.get("company")
    if company is _EVERY_COMPANY:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, OfCompany):
            continue
        if company is None:
            raise NoCompany(f"a {type(row).__name__} was written without a company")
        if row.company_id is None:
            row.company_id = company
        elif row.company_id != company:
            raise NoCompany(f"a {type(row).__name__} of another company was written")


class Database:
    """Makes the sessions of one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def of_company(self, company_id: int, *, write: bool = False) -> Iterator[Session]:
        """A session of one company, in one transaction: committed at the end, or rolled back."""
        if not isinstance(company_id, int) or isinstance(company_id, bool):
            raise NoCompany("a company's id is a whole number")
        with self._session(company_id, str(company_id), write) as session:
            yield session

    @contextmanager
    def unrestricted_unsafe(self, *, write: bool = False) -> Iterator[Session]:
        """A session over every company's rows, for look-ups by number, sweeps and reports."""
        with self._session(_EVERY_COMPANY, "*", write) as session:
            yield session

    @contextmanager
    def plain_of_company(self, company_id: int, *, write: bool = False) -> Iterator[Connection]:
        """A bare connection for the few statements of the hot paths, which name the company
        themselves: a third of a session's cost. Row level security holds here as well. One
        transaction: committed at the end, or rolled back.
        """
        options = {"askpro_write": write, "askpro_company": str(int(company_id))}
        with self._begun(options) as connection:
            yield connection
            connection.commit()

    @contextmanager
    def _session(self, company: object, row_security: str, write: bool) -> Iterator[Session]:
        options = {"askpro_write": write, "askpro_company": row_security}
        with (
            self._begun(options) as connection,
            CompanySession(
                connection,
                info={"company": company},
                expire_on_commit=False,
                join_transaction_mode="control_fully",
            ) as session,
            session.begin(),
        ):
            yield session

    def _begun(self, options: dict[str, Any]) -> Connection:
        """A connection on which a transaction has begun.

        A pooled one may have died with the server it led to. That shows when the transaction
        begins: nothing has been said on it yet, so another one takes its place.
        """
        connection = self.engine.connect().execution_options(**options)
        try:
            connection.begin()
        except DBAPIError as error:
            connection.close()
            if not error.connection_invalidated:
                raise
            connection = self.engine.connect().execution_options(**options)
            connection.begin()
        return connection


def engine_options(url: str) -> dict[str, Any]:
    """What ``create_engine`` needs so that :func:`prepare` can begin transactions itself."""
    return {} if url.startswith("sqlite") else {"isolation_level": "AUTOCOMMIT"}


def prepare(engine: Engine) -> None:
    """Begin transactions our way; once for each engine.

    SQLite: the write lock at once for writers. PostgreSQL: the company for row level security in
    the same round trip as BEGIN; the driver's autocommit leaves the beginning to us.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def _sqlite_pragmas(raw: Any, _: Any) -> None:
    raw.isolation_level = None  # Our own BEGIN decides, not the driver.
    cursor = raw.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=5000",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("askpro_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    company = connection.get_execution_options().get("askpro_company")
    if company is None:  # A migration: it waits for its locks, and speaks for nobody.
        connection.exec_driver_sql("BEGIN; SET LOCAL askpro.company = ''")
        return
    # Only digits or a star by construction; the simple protocol takes no parameters.
    connection.exec_driver_sql(
        f"BEGIN; SET LOCAL askpro.company = '{company}';SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"
    )


__all__ = ["AWAY", "CompanySession", "Database", "engine_options", "prepare"]
