"""The golden world: four small businesses, their callers, and the gateway in front of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Integer, Table, func, insert, select
from werkzeug.test import TestResponse

from askpro.clock import Clock
from askpro.extensions import db
from askpro.providers.retell_signature import sign
from askpro.services.runtime import Runtime
from askpro.services.tenants import import_world
from askpro.settings import Settings
from askpro.simulator.running import RunningCalcom, running_calcom

PAYLOADS = Path(__file__).parent / "payloads"
RETELL_KEY = "key_platform_for_tests"
CALCOM_KEY = "cal_platform_for_tests"
CALCOM_SECRET = "calcom_secret_for_tests"
MANIFEST: dict[str, Any] = json.loads((PAYLOADS / "manifest.json").read_text("utf-8"))
REFERENCE = datetime.fromisoformat(MANIFEST["reference_time"])


def golden_world() -> dict[str, Any]:
    """A fresh copy of the world that the golden payloads assume."""
    world: dict[str, Any] = json.loads((PAYLOADS / "world.json").read_text("utf-8"))
    return world


def manifest(prefix: str) -> list[dict[str, Any]]:
    """The manifest's rows of one folder, those of files that are here."""
    return [
        row
        for row in MANIFEST["files"]
        if row["path"].startswith(prefix) and (PAYLOADS / row["path"]).exists()
    ]


@dataclass
class World:
    """The gateway's app, and the simulated Cal.com behind it."""

    app: Flask
    calcom: RunningCalcom
    clock: Clock

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    @property
    def runtime(self) -> Runtime:
        runtime: Runtime = self.app.extensions["askpro"]
        return runtime

    def post(
        self,
        path: str,
        body: bytes | Mapping[str, Any],
        *,
        key: str | None = RETELL_KEY,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Post as Retell does, signed with ``key`` (None: unsigned)."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        sent = dict(headers or {})
        if key is not None:
            sent["X-Retell-Signature"] = sign(raw, key, self.clock.unix_ms())
        return self.client.post(path, data=raw, content_type=content_type, headers=sent)

    def call(self, function: str, args: Mapping[str, Any], **call: Any) -> dict[str, Any]:
        """One function call of a caller of the hairdresser's, answered."""
        facts = {
            "call_id": "call_of_the_test",
            "call_type": "phone_call",
            "agent_id": "agent_of_the_test",
            "call_status": "ongoing",
            "direction": "inbound",
            "from_number": "+4917604069012",
            "to_number": "+493023125110",
            **call,
        }
        response = self.post(
            "/api/webhooks/retell/function", {"name": function, "call": facts, "args": args}
        )
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.get_json()
        return answer

    def bookings(self) -> list[dict[str, Any]]:
        """Every booking of the simulated Cal.com, the world's own included."""
        found: list[dict[str, Any]] = requests.get(
            f"{self.calcom.url}/_sim/bookings", timeout=5
        ).json()["bookings"]
        return found

    def faults(self, **knobs: Any) -> None:
        """Turn Cal.com's fault knobs (wire.md §10)."""
        requests.post(f"{self.calcom.url}/_sim/faults", json=knobs, timeout=5).raise_for_status()


#: World and secret key → its rows, once a test of this process has imported it: importing takes
#: most of a short test's time.
_imported: dict[tuple[str, str], list[tuple[Table, list[dict[str, Any]]]]] = {}


def fill(runtime: Runtime, world: Mapping[str, Any]) -> None:
    """``import_world`` into an empty database, the second time from the rows of the first."""
    settings = runtime.settings
    key = (json.dumps(world, sort_keys=True, default=str), settings.secret_key)
    if key not in _imported:
        import_world(world, runtime.database, settings, runtime.clock)
        with runtime.database.unrestricted_unsafe() as session:
            found = ((t, session.execute(select(t)).mappings()) for t in db.metadata.sorted_tables)
            _imported[key] = [(t, rows) for t, each in found if (rows := [dict(r) for r in each])]
        return
    with runtime.database.unrestricted_unsafe(write=True) as session:
        for table, rows in _imported[key]:
            session.execute(insert(table), rows)
        if session.get_bind().dialect.name == "postgresql":
            numbered = (t for t, _ in _imported[key] if isinstance(t.c[0].type, Integer))
            session.execute(
                select(
                    *(
                        func.setval(
                            func.pg_get_serial_sequence(table.name, table.c[0].name),
                            select(func.max(table.c[0])).scalar_subquery(),
                        )
                        for table in numbered
                    )
                )
            )


@contextmanager
def golden(
    settings: Settings,
    /,
    *,
    at: datetime = REFERENCE,
    world: Mapping[str, Any] | None = None,
    **calcom: Any,
) -> Iterator[World]:
    """The golden world, or another one, running; at the manifest's reference time."""
    from askpro import create_app

    clock = Clock.starting_at(at)
    world = world or golden_world()
    with running_calcom(world, clock=clock, **calcom) as running:
        app = create_app(
            replace(
                settings,
                calcom_base_url=running.url,
                calcom_api_key=CALCOM_KEY,
                calcom_webhook_secret=CALCOM_SECRET,
                retell_api_key=(RETELL_KEY,),
                clock_offset_seconds=clock.offset / timedelta(seconds=1),
            )
        )
        app.testing = True
        runtime: Runtime = app.extensions["askpro"]
        fill(runtime, world)
        yield World(app, running, clock)
        runtime.close()
