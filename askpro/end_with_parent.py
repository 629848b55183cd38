"""Become another command, but end when the parent does, even if that is killed with -9 (Linux).

``python -I -S end_with_parent.py PARENT_PID COMMAND [ARGUMENT …]``. A program of its own, because
between fork and exec of a process with threads nothing may run that is not a system call. Knows
only the standard library; elsewhere than on Linux it just becomes the command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        # A parent that died before that call sends no signal any more.
        if os.getppid() != parent:
            sys.exit("The parent was gone before this could begin.")
    os.execvp(command[0], command)  # noqa: S606 - there is nothing here to escape from


if __name__ == "__main__":
    main()
