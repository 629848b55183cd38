"""The counters of all workers, in Redis: any number of limits in one script, one round trip.

Every method raises :class:`~askpro.guards.redis_link.RedisGone` when Redis cannot be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson

from askpro.guards.limit_rules import Count, Limit, Page, Reading
from askpro.guards.redis_link import RedisLink
from askpro.guards.redis_script import Command, Script

PREFIX = "askpro_limit:"
_VIOLATIONS = "askpro_limit_violations"
_COUNT = Script.of("now", "count_limits")
_SCAN = 1000


class RedisBook:
    def __init__(self, link: RedisLink) -> None:
        self._link = link

    def count(
        self, pages: Sequence[Page], subject: str, beside: Sequence[Command] = ()
    ) -> tuple[Count, list[Any]]:
        """The count, and the answers to other questions that leave in the same round trip."""
        limits = _as_json(tuple((page.silence_ms, page.limits) for page in pages))
        command = _COUNT.command([PREFIX + page.key for page in pages], (subject, limits))
        reply, *others = self._link.ask(command, *beside)
        return _counted(pages, reply), others

    def read(self, key: str) -> dict[str, tuple[str, int]]:
        """Field → (count or names, milliseconds left) of one page."""
        page, (seconds, micros) = self._link.ask(("HGETALL", PREFIX + key), ("TIME",))
        now = int(seconds) * 1000 + int(micros) // 1000
        found = {}
        for field, value in zip(page[::2], page[1::2], strict=True):
            count, bar, ends = value.decode().rpartition("|")
            if bar and int(ends) > now:
                found[field.decode()] = (count, int(ends) - now)
        return found

    def clear(self, key: str) -> bool:
        [gone] = self._link.ask(("DEL", PREFIX + key))
        return bool(gone)

    def keys(self, ending: str) -> list[str]:
        """The calls' pages that end like this. Walks through the whole database: for operators."""
        found: set[str] = set()
        cursor: Any = 0
        # What is quoted in keys is never a pattern's sign, so the ending can be one.
        pattern = f"{PREFIX}call:*:{ending}"
        while True:
            [(cursor, keys)] = self._link.ask(("SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN))
            found.update(key.decode().removeprefix(PREFIX) for key in keys)
            if int(cursor) == 0:
                return sorted(found)

    def violations(self, most: int) -> list[tuple[int, str, str]]:
        """(unix ms, names, subject), newest first."""
        [rows] = self._link.ask(("LRANGE", _VIOLATIONS, 0, most - 1))
        split = [row.decode().split("|", 2) for row in rows]
        return [(int(at), names, subject) for at, names, subject in split]


@lru_cache(maxsize=256)
def _as_json(pages: tuple[tuple[int, tuple[Limit, ...]], ...]) -> bytes:
    """What the pages limit, as the script reads it: the same for thousands of requests."""
    return orjson.dumps([{"silence_ms": silence, "limits": limits} for silence, limits in pages])


def _counted(pages: Sequence[Page], reply: list[Any]) -> Count:
    if reply[0] == b"ok":
        every: list[Limit] = [limit for page in pages for limit in page.limits]
        return Count(
            tuple(
                Reading(limit, reply[1 + 2 * at], reply[2 + 2 * at])
                for at, limit in enumerate(every)
            )
        )
    _, retry_ms, silenced, first, *places = reply
    limits = [
        pages[page - 1].limits[limit - 1]
        for page, limit in zip(places[::2], places[1::2], strict=True)
    ]
    # Empty only if the limits were renamed during a silence.
    limits = limits or [pages[0].limits[-1]]
    readings = tuple(Reading(limit, limit.amount, retry_ms) for limit in limits)
    names = tuple(limit.name for limit in limits)
    return Count(readings, names, retry_ms, bool(silenced), bool(first))
