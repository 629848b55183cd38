"""One number that all workers share: it grows when a company's data changes.

Whoever keeps look-ups compares it and drops them when it grew. Asked at most once a second; Redis
down: every worker counts alone, and its look-ups end with their seconds.
"""

from __future__ import annotations

from askpro.clock import Clock
from askpro.guards.redis_link import RedisLink

_KEY = "askpro:directory:generation"
_ASK_SECONDS = 1.0


#: What brings the number along with another question.
QUESTION = ("GET", _KEY)


class Generation:
    """The number as this process last saw it."""

    def __init__(self, link: RedisLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._alone = 0
        self._seen = 0
        self._asked_at = float("-inf")

    def __call__(self) -> int:
        now = self._clock.monotonic()
        if self._link.configured and now - self._asked_at >= _ASK_SECONDS:
            self._asked_at = now
            self._seen = self._link.either(
                lambda: int(self._link.ask(QUESTION)[0] or 0), lambda: self._seen
            )
        return self._seen + self._alone

    def hear(self, answer: bytes | None) -> None:
        """The answer to :data:`QUESTION` came along with another one."""
        self._seen = int(answer or 0)
        self._asked_at = self._clock.monotonic()

    def grow(self) -> None:
        """Something changed: this process knows at once, the others within a second."""
        self._alone += 1
        if self._link.configured:
            self._link.either(lambda: self._link.ask(("INCR", _KEY)), lambda: [])
