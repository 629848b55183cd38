"""A fresh machine: released, its doctor content, a company imported, a caller booked through nginx.

What deploy/README.md has typed is run here, with nginx, PostgreSQL, Redis and gunicorn as they are;
in the place of systemd a script starts what the units start, and the packages are there already.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import requests

from askpro.clock import Clock
from askpro.simulator.running import RunningCalcom, running_calcom
from askpro.simulator.simulation import SimulatorSettings
from askpro.simulator.world import read_world
from tests.deploy.conftest import Wall
from tests.reference import ROOT
from tests.servers.leash import LOG_FILES
from tests.servers.ports import free_port
from tests.servers.postgres import OwnPostgres, Postgres
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.on("postgresql")]

CALCOM_KEY = "cal_of_the_machine"
#: What a release is made of.
PARTS = ("askpro", "migrations", "deploy", "wsgi.py", "gunicorn.conf.py", "requirements.lock")
#: In the place of an installation, which needs the network: the environment of the tests.
_VENV = f'#!/bin/sh\nln -s "{sys.prefix}" "$1"\n'
#: In the place of systemctl: it starts what the units start, with their settings.
_SERVICE = """\
#!/bin/bash
verb=$1 unit=$2 instance=${{2##*@}} pid="{home}/$2.pid"
echo "$verb $unit" >>"{home}/services"
if [ -e "$pid" ]; then
    kill "$(cat "$pid")" && while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.1; done
    rm -f "$pid"
fi
[ "$verb" = stop ] && exit
set -a; . "{etc}/askpro.env"; set +a
case $unit in
askpro-worker@*) cd "{home}/current" && set -- .venv/bin/flask worker ;;
*) cd "{home}/$instance" && export PORT=$instance
    set -- .venv/bin/gunicorn -c gunicorn.conf.py wsgi:app ;;
esac
setsid "$@" >>"{log}" 2>&1 &
echo $! >"$pid"
"""


@dataclass
class Machine:
    """``environ`` is what deploy/release is run with, ``settings`` what its askpro.env says."""

    home: Path
    wall: Wall
    calcom: RunningCalcom
    environ: dict[str, str]
    settings: dict[str, str]

    def run(self, *words: str | Path, **more: str) -> str:
        """What a command says that must not fail."""
        done = subprocess.run(
            words,
            env={**self.environ, **more},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def flask(self, *words: str | Path, **more: str) -> str:
        """A command of the running release, with its settings."""
        current = self.home / "current"
        program = [current / ".venv" / "bin" / "flask", "--app", current / "wsgi.py"]
        return self.run(*program, *words, **self.settings, **more)

    def bookings(self) -> int:
        found = requests.get(f"{self.calcom.url}/_sim/bookings", timeout=5)
        return len(found.json()["bookings"])

    def events(self) -> set[str]:
        """The states of the inbox."""
        url = self.settings["DATABASE_URL"].replace("+psycopg", "")
        with psycopg.connect(url, options="-c askpro.company=*") as connection:
            return {state for (state,) in connection.execute("SELECT state FROM inbox")}


@pytest.fixture
def machine(
    wall: Callable[..., Wall], postgres: Postgres, redis_url: str, tmp_path: Path
) -> Iterator[Machine]:
    """One on which nothing has ever run; its database is empty."""
    programs = [str(postgres.programs)] if isinstance(postgres, OwnPostgres) else []
    first, second = free_port(), free_port()
    front = wall(first, second)
    home, log = tmp_path / "home", tmp_path / "services.log"
    LOG_FILES.add(log)
    _commit(home / "repository")
    service = home / "service"
    service.write_text(_SERVICE.format(home=home, etc=front.etc, log=log))
    service.chmod(0o755)
    environ = {
        **os.environ,
        "PATH": os.pathsep.join((*programs, os.environ["PATH"])),
        "ASKPRO_HOME": str(home),
        "ASKPRO_ETC": str(front.etc),
        "ASKPRO_BACKUPS": str(tmp_path / "backups"),
        "ASKPRO_PORTS": f"{first} {second}",
        "ASKPRO_SERVICE": str(service),
        "ASKPRO_DRAIN_SECONDS": "0",
    }
    name = postgres.create()
    with running_calcom(None, settings=SimulatorSettings(calcom_api_key=CALCOM_KEY)) as calcom:
        settings = {
            "APP_ENV": "production",
            "SECRET_KEY": "a secret for tests only, forty letters long",
            "DATABASE_URL": postgres.url(name),
            "REDIS_URL": redis_url,
            "TRUSTED_PROXIES": "1",
            "WEB_CONCURRENCY": "2",
            "RETELL_API_KEY": "key_of_the_machine",
            "CALCOM_API_KEY": CALCOM_KEY,
            "CALCOM_WEBHOOK_SECRET": "secret of the machine",
            "CALCOM_BASE_URL": calcom.url,
            "INSTANCE_PATH": str(tmp_path / "instance"),
            "LOG_LEVEL": "DEBUG",
        }
        (front.etc / "askpro.env").write_text(
            "".join(f'{name}="{value}"\n' for name, value in settings.items())
        )
        yield Machine(home, front, calcom, environ, settings)
        for pid in home.glob("*.pid"):
            os.kill(int(pid.read_text()), signal.SIGTERM)
    postgres.drop(name)


def _commit(repository: Path) -> None:
    repository.mkdir(parents=True)
    for part in PARTS:
        source, target = ROOT / part, repository / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    venv = repository / "tools" / "venv"
    venv.parent.mkdir()
    venv.write_text(_VENV)
    venv.chmod(0o755)
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "first")):
        subprocess.run(["git", *who, *words], cwd=repository, check=True)


def test_a_fresh_machine_is_released_and_a_caller_is_booked_through_nginx(
    machine: Machine, tmp_path: Path
) -> None:
    said = machine.run(ROOT / "deploy" / "release", "main")
    assert "FAIL" not in said
    assert said.count("checks that were tried are in force") == 2
    second = machine.environ["ASKPRO_PORTS"].split()[1]
    assert (machine.home / "services").read_text().splitlines()[:2] == [
        f"restart askpro-gateway@{second}",
        "restart askpro-worker@1",
    ]

    world = tmp_path / "companies.json"
    world.write_text(json.dumps(read_world(None, Clock().now())))
    assert " new" in machine.flask("company", "import", world)
    before = machine.bookings()
    called = machine.flask(
        *("simulate", "call", "check_then_book", "--seed", "7", "--url", machine.wall.url),
        REQUESTS_CA_BUNDLE=str(machine.wall.certificate),
    )
    assert "check_then_book: booked" in called
    assert machine.bookings() == before + 1
    eventually(lambda: machine.events() == {"done"}, seconds=20, what="the call's events")
