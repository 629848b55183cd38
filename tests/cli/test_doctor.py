"""``flask doctor`` against the gateway as it runs in production."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from askpro.cli.doctor import doctor as doctor_command
from askpro.settings import Settings
from tests.faults.cluster import cluster
from tests.reference import ROOT
from tests.servers.gateway import Gateway
from tests.servers.leash import Leash
from tests.servers.ports import free_port

KEYS = {
    "retell_api_key": "key_of_the_doctor",
    "calcom_api_key": "cal_of_the_doctor",
    "calcom_webhook_secret": "secret of the doctor",
}
StartGateway = Callable[..., Gateway]


def doctor(gateway: Gateway, *words: str) -> tuple[int, Any]:
    """(exit code, findings by check)."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "doctor", "--json", *words],
        env={**os.environ, **gateway.environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stdout, done.stderr
    return done.returncode, {each["check"]: each for each in json.loads(done.stdout)}


def ill(findings: dict[str, Any]) -> list[Any]:
    return [each for each in findings.values() if not each["ok"]]


@pytest.mark.slow
@pytest.mark.on("sqlite")
def test_a_healthy_gateway_of_one_process_is_healthy(gateway: StartGateway):
    running = gateway(**KEYS)
    code, findings = doctor(running)
    assert not ill(findings)
    assert code == 0
    assert {name for name, each in findings.items() if not each["tried"]} == {
        "row level security",
        "Redis answers",
        "companies can be called and booked",  # There is none yet.
    }
    again, _ = doctor(running, "--url", running.url)
    assert again == 0, "a second look within the minute is not limited by the first"
    assert "3456789" not in running.output()


@pytest.mark.slow
@pytest.mark.on("sqlite")
def test_a_setting_that_weakens_a_guard_is_seen(gateway: StartGateway):
    running = gateway(
        **KEYS,
        limit_call_total=5000,
        limit_call_per_minute=5000,
        limit_call_per_function=5000,
        limit_webhook_per_minute=5000,
        calcom_requests_per_minute=5000,
    )
    code, findings = doctor(running)
    assert code == 1
    assert {each["check"] for each in ill(findings)} == {
        "a burst of one call is limited",
        "the budget holds requests back",
    }


@pytest.mark.slow
@pytest.mark.on("postgresql")
def test_two_workers_with_redis_and_postgresql_are_healthy(
    gateway: StartGateway, database_url: str, redis_url: str, leash: Leash, tmp_path: Any
):
    with cluster(gateway, database_url, redis_url, workers=2) as running:
        worker = leash.start(
            [sys.executable, "-m", "flask", "worker"],
            log=tmp_path / "worker.log",
            environ=running.gateway.environ,
            cwd=ROOT,
        )
        try:
            running_workers = running.gateway.workers()
            code, findings = doctor(running.gateway)
        finally:
            leash.stop(worker)
        assert not ill(findings)
        assert code == 0
        assert all(each["tried"] for each in findings.values())
        said = findings["workers share the slot cache"]["evidence"]
        assert all(str(pid) in said for pid in running_workers)


@pytest.mark.on("sqlite")
def test_without_a_gateway_there_is_nobody_to_examine(
    database_url: str, settings: Callable[..., Settings]
):
    from askpro import create_app

    app = create_app(settings(database_url=database_url, port=free_port()))
    with app.app_context():
        outcome = app.test_cli_runner().invoke(doctor_command)
    assert outcome.exit_code == 1
    assert "No gateway of this installation answers" in outcome.output
