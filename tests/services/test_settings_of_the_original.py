"""The original loaded fourteen settings and used none (wire.md §2): these change what is done.

Those that a transcript is read with: tests/cli/test_language.py. The fallbacks: test_orders.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import update

from askpro.providers.retell_events import parse_event
from askpro.services import conversations
from askpro.services.directory import Directory
from askpro.settings import Settings
from askpro.store.models import PhoneNumber, ServiceRow
from tests.clocks import StoppedClock
from tests.town import BERLIN, CUT, Town, living
from tests.worlds import REFERENCE

pytestmark = pytest.mark.on("sqlite")

Set = Callable[..., AbstractContextManager[Town]]


@pytest.fixture
def town_with(settings: Callable[..., Settings], database_url: str) -> Set:
    return lambda **chosen: living(settings(database_url=database_url, **chosen))


def changed(town: Town, **values: Any) -> None:
    """The hairdresser's cut, behind the directory's back."""
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(update(ServiceRow).where(ServiceRow.event_type_id == CUT).values(**values))


def test_the_language_is_calcoms_to_write_in(town_with: Set):
    with town_with(retell_language="en") as town:
        town.caller().books("Schneiden", "21.10.2026", "10:00")
        (booking,) = town.world.bookings()
    assert booking["attendees"][0]["language"] == "en"


def test_the_default_duration_is_that_of_a_service_without_one(town_with: Set):
    with town_with(retell_default_duration=50) as town:
        changed(town, minutes=0)
        answer = town.caller().checks("Schneiden", "21.10.2026", "10:00")
    assert answer.fields["duration"] == 50


@pytest.mark.parametrize(("chosen", "status"), [({}, "unknown_company"), ({"id": 1}, "found")])
def test_the_default_company_answers_for_numbers_that_nobody_has(
    town_with: Set, chosen: dict[str, int], status: str
):
    with town_with(retell_default_company_id=chosen.get("id")) as town:
        answer = town.world.call("list_services", {}, to_number="+493099999999")
    assert answer["status"] == status


def test_retells_own_analysis_counts_as_much_as_is_set(town_with: Set):
    analysis = {"custom_analysis_data": {"datum": "2026-11-03", "uhrzeit": "14:30"}}
    call = {"call_id": "call_of_this_test", "to_number": BERLIN, "call_analysis": analysis}
    event = parse_event(json.dumps({"event": "call_analyzed", "call": call}).encode())
    with town_with(retell_retell_confidence=70) as town:
        heard = conversations.hear(town.runtime, 1, 1, event)
    assert heard is not None
    assert heard.facts.confidence == 70


def looking_up(town: Town, clock: StoppedClock) -> Directory:
    """A directory whose time is ``clock``'s."""
    runtime = town.runtime
    return Directory(runtime.database, runtime.settings, clock, runtime.guards.generation)


@pytest.mark.parametrize(
    "seconds",
    [
        {"retell_cache_branch_ttl": 60, "retell_cache_service_ttl": 600},
        {"retell_cache_branch_ttl": 600, "retell_cache_service_ttl": 60},
    ],
)
def test_services_are_looked_up_again_after_their_time(town_with: Set, seconds: dict[str, int]):
    clock, found = StoppedClock(REFERENCE), []
    with town_with(**seconds) as town:
        directory = looking_up(town, clock)
        for passed in (0, 59, 2):
            clock.advance(seconds=passed)
            office = directory.of_number(BERLIN)
            assert office is not None
            found += [each.name for each in office.services if each.event_type_id == CUT]
            changed(town, name="Haarschnitt")
    assert found == ["Schneiden", "Schneiden", "Haarschnitt"]


def test_numbers_are_looked_up_again_after_their_time(town_with: Set):
    clock, found = StoppedClock(REFERENCE), []
    with town_with(retell_cache_branch_ttl=60) as town:
        directory = looking_up(town, clock)
        for passed in (0, 59, 2):
            clock.advance(seconds=passed)
            office = directory.of_number(BERLIN)
            found.append(office and office.company_id)
            with town.runtime.database.unrestricted_unsafe(write=True) as session:
                session.execute(
                    update(PhoneNumber)
                    .where(PhoneNumber.number == BERLIN)
                    .values(company_id=2, branch_id=2)
                )
    assert found == [1, 1, 2]
