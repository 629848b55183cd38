"""The circuits of all Cal.com accounts, and the budget behind each: one permit covers both.

``calcom_api`` is the platform's account, ``calcom_api:<company>`` one of a company's own key, so
that one company's bad key stops only that company. Knows two stores and when to ask which. A
request costs two round trips to Redis, and the second one rides along with the next question.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from math import ceil
from typing import Any

from askpro.clock import Clock
from askpro.errors import CircuitOpen
from askpro.guards.breaker import SharedCircuitBreaker
from askpro.guards.breaker_memory import MemoryCircuits
from askpro.guards.breaker_redis import RedisCircuits, sent_while_alone
from askpro.guards.listeners import tell
from askpro.guards.permits import (
    OPEN,
    CircuitRules,
    CircuitSnapshot,
    Kind,
    Permit,
    Settlement,
    Transition,
)
from askpro.guards.redis_link import RedisLink, Send

log = logging.getLogger(__name__)

PLATFORM = "calcom_api"
#: Circuits that ``flask doctor`` tries and forgets again: nobody is told of them.
TRIAL_PREFIX = "doctor:"
_REMEMBERED = 10_000

#: Permits that came along with other answers and wait for the request they are for.
_carried: ContextVar[tuple[Permit, ...]] = ContextVar("carried_permits", default=())


def circuit_name(company: int | None) -> str:
    """The circuit of a company with a key of its own; None = the platform's key."""
    return PLATFORM if company is None else f"{PLATFORM}:{company}"


class Circuits:
    """``workers``: the processes among which the budget is divided while Redis is gone."""

    def __init__(
        self, link: RedisLink, rules: CircuitRules, clock: Clock, *, workers: int = 1
    ) -> None:
        self.rules = rules
        self._link = link
        self._shared = RedisCircuits(link, rules, self._tell)
        alone = rules.share(workers) if link.configured else rules
        self._alone = MemoryCircuits(alone, clock, self._tell)
        self._breakers: dict[str, SharedCircuitBreaker] = {}
        self._listeners: list[Callable[[Transition], None]] = []
        #: Account and monotonic time of what left without Redis's knowledge.
        self._unknown_to_redis: deque[tuple[str, float]] = deque(maxlen=_REMEMBERED)
        link.on_return(self._report_what_was_sent)

    def of(self, name: str) -> SharedCircuitBreaker:
        """The one breaker of that circuit in this process: a decorator for its sending place."""
        breaker = self._breakers.get(name)
        if breaker is None:
            breaker = self._breakers.setdefault(name, SharedCircuitBreaker(name, self))
        return breaker

    # -- permits --

    def acquire(self, name: str, kind: Kind) -> Permit:
        """Leave for one request. Raises :class:`CircuitOpen` or :class:`BudgetSpent` without one.

        A permit that came along with another answer (:meth:`carry`) is used up first.
        """
        for permit in _carried.get():
            if permit.circuit == name and permit.kind == kind:
                _put_down(permit)
                return permit
        if not self._link.usable:
            return self.acquire_alone(name, kind)
        return self._link.either(
            lambda: self.mirrored(name, lambda: self._shared.acquire(name, kind)),
            lambda: self.acquire_alone(name, kind),
        )

    def mirrored(self, name: str, ask: Callable[[], Permit]) -> Permit:
        """What Redis answers to ``ask``, remembered in case Redis goes away right after."""
        try:
            permit = ask()
        except CircuitOpen as refusal:
            self._alone.mirror_open(name, refusal.retry_seconds)
            raise
        self._alone.mirror_sent(name)
        return permit

    def acquire_alone(self, name: str, kind: Kind) -> Permit:
        """As :meth:`acquire`, without Redis."""
        permit = self._alone.acquire(name, kind)
        if self._link.configured:
            self._unknown_to_redis.append((name, permit.begun))
        return permit

    def settle(self, permit: Permit, settlement: Settlement) -> None:
        """What became of it. Belongs to the store that gave the permit, or to none."""
        if not permit.shared:
            self._alone.settle(permit, settlement)
            return
        # Only what changes a decision of others is told at once.
        at_once = (
            settlement.outcome == "failure"
            or permit.probe
            or permit.granted >= 0
            or settlement.blocked_seconds > 0
        )
        self._link.either(
            lambda: self._shared.settle(permit, settlement, at_once=at_once), lambda: None
        )

    def carry(self, permit: Permit | None) -> None:
        """Keeps a permit for the next request of its circuit and kind in this thread."""
        if permit is not None:
            _carried.set((*_carried.get(), permit))

    def give_back(self, permit: Permit | None = None) -> None:
        """Gives back what nobody used: this permit, or all that are carried in this thread."""
        for each in _carried.get():
            if permit is None or each is permit:
                _put_down(each)
                self.settle(each, Settlement("unsent"))

    @property
    def shared(self) -> RedisCircuits:
        """For the scripts of other guards that acquire a permit on the way."""
        return self._shared

    # -- for operators, health and the dashboard --

    def status(self, name: str | None = None) -> list[dict[str, Any]]:
        """Every circuit that was ever used, or one, as rules.md §10 wants it."""
        return [self._as_status(snapshot) for snapshot in self.snapshots(name)]

    def snapshots(self, name: str | None = None) -> list[CircuitSnapshot]:
        names = [name] if name is not None else self.names()
        return self._link.either(
            lambda: self._shared.snapshots(names),
            lambda: [self._alone.snapshot(each) for each in names],
        )

    def names(self) -> list[str]:
        known = self._link.either(self._shared.names, self._alone.names)
        return sorted({PLATFORM, *(name for name in known if not _is_trial(name))})

    def events(self, most: int = 50) -> list[Transition]:
        """The latest transitions of all circuits, newest first."""
        events = self._link.either(
            lambda: self._shared.events(most), lambda: self._alone.events(most)
        )
        return [event for event in events if not _is_trial(event.service)]

    def outcomes(self, name: str = PLATFORM, most: int = 50) -> list[dict[str, Any]]:
        """The latest requests of one circuit, newest first: at_ms, outcome, why, latency_ms."""
        return self._link.either(
            lambda: self._shared.outcomes(name, most), lambda: self._alone.outcomes(name, most)
        )

    def reset(self, name: str | None = None, *, why: str = "operator") -> list[dict[str, Any]]:
        """Closes one circuit, or all that are not closed; answers their status afterwards."""
        names = [name] if name is not None else self.names()
        for each in names:
            self._operate(each, "reset", why)
        return self.status(name)

    def force_open(self, name: str, *, why: str = "operator") -> None:
        """Opens it as if its failures had."""
        self._operate(name, "open", why)

    def probe(self, name: str) -> None:
        """Lets an open circuit try now instead of after its seconds."""
        self._operate(name, "probe", "operator")

    def forget(self, name: str) -> None:
        """Leaves no trace of a circuit that was only tried."""
        self._breakers.pop(name, None)
        self._alone.forget(name)
        self._link.either(lambda: self._shared.forget(name), lambda: None)

    def on_transition(self, listener: Callable[[Transition], None]) -> None:
        """``listener`` runs once per transition, in the worker whose request caused it."""
        self._listeners.append(listener)

    # -- below --

    def _operate(self, name: str, wish: str, why: str) -> None:
        self._link.either(
            lambda: self._shared.operate(name, wish, why),
            lambda: self._alone.operate(name, wish, why),
        )

    def _as_status(self, snapshot: CircuitSnapshot) -> dict[str, Any]:
        return {
            "service": snapshot.service,
            "state": snapshot.state,
            "failure_count": snapshot.failures,
            "failure_threshold": self.rules.failures,
            "success_count": snapshot.successes,
            "opened_at": snapshot.opened_at.isoformat() if snapshot.opened_at else None,
            "seconds_until_retry": ceil(snapshot.retry_seconds),
        }

    def _tell(self, change: Transition) -> None:
        if _is_trial(change.service):
            return
        level = logging.WARNING if change.after == OPEN else logging.INFO
        log.log(
            level,
            "Circuit %s: %s -> %s after %d failures %s",
            change.service,
            change.before,
            change.after,
            change.failures,
            change.why,
            extra={"circuit": change.service, "state": change.after},
        )
        tell(self._listeners, change)

    def _report_what_was_sent(self, send: Send, outage: bool) -> None:
        """Redis is back: requests of the last window that it does not know of still count."""
        now = time.monotonic()
        sent: dict[str, list[float]] = {}
        while self._unknown_to_redis:
            name, begun = self._unknown_to_redis.popleft()
            age = now - begun
            if age < self.rules.window_seconds:
                # One that may still be on its way counts as leaving now.
                sent.setdefault(name, []).append(0.0 if age < self.rules.lease_seconds else age)
        if sent:
            [(seconds, micros)] = send([("TIME",)])
            now_ms = int(seconds) * 1000 + int(micros) // 1000
            window_ms = round(self.rules.window_seconds * 1000)
            for name, ages in sent.items():
                send(sent_while_alone(name, ages, now_ms, window_ms))


def _is_trial(name: str) -> bool:
    return name.startswith(TRIAL_PREFIX)


def _put_down(permit: Permit) -> None:
    _carried.set(tuple(each for each in _carried.get() if each is not permit))
