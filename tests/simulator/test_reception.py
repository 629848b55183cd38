from __future__ import annotations

from askpro.simulator.reception import make_room
from tests.simulator.calcom_world import TEETH
from tests.simulator.checked import CheckedCalcom

TIMES = ("2026-10-22T08:00:00Z", "2026-10-22T08:30:00Z", "2026-10-22T12:00:00Z")


def test_what_callers_booked_first_is_cancelled_account_by_account(calcom: CheckedCalcom) -> None:
    first, second, third = (calcom.book(start).json()["data"]["uid"] for start in TIMES)
    praxis = calcom.book(TIMES[0], TEETH).json()["data"]["uid"]
    calcom.post(f"/v2/bookings/{praxis}/confirm")
    assert make_room(calcom.url, keep=1) == 3  # and the standing one
    states = {
        uid: calcom.get(f"/v2/bookings/{uid}").json()["data"]["status"]
        for uid in (first, second, third, praxis)
    }
    assert list(states.values()) == ["cancelled", "cancelled", "accepted", "accepted"]


def test_bookings_that_callers_did_not_make_are_left_alone(calcom: CheckedCalcom) -> None:
    calcom.book(TIMES[0], metadata={"source": "web"})
    assert make_room(calcom.url, keep=0) == 1  # the standing one, which has a key
