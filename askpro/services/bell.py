"""A bell between the web and the worker of one process: an event has come in, nobody need wait.

Only a shortcut. The inbox table is the truth, and a worker that hears nothing looks by itself.
"""

from __future__ import annotations

import threading


class Bell:
    """Rung by whoever stores an event; heard by one worker."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def wait(self, seconds: float) -> None:
        """Rest until it rings, or for so long."""
        if self._rung.wait(seconds):
            self._rung.clear()
