"""Redis for the tests: a server of this test process's own, or one that is lent.

``TEST_REDIS_URL`` lends a server; it must name a database number. That database and the ones after
it (one per test process) must be empty, or carry the mark that an earlier test run left there.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import redis

from tests.servers.leash import Leash
from tests.servers.ports import free_port
from tests.servers.programs import program

_MARK = "askpro:tests"
_START_SECONDS = 15
_TRIES = 5


class Redis(Protocol):
    """A Redis database that belongs to this test process alone."""

    url: str

    def flush(self) -> None:
        """Empties it."""


class OwnRedis:
    """A server on a free loopback port that keeps nothing on disk."""

    def __init__(self, leash: Leash) -> None:
        self._leash = leash
        self._program = program("redis-server", package="redis-server", brew="redis")
        self.folder = leash.folder()
        for _ in range(_TRIES):
            self.port = free_port()
            if self._starts():
                break
        else:
            raise RuntimeError(f"redis-server did not start:\n{self.log.read_text()[-2000:]}")
        self.url = f"redis://127.0.0.1:{self.port}/0"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=5, socket_connect_timeout=5)

    def start(self) -> None:
        """Starts it again, empty, on the same port, after :meth:`stop`."""
        if not self._starts():
            raise RuntimeError(f"redis-server did not start again:\n{self.log.read_text()[-2000:]}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        self._leash.stop(self.process, number)

    def hang(self) -> None:
        """Freezes it: connections are accepted by the kernel and nothing answers."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def _starts(self) -> bool:
        self.process = self._leash.start(
            [
                self._program,
                *("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)),
                *("--save", "", "--appendonly", "no", "--databases", "16"),
            ],
            log=self.log,
            ending=signal.SIGKILL,
        )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with self.client() as client:
                    # On a port that was free a moment ago another may answer: not ours to flush.
                    if client.info("server")["process_id"] == self.process.pid:
                        return True
            except redis.ConnectionError:
                time.sleep(0.01)
        self._leash.stop(self.process)
        return False


class LentRedis:
    """One database of the server behind ``TEST_REDIS_URL``."""

    def __init__(self, raw: str, worker: int = 0) -> None:
        parts = urlsplit(raw)
        number = parts.path.strip("/")
        if not number.isdigit():
            raise RuntimeError("TEST_REDIS_URL must name a database number, as in …:6379/9.")
        number = str(int(number) + worker)
        self.url = urlunsplit(parts._replace(path=f"/{number}"))
        with self.client() as client:
            if client.dbsize() and not client.exists(_MARK):
                raise RuntimeError(
                    f"Database {number} of TEST_REDIS_URL is in use; it must be empty."
                )
            client.set(_MARK, "emptied by every test")

    def flush(self) -> None:
        with self.client() as client:
            client.flushdb()
            client.set(_MARK, "emptied by every test")

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5, socket_connect_timeout=5)
