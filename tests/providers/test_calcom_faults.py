"""What the client does when Cal.com or the network fails: in time, once, and honestly."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from circuitbreaker import CircuitBreaker

from askpro.errors import (
    BookingConflict,
    BudgetSpent,
    CalcomError,
    CalcomFault,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnauthorized,
    CalcomUnavailable,
    CalcomUnreachable,
    CalcomUnreadable,
    CircuitOpen,
    SlotTaken,
)
from askpro.providers.calcom import Attempt, CalcomClient, NewBooking
from tests.providers.stub import (
    Behaviour,
    Stub,
    answer,
    close,
    drip,
    failure,
    hang,
    message,
    reset,
    success,
)
from tests.servers.ports import free_port

START = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
NEW = NewBooking(7, START, "Torben", "Europe/Berlin", email="t@example.com")
BOOKING = {"uid": "a", "status": "accepted", "start": "2026-11-03T13:30:00Z"}
MADE = message(201, {"status": "success", "data": BOOKING})
HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"
TAKEN = "User either already has booking at this time or is not available"

MakeClient = Callable[..., CalcomClient]


def book(client: CalcomClient) -> CalcomError:
    """The error that booking ends in."""
    with pytest.raises(CalcomError) as raised:
        client.book(NEW)
    return raised.value


def read(client: CalcomClient) -> CalcomError:
    with pytest.raises(CalcomError) as raised:
        client.slots(7, START, START)
    return raised.value


NO_ANSWER = hang()
AFTER_A_WRITE: list[tuple[str, Behaviour, type[CalcomError], int | None, bool]] = [
    ("no answer", NO_ANSWER, CalcomUnreachable, None, True),
    ("reset instead of an answer", reset(), CalcomUnreachable, None, True),
    ("closed instead of an answer", close(), CalcomUnreachable, None, True),
    ("closed inside the head", close(MADE[:6]), CalcomUnreachable, None, True),
    ("reset inside a created body", reset(MADE[:-9]), CalcomUnreachable, 201, True),
    ("closed inside a created body", close(MADE[:-9]), CalcomUnreachable, 201, True),
    ("closed inside a refusal", close(message(400, {})[:-1]), CalcomUnreachable, 400, False),
    ("created, truncated JSON", answer(201, b'{"status":"suc'), CalcomUnreadable, 201, True),
    ("created, HTML", answer(201, HTML), CalcomUnreadable, 201, True),
    ("created, nothing", answer(201, b""), CalcomUnreadable, 201, True),
    ("created, a list", answer(201, []), CalcomUnreadable, 201, True),
    ("created, no booking", success({}, 201), CalcomUnreadable, 201, True),
    ("created, an empty list", success([], 201), CalcomUnreadable, 201, True),
    ("200 that says error", answer(200, {"status": "error"}), CalcomUnreadable, 200, True),
    ("500", failure(500, "x"), CalcomUnavailable, 500, True),
    ("500 in the third shape", answer(500, {"message": "x"}), CalcomUnavailable, 500, True),
    ("502 in HTML", answer(502, HTML), CalcomUnavailable, 502, True),
    ("503", answer(503, b""), CalcomUnavailable, 503, True),
    ("504", answer(504, HTML), CalcomUnavailable, 504, True),
    ("524 of the edge", answer(524, HTML), CalcomUnavailable, 524, True),
    ("301", answer(301, b"", {"Location": "/x"}), CalcomUnreadable, 301, False),
    ("302", answer(302, b"", {"Location": "/x"}), CalcomUnreadable, 302, True),
    ("303", answer(303, b"", {"Location": "/x"}), CalcomUnreadable, 303, True),
    ("307", answer(307, b"", {"Location": "/x"}), CalcomUnreadable, 307, False),
    ("308", answer(308, b"", {"Location": "/x"}), CalcomUnreadable, 308, False),
    ("400 taken", failure(400, TAKEN), SlotTaken, 400, False),
    ("400 otherwise", failure(400, "x"), CalcomRejected, 400, False),
    ("400 in HTML", answer(400, HTML), CalcomUnreadable, 400, False),
    ("401", failure(401, "Invalid API Key"), CalcomUnauthorized, 401, False),
    ("403 in HTML", answer(403, HTML), CalcomUnauthorized, 403, False),
    ("404", failure(404, "Event type with id 7 not found."), CalcomNotFound, 404, False),
    ("408", answer(408, b""), CalcomUnavailable, 408, False),
    ("409", failure(409, "x already exists", "CONFLICT"), BookingConflict, 409, False),
    ("413 in HTML", answer(413, HTML), CalcomUnreadable, 413, False),
    ("422", failure(422, "x"), CalcomRejected, 422, False),
    ("429", failure(429, "ThrottlerException"), CalcomRateLimited, 429, False),
]


@pytest.mark.parametrize(
    ("behaviour", "error", "status", "maybe_done"),
    [row[1:] for row in AFTER_A_WRITE],
    ids=[row[0] for row in AFTER_A_WRITE],
)
def test_a_failed_write_is_sent_once_and_says_whether_it_may_have_happened(
    make_client: MakeClient,
    stub: Stub,
    behaviour: Behaviour,
    error: type[CalcomError],
    status: int | None,
    maybe_done: bool,
) -> None:
    stub.will(behaviour, success(BOOKING, 201))
    fault = book(make_client(write_seconds=0.3 if behaviour is NO_ANSWER else 10))
    assert type(fault) is error
    assert fault.http_status == status
    assert fault.maybe_done is maybe_done
    assert len(stub.requests) == 1


def test_a_write_that_found_no_connection_did_not_happen(make_client: MakeClient) -> None:
    fault = book(make_client(url=f"http://127.0.0.1:{free_port()}"))
    assert type(fault) is CalcomUnreachable
    assert not fault.maybe_done


def test_a_write_whose_handshake_failed_did_not_happen(make_client: MakeClient, stub: Stub) -> None:
    stub.will(close(b"not TLS"))
    fault = book(make_client(url=stub.url.replace("http:", "https:")))
    assert type(fault) is CalcomUnreachable
    assert not fault.maybe_done


def test_a_write_to_a_silent_handshake_did_not_happen(make_client: MakeClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = make_client(
            url=f"https://127.0.0.1:{silent.getsockname()[1]}", connect_seconds=0.2
        )
        began = time.monotonic()
        fault = book(client)
    assert not fault.maybe_done
    assert time.monotonic() - began < 1


def test_an_unknown_host_is_not_reached(make_client: MakeClient) -> None:
    fault = book(make_client(url="http://calendar.invalid"))
    assert type(fault) is CalcomUnreachable
    assert not fault.maybe_done


# -- reads are repeated, inside their time --


@pytest.mark.parametrize(
    "behaviour",
    [
        *(answer(500, b""), answer(502, HTML), answer(503, b""), answer(504, b"")),
        reset(),
        close(),
        close(message(200, {"status": "success", "data": {}})[:-3]),
    ],
)
def test_a_read_is_tried_three_times(
    client: CalcomClient, stub: Stub, attempts: list[Attempt], behaviour: Behaviour
) -> None:
    stub.will(behaviour, behaviour, success({}))
    assert client.slots(7, START, START) == []
    assert [attempt.outcome == "ok" for attempt in attempts] == [False, False, True]
    stub.will(behaviour)
    assert isinstance(read(client), CalcomFault)
    assert len(stub.requests) == 6


@pytest.mark.parametrize(
    "behaviour",
    [failure(status, "x") for status in (400, 401, 403, 404, 409, 422, 429, 501)]
    + [answer(200, HTML), answer(301, b"")],
)
def test_a_read_is_not_repeated_where_that_is_useless(
    client: CalcomClient, stub: Stub, behaviour: Behaviour
) -> None:
    stub.will(behaviour)
    fault = read(client)
    assert not fault.maybe_done
    assert len(stub.requests) == 1


def test_repetitions_are_the_settings_to_allow(make_client: MakeClient, stub: Stub) -> None:
    from dataclasses import replace

    client = make_client()
    transport = client._transport
    transport._settings = replace(transport._settings, calcom_read_retries=0)
    stub.will(answer(503, b""))
    read(client)
    assert len(stub.requests) == 1


SLOW: list[tuple[str, Behaviour]] = [
    ("no answer", hang()),
    ("dripping head", drip(message(200, {"status": "success", "data": {}}))),
    ("dripping body", drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + b" " * 100, 0.01)),
    (
        "endless chunks",
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 99, 0.01),
    ),
    ("endless continues", drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 9, 0.02)),
]


@pytest.mark.parametrize("behaviour", [row[1] for row in SLOW], ids=[row[0] for row in SLOW])
def test_the_hard_stop_holds_at_any_pace(
    make_client: MakeClient, stub: Stub, behaviour: Behaviour
) -> None:
    stub.will(behaviour)
    began = time.monotonic()
    fault = read(make_client(read_seconds=0.4))
    assert 0.3 < time.monotonic() - began < 1.5
    assert type(fault) is CalcomUnreachable


def test_repetitions_share_one_hard_stop(make_client: MakeClient, stub: Stub) -> None:
    stub.will(answer(503, b""), hang())
    began = time.monotonic()
    fault = read(make_client(read_seconds=0.5))
    assert time.monotonic() - began < 1.5
    assert len(stub.requests) == 2
    assert type(fault) is CalcomUnreachable


# -- bodies --


def test_a_compressed_answer_is_read(client: CalcomClient, stub: Stub) -> None:
    raw = gzip.compress(json.dumps({"status": "success", "data": {}}).encode())
    stub.will(answer(200, raw, {"Content-Encoding": "gzip"}))
    assert client.slots(7, START, START) == []
    assert stub.last.headers["accept-encoding"] == "gzip"


def test_a_huge_answer_is_not_read(client: CalcomClient, stub: Stub) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"
    stub.will(close(head + b" " * 1000))
    assert type(read(client)) is CalcomUnreadable


def test_an_endless_answer_is_cut_off(client: CalcomClient, stub: Stub) -> None:
    stub.will(close(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 5_100_000))
    assert type(read(client)) is CalcomUnreadable


@pytest.mark.slow
def test_a_small_answer_that_unpacks_to_gigabytes_costs_no_memory(
    client: CalcomClient, stub: Stub
) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"0" * 10_000_000
    bomb = b"".join(packer.compress(zeros) for _ in range(100)) + packer.flush()
    assert len(bomb) < 1_100_000
    stub.will(answer(200, bomb, {"Content-Encoding": "gzip"}))
    tracemalloc.start()
    try:
        fault = read(client)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert type(fault) is CalcomUnreadable
    assert peak < 40_000_000


def test_a_body_that_is_not_what_its_encoding_says_is_unreadable(
    client: CalcomClient, stub: Stub
) -> None:
    stub.will(answer(200, b"plain", {"Content-Encoding": "gzip"}))
    assert type(read(client)) is CalcomUnreadable


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"status":"success","data":' + b"[" * 5_000, b"\xff\xfe", b"null"]
)
def test_hostile_json_is_unreadable(client: CalcomClient, stub: Stub, raw: bytes) -> None:
    stub.will(answer(200, raw))
    assert type(read(client)) is CalcomUnreadable


@pytest.mark.parametrize(
    "data", [[], None, "x", {"d": {}}, {"d": [1]}, {"d": [{}]}, {"d": [{"start": "morgen"}]}]
)
def test_slots_of_another_shape_are_unreadable_and_not_none_free(
    client: CalcomClient, stub: Stub, data: Any
) -> None:
    stub.will(success(data))
    assert type(read(client)) is CalcomUnreadable


# -- the circuit around each attempt --


class Recorder:
    """A circuit that remembers, and refuses when told to."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.outcomes: list[str] = []
        self.headers: list[tuple[int, float]] = []
        self.refusal: CalcomError | None = None

    def __call__(self, wrapped: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, kind: str, **kwargs: Any) -> Any:
            if self.refusal is not None:
                raise self.refusal
            self.kinds.append(kind)
            try:
                result = wrapped(*args, kind=kind, **kwargs)
            except CalcomError as error:
                self.outcomes.append(type(error).__name__)
                raise
            self.outcomes.append("ok")
            return result

        return guarded

    def note_headers(self, remaining: int, reset_seconds: float) -> None:
        self.headers.append((remaining, reset_seconds))


def test_every_attempt_goes_through_the_circuit(make_client: MakeClient, stub: Stub) -> None:
    circuit = Recorder()
    client = make_client(circuit=circuit)
    stub.will(answer(503, b""), answer(200, HTML), success(BOOKING, 201), success({"id": 1}))
    read(client)
    client.book(NEW)
    client.me()
    assert circuit.kinds == ["read", "read", "write", "background"]
    assert circuit.outcomes == ["CalcomUnavailable", "CalcomUnreadable", "ok", "ok"]


def test_the_circuit_hears_what_the_headers_say(make_client: MakeClient, stub: Stub) -> None:
    circuit = Recorder()
    client = make_client(circuit=circuit)
    headers = {"X-RateLimit-Remaining-Default": "3", "X-RateLimit-Reset-Default": "37"}
    stub.will(success({}, headers=headers), answer(404, {"message": "x"}, headers), success({}))
    client.slots(7, START, START)
    read(client)
    client.slots(7, START, START)
    assert circuit.headers == [(3, 37), (3, 37)]


@pytest.mark.parametrize("refusal", [CircuitOpen(retry_seconds=9), BudgetSpent(retry_seconds=9)])
def test_a_closed_door_is_told_to_the_caller_and_nothing_is_sent(
    make_client: MakeClient, stub: Stub, attempts: list[Attempt], refusal: CalcomError
) -> None:
    circuit = Recorder()
    circuit.refusal = refusal
    assert book(make_client(circuit=circuit)) is refusal
    assert (stub.requests, attempts) == ([], [])


def test_a_circuit_that_opens_between_two_attempts_ends_the_call(
    make_client: MakeClient, stub: Stub
) -> None:
    circuit = Recorder()
    client = make_client(circuit=circuit)

    def fail_and_open(sock: socket.socket) -> bool:
        circuit.refusal = CircuitOpen()
        return answer(503, b"")(sock)

    stub.will(fail_and_open)
    assert type(read(client)) is CalcomUnavailable
    assert len(stub.requests) == 1


class StockBreaker(CircuitBreaker):
    def note_headers(self, remaining: int, reset_seconds: float) -> None:
        """It knows no budget."""


def test_the_stock_circuit_breaker_fits_around_it(make_client: MakeClient, stub: Stub) -> None:
    breaker = StockBreaker(failure_threshold=3, expected_exception=CalcomFault, name="stock")
    client = make_client(circuit=breaker)
    stub.will(answer(503, b""))
    read(client)
    assert len(stub.requests) == 3
    assert type(read(client)) is CircuitOpen
    assert len(stub.requests) == 3


# -- the observer --


def test_the_observer_hears_of_every_attempt(
    client: CalcomClient, stub: Stub, attempts: list[Attempt]
) -> None:
    stub.will(answer(503, b""), success({}), failure(400, TAKEN))
    client.slots(7, START, START)
    book(client)
    assert [(a.method, a.resource, a.kind, a.status, a.outcome) for a in attempts] == [
        ("GET", "slots", "read", 503, "CalcomUnavailable"),
        ("GET", "slots", "read", 200, "ok"),
        ("POST", "bookings", "write", 400, "SlotTaken"),
    ]
    assert all(0 < attempt.milliseconds < 2_000 for attempt in attempts)


def test_a_failing_observer_does_not_undo_a_booking(
    make_client: MakeClient, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client()

    def fail(_: Attempt) -> None:
        raise RuntimeError("no room in the diary")

    client._transport._observer = fail
    stub.will(success(BOOKING, 201))
    assert client.book(NEW).uid == "a"
    assert "the observer of Cal.com's client failed" in caplog.text


# -- what must never be told --


def test_errors_and_logs_repeat_nothing_of_a_body(
    client: CalcomClient, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    validation = {
        "property": "attendee",
        "children": [
            {
                "property": "phoneNumber",
                "constraints": {"isPhoneNumber": "phoneNumber must be valid"},
                "target": {"name": "Jasmin Weißgerber"},
                "value": "+4917604069012",
            }
        ],
        "value": {"name": "Jasmin Weißgerber"},
    }
    error = {"code": "BadRequestException", "message": "x", "details": {"errors": [validation]}}
    stub.will(answer(400, {"status": "error", "error": error}, {"X-Request-Id": "req-1"}))
    fault = book(client)
    assert isinstance(fault, CalcomRejected)
    assert (fault.field, fault.reason) == ("attendee.phoneNumber", "invalid_field")
    for secret in ("Weißgerber", "+49", "cal_test_key", "must be valid"):
        assert secret not in f"{fault} {fault!r} {vars(fault)} {caplog.text}"
    assert "req-1" in str(fault)
    assert fault.__cause__ is None


def test_uids_and_addresses_in_urls_are_not_logged(
    client: CalcomClient, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    stub.will(answer(404, {"message": "x"}))
    with pytest.raises(CalcomNotFound):
        client.booking("verysecretuid")
    with pytest.raises(CalcomNotFound):
        next(client.bookings(attendee_email="t@example.com"))
    assert "verysecretuid" not in caplog.text
    assert "example.com" not in caplog.text
    assert "cal_test_key" not in repr(client.account)


# -- many at once --


def test_many_threads_share_the_client(client: CalcomClient, stub: Stub) -> None:
    stub.will(success({"d": [{"start": "2026-11-03T13:30:00Z"}]}))
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                assert len(client.slots(7, START, START)) == 1
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert faults == []
    assert len(stub.requests) == 160
    # One for each thread, and now and then one anew.
    assert len({request.connection for request in stub.requests}) <= 20
