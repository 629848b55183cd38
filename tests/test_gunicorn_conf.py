"""gunicorn.conf.py: how many workers, and what it refuses to start with."""

from __future__ import annotations

import os
import runpy
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from askpro.settings import CLOCK_OFFSET_VARIABLE
from tests.reference import ROOT
from tests.servers.gateway import Gateway
from tests.waiting import eventually

CONFIGURATION = str(ROOT / "gunicorn.conf.py")
SECRET = "a secret for tests only, forty letters long"


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """``configured(PORT=9000)``: the names that the file defines with these settings."""

    def run(**environ: str) -> dict[str, Any]:
        for name, value in {"INSTANCE_PATH": str(tmp_path), **environ}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv(CLOCK_OFFSET_VARIABLE, "")
        return runpy.run_path(CONFIGURATION)

    return run


def test_embedded_mode_is_one_worker_that_keeps_its_memory(configured):
    names = configured()
    assert (names["workers"], names["threads"], names["preload_app"]) == (1, 16, False)
    assert names["max_requests"] == 0


def test_cluster_mode_has_several_workers_which_are_renewed(configured):
    names = configured(REDIS_URL="redis://127.0.0.1:1/0", SECRET_KEY=SECRET)
    assert names["workers"] >= 2
    assert names["preload_app"]
    assert names["max_requests"] > 0
    assert names["max_requests_jitter"] > 0


def test_workers_and_threads_are_the_operators_to_choose(configured):
    names = configured(
        REDIS_URL="redis://127.0.0.1:1/0", SECRET_KEY=SECRET, WEB_CONCURRENCY="5", WEB_THREADS="7"
    )
    assert (names["workers"], names["threads"]) == (5, 7)


def test_it_listens_where_the_settings_say(configured):
    assert configured(HOST="127.0.0.9", PORT="8123")["bind"] == "127.0.0.9:8123"


def test_the_shifted_clock_is_fixed_once_for_all_workers(configured, monkeypatch):
    configured(ASKPRO_CLOCK="2026-10-25T01:30:00+02:00")
    assert float(os.environ[CLOCK_OFFSET_VARIABLE])


def test_forwarded_headers_are_believed_only_behind_a_proxy(configured):
    assert configured()["forwarded_allow_ips"] == ""
    assert "127.0.0.1" in configured(TRUSTED_PROXIES="1")["forwarded_allow_ips"]


def test_more_than_one_worker_without_redis_is_refused_with_one_sentence(configured):
    with pytest.raises(SystemExit) as refused:
        configured(WEB_CONCURRENCY="2")
    heading, *problems = str(refused.value).splitlines()
    assert heading == "AskPro cannot start:"
    assert len(problems) == 1
    assert "REDIS_URL" in problems[0]


def test_all_problems_are_named_at_once(configured):
    with pytest.raises(SystemExit) as refused:
        configured(PORT="http", LOG_LEVEL="loud", REDIS_URL="redis://127.0.0.1:1/0")
    assert all(name in str(refused.value) for name in ("PORT", "LOG_LEVEL", "SECRET_KEY"))


@pytest.mark.slow
@pytest.mark.on("sqlite")
def test_a_refused_start_is_no_traceback_and_exit_code_1(gateway: Callable[..., Gateway]):
    refused = gateway(start=False, web_concurrency=2)
    refused.spawn()
    assert refused.process.wait(20) == 1
    assert "WEB_CONCURRENCY above 1 needs REDIS_URL" in refused.output()
    assert "Traceback" not in refused.output()


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_the_others_go_on(
    gateway: Callable[..., Gateway], redis_url: str
):
    running = gateway(web_concurrency=2, redis_url=redis_url)
    first, second = eventually(lambda: len(found := running.workers()) == 2 and found)
    os.kill(first, signal.SIGKILL)
    while not (len(left := running.workers()) == 2 and first not in left):
        assert requests.get(f"{running.url}/api/health", timeout=5).ok
    assert second in running.workers()
    time.sleep(1)  # A worker that is still being born hears no polite signal.


@pytest.mark.slow
@pytest.mark.on("sqlite")
def test_it_stops_politely_and_leaves_no_control_socket(
    gateway: Callable[..., Gateway], tmp_path: Path
):
    running = gateway(start=False)
    running.environ["HOME"] = str(tmp_path / "home")
    running.start()
    assert running.stop() == 0
    assert not list(tmp_path.glob("home/**/*.ctl"))
    assert "Traceback" not in running.output()


@pytest.mark.slow
@pytest.mark.on("sqlite")
def test_every_line_it_writes_is_json(gateway: Callable[..., Gateway]):
    running = gateway()
    requests.get(f"{running.url}/api/health", timeout=5)
    running.stop()
    assert all(line.startswith("{") for line in running.output().splitlines())
    assert len(running.lines()) >= 2
