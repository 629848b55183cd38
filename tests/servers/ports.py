"""Loopback ports that belong to one test process until it ends."""

from __future__ import annotations

import fcntl
import functools
import os
import secrets
import socket
import tempfile
from pathlib import Path

#: Below what Linux (32768 up), macOS and BSD (49152 up) give to whoever asks for any port, servers
#: and outgoing connections alike: a server that is stopped finds its port free when it comes back.
_PORTS = range(20_000, 32_768)
_TRIES = 1000
_OURS: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, and that no other call and no other process of tests gets."""
    for _ in range(_TRIES):
        port = secrets.choice(_PORTS)
        if port not in _OURS and _is_silent(port) and _becomes_ours(port):
            return port
    raise RuntimeError(f"No free port among {_TRIES} from {_PORTS[0]} to {_PORTS[-1]}.")


def _is_silent(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _becomes_ours(port: int) -> bool:
    try:
        fcntl.lockf(_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _OURS.add(port)
    return True


@functools.cache
def _locks() -> int:
    """Of this file a process locks one byte for each port; the kernel lets go when it ends."""
    path = Path(tempfile.gettempdir()) / f"askpro-tests-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
