from __future__ import annotations

import json
from pathlib import Path

import pytest

from askpro.simulator.running import running_calcom
from tests.simulator.calcom_world import COURSE, clock, world
from tests.simulator.checked import CheckedCalcom

TEN = "2026-10-22T08:00:00Z"
STANDING = "standingBooking0000001"


def test_bookings_outlive_the_process(tmp_path: Path) -> None:
    state = tmp_path / "instance" / "calendar.json"
    with running_calcom(world(), clock=clock(), state=state) as running:
        calcom = CheckedCalcom(running)
        made = calcom.book(TEN).json()["data"]
        seat = calcom.book("2026-10-22T16:00:00Z", COURSE).json()["data"]
        calcom.post(f"/v2/bookings/{STANDING}/cancel", {"cancellationReason": "x"})
    with running_calcom(world(), clock=clock(), state=state) as running:
        calcom = CheckedCalcom(running)
        assert calcom.get(f"/v2/bookings/{made['uid']}").json()["data"] == made
        kept = calcom.get(f"/v2/bookings/{seat['uid']}").json()["data"]
        assert kept["attendees"] == seat["attendees"]
        assert calcom.get(f"/v2/bookings/{STANDING}").json()["data"]["status"] == "cancelled"
        assert calcom.starts() == [
            "2026-10-22T09:00:00.000+02:00",  # the cancelled one gave its time back
            "2026-10-22T10:30:00.000+02:00",
            "2026-10-22T14:00:00.000+02:00",
        ]
        assert calcom.book("2026-10-22T12:00:00Z").json()["data"]["id"] > made["id"]


@pytest.mark.parametrize("content", ["", "{}", '{"bookings": [{"event_type": 101}]}', "[1]"])
def test_an_unreadable_file_is_an_empty_one(tmp_path: Path, content: str) -> None:
    state = tmp_path / "calendar.json"
    state.write_text(content)
    with running_calcom(world(), clock=clock(), state=state) as running:
        assert CheckedCalcom(running).book(TEN).status_code == 201
    assert len(json.loads(state.read_text())["bookings"]) == 2  # what is long over is forgotten


def test_bookings_of_types_that_are_gone_are_left_out(tmp_path: Path) -> None:
    state = tmp_path / "calendar.json"
    with running_calcom(world(), clock=clock(), state=state) as running:
        CheckedCalcom(running).book(TEN)
    smaller = world()
    smaller["tenants"] = smaller["tenants"][1:]
    with running_calcom(smaller, clock=clock(), state=state) as running:
        assert len(running.simulation.calendar.shelf) == 0
