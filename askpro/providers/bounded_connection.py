"""Connections whose every wait ends at one instant, as parts for a requests session.

A read timeout counts per ``recv``: a server that drips one byte a second held a call with a timeout
of one second for ten (stack.md §6), and the same is true of its headers. Here the whole answer,
status line to last byte, must arrive within the read timeout; all addresses of a host share the
connect timeout. Only the operating system's name look-up cannot be bounded.

Also remembers whether anything was sent, because that decides whether a write may have happened.
"""

from __future__ import annotations

import functools
import io
import socket
import threading
import time
from http.client import HTTPResponse as PlainResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.response import HTTPResponse

#: What the current thread's exchange has done so far: ``sent`` is true once bytes were handed over.
progress = threading.local()


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until ``until`` (monotonic), whatever the pace of the other side."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedFile:
    """Gives http.client the reader above where it asks a socket for a file."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._sock, self._until))


class _BoundedResponse(PlainResponse):
    def __init__(
        self, sock: socket.socket, *args: Any, until: float, last: bool, **kwargs: Any
    ) -> None:
        super().__init__(_BoundedFile(sock, until), *args, **kwargs)  # type: ignore[arg-type]
        self._last = last

    def begin(self) -> None:
        super().begin()
        self.will_close = self.will_close or self._last


class _Bounded(HTTPConnection):
    """The behaviour of both kinds of connection; ``timeout`` is set by urllib3 before each step.

    Reads may share a connection. A write gets a fresh one and is its last: when a server closes an
    idle connection in the moment a request leaves on it, nobody can tell that from a request that
    was carried out and not answered, and a booking would be of unknown outcome for nothing.
    """

    _answered = False
    _writes = False

    def _new_conn(self) -> socket.socket:
        until = time.monotonic() + float(self.timeout or 0)
        try:
            addresses = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as why:
            raise NameResolutionError(self.host, self, why) from why  # type: ignore[arg-type]
        fault: OSError | None = None
        for tried, (family, kind, protocol, _, address) in enumerate(addresses):
            # A silent address must not use up the time of those after it.
            share = (until - time.monotonic()) / (len(addresses) - tried)
            if share <= 0:
                break
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(share)
                sock.connect(address)
                sock.settimeout(max(until - time.monotonic(), 0.001))
                return sock
            except OSError as why:
                fault = why
                sock.close()
        if fault is None or isinstance(fault, TimeoutError):
            raise ConnectTimeoutError(self, "no address answered in time")
        raise NewConnectionError(self, "no address could be connected to") from fault

    def request(self, method: str, *args: Any, **kwargs: Any) -> None:
        self._writes = method != "GET"
        if self._writes and self._answered:
            self.close()
        super().request(method, *args, **kwargs)

    def close(self) -> None:
        self._answered = False
        super().close()

    def send(self, data: Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        progress.sent = True
        super().send(data)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3 differs from its base
        until = time.monotonic() + float(self.timeout or 0)
        self.response_class: Any = functools.partial(
            _BoundedResponse, until=until, last=self._writes
        )
        response = super().getresponse()
        self._answered = True
        return response


class _BoundedTls(_Bounded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Bounded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTls


class BoundedAdapter(HTTPAdapter):
    """Never retries, never blocks for a free connection."""

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **kwargs: Any
    ) -> None:
        self.poolmanager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, retries=False, **kwargs
        )
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
