from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result
from flask import Flask

from askpro.cli import simulate
from askpro.settings import Settings
from tests.simulator.stub_gateway import StubGateway, stub_gateway


@pytest.fixture
def gateway() -> Iterator[StubGateway]:
    with stub_gateway() as stub:
        yield stub


def _run(tmp_path: Path, *arguments: str, **settings: str) -> Result:
    """``flask simulate …`` in an app that has nothing but settings."""
    app = Flask("test")
    read = Settings.from_environ({"INSTANCE_PATH": str(tmp_path), **settings})
    app.extensions["askpro"] = SimpleNamespace(settings=read)
    simulate.register(app)
    return app.test_cli_runner().invoke(args=["simulate", *arguments])


def test_a_call_is_shown_turn_by_turn(tmp_path: Path, gateway: StubGateway) -> None:
    gateway.answers["check_customer"] = {"status": "known"}
    result = _run(
        tmp_path, "call", "book_tomorrow", "--url", gateway.url, "--seed", "1", RETELL_API_KEY="k"
    )
    assert result.exit_code == 0, result.output
    who = [line.split()[0] for line in result.output.splitlines() if not line.startswith(" " * 9)]
    assert who[:4] == ["Retell", "Retell", "Agent", "Caller"]
    assert "book_tomorrow: booked" in result.output


def test_the_same_seed_is_the_same_caller(tmp_path: Path, gateway: StubGateway) -> None:
    for _ in range(2):
        _run(tmp_path, "call", "list_services", "--url", gateway.url, "--key", "k", "--seed", "5")
    first, second = gateway.functions("list_services")
    assert first["call"]["from_number"] == second["call"]["from_number"]
    assert first["call"]["call_id"] != second["call"]["call_id"]


def test_another_company_and_another_world_can_be_called(
    tmp_path: Path, gateway: StubGateway
) -> None:
    tenant = {"slug": "b", "business": "Bäckerei", "to_number": "+493023125199", "customers": []}
    kind = {"id": 1, "title": "Torte", "length": 30, "free_local_times": {}}
    world = tmp_path / "world.json"
    world.write_text(json.dumps({"tenants": [tenant | {"event_types": [kind]}]}))
    call = ("call", "list_services", "--url", gateway.url, "--key", "k")
    assert _run(tmp_path, *call, "--company", "20").exit_code == 0
    assert _run(tmp_path, *call, "--world", str(world)).exit_code == 0
    numbers = [body["call"]["to_number"] for body in gateway.functions()]
    assert numbers == ["+493023125120", "+493023125199"]
    unknown = _run(tmp_path, *call, "--company", "Metzgerei")
    assert unknown.exit_code == 1
    assert "Salon Lindenblüte" in unknown.output


def test_all_scenarios_are_listed(tmp_path: Path) -> None:
    result = _run(tmp_path, "call", "list")
    assert "book_tomorrow" in result.output
    assert "Cancels an appointment" in result.output


def test_what_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    unsigned = _run(tmp_path, "call", "cancel")
    assert unsigned.output == "Error: Nothing to sign with: set RETELL_API_KEY or give --key.\n"
    nobody = _run(tmp_path, "call", "cancel", "--key", "k", "--url", "http://127.0.0.1:9")
    assert nobody.output.startswith("Error: No gateway answers at http://127.0.0.1:9")
    assert _run(tmp_path, "call", "sing").exit_code == 2


def test_a_gateway_that_fails_fails_the_command(tmp_path: Path, gateway: StubGateway) -> None:
    gateway.answers["list_services"] = {"status": "", "http": 500}
    result = _run(tmp_path, "call", "list_services", "--url", gateway.url, "--key", "k")
    assert result.exit_code == 1
    assert "HTTP 500" in result.output


def test_a_busy_port_and_a_broken_world_are_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        busy = _run(tmp_path, "calcom", "--port", port)
    assert busy.exit_code == 1
    assert f"Port {port} cannot be used" in busy.output
    world = tmp_path / "broken.json"
    world.write_text('{"tenants": [{"slug": "x"}]}')
    broken = _run(tmp_path, "calcom", "--port", "0", "--world", str(world))
    assert "broken.json is not a world: KeyError('business')" in broken.output
    world.write_text("{")
    call = ("call", "cancel", "--key", "k", "--world", str(world))
    assert "broken.json is not JSON" in _run(tmp_path, *call).output
    world.write_text('{"tenants": []}')
    assert "broken.json has nobody who could be called" in _run(tmp_path, *call).output
