"""The servers of a run: PostgreSQL, Redis, a simulated Cal.com, gateways and the ceiling.

Uses what the tests use to start them (``tests.servers``): all of it on loopback, in folders and
processes that vanish with this one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import requests

from askpro.settings import Settings
from askpro.simulator.running import RunningCalcom, running_calcom
from askpro.simulator.simulation import SimulatorSettings
from benchmarks.traffic import CALCOM_KEY, FUNCTION, RETELL_KEY, world
from tests.fixtures.databases import migrate
from tests.servers.gateway import ROOT, Gateway
from tests.servers.leash import Leash
from tests.servers.postgres import OwnPostgres
from tests.servers.redis import OwnRedis, free_port

_MANY = "100000000"
#: A benchmark asks more often than any caller may; every limit is counted all the same.
UNLIMITED = dict.fromkeys(
    (
        "LIMIT_CALL_TOTAL",
        "LIMIT_CALL_PER_MINUTE",
        "LIMIT_CALL_PER_FUNCTION",
        "LIMIT_WEBHOOK_PER_MINUTE",
        "LIMIT_AVAILABILITY_PER_MINUTE",
        "LIMIT_BOOKING_PER_MINUTE",
        "LIMIT_DEFAULT_PER_MINUTE",
        "CALCOM_REQUESTS_PER_MINUTE",
    ),
    _MANY,
)
_START_SECONDS = 30


class Stage:
    """Starts what a row needs when it is first asked for."""

    def __init__(self, leash: Leash) -> None:
        self._leash = leash
        self.folder = leash.folder()

    @cached_property
    def postgres(self) -> OwnPostgres:
        return OwnPostgres(self._leash)

    @cached_property
    def redis(self) -> OwnRedis:
        return OwnRedis(self._leash)

    @cached_property
    def ceiling(self) -> str:
        """The address at which an empty Flask app answers, under the gateway's own settings."""
        port = free_port()
        environ = {
            **_environ(),
            "SECRET_KEY": "nothing is signed with it, and it is long",
            "REDIS_URL": self.redis.url,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "WEB_CONCURRENCY": "2",
            "INSTANCE_PATH": str(self.folder),
        }
        command = [sys.executable, "-m", "gunicorn", "-c", "benchmarks/ceiling_conf.py"]
        self._leash.start(
            [*command, "benchmarks.ceiling:app"],
            log=self.folder / "ceiling.log",
            environ=environ,
            cwd=ROOT,
        )
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/api/health", self.folder / "ceiling.log")
        return url + FUNCTION

    @contextmanager
    def gateway(
        self, companies: int, *, embedded: bool = False, **environ: str
    ) -> Iterator[tuple[Gateway, RunningCalcom]]:
        """A gateway with so many companies: two workers, PostgreSQL and Redis; or ``embedded``,
        one process on SQLite."""
        generous = SimulatorSettings(requests_per_minute=10**9)
        with running_calcom(world(companies), settings=generous) as calcom:
            name = ""
            if embedded:
                url = f"sqlite:///{self.folder / f'embedded-{free_port()}.db'}"
            else:
                name = self.postgres.create()
                url = self.postgres.url(name)
                self.redis.flush()
            migrate(url)
            settings = {
                **_environ(),
                **UNLIMITED,
                "DATABASE_URL": url,
                "SECRET_KEY": "the secret of a benchmark, forty letters long",
                "INSTANCE_PATH": str(self.folder),
                "APP_ENV": "testing",
                "CALCOM_BASE_URL": calcom.url,
                "CALCOM_API_KEY": CALCOM_KEY,
                "RETELL_API_KEY": RETELL_KEY,
                **({} if embedded else {"REDIS_URL": self.redis.url, "WEB_CONCURRENCY": "2"}),
                **environ,
            }
            _fill(settings, companies)
            gateway = Gateway(self._leash, self.folder, settings)
            gateway.start()
            try:
                yield gateway, calcom
            finally:
                gateway.stop()
                if name:
                    self.postgres.drop(name)


def _environ() -> dict[str, str]:
    """This process's environment without settings of a gateway."""
    known = {name for name, _ in Settings.variables()}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    return {**kept, "FLASK_SKIP_DOTENV": "1"}


def _fill(environ: dict[str, str], companies: int) -> None:
    """The companies, written as an import writes them."""
    from askpro import create_app
    from askpro.extensions import db
    from askpro.services.runtime import Runtime
    from askpro.services.tenants import import_world

    settings = replace(Settings.from_environ({**environ, "LOG_LEVEL": "ERROR"}), redis_url=None)
    app = create_app(settings)
    runtime: Runtime = app.extensions["askpro"]
    import_world(world(companies), runtime.database, runtime.settings, runtime.clock)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def _wait_for(url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing answers:\n{log.read_text()[-2000:]}")
