"""What an installation's owner can put right is one sentence, whichever command they typed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click
import pytest
from sqlalchemy.exc import ProgrammingError

from askpro.cli import in_one_sentence
from tests.servers.demo import FLASK

pytestmark = pytest.mark.slow


def flask(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FLASK, *words],
        env={**os.environ, "INSTANCE_PATH": str(folder / "instance"), **environ},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_database_without_tables_or_that_is_not_there_is_named(tmp_path: Path):
    bare = flask(tmp_path, "company", "list")
    assert bare.returncode == 1
    assert bare.stderr.startswith("Error: The database has no tables")
    # Flask-Migrate's own command, which no module of ours registers.
    away = flask(tmp_path, "db", "current", DATABASE_URL="postgres://127.0.0.1:9/askpro")
    assert away.returncode == 1
    assert away.stderr.splitlines()[-1].startswith("Error: The database of DATABASE_URL cannot")


def test_another_secret_than_the_datas_is_named(tmp_path: Path):
    from askpro.store.vault import Vault

    sealed = Vault("one secret", ()).encrypt("text")
    with pytest.raises(click.ClickException, match="SECRET_KEY_PREVIOUS"), in_one_sentence():
        Vault("another secret", ()).decrypt(sealed)


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ProgrammingError), in_one_sentence():
        raise ProgrammingError("SELEKT", {}, Exception("syntax error"))
