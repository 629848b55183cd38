"""Bookings, durable, with the simulator as Cal.com on the same machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import psutil
import requests
from sqlalchemy import create_engine, text

from benchmarks.load import Load, load
from benchmarks.rows import Row, middle
from benchmarks.stage import Stage
from benchmarks.traffic import FUNCTION, bookings
from tests.servers.gateway import Gateway

_COMPANIES = 20
_OLD_CLAIM = 330
_WARM_UP = 600
#: The load ends with bookings under way; nobody hears of them, and they are made all the same.
_UNDER_WAY_SECONDS = 1


def measure(stage: Stage, seconds: float) -> Iterator[Row]:
    """Every answer is counted in the database afterwards: what was said to be booked is there."""
    asked = bookings(100_000, _COMPANIES, datetime.now(UTC).date())

    def book(seconds: float, some: Sequence[tuple[str, bytes]]) -> Load:
        url, bodies = gateway.url + FUNCTION, stage.folder / "bodies"
        return load(url, some, bodies, seconds=seconds, connections=8)

    with stage.gateway(_COMPANIES) as (gateway, calcom):
        # A new worker reads every company and prepares every statement: once, not a booking's work.
        book(seconds, asked[:_WARM_UP])
        time.sleep(_UNDER_WAY_SECONDS)
        before = _cpu(gateway)
        done = book(seconds * 3, asked[_WARM_UP:])
        spent = _cpu(gateway) - before
        time.sleep(_UNDER_WAY_SECONDS)
        stored = _booked(gateway.environ["DATABASE_URL"])
        there = len(requests.get(f"{calcom.url}/_sim/bookings", timeout=30).json()["bookings"])
        lines = [line for line in gateway.lines() if line.get("function") == "book_appointment"]
    said = sum(line["outcome"] == "booked" for line in lines)
    if not said or not said == stored == there:
        raise RuntimeError(f"{said} bookings were said, {stored} stored, {there} made")
    each_ms = spent / max(done.answers, 1) * 1000
    calcom_ms = middle(line.get("ms", 0) for line in lines)
    yield Row(
        "booking, gateway work alone",
        2000 / each_ms,
        "bookings/s",
        "at least",
        _OLD_CLAIM,
        f"two cores at {each_ms:.1f} ms of the workers' CPU a booking; {stored} made and stored",
        "five durable transactions through SQLAlchemy are about half of it, Cal.com's HTTP a sixth",
    )
    yield Row(
        "booking, end to end",
        done.rate,
        "bookings/s",
        note=f"simulator, PostgreSQL, Redis and load on the same cores; p50 {calcom_ms:.0f} ms",
    )
    # The first booking of each host and company looks them up.
    warm = lines[len(lines) // 2 :]
    for name, title, unit, most in (
        ("queries", "database queries", "queries", 6),
        ("redis_trips", "Redis round trips", "trips", 3),
    ):
        usual = middle(line[name] for line in warm)
        yield Row(f"booking: {title}", usual, unit, "at most", most, "the usual, once warm")


def _cpu(gateway: Gateway) -> float:
    """Seconds of CPU that the workers have used."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in gateway.workers())


def _booked(url: str) -> int:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SET askpro.company = '*'"))
            return int(
                connection.scalar(
                    text("SELECT count(*) FROM appointments WHERE state = 'confirmed'")
                )
            )
    finally:
        engine.dispose()
