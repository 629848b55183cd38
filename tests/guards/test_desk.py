"""Holds, notes of a call and given answers, on every ground."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from askpro.errors import NoCompany
from askpro.guards import Guards
from tests.guards.conftest import Ground

Make = Callable[..., Guards]
HAIRCUT, COLOURING = 2563193, 2563194


@dataclass(frozen=True)
class Span:
    start: datetime
    end: datetime


def span(hour: int, minute: int = 0, minutes: int = 45) -> Span:
    start = datetime(2026, 11, 25, hour, minute, tzinfo=UTC)
    return Span(start, start + timedelta(minutes=minutes))


def test_a_held_slot_is_taken_for_others(guards: Make):
    holds = guards().holds
    assert holds.hold(15, HAIRCUT, span(10), call_id="call_a")
    assert not holds.hold(15, HAIRCUT, span(10), call_id="call_b")
    [held] = holds.held_by_others(15, "call_b")
    assert (held.start, held.end) == (span(10).start, span(10).end)
    assert holds.held_by_others(15, "call_a") == ()


def test_an_overlapping_slot_is_taken_as_well_and_the_next_one_is_not(guards: Make):
    holds = guards().holds
    holds.hold(15, HAIRCUT, span(10), call_id="call_a")
    assert not holds.hold(15, HAIRCUT, span(10, 30), call_id="call_b")
    assert not holds.hold(15, HAIRCUT, span(9, 30), call_id="call_b")
    assert holds.hold(15, HAIRCUT, span(10, 45), call_id="call_b")
    assert holds.hold(15, HAIRCUT, span(9, 15), call_id="call_c")


def test_a_call_holds_one_slot_a_new_one_lets_go_of_the_former(guards: Make):
    holds = guards().holds
    holds.hold(15, HAIRCUT, span(10), call_id="call_a")
    holds.hold(15, HAIRCUT, span(14), call_id="call_a")
    assert holds.hold(15, HAIRCUT, span(10), call_id="call_b")
    assert not holds.hold(15, HAIRCUT, span(14), call_id="call_b")


def test_a_hold_that_was_refused_leaves_the_former_one(guards: Make):
    holds = guards().holds
    holds.hold(15, HAIRCUT, span(10), call_id="call_a")
    holds.hold(15, HAIRCUT, span(14), call_id="call_b")
    assert not holds.hold(15, HAIRCUT, span(10), call_id="call_b")
    assert not holds.hold(15, HAIRCUT, span(14), call_id="call_c")


def test_a_hold_ends_by_itself(ground: Ground, guards: Make):
    holds = guards(hold_seconds=1).holds
    holds.hold(15, HAIRCUT, span(10), call_id="call_a")
    ground.wait(0.6)
    assert holds.hold(15, HAIRCUT, span(10), call_id="call_a")
    ground.wait(0.6)
    assert not holds.hold(15, HAIRCUT, span(10), call_id="call_b")
    ground.wait(0.6)
    assert holds.held_by_others(15, "call_b") == ()
    assert holds.hold(15, HAIRCUT, span(10), call_id="call_b")


def test_a_released_slot_is_free(guards: Make):
    holds = guards().holds
    holds.hold(15, HAIRCUT, span(10), call_id="call_a")
    holds.release(15, "call_a")
    assert holds.hold(15, HAIRCUT, span(10), call_id="call_b")


def test_companies_and_event_types_hold_apart_unless_they_share_a_calendar(guards: Make):
    holds = guards().holds
    holds.hold(15, HAIRCUT, span(10), call_id="call_a")
    assert holds.hold(20, HAIRCUT, span(10), call_id="call_b")
    assert holds.hold(15, COLOURING, span(10), call_id="call_c")
    assert [held.calendar for held in holds.held_by_others(15, None, COLOURING)] == [
        f"event_type_{COLOURING}"
    ]
    holds.hold(15, HAIRCUT, span(12), call_id="call_d", calendar="Eva")
    assert not holds.hold(15, COLOURING, span(12), call_id="call_e", calendar="Eva")


def test_as_many_calls_may_hold_a_slot_as_it_has_seats(guards: Make):
    holds = guards().holds
    taken = [holds.hold(15, HAIRCUT, span(10), call_id=f"call_{n}", seats=3) for n in range(5)]
    assert taken == [True, True, True, False, False]


def test_one_of_twenty_calls_at_once_gets_the_slot(guards: Make):
    holds = guards().holds
    start = threading.Barrier(20)
    outcomes: list[bool] = []

    def try_it(call: str) -> None:
        start.wait()
        outcomes.append(holds.hold(15, HAIRCUT, span(10), call_id=call))

    threads = [threading.Thread(target=try_it, args=(f"call_{n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 19 + [True]


def test_without_a_call_nothing_is_held_and_nothing_refused(guards: Make):
    holds = guards().holds
    assert holds.hold(15, HAIRCUT, span(10), call_id=None)
    assert holds.held_by_others(15, "call_b") == ()
    holds.release(15, None)


def test_holding_notes_which_service_was_checked(guards: Make):
    made = guards()
    made.holds.hold(15, HAIRCUT, span(10), call_id="call_a", service_id=7)
    assert made.calls.recall(15, "call_a").service_id == 7
    made.holds.hold(15, HAIRCUT, span(10), call_id="call_b", service_id=8)
    assert made.calls.recall(15, "call_b").service_id is None


def test_a_calls_notes_add_up_and_belong_to_company_and_call(guards: Make):
    calls = guards().calls
    assert calls.recall(15, "call_a").notes == {}
    calls.remember(15, "call_a", service_id=7)
    calls.remember(15, "call_a", asked="weekday")
    assert calls.recall(15, "call_a").notes == {"service_id": "7", "asked": "weekday"}
    assert calls.recall(20, "call_a").notes == {}
    assert calls.recall(15, "call_b").notes == {}
    assert calls.recall(15, None).notes == {}


def test_without_a_company_there_is_nothing(guards: Make):
    made = guards()
    for mistake in (
        lambda: made.holds.hold(0, HAIRCUT, span(10), call_id="call_a"),
        lambda: made.holds.held_by_others(0, "call_a"),
        lambda: made.holds.release(0, "call_a"),
        lambda: made.calls.recall(0, "call_a"),
        lambda: made.calls.remember(0, "call_a", service_id=7),
        lambda: made.slots.invalidate(0),
    ):
        with pytest.raises(NoCompany):
            mistake()


def test_the_same_signed_request_hears_the_first_answer(guards: Make):
    made = guards()
    made.start_request()
    assert made.replays.recall("signature") is None
    made.replays.keep("signature", b"{}")
    made.end_request()
    made.start_request()
    assert made.replays.recall("signature") == b"{}"
    assert made.replays.recall("another") is None
    made.end_request()


def test_a_repetition_waits_for_the_first_answer(guards: Make):
    made = guards()
    made.start_request()
    assert made.replays.recall("signature") is None
    heard: list[bytes | None] = []

    def repeat() -> None:
        made.start_request()
        heard.append(made.replays.recall("signature"))
        made.end_request()

    repetition = threading.Thread(target=repeat)
    repetition.start()
    made.replays.keep("signature", b"once")
    made.end_request()
    repetition.join()
    assert heard == [b"once"]


def test_a_request_that_failed_may_be_repeated(guards: Make):
    made = guards()
    made.start_request()
    assert made.replays.recall("signature") is None
    made.end_request()
    assert made.replays.recall("signature") is None


def test_what_a_call_needs_comes_with_its_counting(ground: Ground, guards: Make, trips):
    made = guards()
    made.begin_call(15, "call_b", "check_availability", "function", replay_key="another")
    made.calls.remember(15, "call_a", service_id=7)
    made.start_request()
    with trips() as count:
        made.begin_call(15, "call_a", "check_availability", "function", replay_key="signature")
        assert made.calls.recall(15, "call_a").service_id == 7
        assert made.replays.recall("signature") is None
        made.calls.remember(15, "call_a", asked="weekday")
        assert made.calls.recall(15, "call_a").notes["asked"] == "weekday"
        made.replays.keep("signature", b"{}")
        made.end_request()
    assert count() == (2 if ground.shared else 0)
    made.start_request()
    made.begin_call(15, "call_a", "check_availability", "function", replay_key="signature")
    assert made.replays.recall("signature") == b"{}"
    assert made.calls.recall(15, "call_a").notes == {"service_id": "7", "asked": "weekday"}
    made.end_request()
