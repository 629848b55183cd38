"""Questions to Redis that no answer waits for: sent together, a moment later, by another thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from askpro.guards.redis_link import RedisLink
from askpro.guards.redis_script import Command

_MOMENT_SECONDS = 0.02
_MOST_AT_ONCE = 200
_MOST_WAITING = 10_000

_Waiting = tuple[tuple[Command, ...], Callable[[], None]]


class Leisure:
    """What waits here is lost with its process. Redis down: ``if_lost`` runs instead."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._waiting: deque[_Waiting] = deque(maxlen=_MOST_WAITING)
        self._something = threading.Event()
        self._lock = threading.Lock()
        self._sender: threading.Thread | None = None

    def put(self, *commands: Command, if_lost: Callable[[], None]) -> None:
        """Send ``commands`` within a moment."""
        self._waiting.append((commands, if_lost))
        # A thread does not survive a fork; its object says so.
        if self._sender is None or not self._sender.is_alive():
            self._start()
        self._something.set()

    def flush(self) -> None:
        """Send what waits now."""
        while self._waiting:
            some: list[_Waiting] = []
            while self._waiting and len(some) < _MOST_AT_ONCE:
                some.append(self._waiting.popleft())
            commands = [command for group, _ in some for command in group]
            self._link.either(partial(self._link.ask, *commands), partial(_give_up, some))

    def _start(self) -> None:
        with self._lock:
            if self._sender is None or not self._sender.is_alive():
                self._sender = threading.Thread(target=self._run, name="leisure", daemon=True)
                self._sender.start()

    def _run(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            time.sleep(_MOMENT_SECONDS)
            self.flush()


def _give_up(some: list[_Waiting]) -> list[None]:
    for _, if_lost in some:
        if_lost()
    return []
