"""How things stand, from all that can be known, and the one sentence that an operator reads first.

:func:`look` asks; :func:`judge` is pure: rules in the order in which somebody woken at night wants
to know. The sentence itself is the dashboard's, in the operator's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from askpro.guards.circuits import PLATFORM
from askpro.guards.permits import CLOSED, OPEN, CircuitSnapshot
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from askpro.store.reports import companies, figures, guards, work
from askpro.store.reports.figures import Sums
from askpro.store.reports.guards import Turns
from askpro.store.reports.scope import Scope, company_of
from askpro.store.reports.work import Pulse, Queue, ToDo

Level = Literal["ok", "warn", "bad"]

#: A booking is settled within a minute; one that is older needs eyes.
_SETTLED_WITHIN = timedelta(minutes=1)
#: So long after Cal.com is back its faults are among those of the last minutes.
_FAULTS_COUNT_FOR = timedelta(minutes=6)


@dataclass(frozen=True)
class Outlook:
    """What was seen at ``now``. ``scope`` bounds figures, queue and people's work."""

    now: datetime
    scope: Scope
    circuits: tuple[CircuitSnapshot, ...]
    redis: dict[str, Any]
    violations: int
    five_minutes: Sums = field(default_factory=Sums)
    hour: Sums = field(default_factory=Sums)
    day: Sums = field(default_factory=Sums)
    queue: Queue = field(default_factory=lambda: Queue(0, None, 0))
    to_do: ToDo = field(default_factory=lambda: ToDo(0, 0, 0, 0, None))
    last_beat: datetime | None = None
    alive: int = 0
    modes: dict[str, list[int]] = field(default_factory=dict)
    #: Whom what stands concerns (see :func:`~askpro.store.reports.work.affected`).
    affected: dict[str, list[int]] = field(default_factory=dict)
    on_the_platform: int = 0
    #: Of circuits that are not closed, or that explain faults.
    turns: dict[str, Turns] = field(default_factory=dict)

    def cut_off_since(self, circuit: CircuitSnapshot) -> datetime | None:
        """Since when nothing but tries has gone through that circuit; None where it is closed.

        Every failed try opens a circuit anew, so its own time says little of how long it lasts.
        """
        turns = self.turns.get(circuit.service)
        if circuit.state == CLOSED or turns is None or turns.cut_off is None:
            return circuit.opened_at
        is_told = turns.back is None or turns.cut_off > turns.back
        return turns.cut_off if is_told else circuit.opened_at

    @property
    def back_since(self) -> datetime | None:
        """When the last circuit closed again; None where none was cut off, or one still is."""
        back = [each.back for each in self.turns.values() if each.back is not None]
        are_closed = all(circuit.state == CLOSED for circuit in self.circuits)
        return max(back, default=None) if are_closed else None

    def whom(self, kind: str) -> tuple[int, ...]:
        return tuple(self.affected.get(kind, ()))


@dataclass(frozen=True)
class Verdict:
    """``key`` names the sentence, ``facts`` fill it in, ``helps`` are the actions worth offering.

    ``companies`` are those affected; empty = all that are in view.
    """

    level: Level
    key: str
    facts: dict[str, Any] = field(default_factory=dict)
    companies: tuple[int, ...] = ()
    helps: tuple[str, ...] = ()


def feel(runtime: Runtime, scope: Scope) -> Pulse:
    """What waits and who works. Raises ``SQLAlchemyError`` while the database is away."""
    late = timedelta(seconds=runtime.settings.alert_worker_seconds)
    return work.pulse(runtime.database, scope, runtime.clock.now(), alive_within=late)


def look(
    runtime: Runtime,
    scope: Scope,
    *,
    pulse: Pulse | None = None,
    circuits: Sequence[CircuitSnapshot] | None = None,
) -> Outlook:
    """Ask guards and database, as far as the caller has not done it. Raises ``SQLAlchemyError``."""
    database, now = runtime.database, runtime.clock.now()
    window = figures.windows(database, scope, now)
    pulse = pulse or feel(runtime, scope)
    circuits = tuple(circuits_in_view(runtime, scope) if circuits is None else circuits)
    all_are_meant = any(
        each.state != CLOSED and owner_of(each.service) is None for each in circuits
    )
    # A circuit's past is asked for where it explains what is to be seen now.
    in_question = [
        each.service for each in circuits if each.state != CLOSED or window.five_minutes.faults
    ]
    return Outlook(
        now=now,
        scope=scope,
        circuits=circuits,
        redis=runtime.guards.link.status(),
        violations=runtime.guards.limits.violation_count(60, company_of(scope)),
        five_minutes=window.five_minutes,
        hour=window.hour,
        day=window.day,
        queue=pulse.queue,
        to_do=pulse.to_do,
        last_beat=pulse.last_beat,
        alive=pulse.alive,
        modes=companies.modes(database, scope) if pulse.not_open else {},
        affected=(
            work.affected(database, scope, now)
            if _stands(pulse) or window.five_minutes.faults
            else {}
        ),
        on_the_platform=companies.on_the_platform(database, scope) if all_are_meant else 0,
        turns=guards.last_turns(database, scope, in_question) if in_question else {},
    )


def _stands(pulse: Pulse) -> bool:
    """Whether anything waits that concerns some company."""
    queue, to_do = pulse.queue, pulse.to_do
    return any(
        (
            queue.waiting,
            queue.dead,
            to_do.unknown_bookings,
            to_do.callbacks_overdue,
            to_do.findings,
        )
    )


def circuits_in_view(runtime: Runtime, scope: Scope) -> list[CircuitSnapshot]:
    """The circuits that the scope's bookings go through."""
    circuits = runtime.guards.circuits
    company_id = company_of(scope)
    if company_id is None:
        return circuits.snapshots()
    office = runtime.directory.office(company_id)
    return circuits.snapshots(office.calcom.name if office else PLATFORM)


def owner_of(service: str) -> int | None:
    """The company whose own key that circuit guards; None = the platform's."""
    company = service.removeprefix(PLATFORM).removeprefix(":")
    return int(company) if company.isdecimal() else None


def judge(seen: Outlook, settings: Settings) -> list[Verdict]:
    """Everything worth saying, the most urgent first; never empty."""
    found = [verdict for rule in _RULES for verdict in rule(seen, settings)]
    if any(verdict.level == "bad" for verdict in found):
        return sorted(found, key=lambda verdict: verdict.level != "bad")
    return [*found, _works(seen)] if found else [_works(seen)]


Rule = Callable[[Outlook, Settings], Iterator[Verdict]]


def _cut_off(seen: Outlook, _: Settings) -> Iterator[Verdict]:
    waiting = seen.to_do.callbacks
    for circuit in seen.circuits:
        if circuit.state == CLOSED:
            continue
        owner = owner_of(circuit.service)
        # A try that is on its way has changed nothing yet: the sentence would flicker.
        is_down = circuit.state == OPEN or not circuit.successes
        yield Verdict(
            "bad" if is_down else "warn",
            "calcom_down" if is_down else "calcom_probing",
            {
                "service": circuit.service,
                "since": seen.cut_off_since(circuit),
                "callbacks": waiting,
                "companies": seen.on_the_platform if owner is None else 0,
            },
            (owner,) if owner is not None else (),
            ("breaker_probe", "breaker_reset", "callbacks"),
        )


def _no_worker(seen: Outlook, settings: Settings) -> Iterator[Verdict]:
    if not seen.alive:
        facts = {
            "since": seen.last_beat,
            "waiting": seen.queue.waiting,
            "embedded": settings.embedded,
        }
        yield Verdict("bad", "no_worker", facts, (), ("system",))


def _unsettled(seen: Outlook, _: Settings) -> Iterator[Verdict]:
    oldest = seen.to_do.oldest_unknown
    if oldest is not None and seen.now - oldest > _SETTLED_WITHIN:
        yield Verdict(
            "bad",
            "bookings_unknown",
            {"count": seen.to_do.unknown_bookings, "since": oldest},
            seen.whom("unknown"),
            ("unknown_bookings",),
        )


def _many_errors(seen: Outlook, settings: Settings) -> Iterator[Verdict]:
    rate = seen.five_minutes.error_rate
    enough = seen.five_minutes.answers >= settings.alert_least_answers
    back = seen.back_since
    if back is not None and seen.now - back > _FAULTS_COUNT_FOR:
        back = None
    if enough and rate is not None and rate * 100 > settings.alert_error_percent:
        yield Verdict(
            "bad",
            "many_errors",
            {"rate": rate, "count": seen.five_minutes.faults, "back_since": back},
            seen.whom("faults"),
            ("failed_functions",),
        )


def _events(seen: Outlook, settings: Settings) -> Iterator[Verdict]:
    late = timedelta(minutes=settings.alert_event_minutes)
    oldest = seen.queue.oldest
    if oldest is not None and seen.now - oldest > late:
        yield Verdict(
            "warn",
            "events_waiting",
            {"count": seen.queue.waiting, "since": oldest},
            seen.whom("waiting"),
            ("events", "system"),
        )
    if seen.queue.dead:
        yield Verdict(
            "warn",
            "events_dead",
            {"count": seen.queue.dead},
            seen.whom("dead"),
            ("replay_dead", "dead_events"),
        )


def _closed_by_hand(seen: Outlook, _: Settings) -> Iterator[Verdict]:
    for mode, ids in seen.modes.items():
        yield Verdict("warn", f"mode_{mode}", {"count": len(ids)}, tuple(ids), ())


def _redis_gone(seen: Outlook, _: Settings) -> Iterator[Verdict]:
    if not seen.redis["healthy"]:
        yield Verdict(
            "warn", "redis_gone", {"since": seen.redis["degraded_since"]}, (), ("system",)
        )


def _slow(seen: Outlook, settings: Settings) -> Iterator[Verdict]:
    mean = seen.five_minutes.mean_ms
    enough = seen.five_minutes.answers >= settings.alert_least_answers
    if enough and mean is not None and mean > settings.alert_mean_answer_ms:
        yield Verdict("warn", "slow", {"mean": mean}, (), ("slow_requests",))


def _people(seen: Outlook, _: Settings) -> Iterator[Verdict]:
    if seen.to_do.callbacks_overdue:
        yield Verdict(
            "warn",
            "callbacks_overdue",
            {"count": seen.to_do.callbacks_overdue},
            seen.whom("overdue"),
            ("callbacks",),
        )
    if seen.to_do.findings:
        yield Verdict(
            "warn",
            "findings",
            {"count": seen.to_do.findings},
            seen.whom("findings"),
            ("findings",),
        )


_RULES: tuple[Rule, ...] = (
    _cut_off,
    _no_worker,
    _unsettled,
    _many_errors,
    _redis_gone,
    _events,
    _closed_by_hand,
    _slow,
    _people,
)


def _works(seen: Outlook) -> Verdict:
    """Booking works, as far as anybody tried."""
    if seen.day.answers == 0:
        return Verdict("ok", "quiet")
    return Verdict("ok", "works", {"booked": seen.hour.booked, "answers": seen.hour.answers})
