"""What is an alert (rules.md §10): pure rules over what was seen. Nothing is asked or kept here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from askpro.guards.permits import CLOSED
from askpro.services.situation import Outlook, owner_of
from askpro.settings import Settings

Severity = Literal["warning", "critical"]

#: Kind and subject: the same condition at two moments.
Identity = tuple[str, str]


@dataclass(frozen=True)
class Condition:
    """Something that should not be. ``company_id`` None = the installation's."""

    kind: str
    severity: Severity
    subject: str = ""
    company_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        return self.kind, self.subject


@dataclass(frozen=True)
class Marks:
    """What the rules need beside the outlook.

    ``recent``: guard events of the last ten minutes, by (kind, company) → how many. ``silent``:
    companies that were asked nothing for a whole day of opening hours. ``standing``: the alerts
    that stand, and since when.
    """

    recent: Mapping[tuple[str, int | None], int] = field(default_factory=dict)
    silent: tuple[int, ...] = ()
    standing: Mapping[Identity, datetime] = field(default_factory=dict)


def evaluate(seen: Outlook, marks: Marks, settings: Settings) -> list[Condition]:
    """Every condition that holds now."""
    return [condition for rule in _RULES for condition in rule(seen, marks, settings)]


Rule = Callable[[Outlook, Marks, Settings], Iterator[Condition]]


def _breaker(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    stuck_after = timedelta(minutes=settings.alert_breaker_stuck_minutes)
    for circuit in seen.circuits:
        if circuit.state == CLOSED:
            continue
        # A failed probe opens the circuit anew: how long it lasts is known by the first alert.
        since = marks.standing.get(("breaker_open", circuit.service)) or circuit.opened_at
        owner = owner_of(circuit.service)
        yield Condition("breaker_open", "critical", circuit.service, owner)
        if since is not None and seen.now - since > stuck_after:
            yield Condition("breaker_stuck", "critical", circuit.service, owner)


def _leaks(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    for (kind, company_id), count in marks.recent.items():
        subject = str(company_id or "")
        if kind == "redaction":
            yield Condition("pii_in_log", "critical", subject, company_id, {"count": count})
        elif kind == "crossing":
            yield Condition("crossing", "critical", subject, company_id, {"count": count})


def _workers(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    if not seen.alive:
        yield Condition("no_worker", "critical")


def _errors(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    sums = seen.five_minutes
    if sums.answers >= settings.alert_least_answers and sums.error_rate is not None:
        percent = sums.error_rate * 100
        if percent > settings.alert_error_percent:
            yield Condition("error_rate", "critical", detail={"percent": round(percent, 1)})
    if sums.calcom_calls >= settings.alert_least_answers and sums.calcom_error_rate is not None:
        percent = sums.calcom_error_rate * 100
        if percent > settings.alert_calcom_error_percent:
            yield Condition("calcom_error_rate", "warning", detail={"percent": round(percent, 1)})


def _limits(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    if seen.violations > settings.alert_limit_violations:
        yield Condition("limit_violations", "warning", detail={"per_minute": seen.violations})


def _cache(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    sums = seen.hour
    if sums.hits + sums.misses + sums.stale < settings.alert_cache_least_questions:
        return
    rate = sums.hit_rate
    if rate is not None and rate * 100 < settings.alert_cache_hit_percent:
        yield Condition("cache_hit_rate", "warning", detail={"percent": round(rate * 100, 1)})


def _speed(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    sums = seen.five_minutes
    mean = sums.mean_ms
    if mean is not None and mean > settings.alert_mean_answer_ms:
        is_critical = mean > 2 * settings.alert_mean_answer_ms
        yield Condition(
            "slow_answers", "critical" if is_critical else "warning", detail={"ms": round(mean)}
        )
    if sums.chatty:
        yield Condition("many_queries", "warning", detail={"requests": sums.chatty})


def _events(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    if seen.queue.dead:
        yield Condition("events_dead", "warning", detail={"count": seen.queue.dead})
    oldest = seen.queue.oldest
    if oldest is not None and seen.now - oldest > timedelta(minutes=settings.alert_event_minutes):
        yield Condition("events_waiting", "warning", detail={"count": seen.queue.waiting})


def _silence(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    for company_id in marks.silent:
        yield Condition("company_silent", "warning", str(company_id), company_id)


def _redis(seen: Outlook, marks: Marks, settings: Settings) -> Iterator[Condition]:
    if not seen.redis["healthy"]:
        yield Condition("redis_gone", "warning")


_RULES: tuple[Rule, ...] = (
    _breaker,
    _leaks,
    _workers,
    _errors,
    _limits,
    _cache,
    _speed,
    _events,
    _silence,
    _redis,
)
