"""Malformed bodies, forged signatures, huge uploads, and tries to cross companies: none succeeds,
none costs more than its answer (quality.md, faults 10 to 13)."""

from __future__ import annotations

import json
import random
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select

from askpro.providers.calcom_webhooks import sign_calcom
from askpro.providers.retell_signature import sign
from askpro.services import tokens
from askpro.settings import Settings
from askpro.store.models import Appointment, Company, FunctionCall, GuardEvent, InboxEvent
from askpro.web.retell import EVENT_ROUTES, FUNCTION_ROUTES
from tests.counts import times
from tests.faults.cluster import StartGateway, cluster
from tests.worlds import CALCOM_SECRET, RETELL_KEY, World, golden

pytestmark = [pytest.mark.faults, pytest.mark.timeout(times(120, 3_600))]

#: Nobody's name: as a call id it may stand in the log, and in an answer nowhere.
CANARY = "Papageientaucher-4711"
_HIGH = {
    "limit_webhook_per_minute": 10**9,
    "limit_call_per_minute": 10**9,
    "limit_call_total": 10**9,
    "limit_call_per_function": 10**9,
    "limit_availability_per_minute": 10**9,
    "limit_booking_per_minute": 10**9,
    "limit_default_per_minute": 10**9,
    "limit_change_per_minute": 10**9,
    "limit_address_per_minute": 10**9,
}
SALON, PHYSIO = "+493023125110", "+493023125120"
OWN_KEY = "key_of_the_physio_only"


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url, **_HIGH)) as world:
        with world.runtime.database.unrestricted_unsafe(write=True) as session:
            physio = session.scalars(
                select(Company).where(Company.slug == "physio-wirbelwind")
            ).one()
            physio.retell_api_key = OWN_KEY
        world.runtime.directory.changed()
        yield world


def _anything(dice: random.Random, depth: int = 0) -> Any:
    """A JSON value that nobody would send on purpose."""
    kinds: list[Callable[[], Any]] = [
        lambda: None,
        lambda: dice.choice([True, False]),
        lambda: dice.choice([0, -1, 2**63, 10**40, 1e308, -0.0]),
        lambda: dice.choice(
            ["", "\x00", "\ud800".encode("utf-16", "surrogatepass").decode("latin-1")]
        ),
        lambda: CANARY * dice.randint(1, 40),
        lambda: "'; DROP TABLE calls; --",
        lambda: "{{7*7}}<script>alert(1)</script>",
        lambda: "../../etc/passwd",
    ]
    if depth < 4:
        kinds += [
            lambda: [_anything(dice, depth + 1) for _ in range(dice.randint(0, 4))],
            lambda: {_name(dice): _anything(dice, depth + 1) for _ in range(dice.randint(0, 5))},
        ]
    return dice.choice(kinds)()


NAMES = (
    *("call", "args", "name", "event", "call_id", "to_number", "from_number", "date", "time"),
    *("service", "email", "phone", "duration", "datum", "confirm_booking", "x" * 300, ""),
)


def _name(dice: random.Random) -> str:
    return dice.choice(NAMES)


def _malformed(dice: random.Random) -> bytes:
    body: Any = _anything(dice)
    if dice.random() < 0.7:
        body = {
            "name": dice.choice(["check_availability", "book_appointment", _anything(dice)]),
            "event": dice.choice(["call_started", "call_ended", _anything(dice)]),
            "call": {
                "call_id": "call_1234567890",
                "to_number": SALON,
                _name(dice): _anything(dice),
            },
            "args": {_name(dice): _anything(dice) for _ in range(4)},
        }
    raw = json.dumps(body).encode()
    if dice.random() < 0.3:
        cut = dice.randrange(len(raw) + 1)
        raw = raw[:cut] + bytes(dice.randrange(256) for _ in range(dice.randint(0, 6))) + raw[cut:]
    return raw if dice.random() < 0.9 else raw[: dice.randrange(len(raw) + 1)]


@pytest.mark.fault(
    10, f"{times(200, 10_000):,} bodies to Retell's routes, {times(50, 2_000):,} to Cal.com's"
)
def test_malformed_bodies_are_answered_and_never_echoed(world: World) -> None:
    dice = random.Random(20261120)
    routes = [f"/api{path}" for path in (*FUNCTION_ROUTES, *EVENT_ROUTES)]
    codes: Counter[int] = Counter()
    for _ in range(times(200, 10_000)):
        raw = _malformed(dice)
        response = world.post(dice.choice(routes), raw)
        codes[response.status_code] += 1
        assert response.status_code in (200, 400, 413), (response.status_code, raw[:200])
        assert "Traceback" not in response.text
        assert "<script>" not in response.text
        if '"unknown_function"' not in response.text:  # that one names the function (wire.md §3)
            assert CANARY not in response.text
    for _ in range(times(50, 2_000)):
        raw = _malformed(dice)
        header = {"X-Cal-Signature-256": sign_calcom(raw, CALCOM_SECRET)}
        response = world.client.post("/api/webhooks/calcom", data=raw, headers=header)
        assert response.status_code in (200, 400, 413), (response.status_code, raw[:200])
        assert CANARY not in response.text
    assert codes[200] > 0
    assert codes[400] > 0


@pytest.mark.fault(
    12,
    f"{times(250, 10_000):,}: flipped bits, strangers' and other companies' keys, other bytes, old "
    "and future timestamps, malformed headers",
)
def test_forged_signatures_are_refused_and_store_nothing(world: World) -> None:
    dice = random.Random(4711)
    call = {"call_id": "call_forged_12345", "to_number": SALON, "direction": "inbound"}
    raw = json.dumps({"name": "book_appointment", "call": call, "args": {}}).encode()
    event = json.dumps({"event": "call_started", "call": call}).encode()
    before = _stored(world)
    for number in range(times(250, 10_000)):
        body, path = (
            (raw, "/api/webhooks/retell/function") if number % 2 else (event, "/api/webhook")
        )
        header = _forged(dice, body, world.clock.unix_ms())
        response = world.client.post(
            path,
            data=body,
            content_type="application/json",
            headers={"X-Retell-Signature": header},
        )
        assert response.status_code in (401, 403), header
    assert _stored(world) == before


def _forged(dice: random.Random, body: bytes, now: int) -> str:
    good = sign(body, RETELL_KEY, now)
    digit = dice.randrange(len(good) - 64, len(good))
    flipped = good[:digit] + ("0" if good[digit] != "0" else "1") + good[digit + 1 :]
    return dice.choice(
        [
            flipped,
            sign(body, "key_of_a_stranger", now),
            sign(body, OWN_KEY, now),  # another company's key
            sign(body + b" ", RETELL_KEY, now),
            sign(body, RETELL_KEY, now - dice.randint(300_001, 10**9)),
            sign(body, RETELL_KEY, now + dice.randint(300_001, 10**9)),
            good.upper(),
            good.replace("v=", "v=0"),
            good + ",d=" + "a" * 64,
            f"v={now},d=",
            "v=" + "9" * dice.randint(14, 4000) + ",d=" + "0" * 64,
        ]
    )


@pytest.mark.fault(
    13, f"{times(100, 5_000):,} tries: ids, uids, tokens, other companies' keys and numbers"
)
def test_no_try_to_cross_companies_succeeds_and_each_is_noted(world: World) -> None:
    dice = random.Random(13)
    runtime = world.runtime
    token = tokens.add_token(runtime, "physio-wirbelwind", "attacker")
    bearer = {"Authorization": f"Bearer {token}"}
    with runtime.database.unrestricted_unsafe() as session:
        physio = session.scalar(select(Company.id).where(Company.slug == "physio-wirbelwind"))
        foreign = session.execute(
            select(Appointment.id, Appointment.uid).where(Appointment.company_id != physio)
        ).all()
        standing = _ledger(session)
    tries = times(100, 5_000)
    for number in range(tries):
        row_id, uid = dice.choice(foreign)
        kind = dice.randrange(6)
        if kind == 0:
            assert world.client.get(f"/api/v2/bookings/{row_id}", headers=bearer).status_code == 404
        elif kind == 1:
            found = world.client.get(f"/api/v2/bookings?uid={uid}", headers=bearer)
            assert found.json["bookings"] == []
        elif kind == 2:
            gone = world.client.delete(f"/api/v2/bookings/{row_id}", headers=bearer)
            assert gone.status_code == 404
        elif kind == 3:
            moved = world.client.patch(
                f"/api/v2/bookings/{row_id}/reschedule",
                json={"start": "2026-11-03T14:30:00+01:00"},
                headers=bearer,
            )
            assert moved.status_code == 404
        else:
            function = dice.choice(["check_customer", "query_appointment", "cancel_appointment"])
            call = {
                "call_id": f"call_crossing_{number}",
                "to_number": SALON,
                "from_number": "+4917604069012",
                "direction": "inbound",
            }
            response = world.post(
                "/api/webhooks/retell/function",
                {"name": function, "call": call, "args": {"date": "2026-10-27"}},
                key=OWN_KEY,
            )
            assert response.status_code == 403
    with runtime.database.unrestricted_unsafe() as session:
        assert _ledger(session) == standing
        noted = session.scalar(
            select(func.count()).select_from(GuardEvent).where(GuardEvent.kind == "crossing")
        )
    assert noted == tries


def _ledger(session: Any) -> set[tuple[Any, ...]]:
    rows = session.scalars(select(Appointment))
    return {(row.id, row.company_id, row.state, row.start, row.uid) for row in rows}


def _stored(world: World) -> tuple[int, ...]:
    world.runtime.traces.flush()
    with world.runtime.database.unrestricted_unsafe() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (FunctionCall, InboxEvent, Appointment)
        )


@pytest.mark.slow
@pytest.mark.on("sqlite")
@pytest.mark.fault(
    11, "1 GB announced, 100,000 levels, 1,000,000 keys, 1,500,000 lists, 6 MB of text; memory flat"
)
def test_huge_and_hostile_bodies_are_refused_early_and_memory_stays_flat(
    gateway: StartGateway, database_url: str
) -> None:
    with cluster(gateway, database_url, None, workers=1, **_HIGH) as running:
        running.call("list_services", {})
        worker = psutil.Process(running.gateway.workers()[0])
        before = worker.memory_info().rss
        bodies = {
            "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
            "a million keys": b"{" + b",".join(b'"%d":1' % n for n in range(1_000_000)) + b"}",
            "many empty lists": b"[" + b"[]," * 1_500_000 + b"[]]",
            "six megabytes of text": b'{"name":"' + b"a" * 6_000_000 + b'"}',
        }
        for name, raw in bodies.items():
            began = time.monotonic()
            status = _status(running.gateway.port, raw, len(raw))
            assert status in (400, 401, 413), name
            assert time.monotonic() - began < 5, name
        assert _status(running.gateway.port, b"", 1_000_000_000) in (400, 401, 413)
        assert worker.memory_info().rss - before < 80_000_000
        assert running.call("list_services", {}).json()["status"] == "found"


@pytest.mark.slow
@pytest.mark.on("sqlite")
@pytest.mark.fault(11, "twice as many uploads and heads that never end as one worker has threads")
def test_slow_clients_starve_nobody_and_are_refused(
    gateway: StartGateway, database_url: str
) -> None:
    with (
        cluster(
            gateway, database_url, None, workers=1, web_threads=8, request_seconds=3, **_HIGH
        ) as running,
        ExitStack() as slow,
    ):

        def begins(said: bytes) -> socket.socket:
            address = ("127.0.0.1", running.gateway.port)
            client = slow.enter_context(socket.create_connection(address, timeout=20))
            client.sendall(said)
            return client

        began = time.monotonic()
        uploads = [begins(_head(1_000_000) + b"{") for _ in range(8)]
        heads = [begins(_head(1_000_000)[:20]) for _ in range(8)]
        assert running.call("list_services", {}).json()["status"] == "found"
        assert time.monotonic() - began < 2.9
        for upload in uploads:
            answer = _all_of(upload)
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert b'"too_slow"' in answer
        assert [_all_of(head) for head in heads] == [b""] * len(heads)
        assert running.call("list_services", {}).json()["status"] == "found"
        assert "Traceback" not in running.gateway.output()


@pytest.mark.slow
@pytest.mark.on("sqlite")
@pytest.mark.fault(11, "sixty connections each that say nothing, one letter, or do not hang up")
def test_crowds_that_stay_hold_no_thread(gateway: StartGateway, database_url: str) -> None:
    settings = {**_HIGH, "web_threads": 4}
    with cluster(gateway, database_url, None, workers=1, **settings) as running:
        address = ("127.0.0.1", running.gateway.port)
        for said in (
            b"",
            b"P",
            b"GET /api/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        ):
            with ExitStack() as crowd:
                for _ in range(60):
                    client = crowd.enter_context(socket.create_connection(address, timeout=20))
                    client.sendall(said)
                began = time.monotonic()
                assert running.call("list_services", {}).json()["status"] == "found"
                # Four threads that wait 0.4 s for each of them would take six.
                assert time.monotonic() - began < 4, said


@pytest.mark.slow
@pytest.mark.on("sqlite")
@pytest.mark.fault(11, "an upload that drips, and readers that take no answer")
def test_dripping_is_no_progress_and_clients_that_stay_block_nobody(
    gateway: StartGateway, database_url: str
) -> None:
    settings = {**_HIGH, "web_threads": 2, "request_seconds": 1.5}
    with cluster(gateway, database_url, None, workers=1, **settings) as running:
        address = ("127.0.0.1", running.gateway.port)
        with socket.create_connection(address, timeout=20) as dripping:
            began = time.monotonic()
            dripping.sendall(
                b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
            )
            while not _has_answer(dripping):
                assert time.monotonic() - began < 10, "still listened to"
                dripping.sendall(b"a")
            assert dripping.recv(65_536).startswith(b"HTTP/1.1 408 ")
        with ExitStack() as staying:
            for _ in range(6):
                client = staying.enter_context(socket.create_connection(address, timeout=20))
                client.sendall(
                    b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
            began = time.monotonic()
            assert running.call("list_services", {}).json()["status"] == "found"
            # Stock gunicorn lingers with each of them for two seconds.
            assert time.monotonic() - began < 6


@pytest.mark.slow
@pytest.mark.on("sqlite")
@pytest.mark.fault(10, "five chunked bodies that are none")
def test_broken_chunks_are_refused_and_not_quoted(gateway: StartGateway, database_url: str) -> None:
    bodies = (
        f"{CANARY}\r\n",
        f"5; {CANARY} x\r\nhello\r\n0\r\n\r\n",
        f"5\r\nhello{CANARY}\r\n0\r\n\r\n",
        f"0\r\n{CANARY}\r\n\r\n",
        f"0\r\nX: {CANARY}\n\r\n\r\n",
    )
    with cluster(gateway, database_url, None, workers=1, **_HIGH) as running:
        for path in ("/api/webhook", "/api/webhooks/calcom", "/login"):
            for body in bodies:
                address = ("127.0.0.1", running.gateway.port)
                with socket.create_connection(address, timeout=20) as client:
                    client.sendall(
                        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n"
                        "Content-Type: application/x-www-form-urlencoded\r\n"
                        f"Transfer-Encoding: chunked\r\n\r\n{body}".encode()
                    )
                    answer = _all_of(client)
                assert answer.startswith(b"HTTP/1.1 400 "), (path, body, answer)
                assert CANARY.encode() not in answer
        assert CANARY not in running.gateway.output()
        assert "Traceback" not in running.gateway.output()


def _has_answer(client: socket.socket) -> bool:
    with selectors.DefaultSelector() as answers:
        answers.register(client, selectors.EVENT_READ)
        return bool(answers.select(0.1))


def _all_of(client: socket.socket) -> bytes:
    """What it is told until the gateway hangs up."""
    told = b""
    try:
        while piece := client.recv(65_536):
            told += piece
    except ConnectionResetError:
        assert told, "reset without an answer"
    return told


def _head(length: int) -> bytes:
    signature = sign(b"", RETELL_KEY, int(time.time() * 1000))
    return (
        "POST /api/webhooks/retell/function HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\n"
        f"X-Retell-Signature: {signature}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _status(port: int, raw: bytes, length: int) -> int:
    """The status of a raw upload; a server that hangs up on a far too long one has refused it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as upload:
        try:
            upload.sendall(_head(length))
            for start in range(0, len(raw), 65_536):
                upload.sendall(raw[start : start + 65_536])
        except (BrokenPipeError, ConnectionResetError):
            return 413
        try:
            answer = upload.recv(65_536)
        except ConnectionResetError:
            return 413
    return int(answer.split(b" ", 2)[1]) if answer else 413
