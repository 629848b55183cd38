"""deploy/backup and deploy/restore: what was there is there again."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from askpro.store.tenancy import Database, engine_options, prepare
from tests.reference import ROOT
from tests.servers.postgres import OwnPostgres

pytestmark = pytest.mark.slow

COMPANY = (
    "INSERT INTO companies (id, slug, name, service_mode, policy, retention, created_at) "
    "VALUES (:id, :slug, :name, 'live', '{}', '{}', '2026-11-18 09:00:00+00')"
)
BRANCH = (
    "INSERT INTO branches (id, name, timezone, hours, policy, company_id) "
    "VALUES (:id, :name, 'Europe/Berlin', '{}', '{}', :id)"
)


class Shell:
    """Runs a script of deploy/ against one database."""

    def __init__(self, url: str, programs: Path | None) -> None:
        path = os.environ["PATH"] if programs is None else f"{programs}:{os.environ['PATH']}"
        self.environ = {**os.environ, "DATABASE_URL": url, "PATH": path, "PYTHON": sys.executable}

    def run(self, script: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "deploy" / script, *words],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def backup(self, folder: Path, *words: str) -> Path:
        done = self.run("backup", folder, *words)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip())


@pytest.fixture
def shell(database: str, database_url: str, request: pytest.FixtureRequest) -> Shell:
    programs = None
    if database == "postgresql":
        server = request.getfixturevalue("postgres")
        programs = server.programs if isinstance(server, OwnPostgres) else None
    return Shell(database_url, programs)


def _names(url: str) -> list[str]:
    """Of the companies, which all may see, and of the branches, which row level security guards."""
    union = "SELECT name FROM companies UNION ALL SELECT name FROM branches ORDER BY name"
    return _run(url, union)


def _add(url: str, company: int, name: str) -> None:
    _run(url, COMPANY, id=company, slug=str(company), name=name)
    _run(url, BRANCH, id=company, name=f"{name}, Mitte")


def _run(url: str, statement: str, **values: object) -> list[str]:
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    try:
        with Database(engine).unrestricted_unsafe(write=True) as session:
            rows = session.connection().execute(text(statement), values)
            return [row[0] for row in rows] if rows.returns_rows else []
    finally:
        engine.dispose()


def test_a_restored_database_is_the_one_that_was_backed_up(
    shell: Shell, database_url: str, tmp_path: Path
):
    _add(database_url, 15, "Salon Überall")
    backup = shell.backup(tmp_path / "backups")
    _run(database_url, "UPDATE companies SET name = 'spoilt'")
    _add(database_url, 20, "Zu spät")

    refused = shell.run("restore", backup)
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert len(_names(database_url)) == 4

    restored = shell.run("restore", backup, "--replace")
    assert restored.returncode == 0, restored.stderr
    assert _names(database_url) == ["Salon Überall", "Salon Überall, Mitte"]


def test_a_backup_is_for_its_owner_only_and_the_oldest_go(shell: Shell, tmp_path: Path):
    folder = tmp_path / "backups"
    made = [shell.backup(folder, "2") for _ in range(4)]
    assert sorted(folder.iterdir()) == made[2:]
    assert stat.S_IMODE(made[-1].stat().st_mode) == 0o600


def test_a_damaged_backup_changes_nothing(shell: Shell, database_url: str, tmp_path: Path):
    _add(database_url, 15, "Salon Überall")
    damaged = tmp_path / "damaged"
    damaged.write_bytes(shell.backup(tmp_path / "backups").read_bytes()[:3000])
    assert shell.run("restore", damaged, "--replace").returncode != 0
    assert _names(database_url) == ["Salon Überall", "Salon Überall, Mitte"]


def test_a_failed_backup_leaves_no_file(shell: Shell, tmp_path: Path):
    shell.environ["DATABASE_URL"] = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    assert shell.run("backup", tmp_path / "backups").returncode != 0
    assert not list((tmp_path / "backups").iterdir())
