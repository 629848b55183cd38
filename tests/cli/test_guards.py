"""``flask breaker`` and ``flask limits``: in cluster mode on Redis, else on the running gateway."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.exc import OperationalError

from askpro.cli import guards as commands
from askpro.clock import Clock
from askpro.errors import RateLimited
from askpro.guards import PLATFORM, Guards
from askpro.guards.permits import Settlement
from askpro.settings import Settings
from askpro.store.models import AuditEntry
from tests.reference import ROOT
from tests.servers.gateway import Gateway
from tests.servers.ports import free_port
from tests.servers.redis import OwnRedis

Run = Callable[..., Result]


@pytest.fixture
def cluster(redis_url: str, settings: Callable[..., Settings]) -> Iterator[Guards]:
    made = Guards(settings(redis_url=redis_url, redis_timeout_seconds=5.0), Clock())
    yield made
    made.close()


@dataclass
class _Audit:
    """A database of which only the audit is written."""

    kept: list[tuple[str, str | None, int | None]] = field(default_factory=list)
    is_away: bool = False

    @contextmanager
    def unrestricted_unsafe(self, *, write: bool) -> Iterator[_Audit]:
        if self.is_away:
            raise OperationalError("INSERT", {}, Exception("away"))
        yield self

    def add(self, entry: AuditEntry) -> None:
        self.kept.append((entry.action, entry.target, entry.company_id))


def running(guards: Guards, audit: _Audit | None = None) -> Run:
    """``run("breaker", "status")`` as ``flask breaker status`` would."""
    app = Flask("small")
    app.extensions["askpro"] = SimpleNamespace(
        settings=guards.settings, guards=guards, clock=Clock(), database=audit or _Audit()
    )
    commands.register(app)
    return lambda *words: app.test_cli_runner().invoke(args=words)


def break_it(guards: Guards) -> None:
    for _ in range(5):
        guards.circuits.settle(guards.circuits.acquire(PLATFORM, "read"), Settlement("failure"))


def ask(guards: Guards, times: int, call: str = "call_a") -> None:
    for _ in range(times):
        try:
            guards.begin_call(15, call, "check_availability", "function")
        except RateLimited:
            return


@pytest.mark.parametrize("command", ["status", "reset"])
def test_a_circuit_that_nobody_used_is_refused_and_not_made(cluster: Guards, command: str):
    run = running(cluster)
    done = run("breaker", command, "calcom_appi")
    said = "Error: No circuit 'calcom_appi' was used; there are calcom_api.\n"
    assert (done.exit_code, done.output) == (1, said)
    assert cluster.circuits.names() == [PLATFORM]


def test_breaker_status_says_how_every_circuit_stands(cluster: Guards):
    run = running(cluster)
    assert run("breaker", "status").output == "calcom_api: closed, failures 0/5\n"
    break_it(cluster)
    assert run("breaker", "status").output == "calcom_api: open, failures 5/5, next try in 60 s\n"
    [status] = json.loads(run("breaker", "status", "--json").output)
    assert (status["service"], status["state"]) == ("calcom_api", "open")


def test_breaker_reset_closes_it(cluster: Guards):
    break_it(cluster)
    assert running(cluster)("breaker", "reset").stdout == "calcom_api: closed, failures 0/5\n"
    assert cluster.circuits.acquire(PLATFORM, "read").probe is False


def test_what_is_done_by_command_is_in_the_audit(cluster: Guards):
    audit = _Audit()
    run = running(cluster, audit)
    break_it(cluster)
    cluster.circuits.force_open("calcom_api:20")
    ask(cluster, 12)
    for words in (("breaker", "reset"), ("breaker", "reset"), *[("limits", "clear", "call_a")] * 2):
        assert run(*words).exit_code == 0
    assert audit.kept == [
        ("breaker_reset", "calcom_api", None),
        ("breaker_reset", "calcom_api:20", 20),
        ("call_unblocked", "call_a", 15),
    ]


def test_without_a_database_it_is_done_and_said(cluster: Guards):
    break_it(cluster)
    done = running(cluster, _Audit(is_away=True))("breaker", "reset", "calcom_api")
    assert (done.exit_code, cluster.circuits.status()[0]["state"]) == (0, "closed")
    assert "the audit does not say so" in done.stderr


def test_limits_show_and_clear_a_call(cluster: Guards):
    run = running(cluster)
    assert run("limits", "show", "call_a").output == "call_a: nothing is counted\n"
    ask(cluster, 3)
    assert run("limits", "show", "call_a").output == (
        "call_a of company 15: in two hours 3/50, in a minute 3/20, check_availability 3/10\n"
    )
    ask(cluster, 9)
    assert run("limits", "show", "call_a").output == (
        "call_a of company 15: silent for 300 s (function)\n"
    )
    assert json.loads(run("limits", "show", "call_a", "--json").output)["found"] is True
    assert run("limits", "clear", "call_a").output == "call_a: cleared\n"
    assert run("limits", "clear", "call_a").output == "call_a: nothing to clear\n"


def test_a_redis_that_is_gone_is_said_and_not_covered_up(
    own_redis: OwnRedis, settings: Callable[..., Settings]
):
    guards = Guards(settings(redis_url=own_redis.url), Clock())
    own_redis.stop()
    outcome = running(guards)("breaker", "status")
    assert outcome.exit_code == 1
    assert "Redis does not answer" in outcome.output
    guards.close()


def test_without_a_running_gateway_embedded_mode_says_so(settings: Callable[..., Settings]):
    guards = Guards(settings(port=free_port()), Clock())
    outcome = running(guards)("limits", "show", "call_a")
    assert outcome.exit_code == 1
    assert "No gateway of this installation answers" in outcome.output


@pytest.mark.slow
@pytest.mark.on("sqlite")
def test_in_embedded_mode_the_running_gateway_is_asked(gateway: Callable[..., Gateway]):
    running_one = gateway()

    def flask(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", *words],
            env={**os.environ, **running_one.environ},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    assert flask("breaker", "status") == "calcom_api: closed, failures 0/5\n"
    assert flask("breaker", "reset", "--json").startswith('[{"service": "calcom_api"')
    assert flask("limits", "clear", "call_a") == "call_a: nothing to clear\n"
