"""Companies as the dashboard lists them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from askpro.store.models import Company
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database


def names(database: Database, scope: Scope, ids: Iterable[int]) -> dict[int, str]:
    """The names of those of the companies that the scope may see."""
    wanted = set(ids)
    if not wanted:
        return {}
    with reading(database, scope) as session:
        rows = session.execute(
            select(Company.id, Company.name).where(
                Company.id.in_(wanted), within(scope, Company.id)
            )
        )
        return {row[0]: row[1] for row in rows}


def has_own_key(database: Database, company_id: int) -> bool:
    """Whether the company books with a Cal.com key of its own."""
    with reading(database, company_id) as session:
        found = session.scalar(
            select(Company.id).where(Company.id == company_id, Company.calcom_api_key.is_not(None))
        )
        return found is not None
