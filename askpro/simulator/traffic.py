"""Callers that keep coming: so many a minute, never more at once than the house can hold."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence

from askpro.simulator.caller import CallResult, play
from askpro.simulator.cast import Company
from askpro.simulator.line import Connection
from askpro.simulator.scenarios import SCENARIOS

MOST_AT_ONCE = 8


class Traffic:
    """Start and stop it; every finished call is told to ``listener`` (from the caller's thread)."""

    def __init__(
        self,
        connection: Connection,
        companies: Sequence[Company],
        calls_per_minute: float,
        listener: Callable[[CallResult], None],
        *,
        seed: int | None = None,
    ) -> None:
        self._connection = connection
        self._companies = list(companies)
        self._pause = 60 / calls_per_minute
        self._listener = listener
        self._dice = random.Random(seed)
        self._stopping = threading.Event()
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self._calls: list[threading.Thread] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """No new calls; wait so long for those under way."""
        self._stopping.set()
        deadline = time.monotonic() + seconds
        for thread in (self._thread, *self._calls):
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while not self._stopping.is_set():
            # Somebody who finds all places taken does not ring: load is bounded, not queued.
            if self._places.acquire(blocking=False):
                scenario, company, seed = self._next()
                thread = threading.Thread(
                    target=self._call, args=(scenario, company, seed), daemon=True
                )
                self._calls = [t for t in self._calls if t.is_alive()] + [thread]
                thread.start()
            self._stopping.wait(self._pause * self._dice.uniform(0.6, 1.4))

    def _next(self) -> tuple[str, Company, int]:
        names = [name for name, what in SCENARIOS.items() if what.weight]
        weights = [SCENARIOS[name].weight for name in names]
        [name] = self._dice.choices(names, weights)
        elsewhere = SCENARIOS[name].other_company
        company = self._companies[-1] if elsewhere else self._dice.choice(self._companies)
        return name, company, self._dice.randrange(2**31)

    def _call(self, scenario: str, company: Company, seed: int) -> None:
        try:
            result = play(
                scenario,
                self._connection,
                self._companies,
                company=company,
                seed=seed,
            )
        finally:
            self._places.release()
        self._listener(result)
