"""Processes and folders that vanish with the test process, even when that is killed with -9."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: Where processes of this test run write, for tests/fixtures/log_watch.py.
LOG_FILES: set[Path] = set()
#: Room for a PostgreSQL of a test run; below that the disk is used.
_MEMORY_DISK_BYTES = 2 * 1024**3


class Leash:
    """Starts processes and makes folders, and ends them all at :meth:`close`.

    A watchdog process holds the other end of a pipe; when the pipe closes it does what close() did
    not get round to.
    """

    def __init__(self) -> None:
        self._signals: dict[subprocess.Popen[Any], int] = {}
        self._folders: list[Path] = []
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def start(
        self,
        argv: Sequence[str | Path],
        *,
        log: Path,
        environ: Mapping[str, str] | None = None,
        ending: int = signal.SIGTERM,
        cwd: Path | None = None,
        user: int | None = None,
    ) -> subprocess.Popen[Any]:
        """A process in a session of its own, writing to ``log``; ``ending`` is its polite signal.

        ``user`` (a uid) is taken on by a test run that is root.
        """
        who: dict[str, Any] = {} if user is None else _as(user)
        LOG_FILES.add(log)
        with log.open("ab") as out:
            process = subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=None if environ is None else dict(environ),
                cwd=cwd,
                start_new_session=True,
                **who,
            )
        self._signals[process] = ending
        self._tell(f"process {process.pid} {ending}")
        return process

    def stop(
        self, process: subprocess.Popen[Any], number: int | None = None, *, seconds: float = 10
    ) -> int:
        """Ends a process with its polite signal, or ``number``; after ``seconds`` with -9.

        Returns the exit code.
        """
        ending = self._signals.pop(process, signal.SIGTERM)
        if process.poll() is None:
            process.send_signal(ending if number is None else number)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                _kill_group(process.pid)
        code = process.wait()
        _kill_group(process.pid)
        self._tell(f"gone {process.pid}")
        return code

    def folder(self, *, user: int | None = None) -> Path:
        """A new empty folder with a short path, for sockets; in memory where there is room."""
        memory = Path("/dev/shm")
        roomy = memory.is_dir() and shutil.disk_usage(memory).free > _MEMORY_DISK_BYTES
        base = memory if roomy and os.access(memory, os.W_OK) else Path("/tmp")
        path = Path(tempfile.mkdtemp(prefix="askpro-", dir=base))
        self._folders.append(path)
        self._tell(f"folder {path}")
        if user is not None:
            os.chown(path, user, -1)
        return path

    def close(self) -> None:
        """Ends everything, the last started first."""
        for process in reversed(list(self._signals)):
            self.stop(process)
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        if self._watchdog.stdin:
            self._watchdog.stdin.close()
        self._watchdog.wait()

    def _tell(self, line: str) -> None:
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.write(line + "\n")
        self._watchdog.stdin.flush()


def _as(user: int) -> dict[str, Any]:
    return {"user": user, "group": user, "extra_groups": []}


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
