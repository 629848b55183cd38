"""The desk of all workers, in Redis. Every method raises RedisGone when Redis cannot be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import orjson

from askpro.errors import CalcomHeld
from askpro.guards.breaker_redis import PREFIX as CIRCUIT
from askpro.guards.breaker_redis import new_token
from askpro.guards.cache_backend import PREFIX as CACHE_PREFIX
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
    epoch,
    moment,
)
from askpro.guards.permits import Kind, Permit
from askpro.guards.redis_link import RedisLink, Send
from askpro.guards.redis_script import Command, Script

_LOOK = Script.of("now", "permit", "holds", "slots", "look")
_PUT = Script.of("now", "permit", "holds", "slots", "put")
_GIVE_UP = Script.of("give_up")
_RENEW = Script.of("renew")
_HOLD = Script.of("now", "holds", "hold")
_BOOKED = Script.of("now", "booked")
_CLAIM = Script.of("claim")
_MARK = Script.of("mark")
#: A generation must outlive whatever was cached or is being fetched under it.
_GENERATION_MS = 86_400_000
_FAILURE_TOLD_MS = 2000
#: A fetch whose worker died is taken over after this; a living worker renews its lock.
_LOCK_MS = 1200


class RedisDesk:
    def __init__(self, link: RedisLink, rules: DeskRules, circuits: Circuits) -> None:
        self._link = link
        self._rules = rules
        self._circuits = circuits
        #: Redis's time before which entries and locks are not trusted: while it was away, changes
        #: may have been made and fetches ended that it never heard of.
        self._trusted_from = 0

    # -- slots --

    def look(self, shown: Shown, *, again: bool = False) -> Look:
        """``again``: what is cached is not enough, it must be fetched."""
        token = new_token()
        read, write = new_token(), new_token()
        question: dict[str, Any] = {
            "token": token,
            "lock_ms": _LOCK_MS,
            "trusted_ms": self._trusted_from,
            "call": shown.call_id or "",
            "again": again,
        }
        if shown.circuit is not None:
            question["read"] = self._permit_for(read, "read")
            if shown.then is not None:
                question["write"] = self._permit_for(write, shown.then)
        args = (orjson.dumps(question), self._circuits.rules.as_json, self._wish(shown.wish))
        reply = self._link.run(_LOOK, self._keys(shown), args)
        entry, fresh, age, generation, fetching, holder, held, others, *permits, booked = reply
        got, following = permits
        kept: dict[str, Any] = orjson.loads(entry) if entry else {"value": None}
        look = Look(
            value=kept["value"],
            known=bool(entry),
            fresh=bool(fresh),
            age_seconds=age / 1000,
            generation=generation.decode(),
            fetching=fetching.decode(),
            token=holder.decode(),
            held=held.decode(),
            others=_slots(others),
            write_permit=self._following(shown, write, following),
            booked=tuple(span for _, span in read_booked(booked)),
            shared=True,
            written=entry or b"",
            at_ms=kept.get("at", 0),
            fresh_seconds=(kept["fresh"] - kept["at"] - age) / 1000 if fresh else 0.0,
        )
        if not got:
            return look
        assert shown.circuit is not None
        try:
            return replace(look, read_permit=self._permit(shown.circuit, "read", read, got))
        except CalcomHeld as refusal:
            return replace(look, refusal=refusal)

    def put(self, shown: Shown, look: Look, value: Any, took: float, fresh_seconds: float) -> Put:
        write = new_token()
        kept = max(self._rules.stale_seconds, fresh_seconds)
        question: dict[str, Any] = {
            "token": look.token,
            "generation": look.generation,
            "took_ms": _ms(took),
            "fresh_ms": _ms(fresh_seconds),
            "kept_ms": _ms(kept),
            "call": shown.call_id or "",
        }
        if shown.circuit is not None and shown.then is not None:
            question["write"] = self._permit_for(write, shown.then)
        args = (
            orjson.dumps(question),
            self._circuits.rules.as_json,
            self._wish(shown.wish),
            orjson.dumps(value),
        )
        outdated, held, others, following, booked = self._link.run(_PUT, self._keys(shown), args)
        return Put(
            bool(outdated),
            held.decode(),
            _slots(others),
            self._following(shown, write, following),
            tuple(span for _, span in read_booked(booked)),
        )

    def give_up(self, shown: Shown, look: Look) -> None:
        """The fetch failed: others may try."""
        self._link.run(_GIVE_UP, [lock_key(shown.entry)], (look.token, _FAILURE_TOLD_MS))

    def unlock(self, entry: str, token: str) -> Command:
        """For a lock that could not be given up in time: Redis was gone."""
        return _GIVE_UP.command([lock_key(entry)], (token, 0))

    def renew(self, entry: str, token: str) -> Command:
        """The fetch goes on: its lock lasts anew."""
        return _RENEW.command([lock_key(entry)], (token, _LOCK_MS))

    def fetch_of(self, shown: Shown, token: str) -> Fetch:
        """How the fetch with that token stands."""
        lock = lock_key(shown.entry)
        [(holder, failed)] = self._link.ask(("MGET", lock, f"{lock}:failed"))
        if failed is not None and failed.decode() == token:
            return "failed"
        going = holder is not None and holder.split(b"|")[1] == token.encode()
        return "going" if going else "over"

    def changed(self, company_id: int, event_type_id: int | None) -> list[Command]:
        """What makes everybody forget the slots of a company, or of one of its event types."""
        keys = {generation_key(company_id, event_type_id), _mark_key(company_id)}
        return [("SET", key, new_token(), "PX", _GENERATION_MS) for key in sorted(keys)]

    def booked(self, company_id: int, spans: Sequence[Interval]) -> list[Command]:
        """What makes everybody take these spans out of what was fetched before."""
        keys = [
            booked_key(company_id),
            _mark_key(company_id),
            generation_key(company_id, None),
        ]
        told = [part for span in spans for part in (epoch(span.start), epoch(span.end))]
        kept = (_ms(self._rules.booked_seconds), _GENERATION_MS, MOST_BOOKED)
        return [_BOOKED.command(keys, (new_token(), *kept, *told))]

    @staticmethod
    def booked_command(company_id: int) -> Command:
        """For :func:`read_booked`."""
        return ("HVALS", booked_key(company_id))

    def distrust(self, send: Send) -> None:
        """Redis is back after an outage: what it cached before may be wrong."""
        [(seconds, micros)] = send([("TIME",)])
        self._trusted_from = int(seconds) * 1000 + int(micros) // 1000

    @staticmethod
    def mark_command(company_id: int) -> Command:
        """What is another one after every change, of the whole company or of one event type."""
        return _MARK.command([_mark_key(company_id)], (new_token(), _GENERATION_MS))

    # -- holds and notes --

    def hold(self, company_id: int, wish: HoldWish) -> tuple[Held, tuple[HeldSlot, ...]]:
        keys = [holds_key(company_id), notes_key(company_id, wish.call_id)]
        outcome, others = self._link.run(_HOLD, keys, (self._wish(wish),))
        return outcome.decode(), _slots(others)

    def release(self, company_id: int, call_id: str) -> list[Command]:
        return [("HDEL", holds_key(company_id), call_id)]

    def holds(self, company_id: int) -> dict[str, HeldSlot]:
        """Call → what it holds."""
        return self.read_holds(*self._link.ask(*self.holds_commands(company_id)))

    @staticmethod
    def holds_commands(company_id: int) -> tuple[Command, Command]:
        return ("HGETALL", holds_key(company_id)), ("TIME",)

    @staticmethod
    def read_holds(page: list[bytes], time: tuple[bytes, bytes]) -> dict[str, HeldSlot]:
        """The answers to :meth:`holds_commands`."""
        seconds, micros = time
        now = int(seconds) * 1000 + int(micros) // 1000
        found = {}
        for call, value in zip(page[::2], page[1::2], strict=True):
            if int(value.rpartition(b"|")[2]) > now:
                found[call.decode()] = _slot(value)
        return found

    def notes_command(self, company_id: int, call_id: str) -> Command:
        return ("HGETALL", notes_key(company_id, call_id))

    @staticmethod
    def read_notes(page: list[bytes]) -> CallNotes:
        words = [word.decode() for word in page]
        return CallNotes.of(dict(zip(words[::2], words[1::2], strict=True)))

    def notes(self, company_id: int, call_id: str) -> CallNotes:
        [page] = self._link.ask(self.notes_command(company_id, call_id))
        return self.read_notes(page)

    def remember(self, company_id: int, call_id: str, notes: Mapping[str, str]) -> list[Command]:
        key = notes_key(company_id, call_id)
        pairs = [part for pair in notes.items() for part in pair]
        return [("HSET", key, *pairs), ("PEXPIRE", key, _ms(self._rules.notes_seconds))]

    # -- answers --

    def claim_command(self, key: str) -> Command:
        return _CLAIM.command([replay_key(key)], (_ms(self._rules.claim_seconds),))

    def claim(self, key: str) -> bytes | None:
        kept: bytes | None = self._link.ask(self.claim_command(key))[0]
        return kept

    def answered(self, key: str) -> bytes | None:
        kept: bytes | None = self._link.ask(("GET", replay_key(key)))[0]
        return kept

    def answer(self, key: str, answer: bytes) -> list[Command]:
        return [("SET", replay_key(key), answer, "PX", _ms(self._rules.replay_seconds))]

    def unclaim(self, key: str) -> list[Command]:
        return [("DEL", replay_key(key))]

    def forget(self, is_wanted: Callable[[bytes], bool]) -> int:
        """Let go of the kept answers that are wanted; how many. Looks at every one of them."""
        found, cursor = 0, b"0"
        while True:
            [(cursor, keys)] = self._link.ask(
                ("SCAN", cursor, "MATCH", replay_key("*"), "COUNT", 1000)
            )
            [answers] = self._link.ask(("MGET", *keys)) if keys else [[]]
            wanted = [
                key for key, each in zip(keys, answers, strict=True) if is_wanted(each or b"")
            ]
            if wanted:
                self._link.ask(("DEL", *wanted))
            found += len(wanted)
            if int(cursor) == 0:
                return found

    # -- below --

    def _keys(self, shown: Shown) -> list[str]:
        return [
            CACHE_PREFIX + shown.entry,
            lock_key(shown.entry),
            generation_key(shown.company_id, None),
            generation_key(shown.company_id, shown.event_type_id),
            holds_key(shown.company_id),
            notes_key(shown.company_id, shown.wish.call_id if shown.wish else ""),
            CIRCUIT + (shown.circuit or ""),
            booked_key(shown.company_id),
        ]

    def _permit_for(self, token: str, kind: Kind) -> dict[str, Any]:
        return {"token": token, "reserve": self._circuits.rules.reserves[kind]}

    def _wish(self, wish: HoldWish | None) -> bytes | str:
        if wish is None:
            return ""
        return orjson.dumps(
            {
                "call": wish.call_id,
                "calendar": wish.calendar,
                "from": epoch(wish.start),
                "to": epoch(wish.end),
                "seats": wish.seats,
                "hold_ms": _ms(self._rules.hold_seconds),
                "written": wish.written,
                "notes": dict(wish.remember),
                "notes_ms": _ms(self._rules.notes_seconds),
            }
        )

    def _permit(self, circuit: str, kind: Kind, token: str, reply: list[Any]) -> Permit:
        office = self._circuits
        return office.mirrored(
            circuit, lambda: office.shared.read_acquired(circuit, kind, token, reply)
        )

    def _following(self, shown: Shown, token: str, reply: list[Any] | None) -> Permit | None:
        """The permit of the write that follows. Refused: the write asks again and hears why."""
        if not reply or reply[0] != b"ok" or shown.circuit is None or shown.then is None:
            return None
        return self._permit(shown.circuit, shown.then, token, reply)


def lock_key(entry: str) -> str:
    return f"{CACHE_PREFIX}lock_{entry}"


def generation_key(company_id: int, event_type_id: int | None) -> str:
    return f"{CACHE_PREFIX}generation_{company_id}_{event_type_id or 'all'}"


def _mark_key(company_id: int) -> str:
    return f"{CACHE_PREFIX}mark_{company_id}"


def booked_key(company_id: int) -> str:
    return f"askpro_booked:{company_id}"


def holds_key(company_id: int) -> str:
    return f"askpro_holds:{company_id}"


def notes_key(company_id: int, call_id: str) -> str:
    return f"askpro_call:{company_id}:{call_id}"


def replay_key(key: str) -> str:
    return f"askpro_replay:{key}"


def _ms(seconds: float) -> int:
    return ceil(seconds * 1000)


def read_booked(values: list[bytes]) -> list[tuple[int, Span]]:
    """(ms by Redis's clock when it was noted, what was booked). Some may be too old to matter."""
    words = (value.split(b"|") for value in values)
    return [
        (int(noted), Span(moment(int(start)), moment(int(end)))) for noted, start, end, _ in words
    ]


def _slots(values: list[bytes]) -> tuple[HeldSlot, ...]:
    return tuple(_slot(value) for value in values)


def _slot(value: bytes) -> HeldSlot:
    calendar, start, end, _ = value.decode().rsplit("|", 3)
    return HeldSlot(moment(int(start)), moment(int(end)), calendar)
