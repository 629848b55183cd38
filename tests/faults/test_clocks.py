"""Fault 14: a gateway whose clock is five minutes off, and the days on which clocks are odd."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from askpro.clock import Clock
from tests.counts import times
from tests.faults import truths
from tests.faults.cluster import UNLIMITED, StartGateway, cluster
from tests.faults.crowd import Crowd, number_of, salons

pytestmark = [pytest.mark.faults, pytest.mark.slow]

_CALLS = times(3, 60)


@pytest.mark.fault(14, f"the gateway's clock 4:50 ahead and 4:50 behind: {_CALLS} calls each")
@pytest.mark.on("postgresql")
@pytest.mark.parametrize("seconds", [290, -290][: times(1, 2)])
def test_a_clock_that_is_almost_five_minutes_off_changes_nothing(
    gateway: StartGateway, database_url: str, redis_url: str, seconds: int
):
    with cluster(
        gateway, database_url, redis_url, workers=1, world=salons(4), webhooks=True,
        inbox_workers=1, gateway_is_off_by=timedelta(seconds=seconds), **UNLIMITED,
    ) as running:  # fmt: skip
        crowd = Crowd(running, 4, threads=0, cancels=1 / 3)
        for number in range(_CALLS):
            crowd.one_call(random.Random(number))
        assert len(crowd.memory.booked) == _CALLS
        assert {code for _, code in crowd.memory.codes} == {200}
        truths.hold(running, crowd.memory)


@pytest.mark.fault(
    14, "the gateway's clock 5:10 ahead and 5:10 behind: refused, and nothing stored"
)
@pytest.mark.on("sqlite")
@pytest.mark.parametrize("seconds", [310, -310][: times(1, 2)])
def test_a_clock_that_is_more_than_five_minutes_off_takes_nothing_for_genuine(
    gateway: StartGateway, database_url: str, seconds: int
):
    with cluster(
        gateway, database_url, None, workers=1, world=salons(1),
        gateway_is_off_by=timedelta(seconds=seconds), **UNLIMITED,
    ) as running:  # fmt: skip
        refused = running.call("list_services", {}, to=number_of(1))
        assert (refused.status_code, refused.json()["status"]) == (401, "unauthorized")
        told = {"event": "call_started", "call": {"call_id": "c", "to_number": number_of(1)}}
        assert running.send("/api/webhooks/retell", told).status_code == 401


@dataclass(frozen=True)
class Night:
    """``now`` and ``wish`` in German; what is booked then, and what cannot be said so."""

    now: datetime
    date: str
    time: str
    booked: datetime
    question: str | None = None


NIGHTS = {
    "25 October 2026": Night(
        datetime(2026, 10, 24, 21, 59, 30, tzinfo=UTC), "morgen", "03:30",
        datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "02:30",
    ),
    "28 March 2027": Night(
        datetime(2027, 3, 27, 22, 59, 30, tzinfo=UTC), "morgen", "03:30",
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "02:30",
    ),
    "29 February 2028": Night(
        datetime(2028, 2, 28, 22, 0, tzinfo=UTC), "morgen", "10:00",
        datetime(2028, 2, 29, 9, 0, tzinfo=UTC),
    ),
    "31 December 2026": Night(
        datetime(2026, 12, 31, 22, 0, tzinfo=UTC), "übermorgen", "10:00",
        datetime(2027, 1, 2, 9, 0, tzinfo=UTC),
    ),
}  # fmt: skip


@pytest.mark.full
@pytest.mark.fault(
    14, "a caller in each night of the clock change, before a leap day, at year's end"
)
@pytest.mark.on("sqlite")
@pytest.mark.parametrize("name", list(NIGHTS)[: times(1, 4)])
def test_odd_days_are_booked_at_the_instant_that_was_meant(
    gateway: StartGateway, database_url: str, name: str
):
    night = NIGHTS[name]
    clock = Clock.starting_at(night.now)
    with cluster(
        gateway, database_url, None, workers=1, world=open_day_and_night(), webhooks=True,
        clock=clock, **UNLIMITED,
    ) as running:  # fmt: skip
        crowd = Crowd(running, 1, threads=0)

        def ask(function: str, **args: Any) -> dict[str, Any]:
            answer = crowd.ask(1, f"call_{function}", "+4917604069012", function, args)
            assert answer is not None
            return answer

        if night.question:
            unclear = ask("check_availability", date=night.date, time=night.question)
            assert unclear["status"] == "ask"
        booked = ask("book_appointment", date=night.date, time=night.time, name="Eva Muster")
        assert booked["status"] == "booked", booked
        assert datetime.fromisoformat(booked["start"]) == night.booked
        (there,) = running.bookings()
        assert datetime.fromisoformat(there["start"]) == night.booked
        truths.hold(running, crowd.memory)


def open_day_and_night() -> dict[str, Any]:
    world = salons(1)
    world["tenants"][0]["opening_hours"] = "Mo-So 00:00-24:00"
    world["tenants"][0]["event_types"][0]["free_weekly"] = {"Mo-So": ["00:00-24:00"]}
    return world
