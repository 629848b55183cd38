"""Requests of this worker that wait for one fetch, whoever is on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from askpro.errors import CalcomError, CalcomUnreachable
from askpro.guards.desk import Fetch

#: Pauses between looks at a fetch of another worker.
_PAUSES = (0.01, 0.02, 0.03, 0.05)


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
