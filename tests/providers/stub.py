"""A server on loopback that answers exactly as it is told, down to single bytes and resets.

Not the simulator: it knows nothing of Cal.com. ``stub.will(...)`` queues what happens to the next
requests; the last thing queued happens to all later ones.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """A request as it came in. ``connection`` numbers the connection it came on."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[socket.socket], bool]
"""Answers on the socket; True when the connection may be used again."""


def answer(status: int = 200, body: Any = None, headers: dict[str, str] | None = None) -> Behaviour:
    """A complete answer; a body that is not bytes is sent as JSON."""

    def behave(sock: socket.socket) -> bool:
        sock.sendall(_message(status, body, headers))
        return True

    return behave


def success(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    return answer(status, {"status": "success", "data": data}, headers)


def failure(status: int, message: str, code: str = "BadRequestException") -> Behaviour:
    """Cal.com's error envelope."""
    error = {"code": code, "message": message, "details": {"message": message}}
    return answer(status, {"status": "error", "path": "/v2/x", "error": error})


def drip(message: bytes, seconds: float = 0.05) -> Behaviour:
    """One byte, then a pause, then the next."""

    def behave(sock: socket.socket) -> bool:
        for position in range(len(message)):
            sock.sendall(message[position : position + 1])
            time.sleep(seconds)
        return False

    return behave


def hang(seconds: float = 5.0) -> Behaviour:
    """Nothing at all, until the other side goes away."""

    def behave(sock: socket.socket) -> bool:
        sock.settimeout(seconds)
        with suppress(OSError):
            sock.recv(1)
        return False

    return behave


def reset(after: bytes = b"") -> Behaviour:
    """``after``, then a TCP reset."""

    def behave(sock: socket.socket) -> bool:
        if after:
            sock.sendall(after)
            time.sleep(0.05)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return behave


def close(after: bytes = b"") -> Behaviour:
    """``after``, then an orderly end of the connection."""

    def behave(sock: socket.socket) -> bool:
        sock.sendall(after)
        return False

    return behave


def _message(status: int, body: Any, headers: dict[str, str] | None = None) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    shown = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(raw))}
    shown |= headers or {}
    head = "".join(f"{name}: {value}\r\n" for name, value in shown.items() if value)
    return f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + raw


message = _message


@dataclass
class Stub:
    port: int
    requests: list[Request] = field(default_factory=list)
    script: list[Behaviour] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> Request:
        return self.requests[-1]

    def will(self, *behaviours: Behaviour) -> None:
        self.script[:] = behaviours

    def next_behaviour(self, request: Request) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def stub_server(tls: ssl.SSLContext | None = None) -> Iterator[Stub]:
    """A running stub; with ``tls`` it speaks HTTPS (``stub.url`` says http all the same)."""
    listener = socket.create_server(("127.0.0.1", 0))
    stub = Stub(listener.getsockname()[1])
    open_sockets: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                sock, _ = listener.accept()
                open_sockets.append(sock)
                number = len(open_sockets)
                threading.Thread(
                    target=_converse, args=(stub, sock, number, tls), daemon=True
                ).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield stub
    finally:
        # A blocked accept does not notice that its socket was closed elsewhere.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for sock in open_sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _converse(stub: Stub, sock: socket.socket, number: int, tls: ssl.SSLContext | None) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(OSError):
        sock = tls.wrap_socket(sock, server_side=True) if tls else sock
        with sock, sock.makefile("rb") as received:
            while request := _read(received, number):
                if not stub.next_behaviour(request)(sock):
                    return


def _read(received: Any, number: int) -> Request | None:
    first = received.readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while (line := received.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = received.read(int(headers.get("content-length", "0")))
    return Request(first[0], first[1], headers, body, number)
