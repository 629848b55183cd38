"""What webhooks lost is found at Cal.com, inside the budget, and settled or shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from askpro.errors import BudgetSpent
from askpro.services import events, reconciliation
from askpro.services.reconciliation import Reconciled
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from askpro.store.models import Appointment, Company, Finding
from tests import calcom_telling
from tests.ledgers import appointments
from tests.worlds import CALCOM_KEY, World, golden

FREE = datetime(2026, 10, 27, 8, 0, tzinfo=UTC)


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


def at_calcom(world: World, method: str, path: str, **body: Any) -> dict[str, Any]:
    """Something happens at Cal.com that no webhook tells of."""
    headers = {"Authorization": f"Bearer {CALCOM_KEY}", "cal-api-version": "2024-08-13"}
    answer = requests.request(
        method, world.calcom.url + path, json=body, headers=headers, timeout=5
    )
    assert answer.ok, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def booked(world: World, event_type: int = 3100411, **more: Any) -> dict[str, Any]:
    start = _free_start(world, event_type)
    person = {
        "name": "Wer Auchimmer", "email": "wer@example.org", "timeZone": "Europe/Berlin",
        "phoneNumber": "+4930901820",
    }  # fmt: skip
    return at_calcom(
        world, "POST", "/v2/bookings",
        eventTypeId=event_type, start=start.isoformat(), attendee=person, **more,
    )  # fmt: skip


def _free_start(world: World, event_type: int) -> datetime:
    headers = {"Authorization": f"Bearer {CALCOM_KEY}", "cal-api-version": "2024-09-04"}
    query = {"eventTypeId": event_type, "start": "2026-10-21", "end": "2026-11-20"}
    days = requests.get(
        world.calcom.url + "/v2/slots", params=query, headers=headers, timeout=5
    ).json()["data"]
    return datetime.fromisoformat(next(iter(days.values()))[0]["start"])


def row(world: World, uid: str) -> dict[str, Any]:
    with world.runtime.database.unrestricted_unsafe() as session:
        (found,) = [each for each in appointments(session) if each["uid"] == uid]
    return found


def findings(world: World) -> list[str]:
    with world.runtime.database.unrestricted_unsafe() as session:
        return sorted(session.scalars(select(Finding.kind)))


def later(world: World, **span: float) -> Runtime:
    """The runtime, some time on; Cal.com's clock stays behind."""
    clock = replace(world.clock, offset=world.clock.offset + timedelta(**span))
    return replace(world.runtime, clock=clock)


def test_a_booking_that_no_webhook_told_of_is_adopted(world: World):
    made = booked(world)
    done = reconciliation.reconcile_all(world.runtime)
    assert (done.companies, done.changed, done.put_off) == (4, 1, 0)
    found = row(world, made["uid"])
    assert (found["state"], found["source"]) == ("confirmed", "calcom")
    assert found["customer"] == ("+4930901820", "wer@example.org")
    assert reconciliation.reconcile_all(world.runtime).changed == 0


def test_a_move_and_a_cancellation_are_followed(world: World):
    uid = booked(world)["uid"]
    reconciliation.reconcile_all(world.runtime)
    first = at_calcom(
        world, "POST", f"/v2/bookings/{uid}/reschedule",
        start=_free_start(world, 3100411).isoformat(), reschedulingReason="x",
    )  # fmt: skip
    second = at_calcom(
        world, "POST", f"/v2/bookings/{first['uid']}/reschedule",
        start=_free_start(world, 3100411).isoformat(), reschedulingReason="x",
    )  # fmt: skip
    reconciliation.reconcile_all(world.runtime)
    found = row(world, second["uid"])
    assert (found["state"], found["changes"]) == ("confirmed", 2)
    assert found["uids"] == sorted([uid, first["uid"], second["uid"]])
    at_calcom(world, "POST", f"/v2/bookings/{second['uid']}/cancel", cancellationReason="krank")
    reconciliation.reconcile_all(world.runtime)
    assert (row(world, second["uid"])["state"], row(world, second["uid"])["reason"]) == (
        "cancelled", "krank",
    )  # fmt: skip


def test_a_request_that_is_confirmed_at_calcom_is_confirmed_here(world: World):
    at_calcom(world, "POST", "/v2/bookings/k7rFE7YpseKePHbSBcJyWt/confirm")
    reconciliation.reconcile_all(world.runtime)
    assert row(world, "k7rFE7YpseKePHbSBcJyWt")["state"] == "confirmed"


def test_our_own_wish_of_unknown_outcome_is_found_by_its_key(world: World):
    now = world.clock.now()
    made = booked(world, metadata={"gw_key": "salon-quittenberg:call_x:1"})
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.scalars(select(Company.id).where(Company.slug == "salon-quittenberg"))
        session.add(
            Appointment(
                company_id=company.one(), key="salon-quittenberg:call_x:1", state="unknown",
                start=datetime.fromisoformat(made["start"]), source="voice", changes=0,
                end=datetime.fromisoformat(made["end"]), event_type_id=3100411,
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
    reconciliation.reconcile_all(world.runtime)
    found = row(world, made["uid"])
    assert (found["key"], found["state"]) == ("salon-quittenberg:call_x:1", "confirmed")


def test_every_seat_of_a_course_is_found(world: World):
    first = booked(world, 3100523)
    person = {"name": "Zwei", "email": "zwei@example.org", "timeZone": "Europe/Berlin"}
    at_calcom(
        world, "POST", "/v2/bookings", eventTypeId=3100523, start=first["start"], attendee=person
    )
    reconciliation.reconcile_all(world.runtime)
    with world.runtime.database.unrestricted_unsafe() as session:
        rows = [each for each in appointments(session) if each["uid"] == first["uid"]]
    assert len(rows) == 2
    assert all(each["seat"] for each in rows)
    assert sorted(each["who"][0] for each in rows) == ["Wer Auchimmer", "Zwei"]


def test_companies_on_one_account_are_one_question(world: World, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    updated = reconciliation._updated
    monkeypatch.setattr(
        reconciliation, "_updated", lambda r, o, s: asked.append(o.calcom.name) or updated(r, o, s)
    )
    reconciliation.reconcile_all(world.runtime)
    assert asked == ["calcom_api"]


def test_a_company_with_its_own_key_sees_only_its_own(world: World):
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        own = {"calcom_api_key": "cal_physio_own"}
        session.execute(update(Company).where(Company.slug == "physio-wirbelwind").values(**own))
    world.runtime.directory.changed()
    accounts = reconciliation._accounts(world.runtime)
    assert sorted(len(offices) for offices in accounts) == [1, 3]


def test_when_the_budget_is_spent_it_goes_on_from_there(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    first = booked(world)
    at_calcom(world, "POST", "/v2/bookings/k7rFE7YpseKePHbSBcJyWt/confirm")
    updated = reconciliation._updated

    def spent_after_one(runtime: Runtime, office: Any, since: datetime) -> Iterator[Any]:
        yield next(updated(runtime, office, since))
        raise BudgetSpent

    monkeypatch.setattr(reconciliation, "_updated", spent_after_one)
    done = reconciliation.reconcile_all(world.runtime)
    assert (done.changed, done.companies, done.put_off) == (1, 0, 4)
    monkeypatch.undo()
    done = reconciliation.reconcile_all(world.runtime)
    assert (done.changed, done.companies) == (1, 4)
    assert row(world, first["uid"])["state"] == "confirmed"


def test_an_outage_puts_everything_off(world: World):
    world.faults(status=503, path="/v2/bookings")
    assert reconciliation.reconcile_all(world.runtime).put_off == 4


@pytest.mark.parametrize("webhooks", [True, False])
def test_lost_webhooks_are_shown_where_webhooks_do_come(world: World, webhooks: bool):
    if webhooks:
        told = calcom_telling.event("BOOKING_CREATED", "uidZ", at=FREE, start=FREE)
        owner = events.owner_of(world.runtime, told)
        events.receive_calcom(world.runtime, owner, told, signed_by=None)
    booked(world)
    reconciliation.reconcile_all(later(world, minutes=3))
    assert findings(world) == (["difference"] if webhooks else [])


def test_a_webhook_that_is_on_its_way_is_not_lost(world: World):
    told = calcom_telling.event("BOOKING_CREATED", "uidZ", at=FREE, start=FREE)
    events.receive_calcom(world.runtime, events.owner_of(world.runtime, told), told, signed_by=None)
    booked(world)
    reconciliation.reconcile_all(world.runtime)
    assert findings(world) == []


def test_what_stands_here_and_not_at_calcom_is_shown(world: World):
    now = world.clock.now()
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        known = session.scalars(
            select(Appointment).where(Appointment.uid == "uma8qGpUPZq19TUnvDbHm4")
        ).one()
        session.add(
            Appointment(
                company_id=known.company_id, key="k", state="confirmed", source="voice", changes=0,
                uid="deletedAtCalcom", start=now + timedelta(days=3), event_type_id=3100411,
                end=now + timedelta(days=3, minutes=30), created_at=now, updated_at=now,
            )
        )  # fmt: skip
    assert reconciliation.compare_upcoming(later(world, minutes=5)) == Reconciled(
        companies=4, missing=1
    )
    assert findings(world) == ["difference"]
    assert reconciliation.compare_upcoming(later(world, minutes=5)).missing == 1
    assert findings(world) == ["difference"]
