"""The socket to Redis: as few system calls as a question and its answer need.

A system call lets another thread take the interpreter, and a busy worker gets it back only when
that one waits in turn. A socket with a timeout asks the kernel twice for everything, and a timeout
of its own for every read is two calls more. This one never blocks: what it sends fits into the
kernel's buffer, as good as always, and only an answer is waited for.
"""

from __future__ import annotations

import select
import socket
import time
from typing import Any

from redis.connection import Connection, ConnectionPool, UnixDomainSocketConnection


class PromptSocket(socket.socket):
    """Takes a connected socket over. A timeout is noted, not told to the kernel."""

    _seconds: float | None

    @classmethod
    def in_place_of(cls, plain: socket.socket) -> PromptSocket:
        seconds = plain.gettimeout()
        prompt = cls(plain.family, plain.type, plain.proto, plain.detach())
        socket.socket.setblocking(prompt, False)
        prompt._seconds = seconds
        return prompt

    def settimeout(self, seconds: float | None, /) -> None:
        self._seconds = seconds

    def gettimeout(self) -> float | None:
        return self._seconds

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        rest = memoryview(data)
        ends = None if self._seconds is None else time.monotonic() + self._seconds
        while True:
            try:
                rest = rest[self.send(rest, flags) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, None if ends is None else ends - time.monotonic())
            if not rest:
                return

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:
        self._wait(select.POLLIN, self._seconds)
        return super().recv_into(buffer, nbytes, flags)

    def _wait(self, event: int, seconds: float | None) -> None:
        waiting = select.poll()
        waiting.register(self, event)
        if not waiting.poll(None if seconds is None else max(seconds, 0) * 1000):
            raise TimeoutError("timed out")


class _Prompt(Connection):
    def _connect(self) -> Any:
        return PromptSocket.in_place_of(super()._connect())


class _PromptUnix(UnixDomainSocketConnection):
    def _connect(self) -> Any:
        return PromptSocket.in_place_of(super()._connect())


_PROMPT = {Connection: _Prompt, UnixDomainSocketConnection: _PromptUnix}


def make_prompt(pool: ConnectionPool) -> None:
    """From now on the pool's connections have such sockets. Those of TLS stay as they are."""
    pool.connection_class = _PROMPT.get(pool.connection_class, pool.connection_class)
