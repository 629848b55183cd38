"""Finds the programs behind the servers; installs Debian's packages where the test run is root."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

#: Where system packages put programs that an ordinary user's PATH does not name.
_MORE_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")


def missing(sentence: str) -> NoReturn:
    """A server cannot be had: a failure where CI=true promised a whole machine, else a skip."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def program(name: str, *, package: str, brew: str) -> Path:
    """The program's path; ``package`` (Debian) or ``brew`` (Homebrew) carries it."""
    found = _find(name)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(name, package)
        found = _find(name)
    if found is None:
        missing(
            f"{name} is needed: sudo apt install {package} (Debian, Ubuntu) or brew install {brew}."
        )
    return found


def _find(name: str) -> Path | None:
    path = os.pathsep.join((os.environ.get("PATH", ""), *_MORE_FOLDERS))
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def _install(name: str, package: str) -> None:
    """One test process installs; the others wait for it and then find the program there."""
    with (Path(tempfile.gettempdir()) / "askpro-tests-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _find(name) is not None:
            return
        # RUNLEVEL=1 keeps the package from starting a server of its own.
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        for command in (
            ["apt-get", "-qq", "update"],
            ["apt-get", "-qq", "install", "-y", "--no-install-recommends", package],
        ):
            subprocess.run(
                command,
                env=quiet,
                check=False,
                timeout=600,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
