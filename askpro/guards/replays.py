"""The same signed request twice: one effect, one answer.

The first one claims its key; its answer is kept for as long as the signature is good. A repetition
hears that answer, waiting for it if the first is still being worked on. Redis down: inside this
worker.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial

from askpro.guards.desk_memory import MemoryDesk
from askpro.guards.desk_redis import RedisDesk
from askpro.guards.leisure import Leisure
from askpro.guards.redis_link import RedisLink

_CLAIMED = ("claimed replay",)
_PAUSE = 0.05


class Replays:
    def __init__(
        self, link: RedisLink, shared: RedisDesk, alone: MemoryDesk, *, wait_seconds: float
    ) -> None:
        self._link = link
        self._shared = shared
        self._alone = alone
        self._wait_seconds = wait_seconds
        self._leisure = Leisure(link)

    def recall(self, key: str) -> bytes | None:
        """The answer to that request if it was here before, else None: then it is this one's turn.

        A turn that ends without :meth:`keep` is given up at the end of the request.
        """
        name = ("replay", key)
        if name in self._link.ahead:
            kept: bytes | None = self._link.ahead[name]
        else:
            kept = self._link.either(
                partial(self._shared.claim, key), partial(self._alone.claim, key)
            )
            self.note(key, kept)
        if kept == b"":
            return self._waited_for(key)
        return kept

    def note(self, key: str, kept: bytes | None) -> None:
        """What the claim on ``key`` brought, wherever it was asked for."""
        self._link.note_ahead(("replay", key), kept)
        if kept is None:
            self._link.note_ahead(_CLAIMED, key)

    def keep(self, key: str, answer: bytes, *, at_leisure: bool = False) -> None:
        """The answer that repetitions hear.

        ``at_leisure``: with others, a moment after this answer has left. A repetition in between
        waits for it; should this worker die before, the repetition is answered anew. Only for
        what may be done twice.
        """
        self._link.ahead.pop(_CLAIMED, None)
        alone = partial(self._alone.answer, key, answer)
        if not self._link.configured:
            alone()
        elif at_leisure:
            self._leisure.put(*self._shared.answer(key, answer), if_lost=alone)
        else:
            self._link.soon(*self._shared.answer(key, answer), if_lost=alone)

    def give_up(self) -> None:
        """At the end of a request: what it claimed and did not answer may be tried again."""
        key = self._link.ahead.pop(_CLAIMED, None)
        if key is not None:
            self._alone.unclaim(key)
            if self._link.configured:
                self._link.soon(*self._shared.unclaim(key))

    def forget(self, values: Iterable[str]) -> int:
        """Let go of kept answers that tell any of these values, whatever their case; how many."""
        wanted = [value.casefold() for value in values if value]

        def tells(answer: bytes) -> bool:
            text = answer.decode("utf-8", "replace").casefold()
            return any(value in text for value in wanted)

        here = self._alone.forget(tells)
        if not self._link.configured:
            return here
        return here + self._link.either(partial(self._shared.forget, tells), lambda: 0)

    def _waited_for(self, key: str) -> bytes | None:
        until = time.monotonic() + self._wait_seconds
        while time.monotonic() < until:
            time.sleep(_PAUSE)
            self._link.waited()
            kept = self._link.either(
                partial(self._shared.answered, key), partial(self._alone.answered, key)
            )
            if kept != b"":
                return kept
        return None
