"""What was booked through us is taken out of what is cached: offered to nobody, asked of nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from askpro.errors import CalcomUnavailable
from askpro.guards import Guards
from askpro.guards.desk import MOST_BOOKED, Span
from tests.guards.conftest import Ground
from tests.guards.test_near_slots import ask, known_to
from tests.guards.test_slot_cache import FREE, TEN, Calendar, at_ten
from tests.waiting import eventually

Make = Callable[..., Guards]
HALF_AN_HOUR = timedelta(minutes=30)
AT_TEN = Span(TEN, TEN + HALF_AN_HOUR)


def a_moment_later(ground: Ground) -> None:
    """What is fetched in the millisecond of a booking may be from before it."""
    ground.wait(0.1)


def test_it_is_known_without_asking_again(ground: Ground, guards: Make):
    calendar = Calendar(guards())
    calendar.look()
    calendar.guards.slots.booked(15, [AT_TEN])
    seen = calendar.look()
    assert (seen.value, seen.outcome, seen.booked) == (FREE, "hit", (AT_TEN,))
    assert calendar.asked == 1


def test_every_event_type_of_that_company_knows_it_and_no_other_company(guards: Make):
    calendar = Calendar(guards())
    for company, event_type in ((15, 1), (15, 2), (20, 1)):
        calendar.look(company_id=company, event_type_id=event_type)
    calendar.guards.slots.booked(15, [AT_TEN])
    assert calendar.look(event_type_id=1).booked == (AT_TEN,)
    assert calendar.look(event_type_id=2).booked == (AT_TEN,)
    assert calendar.look(company_id=20, event_type_id=1).booked == ()


def test_a_worker_that_keeps_slots_near_knows_it_with_its_next_request(guards: Make):
    calendar = known_to(guards())
    calendar.guards.slots.booked(15, [AT_TEN])
    assert [ask(calendar).booked for _ in range(3)] == [(AT_TEN,)] * 3
    assert calendar.asked == 1


def test_whoever_wants_that_very_time_is_told_what_cal_com_says_now(ground: Ground, guards: Make):
    calendar = known_to(guards())
    calendar.guards.slots.booked(15, [AT_TEN])
    calendar.free = FREE[1:]
    a_moment_later(ground)
    assert ask(calendar, "call_b", hold=at_ten("call_b")).held == "not_free"
    assert calendar.asked == 2


def test_another_host_may_still_have_that_time(ground: Ground, guards: Make):
    calendar = known_to(guards())
    calendar.guards.slots.booked(15, [AT_TEN])
    a_moment_later(ground)
    seen = ask(calendar, "call_b", hold=at_ten("call_b"))
    assert (seen.held, seen.booked, calendar.asked) == ("held", (), 2)


def test_it_is_not_held_when_cal_com_cannot_say(guards: Make):
    calendar = known_to(guards())
    calendar.guards.slots.booked(15, [AT_TEN])
    calendar.error = CalcomUnavailable("down")
    seen = ask(calendar, "call_b", hold=at_ten("call_b"))
    assert (seen.outcome, seen.held, seen.booked) == ("stale", "", (AT_TEN,))


def test_what_is_fetched_afterwards_is_what_cal_com_says(ground: Ground, guards: Make):
    calendar = Calendar(guards())
    calendar.look()
    calendar.guards.slots.booked(15, [AT_TEN])
    a_moment_later(ground)
    assert calendar.look(window="20261210-20261224-0").booked == ()


def test_what_was_being_fetched_meanwhile_may_still_have_it(guards: Make):
    calendar = Calendar(guards(), seconds=2)
    seen = []
    fetch = threading.Thread(target=lambda: seen.append(calendar.look()))
    fetch.start()
    eventually(lambda: calendar.asked, what="the request for slots")
    calendar.guards.slots.booked(15, [AT_TEN])
    fetch.join()
    assert seen[0].booked == (AT_TEN,)
    assert calendar.look().booked == (AT_TEN,)


def test_what_the_call_held_is_let_go(guards: Make):
    calendar = known_to(guards())
    assert ask(calendar, "call_a", hold=at_ten("call_a")).held == "held"
    calendar.guards.slots.booked(15, [AT_TEN], call_id="call_a")
    assert ask(calendar, "call_b").others == ()


def test_too_many_to_tell_apart_and_the_company_is_asked_for_anew(ground: Ground, guards: Make):
    calendar = Calendar(guards())
    calendar.look()
    spans = [Span(TEN + n * HALF_AN_HOUR, TEN + (n + 1) * HALF_AN_HOUR) for n in range(MOST_BOOKED)]
    for span in spans:
        calendar.guards.slots.booked(15, [span])
    assert len(calendar.look().booked) == MOST_BOOKED
    assert calendar.asked == 1
    calendar.guards.slots.booked(15, [AT_TEN])
    a_moment_later(ground)
    assert calendar.look().booked == ()
    assert calendar.asked == 2
