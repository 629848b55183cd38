from __future__ import annotations

import pytest
import requests

from askpro.simulator.throttle import RequestBook, Throttle, max_in_window
from tests.simulator.checked import CheckedCalcom, checked_calcom, message


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_the_limit_the_key_is_blocked_for_a_minute() -> None:
    hand = Hand()
    throttle = Throttle(3, clock=hand)
    assert [throttle.take("a").remaining for _ in range(3)] == [2, 1, 0]
    hand.now += 50
    refused = throttle.take("a")
    assert (refused.allowed, refused.reset_seconds) == (False, 60)
    hand.now += 59
    assert throttle.take("a").allowed is False
    hand.now += 1
    assert throttle.take("a").allowed is True


def test_a_window_starts_with_its_first_request() -> None:
    hand = Hand()
    throttle = Throttle(2, clock=hand)
    throttle.take("a")
    hand.now += 60
    assert [throttle.take("a").allowed for _ in range(2)] == [True, True]


def test_every_key_has_its_own_bucket() -> None:
    throttle = Throttle(1, clock=Hand())
    assert throttle.take("a").allowed
    assert throttle.take("b").allowed


def test_the_refusal_and_the_headers_are_cal_coms() -> None:
    with checked_calcom(requests_per_minute=2) as calcom:
        allowed = calcom.get("/v2/me")
        assert allowed.headers["X-RateLimit-Limit-Default"] == "2"
        assert allowed.headers["X-RateLimit-Remaining-Default"] == "1"
        calcom.get("/v2/me")
        refused = calcom.get("/v2/me")
        assert refused.status_code == 429
        assert refused.json()["error"] == {
            "code": "ThrottlerException",
            "message": "CustomThrottlerGuard - Too many requests. Please try again later.",
        }
        assert refused.headers["X-RateLimit-Reset-Default"] == "60"
        assert "Retry-After" not in refused.headers
        assert calcom.as_("cal_live_praxis").get("/v2/me").status_code == 200


def test_the_limit_can_be_switched_off(calcom: CheckedCalcom) -> None:
    calcom.sim("POST", "settings", {"requests_per_minute": 0})
    assert {calcom.get("/v2/me").status_code for _ in range(130)} == {200}


@pytest.mark.parametrize(
    ("times", "most"),
    [([], 0), ([1.0], 1), ([0.0, 30.0, 59.9, 60.0, 60.1], 4), ([0.0, 60.0, 120.0], 1)],
)
def test_the_busiest_minute_slides(times: list[float], most: int) -> None:
    assert max_in_window(times) == most


def test_the_book_tells_routes_accounts_and_the_busiest_minute() -> None:
    hand = Hand()
    book = RequestBook(clock=hand)
    for account in ("a", "a", "b"):
        entry = {"method": "GET", "path": "/v2/me", "route": "/v2/me", "account": account}
        book.arrived(entry, at=hand.now)["status"] = 200
        hand.now += 40
    summary = book.summary(full=True)
    assert summary["by_route"] == {"GET /v2/me": 3}
    assert summary["max_in_60_seconds"] == 2
    assert summary["max_in_60_seconds_by_account"] == {"a": 2, "b": 1}
    assert summary["by_minute"] == {"-2": 1, "-1": 1, "-0": 1}


def test_a_request_that_hangs_is_in_the_book_already(calcom: CheckedCalcom) -> None:
    calcom.sim("POST", "faults", {"mode": "hang"})
    with pytest.raises(requests.Timeout):
        calcom.ask("GET", "/v2/me", timeout=0.3)
    seen = calcom.sim("GET", "requests")
    assert (seen["total"], seen["by_status"]) == (1, {"under way": 1})


def test_what_arrived_can_be_asked_over_http(calcom: CheckedCalcom) -> None:
    calcom.get("/v2/me")
    calcom.book("2026-10-22T08:00:00Z")
    seen = calcom.sim("GET", "requests?full=1")
    assert seen["by_route"] == {"GET /v2/me": 1, "POST /v2/bookings": 1}
    assert '"gw_key"' in seen["requests"][-1]["body"]
    assert message(calcom.get("/v2/nothing"))
    calcom.sim("DELETE", "requests")
    assert calcom.sim("GET", "requests")["total"] == 0
