"""A family of child processes: started together, watched, and all ended by whoever started them.

Each child is the head of a process group of its own, so that Ctrl-C reaches the parent alone and
the parent decides the order in which they go.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

_LAUNCHER = (sys.executable, "-I", "-S", str(Path(__file__).with_name("end_with_parent.py")))


class DidNotStart(Exception):
    """A child ended, or did not get ready in time. The text carries the end of its log."""


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def log_end(self, characters: int = 2000) -> str:
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""


class Family:
    """Start children, ask who died, stop them all (the last started first)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Child:
        """Run a command with its output in ``<folder>/<name>.log``.

        Should this process be killed, the child ends too (on Linux).
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        log = self._folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - the commands are our own
                [*_LAUNCHER, str(os.getpid()), *command],
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def dead(self) -> Child | None:
        """The first child that has ended by itself, if one has."""
        return next((c for c in self._children if c.process.poll() is not None), None)

    def stop(self, seconds: float = 20.0) -> None:
        """End every child and what it started: politely, then after ``seconds`` for good."""
        deadline = time.monotonic() + seconds
        for child in reversed(self._children):
            _signal(child, signal.SIGTERM)
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue  # Ended below, with all of its group.
        for child in self._children:
            # Also for one that has ended: grandchildren may have outlived it.
            _signal(child, signal.SIGKILL)
            child.process.wait()
        self._children = []


def _signal(child: Child, number: int) -> None:
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):
        return  # The group is gone already.


def free_port(host: str, wanted: int) -> int:
    """``wanted`` if it can be listened on, else the next one that can; OSError after 100."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {wanted} on")


class Occupied(Exception):
    """Another process has the folder. The text is what that one wrote into its file."""


@contextmanager
def alone_in(folder: Path) -> Iterator[TextIO]:
    """Have ``folder`` for this process, as long as it lives; raises :class:`Occupied` while another
    one has it. What is written into the file is what that exception tells."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "running").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Occupied(file.read().strip()) from None
        file.truncate(0)
        yield file
