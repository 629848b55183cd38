"""Fault 6: Cal.com books, and its answer is a 500 or never comes. The caller hears that the wish is
noted, which is true, and there is one booking."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.counts import times
from tests.faults import truths
from tests.faults.cluster import SOON, UNLIMITED, Cluster, StartGateway, cluster
from tests.faults.crowd import Crowd, number_of, salons

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.on("postgresql")]

_SALONS = 4
_MODES = ("commit_then_500", "commit_then_hang")
_BOOKINGS = times(1, 8)
#: With everything as it is shipped, a minute has to be enough.
_SETTINGS = {**UNLIMITED, **(SOON if times(1, 0) else {})}
_WRITE_SECONDS = times(3, 8)


#: Without webhooks only looking at Cal.com settles anything.
_WEBHOOKS = {"no webhooks": False, "webhooks": True}


@pytest.fixture(params=list(_WEBHOOKS)[: times(1, 2)])
def running(
    gateway: StartGateway, database_url: str, redis_url: str, request: pytest.FixtureRequest
) -> Iterator[Cluster]:
    with cluster(
        gateway, database_url, redis_url, workers=2, world=salons(_SALONS),
        webhooks=_WEBHOOKS[request.param], inbox_workers=1, **_SETTINGS,
    ) as running:  # fmt: skip
        yield running


@pytest.mark.fault(
    6, f"{_BOOKINGS} bookings each: Cal.com commits and answers 500, commits and never answers"
)
@pytest.mark.timeout(times(120, 900))
def test_a_booking_whose_answer_is_lost_is_noted_settled_and_made_once(
    running: Cluster, record_property: Callable[[str, object], None]
):
    crowd = Crowd(running, _SALONS, threads=0)
    answers, ends = [], []
    for number in range(_BOOKINGS * len(_MODES)):
        running.faults(
            mode=_MODES[number % len(_MODES)], path="/v2/bookings", method="POST", times=1
        )
        company, said = _wish(crowd)
        caller = f"+4917604{number:06}"
        answered, settled = _book(running, company, f"call_lost_{number}", caller, said)
        answers.append(answered)
        ends.append(settled)
    standing = [b["status"] for b in running.bookings() if b["metadata"].get("gw_key")]
    assert standing == ["accepted"] * len(ends)
    truths.hold(running, crowd.memory)
    record_property("slowest answer", f"{max(answers):.1f} s")
    record_property("slowest settlement", f"{max(ends):.1f} s")


def _book(
    running: Cluster, company: int, call_id: str, caller: str, said: dict[str, str]
) -> tuple[float, float]:
    """Seconds until the caller was answered, and from then on until the booking was settled."""

    def ask(function: str, args: dict[str, Any]) -> dict[str, Any]:
        facts = {"call_id": call_id, "to": number_of(company), "caller": caller}
        answer: dict[str, Any] = running.call(function, args, **facts).json()
        return answer

    wish = {**said, "name": "Eva Muster"}
    began = time.monotonic()
    first = ask("book_appointment", wish)
    answered = time.monotonic()
    assert answered - began < _WRITE_SECONDS + 1.5
    _is_no_lie(first)
    # The agent asks again, because it was not sure: the same wish, no second booking.
    again = ask("book_appointment", wish)
    _is_no_lie(again)
    truths.settle(running, within=60)
    settled = time.monotonic()
    running.faults()

    final = ask("book_appointment", wish)
    assert final["status"] == "booked"
    assert {a["appointment_id"] for a in (first, again)} == {final["appointment_id"]}
    found = ask("query_appointment", {"date": said["date"]})
    assert [each["id"] for each in found["appointments"]] == [first["appointment_id"]]
    return answered - began, settled - answered


def _wish(crowd: Crowd) -> tuple[int, dict[str, str]]:
    company, day, minutes = next(crowd.wishes)
    return company, {"date": day.isoformat(), "time": f"{minutes // 60:02}:{minutes % 60:02}"}


def _is_no_lie(answer: dict[str, Any]) -> None:
    """Nobody knows yet; or Cal.com's webhook has told us in the meantime."""
    assert answer["success"] is True
    assert answer["status"] in ("pending", "booked"), answer
    if answer["status"] == "pending":
        assert "gebucht" not in answer["message"]
        assert "notiert" in answer["message"]
