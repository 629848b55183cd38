"""How often one call, one company and one address may ask. Counted after it is known who asks.

A call: so many in all, so many a minute, so many of one function; then silence. A company: so many
a minute of each kind of route. An address: for those who speak for nobody. However many limits
apply, they are counted in one round trip, and a refused request consumes nothing. Redis down: each
worker counts alone. Knows no Flask; :mod:`~askpro.guards.flask_limits` puts the headers on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil
from typing import Any, Literal, get_args
from urllib.parse import quote, unquote

from askpro.clock import Clock
from askpro.errors import RateLimited
from askpro.guards.counters import Counters
from askpro.guards.limit_memory import MemoryBook
from askpro.guards.limit_redis import RedisBook
from askpro.guards.limit_rules import Count, Limit, Page
from askpro.guards.listeners import tell
from askpro.guards.permits import instant
from askpro.guards.redis_link import RedisLink
from askpro.guards.redis_script import Command
from askpro.settings import Settings

#: What a company's requests are counted as, each kind for itself. ``webhook``: Retell's events;
#: ``function``: calls of functions on the general routes; ``calendar``: Cal.com's events.
RouteKind = Literal[
    "webhook", "function", "calendar", "availability", "booking", "reschedule", "cancel", "default"
]

_MINUTE = 60_000
_TWO_HOURS = 7_200_000
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True)
class Verdict:
    """What the headers say: the limit nearest to its end. ``reset`` in epoch seconds."""

    limit: int
    remaining: int
    reset: int


@dataclass(frozen=True)
class Violation:
    """A limit that was exceeded; noted once per breach, not once per refused request."""

    at: datetime
    exceeded: tuple[str, ...]
    company_id: int | None
    call_id: str | None
    function: str | None
    route_kind: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "exceeded": list(self.exceeded),
            "company_id": self.company_id,
            "call_id": self.call_id,
            "function": self.function,
            "route_kind": self.route_kind,
        }


@dataclass(frozen=True)
class Counted:
    """A counted request that is still to be judged."""

    count: Count
    subject: str
    answers: tuple[Any, ...] = ()


#: The verdict on the request at hand, for the headers of its answer.
verdict: ContextVar[Verdict | None] = ContextVar("limit_verdict", default=None)


class CallLimits:
    def __init__(
        self, link: RedisLink, settings: Settings, clock: Clock, counters: Counters
    ) -> None:
        self._link = link
        self._clock = clock
        self._counters = counters
        self._shared = RedisBook(link)
        self._alone = MemoryBook(clock)
        self._listeners: list[Callable[[Violation], None]] = []
        self._silence_ms = settings.limit_call_cooldown_seconds * 1000
        self._call_limits = (
            Limit("total", "total", settings.limit_call_total, _TWO_HOURS),
            Limit("minute", "minute", settings.limit_call_per_minute, _MINUTE),
        )
        self._per_function = settings.limit_call_per_function
        amounts = dict.fromkeys(get_args(RouteKind), settings.limit_webhook_per_minute) | {
            "availability": settings.limit_availability_per_minute,
            "booking": settings.limit_booking_per_minute,
            "reschedule": settings.limit_change_per_minute,
            "cancel": settings.limit_change_per_minute,
            "default": settings.limit_default_per_minute,
        }
        self._route_limits = {
            kind: (Limit("minute", "company", amount, _MINUTE),) for kind, amount in amounts.items()
        }
        self._address_limits = (
            Limit("minute", "address", settings.limit_address_per_minute, _MINUTE),
        )

    # -- counting --

    def count_call(
        self,
        company_id: int | None,
        call_id: str | None,
        function: str,
        route_kind: RouteKind,
        *,
        beside: Sequence[Command] = (),
    ) -> Counted:
        """Counts one function call of an authenticated request; a company nobody knows is None.

        Without a call id it counts by company alone: that is never a reason to refuse. A refusal is
        for :meth:`judge` to raise. ``beside``: questions to Redis that leave in the same round
        trip; there are no answers when Redis can't be asked.
        """
        pages = [self._route_page(company_id, route_kind)]
        if call_id:
            limit = Limit(f"fn:{function}", "function", self._per_function, _TWO_HOURS)
            page = Page(
                call_key(company_id, call_id), (*self._call_limits, limit), self._silence_ms
            )
            pages.insert(0, page)
        subject = _subject(company_id, call_id, function, route_kind)
        return self._count(pages, subject, beside)

    def check_route(self, company_id: int | None, route_kind: RouteKind) -> None:
        """Counts one authenticated request that belongs to no call. Raises RateLimited."""
        pages = [self._route_page(company_id, route_kind)]
        self.judge(self._count(pages, _subject(company_id, None, "", route_kind)))

    def check_address(self, address: str) -> None:
        """Counts one request of somebody who speaks for nobody: a wrong signature, a visitor.

        A forged request reaches no other counter. Raises :class:`RateLimited`.
        """
        self.check_pages([Page(f"address:{quoted(address)}", self._address_limits)], "address")

    def check_pages(self, pages: Sequence[Page], kind: str) -> None:
        """Counts one request on pages of the caller's own, such as Flask-Limiter's."""
        self.judge(self._count(pages, _subject(None, None, "", kind)))

    def note_address(self, address: str) -> None:
        """Counts a request that is never refused and must touch nothing outside of this worker."""
        pages = [Page(f"address:{quoted(address)}", self._address_limits)]
        self._note_verdict(self._alone.count(pages, _subject(None, None, "", "address")))

    def judge(self, counted: Counted) -> None:
        """Keeps what the headers will say. Raises :class:`RateLimited` for a refused request."""
        count = counted.count
        self._note_verdict(count)
        if not count.refused:
            return
        violation = _violation(self._clock.unix_ms(), ",".join(count.exceeded), counted.subject)
        self._counters.add(violation.company_id, "refused")
        if count.first:
            self._counters.add(violation.company_id, "violation")
            tell(self._listeners, violation)
        of_call = tuple(name for name in count.exceeded if name in ("total", "minute", "function"))
        raise RateLimited(
            max(ceil(count.retry_ms / 1000), 1),
            error_code="call_rate_limit_exceeded" if of_call else "rate_limit_exceeded",
            exceeded=of_call or count.exceeded,
        )

    # -- for operators and the dashboard --

    def show(self, call_id: str) -> dict[str, Any]:
        """The counters of a call as they stand: one entry per company that used this call id."""
        found = []
        for key in self._pages_of(call_id):
            page = self._link.either(
                partial(self._shared.read, key), partial(self._alone.read, key)
            )
            if page:
                found.append(self._shown(key, page))
        return {"call_id": call_id, "found": bool(found), "counters": found}

    def clear(self, call_id: str) -> dict[str, Any]:
        """Forgets a call's counters and its silence; whether there were any."""
        cleared = 0
        for key in self._pages_of(call_id):
            cleared += self._link.either(
                partial(self._shared.clear, key), partial(self._alone.clear, key)
            )
        return {"call_id": call_id, "cleared": bool(cleared)}

    def violations(self, most: int = 50) -> list[Violation]:
        """The latest violations in all workers, newest first."""
        rows = self._link.either(
            lambda: self._shared.violations(most), lambda: self._alone.violations(most)
        )
        return [_violation(*row) for row in rows]

    def violation_count(self, seconds: int = 60, company: int | None = None) -> int:
        return self._counters.totals(["violation"], seconds=seconds, company=company)["violation"]

    def on_violation(self, listener: Callable[[Violation], None]) -> None:
        """``listener`` runs in the worker that refused, once per breach."""
        self._listeners.append(listener)

    @property
    def counts_together(self) -> bool:
        """Whether every worker sees every other's requests."""
        return self._link.usable or not self._link.configured

    def read(self, key: str) -> dict[str, tuple[int, float]]:
        """Counter → (count, epoch seconds at which its window ends) of one page."""
        page = self._link.either(partial(self._shared.read, key), partial(self._alone.read, key))
        now = self._clock.unix_ms()
        return {
            field: (int(count), (now + left) / 1000)
            for field, (count, left) in page.items()
            if field != "silence"
        }

    def forget(self, key: str) -> None:
        self._link.either(partial(self._shared.clear, key), partial(self._alone.clear, key))

    # -- below --

    def _count(
        self, pages: Sequence[Page], subject: str, beside: Sequence[Command] = ()
    ) -> Counted:
        count, answers = self._link.either(
            lambda: self._shared.count(pages, subject, beside),
            lambda: (self._alone.count(pages, subject), []),
        )
        return Counted(count, subject, tuple(answers))

    def _note_verdict(self, count: Count) -> None:
        nearest = count.nearest
        reset = ceil((self._clock.unix_ms() + nearest.ends_ms) / 1000)
        verdict.set(Verdict(nearest.limit.amount, nearest.remaining, reset))

    def _route_page(self, company_id: int | None, route_kind: RouteKind) -> Page:
        return Page(
            f"company:{company_id or 'unknown'}:{route_kind}", self._route_limits[route_kind]
        )

    def _pages_of(self, call_id: str) -> list[str]:
        ending = quoted(call_id)
        return self._link.either(
            lambda: self._shared.keys(ending), lambda: self._alone.keys(ending)
        )

    def _shown(self, key: str, page: dict[str, tuple[str, int]]) -> dict[str, Any]:
        company = key.split(":")[1]
        silence = page.get("silence", ("", 0))
        amounts = {limit.field: limit.amount for limit in self._call_limits}
        counters = {
            field: {
                "used": int(count),
                "limit": amounts.get(field, self._per_function),
                "seconds_left": ceil(left / 1000),
            }
            for field, (count, left) in page.items()
            if field != "silence"
        }
        return {
            "company_id": None if company == "unknown" else int(company),
            "total": counters.get("total"),
            "minute": counters.get("minute"),
            "functions": {
                field.removeprefix("fn:"): counter
                for field, counter in counters.items()
                if field.startswith("fn:")
            },
            "silent_for_seconds": ceil(silence[1] / 1000),
            "exceeded": [name for name in silence[0].split(",") if name],
        }


def call_key(company_id: int | None, call_id: str) -> str:
    """The page of one call: within a company, so that no company can use up another's call."""
    return f"call:{company_id or 'unknown'}:{quoted(call_id)}"


def quoted(part: str) -> str:
    """As it may stand in a key: strangers choose call ids, and ``:`` or ``*`` would mislead."""
    if _PLAIN.fullmatch(part):
        return part
    return quote(part[:200], safe="")


def _subject(company_id: int | None, call_id: str | None, function: str, kind: str) -> str:
    call = quoted(call_id) if call_id else ""
    return f"{company_id or ''}|{call}|{quoted(function) if function else ''}|{kind}"


def _violation(at_ms: int, names: str, subject: str) -> Violation:
    company, call, function, kind = subject.split("|")
    return Violation(
        instant(at_ms),
        tuple(names.split(",")),
        int(company) if company else None,
        unquote(call) or None,
        unquote(function) or None,
        kind,
    )
