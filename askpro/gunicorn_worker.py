"""gunicorn's threaded worker, with an end to every wait for a client: ``worker_class``.

The stock worker reads a request on the thread that serves it, for as long as the client likes: as
many unfinished uploads as there are threads stop it for good. It also lingers on its main loop, for
two seconds each, with clients that do not hang up after their last answer. Here

- a request has ``request_seconds`` to arrive, head and body together, however steadily it drips;
- a connection on which nothing has come waits in the poller, for nobody's thread;
- at most a quarter of the threads wait for a moment and half of them for slow clients, so that the
  rest always serves;
- a client that takes no answer is given up, and no wait happens on the main loop;
- a body that is not what HTTP calls one is a client that went away, not a fault that quotes it.

gthread's private ``_DEFER`` is used: gunicorn's version is pinned.
"""

from __future__ import annotations

import errno
import select
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

#: Whoever is ready within this time is not slow: a few round trips to another continent.
_AT_ONCE_SECONDS = 0.4
#: For one piece of an answer. An honest client on a poor line takes a page in that time.
_ANSWER_SECONDS = 20.0

_Moved = TypeVar("_Moved", bytes, int)


class Unfinished(NoMoreData):
    """The request did not arrive in time, or too many others are slow already."""


class PatientSocket(socket.socket):
    """A client's connection. Reading is timed from :meth:`begin` on, not from byte to byte.

    It never blocks by itself: what is there is taken at once, and a wait is a poll. A timeout set
    and taken back around every step would be two system calls more, at each of which another thread
    takes the interpreter.
    """

    _moments: threading.Semaphore
    _places: threading.Semaphore
    _has_place = False
    _is_left = False
    _soon = _late = 0.0

    @classmethod
    def in_place_of(
        cls, plain: socket.socket, moments: threading.Semaphore, places: threading.Semaphore
    ) -> PatientSocket:
        """Take a connection over. ``places`` is how many may be slow at the same time, ``moments``
        how many more may be waited for that are not slow yet."""
        patient = cls(plain.family, plain.type, plain.proto, plain.detach())
        patient._moments, patient._places = moments, places
        socket.socket.setblocking(patient, False)
        return patient

    def setblocking(self, _flag: bool, /) -> None:
        """As it is: gunicorn switches to and fro around its own waits."""

    def settimeout(self, _seconds: float | None, /) -> None:
        """As with :meth:`setblocking`: :meth:`begin` has said how long."""

    def begin(self, seconds: float) -> None:
        """A request begins, which has to be here within ``seconds``."""
        now = time.monotonic()
        self._soon, self._late = now + _AT_ONCE_SECONDS, now + seconds

    def end(self) -> None:
        """The thread goes on to another client."""
        if self._has_place:
            self._has_place = False
            self._places.release()

    def leave(self) -> None:
        """Close our side. A client that still sends would lose its answer to a reset: hear it out
        for a moment, here instead of on the main loop."""
        if self._is_left:
            return
        self.begin(_AT_ONCE_SECONDS)
        try:
            self.shutdown(socket.SHUT_WR)
            while time.monotonic() < self._late and self.recv(65_536):
                pass
        except OSError:
            # Hung up, or still sending: gunicorn closes either way.
            return
        finally:
            self._is_left = True

    def recv(self, size: int, flags: int = 0) -> bytes:
        receive = partial(super().recv, size, flags)
        if self._is_left:
            # gunicorn drains what it closes, on its main loop.
            return receive()
        try:
            try:
                return receive()
            except BlockingIOError:
                return self._in_time(receive, select.POLLIN, self._soon, self._late)
        except TimeoutError:
            self._is_left = True
            raise Unfinished from None
        except ConnectionError:
            raise NoMoreData from None

    def sendall(self, data: Any, flags: int = 0) -> None:
        rest = memoryview(data)
        soon = late = 0.0
        while rest:
            send = partial(super().send, rest, flags)
            try:
                sent = send()
            except BlockingIOError:
                now = time.monotonic()
                soon, late = soon or now + _AT_ONCE_SECONDS, late or now + _ANSWER_SECONDS
                try:
                    sent = self._in_time(send, select.POLLOUT, soon, late)
                except TimeoutError:
                    message = "the client takes no answer"
                    raise BrokenPipeError(errno.EPIPE, message) from None
            rest = rest[sent:]

    def _in_time(self, do: Callable[[], _Moved], event: int, soon: float, late: float) -> _Moved:
        if not self._has_place and self._moments.acquire(blocking=False):
            try:
                return self._until(soon, do, event)
            except TimeoutError:
                if late <= soon:
                    raise
            finally:
                self._moments.release()
        if late <= soon or not self._takes_place():
            raise TimeoutError
        return self._until(late, do, event)

    def _until(self, ends: float, do: Callable[[], _Moved], event: int) -> _Moved:
        waiting = select.poll()
        waiting.register(self, event)
        while (left := ends - time.monotonic()) > 0:
            if waiting.poll(left * 1000):
                try:
                    return do()
                except BlockingIOError:
                    # Woken for nothing, as may happen.
                    continue
        raise TimeoutError

    def _takes_place(self) -> bool:
        self._has_place = self._has_place or self._places.acquire(blocking=False)
        return self._has_place


class _Reader:
    """A body's reader. What it reads may be anything: its complaints name and quote it."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def read(self, size: int) -> bytes:
        try:
            read: bytes = self._reader.read(size)
        except ParseException:
            raise NoMoreData from None
        return read


class PatientWorker(ThreadWorker):
    """Set ``request_seconds`` before it runs."""

    request_seconds = 5.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._moments = threading.Semaphore(max(1, self.cfg.threads // 4))
        self._places = threading.Semaphore(max(1, self.cfg.threads // 2))

    def enqueue_req(self, conn: TConn) -> None:
        """Every request comes by here, on the main loop."""
        if not isinstance(conn.sock, PatientSocket) and not self.cfg.is_ssl:
            conn.sock = PatientSocket.in_place_of(conn.sock, self._moments, self._places)
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """On a thread: True keeps the connection, ``_DEFER`` waits for its first byte."""
        client = conn.sock
        if not isinstance(client, PatientSocket):
            return super().handle(conn)
        if not conn.initialized and not conn.wait_for_data(0):
            return _DEFER
        client.begin(self.request_seconds)
        kept = False
        try:
            kept = super().handle(conn)
        finally:
            if not kept:
                client.leave()
            client.end()
        return kept

    def handle_request(self, req: Any, conn: TConn) -> Any:
        req.body.reader = _Reader(req.body.reader)
        return super().handle_request(req, conn)
