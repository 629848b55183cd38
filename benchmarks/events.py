"""Events: how fast they are stored, claimed and worked on, and what a large one does to others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from sqlalchemy import delete, insert

from askpro import create_app
from askpro.extensions import db
from askpro.providers.retell_events import parse_event
from askpro.providers.retell_signature import sign
from askpro.services import events
from askpro.services.runtime import Runtime
from askpro.services.tenants import import_world
from askpro.settings import Settings
from askpro.store import inbox
from askpro.store.models import InboxEvent
from askpro.worker import Worker
from benchmarks.availability import slice_of, warm
from benchmarks.rows import Row, middle
from benchmarks.stage import Stage
from benchmarks.traffic import FUNCTION, RETELL_KEY, number_of, world
from tests.factories import waiting_events
from tests.fixtures.databases import migrate
from tests.retell_telling import body, raw
from tests.servers.redis import free_port

_FEW, _MANY = 100, 100_000
_ROUNDS = 200
_WORKED = 500
_EVENTS = "/api/webhooks/retell"
_LARGE_BYTES = 1_200_000


def measure(stage: Stage, seconds: float) -> Iterator[Row]:
    for kind in ("PostgreSQL", "SQLite"):
        with _runtime(stage, kind) as runtime:
            yield from _growing(runtime, kind)
            yield _worked(runtime, kind)
    yield from _large(stage, seconds)


@contextmanager
def _runtime(stage: Stage, kind: str) -> Iterator[Runtime]:
    """A gateway in this process, with one company."""
    url = f"sqlite:///{stage.folder / f'events-{free_port()}.db'}"
    if kind == "PostgreSQL":
        url = stage.postgres.url(stage.postgres.create())
    migrate(url)
    environ = {
        "DATABASE_URL": url,
        "SECRET_KEY": "the secret of a benchmark, forty letters long",
        "INSTANCE_PATH": str(stage.folder),
        "LOG_LEVEL": "ERROR",
    }
    app = create_app(Settings.from_environ(environ))
    runtime: Runtime = app.extensions["askpro"]
    import_world(world(1), runtime.database, runtime.settings, runtime.clock)
    yield runtime
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def _growing(runtime: Runtime, kind: str) -> Iterator[Row]:
    """Storing and claiming, with few and with many events that wait."""
    timed: dict[str, list[list[float]]] = {"stored": [], "claimed": []}
    for count in (_FEW, _MANY):
        _fill_inbox(runtime, count)
        timed["stored"].append(_timed(lambda: _store(runtime), _ROUNDS))
        timed["claimed"].append([_claim(runtime) for _ in range(_ROUNDS // 4)])
    for name, (few, many) in timed.items():
        p95 = sorted(many)[int(len(many) * 0.95)]
        what = "event stored" if name == "stored" else "20 events claimed"
        yield Row(
            f"{what}, {_MANY:,} in the inbox, {kind}",
            p95,
            "ms (p95)",
            "at most",
            20,
            f"p50 {middle(many):.2f} ms; with {_FEW} {middle(few):.2f} ms",
        )
        yield Row(
            f"{what}: with {_MANY:,} to with {_FEW}, {kind}",
            middle(many) / middle(few),
            "times as long",
            "at most",
            1.5,
        )


def _timed(step: Callable[[], None], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        step()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _fill_inbox(runtime: Runtime, count: int) -> None:
    rows = waiting_events(count, runtime.clock.now())
    with runtime.database.unrestricted_unsafe(write=True) as session:
        for first in range(0, count, 5_000):
            session.execute(insert(InboxEvent), rows[first : first + 5_000])


def _told(call_id: str, name: str = "call_ended", **more: Any) -> bytes:
    return raw(body(name, call_id, to_number=number_of(1), **more))


def _store(runtime: Runtime) -> None:
    event = parse_event(_told(f"call_{time.perf_counter_ns()}"), keep_transcript=True)
    office = events.office_of_call(runtime, event.call)
    if events.receive_retell(runtime, office, event, signed_by=None) != "stored":
        raise RuntimeError("an event was not stored")


def _claim(runtime: Runtime) -> float:
    """Milliseconds that a claim of as many events as a worker takes lasts; they are handed back."""
    now = runtime.clock.now()
    began = time.perf_counter()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        claimed = inbox.claim(session, now, most=20, lease=timedelta(seconds=60))
    taken = (time.perf_counter() - began) * 1000
    if len(claimed) != 20:
        raise RuntimeError("the inbox has too few events that wait")
    with runtime.database.unrestricted_unsafe(write=True) as session:
        inbox.hand_back(session, claimed, now - timedelta(hours=1))
    return taken


def _worked(runtime: Runtime, kind: str) -> Row:
    """One worker, events of calls that it has to record and judge."""
    with runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(delete(InboxEvent))
    for _ in range(_WORKED):
        _store(runtime)
    worker = Worker(runtime, ())
    began = time.perf_counter()
    while worker.round():
        continue
    rate = worker.done / (time.perf_counter() - began)
    return Row(f"events worked on by one worker, {kind}", rate, "a second", note=f"{worker.done}")


# -- a large one ----------------------------------------------------------------------------------


def large_analysis(call_id: str) -> bytes:
    """``call_analyzed`` of an hour's talk, every word timed: 1.2 MB."""
    words = [{"word": "genau", "start": 1.25, "end": 1.5}] * 12
    content = "Ja genau, so machen wir das dann am Dienstag um halb drei."
    turn = {"role": "user", "content": content, "words": words}
    count = _LARGE_BYTES // (len(raw(turn)) + len(content) + 10)
    transcript = f"User: {content}\n" * count
    return _told(call_id, "call_analyzed", transcript=transcript, transcript_object=[turn] * count)


def _large(stage: Stage, seconds: float) -> Iterator[Row]:
    with stage.gateway(4) as (gateway, _):
        warm(stage, gateway)
        taken = [_send(gateway.url, f"call_large_{number}") for number in range(20)]
        yield Row(
            "1.2 MB call_analyzed acknowledged",
            sorted(taken)[-2],
            "ms",
            "at most",
            1000,
            f"p50 {middle(taken):.0f} ms",
        )
        rate = slice_of(stage, gateway.url + FUNCTION, seconds, exact=False).rate / 4
        alone, beside = [], []
        for number in range(3):
            alone.append(
                slice_of(stage, gateway.url + FUNCTION, seconds * 2, exact=False, rate=rate).p99
            )
            with _sending(gateway.url, f"call_beside_{number}"):
                beside.append(
                    slice_of(stage, gateway.url + FUNCTION, seconds * 2, exact=False, rate=rate).p99
                )
    yield Row(
        "availability, p99 beside one of them twice a second",
        middle(beside),
        "ms",
        "at most",
        50,
        f"{rate:.0f}/s; without it {middle(alone):.1f} ms",
    )


@contextmanager
def _sending(url: str, call_id: str) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        number = 0
        while not stop.wait(0.5):
            number += 1
            _send(url, f"{call_id}_{number}")

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join()


def _send(url: str, call_id: str) -> float:
    """Milliseconds until the event was acknowledged."""
    told = large_analysis(call_id)
    now = int(datetime.now(UTC).timestamp() * 1000)
    headers = {"X-Retell-Signature": sign(told, RETELL_KEY, now)}
    headers["Content-Type"] = "application/json"
    began = time.perf_counter()
    answer = requests.post(url + _EVENTS, data=told, headers=headers, timeout=20)
    taken = (time.perf_counter() - began) * 1000
    if answer.json().get("status") != "stored":
        raise RuntimeError(f"a large event was not stored: {answer.text}")
    return taken
