"""Migrations make exactly the tables that the models describe, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine, inspect

import askpro.store.models
from askpro.settings import Settings
from askpro.store.tables import Base
from tests.fixtures.databases import MIGRATIONS, migrate
from tests.reference import ROOT

assert askpro.store.models  # Importing it fills the metadata.


def test_a_migrated_database_is_what_the_models_describe(database_url: str):
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_there_is_one_newest_revision():
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_migrating_twice_changes_nothing(database_url: str):
    before = _tables(database_url)
    migrate(database_url)
    assert _tables(database_url) == before


@pytest.mark.slow
def test_machines_that_migrate_at_the_same_moment_wait_for_each_other(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("INSTANCE_PATH", str(tmp_path))
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60)[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], "\n".join(outputs)
    assert "companies" in _tables(empty_database_url)


def test_an_app_on_an_empty_database_starts(
    settings: Callable[..., Settings], empty_database_url: str
):
    from askpro import create_app

    app = create_app(settings(database_url=empty_database_url))
    assert isinstance(app, Flask)
    assert app.test_client().get("/api/health").status_code == 200


def _tables(url: str) -> list[str]:
    engine = create_engine(url)
    try:
        return sorted(inspect(engine).get_table_names())
    finally:
        engine.dispose()
