"""A company whose stored data cannot be read, its keys most likely, is nobody else's trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from askpro.services import periodic, reconciliation, sweep
from askpro.services.runtime import Runtime
from askpro.store.models import Company, ServiceRow
from tests import factories
from tests.town import BAVARIA, CUT, Town

DAY = "21.10.2026"


def _garbled_key(town: Town) -> None:
    town.garbles("companies", "calcom_api_key", 1)


def _garbled_retell_key(town: Town) -> None:
    town.garbles("companies", "retell_api_key", 1)


def _impossible_service(town: Town) -> None:
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        for service in session.scalars(select(ServiceRow).filter_by(event_type_id=CUT)):
            service.segments = [{"x": 1}]


@pytest.fixture(params=[_garbled_key, _garbled_retell_key, _impossible_service])
def broken(request: pytest.FixtureRequest, town: Town) -> Town:
    """Two companies with a booking of unknown outcome each; then the first becomes unreadable."""
    for caller in (town.caller(), town.caller(to=BAVARIA)):
        town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
        assert caller.books("Schneiden", DAY, "10:00").status == "pending"
    request.param(town)
    town.runtime.directory.changed()
    return town


@pytest.mark.parametrize(
    "work",
    [periodic.settle, periodic.drain, periodic.reconcile, periodic.compare, periodic.sweep_calls,
     periodic.alert],
)  # fmt: skip
def test_what_is_done_for_all_companies_goes_on(broken: Town, work: Callable[[Runtime], object]):
    work(broken.later(seconds=60))
    if work is periodic.settle:
        assert broken.states() == ["unknown", "confirmed"]


def test_the_others_keys_and_callers_are_served(broken: Town):
    with broken.runtime.database.unrestricted_unsafe(write=True) as session:
        session.get_one(Company, 2).retell_api_key = "key_of_its_own"
    broken.runtime.directory.changed()
    assert broken.runtime.directory.retell_keys() == ((2, "key_of_its_own"),)
    assert broken.caller(to=BAVARIA).checks("Schneiden", DAY, "12:00").status == "available"


def test_one_unreadable_row_is_nobody_elses_trouble(town: Town):
    """Its company may be read, and comes first: what is there of the others is looked at."""
    for caller in (town.caller(), town.caller(to=BAVARIA)):
        assert caller.books("Schneiden", DAY, "10:00").status == "booked"
    town.garbles("appointments", "attendee_name", 1)
    later = town.later(minutes=10)
    done = reconciliation.reconcile_all(later)
    assert (done.companies, done.seen, done.put_off) == (2, 1, 0)
    with town.runtime.database.unrestricted_unsafe() as session:
        assert len(set(session.scalars(select(Company.calcom_synced_until)))) == 1
    assert reconciliation.compare_upcoming(later).put_off == 0


def test_an_unreadable_call_does_not_keep_the_others_open(town: Town):
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        for company in (1, 2):
            factories.call(
                session, company, now=town.runtime.clock.now(), state="ongoing", outcome=None
            )
    town.garbles("calls", "from_number", 1)
    swept = sweep.sweep_calls(
        replace(town.later(hours=1), settings=replace(town.runtime.settings, retell_api_key=()))
    )
    assert swept.closed == 1
