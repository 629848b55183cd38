"""Whose rows a report may see: those of one company, or knowingly those of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from askpro.store.models.figures import EVERYBODY
from askpro.store.tenancy import Database


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


@contextmanager
def reading(database: Database, scope: Scope) -> Iterator[Session]:
    """A session that sees no more than ``scope``."""
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
