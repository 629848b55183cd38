"""One company's rows, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError

from askpro.errors import NoCompany
from askpro.store.models import Company, Customer, PhoneNumber
from askpro.store.tables import Base, OfCompany
from askpro.store.tenancy import CompanySession, Database, engine_options, prepare
from askpro.store.vault import Vault, digest, installed_vault

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    installed_vault.install(Vault("a secret for tests only, forty letters long"))
    engine = create_engine(database_url, **engine_options(database_url))
    prepare(engine)
    database = Database(engine)
    with database.unrestricted_unsafe(write=True) as session:
        session.add_all(
            [
                Company(id=15, slug="alpha", name="Alpha", created_at=NOW),
                Company(id=20, slug="beta", name="Beta", created_at=NOW),
            ]
        )
    with database.of_company(15, write=True) as session:
        session.add(Customer(name="Änne Groß", phone_digest=digest("+4930"), created_at=NOW))
    yield database
    engine.dispose()


def test_a_company_sees_its_own_customers(database: Database) -> None:
    with database.of_company(15) as session:
        assert [c.name for c in session.scalars(select(Customer))] == ["Änne Groß"]


def test_another_company_sees_none_of_them_counted_joined_or_by_id(database: Database) -> None:
    with database.of_company(15) as session:
        customer_id = session.scalar(select(Customer.id))
    with database.of_company(20) as session:
        assert session.scalars(select(Customer)).all() == []
        assert session.scalar(select(func.count()).select_from(Customer)) == 0
        assert session.get(Customer, customer_id) is None


def test_a_query_without_a_company_raises(database: Database) -> None:
    with database.engine.connect() as connection, CompanySession(connection) as session:
        with pytest.raises(NoCompany):
            session.scalars(select(Customer)).all()
        with pytest.raises(NoCompany):
            session.scalar(select(func.count()).select_from(PhoneNumber))


def test_a_row_of_another_company_cannot_be_written(database: Database) -> None:
    with database.of_company(20, write=True) as session:
        session.add(Customer(company_id=15, created_at=NOW))
        with pytest.raises(NoCompany):
            session.flush()
        session.expunge_all()


def test_personal_values_are_ciphertext_in_the_database(database: Database) -> None:
    with database.unrestricted_unsafe() as session:
        stored = session.execute(text("SELECT name FROM customers")).scalar_one()
    assert b"Gro" not in bytes(stored)


@pytest.mark.on("postgresql")
def test_row_level_security_covers_every_table_of_a_company(database: Database) -> None:
    ours = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, OfCompany)
    }
    with database.unrestricted_unsafe() as session:
        secured = set(
            session.scalars(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            )
        )
    assert ours == secured


@pytest.mark.on("postgresql")
def test_plain_sql_of_an_ordinary_role_stays_inside_its_company(database: Database) -> None:
    with database.engine.connect() as connection, connection.begin():
        for company, seen in (("15", 1), ("20", 0), ("*", 1), ("", 0)):
            connection.execute(
                text("SELECT set_config('askpro.company', :c, true)"), {"c": company}
            )
            assert connection.execute(text("SELECT count(*) FROM customers")).scalar_one() == seen
        connection.execute(text("SELECT set_config('askpro.company', '20', true)"))
        with pytest.raises(DBAPIError), connection.begin_nested():
            connection.execute(
                text("INSERT INTO customers (company_id, created_at) VALUES (15, now())")
            )


def test_concurrent_writers_lose_nothing(database: Database) -> None:
    """SQLite's deferred transactions lose read-modify-writes (stack.md §4); ours don't."""
    from concurrent.futures import ThreadPoolExecutor

    def add_one(_: int) -> None:
        with database.unrestricted_unsafe(write=True) as session:
            company = session.get_one(Company, 15, with_for_update=True)
            company.policy = {"n": (company.policy or {}).get("n", 0) + 1}

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_one, range(60)))
    with database.unrestricted_unsafe() as session:
        assert session.get_one(Company, 15).policy == {"n": 60}
