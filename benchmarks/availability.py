"""Availability from the cache, every guard on: the share of the ceiling that it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import requests

from benchmarks.load import Load, load
from benchmarks.rows import Row, middle
from benchmarks.stage import Stage
from benchmarks.traffic import FUNCTION, questions
from tests.servers.gateway import Gateway

_COMPANIES = 4
#: Enough for a slice at any speed that this machine is likely to have.
_PER_SECOND = 12_000
_ROUNDS = 5
#: Questions after which every worker has looked up every company.
_WARM_UP = 100


def measure(stage: Stage, seconds: float) -> Iterator[Row]:
    with stage.gateway(_COMPANIES) as (gateway, _):
        warm(stage, gateway)
        yield from _against_the_ceiling(stage, gateway, seconds, "gunicorn, 2 workers")
        yield from _costs(stage, gateway)
    with stage.gateway(_COMPANIES, embedded=True) as (gateway, _):
        warm(stage, gateway)
        share, own, _top = shares(stage, gateway.url, seconds, exact=False, rounds=3)
        yield Row("availability, embedded", share, "of the ceiling", note=_rates(own, _top))


def warm(stage: Stage, gateway: Gateway, companies: int = _COMPANIES) -> None:
    """Fill the cache and every worker's look-ups, and see that answers are what they should be."""
    for signature, body in questions(_WARM_UP, companies, _today(), exact=False):
        answer = requests.post(
            gateway.url + FUNCTION,
            data=body,
            headers={"X-Retell-Signature": signature, "Content-Type": "application/json"},
            timeout=20,
        ).json()
        if answer.get("status") != "available":
            raise RuntimeError(f"the gateway does not answer as it should: {answer}")


def shares(
    stage: Stage, url: str, seconds: float, *, exact: bool, rounds: int = _ROUNDS
) -> tuple[float, float, float]:
    """(share of the ceiling, answers a second, ceiling's), medians of slices in turn."""
    own, top = [], []
    for _ in range(rounds):
        top.append(slice_of(stage, stage.ceiling, seconds, exact=exact).rate)
        own.append(slice_of(stage, url + FUNCTION, seconds, exact=exact).rate)
    ratios = [one / ceiling for one, ceiling in zip(own, top, strict=True)]
    return middle(ratios), middle(own), middle(top)


def slice_of(
    stage: Stage,
    url: str,
    seconds: float,
    *,
    exact: bool,
    rate: float | None = None,
    companies: int = _COMPANIES,
) -> Load:
    """One slice of questions for free times."""
    many = int((rate or _PER_SECOND) * seconds) + 100
    asked = questions(many, companies, _today(), exact=exact)
    return load(url, asked, stage.folder / "bodies", seconds=seconds, rate=rate)


def _against_the_ceiling(
    stage: Stage, gateway: Gateway, seconds: float, note: str
) -> Iterator[Row]:
    share, own, top = shares(stage, gateway.url, seconds, exact=False)
    yield Row(
        "availability from the cache",
        share,
        "of the ceiling",
        "at least",
        0.40,
        f"{note}; a day; {_rates(own, top)}",
        "Python throughout: Flask's hooks, the trip to Redis, dates, trace, log line; none a fifth",
    )
    half = slice_of(stage, gateway.url + FUNCTION, seconds * 3, exact=False, rate=own / 2)
    bare = slice_of(stage, stage.ceiling, seconds * 3, exact=False, rate=own / 2)
    yield Row(
        "availability, p99 at half that load",
        half.p99,
        "ms",
        "at most",
        50,
        f"{half.rate:.0f}/s, p50 {half.p50:.1f} ms; the ceiling's p99 {bare.p99:.1f} ms",
    )
    # Last: hundreds of slots are held from then on, for minutes, as no company ever has them.
    held, own_held, top_held = shares(stage, gateway.url, seconds, exact=True, rounds=3)
    yield Row(
        "availability, and the slot held",
        held,
        "of the ceiling",
        note=f"{note}; a time; {_rates(own_held, top_held)}",
    )


def _costs(stage: Stage, gateway: Gateway) -> Iterator[Row]:
    """What a request asked of the database and of Redis, as its own log line counted."""
    lines = [
        line
        for line in gateway.lines()
        if line.get("function") == "check_availability" and line.get("cache") == "hit"
    ][_WARM_UP:]
    for name, title, unit, most in (
        ("queries", "database queries", "queries", 2),
        ("redis_trips", "Redis round trips", "trips", 3),
    ):
        worst = max(line[name] for line in lines)
        yield Row(f"cached availability: {title}", worst, unit, "at most", most, "the worst")


def _rates(own: float, top: float) -> str:
    return f"{own:.0f}/s of {top:.0f}/s"


def _today() -> date:
    return datetime.now(UTC).date()
