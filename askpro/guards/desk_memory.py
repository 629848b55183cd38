"""The desk of this worker: all there is in embedded mode, and the rest while Redis is gone.

Does what the scripts look, put, hold and claim do, in Python; one suite of tests covers both.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from askpro.clock import Clock
from askpro.errors import CalcomHeld
from askpro.guards.cache_backend import GuardCache
from askpro.guards.circuits import Circuits
from askpro.guards.desk import (
    MOST_BOOKED,
    CallNotes,
    DeskRules,
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
from askpro.guards.permits import Permit
from askpro.guards.shelf import Shelf

_FAILURE_TOLD_SECONDS = 2.0
_GENERATION_SECONDS = 86_400.0


class _Entry(NamedTuple):
    at: float
    fresh_until: float
    generation: str
    value: Any


class MemoryDesk:
    """Times are the clock's monotonic seconds."""

    def __init__(
        self, rules: DeskRules, circuits: Circuits, clock: Clock, cache: GuardCache
    ) -> None:
        self._rules = rules
        self._circuits = circuits
        self._clock = clock
        self._lock = cache.lock
        self._tokens = itertools.count(1)
        self._entries: Shelf[str, Any] = cache.shelf
        self._fetches: Shelf[str, tuple[str, str]] = Shelf()
        self._failed: Shelf[str, str] = Shelf()
        self._booked: dict[int, Shelf[str, tuple[float, Span]]] = {}
        self._marks: Shelf[int, str] = Shelf()
        self._generations: Shelf[tuple[int, int | None], str] = Shelf()
        self._holds: dict[int, Shelf[str, HeldSlot]] = {}
        self._notes: Shelf[tuple[int, str], dict[str, str]] = Shelf()
        self._answers: Shelf[str, bytes] = Shelf()

    # -- slots --

    def look(self, shown: Shown, *, again: bool = False) -> Look:
        """``again``: what is cached is not enough, it must be fetched."""
        now = self._clock.monotonic()
        with self._lock:
            current = self._generation(shown.company_id, shown.event_type_id, now)
            entry = self._entries.get(shown.entry, now)
            if entry is not None and entry.generation != current:
                entry = None
            others = self._others(shown.company_id, shown.call_id, now)
            booked = self._booked_since(shown.company_id, entry.at if entry else now, now)
            look = Look(
                value=entry.value if entry else None,
                known=entry is not None,
                fresh=entry is not None and entry.fresh_until > now and not again,
                age_seconds=max(now - entry.at, 0.0) if entry else 0.0,
                generation=current,
                others=others,
                booked=booked,
            )
            if entry is not None and look.fresh:
                look = replace(
                    look, held=self._hold_if_free(shown, entry.value, booked, others, now)
                )
            else:
                look = self._join_or_fetch(shown, look, now)
        return self._with_permits(shown, look)

    def _join_or_fetch(self, shown: Shown, look: Look, now: float) -> Look:
        running = self._fetches.get(shown.entry, now)
        if running is not None and running[0] == look.generation:
            return replace(look, fetching="busy", token=running[1])
        token = str(next(self._tokens))
        until = now + self._rules.lock_seconds
        self._fetches.put(shown.entry, (look.generation, token), until=until, now=now)
        return replace(look, fetching="mine", token=token)

    def _with_permits(self, shown: Shown, look: Look) -> Look:
        if look.fetching == "mine" and shown.circuit is not None:
            try:
                permit = self._circuits.acquire_alone(shown.circuit, "read")
            except CalcomHeld as refusal:
                with self._lock:
                    self._unlock(shown, look)
                return replace(look, fetching="refused", refusal=refusal)
            return replace(look, read_permit=permit)
        return replace(look, write_permit=self._following(shown, look.held))

    def put(self, shown: Shown, look: Look, value: Any, took: float, fresh_seconds: float) -> Put:
        now = self._clock.monotonic()
        with self._lock:
            mine = self._unlock(shown, look)
            others = self._others(shown.company_id, shown.call_id, now)
            current = self._generation(shown.company_id, shown.event_type_id, now)
            # A fetch that began with Redis knows another generation: it is used and not kept.
            if not look.shared and look.generation != current:
                return Put(outdated=True, others=others)
            if mine:
                entry = _Entry(now - took, now + fresh_seconds, look.generation, value)
                kept = now + max(self._rules.stale_seconds, fresh_seconds)
                self._entries.put(shown.entry, entry, until=kept, now=now)
            booked = self._booked_since(shown.company_id, now - took, now)
            held = self._hold_if_free(shown, value, booked, others, now)
        return Put(False, held, others, self._following(shown, held), booked)

    def give_up(self, shown: Shown, look: Look) -> None:
        now = self._clock.monotonic()
        with self._lock:
            self._unlock(shown, look)
            until = now + _FAILURE_TOLD_SECONDS
            self._failed.put(shown.entry, look.token, until=until, now=now)

    def fetch_of(self, shown: Shown, token: str) -> Fetch:
        now = self._clock.monotonic()
        if self._failed.get(shown.entry, now) == token:
            return "failed"
        running = self._fetches.get(shown.entry, now)
        return "going" if running is not None and running[1] == token else "over"

    def changed(self, company_id: int, event_type_id: int | None) -> None:
        now = self._clock.monotonic()
        with self._lock:
            until = now + _GENERATION_SECONDS
            generation = str(next(self._tokens))
            self._generations.put((company_id, event_type_id), generation, until=until, now=now)
            self._marks.put(company_id, generation, until=until, now=now)

    def booked(self, company_id: int, spans: Sequence[Interval]) -> None:
        """From now on these spans are taken out of what was fetched before."""
        now = self._clock.monotonic()
        with self._lock:
            shelf = self._booked.setdefault(company_id, Shelf())
            shelf.sweep(now)
            full = len(shelf) + len(spans) > MOST_BOOKED
            for span in spans:
                until = now + self._rules.booked_seconds
                shelf.put(
                    str(next(self._tokens)), (now, Span(span.start, span.end)), until=until, now=now
                )
            until = now + _GENERATION_SECONDS
            self._marks.put(company_id, str(next(self._tokens)), until=until, now=now)
            if full:
                shelf.clear()
        if full:
            self.changed(company_id, None)

    def mark_of(self, company_id: int) -> str:
        """What :meth:`changed` and :meth:`booked` replace."""
        return self._marks.get(company_id, self._clock.monotonic()) or "0"

    def forget_slots(self) -> None:
        """Redis is back: what this worker cached meanwhile is not kept for the next outage."""
        with self._lock:
            self._entries.clear()

    # -- holds and notes --

    def hold(self, company_id: int, wish: HoldWish) -> tuple[Held, tuple[HeldSlot, ...]]:
        now = self._clock.monotonic()
        with self._lock:
            others = self._others(company_id, wish.call_id, now)
            return self._hold(company_id, wish, others, now), others

    def release(self, company_id: int, call_id: str) -> None:
        with self._lock:
            if company_id in self._holds:
                self._holds[company_id].pop(call_id, 0.0)

    def holds(self, company_id: int) -> dict[str, HeldSlot]:
        with self._lock:
            shelf = self._holds.get(company_id)
            return dict(shelf.items(self._clock.monotonic())) if shelf else {}

    def notes(self, company_id: int, call_id: str) -> CallNotes:
        with self._lock:
            kept = self._notes.get((company_id, call_id), self._clock.monotonic())
            return CallNotes.of(dict(kept or {}))

    def remember(self, company_id: int, call_id: str, notes: Mapping[str, str]) -> None:
        with self._lock:
            self._note(company_id, call_id, notes, self._clock.monotonic())

    # -- answers --

    def claim(self, key: str) -> bytes | None:
        now = self._clock.monotonic()
        with self._lock:
            kept = self._answers.get(key, now)
            if kept is None:
                self._answers.put(key, b"", until=now + self._rules.claim_seconds, now=now)
            return kept

    def answered(self, key: str) -> bytes | None:
        return self._answers.get(key, self._clock.monotonic())

    def answer(self, key: str, answer: bytes) -> None:
        now = self._clock.monotonic()
        with self._lock:
            self._answers.put(key, answer, until=now + self._rules.replay_seconds, now=now)

    def unclaim(self, key: str) -> None:
        with self._lock:
            self._answers.pop(key, 0.0)

    def forget(self, is_wanted: Callable[[bytes], bool]) -> int:
        """Let go of the kept answers that are wanted; how many."""
        now = self._clock.monotonic()
        with self._lock:
            wanted = [key for key, answer in self._answers.items(now) if is_wanted(answer)]
            for key in wanted:
                self._answers.pop(key, now)
            return len(wanted)

    # -- below; the lock is held, except for permits --

    def _generation(self, company_id: int, event_type_id: int, now: float) -> str:
        of_company = self._generations.get((company_id, None), now) or "0"
        return f"{of_company}.{self._generations.get((company_id, event_type_id), now) or '0'}"

    def _unlock(self, shown: Shown, look: Look) -> bool:
        running = self._fetches.get(shown.entry, self._clock.monotonic())
        if running != (look.generation, look.token):
            return False
        self._fetches.pop(shown.entry, 0.0)
        return True

    def _others(self, company_id: int, call_id: str | None, now: float) -> tuple[HeldSlot, ...]:
        shelf = self._holds.get(company_id)
        if not shelf:
            return ()
        return tuple(slot for call, slot in shelf.items(now) if call != call_id)

    def _booked_since(self, company_id: int, at: float, now: float) -> tuple[Span, ...]:
        shelf = self._booked.get(company_id)
        if not shelf:
            return ()
        return tuple(span for _, (noted, span) in shelf.items(now) if noted >= at)

    def _hold_if_free(
        self,
        shown: Shown,
        value: Any,
        booked: tuple[Span, ...],
        others: tuple[HeldSlot, ...],
        now: float,
    ) -> Held:
        wish = shown.wish
        if wish is None:
            return ""
        if not _is_written(wish.written, value):
            return "not_free"
        if any(wish.start < span.end and span.start < wish.end for span in booked):
            return "booked"
        return self._hold(shown.company_id, wish, others, now)

    def _hold(
        self, company_id: int, wish: HoldWish, others: tuple[HeldSlot, ...], now: float
    ) -> Held:
        taken = sum(
            1
            for slot in others
            if slot.calendar == wish.calendar and wish.start < slot.end and slot.start < wish.end
        )
        if taken >= wish.seats:
            return "taken"
        shelf = self._holds.setdefault(company_id, Shelf())
        slot = HeldSlot(wish.start, wish.end, wish.calendar)
        shelf.put(wish.call_id, slot, until=now + self._rules.hold_seconds, now=now)
        if wish.remember:
            self._note(company_id, wish.call_id, wish.remember, now)
        return "held"

    def _note(self, company_id: int, call_id: str, notes: Mapping[str, str], now: float) -> None:
        kept = {**(self._notes.get((company_id, call_id), now) or {}), **notes}
        until = now + self._rules.notes_seconds
        self._notes.put((company_id, call_id), kept, until=until, now=now)

    def _following(self, shown: Shown, held: Held) -> Permit | None:
        if held != "held" or shown.circuit is None or shown.then is None:
            return None
        try:
            return self._circuits.acquire_alone(shown.circuit, shown.then)
        except CalcomHeld:
            return None  # The write asks again and hears why.


def _is_written(written: str, value: Any) -> bool:
    """Whether the JSON of ``value`` shows that string: a list of strings, as a rule."""
    if isinstance(value, list) and written[1:-1] in value:
        return True
    return written.encode() in orjson.dumps(value)
