"""Services follow the event types of the company's Cal.com account."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select, update

from askpro.errors import CalcomUnavailable, InvalidInput
from askpro.providers.calcom import EventType
from askpro.services import sync
from askpro.services.tenants import import_world
from askpro.settings import Settings
from askpro.store.models import AuditEntry, Branch, Company, ServiceRow
from tests.worlds import World, golden

CUT, LADIES, COLOUR = 3100411, 3100412, 3100413


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


@pytest.fixture
def salon(world: World) -> int:
    """The hairdresser, whose services are as Cal.com says."""
    company = _id_of(world, "salon-quittenberg")
    sync.sync_services(world.runtime, company)
    return company


def _id_of(world: World, slug: str) -> int:
    with world.runtime.database.unrestricted_unsafe() as session:
        return session.scalars(select(Company.id).where(Company.slug == slug)).one()


def change(world: World, company: int, event_type: int, **values: object) -> None:
    with world.runtime.database.of_company(company, write=True) as session:
        session.execute(
            update(ServiceRow).where(ServiceRow.event_type_id == event_type).values(**values)
        )


def service(world: World, company: int, event_type: int) -> ServiceRow:
    with world.runtime.database.of_company(company) as session:
        return session.scalars(
            select(ServiceRow).where(ServiceRow.event_type_id == event_type)
        ).one()


def test_what_is_the_same_stays_and_keeps_what_people_added(world: World, salon: int):
    again = sync.sync_services(world.runtime, salon)
    assert (again.changes, again.services) == ((), 4)
    cut = service(world, salon, CUT)
    assert "Herrenschnitt" in cut.synonyms
    assert cut.price_cents == 3200


def test_a_renamed_a_new_and_a_removed_type_are_taken_over(world: World, salon: int):
    change(world, salon, LADIES, name="Damenschnitt kurz")
    change(world, salon, COLOUR, event_type_id=1)
    synced = sync.sync_services(world.runtime, salon)
    assert synced.changed == ["Damenhaarschnitt"]
    assert synced.new == ["Färben"]
    assert synced.removed == ["Färben"]
    assert service(world, salon, 1).removed_at is not None
    assert "Damenschnitt kurz" in service(world, salon, LADIES).synonyms
    offered = world.call("list_services", {})["services"]
    assert sorted(s["name"] for s in offered) == [
        "Beratung",
        "Damenhaarschnitt",
        "Färben",
        "Herrenhaarschnitt",
    ]


def test_a_removed_type_that_comes_back_is_offered_again(world: World, salon: int):
    change(world, salon, CUT, removed_at=world.clock.now())
    synced = sync.sync_services(world.runtime, salon)
    assert synced.changed == ["Herrenhaarschnitt"]
    assert service(world, salon, CUT).removed_at is None


def test_another_length_is_said(world: World, salon: int):
    change(world, salon, CUT, minutes=20)
    (said,) = [
        each for each in sync.sync_services(world.runtime, salon).changes if each.kind == "changed"
    ]
    assert "minutes 20 → 30" in said.detail
    assert service(world, salon, CUT).minutes == 30


def test_a_type_that_no_voice_agent_can_book_is_refused_with_the_reason(world: World):
    physio = _id_of(world, "physio-wirbelwind")
    synced = sync.sync_services(world.runtime, physio)
    assert list(synced.not_bookable) == ["Krankengymnastik Serie"]
    answer = world.call(
        "book_appointment",
        {"service": "Sechserserie", "date": "2026-10-29", "time": "09:30", "name": "Eva"},
        to_number="+493023125120",
    )
    assert answer["status"] == "ask"
    assert "Serientermine" in answer["message"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ((), None),
        (("email_verification",), "bestätigt"),
        (("paid",), "online bezahlt"),
        (("recurring", "paid"), "Serientermine"),
        (("managed_parent",), "Vorlage"),
        (("required_field:steuernummer",), "Angaben"),
        (("something_new",), None),
    ],
)
def test_every_reason_is_said_in_german(words: tuple[str, ...], part: str | None):
    said = sync.why_not(EventType(1, "x", "X", 30, why_not=words))
    assert (said is None) if part is None else part in (said or "")


def test_a_dry_run_changes_nothing(world: World, salon: int):
    change(world, salon, LADIES, name="Alt")
    synced = sync.sync_services(world.runtime, salon, keep=False)
    assert synced.changed == ["Damenhaarschnitt"]
    assert service(world, salon, LADIES).name == "Alt"


def never_open(world: World, salon: int) -> dict[str, Any]:
    with world.runtime.database.of_company(salon, write=True) as session:
        branch = session.scalars(select(Branch)).one()
        branch.hours = {**branch.hours, "weekly": [[]] * 7}
        return dict(branch.hours)


def test_opening_hours_come_from_the_schedule_where_that_is_asked_for(world: World, salon: int):
    before = never_open(world, salon)
    assert sync.sync_services(world.runtime, salon).hours is None
    synced = sync.sync_services(world.runtime, salon, with_hours=True)
    assert synced.hours is not None
    assert synced.hours.startswith("Mo ")
    with world.runtime.database.of_company(salon) as session:
        after = session.scalars(select(Branch.hours)).one()
    assert after["bundesland"] == before["bundesland"]
    assert any(after["weekly"])
    assert after != before
    with world.runtime.database.unrestricted_unsafe() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.detail == {"hours": 1}
    assert sync.sync_services(world.runtime, salon, with_hours=True).hours is None


def test_what_was_taken_over_is_in_the_audit(world: World, salon: int):
    change(world, salon, LADIES, name="Alt")
    sync.sync_services(world.runtime, salon)
    with world.runtime.database.unrestricted_unsafe() as session:
        entry = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "services_synced")
            .order_by(AuditEntry.id.desc())
        ).first()
    assert entry is not None
    assert (entry.company_id, entry.detail) == (salon, {"renamed": 1})


def test_a_company_without_a_user_name_is_told_so(world: World, salon: int):
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        session.get_one(Company, salon).calcom_username = None
    with pytest.raises(InvalidInput, match="InvalidInput"):
        sync.sync_services(world.runtime, salon)


def test_an_outage_changes_nothing(world: World, salon: int):
    change(world, salon, LADIES, name="Alt")
    world.faults(status=503)
    with pytest.raises(CalcomUnavailable):
        sync.sync_services(world.runtime, salon)
    assert service(world, salon, LADIES).name == "Alt"


# -- the command ----------------------------------------------------------------------------------


def run(world: World, *words: str) -> Result:
    return world.app.test_cli_runner().invoke(args=["company", "sync", *words])


def test_the_command_syncs_every_company(world: World):
    result = run(world, "--json")
    assert result.exit_code == 0, result.output
    done = json.loads(result.stdout)
    assert [each["name"] for each in done] == [
        "Salon Quittenberg",
        "Physiopraxis Wirbelwind",
        "Zahnarztpraxis Dr. Kieferling",
        "Kfz-Werkstatt Schraubstock",
    ]


def test_the_command_names_one_company_by_its_slug(world: World, salon: int):
    change(world, salon, LADIES, name="Alt")
    result = run(world, "salon-quittenberg", "--dry-run")
    assert "renamed  Damenhaarschnitt: was Alt" in result.output
    assert service(world, salon, LADIES).name == "Alt"
    assert run(world, "nobody").exit_code == 1
    never_open(world, salon)
    taken_over = run(world, "salon-quittenberg", "--hours").output
    assert "hours    Mo " in taken_over
    assert "nothing" not in taken_over
    assert "nothing has changed" in run(world, "salon-quittenberg", "--hours").output


def test_the_command_asks_about_a_user_name_of_whom_calcom_shows_nothing(world: World):
    bare = {"slug": "bare", "business": "Bare", "calcom_username": "nobody-there"}
    runtime = world.runtime
    import_world({"tenants": [bare]}, runtime.database, runtime.settings, runtime.clock)
    assert "Cal.com shows none: is the user name" in run(world, "bare").output


def test_the_command_fails_when_calcom_could_not_be_asked(world: World):
    world.faults(status=503)
    result = run(world, "salon-quittenberg")
    assert result.exit_code == 1
    assert "Cal.com cannot say" in result.stderr
