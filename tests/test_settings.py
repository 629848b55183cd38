"""Settings: all problems at once, no secret shown, and one secret for all who start together."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path

import pytest

from askpro.errors import SettingsError
from askpro.settings import CLOCK_OFFSET_VARIABLE, Settings
from tests.reference import ROOT

SECRET = "a secret for tests only, forty letters long"


def read(folder: Path, **environ: str) -> Settings:
    return Settings.from_environ({"INSTANCE_PATH": str(folder), **environ})


def problems(folder: Path, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read(folder, **environ)
    return refused.value.problems


def test_nothing_has_to_be_set(tmp_path: Path):
    settings = read(tmp_path / "new")
    assert settings.embedded
    assert settings.workers == 1
    assert settings.database_url == f"sqlite:///{tmp_path}/new/askpro.db"
    assert (tmp_path / "new").is_dir()


def test_an_empty_variable_is_one_that_is_not_set(tmp_path: Path):
    assert read(tmp_path, PORT="", REDIS_URL=" ").port == 8000


def test_every_problem_is_named_at_once(tmp_path: Path):
    assert problems(
        tmp_path,
        PORT="eighty",
        LOG_LEVEL="LOUD",
        RETELL_TIMEZONE="Berlin",
        ASKPRO_CLOCK="2026-10-20T10:15:00",
        CALCOM_BASE_URL="api.cal.com",
        DATABASE_URL="mysql://askpro@db/askpro",
        RETELL_MIN_CONFIDENCE="101",
        RETELL_BUSINESS_HOUR_START="20",
    ) == [
        "DATABASE_URL must start with sqlite:// or postgresql+psycopg:// or postgresql:// "
        "or postgres://.",
        "PORT must be a whole number.",
        "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR.",
        "ASKPRO_CLOCK must carry an offset, such as +02:00.",
        "CALCOM_BASE_URL must start with http:// or https://.",
        "RETELL_MIN_CONFIDENCE must be 0 to 100.",
        "RETELL_TIMEZONE must be an IANA time zone such as Europe/Berlin.",
        "RETELL_BUSINESS_HOUR_END must be after RETELL_BUSINESS_HOUR_START.",
    ]


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "SECRET_KEY"),
        (
            {
                "REDIS_URL": "redis://127.0.0.1:1/0",
                "SECRET_KEY": SECRET,
                "ASKPRO_CLOCK": "2026-10-20T10:15:00+02:00",
            },
            "ASKPRO_CLOCK",
        ),
        ({"WEB_CONCURRENCY": "2"}, "REDIS_URL"),
        ({"CALCOM_REQUESTS_PER_MINUTE": "30"}, "CALCOM_REQUESTS_KEPT_FOR_WRITES"),
    ],
)
def test_what_contradicts_itself_is_refused_with_one_sentence(
    tmp_path: Path, environ: dict[str, str], word: str
):
    [problem] = problems(tmp_path, **environ)
    assert word in problem


def test_a_folder_that_cannot_be_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    [problem] = problems(tmp_path / "file" / "instance")
    assert problem == "INSTANCE_PATH must be a folder that can be written to: Not a directory."


@pytest.mark.slow
@pytest.mark.parametrize("command", ["worker", "doctor", "db"])
def test_commands_say_what_is_wrong_with_the_settings_and_show_no_traceback(command: str):
    done = subprocess.run(
        [sys.executable, "-m", "flask", command],
        env={**os.environ, "LOG_LEVEL": "loud", "PORT": "http"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "AskPro cannot start:",
        "  - PORT must be a whole number.",
        "  - LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR.",
    ]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_name_postgresql_ends_at_one_driver(tmp_path: Path, scheme: str):
    settings = read(tmp_path, DATABASE_URL=f"{scheme}://askpro@db/askpro")
    assert settings.database_url == "postgresql+psycopg://askpro@db/askpro"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:////srv/askpro.db"])
def test_a_database_of_sqlite_may_be_anywhere(tmp_path: Path, url: str):
    assert read(tmp_path, DATABASE_URL=url).database_url == url


def test_the_default_database_may_be_named_as_the_documents_do(tmp_path: Path):
    named = read(tmp_path, DATABASE_URL="sqlite:///instance/askpro.db")
    assert named.database_url == read(tmp_path).database_url


def test_the_secret_is_made_once_and_is_its_owners_only(tmp_path: Path):
    folder = tmp_path / "instance"
    with ThreadPoolExecutor(16) as starting:
        made = set(starting.map(lambda _: read(folder).secret_key, range(64)))
    assert len(made) == 1
    assert len(made.pop()) >= 48
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_no_secret_is_shown(tmp_path: Path):
    settings = read(
        tmp_path,
        SECRET_KEY=SECRET,
        RETELL_API_KEY="key_one,key_two",
        CALCOM_API_KEY="cal_three",
        DATABASE_URL="postgresql://askpro:four@db/askpro",
    )
    shown = f"{settings!r} {settings.public()!r}"
    assert not [hidden for hidden in (SECRET, "key_one", "cal_three", "four@") if hidden in shown]
    assert settings.public()["CALCOM_API_KEY"] == "set"
    assert settings.public()["CALCOM_WEBHOOK_SECRET"] == "not set"


def test_settings_do_not_change(tmp_path: Path):
    with pytest.raises(FrozenInstanceError):
        read(tmp_path).port = 1


def test_the_clock_starts_where_it_is_set_and_the_family_shares_its_offset(tmp_path: Path):
    first = read(tmp_path, ASKPRO_CLOCK="2026-10-25T01:30:00+02:00")
    child = read(
        tmp_path,
        ASKPRO_CLOCK="2026-10-25T01:30:00+02:00",
        **{CLOCK_OFFSET_VARIABLE: repr(first.clock_offset_seconds)},
    )
    assert abs(first.clock.now() - child.clock.now()) < timedelta(seconds=1)
    assert child.clock_offset_seconds == first.clock_offset_seconds
    assert first.clock.now().isoformat().startswith("2026-10-24T23:30")
