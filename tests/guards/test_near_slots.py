"""What a worker has just read it need not read again, and never uses when it might be wrong.

On every ground: without Redis the cache itself is as near, and the same holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from askpro.clock import Clock
from askpro.guards import Guards
from askpro.guards.near_slots import Near, NearSlots
from askpro.guards.redis_link import RedisLink
from askpro.guards.slot_cache import Seen
from askpro.settings import Settings
from tests.guards.conftest import PATIENT, Ground
from tests.guards.test_slot_cache import FREE, HAIRCUT, TEN, Calendar, at_ten
from tests.servers.redis import OwnRedis
from tests.waiting import eventually

Make = Callable[..., Guards]


@contextmanager
def request(guards: Guards, call: str = "call_a") -> Iterator[None]:
    """One function call, from its counting to its end."""
    guards.start_request()
    guards.begin_call(15, call, "check_availability", "function")
    yield
    guards.end_request()


def ask(calendar: Calendar, call: str = "call_a", **asked: object) -> Seen:
    with request(calendar.guards, call):
        return calendar.look(call_id=call, **asked)


def known_to(guards: Guards) -> Calendar:
    """Slots that a request of this worker has already found in the cache."""
    calendar = Calendar(guards)
    assert [ask(calendar).outcome for _ in range(2)] == ["miss", "hit"]
    return calendar


def test_what_a_worker_has_just_read_costs_no_trip_of_its_own(ground: Ground, guards: Make, trips):
    calendar = known_to(guards())
    with trips() as count:
        seen = ask(calendar)
    assert (seen.value, seen.outcome, calendar.asked) == (FREE, "hit", 1)
    assert count() == (1 if ground.shared else 0)


def test_what_is_used_is_made_ready_once(ground: Ground, guards: Make):
    made: list[list[str]] = []

    def read(starts: list[str]) -> tuple[datetime, ...]:
        made.append(starts)
        return tuple(map(datetime.fromisoformat, starts))

    calendar = Calendar(guards())
    for _ in range(5):
        assert ask(calendar, read=read).value[0] == TEN
    assert len(made) == (2 if ground.shared else 5)


@pytest.mark.parametrize("ground", ["redis"], indirect=True)
def test_a_change_by_another_worker_is_seen_by_the_next_request(guards: Make):
    here, there = known_to(guards()), guards()
    for event_type in (None, HAIRCUT):
        calls = here.asked
        there.slots.invalidate(15, event_type)
        assert ask(here).outcome == "miss"
        assert here.asked == calls + 1
        ask(here)


def test_a_change_within_a_request_is_seen_by_that_request(guards: Make):
    calendar = known_to(guards())
    with request(calendar.guards):
        calendar.guards.slots.invalidate(15)
        assert calendar.look(call_id="call_a").outcome == "miss"


def test_it_is_used_no_longer_than_it_is_fresh(ground: Ground, guards: Make):
    calendar = known_to(guards(slot_cache_fresh_seconds=1))
    ground.wait(1.4)
    assert ask(calendar).outcome == "miss"


def test_a_wish_is_held_and_a_held_one_is_told(ground: Ground, guards: Make, trips):
    calendar = known_to(guards())
    ask(calendar, "call_a", hold=at_ten("call_a"))  # Redis knows the script from now on.
    with trips() as count:
        mine = ask(calendar, "call_a", hold=at_ten("call_a"))
    assert count() == (2 if ground.shared else 0)
    assert (mine.held, mine.outcome) == ("held", "hit")
    theirs = ask(calendar, "call_b", hold=at_ten("call_b"))
    assert theirs.held == "taken"
    assert [slot.start for slot in theirs.others] == [TEN]
    assert [slot.start for slot in ask(calendar, "call_c").others] == [TEN]
    assert ask(calendar, "call_a").others == ()


def test_what_is_not_free_is_not_held(guards: Make):
    calendar = known_to(guards())
    calendar.free = []
    calendar.guards.slots.invalidate(15)
    ask(calendar)
    ask(calendar)
    assert ask(calendar, hold=at_ten("call_a")).held == "not_free"


def test_nothing_read_before_a_flush_is_used_after_it(
    own_redis: OwnRedis, settings: Callable[..., Settings]
):
    link = RedisLink(own_redis.url, clock=Clock(), timeout=PATIENT, patience=PATIENT)
    made = Guards(settings(redis_url=own_redis.url), Clock(), link=link)
    calendar = known_to(made)
    made.slots.invalidate(15)
    own_redis.flush()
    assert ask(calendar).outcome == "miss"
    made.close()


def test_nothing_read_before_an_outage_is_used_after_it(
    own_redis: OwnRedis, settings: Callable[..., Settings]
):
    link = RedisLink(
        own_redis.url, clock=Clock(), timeout=PATIENT, patience=PATIENT, pauses=(0.05,)
    )
    made = Guards(settings(redis_url=own_redis.url), Clock(), link=link)
    calendar = known_to(made)
    own_redis.stop()
    assert ask(calendar).outcome == "miss", "a worker on its own asks for itself"
    made.slots.invalidate(15)
    own_redis.start()
    eventually(lambda: link.usable, seconds=10, what="the return of Redis")
    assert ask(calendar).outcome == "miss"
    made.close()


def a_window(seconds: float, written: bytes = b"[]") -> Near:
    now = time.monotonic()
    return Near("mark", (), written, 0, now, now + seconds)


def test_what_is_no_longer_fresh_is_let_go_and_not_only_hidden():
    near = NearSlots()
    for number in range(50):
        near.put(f"window {number}", a_window(0.02))
    assert len(near) > 0
    time.sleep(0.03)
    near.put("the next one", a_window(60))
    assert len(near) == 1
    assert near.get("the next one", "mark") is not None


def test_windows_are_kept_up_to_some_megabytes():
    near = NearSlots()
    for number in range(50):
        near.put(f"window {number}", a_window(60, bytes(1_000_000)))
    assert len(near) == 8
    near.put("more than all", a_window(60, bytes(9_000_000)))
    assert near.get("more than all", "mark") is None
    assert near.get("window 49", "mark") is not None
