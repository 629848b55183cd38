"""The gateway as it runs in production, with callers: gunicorn with several workers, Redis,
PostgreSQL, and a simulated Cal.com with two companies."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import requests
from sqlalchemy import create_engine

from askpro.clock import Clock
from askpro.providers.retell_signature import sign
from askpro.services.tenants import import_world
from askpro.settings import CLOCK_OFFSET_VARIABLE, Settings
from askpro.simulator.running import RunningCalcom, running_calcom
from askpro.simulator.simulation import SimulatorSettings
from askpro.simulator.webhooks import Subscriber
from askpro.simulator.world import read_world
from askpro.store.tenancy import Database, engine_options, prepare
from askpro.store.vault import Vault, installed_vault
from tests.servers.gateway import Gateway

RETELL_KEY = "key_of_the_cluster"
CALCOM_KEY = "cal_of_the_cluster"
WEBHOOK_SECRET = "secret of Cal.com's webhooks"
SECRET_KEY = "a secret for tests only, forty letters long"
SALON = "+493023125115"
PHYSIO = "+493023125120"

#: Limits that a crowd of callers from one machine never meets.
UNLIMITED = {
    "limit_webhook_per_minute": 10**6,
    "limit_call_per_minute": 10**6,
    "limit_call_total": 10**6,
    "limit_call_per_function": 10**6,
    "calcom_requests_per_minute": 10**6,
}
#: What is unknown is looked at soon, so that the ordinary run is over soon.
SOON = {"calcom_write_seconds": 3, "settle_every_seconds": 1, "settle_after_seconds": 5}

StartGateway = Callable[..., Gateway]


@dataclass
class Cluster:
    """Speaks to the gateway as Retell does, and looks behind it."""

    gateway: Gateway
    calcom: RunningCalcom
    database: Database
    world: dict[str, Any]
    #: What Retell's and Cal.com's machines show.
    clock: Clock = field(default_factory=Clock)
    _local: threading.local = field(default_factory=threading.local)
    _sessions: list[requests.Session] = field(default_factory=list)

    def call(
        self,
        function: str,
        args: Mapping[str, Any],
        *,
        call_id: str | None = None,
        to: str = SALON,
        caller: str = "+4917604069012",
        timeout: float = 20,
    ) -> requests.Response:
        """One signed function call of a call of its own, unless ``call_id`` says which."""
        facts = {
            "call_id": call_id or f"call_{uuid.uuid4().hex}",
            "call_type": "phone_call",
            "direction": "inbound",
            "from_number": caller,
            "to_number": to,
        }
        return self.send(
            "/api/webhooks/retell/function",
            {"name": function, "call": facts, "args": dict(args), "nonce": uuid.uuid4().hex},
            timeout=timeout,
        )

    def send(
        self,
        path: str,
        body: bytes | Mapping[str, Any],
        *,
        content_type: str = "application/json",
        timeout: float = 20,
    ) -> requests.Response:
        """Posts as Retell does, signed."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._session().post(
            self.gateway.url + path,
            data=raw,
            headers={
                "Content-Type": content_type,
                "X-Retell-Signature": sign(raw, RETELL_KEY, self.clock.unix_ms()),
            },
            timeout=timeout,
        )

    def faults(self, **knobs: Any) -> None:
        """Turn the simulated Cal.com's fault knobs; without any, all faults end."""
        url = f"{self.calcom.url}/_sim/faults"
        answer = (
            requests.post(url, json=knobs, timeout=5) if knobs else requests.delete(url, timeout=5)
        )
        answer.raise_for_status()

    def asked_of_calcom(self, **query: str) -> dict[str, Any]:
        """What left the gateway: counts by path, the most in any 60 seconds."""
        found: dict[str, Any] = requests.get(
            f"{self.calcom.url}/_sim/requests", params=query, timeout=5
        ).json()
        return found

    def bookings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(
            f"{self.calcom.url}/_sim/bookings", timeout=5
        ).json()["bookings"]
        return found

    def at_once(self, count: int, do: Callable[[int], Any], threads: int = 32) -> list[Any]:
        """``do(0)`` … ``do(count - 1)`` from many callers at the same time."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(do, range(count)))

    def hang_up(self) -> None:
        """Closes all connections: gunicorn waits two seconds for those that are open at its end."""
        for session in self._sessions:
            session.close()

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
            self._sessions.append(self._local.session)
        session: requests.Session = self._local.session
        return session


@contextmanager
def cluster(
    gateway: StartGateway,
    database_url: str,
    redis_url: str | None,
    *,
    workers: int = 4,
    requests_per_minute: int = 0,
    world: dict[str, Any] | None = None,
    webhooks: bool = False,
    inbox_workers: int = 0,
    clock: Clock | None = None,
    gateway_is_off_by: timedelta = timedelta(0),
    **settings: Any,
) -> Iterator[Cluster]:
    """Start everything with the demo's two companies, or those of ``world``.

    ``webhooks``: Cal.com tells the gateway of its bookings. ``inbox_workers`` processes work on
    events and periodic work. ``clock`` is what everybody's machine shows; the gateway's shows
    ``gateway_is_off_by`` more. ``settings`` are the gateway's.
    """
    clock = clock or Clock()
    installed_vault.install(Vault(SECRET_KEY))
    world = world or read_world(None, clock.now())
    calcom_settings = SimulatorSettings(
        calcom_api_key=CALCOM_KEY,
        webhook_secret=WEBHOOK_SECRET,
        requests_per_minute=requests_per_minute,
    )
    engine = create_engine(database_url, **engine_options(database_url))
    prepare(engine)
    database = Database(engine)
    import_world(world, database, Settings(), clock)
    given = {
        "secret_key": SECRET_KEY,
        "database_url": database_url,
        "web_concurrency": workers,
        "calcom_api_key": CALCOM_KEY,
        "calcom_webhook_secret": WEBHOOK_SECRET,
        "retell_api_key": RETELL_KEY,
        # A test machine that is short of breath must not look like an absent Redis.
        "redis_timeout_seconds": 5,
        **({"redis_url": redis_url} if redis_url else {}),
        CLOCK_OFFSET_VARIABLE: (clock.offset + gateway_is_off_by).total_seconds(),
        **settings,
    }
    with running_calcom(world, clock=clock, settings=calcom_settings) as calcom:
        running = gateway(calcom_base_url=calcom.url, **given)
        if webhooks:
            calcom.simulation.webhooks.subscribe(
                Subscriber(f"{running.url}/api/webhooks/calcom", WEBHOOK_SECRET)
            )
        for _ in range(inbox_workers):
            running.start_inbox_worker()
        found = Cluster(running, calcom, database, world, clock)
        try:
            yield found
        finally:
            found.hang_up()
            engine.dispose()


def a_weekday_ahead(days: int = 3) -> date:
    """A Monday to Thursday at least ``days`` ahead: both companies are open."""
    day = date.today() + timedelta(days=days)
    while day.weekday() > 3:
        day += timedelta(days=1)
    return day
