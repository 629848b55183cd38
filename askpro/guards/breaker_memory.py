"""Circuits inside one worker: all there is in embedded mode, and the rest while Redis is gone.

Does what scripts/permit.lua and settle.lua do, in Python; one suite of tests covers both.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Any

from askpro.clock import Clock
from askpro.errors import BudgetSpent, CircuitOpen
from askpro.guards.budget import SlidingBudget
from askpro.guards.permits import (
    CLOSED,
    HALF_OPEN,
    OPEN,
    CircuitRules,
    CircuitSnapshot,
    Kind,
    Permit,
    Settlement,
    Transition,
)

_EVENTS = 200
_OUTCOMES = 100


class _Circuit:
    __slots__ = (
        "budget",
        "epoch",
        "failures",
        "lock",
        "opened",
        "opened_at",
        "outcomes",
        "probes",
        "state",
        "successes",
    )

    def __init__(self, rules: CircuitRules) -> None:
        self.lock = threading.Lock()
        self.state = CLOSED
        self.failures = self.successes = self.epoch = 0
        self.opened = 0.0
        self.opened_at: datetime | None = None
        #: Token and end of lease of the probes in flight.
        self.probes: dict[int | str, float] = {}
        self.budget = SlidingBudget(rules)
        self.outcomes: deque[tuple[float, Settlement]] = deque(maxlen=_OUTCOMES)


class MemoryCircuits:
    """``tell`` hears of every transition, after the fact and outside of any lock."""

    def __init__(
        self, rules: CircuitRules, clock: Clock, tell: Callable[[Transition], None]
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._tell = tell
        self._circuits: dict[str, _Circuit] = {}
        self._tokens = itertools.count(1)
        self._events: deque[Transition] = deque(maxlen=_EVENTS)

    def acquire(self, name: str, kind: Kind) -> Permit:
        """Raises :class:`CircuitOpen` or :class:`BudgetSpent`."""
        now = self._clock.monotonic()
        circuit = self._of(name)
        changed = None
        with circuit.lock:
            if circuit.state != CLOSED:
                self._refuse_unless_a_probe_is_due(circuit, now)
            wait = circuit.budget.wait(kind, now)
            if wait > 0:
                raise BudgetSpent(retry_seconds=ceil(wait))
            if circuit.state == OPEN:
                changed = self._change(name, circuit, HALF_OPEN, "", now)
            token = next(self._tokens)
            left = circuit.budget.take(token, now)
            probe = circuit.state == HALF_OPEN
            if probe:
                circuit.probes[token] = now + self._rules.lease_seconds
            permit = Permit(name, kind, token, circuit.epoch, probe, left, False)
        if changed is not None:
            self._tell(changed)
        return permit

    def settle(self, permit: Permit, settlement: Settlement) -> None:
        now = self._clock.monotonic()
        circuit = self._of(permit.circuit)
        outcome = settlement.outcome
        changed = None
        with circuit.lock:
            budget = circuit.budget
            budget.settle(permit.token, now, sent=outcome != "unsent")
            if settlement.blocked_seconds > 0:
                budget.block(now + settlement.blocked_seconds)
            if permit.granted >= 0:
                budget.grant(permit.granted, now + permit.reset_seconds, now)
            if outcome != "unsent":
                circuit.outcomes.appendleft((now, settlement))
            mine = circuit.probes.pop(permit.token, None) is not None
            if circuit.epoch == permit.epoch and outcome in ("success", "failure"):
                changed = self._count(permit, circuit, settlement, mine, now)
        if changed is not None:
            self._tell(changed)

    def _count(
        self, permit: Permit, circuit: _Circuit, settlement: Settlement, mine: bool, now: float
    ) -> Transition | None:
        failed = settlement.outcome == "failure"
        if circuit.state == CLOSED:
            circuit.failures = circuit.failures + 1 if failed else 0
            if circuit.failures >= self._rules.failures:
                return self._change(permit.circuit, circuit, OPEN, settlement.why, now)
        elif circuit.state == HALF_OPEN and mine:
            if failed:
                circuit.failures += 1
                return self._change(permit.circuit, circuit, OPEN, settlement.why, now)
            circuit.successes += 1
            if circuit.successes >= self._rules.successes:
                return self._change(permit.circuit, circuit, CLOSED, "", now)
        return None

    def snapshot(self, name: str) -> CircuitSnapshot:
        now = self._clock.monotonic()
        circuit = self._of(name)
        with circuit.lock:
            retry = 0.0
            if circuit.state == OPEN:
                retry = max(circuit.opened + self._rules.open_seconds - now, 0.0)
            return CircuitSnapshot(
                name,
                circuit.state,
                circuit.failures,
                circuit.successes,
                circuit.opened_at,
                retry,
                circuit.budget.used(now),
                circuit.budget.blocked(now),
                circuit.budget.granted(now),
            )

    def operate(self, name: str, wish: str, why: str) -> None:
        """``wish`` is reset, open or probe (let an open circuit try at once)."""
        now = self._clock.monotonic()
        circuit = self._of(name)
        changed = None
        with circuit.lock:
            if wish == "reset":
                if circuit.state != CLOSED:
                    changed = self._change(name, circuit, CLOSED, why, now)
                circuit.failures = 0
            elif wish == "open":
                changed = self._change(name, circuit, OPEN, why, now)
            elif wish == "probe" and circuit.state == OPEN:
                circuit.opened = now - self._rules.open_seconds
        if changed is not None:
            self._tell(changed)

    def names(self) -> list[str]:
        return list(self._circuits)

    def forget(self, name: str) -> None:
        self._circuits.pop(name, None)

    def events(self, most: int) -> list[Transition]:
        """Newest first."""
        return list(itertools.islice(reversed(tuple(self._events)), most))

    def outcomes(self, name: str, most: int) -> list[dict[str, Any]]:
        """Newest first."""
        now, now_ms = self._clock.monotonic(), self._clock.unix_ms()
        return [
            {
                "at_ms": now_ms - round((now - ended) * 1000),
                "outcome": settlement.outcome,
                "why": settlement.why,
                "latency_ms": settlement.latency_ms,
            }
            for ended, settlement in itertools.islice(tuple(self._of(name).outcomes), most)
        ]

    # -- what Redis said, kept for the moment it goes away --

    def mirror_sent(self, name: str) -> None:
        """A request left with Redis's permit: if Redis goes now, this worker still knows of it."""
        circuit = self._of(name)
        with circuit.lock:
            if circuit.state != CLOSED:
                self._close_quietly(circuit)
            circuit.budget.note(self._clock.monotonic())

    def mirror_open(self, name: str, retry_seconds: float) -> None:
        """Redis says that the circuit is open for so long."""
        circuit = self._of(name)
        with circuit.lock:
            if circuit.state == CLOSED:
                circuit.epoch += 1
                circuit.state = OPEN
                circuit.opened_at = self._clock.now()
            circuit.opened = self._clock.monotonic() + retry_seconds - self._rules.open_seconds

    # -- below; the circuit's lock is held --

    def _of(self, name: str) -> _Circuit:
        circuit = self._circuits.get(name)
        if circuit is None:
            circuit = self._circuits.setdefault(name, _Circuit(self._rules))
        return circuit

    def _refuse_unless_a_probe_is_due(self, circuit: _Circuit, now: float) -> None:
        if circuit.state == OPEN:
            wait = circuit.opened + self._rules.open_seconds - now
            if wait > 0:
                raise CircuitOpen(retry_seconds=ceil(wait))
            return
        for token, end in list(circuit.probes.items()):
            if end <= now:
                del circuit.probes[token]
        if circuit.probes:
            raise CircuitOpen(retry_seconds=1)

    def _change(self, name: str, circuit: _Circuit, after: str, why: str, now: float) -> Transition:
        at = self._clock.now()
        failures = 0 if after == CLOSED else circuit.failures
        transition = Transition(name, circuit.state, after, at, failures, why)
        circuit.state = after
        circuit.epoch += 1
        circuit.successes = 0
        circuit.probes.clear()
        if after == CLOSED:
            circuit.failures, circuit.opened_at = 0, None
        elif after == OPEN:
            circuit.opened, circuit.opened_at = now, at
        self._events.append(transition)
        return transition

    @staticmethod
    def _close_quietly(circuit: _Circuit) -> None:
        circuit.state = CLOSED
        circuit.epoch += 1
        circuit.failures = circuit.successes = 0
        circuit.opened_at = None
        circuit.probes.clear()
