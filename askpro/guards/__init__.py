"""What stands between a request and trouble: breaker, budget, limits, cache, holds, redaction.

Each guard keeps its state in Redis, for all workers, or in memory: in embedded mode, and inside
each worker while Redis is gone. What they do is in scripts/*.lua and, the same again, in the
``*_memory`` modules. :class:`Guards` is made once per process.

::

    redis_link     the line to Redis: short patience, one round trip, health
    circuits       breaker and budget of each Cal.com account; a permit covers both
    call_limits    how often a call, a company and an address may ask
    slot_cache     free slots, fetched once for all; with them, in one question:
    holds, call_notes, replays
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from flask_caching import Cache

from askpro.clock import Clock
from askpro.guards.cache_backend import GuardCache, init_cache
from askpro.guards.call_limits import CallLimits, RouteKind
from askpro.guards.call_notes import CallBook
from askpro.guards.circuits import PLATFORM, Circuits, circuit_name
from askpro.guards.counters import Counters
from askpro.guards.desk import DeskRules
from askpro.guards.desk_memory import MemoryDesk
from askpro.guards.desk_redis import RedisDesk, read_booked
from askpro.guards.flask_limits import ApiLimiter, init_limiter
from askpro.guards.generation import QUESTION, Generation
from askpro.guards.holds import Holds, wish
from askpro.guards.permits import CircuitRules
from askpro.guards.redis_link import RedisLink
from askpro.guards.redis_script import Command
from askpro.guards.replays import Replays
from askpro.guards.slot_cache import SlotCache, mark_name
from askpro.settings import Settings

__all__ = ["PLATFORM", "Guards", "RouteKind", "circuit_name", "wish"]


class Guards:
    """Every guard of one process. Opens no connection: the first question does."""

    def __init__(self, settings: Settings, clock: Clock, *, link: RedisLink | None = None) -> None:
        self.settings = settings
        self.link = link or RedisLink(
            settings.redis_url, clock=clock, timeout=settings.redis_timeout_seconds
        )
        self.counters = Counters(self.link, clock)
        self.circuits = Circuits(
            self.link, CircuitRules.from_settings(settings), clock, workers=settings.workers
        )
        self.generation = Generation(self.link, clock)
        self.limits = CallLimits(self.link, settings, clock, self.counters)
        self.backend = GuardCache(self.link, clock)
        self.cache = Cache()
        rules = DeskRules(
            stale_seconds=settings.slot_cache_stale_seconds,
            lock_seconds=settings.calcom_read_seconds + 1,
            hold_seconds=settings.hold_seconds,
            replay_seconds=settings.retell_signature_tolerance_seconds,
            claim_seconds=settings.calcom_read_seconds + settings.calcom_write_seconds + 3,
        )
        shared = RedisDesk(self.link, rules, self.circuits)
        alone = MemoryDesk(rules, self.circuits, clock, self.backend)
        self.slots = SlotCache(
            self.link,
            shared,
            alone,
            self.circuits,
            self.counters,
            fresh_seconds=settings.slot_cache_fresh_seconds,
            wait_seconds=settings.calcom_read_seconds,
        )
        self.holds = Holds(self.link, shared, alone)
        self.calls = CallBook(self.link, shared, alone)
        self.replays = Replays(self.link, shared, alone, wait_seconds=settings.calcom_write_seconds)
        self._desk = shared
        self.limiter: ApiLimiter | None = None

    def init_app(self, app: Flask) -> ApiLimiter:
        """Puts Flask-Limiter and Flask-Caching in charge of ``app``; before any blueprint."""
        default = f"{self.settings.limit_address_per_minute}/minute"
        init_cache(app, self.cache, self.backend)

        @app.after_request
        def end(response: Response) -> Response:
            self.end_request()
            return response

        app.before_request(self.start_request)
        app.teardown_request(lambda _: self.end_request())
        self.limiter = init_limiter(app, self.limits, default=default)
        return self.limiter

    def start_request(self) -> None:
        """From here to :meth:`end_request` this thread's questions to Redis are one request's."""
        self.link.start_request()

    def end_request(self) -> None:
        """Sends what was put off, gives back what was not used, forgets what was read ahead."""
        self.replays.give_up()
        self.circuits.give_back()
        self.link.end_request()

    def begin_call(
        self,
        company_id: int | None,
        call_id: str | None,
        function: str,
        route_kind: RouteKind,
        *,
        replay_key: str | None = None,
    ) -> None:
        """Counts one authenticated function call, and reads ahead in the same round trip what its
        answer will need: the call's notes, what other calls hold, whether this very request was
        here before, and whether its company's calendar or companies as such have changed.

        Raises :class:`~askpro.errors.RateLimited`.
        """
        questions: list[Command] = [QUESTION]
        if company_id:
            questions.append(self._desk.mark_command(company_id))
            questions.append(self._desk.booked_command(company_id))
            questions += self._desk.holds_commands(company_id)
        if company_id and call_id:
            questions.append(self._desk.notes_command(company_id, call_id))
        if replay_key:
            questions.append(self._desk.claim_command(replay_key))
        counted = self.limits.count_call(
            company_id, call_id, function, route_kind, beside=questions
        )
        answers = list(counted.answers)
        if answers:
            self.generation.hear(answers.pop(0))
        if answers and company_id:
            self.link.note_ahead(mark_name(company_id), answers.pop(0).decode())
            self.link.note_ahead(("booked", company_id), read_booked(answers.pop(0)))
            held = self._desk.read_holds(answers.pop(0), answers.pop(0))
            others = tuple(slot for call, slot in held.items() if call != call_id)
            self.link.note_ahead(("others", company_id, call_id), others)
        if answers and company_id and call_id:
            notes = self._desk.read_notes(answers.pop(0))
            self.link.note_ahead(("notes", company_id, call_id), notes)
        if answers and replay_key:
            self.replays.note(replay_key, answers.pop(0))
        self.limits.judge(counted)

    def status(self) -> dict[str, Any]:
        """For health and the dashboard; at most two round trips."""
        return {"redis": self.link.status(), "circuits": self.circuits.status()}

    def close(self) -> None:
        self.counters.close()
        self.link.close()
