"""Requests of this worker that wait for one fetch, whoever is on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from askpro.errors import CalcomError, CalcomUnreachable
from askpro.guards.desk import Fetch

#: Pauses between looks at a fetch of another worker.
_PAUSES = (0.01, 0.02, 0.03, 0.05)
_RENEW_SECONDS = 0.4


class _Flight:
    __slots__ = ("error", "landed", "watched")

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.error: CalcomError | None = None
        self.watched = False


class Flights:
    """One flight per fetch; its name is the token of the fetch's lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight] = {}

    def start(self, token: str) -> None:
        """This worker is on that fetch, and will :meth:`land` it: nobody needs to watch."""
        with self._lock:
            self._flights.setdefault(token, _Flight()).watched = True

    def land(self, token: str, error: CalcomError | None = None) -> None:
        """The fetch of this worker is over: all who wait for it go on, or fail with it."""
        with self._lock:
            flight = self._flights.pop(token, None)
        if flight is not None:
            flight.error = error
            flight.landed.set()

    def wait(self, token: str, until: float, stands: Callable[[], Fetch]) -> CalcomError | None:
        """Waits for a fetch, at the latest until ``until`` (``time.monotonic``).

        Of the requests that wait for another worker's fetch, one looks how it ``stands``; the
        others wait for that one. Returns the error that the fetch met, if it is known.
        """
        with self._lock:
            flight = self._flights.setdefault(token, _Flight())
            watching = not flight.watched
            flight.watched = True
        if not watching:
            flight.landed.wait(max(until - time.monotonic(), 0))
            return flight.error
        try:
            self._watch(flight, until, stands)
        finally:
            with self._lock:
                self._flights.pop(token, None)
            flight.landed.set()
        return flight.error

    @staticmethod
    def _watch(flight: _Flight, until: float, stands: Callable[[], Fetch]) -> None:
        pauses = iter(_PAUSES)
        pause = 0.0
        while (left := until - time.monotonic()) > 0:
            pause = next(pauses, pause)
            if flight.landed.wait(min(pause, left)):
                return
            fetch = stands()
            if fetch == "failed" and not flight.landed.is_set():
                flight.error = CalcomUnreachable("another worker asked Cal.com and got no answer")
            if fetch != "going":
                return


class Keeper:
    """Renews the locks of this worker's fetches that take long.

    ``renew`` is told all of them at once. The thread begins with the first fetch.
    """

    def __init__(self, renew: Callable[[Sequence[tuple[str, str]]], None]) -> None:
        self._renew = renew
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[str, float]] = {}
        self._busy = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, entry: str, token: str) -> None:
        with self._lock:
            self._kept[token] = (entry, time.monotonic())
            self._busy.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="slot-locks", daemon=True)
                self._thread.start()

    def let_go(self, token: str) -> None:
        with self._lock:
            self._kept.pop(token, None)

    def _run(self) -> None:
        while self._busy.wait():
            time.sleep(_RENEW_SECONDS)
            now = time.monotonic()
            with self._lock:
                if not self._kept:
                    self._busy.clear()
                long = [
                    (entry, token)
                    for token, (entry, begun) in self._kept.items()
                    if now - begun >= _RENEW_SECONDS / 2
                ]
            if long:
                self._renew(long)
