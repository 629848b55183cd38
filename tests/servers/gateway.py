"""The gateway as it runs in production: gunicorn, its configuration file and ``wsgi:app``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.servers.leash import Leash
from tests.servers.ports import free_port

ROOT = Path(__file__).parent.parent.parent
_START_SECONDS = 30


class Gateway:
    """A running gateway. ``environ`` holds its settings by their names in the environment."""

    def __init__(self, leash: Leash, folder: Path, environ: Mapping[str, str]) -> None:
        self._leash = leash
        self.port = free_port()
        self.log = folder / f"gateway-{self.port}.log"
        self.environ = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            **environ,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }
        self.process: subprocess.Popen[Any]
        self.inbox_workers: list[subprocess.Popen[Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it (again, after :meth:`stop`) and waits until it answers ``/api/health``."""
        self.spawn()
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the gateway did not start:\n{self.output()[-4000:]}")
            time.sleep(0.02)

    def spawn(self) -> None:
        """Starts it without waiting; ``process.wait()`` is for those that are meant to fail."""
        self.process = self._leash.start(
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"],
            log=self.log,
            environ=self.environ,
            cwd=ROOT,
        )

    def stop(self, number: int | None = None, *, seconds: float = 35) -> int:
        """Ends it, by SIGTERM unless ``number`` says otherwise; returns the exit code."""
        while self.inbox_workers:
            self._leash.stop(self.inbox_workers.pop(), number, seconds=seconds)
        return self._leash.stop(self.process, number, seconds=seconds)

    def start_inbox_worker(self) -> subprocess.Popen[Any]:
        """A ``flask worker`` with the gateway's settings; it ends with the gateway, or before."""
        worker = self._leash.start(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            log=self.log,
            environ=self.environ,
            cwd=ROOT,
        )
        self.inbox_workers.append(worker)
        return worker

    def workers(self) -> list[int]:
        """The worker processes' ids."""
        return [child.pid for child in psutil.Process(self.process.pid).children()]

    def output(self) -> str:
        """All that it wrote so far."""
        return self.log.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of its log."""
        return [json.loads(line) for line in self.output().splitlines() if line.startswith("{")]

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/api/health", timeout=5).ok
        except requests.RequestException:
            return False
