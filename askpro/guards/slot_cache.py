"""The free slots of a company's event type: asked of Cal.com once for everybody who wants to know.

Fresh for 30 to 60 seconds; up to five minutes old when Cal.com can't be asked, and then marked as
such. Keys are ``askpro_cache_cal_slots_<company>_<branch or 0>_<event type>_<window>``; without a
company there is no key. Values are JSON. Knows nothing of Cal.com: how to fetch is handed in.
"""

from __future__ import annotations

import random
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from askpro import trace
from askpro.errors import CalcomError, CalcomFault, CalcomHeld, CalcomUnreachable, NoCompany
from askpro.guards.circuits import Circuits
from askpro.guards.counters import Counters
from askpro.guards.desk import (
    MOST_FRESH_SECONDS,
    Fetch,
    Held,
    HeldSlot,
    HoldWish,
    Interval,
    Look,
    Put,
    Shown,
    Span,
)
from askpro.guards.desk_memory import MemoryDesk
from askpro.guards.desk_redis import RedisDesk
from askpro.guards.flights import Flights, Keeper
from askpro.guards.near_slots import Near, NearSlots
from askpro.guards.permits import Kind
from askpro.guards.redis_link import RedisLink, Send
from askpro.guards.redis_script import Command

#: hit: from the cache. joined: waited for somebody else's fetch. miss: fetched. stale: Cal.com
#: can't be asked, and these are old.
Came = Literal["hit", "joined", "miss", "stale"]
#: What is counted for each company. failed: there was nothing to answer with.
FIGURES = ("hit", "joined", "miss", "stale", "failed")

_WINDOW = re.compile(r"[A-Za-z0-9._-]{1,80}")
#: Fetches until the slots outlast a fetch: changes of a company in the middle of its rush hour.
_FETCHES = 3
#: While Redis is gone a worker does not hear of the others' bookings: it asks more often.
_ALONE_SECONDS = 10.0
_UNHEARD = 10_000


@dataclass(frozen=True)
class Seen:
    """What is free, as far as known. ``outcome`` stale = offer with a caveat, never book unseen.

    ``held`` says what came of the wish to hold a slot; ``others`` are the slots that other calls of
    the company hold, and ``booked`` what was booked after the value was fetched: it may still be in
    there, and must not be offered.
    """

    value: Any
    outcome: Came
    age_seconds: float
    held: Held = ""
    others: tuple[HeldSlot, ...] = ()
    booked: tuple[Span, ...] = ()


def _as_it_is(value: Any) -> Any:
    return value


class SlotCache:
    """``fresh_seconds`` is jittered by a third, so that not everything expires at once."""

    def __init__(
        self,
        link: RedisLink,
        shared: RedisDesk,
        alone: MemoryDesk,
        circuits: Circuits,
        counters: Counters,
        *,
        fresh_seconds: float,
        wait_seconds: float,
    ) -> None:
        self._link = link
        self._shared = shared
        self._alone = alone
        self._circuits = circuits
        self._counters = counters
        self._fresh_seconds = fresh_seconds
        self._wait_seconds = wait_seconds
        self._near = NearSlots()
        self._flights = Flights()
        self._keeper = Keeper(self._renew)
        self._jitter = random.SystemRandom()
        #: Changes that Redis has not heard of.
        self._unheard: deque[tuple[int, int | None]] = deque(maxlen=_UNHEARD)
        #: Locks that could not be given up.
        self._orphans: deque[tuple[str, str]] = deque(maxlen=_UNHEARD)
        link.on_return(self._returned)

    def get(
        self,
        *,
        company_id: int,
        branch_id: int | None,
        event_type_id: int,
        window: str,
        fetch: Callable[[], Any],
        read: Callable[[Any], Any] = _as_it_is,
        circuit: str | None = None,
        call_id: str | None = None,
        hold: HoldWish | None = None,
        then: Kind | None = None,
        not_after: float | None = None,
    ) -> Seen:
        """The slots, from the cache or by ``fetch``, which returns what JSON can say; ``read``
        makes of that what is used, and nobody may change it.

        ``window`` names what is asked for: days, length. With ``circuit`` the permit for the fetch
        comes along with the look; with ``hold`` the wished slot is held in the same breath, if it
        is free; with ``then`` the permit for the request that follows comes along as well (it is
        used by the next request of that circuit and kind, or given back at the end of the request).
        Nobody waits for another request's fetch after ``not_after``, of ``time.monotonic``.

        Raises :class:`NoCompany` without a company, and what ``fetch`` raises when nothing usable
        is cached: a :class:`~askpro.errors.CalcomFault` or ``CalcomHeld`` only then.
        """
        if not company_id:
            raise NoCompany("slots belong to a company")
        if not _WINDOW.fullmatch(window):
            raise ValueError("a window is letters, digits, dots, dashes and underscores")
        entry = f"cal_slots_{company_id}_{branch_id or 0}_{event_type_id}_{window}"
        shown = Shown(company_id, event_type_id, entry, circuit, call_id, hold, then)
        until = time.monotonic() + self._wait_seconds
        seen = self._seen(shown, fetch, read, until if not_after is None else min(until, not_after))
        self._note(shown, seen)
        return seen

    def invalidate(
        self, company_id: int, event_type_id: int | None = None, *, call_id: str | None = None
    ) -> None:
        """Something changed in a company's calendar: its slots, or one event type's, are forgotten.

        Also those that are being fetched right now. ``call_id``: what that call holds is let go.
        In a request it leaves with the next question to Redis, before the answer does.
        """
        if not company_id:
            raise NoCompany("slots belong to a company")
        self._alone.changed(company_id, event_type_id)
        commands = self._shared.changed(company_id, event_type_id)
        self._tell(company_id, event_type_id, commands, call_id)

    def _tell(
        self,
        company_id: int,
        event_type_id: int | None,
        commands: list[Command],
        call_id: str | None,
    ) -> None:
        self._link.ahead.pop(mark_name(company_id), None)
        if call_id is not None:
            self._alone.release(company_id, call_id)
            commands += self._shared.release(company_id, call_id)
        if self._link.configured:
            unheard = partial(self._unheard.append, (company_id, event_type_id))
            self._link.soon(*commands, if_lost=unheard)

    def booked(
        self, company_id: int, spans: Sequence[Interval], *, call_id: str | None = None
    ) -> None:
        """Appointments were made through us: they are taken out of what is cached, which may be
        used for as long as it is fresh. Other changes may free a slot: :meth:`invalidate`.

        ``call_id`` and when it leaves: as there.
        """
        if not company_id:
            raise NoCompany("slots belong to a company")
        self._alone.booked(company_id, spans)
        self._tell(company_id, None, self._shared.booked(company_id, spans), call_id)

    def mark_of(self, company_id: int) -> str | None:
        """What :meth:`invalidate` replaces, as it was when this request began; None where that is
        not known: Redis is gone, this request changed something, or nobody asked along."""
        if not self._link.configured:
            return self._alone.mark_of(company_id)
        known: str | None = self._link.ahead.get(mark_name(company_id))
        return known

    # -- below --

    def _seen(
        self,
        shown: Shown,
        fetch: Callable[[], Any],
        read: Callable[[Any], Any],
        until: float,
    ) -> Seen:
        near = self._near.get(shown.entry, self.mark_of(shown.company_id))
        if near is not None and shown.then is None:
            seen = self._seen_near(shown, near)
            if seen.held != "booked":
                return seen
        joined = False
        fetches = 0
        sure = again = False
        while True:
            look = self._link.either(
                partial(self._shared.look, shown, again=again),
                partial(self._alone.look, shown, again=again),
            )
            if look.held == "booked" and not sure:
                # Another host may still be free then: whoever asks for that very time is told
                # what Cal.com says now.
                sure = again = True
                continue
            again = False
            if look.fresh:
                self._circuits.carry(look.write_permit)
                came: Came = "joined" if joined else "hit"
                value = read(look.value)
                self._keep_near(shown, look, value)
                return Seen(
                    value, came, look.age_seconds, _final(look.held), look.others, look.booked
                )
            if look.refusal is not None:
                return self._stale(shown, look, read, look.refusal)
            if look.fetching == "busy":
                stands = partial(self._fetch_of, shown, look)
                error = self._flights.wait(look.token, until, stands)
                joined = True
                if error is None and time.monotonic() >= until:
                    error = CalcomUnreachable("waited too long for another request's answer")
                if error is not None:
                    return self._stale(shown, look, read, copy(error))
                continue
            fetches += 1
            value, put = self._fetched(shown, look, fetch)
            if isinstance(put, CalcomError):
                return self._stale(shown, look, read, put)
            # Something changed while Cal.com answered: what it said may be from before.
            if put.outdated and fetches < _FETCHES:
                continue
            self._circuits.carry(put.write_permit)
            return Seen(read(value), "miss", 0.0, _final(put.held), put.others, put.booked)

    def _seen_near(self, shown: Shown, near: Near) -> Seen:
        age = time.monotonic() - near.since
        others: tuple[HeldSlot, ...] | None = self._link.ahead.get(
            ("others", shown.company_id, shown.call_id)
        )
        told = self._link.ahead.get(("booked", shown.company_id)) or ()
        booked = tuple(span for noted, span in told if noted >= near.at_ms)
        wish = shown.wish
        if wish is not None and wish.written.encode() in near.written:
            if any(wish.start < span.end and span.start < wish.end for span in booked):
                return Seen(near.value, "hit", age, "booked", others or (), booked)
            held, others = self._link.either(
                partial(self._shared.hold, shown.company_id, wish),
                partial(self._alone.hold, shown.company_id, wish),
            )
            return Seen(near.value, "hit", age, held, others, booked)
        return Seen(near.value, "hit", age, "not_free" if wish else "", others or (), booked)

    def _keep_near(self, shown: Shown, look: Look, value: Any) -> None:
        """A fresh value that Redis showed is at least as new as the mark that this request heard
        before it asked."""
        mark = self.mark_of(shown.company_id)
        if look.shared and mark is not None:
            now = time.monotonic()
            near = Near(
                mark,
                value,
                look.written,
                look.at_ms,
                now - look.age_seconds,
                now + look.fresh_seconds,
            )
            self._near.put(shown.entry, near)

    def _fetched(
        self, shown: Shown, look: Look, fetch: Callable[[], Any]
    ) -> tuple[Any, Put | CalcomError]:
        """The slots and their place in the cache, or why there are none. Lands the flight."""
        begun = time.monotonic()
        self._flights.start(look.token)
        if look.shared:
            self._keeper.keep(shown.entry, look.token)
        self._circuits.carry(look.read_permit)
        try:
            value = fetch()
        except BaseException as met:
            # An error of our own lands the flight as well: whoever waits may try.
            error = met if isinstance(met, CalcomError) else None
            self._give_up(shown, look)
            self._flights.land(look.token, error)
            if error is None:
                raise
            return None, error
        finally:
            self._keeper.let_go(look.token)
            if look.read_permit is not None:
                self._circuits.give_back(look.read_permit)
        try:
            return value, self._put(shown, look, value, time.monotonic() - begun)
        finally:
            self._flights.land(look.token)

    def _put(self, shown: Shown, look: Look, value: Any, took: float) -> Put:
        if not look.shared:
            return self._alone.put(shown, look, value, took, self._fresh())

        def alone() -> Put:
            self._orphans.append((shown.entry, look.token))
            return self._alone.put(shown, look, value, took, self._fresh())

        return self._link.either(
            partial(self._shared.put, shown, look, value, took, self._fresh()), alone
        )

    def _give_up(self, shown: Shown, look: Look) -> None:
        if look.shared:
            orphan = partial(self._orphans.append, (shown.entry, look.token))
            self._link.either(partial(self._shared.give_up, shown, look), orphan)
        else:
            self._alone.give_up(shown, look)

    def _renew(self, fetches: Sequence[tuple[str, str]]) -> None:
        commands = [self._shared.renew(entry, token) for entry, token in fetches]
        self._link.either(partial(self._link.ask, *commands), list)

    def _fetch_of(self, shown: Shown, look: Look) -> Fetch:
        if not look.shared:
            return self._alone.fetch_of(shown, look.token)
        self._link.waited()
        over: Fetch = "over"
        return self._link.either(lambda: self._shared.fetch_of(shown, look.token), lambda: over)

    def _stale(
        self, shown: Shown, look: Look, read: Callable[[Any], Any], error: CalcomError
    ) -> Seen:
        """What is known from earlier, if the calendar is down and the rules allow it."""
        self._counters.add(shown.company_id, "failed")
        if not look.known or not isinstance(error, CalcomFault | CalcomHeld):
            raise error
        return Seen(read(look.value), "stale", look.age_seconds, "", look.others, look.booked)

    def _fresh(self) -> float:
        spread = self._jitter.uniform(2 / 3, 4 / 3)
        seconds = min(self._fresh_seconds * spread, MOST_FRESH_SECONDS)
        if self._link.configured and not self._link.usable:
            return min(seconds, _ALONE_SECONDS)
        return seconds

    def _note(self, shown: Shown, seen: Seen) -> None:
        self._counters.add(shown.company_id, seen.outcome)
        trace.note_cache("hit" if seen.outcome == "joined" else seen.outcome)
        self._link.note_ahead(("others", shown.company_id, shown.call_id), seen.others)
        if shown.wish is not None and seen.held in ("held", "taken"):
            wish = shown.wish
            self._link.note_ahead(
                ("held", shown.company_id, wish.call_id),
                (wish.calendar, wish.start, wish.end, seen.held == "held"),
            )

    def _returned(self, send: Send, outage: bool) -> None:
        """Redis is back: it hears what changed meanwhile, before anybody trusts it."""
        if outage:
            self._shared.distrust(send)
        while self._unheard:
            send(self._shared.changed(*self._unheard[0]))
            self._unheard.popleft()  # Only now: Redis may be gone again.
        while self._orphans:
            send([self._shared.unlock(*self._orphans[0])])
            self._orphans.popleft()
        self._alone.forget_slots()
        self._near.clear()


def _final(held: Held) -> Held:
    """Given away, and Cal.com has been asked: it is taken."""
    return "taken" if held == "booked" else held


def mark_name(company_id: int) -> tuple[str, int]:
    """Under which a company's mark is noted ahead."""
    return ("mark", company_id)
