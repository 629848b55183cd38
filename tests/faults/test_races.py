"""Fault 8: two callers want one slot at the same moment. One gets it, the other hears of others."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.counts import times
from tests.faults import truths
from tests.faults.cluster import UNLIMITED, Cluster, StartGateway, cluster
from tests.faults.crowd import Crowd, salons

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.on("postgresql")]

_SALONS = 8
_RACES = times(15, 1_000)
_RACES_AT_ONCE = 4


@pytest.fixture
def running(gateway: StartGateway, database_url: str, redis_url: str) -> Iterator[Cluster]:
    with cluster(
        gateway, database_url, redis_url, workers=3, world=salons(_SALONS), **UNLIMITED
    ) as running:
        yield running


@pytest.mark.fault(8, f"{_RACES:,} races of two callers for one slot, over HTTP, three workers")
@pytest.mark.timeout(times(120, 1_800))
def test_one_of_two_callers_gets_the_slot_and_the_other_hears_of_others(
    running: Cluster, record_property: Callable[[str, object], None]
):
    crowd = Crowd(running, _SALONS, threads=0)
    races = [next(crowd.wishes) for _ in range(_RACES)]

    def race(number: int) -> str:
        company, day, minutes = races[number]
        said = {"date": day.isoformat(), "time": f"{minutes // 60:02}:{minutes % 60:02}"}
        together = threading.Barrier(2, timeout=30)

        def call(caller: int) -> dict[str, Any]:
            call_id, phone = f"call_race_{number}_{caller}", f"+49176{caller}{number:06}"
            together.wait()
            if number % 3 == 2:
                # Who was told that it is free has it held; the other one books all the same.
                crowd.ask(company, call_id, phone, "check_availability", said)
            wish = {**said, "name": ("Eva Muster", "Ida Beispiel")[caller]}
            answer = crowd.ask(company, call_id, phone, "book_appointment", wish)
            assert answer is not None, "a caller got no answer"
            return answer

        heard = sorted(running.at_once(2, call, threads=2), key=lambda answer: answer["status"])
        won, lost = heard
        assert (won["status"], lost["status"]) == ("booked", "unavailable"), heard
        others = [other["time"] for other in lost["alternatives"]]
        assert others, lost
        assert won["start"] not in others
        return won["start"]

    winners = running.at_once(_RACES, race, threads=_RACES_AT_ONCE)
    assert len(winners) == _RACES
    standing = Counter(booking["status"] for booking in running.bookings())
    assert standing == {"accepted": _RACES}
    truths.hold(running, crowd.memory)
    record_property("winners", f"{len(winners):,} of {_RACES:,} races, never two, never none")
