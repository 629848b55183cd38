"""The figures for Prometheus: what all workers of all machines share, and nothing that one keeps.

Counters are sums over the running UTC day, read from the database where every worker adds what it
did; they begin anew at midnight, which Prometheus takes for the reset of a counter that it is. No
value is about a person, and no label names a company but one with a circuit of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from askpro import __version__
from askpro.guards.permits import CLOSED, HALF_OPEN, OPEN
from askpro.services.runtime import Runtime
from askpro.store.reports import figures, work
from askpro.store.reports.route_sums import RouteSums, route_sums
from askpro.store.reports.scope import EVERY_COMPANY

log = logging.getLogger(__name__)

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_DAY = "of the running UTC day, all workers together"
#: Companies with a circuit of their own beyond so many are not shown one by one.
_MOST_CIRCUITS = 200
_STATES = (CLOSED, HALF_OPEN, OPEN)
_OF_ROUTES = (
    ("askpro_http_requests", "Answered requests", "requests", 1),
    ("askpro_http_failures", "Requests answered 5xx", "failures", 1),
    ("askpro_http_slow_requests", "Requests over SLOW_ANSWER_MS or MOST_QUERIES", "slow", 1),
    ("askpro_http_seconds", "Seconds spent answering", "milliseconds", 1000),
    ("askpro_http_database_seconds", "Seconds of it in the database", "database_ms", 1000),
    ("askpro_http_redis_seconds", "Seconds of it in Redis", "redis_ms", 1000),
    ("askpro_http_calcom_seconds", "Seconds of it at Cal.com", "calcom_ms", 1000),
    ("askpro_http_queries", "Database queries", "queries", 1),
)
_OF_FUNCTIONS = (
    ("askpro_function_calls", "Answered function calls", "answers", 1),
    ("askpro_function_faults", "Function calls answered without success", "faults", 1),
    ("askpro_function_seconds", "Seconds spent on function calls", "answer_ms", 1000),
    ("askpro_bookings", "Function calls by which an appointment came about", "booked", 1),
    ("askpro_booking_faults", "Bookings that failed technically", "booking_faults", 1),
    ("askpro_calcom_calls", "Function calls that had to ask Cal.com", "calcom_calls", 1),
    ("askpro_calcom_faults", "Function calls in which Cal.com failed", "calcom_faults", 1),
    ("askpro_calcom_seconds", "Seconds that function calls waited for Cal.com", "calcom_ms", 1000),
)
_CACHE_OUTCOMES = ("hits", "misses", "stale")


def exposition(runtime: Runtime) -> bytes:
    """All figures as Prometheus text. Database down: those that live in it are missing, and
    ``askpro_database_up`` is 0."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(families(runtime)))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = list(found)

    def collect(self) -> Iterable[Metric]:
        return self._found


def families(runtime: Runtime) -> Iterator[Metric]:
    """Every metric with its samples."""
    build = GaugeMetricFamily("askpro_build", "1; the version is a label", labels=["version"])
    build.add_metric([__version__], 1)
    yield build
    yield from _of_guards(runtime)
    now = runtime.clock.now()
    stored: list[Metric] = []
    try:
        stored += _of_functions(runtime, now)
        stored += _of_routes(runtime, now)
        stored += _of_work(runtime, now)
    except SQLAlchemyError as error:
        log.warning("metrics without the database", extra={"error": type(error).__name__})
        stored = []
    yield _gauge("askpro_database_up", "Whether the database answered this scrape", bool(stored))
    yield from stored


def _of_guards(runtime: Runtime) -> Iterator[Metric]:
    link = runtime.guards.link.status()
    yield _gauge(
        "askpro_redis_up",
        "Whether the worker that was scraped reaches Redis; 1 in embedded mode",
        link["healthy"],
    )
    circuits = runtime.guards.circuits.snapshots()[:_MOST_CIRCUITS]
    state = GaugeMetricFamily(
        "askpro_circuit_state", "1 for the state the circuit is in", labels=["circuit", "state"]
    )
    used = GaugeMetricFamily(
        "askpro_calcom_budget_used",
        "Requests to Cal.com within the last minute, by account",
        labels=["circuit"],
    )
    for circuit in circuits:
        for each in _STATES:
            state.add_metric([circuit.service, each], circuit.state == each)
        used.add_metric([circuit.service], circuit.used)
    yield state
    yield used
    yield _gauge(
        "askpro_calcom_budget_limit",
        "Requests to one Cal.com account that may leave in a minute",
        runtime.guards.circuits.rules.requests,
    )
    counted = runtime.guards.counters.totals(("violation", "refused"), seconds=300)
    yield _gauge(
        "askpro_limit_violations_5m",
        "Limits that were exceeded in the last five minutes",
        counted["violation"],
    )
    yield _gauge(
        "askpro_limit_refusals_5m",
        "Requests that limits refused in the last five minutes",
        counted["refused"],
    )


def _of_functions(runtime: Runtime, now: datetime) -> Iterator[Metric]:
    today = _midnight(now)
    sums = figures.sums(runtime.database, EVERY_COMPANY, today, now + timedelta(minutes=1))
    for name, meaning, column, divisor in _OF_FUNCTIONS:
        family = CounterMetricFamily(name, f"{meaning}, {_DAY}")
        family.add_metric([], getattr(sums, column) / divisor)
        yield family
    cache = CounterMetricFamily(
        "askpro_slot_questions", f"Questions for free slots, {_DAY}", labels=["outcome"]
    )
    for outcome in _CACHE_OUTCOMES:
        cache.add_metric([outcome], getattr(sums, outcome))
    yield cache


def _of_routes(runtime: Runtime, now: datetime) -> Iterator[Metric]:
    routes = route_sums(runtime.database, _midnight(now))
    for name, meaning, column, divisor in _OF_ROUTES:
        family = CounterMetricFamily(name, f"{meaning}, {_DAY}", labels=["method", "route"])
        for route in routes:
            family.add_metric(_labels(route), getattr(route, column) / divisor)
        yield family


def _of_work(runtime: Runtime, now: datetime) -> Iterator[Metric]:
    alive = timedelta(seconds=runtime.settings.alert_worker_seconds)
    pulse = work.pulse(runtime.database, EVERY_COMPANY, now, alive_within=alive)
    events = GaugeMetricFamily("askpro_inbox_events", "Events in the inbox", labels=["state"])
    events.add_metric(["waiting"], pulse.queue.waiting)
    events.add_metric(["dead"], pulse.queue.dead)
    yield events
    yield _gauge(
        "askpro_inbox_oldest_seconds",
        "For how long the oldest waiting event has been there",
        _age(pulse.queue.oldest, now),
    )
    yield _gauge("askpro_workers_alive", "Queue workers with a recent sign of life", pulse.alive)
    yield _gauge("askpro_callbacks_open", "Callbacks promised and open", pulse.to_do.callbacks)
    yield _gauge(
        "askpro_callbacks_overdue", "Callbacks that are overdue", pulse.to_do.callbacks_overdue
    )
    yield _gauge("askpro_findings_open", "Findings that wait for somebody", pulse.to_do.findings)
    yield _gauge(
        "askpro_bookings_unknown",
        "Bookings of which nobody knows yet whether Cal.com has them",
        pulse.to_do.unknown_bookings,
    )
    yield _gauge(
        "askpro_bookings_unknown_oldest_seconds",
        "For how long the oldest of them has been unknown",
        _age(pulse.to_do.oldest_unknown, now),
    )
    yield _gauge(
        "askpro_companies_not_open",
        "Companies for which an operator has paused something",
        pulse.not_open,
    )


def _gauge(name: str, meaning: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, meaning)
    family.add_metric([], float(value))
    return family


def _labels(route: RouteSums) -> list[str]:
    method, _, path = route.route.partition(" ")
    return [method, path]


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
