"""What Flask-Caching stands on here: Redis where there is one, else this worker's memory.

JSON only: whoever can write to Redis must not be able to run code in a worker, as pickle would let
them. Never raises because of Redis: a cache that is down is an empty one.

The slots lie on this ground, under this prefix. But who looks at them also asks for the hold, the
lock and the permit, which Flask-Caching can't do in one step: with Redis the scripts of
:mod:`desk_redis` do it, without it :mod:`desk_memory` on this worker's shelf under its lock.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import orjson
from cachelib.serializers import BaseSerializer
from flask import Flask
from flask_caching import Cache
from flask_caching.backends.base import BaseCache

from askpro.clock import Clock
from askpro.guards.redis_link import RedisGone, RedisLink
from askpro.guards.shelf import Shelf

#: In front of everything cached, as operators know it.
PREFIX = "askpro_cache_"
_SCAN = 1000
_DEFAULT_SECONDS = 300
_FOR_EVER = 10 * 365 * 86_400


class JsonSerializer(BaseSerializer):
    """Values as JSON; what is no JSON is no value."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:
        return orjson.dumps(value)

    def loads(self, raw: bytes | None) -> Any:
        if raw is None:
            return None
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            return None


class GuardCache(BaseCache):
    """The backend. The slots lie in it too, under ``cal_slots_…`` (:mod:`slot_cache`)."""

    def __init__(self, link: RedisLink, clock: Clock) -> None:
        super().__init__(default_timeout=_DEFAULT_SECONDS)
        self.serializer: BaseSerializer = JsonSerializer()
        self._link = link
        self._clock = clock
        #: What this worker keeps alone, and its lock.
        self.lock = threading.RLock()
        self.shelf: Shelf[str, Any] = Shelf()

    @classmethod
    def factory(
        cls, app: Flask, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]
    ) -> GuardCache:
        """Flask-Caching asks for a backend: it is handed the one that the guards made."""
        backend: GuardCache = args[0]
        return backend

    def get(self, key: str) -> Any:
        if not self._link.configured:
            with self.lock:
                return self.shelf.get(key, self._clock.monotonic())
        try:
            [raw] = self._link.ask(("GET", PREFIX + key))
        except RedisGone:
            return None
        return self.serializer.loads(raw)

    def set(self, key: str, value: Any, timeout: int | timedelta | None = None) -> bool:
        seconds = self._seconds(timeout)
        if not self._link.configured:
            with self.lock:
                now = self._clock.monotonic()
                self.shelf.put(key, value, until=now + seconds, now=now)
            return True
        return self._told("SET", PREFIX + key, self.serializer.dumps(value), "EX", seconds)

    def add(self, key: str, value: Any, timeout: int | timedelta | None = None) -> bool:
        seconds = self._seconds(timeout)
        if not self._link.configured:
            with self.lock:
                return not self.has(key) and self.set(key, value, timeout)
        raw = self.serializer.dumps(value)
        return self._told("SET", PREFIX + key, raw, "EX", seconds, "NX")

    def delete(self, key: str) -> bool:
        if not self._link.configured:
            with self.lock:
                return self.shelf.pop(key, self._clock.monotonic()) is not None
        return self._told("DEL", PREFIX + key)

    def has(self, key: str) -> bool:
        if not self._link.configured:
            with self.lock:
                return self.shelf.get(key, self._clock.monotonic()) is not None
        return self._told("EXISTS", PREFIX + key)

    def clear(self) -> bool:
        """Forgets everything cached. Walks through the whole database: for operators."""
        with self.lock:
            self.shelf.clear()
        if not self._link.configured:
            return True
        cursor: Any = 0
        try:
            while True:
                question = ("SCAN", cursor, "MATCH", f"{PREFIX}*", "COUNT", _SCAN)
                [(cursor, keys)] = self._link.ask(question)
                if keys:
                    self._link.ask(("DEL", *keys))
                if int(cursor) == 0:
                    return True
        except RedisGone:
            return False

    def _told(self, *command: Any) -> bool:
        try:
            [reply] = self._link.ask(command)
        except RedisGone:
            return False
        return bool(reply)

    def _seconds(self, timeout: int | timedelta | None) -> int:
        seconds = self.default_timeout if timeout is None else timeout
        if isinstance(seconds, timedelta):
            seconds = int(seconds.total_seconds())
        return max(seconds, 1) if seconds else _FOR_EVER


def init_cache(app: Flask, cache: Cache, backend: GuardCache) -> None:
    """Binds Flask-Caching's ``cache`` to ``app`` with ``backend`` below it."""
    cache.init_app(
        app,
        config={
            "CACHE_TYPE": f"{GuardCache.__module__}.{GuardCache.__name__}",
            "CACHE_ARGS": [backend],
            "CACHE_SERIALIZER": JsonSerializer,
            "CACHE_KEY_PREFIX": PREFIX,
        },
    )
