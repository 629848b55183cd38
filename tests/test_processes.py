from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from askpro.processes import Family, Occupied, alone_in, free_port
from tests.reference import ROOT

SLEEP = [sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('awake', flush=True); time.sleep(60)",
]
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', 'import time; "
    "time.sleep(60)']); print(c.pid, flush=True)",
]
SHORT = [sys.executable, "-c", "print('that was it'); raise SystemExit(3)"]


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    made = Family(tmp_path / "logs")
    yield made
    made.stop(0.2)


def _until_awake(log: Path) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if log.exists() and log.read_text().strip():
            return log.read_text().strip()
        time.sleep(0.02)
    raise AssertionError("the child said nothing")


def test_all_children_end_with_the_family(family: Family) -> None:
    children = [family.start(name, SLEEP, {}) for name in ("one", "two")]
    for child in children:
        _until_awake(child.log)
    assert family.dead() is None
    family.stop(5)
    assert [child.process.poll() for child in children] == [-15, -15]


def test_a_child_that_will_not_go_is_made_to(family: Family) -> None:
    child = family.start("stubborn", STUBBORN, {})
    _until_awake(child.log)
    family.stop(0.3)
    assert child.process.poll() == -9


def test_grandchildren_go_too_when_their_parent_is_gone_already(family: Family) -> None:
    child = family.start("parent", PARENT, {})
    grandchild = psutil.Process(int(_until_awake(child.log)))
    child.process.wait(5)
    family.stop(1)
    deadline = time.monotonic() + 5
    while grandchild.is_running() and grandchild.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_child_that_ended_by_itself_is_named_with_its_last_words(family: Family) -> None:
    child = family.start("short", SHORT, {})
    child.process.wait(10)
    dead = family.dead()
    assert dead is child
    assert dead.log_end() == "that was it\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent")
def test_nobody_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from askpro.processes import Family;"
        f"child = Family(Path({str(tmp_path)!r})).start('c', {SLEEP!r}, {{}});"
        "print(child.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_busy_port_is_stepped_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = free_port("127.0.0.1", port)
        assert port < found < port + 100


def test_stopping_twice_is_harmless(family: Family) -> None:
    family.start("one", SLEEP, {})
    family.stop(5)
    family.stop(5)


def test_a_folder_is_one_process_s_alone_until_it_lets_go(tmp_path: Path) -> None:
    with alone_in(tmp_path / "here") as sign:
        print("process 7 at http://127.0.0.1:8000.", file=sign, flush=True)
        with pytest.raises(Occupied, match=r"^process 7 at http"), alone_in(tmp_path / "here"):
            pass
        with alone_in(tmp_path / "there"):
            pass
    with alone_in(tmp_path / "here") as sign:
        assert sign.read() == ""
