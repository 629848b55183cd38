"""The slots of a company: fetched once for everybody, never from before a change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from askpro.errors import (
    BudgetSpent,
    CalcomNotFound,
    CalcomUnavailable,
    CalcomUnreachable,
    CircuitOpen,
    NoCompany,
)
from askpro.guards import PLATFORM, Guards, wish
from askpro.guards.desk import HoldWish
from askpro.guards.slot_cache import FIGURES, Seen
from tests.guards.conftest import Ground
from tests.waiting import eventually

Make = Callable[..., Guards]
HAIRCUT = 2563193
TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
FREE = [(TEN + timedelta(minutes=30 * n)).isoformat() for n in range(4)]


@dataclass(frozen=True)
class Span:
    start: datetime
    end: datetime


class Calendar:
    """Cal.com's slots behind the cache: counts how often it is asked."""

    def __init__(self, guards: Guards, *, seconds: float = 0) -> None:
        self.guards = guards
        self.asked = 0
        self.seconds = seconds
        self.free: Any = FREE
        self.error: Exception | None = None

    def fetch(self) -> Any:
        self.asked += 1
        found = list(self.free)
        time.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return found

    def look(self, **asked: Any) -> Seen:
        question: dict[str, Any] = {
            "company_id": 15,
            "branch_id": None,
            "event_type_id": HAIRCUT,
            "window": "20261125-20261209-0",
            "fetch": self.fetch,
        }
        return self.guards.slots.get(**{**question, **asked})

    def together(self, times: int) -> list[Seen | Exception]:
        """So many looks at the same moment."""
        seen: list[Seen | Exception] = []
        start = threading.Barrier(times)

        def look() -> None:
            start.wait()
            try:
                seen.append(self.look())
            except Exception as error:
                seen.append(error)

        threads = [threading.Thread(target=look) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return seen


def at_ten(call: str) -> HoldWish | None:
    span = Span(TEN, TEN + timedelta(minutes=45))
    return wish(HAIRCUT, span, call_id=call, service_id=7, written=f'"{FREE[0]}"')


def test_the_second_look_asks_nobody(guards: Make):
    calendar = Calendar(guards())
    assert calendar.look() == Seen(FREE, "miss", 0.0)
    seen = calendar.look()
    assert (seen.value, seen.outcome, calendar.asked) == (FREE, "hit", 1)


def test_two_companies_two_branches_two_windows_share_nothing(guards: Make):
    calendar = Calendar(guards())
    calendar.look()
    for other in (
        {"company_id": 20},
        {"branch_id": 3},
        {"event_type_id": 9},
        {"window": "20261210-20261224-0"},
    ):
        assert calendar.look(**other).outcome == "miss"


def test_without_a_company_there_is_no_key(guards: Make):
    calendar = Calendar(guards())
    for nobody in (None, 0):
        with pytest.raises(NoCompany):
            calendar.look(company_id=nobody)
    assert calendar.asked == 0


def test_operators_find_the_key_and_json_behind_it(ground: Ground, guards: Make):
    Calendar(made := guards()).look()
    key = f"cal_slots_15_0_{HAIRCUT}_20261125-20261209-0"
    if ground.shared:
        [raw] = made.link.ask(("GET", f"askpro_cache_{key}"))
        assert orjson.loads(raw)["value"] == FREE
        assert made.backend.has(key)
    else:
        assert made.backend.shelf.get(key, ground.clock.monotonic()).value == FREE


def test_fresh_slots_last_thirty_to_sixty_seconds(ground: Ground, guards: Make):
    slots = guards().slots
    seconds = [slots._fresh() for _ in range(200)]
    if ground.name == "gone":
        # The first question finds out that Redis is gone; from then on this worker is alone.
        Calendar(guards()).look()
        assert slots._fresh() == 10
        return
    assert min(seconds) >= 30
    assert max(seconds) <= 60
    assert max(seconds) - min(seconds) > 20


def test_slots_that_are_no_longer_fresh_are_fetched_again(ground: Ground, guards: Make):
    calendar = Calendar(guards(slot_cache_fresh_seconds=1))
    calendar.look()
    ground.wait(1.4)
    assert calendar.look().outcome == "miss"
    assert calendar.asked == 2


@pytest.mark.parametrize("error", [CalcomUnavailable(), CalcomUnreachable(), CircuitOpen()])
def test_a_calendar_that_is_down_is_answered_with_older_slots(
    ground: Ground, guards: Make, error: Exception
):
    calendar = Calendar(guards(slot_cache_fresh_seconds=1))
    calendar.look()
    ground.wait(1.4)
    calendar.error = error
    seen = calendar.look()
    assert (seen.value, seen.outcome) == (FREE, "stale")
    assert 1.3 < seen.age_seconds < 60


def test_slots_that_are_too_old_are_not_offered(ground: Ground, guards: Make):
    calendar = Calendar(guards(slot_cache_fresh_seconds=1, slot_cache_stale_seconds=2))
    calendar.look()
    ground.wait(2.1)
    calendar.error = CalcomUnavailable()
    with pytest.raises(CalcomUnavailable):
        calendar.look()


def test_an_answer_of_business_is_not_covered_up_with_older_slots(ground: Ground, guards: Make):
    calendar = Calendar(guards(slot_cache_fresh_seconds=1))
    calendar.look()
    ground.wait(1.4)
    calendar.error = CalcomNotFound(http_status=404)
    with pytest.raises(CalcomNotFound):
        calendar.look()


def test_slots_from_before_a_change_are_not_even_offered_as_old_ones(guards: Make):
    calendar = Calendar(made := guards())
    calendar.look()
    made.slots.invalidate(15, HAIRCUT)
    calendar.error = CalcomUnavailable()
    with pytest.raises(CalcomUnavailable):
        calendar.look()


def test_a_change_drops_the_event_type_in_every_branch_and_window(guards: Make):
    calendar = Calendar(made := guards())
    for where in ({}, {"branch_id": 3}, {"window": "other"}, {"event_type_id": 9}):
        calendar.look(**where)
    made.slots.invalidate(15, HAIRCUT)
    outcomes = [
        calendar.look(**where).outcome
        for where in ({}, {"branch_id": 3}, {"window": "other"}, {"event_type_id": 9})
    ]
    assert outcomes == ["miss", "miss", "miss", "hit"]


def test_a_change_of_the_company_drops_all_its_event_types_and_no_other_companys(guards: Make):
    calendar = Calendar(made := guards())
    for where in ({}, {"event_type_id": 9}, {"company_id": 20}):
        calendar.look(**where)
    made.slots.invalidate(15)
    outcomes = [
        calendar.look(**where).outcome for where in ({}, {"event_type_id": 9}, {"company_id": 20})
    ]
    assert outcomes == ["miss", "miss", "hit"]


def test_a_fetch_that_began_before_a_change_writes_nothing_back(guards: Make):
    calendar = Calendar(made := guards())
    looks = 0

    def fetch() -> list[str]:
        nonlocal looks
        looks += 1
        if looks == 1:
            # While Cal.com answers, the first slot is booked.
            made.slots.invalidate(15, HAIRCUT)
            return FREE
        return FREE[1:]

    assert calendar.look(fetch=fetch).value == FREE[1:]
    assert calendar.look().value == FREE[1:]
    assert looks == 2


def test_a_calendar_that_changes_all_the_time_is_answered_all_the_same(guards: Make):
    calendar = Calendar(made := guards())

    def fetch() -> list[str]:
        made.slots.invalidate(15, HAIRCUT)
        calendar.asked += 1
        return FREE

    assert calendar.look(fetch=fetch).value == FREE
    assert calendar.asked == 3


def test_two_hundred_at_once_are_one_question(guards: Make):
    calendar = Calendar(guards(), seconds=0.2)
    seen = calendar.together(200)
    assert calendar.asked == 1
    assert all(isinstance(each, Seen) and each.value == FREE for each in seen)
    outcomes = [each.outcome for each in seen if isinstance(each, Seen)]
    assert outcomes.count("miss") == 1


def test_waiting_requests_fail_together(guards: Make):
    calendar = Calendar(guards(), seconds=0.2)
    calendar.error = CalcomUnavailable()
    seen = calendar.together(30)
    assert calendar.asked == 1
    assert {type(each) for each in seen} == {CalcomUnavailable}


def test_after_an_error_of_our_own_the_next_one_tries(guards: Make):
    calendar = Calendar(guards())
    calendar.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        calendar.look()
    calendar.error = None
    assert calendar.look().outcome == "miss"


def test_nobody_waits_longer_than_a_reading_call_may_take(guards: Make):
    calendar = Calendar(guards(calcom_read_seconds=0.3), seconds=1.0)
    slow = threading.Thread(target=calendar.look)
    slow.start()
    time.sleep(0.1)
    begun = time.monotonic()
    with pytest.raises(CalcomUnreachable):
        calendar.look()
    assert time.monotonic() - begun < 0.8
    slow.join()


def test_nobody_waits_past_the_end_of_his_own_time(guards: Make):
    calendar = Calendar(guards(), seconds=1.0)
    slow = threading.Thread(target=calendar.look)
    slow.start()
    time.sleep(0.1)
    begun = time.monotonic()
    with pytest.raises(CalcomUnreachable):
        calendar.look(not_after=begun + 0.2)
    assert time.monotonic() - begun < 0.7
    slow.join()


def test_a_change_that_redis_had_no_time_for_is_told_a_moment_later(ground: Ground, guards: Make):
    calendar = Calendar(made := guards())
    calendar.look()
    made.start_request()
    made.slots.invalidate(15, HAIRCUT)
    made.link._here.spent = 99.0  # Redis was slow: this request has no patience left.
    made.end_request()
    eventually(lambda: made.link.usable or not ground.shared)
    assert calendar.look().outcome == "miss"


def test_a_free_slot_is_held_in_the_same_breath(ground: Ground, guards: Make, trips):
    calendar = Calendar(made := guards())
    calendar.look()
    made.start_request()
    with trips() as count:
        seen = calendar.look(call_id="call_a", hold=at_ten("call_a"))
        assert seen.held == "held"
        # Nobody has to be asked again.
        span = Span(TEN, TEN + timedelta(minutes=45))
        assert made.holds.hold(15, HAIRCUT, span, call_id="call_a", service_id=7)
        assert made.holds.held_by_others(15, "call_a") == ()
    assert count() == (1 if ground.shared else 0)
    made.end_request()
    assert made.calls.recall(15, "call_a").service_id == 7
    assert calendar.look(call_id="call_b", hold=at_ten("call_b")).held == "taken"
    [other] = calendar.look(call_id="call_b").others
    assert other.start == TEN


def test_a_slot_that_is_not_free_is_not_held(guards: Make):
    calendar = Calendar(guards())
    calendar.free = FREE[1:]
    assert calendar.look(call_id="call_a", hold=at_ten("call_a")).held == "not_free"
    assert calendar.look(call_id="call_a", hold=at_ten("call_a")).held == "not_free"
    assert calendar.look(call_id="call_b").others == ()


def test_a_slot_is_held_when_it_was_fetched_just_now(guards: Make):
    calendar = Calendar(guards())
    assert calendar.look(call_id="call_a", hold=at_ten("call_a")).held == "held"
    assert calendar.look(call_id="call_b", hold=at_ten("call_b")).held == "taken"


def test_old_slots_are_never_held(ground: Ground, guards: Make):
    calendar = Calendar(guards(slot_cache_fresh_seconds=1))
    calendar.look()
    ground.wait(1.4)
    calendar.error = CalcomUnavailable()
    assert calendar.look(call_id="call_a", hold=at_ten("call_a")).held == ""


def test_a_booking_lets_go_of_the_hold_and_drops_the_slots(guards: Make):
    calendar = Calendar(made := guards())
    calendar.look(call_id="call_a", hold=at_ten("call_a"))
    made.slots.invalidate(15, HAIRCUT, call_id="call_a")
    calendar.free = FREE[1:]
    seen = calendar.look(call_id="call_b", hold=at_ten("call_b"))
    assert (seen.held, seen.others, seen.outcome) == ("not_free", (), "miss")


def test_the_permit_for_the_fetch_comes_along(ground: Ground, guards: Make, trips):
    made = guards()
    send = made.circuits.of(PLATFORM)(lambda kind: FREE)
    Calendar(made).look(circuit=PLATFORM, fetch=lambda: send(kind="read"), window="warm")
    made.start_request()
    with trips() as count:
        calendar = Calendar(made)
        seen = calendar.look(circuit=PLATFORM, fetch=lambda: send(kind="read"))
        made.end_request()
    assert seen.outcome == "miss"
    # The look with the permit; the slots into the cache, with the outcome of the request.
    assert count() == (2 if ground.shared else 0)
    assert made.circuits.snapshots()[0].used == 2
    assert len(made.circuits.outcomes()) == 2


def test_an_open_circuit_refuses_without_a_fetch(guards: Make):
    calendar = Calendar(made := guards())
    made.circuits.force_open(PLATFORM)
    with pytest.raises(CircuitOpen):
        calendar.look(circuit=PLATFORM)
    assert calendar.asked == 0
    made.circuits.reset(PLATFORM)
    assert calendar.look(circuit=PLATFORM).outcome == "miss"


def test_a_spent_budget_refuses_without_a_fetch(guards: Make):
    calendar = Calendar(guards(calcom_requests_per_minute=1, calcom_requests_kept_for_writes=0))
    send = calendar.guards.circuits.of(PLATFORM)(lambda kind: FREE)
    calendar.look(circuit=PLATFORM, fetch=lambda: send(kind="read"))
    with pytest.raises(BudgetSpent):
        calendar.look(circuit=PLATFORM, window="other")
    assert calendar.asked == 0


def test_the_permit_of_the_booking_that_follows_comes_along(ground: Ground, guards: Make, trips):
    made = guards()
    calendar = Calendar(made)
    calendar.look(call_id="call_a", hold=at_ten("call_a"))
    made.slots.get(
        company_id=15,
        branch_id=None,
        event_type_id=HAIRCUT,
        window="warm",
        fetch=calendar.fetch,
        circuit=PLATFORM,
    )
    send = made.circuits.of(PLATFORM)(lambda kind: "booked")
    made.start_request()
    with trips() as count:
        seen = calendar.look(
            circuit=PLATFORM, call_id="call_a", hold=at_ten("call_a"), then="write"
        )
        assert seen.held == "held"
        assert send(kind="write") == "booked"
        made.slots.invalidate(15, HAIRCUT, call_id="call_a")
        made.end_request()
    assert count() == (2 if ground.shared else 0)
    assert made.circuits.snapshots()[0].used == 1


def test_a_permit_that_was_not_needed_is_given_back(guards: Make):
    made = guards()
    calendar = Calendar(made)
    made.start_request()
    calendar.look(circuit=PLATFORM, call_id="call_a", hold=at_ten("call_a"), then="write")
    assert made.circuits.snapshots()[0].used == 1
    made.end_request()
    assert made.circuits.snapshots()[0].used == 0


def test_it_counts_for_each_company_how_it_answered(ground: Ground, guards: Make):
    calendar = Calendar(made := guards(slot_cache_fresh_seconds=1))
    for _ in range(4):
        calendar.look()
    calendar.look(company_id=20)
    made.counters.flush()
    for seconds in (300, 3600, 86_400):
        counted = made.counters.totals(FIGURES, seconds=seconds, company=15)
        assert counted == {"hit": 3, "joined": 0, "miss": 1, "stale": 0, "failed": 0}
        assert made.counters.totals(FIGURES, seconds=seconds)["miss"] == 2
    assert not any(made.counters.totals(FIGURES, seconds=3600, company=99).values())


@pytest.mark.parametrize("window", ["", "a b", "a*", "ä", "x" * 81])
def test_a_window_is_a_plain_word(guards: Make, window: str):
    with pytest.raises(ValueError, match="window"):
        Calendar(guards()).look(window=window)
