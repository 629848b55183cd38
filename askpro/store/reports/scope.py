"""Whose rows a report may see: those of one company, or knowingly those of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Final

from sqlalchemy import ColumnElement, true
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from askpro.store.models.figures import EVERYBODY
from askpro.store.tenancy import AWAY, Database


class EveryCompany:
    """The explicit scope over all companies; there is one, :data:`EVERY_COMPANY`."""

    def __repr__(self) -> str:
        return "EVERY_COMPANY"


EVERY_COMPANY: Final = EveryCompany()

#: A company's id, or :data:`EVERY_COMPANY`.
Scope = int | EveryCompany


def scope_of(company_id: int | None) -> Scope:
    """The scope of somebody who belongs to that company; None = to the installation."""
    return EVERY_COMPANY if company_id is None else company_id


def company_of(scope: Scope) -> int | None:
    """The one company of the scope; None = all of them."""
    return scope if isinstance(scope, int) else None


class _Shared:
    """The one session of a request that asks many reports; closed as soon as one of them fails."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self.database = database
        self.scope = scope
        self._stack: ExitStack | None = None
        self._session: Session | None = None
        self._gone: SQLAlchemyError | None = None

    def session(self) -> Session:
        if self._gone is not None:
            # One wait for a database that is away is enough for a request.
            raise self._gone
        if self._session is None:
            self._stack = ExitStack()
            self._session = self._stack.enter_context(_opened(self.database, self.scope))
        return self._session

    def failed(self, error: SQLAlchemyError) -> None:
        """A broken transaction must not break the next report, too."""
        if isinstance(error, AWAY):
            self._gone = error
        with suppress(SQLAlchemyError):
            self.close()

    def close(self) -> None:
        stack, self._stack, self._session = self._stack, None, None
        if stack is not None:
            stack.close()


_shared: ContextVar[_Shared | None] = ContextVar("shared_reading", default=None)


@contextmanager
def one_session(database: Database, scope: Scope) -> Iterator[None]:
    """Within, all reports on that scope read in one transaction, opened by the first of them."""
    shared = _Shared(database, scope)
    token = _shared.set(shared)
    try:
        yield
    finally:
        _shared.reset(token)
        shared.close()


@contextmanager
def reading(database: Database, scope: Scope) -> Iterator[Session]:
    """A session that sees no more than ``scope``."""
    shared = _shared.get()
    if shared is None or shared.database is not database or shared.scope != scope:
        with _opened(database, scope) as session:
            yield session
        return
    try:
        yield shared.session()
    except SQLAlchemyError as error:
        shared.failed(error)
        raise


@contextmanager
def _opened(database: Database, scope: Scope) -> Iterator[Session]:
    if isinstance(scope, int):
        with database.of_company(scope) as session:
            yield session
    else:
        with database.unrestricted_unsafe() as session:
            yield session


def within(scope: Scope, column: Any) -> ColumnElement[bool]:
    """The condition on a company column. Said in every report, also where the session adds it:
    tables above the companies are not watched by it, and it picks the index."""
    return column == scope if isinstance(scope, int) else true()


def figures_row(scope: Scope) -> int:
    """The company id under which the scope's sums are kept."""
    return scope if isinstance(scope, int) else EVERYBODY
