"""What happens to an appointment while nobody knows what became of a write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select

from askpro.errors import (
    BookingConflict,
    CalcomError,
    CalcomRejected,
    CalcomUnreachable,
    SlotTaken,
)
from askpro.providers.calcom import Booking, CalcomClient, NewBooking
from askpro.services import booking_events, sending
from askpro.services.reconciliation import events_of
from askpro.simulator.bookings import Shelf
from askpro.store.models import Finding
from tests.town import CLASS, CUT, Caller, Town, local
from tests.worlds import CALCOM_KEY

DAY = "21.10.2026"


@pytest.fixture
def caller(town: Town) -> Caller:
    """Somebody whose hair is cut on Wednesday at ten."""
    caller = town.caller()
    assert caller.books("Schneiden", DAY, "10:00").status == "booked"
    return caller


def doubtful(town: Town, **knobs: Any) -> Caller:
    """Somebody who wished for Wednesday at ten; it landed, and nobody knows that."""
    caller = town.caller()
    town.faults(path="bookings", method="POST", times=1, mode="commit_then_500", **knobs)
    assert caller.books("Schneiden", DAY, "10:00").status == "pending"
    return caller


def unsettled(town: Town, caller: Caller, change: str) -> None:
    """The caller's change came to nothing at Cal.com, and nobody knows that."""
    town.faults(path="bookings", times=2, status=500)
    done = caller.cancels(DAY) if change == "cancel" else caller.moves(DAY, DAY, "14:00")
    assert done.status == "pending"
    town.faults()


def host(town: Town, action: str, **body: Any) -> None:
    """The host changes what stands at Cal.com, and nobody tells us."""
    (uid,) = (b["uid"] for b in town.world.bookings() if b["status"] in ("accepted", "pending"))
    headers = {"Authorization": f"Bearer {CALCOM_KEY}", "cal-api-version": "2024-08-13"}
    url = f"{town.world.calcom.url}/v2/bookings/{uid}/{action}"
    requests.post(url, json=body, headers=headers, timeout=5).raise_for_status()


def tell(town: Town) -> None:
    """Cal.com tells us how all of its bookings are now."""
    asked = town.runtime.calcom(town.runtime.directory.office(1))
    for booking in list(asked.bookings()):
        for event in events_of(booking):
            with town.runtime.database.of_company(1, write=True) as session:
                booking_events.record(session, 1, event, town.runtime.clock.now())


def test_moved_and_cancelled_by_the_host_it_is_not_booked_again(town: Town, caller: Caller):
    town.faults(path="bookings", method="POST", times=1, mode="commit_then_500")
    assert caller.moves(DAY, DAY, "14:00").status == "pending"
    host(town, "cancel", cancellationReason="Laden zu")

    for seconds in (60, 120, 180):
        town.settle(seconds=seconds)

    assert town.states() == ["cancelled"]
    assert town.standing() == []


def test_cancelled_by_the_host_before_anybody_knew_it_is_not_booked_again(town: Town):
    doubtful(town)
    host(town, "cancel", cancellationReason="Laden zu")

    for seconds in (60, 120, 180):
        town.settle(seconds=seconds)

    assert town.standing() == []
    assert town.findings() == ["promised_not_booked"]


def test_moved_by_the_host_before_anybody_knew_it_stands_where_it_is(town: Town):
    doubtful(town)
    host(town, "reschedule", start="2026-10-22T12:00:00Z")

    for seconds in (60, 120, 180):
        town.settle(seconds=seconds)

    assert town.standing() == [("2026-10-22 14:00", CUT)]
    assert town.states() == ["confirmed"]
    assert town.rows()[0].start.isoformat() == "2026-10-22T12:00:00+00:00"


def test_a_booking_that_is_longer_at_cal_com_is_found(town: Town):
    kinds = town.world.calcom.simulation.calendar.event_types
    kinds[CUT] = replace(kinds[CUT], minutes=60)
    doubtful(town)

    town.settle()

    assert town.states() == ["confirmed"]
    row = town.rows()[0]
    assert row.end - row.start == timedelta(hours=1)
    assert town.findings() == []


@pytest.mark.parametrize(
    ("change", "findings"), [("cancel", []), ("reschedule", ["promised_not_reschedule"])]
)
def test_a_change_of_what_cal_com_no_longer_has_is_settled(
    town: Town, caller: Caller, change: str, findings: list[str]
):
    unsettled(town, caller, change)
    town.world.calcom.simulation.calendar.shelf = Shelf()

    assert town.settle().waiting == 0

    assert town.states() == ["cancelled"]
    assert town.findings() == findings


@pytest.mark.parametrize("change", ["cancel", "reschedule"])
def test_a_change_of_what_the_host_moved_meanwhile_is_shown_to_an_operator(
    town: Town, caller: Caller, change: str
):
    unsettled(town, caller, change)
    host(town, "reschedule", start="2026-10-22T12:00:00Z")

    town.settle()

    assert town.rows()[0].pending_change is None
    assert town.standing() == [("2026-10-22 14:00", CUT)]
    assert town.findings() == [f"promised_not_{change}"]
    with town.runtime.database.of_company(1) as session:
        assert session.scalars(select(Finding.detail)).one() == {"why": "moved at Cal.com"}


@pytest.mark.parametrize(
    ("change", "action", "body", "findings"),
    [
        ("cancel", "cancel", {"cancellationReason": "Laden zu"}, []),
        ("reschedule", "cancel", {"cancellationReason": "Laden zu"}, ["promised_not_reschedule"]),
        (
            "reschedule",
            "reschedule",
            {"start": "2026-10-22T12:00:00Z"},
            ["promised_not_reschedule"],
        ),
    ],
)
def test_so_it_is_when_an_event_tells_of_it_first(
    town: Town, caller: Caller, change: str, action: str, body: dict[str, Any], findings: list[str]
):
    unsettled(town, caller, change)
    host(town, action, **body)

    tell(town)

    assert town.rows()[0].pending_change is None
    assert town.findings() == findings


def test_a_move_that_an_event_tells_to_have_been_made_is_as_promised(town: Town, caller: Caller):
    town.faults(path="bookings", method="POST", times=1, mode="commit_then_500")
    assert caller.moves(DAY, DAY, "14:00").status == "pending"

    tell(town)

    assert town.rows()[0].last_change["kind"] == "reschedule"
    assert town.findings() == []


def test_a_seat_that_was_moved_is_found_where_it_is(town: Town):
    caller, other = town.caller(), town.caller()
    for each in (caller, other):
        assert each.books("Flechtkurs", DAY, "10:00").status == "booked"
    town.faults(path="bookings", method="POST", times=1, mode="commit_then_500")
    assert caller.moves(DAY, DAY, "14:00").status == "pending"

    town.settle()

    assert town.standing() == [("2026-10-21 10:00", CLASS), ("2026-10-21 14:00", CLASS)]
    assert [local(row.start).hour for row in town.rows()] == [14, 10]
    assert town.findings() == []
    assert caller.cancels(DAY).status == "cancelled"
    assert town.standing() == [("2026-10-21 10:00", CLASS)]


# -- what the caller wants meanwhile ---------------------------------------------------------------


def test_a_time_whose_cancellation_is_not_settled_is_not_said_to_be_booked(
    town: Town, caller: Caller
):
    unsettled(town, caller, "cancel")

    again = caller.books("Schneiden", DAY, "10:00")

    assert again.status == "calendar_down"
    assert again.fields["callback_id"] == town.callbacks()[0].id
    town.settle()
    assert town.states() == ["cancelled"]


def before_it_leaves(patch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens when the next booking is sent already, and Cal.com is not asked yet."""
    order_of = sending.order_of

    def slow(*asked: Any) -> Any:
        patch.setattr(sending, "order_of", order_of)
        happens()
        return order_of(*asked)

    patch.setattr(sending, "order_of", slow)


def test_a_cancelled_wish_that_was_refused_cancels_no_later_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    caller = town.caller()

    def cancels() -> None:
        assert caller.cancels(DAY).status == "pending"
        town.faults(path="bookings", method="POST", times=1, status=409)

    before_it_leaves(monkeypatch, cancels)
    assert caller.books("Schneiden", DAY, "10:00").status == "unavailable"
    assert caller.books("Schneiden", DAY, "10:00").status == "booked"

    town.settle()

    assert town.states() == ["confirmed"]
    assert town.standing() == [("2026-10-21 10:00", CUT)]


# -- what Cal.com says of it -----------------------------------------------------------------------


@pytest.mark.parametrize("look", [200, 500])
def test_a_time_that_the_callers_own_booking_takes_is_theirs(
    town: Town, monkeypatch: pytest.MonkeyPatch, look: int
):
    """Cal.com refuses it as taken, and has booked it (#17535)."""
    book = CalcomClient.book

    def taken(*order: Any, **more: Any) -> None:
        book(*order, **more)
        if look == 500:
            town.faults(path="bookings", method="GET", status=500)
        raise SlotTaken

    missed = town.caller()
    if look == 500:
        town.faults(path="bookings", method="POST", times=1, status=500)
        assert missed.books("Schneiden", DAY, "10:00").status == "pending"
    with monkeypatch.context() as patch:
        patch.setattr(CalcomClient, "book", taken)
        if look == 500:
            assert town.settle().waiting == 1
        else:
            assert missed.books("Schneiden", DAY, "10:00").status == "booked"
    town.faults()

    town.settle(seconds=120)

    assert town.states() == ["confirmed"]
    assert town.findings() == []


def test_nobody_waits_longer_for_that_look_than_for_the_booking(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    hard_stops = []

    def taken(*order: Any, not_after: float | None, **more: Any) -> None:
        hard_stops.append(not_after)
        raise SlotTaken

    def nothing(*_: Any, not_after: float | None, **more: Any) -> Iterator[Booking]:
        hard_stops.append(not_after)
        return iter(())

    monkeypatch.setattr(CalcomClient, "book", taken)
    monkeypatch.setattr(CalcomClient, "bookings", nothing)
    assert town.caller().books("Schneiden", DAY, "10:00").status == "unavailable"
    [for_the_booking, for_the_look] = hard_stops
    assert for_the_look == for_the_booking is not None


def test_nobody_waits_longer_for_what_became_of_it_than_for_the_change(
    town: Town, caller: Caller, monkeypatch: pytest.MonkeyPatch
):
    host(town, "reschedule", start="2026-10-22T08:00:00Z")
    hard_stops = []
    look = CalcomClient.booking

    def looked(client: CalcomClient, uid: str, **asked: Any) -> list[Booking]:
        hard_stops.append(asked["not_after"])
        return look(client, uid, **asked)

    monkeypatch.setattr(CalcomClient, "booking", looked)
    assert caller.moves(DAY, DAY, "14:00").status == "which_one"
    assert len(hard_stops) == 2
    assert None not in hard_stops


def test_a_move_that_was_made_although_cal_com_calls_the_time_taken_is_told(
    town: Town, caller: Caller
):
    town.faults(path="bookings", method="POST", times=1, mode="commit_then_500", status=409)

    assert caller.moves(DAY, DAY, "14:00").status == "rescheduled"
    assert town.standing() == [("2026-10-21 14:00", CUT)]


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (BookingConflict(), "unavailable"),
        (CalcomRejected(reason="out_of_bounds"), "unavailable"),
        (CalcomRejected(reason="other"), "calendar_down"),
    ],
)
def test_a_move_that_is_refused_offers_other_times_where_the_time_is_why(
    town: Town, caller: Caller, monkeypatch: pytest.MonkeyPatch, refused: CalcomError, status: str
):
    def refuses(*_: Any, **__: Any) -> None:
        raise refused

    monkeypatch.setattr(CalcomClient, "reschedule", refuses)

    answer = caller.moves(DAY, DAY, "14:00")

    assert answer.status == status
    assert bool(answer.fields["alternatives"]) == (status == "unavailable")
    assert town.rows()[0].pending_change is None


def test_an_event_that_is_faster_than_the_answer_is_not_forgotten(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    """Cal.com tells us that it is booked, and the answer to our request is lost."""
    book = CalcomClient.book

    def lost(client: CalcomClient, order: NewBooking, **more: Any) -> None:
        made = book(client, order, **more)
        (told,) = events_of(made)
        with town.runtime.database.of_company(1, write=True) as session:
            booking_events.record(session, 1, told, town.runtime.clock.now())
        raise CalcomUnreachable("lost", maybe_done=True)

    monkeypatch.setattr(CalcomClient, "book", lost)

    assert town.caller().books("Schneiden", DAY, "10:00").status == "booked"
    assert town.states() == ["confirmed"]
