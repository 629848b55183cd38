"""Calls that nobody tells of any more: looked up at Retell, else closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from askpro.services import call_events, sweep
from askpro.services.runtime import Runtime
from askpro.services.sweep import Swept
from askpro.store.models import Call, Company, FunctionCall
from tests.clocks import StoppedClock
from tests.providers.stub import Stub, answer, stub_server
from tests.retell_telling import event, lifecycle


@pytest.fixture
def retell() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


def hears(office: Runtime, told: Any) -> int:
    with office.database.unrestricted_unsafe() as session:
        company = session.scalars(
            select(Company.id).where(Company.slug == "salon-quittenberg")
        ).one()
    with office.database.of_company(company, write=True) as session:
        call_events.record(session, company, None, told, office.clock.now())
    return company


def call(office: Runtime) -> Call:
    with office.database.unrestricted_unsafe() as session:
        return session.scalars(select(Call)).one()


def without_key(office: Runtime) -> Runtime:
    return replace(office, settings=replace(office.settings, retell_api_key=()))


def asking(office: Runtime, retell: Stub, *keys: str) -> Runtime:
    settings = replace(
        office.settings, retell_api_key=keys or ("key_1",), retell_base_url=retell.url
    )
    return replace(office, settings=settings)


def test_a_silent_call_is_closed_after_half_an_hour(office: Runtime, office_clock: StoppedClock):
    hears(office, event("call_started", "call_1"))
    alone = without_key(office)
    office_clock.advance(minutes=29)
    assert sweep.sweep_calls(alone) == Swept()
    office_clock.advance(minutes=2)
    assert sweep.sweep_calls(alone) == Swept(closed=1)
    row = call(office)
    assert (row.state, row.disconnection_reason, row.outcome) == (
        "ended", call_events.SWEPT, "other",
    )  # fmt: skip
    assert sweep.sweep_calls(alone) == Swept()


def test_a_late_event_still_says_how_a_swept_call_ended(
    office: Runtime, office_clock: StoppedClock
):
    hears(office, event("call_started", "call_1"))
    office_clock.advance(minutes=31)
    sweep.sweep_calls(without_key(office))
    hears(office, event("call_ended", "call_1", disconnection_reason="user_hangup"))
    assert call(office).disconnection_reason == "user_hangup"


def test_a_function_call_is_a_sign_of_life(office: Runtime, office_clock: StoppedClock):
    company = hears(office, event("call_started", "call_1"))
    office_clock.advance(minutes=31)
    at = office_clock.now() - timedelta(minutes=5)
    with office.database.of_company(company, write=True) as session:
        session.add(
            FunctionCall(
                call_id="call_1", at=at, function="f", status="ok", success=True, milliseconds=1.0
            )
        )
    assert sweep.sweep_calls(without_key(office)) == Swept()


def test_a_lost_end_is_made_good_by_what_retell_says(
    office: Runtime, office_clock: StoppedClock, retell: Stub
):
    hears(office, event("call_started", "call_1"))
    office_clock.advance(minutes=31)
    retell.will(answer(200, lifecycle("call_1", office_clock.now())[2]["call"]))
    assert sweep.sweep_calls(asking(office, retell)) == Swept(told=1)
    row = call(office)
    assert (row.state, row.disconnection_reason, row.outcome) == (
        "analyzed", "user_hangup", "information",
    )  # fmt: skip
    assert retell.requests[0].path == "/v2/get-call/call_1"


def test_a_call_that_goes_on_is_left_alone(
    office: Runtime, office_clock: StoppedClock, retell: Stub
):
    hears(office, event("call_started", "call_1"))
    office_clock.advance(minutes=31)
    retell.will(answer(200, event_body("ongoing")))
    assert sweep.sweep_calls(asking(office, retell)) == Swept(going_on=1)
    assert call(office).state == "ongoing"
    assert sweep.sweep_calls(asking(office, retell)) == Swept()


def event_body(status: str) -> dict[str, Any]:
    return {"call_id": "call_1", "call_type": "phone_call", "call_status": status}


def test_while_keys_are_rotated_the_one_that_serves_is_found(
    office: Runtime, office_clock: StoppedClock, retell: Stub
):
    hears(office, event("call_started", "call_1"))
    office_clock.advance(minutes=31)
    retell.will(answer(401), answer(200, event_body("ended")))
    assert sweep.sweep_calls(asking(office, retell, "old", "new")) == Swept(told=1)


@pytest.mark.parametrize("status", [500, 429])
def test_a_call_waits_for_retell_but_not_for_ever(
    office: Runtime, office_clock: StoppedClock, retell: Stub, status: int
):
    hears(office, event("call_started", "call_1"))
    retell.will(answer(status))
    office_clock.advance(minutes=31)
    assert sweep.sweep_calls(asking(office, retell)) == Swept(waiting=1)
    assert call(office).state == "ongoing"
    office_clock.advance(minutes=90)
    assert sweep.sweep_calls(asking(office, retell)) == Swept(closed=1)


def test_a_call_that_retell_does_not_know_is_closed(
    office: Runtime, office_clock: StoppedClock, retell: Stub
):
    hears(office, event("call_started", "call_1"))
    office_clock.advance(minutes=31)
    retell.will(answer(404))
    assert sweep.sweep_calls(asking(office, retell)) == Swept(closed=1)


def test_look_ups_end_in_time(office: Runtime, office_clock: StoppedClock, retell: Stub):
    for number in range(3):
        hears(office, event("call_started", f"call_{number}"))
    office_clock.advance(minutes=31)

    def slow(sock: Any) -> bool:
        office_clock.advance(seconds=45)
        return answer(200, event_body("ended"))(sock)

    retell.will(slow)
    swept = sweep.sweep_calls(asking(office, retell))
    assert (swept.told, swept.waiting) == (2, 1)
