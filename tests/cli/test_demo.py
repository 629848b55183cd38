"""``make run`` as somebody meets it who has just cloned the repository."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from pathlib import Path

import psutil
import pytest
import requests

from tests.servers.demo import FLASK, Demo, own_ports
from tests.servers.leash import Leash
from tests.servers.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def _all_gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def test_callers_are_booked_ctrl_c_ends_it_and_the_next_run_remembers(
    leash: Leash, tmp_path: Path
) -> None:
    ports = own_ports()
    demo = Demo(leash, tmp_path, *ports, "--calls-per-minute", "60").ready()
    assert requests.get(f"{demo.url('AskPro')}/api/health", timeout=5).json()["status"] == "healthy"
    demo.until(lambda: demo.booked())
    uid = demo.booked()[0]["uid"]
    # Cal.com has it a moment before our own commit, and its caller may be one who cancels again.
    demo.until(lambda: demo.states_of(uid) in (["confirmed"], ["cancelled"]), 10)
    demo.until(lambda: re.search(r"Haarschnitt|Salon Lindenblüte|Physiotherapie", demo.output))
    children = demo.children()
    assert len(children) >= 3
    assert demo.stop() == 0
    assert _all_gone(children)

    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://nobody@127.0.0.1:9/real\n")
    second = Demo(leash, tmp_path, *ports, "--no-calls", FLASK_SKIP_DOTENV="0").ready()
    assert len(second.booked()) >= 1
    assert "DATABASE_URL in .env is the real gateway's" in second.output
    assert f"database     {tmp_path / 'instance' / 'askpro.db'}" in second.output
    assert second.stop(signal.SIGTERM) == 0


def test_a_busy_port_is_named_commands_find_the_gateway_and_none_goes_on_where_one_dies(
    leash: Leash, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        demo = Demo(
            leash,
            tmp_path,
            "--port",
            str(busy),
            "--simulator-port",
            str(free_port()),
            "--no-calls",
        ).ready()
        assert f"Port {busy} is busy; the gateway takes " in demo.output
        assert not demo.url("AskPro").endswith(f":{busy}")
        played = subprocess.run(
            [*FLASK, "simulate", "call", "book_tomorrow", "--url", demo.url("AskPro")],
            env=demo.environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert played.returncode == 0, played.stdout + played.stderr
        assert demo.booked()
        keys = tmp_path / "instance" / "demo" / "keys.json"
        assert keys.stat().st_mode & 0o777 == 0o600
        assert not any(key in demo.output for key in json.loads(keys.read_text()).values())
    _when_one_dies_none_goes_on_alone(demo)


def _when_one_dies_none_goes_on_alone(demo: Demo) -> None:
    children = demo.children()
    calcom = next(p for p in children if "simulate" in p.cmdline())
    calcom.kill()
    assert demo.process.wait(40) == 1
    assert "The calcom ended by itself." in demo.output
    assert _all_gone(children)


def test_it_refuses_to_be_production(leash: Leash, tmp_path: Path) -> None:
    demo = Demo(leash, tmp_path, *own_ports(), APP_ENV="production")
    assert demo.process.wait(40) == 1
    assert "APP_ENV is production" in demo.output


def test_another_world_at_its_own_time_can_be_shown(leash: Leash, tmp_path: Path) -> None:
    tenant = {
        "slug": "backstube",
        "business": "Backstube",
        "to_number": "+493023125198",
        "retell_agent_id": "agent_backstube",
        "opening_hours": "Mo-Fr 09:00-18:00",
        "event_types": [
            {
                "id": 77,
                "title": "Tortenberatung",
                "slug": "torte",
                "length": 30,
                "price_eur": 0,
                "free_local_times": {"2026-10-21": ["10:00", "11:00"], "2026-10-22": ["14:00"]},
            }
        ],
        "customers": [],
        "bookings": [],
    }
    world = tmp_path / "world.json"
    world.write_text(json.dumps({"timezone": "Europe/Berlin", "tenants": [tenant]}))
    demo = Demo(
        leash,
        tmp_path,
        *own_ports(),
        "--calls-per-minute",
        "60",
        "--world",
        str(world),
        ASKPRO_CLOCK="2026-10-20T10:15:00+02:00",
    ).ready()
    demo.until(lambda: demo.booked())
    assert demo.booked()[0]["start"].startswith("2026-10-2")
    assert demo.stop() == 0
