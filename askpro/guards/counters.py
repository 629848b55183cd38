"""Figures for the dashboard: how often what happened, per company, over the last day.

Counted inside each worker and added to Redis every second, so that counting costs no caller a
round trip. Redis gone: kept here and added later. Embedded mode: kept here alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from math import ceil

from askpro.clock import Clock
from askpro.guards.redis_link import RedisGone, RedisLink
from askpro.guards.redis_script import Command

log = logging.getLogger(__name__)

_FLUSH_SECONDS = 1.0
_PREFIX = "askpro_figures:"
#: Length of a bucket in seconds, and for how long buckets of that length are kept.
_MINUTES, _MINUTES_KEPT = 60, 2 * 3600
_TENTHS, _TENTHS_KEPT = 600, 25 * 3600
#: Everybody's figures are kept beside each company's: sums over thousands would be slow to read.
_ALL = 0

Bucket = tuple[int, int]
Counted = tuple[int, str]
Counts = dict[Bucket, dict[Counted, int]]


class Counters:
    def __init__(self, link: RedisLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        #: Embedded mode: since when there is something to add up. None: Redis keeps it.
        self.began_at: datetime | None = None if link.configured else clock.now()
        self._lock = threading.Lock()
        #: Embedded mode: all there is. Cluster mode: what Redis has not been told yet.
        self._counts: Counts = {}
        self._flusher: threading.Thread | None = None
        self._closed = threading.Event()

    def add(self, company: int | None, what: str, amount: int = 1) -> None:
        """Counts ``what`` for a company (None: only for all) now."""
        now = self._now()
        with self._lock:
            for length in (_MINUTES, _TENTHS):
                counts = self._bucket((length, now // length), now)
                counts[_ALL, what] = counts.get((_ALL, what), 0) + amount
                if company is not None:
                    counts[company, what] = counts.get((company, what), 0) + amount
        if self._link.configured and (self._flusher is None or not self._flusher.is_alive()):
            self._start()

    def totals(
        self, whats: Iterable[str], *, seconds: int, company: int | None = None
    ) -> dict[str, int]:
        """The sums of the last ``seconds``; ``company`` None = of all together."""
        length = _MINUTES if seconds <= 3600 else _TENTHS
        now = self._now()
        last, passed = divmod(now, length)
        stretch = max(seconds // length, 1)
        shares = {(length, last - back): 1.0 for back in range(stretch)}
        if stretch == 1:
            # A minute that has just begun says nothing of the last sixty seconds.
            shares[length, last - 1] = 1 - passed / length
        wanted = [(company or _ALL, what) for what in whats]
        nothing: Counts = {}
        shared = self._link.either(lambda: self._read(list(shares), wanted), lambda: nothing)
        sums = dict.fromkeys(wanted, 0)
        with self._lock:
            for bucket, share in shares.items():
                there, here = shared.get(bucket, {}), self._counts.get(bucket, {})
                for counted in wanted:
                    sums[counted] += ceil(share * (there.get(counted, 0) + here.get(counted, 0)))
        return {what: sums[company_id, what] for company_id, what in wanted}

    def flush(self) -> None:
        """Adds what this worker counted to the figures of all."""
        if not self._link.configured:
            return
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            self._link.ask(*_additions(counts))
        except RedisGone:
            now = self._now()
            with self._lock:
                for bucket, kept in counts.items():
                    if not _expired(bucket, now):
                        again = self._bucket(bucket, now)
                        for counted, amount in kept.items():
                            again[counted] = again.get(counted, 0) + amount

    def close(self) -> None:
        self._closed.set()
        self.flush()

    # -- below --

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _bucket(self, bucket: Bucket, now: int) -> dict[Counted, int]:
        counts = self._counts.get(bucket)
        if counts is None:
            for old in [each for each in self._counts if _expired(each, now)]:
                del self._counts[old]
            counts = self._counts[bucket] = {}
        return counts

    def _read(self, buckets: list[Bucket], wanted: list[Counted]) -> Counts:
        fields = [_field(counted) for counted in wanted]
        rows = self._link.ask(*(("HMGET", _key(bucket), *fields) for bucket in buckets))
        return {
            bucket: {counted: int(value or 0) for counted, value in zip(wanted, row, strict=True)}
            for bucket, row in zip(buckets, rows, strict=True)
        }

    def _start(self) -> None:
        with self._lock:
            if self._flusher is None or not self._flusher.is_alive():
                self._flusher = threading.Thread(target=self._run, name="figures", daemon=True)
                self._flusher.start()

    def _run(self) -> None:
        while not self._closed.wait(_FLUSH_SECONDS):
            try:
                self.flush()
            except Exception:  # This thread must live on, or nothing is added up any more.
                log.exception("Figures could not be added up")


def _additions(counts: Counts) -> list[Command]:
    commands: list[Command] = []
    for bucket, kept in counts.items():
        for counted, amount in kept.items():
            commands.append(("HINCRBY", _key(bucket), _field(counted), amount))
        seconds = _MINUTES_KEPT if bucket[0] == _MINUTES else _TENTHS_KEPT
        commands.append(("EXPIRE", _key(bucket), seconds))
    return commands


def _expired(bucket: Bucket, now: int) -> bool:
    length, number = bucket
    kept = _MINUTES_KEPT if length == _MINUTES else _TENTHS_KEPT
    return number * length < now - kept


def _key(bucket: Bucket) -> str:
    return f"{_PREFIX}{bucket[0]}:{bucket[1]}"


def _field(counted: Counted) -> str:
    owner, what = counted
    return f"{owner or 'all'}:{what}"
