from __future__ import annotations

import time

import pytest
import requests

from askpro.simulator.faults import Fault, read_fault
from tests.simulator.checked import CheckedCalcom, message, wish

TEN = "2026-10-22T08:00:00Z"


def _booked(calcom: CheckedCalcom) -> int:
    return int(calcom.sim("GET", "bookings?eventTypeId=101&status=accepted")["total"]) - 2


def _raw(calcom: CheckedCalcom, timeout: float = 1.0) -> requests.Response:
    """A booking whose answer is not read with the contract."""
    return calcom.ask("POST", "/v2/bookings", json=wish(TEN), timeout=timeout, checked=False)


def _strike(calcom: CheckedCalcom, **fault: object) -> None:
    assert calcom.sim("POST", "faults", fault)["faults"]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_status_is_answered_and_nothing_is_booked(calcom: CheckedCalcom, status: int) -> None:
    _strike(calcom, status=status)
    assert calcom.book(TEN).status_code == status
    assert _booked(calcom) == 0


def test_429_comes_with_its_headers_or_without(calcom: CheckedCalcom) -> None:
    _strike(calcom, status=429, reset_seconds=37)
    assert calcom.get("/v2/me").headers["X-RateLimit-Reset-Default"] == "37"
    _strike(calcom, status=429, rate_limit_headers=False)
    assert "X-RateLimit-Reset-Default" not in calcom.get("/v2/me").headers


def test_a_path_a_method_and_a_number_of_times_limit_a_fault(calcom: CheckedCalcom) -> None:
    _strike(calcom, status=500, path="/v2/bookings", method="POST", times=2)
    assert calcom.get("/v2/bookings").status_code == 200
    assert calcom.get("/v2/me").status_code == 200
    assert [calcom.book(TEN).status_code for _ in range(3)] == [500, 500, 201]


def test_a_share_of_the_requests_fails(calcom: CheckedCalcom) -> None:
    calcom.sim("POST", "settings", {"requests_per_minute": 0})
    _strike(calcom, error_share=0.5)
    statuses = [calcom.get("/v2/me").status_code for _ in range(200)]
    assert 50 < statuses.count(500) < 150


def test_latency_alone_delays(calcom: CheckedCalcom) -> None:
    _strike(calcom, latency_ms=150)
    started = time.monotonic()
    assert calcom.get("/v2/me").status_code == 200
    assert time.monotonic() - started >= 0.15


def test_a_hanging_request_is_not_served_and_clearing_lets_it_go(calcom: CheckedCalcom) -> None:
    _strike(calcom, mode="hang")
    with pytest.raises(requests.Timeout):
        _raw(calcom, timeout=0.3)
    calcom.sim("DELETE", "faults")
    assert calcom.get("/v2/me").status_code == 200
    assert _booked(calcom) == 0


@pytest.mark.parametrize("mode", ["reset", "truncated"])
def test_an_answer_cut_in_the_middle_was_served(calcom: CheckedCalcom, mode: str) -> None:
    _strike(calcom, mode=mode, times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _raw(calcom)
    assert _booked(calcom) == 1
    assert calcom.get("/v2/me").status_code == 200


def test_the_edge_answers_html(calcom: CheckedCalcom) -> None:
    _strike(calcom, mode="html")
    answer = _raw(calcom)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert "cloudflare" in answer.text
    _strike(calcom, mode="html", status=200)
    assert _raw(calcom).status_code == 200
    assert _booked(calcom) == 0


def test_it_commits_and_answers_500(calcom: CheckedCalcom) -> None:
    _strike(calcom, mode="commit_then_500", times=1)
    assert calcom.book(TEN).status_code == 500
    assert _booked(calcom) == 1


def test_it_commits_and_hangs(calcom: CheckedCalcom) -> None:
    _strike(calcom, mode="commit_then_hang", times=1)
    with pytest.raises(requests.Timeout):
        _raw(calcom, timeout=0.3)
    assert _booked(calcom) == 1


def test_one_byte_a_second_never_trips_a_read_timeout(calcom: CheckedCalcom) -> None:
    _strike(calcom, mode="drip")
    answer = requests.get(
        f"{calcom.url}/v2/me",
        headers={"Authorization": "Bearer cal_x"},
        stream=True,
        timeout=1.5,
    )
    started = time.monotonic()
    assert answer.raw.read(2) == b'{"'
    assert time.monotonic() - started > 0.9
    answer.close()


def test_a_reset_takes_every_fault_back(calcom: CheckedCalcom) -> None:
    _strike(calcom, status=500)
    calcom.book(TEN)
    calcom.sim("POST", "reset")
    assert calcom.sim("GET", "faults") == {"faults": [], "struck": 0}
    assert _booked(calcom) == 0
    assert calcom.book(TEN).status_code == 201


def test_a_harmless_fault_takes_the_one_of_its_path_back(calcom: CheckedCalcom) -> None:
    _strike(calcom, status=500, path="/v2/me")
    _strike(calcom, status=500, path="/v2/slots")
    left = calcom.sim("POST", "faults", {"mode": "ok", "path": "/v2/me"})["faults"]
    assert [fault["path"] for fault in left] == ["/v2/slots"]


def test_a_harmless_fault_without_a_path_takes_all_back(calcom: CheckedCalcom) -> None:
    _strike(calcom, status=500, path="/v2/me")
    nothing = {"latency_ms": 0, "error_share": 0, "status": None, "mode": "ok", "path": None}
    assert calcom.sim("POST", "faults", nothing)["faults"] == []


def test_the_fault_posted_last_wins(calcom: CheckedCalcom) -> None:
    _strike(calcom, status=500, path="/v2/me")
    _strike(calcom, status=503)
    assert calcom.get("/v2/me").status_code == 503


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"mode": "explode"}, "mode must be one of"),
        ({"statuss": 500}, "unknown: statuss"),
        ({"error_share": 2}, "error_share"),
        ({"latency_ms": "viel"}, "latency_ms"),
        ({"status": 200}, "status"),
    ],
)
def test_a_fault_that_makes_no_sense_is_named(
    calcom: CheckedCalcom, raw: dict[str, object], says: str
) -> None:
    assert says in calcom.sim("POST", "faults", raw)["error"]


def test_an_error_share_alone_means_500() -> None:
    assert read_fault({"error_share": 0.2}) == Fault(error_share=0.2, status=500)


def test_a_fault_never_touches_the_knobs(calcom: CheckedCalcom) -> None:
    _strike(calcom, status=500)
    assert calcom.sim("GET", "health")["status"] == "healthy"


def test_the_message_of_a_fault_is_cal_coms(calcom: CheckedCalcom) -> None:
    _strike(calcom, status=500)
    assert message(calcom.get("/v2/me")) == "Internal server error."


def test_every_knob_says_what_it_is_for(calcom: CheckedCalcom) -> None:
    knobs = requests.get(f"{calcom.url}/_sim", timeout=5).json()
    assert "POST /_sim/faults" in knobs
    assert all(knobs.values()), knobs
