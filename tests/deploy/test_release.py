"""deploy/release: no caller notices a good release, and a bad one takes itself back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.conftest import Wall
from tests.deploy.releasing import Callers, Machine
from tests.servers.ports import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def fresh(wall: Callable[..., Wall], tmp_path: Path) -> Iterator[Machine]:
    """A machine on which nothing has been released."""
    ports = free_port(), free_port()
    machine = Machine(tmp_path, wall(*ports), ports)
    yield machine
    machine.stop()


@pytest.fixture
def machine(fresh: Machine) -> Machine:
    """A machine on which version "one" has been released."""
    first = fresh.release("one")
    assert first.returncode == 0, first.stdout + first.stderr
    return fresh


def test_the_first_release_starts_the_worker_before_the_doctor_asks_for_one(fresh: Machine):
    assert fresh.release("needs a worker").returncode == 0
    assert fresh.serving() == "needs a worker"
    assert (fresh.home / "worker").read_text() == "restart\n"


def test_a_first_release_that_fails_leaves_nothing_running(fresh: Machine):
    failed = fresh.release("ill")
    assert failed.returncode == 1
    assert "serves as before" not in failed.stderr
    assert [fresh.is_running(port) for port in fresh.ports] == [False, False]
    assert (fresh.home / "worker").read_text() == "restart\nstop\n"
    assert not (fresh.home / "current").exists()
    assert fresh.release("one").returncode == 0


@pytest.mark.faults
@pytest.mark.fault(16, "a release by deploy/release under load behind nginx")
def test_a_release_under_load_costs_no_request(machine: Machine):
    with Callers(machine.wall) as callers:
        released = machine.release("two")
    assert released.returncode == 0, released.stdout + released.stderr
    assert callers.failures == []
    assert set(callers.versions) == {"one", "two"}
    assert callers.versions[-1] == machine.serving() == "two"
    assert [machine.is_running(port) for port in machine.ports] == [True, False]
    assert (machine.home / "worker").read_text() == "restart\nrestart\n"


def test_the_database_is_backed_up_and_migrated_before_anything_is_switched(
    machine: Machine, tmp_path: Path
):
    with (machine.wall.etc / "askpro.env").open("a") as settings:
        settings.write("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318\n")
    machine.release("two")
    locks = (machine.home / "locks").read_text().split()
    assert locks == ["requirements.lock", "requirements-otel.lock"]
    assert len(list((tmp_path / "backups").iterdir())) == 2
    assert (machine.home / "migrated").read_text().split() == ["one", "two"]


@pytest.mark.parametrize("fault", ["cannot start", "ill"])
def test_a_bad_release_takes_itself_back_and_costs_no_request(machine: Machine, fault: str):
    with Callers(machine.wall) as callers:
        released = machine.release(fault)
    assert released.returncode == 1
    assert "going back" in released.stderr
    assert callers.failures == []
    assert set(callers.versions) == {"one"}
    assert machine.serving() == "one"
    assert [machine.is_running(port) for port in machine.ports] == [False, True]
    assert machine.release("three").returncode == 0
    assert machine.serving() == "three"


def test_a_release_that_falls_ill_after_the_switch_takes_itself_back(machine: Machine):
    with Callers(machine.wall) as callers:
        released = machine.release("ill later")
    assert released.returncode == 1
    assert callers.failures == []
    assert set(callers.versions) == {"one", "ill later"}
    assert machine.serving() == "one"
    assert (machine.home / "current").resolve() == (machine.home / str(machine.ports[1])).resolve()


def test_going_back_on_purpose_is_a_release(machine: Machine):
    machine.release("two")
    assert machine.release_again("main~1").returncode == 0
    assert machine.serving() == "one"


def test_an_unknown_revision_touches_nothing(machine: Machine):
    refused = machine.release_again("nonsense")
    assert refused.returncode == 1
    assert "no revision nonsense" in refused.stderr
    assert machine.serving() == "one"
