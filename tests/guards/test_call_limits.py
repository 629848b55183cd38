"""Limits of calls, companies and addresses, on every ground."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from askpro.errors import RateLimited
from askpro.guards import Guards
from askpro.guards.call_limits import CallLimits, RouteKind, verdict
from askpro.guards.limit_rules import Limit, Page
from tests.guards.conftest import Ground

Make = Callable[..., Guards]


def passed(limits: CallLimits, times: int, call: str | None = "call_a", **kwargs: str) -> int:
    """How many of so many function calls are served."""
    served = 0
    for _ in range(times):
        try:
            ask(limits, call, **kwargs)
        except RateLimited:
            continue
        served += 1
    return served


def ask(
    limits: CallLimits,
    call: str | None = "call_a",
    function: str = "check_availability",
    company: int | None = 15,
    kind: RouteKind = "function",
) -> None:
    limits.judge(limits.count_call(company, call, function, kind))


def refusal(limits: CallLimits, call: str | None = "call_a", **kwargs: str) -> RateLimited:
    with pytest.raises(RateLimited) as refused:
        ask(limits, call, **kwargs)
    return refused.value


def test_ten_of_the_same_function_pass_and_then_the_call_is_silenced(guards: Make):
    limits = guards().limits
    assert passed(limits, 15) == 10
    refused = refusal(limits, function="list_services")
    assert refused.error_code == "call_rate_limit_exceeded"
    assert refused.exceeded == ("function",)
    assert 298 <= refused.retry_after <= 300


def test_twenty_pass_in_a_minute(guards: Make):
    limits = guards().limits
    served = sum(passed(limits, 1, function=f"function_{n % 4}") for n in range(25))
    assert served == 20
    assert refusal(limits).exceeded == ("minute",)


def test_fifty_pass_in_a_call(ground: Ground, guards: Make):
    limits = guards(limit_call_per_minute=1000, limit_webhook_per_minute=1000).limits
    served = sum(passed(limits, 1, function=f"function_{n % 10}") for n in range(60))
    assert served == 50
    assert refusal(limits).exceeded == ("total",)


def test_every_exceeded_limit_is_named(guards: Make):
    limits = guards(limit_call_total=2, limit_call_per_minute=2, limit_call_per_function=2).limits
    passed(limits, 2)
    assert refusal(limits).exceeded == ("total", "minute", "function")


def test_another_call_is_untouched(guards: Make):
    limits = guards().limits
    passed(limits, 15)
    assert passed(limits, 1, "call_b") == 1


def test_another_companys_call_of_the_same_id_is_untouched(guards: Make):
    limits = guards().limits
    passed(limits, 15)
    ask(limits, company=20)


def test_the_silence_is_as_long_as_it_was_said_and_the_counters_start_again(
    ground: Ground, guards: Make
):
    limits = guards(limit_call_per_function=3, limit_call_cooldown_seconds=1).limits
    passed(limits, 2, function="book_appointment")
    assert passed(limits, 4) == 3
    ground.wait(0.6)
    assert passed(limits, 3) == 0
    # What is asked during the silence does not prolong it.
    ground.wait(0.6)
    assert passed(limits, 4) == 3
    ground.wait(1.1)
    assert passed(limits, 4, function="book_appointment") == 3


def test_a_window_is_counted_from_its_first_request(ground: Ground, guards: Make):
    limits = guards().limits
    page = Page("short", (Limit("few", "few", 2, 500),))
    limits.check_pages([page], "test")
    ground.wait(0.3)
    limits.check_pages([page], "test")
    with pytest.raises(RateLimited):
        limits.check_pages([page], "test")
    ground.wait(0.25)
    limits.check_pages([page], "test")
    limits.check_pages([page], "test")


def test_a_refused_request_consumes_nothing(guards: Make):
    limits = guards(limit_webhook_per_minute=5).limits
    assert passed(limits, 9) == 5
    assert limits.show("call_a")["counters"][0]["total"]["used"] == 5
    limits = guards(limit_call_per_function=2).limits
    passed(limits, 9, "call_b")
    ask(limits, "call_c", kind="availability")
    assert verdict.get().limit == 2


def test_a_missing_call_id_counts_by_company_and_is_no_reason_to_refuse(guards: Make):
    limits = guards().limits
    assert passed(limits, 120, None) == 100
    assert refusal(limits, None).error_code == "rate_limit_exceeded"
    assert refusal(limits, None).exceeded == ("company",)


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        ("webhook", 100),
        ("function", 100),
        ("calendar", 100),
        ("availability", 60),
        ("booking", 30),
        ("reschedule", 10),
        ("cancel", 10),
        ("default", 60),
    ],
)
def test_a_company_may_ask_so_often_of_each_kind_of_route(
    guards: Make, kind: RouteKind, amount: int
):
    limits = guards().limits
    for _ in range(amount):
        limits.check_route(15, kind)
    with pytest.raises(RateLimited) as refused:
        limits.check_route(15, kind)
    assert 58 <= refused.value.retry_after <= 60
    limits.check_route(20, kind)
    limits.check_route(None, kind)


def test_the_company_limit_silences_nobody(ground: Ground, guards: Make):
    limits = guards(limit_webhook_per_minute=3).limits
    assert passed(limits, 5) == 3
    counters = limits.show("call_a")["counters"][0]
    assert (counters["silent_for_seconds"], counters["exceeded"]) == (0, [])


def test_the_headers_show_the_limit_nearest_to_its_end(ground: Ground, guards: Make):
    limits = guards().limits
    ask(limits)
    said = verdict.get()
    assert (said.limit, said.remaining) == (10, 9)
    for n in range(15):
        ask(limits, function=f"function_{n}")
    said = verdict.get()
    assert (said.limit, said.remaining) == (20, 4)
    seconds = said.reset - ground.clock.now().timestamp()
    assert 55 <= seconds <= 61


def test_a_refusals_headers_point_to_its_end(ground: Ground, guards: Make):
    limits = guards().limits
    passed(limits, 11)
    said = verdict.get()
    assert (said.limit, said.remaining) == (10, 0)
    assert 298 <= said.reset - ground.clock.now().timestamp() <= 301


def test_an_address_has_a_limit_of_its_own(guards: Make):
    limits = guards(limit_address_per_minute=3).limits
    for _ in range(3):
        limits.check_address("192.0.2.1")
    with pytest.raises(RateLimited):
        limits.check_address("192.0.2.1")
    limits.check_address("192.0.2.2")


def test_a_noted_address_is_never_refused(guards: Make):
    limits = guards(limit_address_per_minute=2).limits
    for _ in range(5):
        limits.note_address("192.0.2.1")
    assert verdict.get().remaining == 0


def test_violations_are_counted_once_per_breach_and_kept(guards: Make):
    limits = (made := guards()).limits
    heard = []
    limits.on_violation(heard.append)
    passed(limits, 15)
    passed(limits, 15, "call_b", function="book_appointment")
    assert [each.call_id for each in heard] == ["call_a", "call_b"]
    newest = limits.violations()[0]
    assert newest.as_dict() | {"at": None} == {
        "at": None,
        "exceeded": ["function"],
        "company_id": 15,
        "call_id": "call_b",
        "function": "book_appointment",
        "route_kind": "function",
    }
    made.counters.flush()
    assert limits.violation_count(60) == 2
    assert limits.violation_count(60, company=20) == 0


def test_a_company_over_its_limit_is_one_violation_a_minute(guards: Make):
    limits = guards(limit_webhook_per_minute=2).limits
    passed(limits, 9, None)
    assert [each.exceeded for each in limits.violations()] == [("company",)]


def test_a_calls_counters_can_be_shown_and_cleared(guards: Make):
    limits = guards().limits
    passed(limits, 3)
    shown = limits.show("call_a")
    assert shown["found"] is True
    [counters] = shown["counters"]
    assert counters["company_id"] == 15
    assert (counters["total"]["used"], counters["total"]["limit"]) == (3, 50)
    assert counters["functions"]["check_availability"]["used"] == 3
    passed(limits, 9)
    assert limits.show("call_a")["counters"][0]["silent_for_seconds"] >= 299
    assert limits.clear("call_a") == {"call_id": "call_a", "cleared": True}
    assert limits.show("call_a") == {"call_id": "call_a", "found": False, "counters": []}
    assert limits.clear("call_a")["cleared"] is False
    assert passed(limits, 1) == 1


@pytest.mark.parametrize("call_id", ["*", "a:b", "call_[a]", "Übung\n", "x" * 500, "%2A"])
def test_a_strange_call_id_counts_for_itself(guards: Make, call_id: str):
    limits = guards(limit_call_per_function=2).limits
    passed(limits, 1, "call_a")
    assert passed(limits, 3, call_id) == 2
    assert limits.clear(call_id)["cleared"] is True
    assert limits.show("call_a")["found"] is True
    if len(call_id) < 200:
        assert limits.violations()[0].call_id == call_id


def test_a_request_costs_one_round_trip(ground: Ground, guards: Make, trips):
    limits = guards().limits
    ask(limits)
    with trips() as count:
        ask(limits)
        limits.check_route(15, "webhook")
    assert count() == (2 if ground.shared else 0)
