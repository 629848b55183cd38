"""``make run`` in a folder of its own: gateway, simulated Cal.com, and what they printed."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.reference import ROOT
from tests.servers.leash import Leash
from tests.servers.ports import free_port

FLASK = (sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"))
_READY = "Ctrl-C stops everything."


class Demo:
    """One run of ``flask demo`` in a folder of its own."""

    def __init__(self, leash: Leash, folder: Path, *arguments: str, **environ: str) -> None:
        self._leash = leash
        self.folder = folder
        self.log = folder / "demo.log"
        self.log.unlink(missing_ok=True)
        self.environ = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "INSTANCE_PATH": str(folder / "instance"),
            **environ,
        }
        self.process: subprocess.Popen[Any] = leash.start(
            [*FLASK, "demo", *arguments],
            log=self.log,
            environ=self.environ,
            cwd=folder,  # Nobody else's .env.
        )

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def until(self, done: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, self.output
            assert self.process.poll() is None, self.output
            time.sleep(0.1)

    def ready(self) -> Demo:
        self.until(lambda: _READY in self.output)
        return self

    def url(self, name: str) -> str:
        found = re.search(rf"{re.escape(name)} +(http://\S+)", self.output)
        assert found, self.output
        return found[1]

    def password(self) -> str:
        """Of the operator "demo"."""
        found = re.search(r"login +demo +password (\S+)", self.output)
        assert found, self.output
        return found[1]

    def booked(self) -> list[dict[str, Any]]:
        """What callers of this demonstration have booked at the simulated Cal.com."""
        shown = requests.get(f"{self.url('Cal.com')}/_sim/bookings", timeout=5).json()
        return [b for b in shown["bookings"] if b["metadata"].get("gw_key")]

    def states_of(self, uid: str) -> list[str]:
        """The states of the appointments with Cal.com's uid in the gateway's database."""
        with closing(sqlite3.connect(self.folder / "instance" / "askpro.db")) as database:
            found = database.execute("select state from appointments where uid = ?", [uid])
            return [str(row[0]) for row in found]

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGINT) -> int:
        return self._leash.stop(self.process, number, seconds=40)


def own_ports() -> tuple[str, ...]:
    """Nobody else's, for the gateway and for Cal.com."""
    return ("--port", str(free_port()), "--simulator-port", str(free_port()))
