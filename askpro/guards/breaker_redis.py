"""Circuits in Redis: one script, one round trip, one truth for all workers.

The rules are in scripts/permit.lua; here is how they are asked. Every method raises
:class:`~askpro.guards.redis_link.RedisGone` when Redis cannot be asked.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import orjson

from askpro import trace
from askpro.errors import BudgetSpent, CircuitOpen
from askpro.guards.permits import (
    OPEN,
    CircuitRules,
    CircuitSnapshot,
    Kind,
    Permit,
    Settlement,
    Transition,
    instant,
)
from askpro.guards.redis_link import RedisLink
from askpro.guards.redis_script import Command, Script

PREFIX = "circuit_breaker:"
BUDGET_PREFIX = "calcom_budget:"
_ACQUIRE = Script.of("now", "permit", "acquire")
_SETTLE = Script.of("now", "permit", "settle")
_OPERATE = Script.of("now", "permit", "operate")
_STATUS = Script.of("now", "permit", "circuit_status")


class RedisCircuits:
    """``tell`` hears of the transitions that this worker's requests caused."""

    def __init__(
        self, link: RedisLink, rules: CircuitRules, tell: Callable[[Transition], None]
    ) -> None:
        self._link = link
        self._rules = rules
        self._tell = tell

    def acquire(self, name: str, kind: Kind) -> Permit:
        """Raises :class:`CircuitOpen` or :class:`BudgetSpent`."""
        token = new_token()
        args = (token, self._rules.reserves[kind], self._rules.as_json)
        reply = self._link.run(_ACQUIRE, [PREFIX + name], args)
        return self.read_acquired(name, kind, token, reply)

    def read_acquired(self, name: str, kind: Kind, token: str, reply: list[Any]) -> Permit:
        if reply[0] != b"ok":
            refusal = CircuitOpen if reply[0] == b"open" else BudgetSpent
            raise refusal(retry_seconds=ceil(reply[1] / 1000))
        _, epoch, probe, left, _, changed = reply
        if changed:
            self._tell(_transition(name, changed))
        return Permit(name, kind, token, epoch, bool(probe), left, True)

    def settle(self, permit: Permit, settlement: Settlement, *, at_once: bool) -> None:
        """``at_once`` false: it rides along with this thread's next question to Redis."""
        told = {
            "token": permit.token,
            "epoch": permit.epoch,
            "outcome": settlement.outcome,
            "why": settlement.why,
            "latency_ms": settlement.latency_ms,
            "blocked_ms": round(settlement.blocked_seconds * 1000),
            "granted": permit.granted,
            "reset_ms": round(permit.reset_seconds * 1000),
        }
        args = (orjson.dumps(told), self._rules.as_json)
        keys = [PREFIX + permit.circuit]
        if not at_once:
            self._link.soon(_SETTLE.command(keys, args))
            return
        changed = self._link.run(_SETTLE, keys, args)
        if changed:
            self._tell(_transition(permit.circuit, changed))

    def snapshots(self, names: list[str]) -> list[CircuitSnapshot]:
        """All of them in one round trip."""
        rules = self._rules.as_json
        replies = self._link.ask(*(_STATUS.command([PREFIX + name], [rules]) for name in names))
        return [_snapshot(name, reply) for name, reply in zip(names, replies, strict=True)]

    def operate(self, name: str, wish: str, why: str) -> None:
        changed = self._link.run(_OPERATE, [PREFIX + name], (wish, why, self._rules.as_json))
        if changed:
            self._tell(_transition(name, changed))

    def names(self) -> list[str]:
        [members] = self._link.ask(("SMEMBERS", PREFIX + "names"))
        return sorted(member.decode() for member in members)

    def forget(self, name: str) -> None:
        """Deletes every key of the circuit and of the budget behind it."""
        circuit = ("state", "failures", "successes", "opened_at", "inside", "probes", "outcomes")
        budget = ("sent", "blocked_until", "granted")
        keys = [f"{PREFIX}{name}:{part}" for part in circuit]
        keys += [f"{BUDGET_PREFIX}{name}:{part}" for part in budget]
        self._link.ask(("DEL", *keys), ("SREM", PREFIX + "names", name))

    def events(self, most: int) -> list[Transition]:
        """Newest first."""
        [rows] = self._link.ask(("LRANGE", PREFIX + "events", 0, most - 1))
        return [_told(orjson.loads(row)) for row in rows]

    def outcomes(self, name: str, most: int) -> list[dict[str, Any]]:
        """Newest first."""
        [rows] = self._link.ask(("LRANGE", f"{PREFIX}{name}:outcomes", 0, most - 1))
        return [orjson.loads(row) for row in rows]


def new_token() -> str:
    return trace.new_id(64)


def sent_while_alone(circuit: str, ages: list[float], now_ms: int, window_ms: int) -> list[Command]:
    """Tells Redis of requests that left while it was gone; ``ages`` in seconds."""
    key = f"{BUDGET_PREFIX}{circuit}:sent"
    entries = [
        part for age in ages for part in (now_ms - round(age * 1000), f"alone-{new_token()}")
    ]
    return [("ZADD", key, *entries), ("PEXPIRE", key, window_ms)]


def _transition(name: str, changed: list[Any]) -> Transition:
    before, after, at_ms, failures, why = changed
    return Transition(name, before.decode(), after.decode(), instant(at_ms), failures, why.decode())


def _told(row: dict[str, Any]) -> Transition:
    return Transition(
        row["service"],
        row["from"],
        row["to"],
        instant(row["at_ms"]),
        int(row["failures"]),
        row["why"],
    )


def _snapshot(name: str, reply: list[Any]) -> CircuitSnapshot:
    state, failures, successes, opened_ms, wait_ms, used, blocked_ms, granted = reply
    return CircuitSnapshot(
        name,
        state.decode(),
        failures,
        successes,
        instant(opened_ms) if opened_ms else None,
        wait_ms / 1000 if state.decode() == OPEN else 0.0,
        used,
        blocked_ms / 1000,
        granted if granted >= 0 else None,
    )
