"""Outlives the test process by a moment and clears up after it; started by its ``Leash``.

Reads lines from standard input, whose other end only the test process holds:
``process PID SIGNAL``, ``gone PID``, ``folder PATH``. The end of the input is the end of the test
process, by whatever cause.
"""

import os
import shutil
import signal
import sys
import time

PATIENCE_SECONDS = 5.0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def send(pid: int, number: int, *, group: bool = False) -> None:
    try:
        (os.killpg if group else os.kill)(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    processes: dict[int, int] = {}
    folders: list[str] = []
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "process":
            pid, number = rest.split()
            processes[int(pid)] = int(number)
        elif word == "gone":
            processes.pop(int(rest), None)
        elif word == "folder":
            folders.append(rest)
    for pid, number in processes.items():
        send(pid, number)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(is_alive(pid) for pid in processes) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in processes:
        send(pid, signal.SIGKILL, group=True)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
