"""Companies kept apart: by every session, and on PostgreSQL by the database itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select, text

from askpro.errors import NoCompany
from askpro.services.doctor.findings import no, seen, yes
from askpro.services.runtime import Runtime
from askpro.store.models import Branch
from askpro.store.tables import Base, OfCompany
from askpro.store.tenancy import CompanySession


def no_company(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """A question that names no company, and one of a company that does not exist."""
    count = select(func.count()).select_from(Branch)
    with CompanySession(runtime.database.engine) as session:
        try:
            session.execute(count)
        except NoCompany:
            pass
        else:
            return no("a company's table was read without a company")
    with runtime.database.of_company(2_000_000_001) as session:
        foreign = session.scalar(count)
    if foreign:
        return no("a company without branches was shown %(count)s", count=foreign)
    return yes("without a company: an error; a stranger: no rows")


def row_security(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Plain SQL, past every session: as nobody, and as each of two companies."""
    engine = runtime.database.engine
    if engine.dialect.name != "postgresql":
        has_none = seen(
            "%(database)s has none; the sessions alone keep companies apart",
            database=engine.dialect.name,
        )
        return {"ok": True, "tried": False, "evidence": has_none}
    with engine.connect() as connection:
        unguarded = _unguarded(connection)
    if unguarded:
        return no("not forced on %(tables)s", tables=unguarded)
    everyone = _branches(runtime, "*")
    if not everyone:
        return yes("forced on every table of a company; without a company there are no rows to try")
    nobody = _branches(runtime, "")
    company = min(everyone)
    own = _branches(runtime, str(company))
    if nobody or own != {company}:
        readable = len(nobody) if nobody else len(own - {company})
        return no("rows of %(count)s other companies were readable", count=readable)
    return yes(
        "of %(count)s companies' rows, nobody reads none, company %(company)s its own",
        count=len(everyone),
        company=company,
    )


def _branches(runtime: Runtime, company: str) -> set[int]:
    """The companies whose branches can be read as ``company``."""
    with (
        runtime.database.engine.connect().execution_options(askpro_company=company) as connection,
        connection.begin(),
    ):
        return set(connection.scalars(text("SELECT DISTINCT company_id FROM branches")))


def _unguarded(connection: Connection) -> list[str]:
    """Tables with a company that PostgreSQL does not guard."""
    guarded = set(
        connection.scalars(
            text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        )
    )
    tables = {
        str(mapper.local_table)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, OfCompany)
    }
    return sorted(tables - guarded)
