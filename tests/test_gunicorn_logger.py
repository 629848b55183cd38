"""What a real gunicorn writes about a caller: JSON lines, and nothing about the caller."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.leash import Leash
from tests.servers.ports import free_port
from tests.telling_app import CANARIES, KEY, MAIL, NAME, PHONE

pytestmark = pytest.mark.slow

_REQUESTS = (
    f"GET /tells?phone={PHONE}&who={NAME} HTTP/1.1\r\nHost: x\r\nReferer: https://x/{MAIL}\r\n"
    f"User-Agent: {NAME}\r\nAuthorization: Bearer {KEY}\r\nCookie: session={KEY}\r\n",
    f"GET /fails?{NAME} HTTP/1.1\r\nHost: x\r\nX-Name: {NAME}\r\n",
    f"GET /calls/{PHONE}/{MAIL} HTTP/1.1\r\nHost: x\r\n",
    f"GET /{NAME} is no request line HTTP/1.1\r\n",
    f"{NAME}\r\n",
    f"GET / HTTP/{NAME}\r\n",
    f"GET / HTTP/1.1\r\nHost: x\r\n{NAME} {MAIL}\r\n",
    f"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {NAME}\r\n",
    f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {NAME}\r\n",
    f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{NAME}\r\n",
)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    folder = tmp_path_factory.mktemp("gunicorn")
    leash = Leash()
    try:
        yield _told(leash, folder)
    finally:
        leash.close()


def _told(leash: Leash, folder: Path) -> list[str]:
    """Everything that a gunicorn wrote at DEBUG while it served the requests above."""
    port, log = free_port(), folder / "gunicorn.log"
    config = folder / "gunicorn.conf.py"
    config.write_text(
        "logger_class = 'askpro.gunicorn_logger.GunicornLogger'\n"
        f"bind = '127.0.0.1:{port}'\n"
        "worker_class, threads, loglevel = 'gthread', 2, 'debug'\n"
        "accesslog, control_socket_disable = '-', True\n"
    )
    process = leash.start(
        [sys.executable, "-m", "gunicorn", "--config", config, "tests.telling_app:app"],
        log=log,
        cwd=Path(__file__).parent.parent,
    )
    for request in ("GET /ready HTTP/1.1\r\nHost: x\r\n", *_REQUESTS):
        _send(port, request)
    leash.stop(process)
    return log.read_text(encoding="utf-8").splitlines()


def _send(port: int, request: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(f"{request}Connection: close\r\n\r\n".encode())
                while connection.recv(65536):
                    pass
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_every_line_is_json_with_time_level_and_logger(lines: list[str]) -> None:
    for line in lines:
        record = json.loads(line)
        assert {"time", "level", "logger", "message"} <= record.keys(), line
        assert record["time"].endswith("Z")


def test_no_line_tells_who_called(lines: list[str]) -> None:
    text = [line.lower() for line in lines]
    assert [(c, line) for c in CANARIES for line in text if c.lower() in line] == []


def test_nothing_that_was_told_is_missing(lines: list[str]) -> None:
    told = [json.loads(line) for line in lines]
    messages = " ".join(str(record["message"]) for record in told)
    expected = [
        "f-string", "arguments", "named", "escaped", "bytes", "extra", "objects", "numbers",
        "too few", "too many", "not a number", "no text", "half a letter", "failed for", "stack",
        "uncaught exception in a thread", "could not be raised", "begun and ended", "query failed",
        "root", "Booting worker", "api.cal.com", "old number",
    ]  # fmt: skip
    assert [word for word in expected if word not in messages] == []
    assert any("ValueError: chained [EMAIL_REDACTED]" in str(r.get("exc_info")) for r in told)


def test_lines_of_a_request_carry_its_ids(lines: list[str]) -> None:
    (record,) = (r for r in map(json.loads, lines) if r["message"].startswith("f-string"))
    assert (record["request_id"], record["call_id"], record["company_id"]) == ("r-1", "call_1", 15)


def test_the_access_line_has_method_path_status_and_time(lines: list[str]) -> None:
    access = [r for r in map(json.loads, lines) if r["logger"] == "gunicorn.access"]
    messages = [record["message"] for record in access]
    assert "GET /tells 200" in messages
    assert "GET /calls/[PHONE_REDACTED]/[EMAIL_REDACTED] 200" in messages
    assert all(isinstance(record["ms"], float) for record in access)
    assert not any("?" in message for message in messages)


def _records(lines: list[str], logger: str) -> list[dict[str, Any]]:
    return [r for r in map(json.loads, lines) if r["logger"] == logger]


def test_malformed_requests_are_named_but_not_quoted(lines: list[str]) -> None:
    warnings = [r["message"] for r in _records(lines, "gunicorn.error") if r["level"] == "WARNING"]
    assert any("Invalid HTTP request line" in message for message in warnings)
    assert any("Invalid HTTP Version" in message for message in warnings)
