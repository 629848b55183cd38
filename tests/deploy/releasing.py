"""A machine to rehearse releases on: nginx, two ports, a repository, and services without systemd.

What is released is a small program that answers with its version; everything around it is real.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from tests.deploy.conftest import Wall
from tests.reference import ROOT

_WSGI = """\
import json, pathlib, time

HERE = pathlib.Path(__file__).parent
VERSION = (HERE / "version").read_text()
if VERSION == "cannot start":
    raise SystemExit("cannot start")


def app(environ, start_response):
    if environ["PATH_INFO"] != "/api/health/ready":
        time.sleep(0.05)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"version": VERSION}).encode()]
"""

#: ``flask db upgrade`` and ``flask doctor --url …``, as deploy/release calls them.
_FLASK = """\
#!/bin/sh
case "$1" in
db) echo "$(cat version)" >> "$RELEASE_NOTES/migrated" ;;
doctor)
    curl --silent --fail --max-time 5 --output /dev/null "$3/doctor" || exit 1
    echo "$3" >> "$RELEASE_NOTES/doctor"
    case "$(cat version)" in
    ill) exit 1 ;;
    "needs a worker") grep --quiet restart "$RELEASE_NOTES/worker" || exit 1 ;;
    "ill later")
        [ "$(readlink "$ASKPRO_HOME/current")" != "$PWD" ] && exit
        sleep 1  # A doctor takes its time, and callers meet the new version meanwhile.
        exit 1
        ;;
    esac
    ;;
esac
"""

#: Runs in the place of systemctl. "gateway@PORT" is gunicorn in the folder that the link names.
_SERVICE = """\
#!/bin/sh
port=${{2##*@}}
pid="{home}/$port.pid"
case "$2" in askpro-worker*) echo "$1" >> "{home}/worker"; exit ;; esac
if [ -e "$pid" ]; then
    old=$(cat "$pid")
    kill "$old" && while kill -0 "$old" 2>/dev/null; do sleep 0.1; done
    rm -f "$pid"
fi
[ "$1" = stop ] && exit
cd "{home}/$port" || exit 1
setsid {python} -m gunicorn --bind "127.0.0.1:$port" --worker-class gthread --threads 16 \\
    --keep-alive 75 --graceful-timeout 30 --no-control-socket --daemon --pid "$pid" \\
    --log-file "{home}/$port.log" wsgi:app
"""


class Machine:
    """``release("…")`` runs deploy/release for a new revision of the program."""

    def __init__(self, folder: Path, wall: Wall, ports: tuple[int, int]) -> None:
        self.home = folder / "home"
        self.wall = wall
        self.ports = ports
        self.repository = self.home / "repository"
        self.repository.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")
        database = folder / "askpro.db"
        database.touch()
        (wall.etc / "askpro.env").write_text(
            f'# Settings\nDATABASE_URL="sqlite:///{database}"\nRELEASE_NOTES={self.home}\n'
        )
        service = self.home / "service"
        service.write_text(_SERVICE.format(home=self.home, python=sys.executable))
        service.chmod(0o755)
        self._environ = {
            **os.environ,
            "PYTHON": sys.executable,
            "ASKPRO_HOME": str(self.home),
            "ASKPRO_ETC": str(wall.etc),
            "ASKPRO_BACKUPS": str(folder / "backups"),
            "ASKPRO_PORTS": f"{ports[0]} {ports[1]}",
            "ASKPRO_SERVICE": str(service),
            "ASKPRO_DRAIN_SECONDS": "1",
            "ASKPRO_READY_SECONDS": "5",
        }

    def release(self, version: str) -> subprocess.CompletedProcess[str]:
        """Commits a program that says ``version`` and releases it."""
        self._write("version", version)
        self._write("wsgi.py", _WSGI)
        self._write("bin/flask", _FLASK, mode=0o755)
        self._write("deploy/backup", (ROOT / "deploy" / "backup").read_text(), mode=0o755)
        self._write(
            "tools/venv",
            "#!/bin/sh\necho $2 >> $RELEASE_NOTES/locks\n"
            "mkdir -p $1/bin && cp bin/flask $1/bin/flask\n",
            mode=0o755,
        )
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", version)
        return self.release_again("main")

    def release_again(self, revision: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "deploy" / "release", revision],
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def serving(self) -> str:
        """The version that answers behind nginx."""
        with self.wall.session() as session:
            return str(session.get(self.wall.url, timeout=10).json()["version"])

    def is_running(self, port: int) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/api/health/ready", timeout=2).ok
        except requests.RequestException:
            return False

    def stop(self) -> None:
        """Ends both ports without waiting for anybody."""
        for port in self.ports:
            pid = self.home / f"{port}.pid"
            if pid.exists():
                os.kill(int(pid.read_text()), signal.SIGQUIT)

    def _write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self.repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        path.chmod(mode)

    def _git(self, *words: str) -> None:
        who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        subprocess.run(["git", *who, *words], cwd=self.repository, check=True)


@dataclass
class Callers:
    """Callers that never stop ringing: ``with Callers(wall) as callers: …``.

    ``answers`` are what they heard, in order; ``failures`` are broken connections and 5xx.
    """

    wall: Wall
    path: str = "/api/webhook"
    threads: int = 8
    answers: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def versions(self) -> list[str]:
        return [answer["version"] for answer in self.answers]

    def __enter__(self) -> Callers:
        self._over = threading.Event()
        self._running = [threading.Thread(target=self._call) for _ in range(self.threads)]
        for thread in self._running:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._running:
            thread.join()

    def _call(self) -> None:
        with self.wall.session() as session:
            while not self._over.is_set():
                try:
                    answer = session.post(self.wall.url + self.path, json={}, timeout=15)
                    if answer.status_code >= 500:
                        self.failures.append(f"{answer.status_code} {answer.text}")
                    else:
                        self.answers.append(answer.json())
                except requests.RequestException as problem:
                    self.failures.append(str(problem))
                self._over.wait(0.02)
