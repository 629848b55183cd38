"""What Cal.com is told of the customer, and what is made up where nobody gave it (rules.md §5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from askpro.settings import Settings
from askpro.store.models import Customer
from tests.town import Caller, Town, living

DAY = "21.10.2026"
OTHER = "0151 23456789"


def booked(caller: Caller, time: str = "10:00", **more: Any) -> dict[str, Any]:
    """The booking at Cal.com that came of it."""
    before = {each["uid"] for each in caller.town.world.bookings()}
    assert caller.books("Schneiden", DAY, time, **more).status in ("booked", "pending")
    caller.town.settle()
    (made,) = [each for each in caller.town.world.bookings() if each["uid"] not in before]
    return made


def mail(booking: dict[str, Any]) -> str:
    return str(booking["attendees"][0]["email"])


def test_without_a_mail_address_each_booking_has_one_of_its_own(town: Town):
    caller = town.caller()
    one, other = mail(booked(caller)), mail(booked(caller, "12:00"))

    assert one != other
    for address in (one, other):
        assert address.startswith("noreply+")
        assert address.endswith("@placeholder.local")
    assert {row.attendee_email for row in town.rows()} == {None}
    with town.runtime.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Customer.email)).all() == [None]


@pytest.mark.parametrize(
    ("given", "sent"), [({}, "+4915123450000"), ({"phone": OTHER}, "+4915123456789")]
)
def test_the_number_that_called_stands_beside_the_one_that_was_given(
    town: Town, given: dict[str, str], sent: str
):
    caller = town.caller(call_id="call_of_the_orders")
    booking = booked(caller, **given)

    assert booking["metadata"]["caller_number"] == caller.number == "+4915123450000"
    assert booking["attendees"][0]["phoneNumber"] == sent


def test_what_is_sent_once_more_says_who_called_too(town: Town):
    caller = town.caller()
    town.faults(path="bookings", method="POST", status=500, times=1)

    assert booked(caller, phone=OTHER)["metadata"]["caller_number"] == caller.number


def test_a_withheld_number_is_nobodys_and_the_fallback_that_is_none_is_left_out(town: Town):
    booking = booked(town.caller(number="anonymous"))

    assert "caller_number" not in booking["metadata"]
    assert not booking["attendees"][0].get("phoneNumber")


def test_the_settings_say_what_is_made_up(settings: Callable[..., Settings], database_url: str):
    chosen = {"retell_fallback_phone": "+493012345678", "retell_fallback_email": "x@example.org"}
    with living(settings(database_url=database_url, **chosen)) as town:
        booking = booked(town.caller(number="anonymous"))

    assert booking["attendees"][0]["phoneNumber"] == "+493012345678"
    assert mail(booking).startswith("x+")
    assert mail(booking).endswith("@example.org")
