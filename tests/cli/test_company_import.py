"""A company's file, imported again after a change: all of it arrives, or a field is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from askpro import create_app
from askpro.booking import policy
from askpro.booking.segments import working_minutes
from askpro.services.callers import by_number
from askpro.services.directory import service_of
from askpro.services.privacy import retention
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from askpro.store import outcomes
from askpro.store.models import Agent, Appointment, Branch, Company, PhoneNumber, ServiceRow

NUMBER, SECOND = "+493023125110", "+493023125111"
SALON: dict[str, Any] = {
    "slug": "salon-alpha",
    "business": "Salon Alpha",
    "to_number": NUMBER,
    "retell_agent_id": "agent_alpha",
    "opening_hours": "Mo-Fr 09:00-18:00, Reifenwochenende 24./25.10.",
    "bundesland": "Berlin",
    "event_types": [{"id": 71, "title": "Haarschnitt", "length": 45, "price_eur": 32}],
    "customers": [{"phone": "+4915123450001", "name": "Jasmin Kehl"}],
}
BOOKING: dict[str, Any] = {
    "uid": "uidOfOld",
    "eventTypeId": 71,
    "start": "2026-12-01T09:00:00Z",
    "end": "2026-12-01T09:45:00Z",
    "attendee": "Jasmin Kehl",
    "phone": "+4915123450001",
}


@pytest.fixture
def app(settings: Callable[..., Settings], database_url: str) -> Iterator[Flask]:
    app = create_app(settings(database_url=database_url))
    yield app
    runtime: Runtime = app.extensions["askpro"]
    runtime.close()


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Callable[..., Result]:
    """``flask company import`` of the salon, changed in one way or another."""

    def bring(*others: dict[str, Any], **changed: Any) -> Result:
        file = tmp_path / "companies.json"
        tenants = [{**SALON, **changed}, *others]
        file.write_text(json.dumps({"timezone": "Europe/Berlin", "tenants": tenants}))
        return app.test_cli_runner().invoke(args=["company", "import", str(file)])

    return bring


def rows(app: Flask, of: Any) -> list[Any]:
    runtime: Runtime = app.extensions["askpro"]
    with runtime.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(of).order_by(of.id)))


def said(result: Result) -> str:
    """The line of the one company, without what went before its state."""
    assert result.exit_code == 0, result.output
    line = next(line for line in result.stdout.splitlines() if "salon-alpha" in line)
    return line.split("+", 1)[1].split(" ", 1)[1].strip(" ,+0123456789")


def test_it_says_new_then_unchanged(bring: Callable[..., Result]):
    assert said(bring()) == "new"
    assert said(bring()) == "known, unchanged"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"opening_hours": "Mo-Fr 10:00-19:00"}, "hours"),
        ({"bundesland": "BY"}, "Bundesland"),
        ({"trade": "Friseur"}, "trade"),
        ({"timezone": "Europe/Zurich"}, "time zone"),
        ({"calcom_api_key": "cal_of_its_own"}, "keys"),
        ({"event_types": [{"id": 71, "title": "Haarschnitt", "length": 50}]}, "services"),
        ({"customers": [{"phone": "+4915123450002"}]}, "customers"),
        ({"numbers": [SECOND]}, "numbers"),
        ({"retell_agent_id": "agent_beta"}, "agents (no longer agent_alpha)"),
    ],
)
def test_the_line_names_what_has_changed(bring: Callable[..., Result], changed: Any, told: str):
    bring()
    assert said(bring(**changed)) == f"known, changed: {told}"
    assert said(bring(**changed)) == "known, unchanged"


def test_a_company_that_is_renamed_keeps_its_branch_number_and_agent(
    app: Flask, bring: Callable[..., Result]
):
    bring()
    renamed = bring(business="Salon Omega", opening_hours="Mo-Fr 10:00-20:00")
    assert said(renamed) == "known, changed: name, branches, hours"
    (branch,) = rows(app, Branch)
    assert branch.name == "Salon Omega"
    assert branch.hours["weekly"][0] == [["10:00", "20:00"]]
    assert [row.branch_id for row in rows(app, PhoneNumber)] == [branch.id]
    assert [row.branch_id for row in rows(app, Agent)] == [branch.id]


def test_a_branch_that_is_renamed_is_known_by_its_number(app: Flask, bring: Callable[..., Result]):
    east = {"name": "Ost", "to_number": NUMBER}
    west = {"name": "West", "to_number": SECOND}
    bring(branches=[east, west], to_number=None)
    bring(branches=[{**east, "name": "Mitte"}, west], to_number=None)
    branches = {branch.id: branch.name for branch in rows(app, Branch)}
    numbers = {row.number: branches[row.branch_id] for row in rows(app, PhoneNumber)}
    assert numbers == {NUMBER: "Mitte", SECOND: "West"}
    assert len(branches) == 2


def test_a_number_moves_to_the_branch_that_names_it_now(app: Flask, bring: Callable[..., Result]):
    bring(branches=[{"name": "Ost", "to_number": NUMBER}, {"name": "West"}])
    bring(branches=[{"name": "Ost"}, {"name": "West", "to_number": NUMBER}])
    (number,) = rows(app, PhoneNumber)
    assert {b.id: b.name for b in rows(app, Branch)}[number.branch_id] == "West"


def test_a_former_number_no_longer_rings(app: Flask, bring: Callable[..., Result]):
    bring()
    assert f"numbers (no longer {NUMBER})" in bring(to_number=SECOND).stdout
    assert [row.number for row in rows(app, PhoneNumber)] == [SECOND]
    assert [row.retell_agent_id for row in rows(app, Agent)] == ["agent_alpha"]


def test_what_an_entry_leaves_out_stays(app: Flask, bring: Callable[..., Result]):
    bring(email="salon@example.org")
    sparse = dict.fromkeys(("opening_hours", "bundesland", "to_number", "event_types"))
    assert said(bring(**sparse)) == "known, unchanged"
    assert [row.email for row in rows(app, Company)] == ["salon@example.org"]
    assert [row.bundesland for row in rows(app, Branch)] == ["BE"]


@pytest.mark.parametrize("hours", ["Mo-Fr 09:00-18:00", "Mo-Do 08:00-16:00", None])
def test_a_companys_own_closed_days_stay_until_others_are_named(
    app: Flask, bring: Callable[..., Result], hours: str | None
):
    closed = [["2026-12-24", "Betriebsferien"], ["2026-12-31", "Inventur"]]

    def stored() -> Any:
        return rows(app, Branch)[0].hours["holidays"]

    bring(opening_hours="Mo-Fr 09:00-18:00", holidays=closed[::-1])
    assert stored() == closed
    assert "hours" not in said(bring(holidays=None, opening_hours=None))
    bring(opening_hours=hours)
    assert stored() == closed
    bring(opening_hours=hours, holidays=closed[:1])
    assert stored() == closed[:1]
    bring(opening_hours=hours, holidays=[])
    assert stored() == []


def test_company_add_of_a_known_one_changes_only_what_is_given(
    app: Flask, bring: Callable[..., Result]
):
    bring(opening_hours="Mo-Fr 10:00-19:00")
    known = ["company", "add", "salon-alpha", "--name", "Salon Alpha"]
    added = app.test_cli_runner().invoke(args=[*known, "--number", SECOND])
    assert said(added) == "known, changed: numbers"
    assert [row.number for row in rows(app, PhoneNumber)] == [NUMBER, SECOND]
    assert rows(app, Branch)[0].hours["weekly"][0] == [["10:00", "19:00"]]


#: (What is changed, the field that is named.)
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"opening_hours": "Mon-Fri zehn bis acht, Sa 09:00-14:00"}, "opening_hours"),
    ({"opening_hours": "nach Vereinbarung"}, "opening_hours"),
    ({"bundesland": "XX"}, "bundesland"),
    ({"to_number": "+4930…"}, "to_number"),
    ({"to_number": "030123"}, "to_number"),
    ({"branches": [{"name": "Ost", "numbers": ["030123"]}]}, "branches.0.numbers.0"),
    ({"retell_agent_id": "agent_…"}, "retell_agent_id"),
    ({"timezone": "Europe/Bärlin"}, "timezone"),
    ({"slug": " "}, "slug"),
    ({"event_types": [{"title": "Haarschnitt", "length": 45}]}, "event_types.0.id"),
    ({"event_types": [{"id": 1, "title": "A", "length": 5, "parts": [2]}]}, "event_types"),
    ({"holidays": ["2026-12-24"]}, "holidays.0"),
    ({"id": "fünfzehn"}, "id"),
    ({"id": 2**31}, "id"),
    ({"id": 10**30}, "id"),
    ({"calcom_user_id": 2**63}, "calcom_user_id"),
    ({"timezone": "Europe"}, "timezone"),
    ({"trade": "\ud800"}, "trade"),
    ({"trade": "x" * 81}, "trade"),
    ({"business": "Salon\x00"}, "business"),
    ({"business": "x" * 201}, "business"),
    ({"opening_hours": "Mo-Fr 09:00-18:00, \ud800"}, "opening_hours"),
    ({"holidays": [["2026-12-24", "\ud800"]]}, "holidays.0.1"),
    ({"policy": {"hours_before": "x"}}, "policy.hours_before"),
    ({"policy": {"cancel_hours_before": -1}}, "policy.cancel_hours_before"),
    ({"policy": {"fee_cents": 12.5}}, "policy.fee_cents"),
    ({"policy": {"reschedule_fee_cents": "viel"}}, "policy.reschedule_fee_cents"),
    ({"policy": {"changes_per_month": 10**20}}, "policy.changes_per_month"),
    ({"policy": 24}, "policy"),
    ({"staff": [{"name": "Ada", "calcom_user_id": 2**63}]}, "staff.0.calcom_user_id"),
    ({"customers": [{"phone": "geheim", "name": "Ada"}]}, "customers.0.phone"),
    ({"customers": [{"phone": "anonymous", "name": "Ada"}]}, "customers.0.phone"),
    ({"bookings": [{**BOOKING, "phone": "ruft an"}]}, "bookings.0.phone"),
    ({"bookings": [{**BOOKING, "start": "0001-01-01T00:00+02:00"}]}, "bookings.0.start"),
    ({"bookings": [{**BOOKING, "end": "9999-12-31T23:00-02:00"}]}, "bookings.0.end"),
    ({"bookings": [{**BOOKING, "end": BOOKING["start"]}]}, "bookings.0.end"),
    ({"bookings": [{**BOOKING, "id": 2**63}]}, "bookings.0.id"),
    ({"bookings": [{**BOOKING, "uid": "u" * 101}]}, "bookings.0.uid"),
    ({"bookings": [{**BOOKING, "metadata": {"gw_key": []}}]}, "bookings.0.metadata.gw_key"),
]


def test_what_cannot_be_meant_is_refused_by_name_and_nothing_is_stored(
    app: Flask, bring: Callable[..., Result]
):
    whole = {"slug": "whole", "business": "Whole", "to_number": SECOND}
    for changed, field in REFUSED:
        refused = bring(whole, **changed)
        assert refused.exit_code == 1, changed
        assert f".{field}: " in refused.stderr, changed
        assert "Traceback" not in refused.output, changed
    assert not any(rows(app, of) for of in (Company, Branch, PhoneNumber, ServiceRow))


#: The same of a service.
UNSERVABLE: list[tuple[dict[str, Any], str]] = [
    ({"segments": [{"x": 1}]}, "segments.0.offset_minutes"),
    ({"segments": [{"offset_minutes": 0, "minutes": 45}]}, "segments.0.works"),
    (
        {"segments": [{"offset_minutes": -5, "minutes": 45, "works": True}]},
        "segments.0.offset_minutes",
    ),
    ({"segments": [{"offset_minutes": 10, "minutes": 40, "works": True}]}, "segments"),
    ({"segments": [{"offset_minutes": 0, "minutes": 45, "works": False}]}, "segments"),
    ({"policy": {"fee_cents": "viel"}}, "policy.fee_cents"),
    ({"policy": {"hours_before": 10**9}}, "policy.hours_before"),
    ({"price_eur": float("nan")}, "price_eur"),
    ({"price_eur": float("inf")}, "price_eur"),
    ({"price_eur": -1}, "price_eur"),
    ({"price_eur": 10**9}, "price_eur"),
    ({"id": 2**63}, "id"),
    ({"length": 10**12}, "length"),
    ({"priority": 2**63}, "priority"),
    ({"minimum_notice_minutes": -5}, "minimum_notice_minutes"),
    ({"seats": 2**63}, "seats"),
    ({"parts": [2**63]}, "parts.0"),
    ({"title": "x" * 251}, "title"),
    ({"synonyms": ["\x00"]}, "synonyms.0"),
]


def test_a_service_that_no_call_could_be_served_with_is_refused_by_name(
    app: Flask, bring: Callable[..., Result]
):
    for service, field in UNSERVABLE:
        refused = bring(event_types=[{"id": 71, "title": "Haarschnitt", "length": 45, **service}])
        assert refused.exit_code == 1, service
        (sentence,) = refused.stderr.splitlines()
        assert sentence.startswith(f"Error: salon-alpha.event_types.0.{field}: ")
    assert not rows(app, Company)


@pytest.mark.parametrize("slug", ["\ud800", "x" * 500, "a\nb"])
def test_a_slug_that_cannot_be_shown_is_refused_in_one_line(
    bring: Callable[..., Result], slug: str
):
    refused = bring(slug=slug, length=0, id=0)
    assert refused.exit_code == 1
    assert len(refused.stderr.splitlines()) == 1
    assert len(refused.stderr) < 300


def test_a_rule_that_nobody_knows_is_ignored_and_named(app: Flask, bring: Callable[..., Result]):
    service = {"id": 71, "title": "Haarschnitt", "length": 45, "policy": {"fee\n": 5}}
    done = bring(policy={"hour_before": 24, "fee_cents": 9}, event_types=[service])
    assert done.exit_code == 0
    (told,) = [line for line in done.stderr.splitlines() if "Nobody knows" in line]
    assert told.endswith("policy.hour_before, event_types.0.policy.fee")
    assert [company.policy for company in rows(app, Company)] == [{"fee_cents": 9}]


def test_every_rule_for_changes_is_stored_and_read(app: Flask, bring: Callable[..., Result]):
    rules = {f"{kind}{key}": 7 for kind in ("", "cancel_", "reschedule_") for key in policy.KEYS}
    service = {"id": 71, "title": "Haarschnitt", "length": 45, "policy": {"fee_cents": 9}}
    given = {"policy": rules, "event_types": [service]}
    bring(**given)
    assert [company.policy for company in rows(app, Company)] == [rules]
    assert [row.policy for row in rows(app, ServiceRow)] == [{"fee_cents": 9}]
    assert said(bring(**{**given, "policy": None})) == "known, unchanged"
    assert said(bring(**{**given, "policy": {}})) == "known, changed: policy"


def test_a_company_chooses_how_long_it_keeps_what(app: Flask, bring: Callable[..., Result]):
    runtime: Runtime = app.extensions["askpro"]
    bring()
    chosen = {kind: place for place, kind in enumerate(retention.KINDS, start=7)}
    done = bring(retention={**chosen, "transcript_days": 30, "recordings": 3})
    assert "changed: retention" in done.stdout
    assert "they do not hold: retention.recordings" in done.stderr
    (company,) = rows(app, Company)
    assert retention.Days.of(runtime.settings, company.retention) == retention.Days(**chosen)
    office = runtime.directory.office(company.id)
    assert office is not None
    assert office.transcript_days == 30
    for days in ({"calls": 0}, {"calls": "soon"}, {"transcript_days": -1}):
        assert bring(retention=days).exit_code == 1
    assert "unchanged" in bring().stdout


def test_segments_are_stored_as_a_call_reads_them(app: Flask, bring: Callable[..., Result]):
    segments = [
        {"offset_minutes": 0, "minutes": 20, "works": True},
        {"offset_minutes": 20, "minutes": 25, "works": False},
    ]
    bring(event_types=[{"id": 71, "title": "Färben", "length": 45, "segments": segments}])
    (row,) = rows(app, ServiceRow)
    assert working_minutes(service_of(row)) == ((0, 20),)


@pytest.mark.parametrize("company", ["²", "9" * 30])
def test_what_is_no_id_names_no_company(app: Flask, bring: Callable[..., Result], company: str):
    bring()
    unknown = app.test_cli_runner().invoke(args=["company", "sync", company])
    assert unknown.exit_code == 1
    assert unknown.stderr == f"Error: There is no company {company!r}; see `flask company list`.\n"


def test_an_id_that_is_taken_or_changed_is_refused(bring: Callable[..., Result]):
    bring(id=15)
    assert "is 15, and cannot change" in bring(id=16).stderr
    other = {"slug": "other", "id": 15, "business": "Other"}
    assert "other.id: 15 already is another company's" in bring(other).stderr


@pytest.mark.parametrize(
    "content",
    ["[]", "{}", '{"tenants": [3]}', '{"tenants": [], "timezone": 1}', "[" * 100_000],
)
def test_a_file_that_is_no_world_is_refused_in_one_sentence(
    app: Flask, tmp_path: Path, content: str
):
    file = tmp_path / "companies.json"
    file.write_text(content)
    refused = app.test_cli_runner().invoke(args=["company", "import", str(file)])
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: ")
    assert len(refused.stderr.splitlines()) == 1


def test_an_id_given_by_hand_is_not_given_again(app: Flask, bring: Callable[..., Result]):
    bring(id=2)
    for slug in ("salon-beta", "salon-gamma", "salon-delta"):
        assert bring({"slug": slug, "business": slug, "event_types": []}).exit_code == 0
    assert len({company.id for company in rows(app, Company)}) == 4


def test_a_service_that_cal_com_had_lost_comes_back(app: Flask, bring: Callable[..., Result]):
    bring()
    with app.extensions["askpro"].database.unrestricted_unsafe(write=True) as session:
        session.execute(update(ServiceRow).values(removed_at=datetime(2026, 11, 1, tzinfo=UTC)))
    bring()
    assert [service.removed_at for service in rows(app, ServiceRow)] == [None]


def move(app: Flask, uid: str) -> None:
    """As when the caller of the only booking moves it by an hour."""
    runtime: Runtime = app.extensions["askpro"]
    (row,) = rows(app, Appointment)
    hour = timedelta(hours=1)
    outcomes.moved(
        runtime.database, row, uid=uid, calcom_id=5, seat_uid=None, state="rescheduled",
        start=row.start + hour, end=row.end + hour, host=None, now=runtime.clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("metadata", [{}, {"gw_key": "salon-alpha:call_1:1"}])
def test_a_booking_that_was_moved_since_is_not_imported_again(
    app: Flask, bring: Callable[..., Result], metadata: dict[str, str]
):
    booking = {**BOOKING, "metadata": metadata}
    bring(bookings=[booking])
    move(app, "uidOfNew")
    assert said(bring(bookings=[booking])) == "known, unchanged"
    (row,) = rows(app, Appointment)
    assert (row.uid, row.state) == ("uidOfNew", "rescheduled")


def test_a_moved_booking_is_known_by_its_former_uid_where_the_file_has_no_key(
    app: Flask, bring: Callable[..., Result]
):
    bring(bookings=[{**BOOKING, "metadata": {"gw_key": "salon-alpha:call_1:1"}}])
    move(app, "uidOfNew")
    assert said(bring(bookings=[BOOKING])) == "known, unchanged"
    assert [row.uid for row in rows(app, Appointment)] == ["uidOfNew"]


def test_bookings_of_one_series_are_all_imported_though_they_share_their_metadata(
    app: Flask, bring: Callable[..., Result]
):
    series = [
        {**BOOKING, "uid": uid, "start": f"2026-12-0{day}T09:00:00Z",
         "end": f"2026-12-0{day}T09:45:00Z", "metadata": {"gw_key": "salon-alpha:call_1:1"}}
        for day, uid in enumerate(("first", "second", "third"), 1)
    ]  # fmt: skip
    bring(bookings=series)
    assert said(bring(bookings=series)) == "known, unchanged"
    assert [row.uid for row in rows(app, Appointment)] == ["first", "second", "third"]


@pytest.mark.parametrize("phone", ["0151 23456789", "+49 (0)151 / 234-56789", "4915123456789"])
def test_a_customer_is_known_by_the_number_that_they_call_from(
    app: Flask, bring: Callable[..., Result], phone: str
):
    customer = {"phone": phone, "name": "Eva Sommer"}
    bring(customers=[customer], bookings=[{**BOOKING, "phone": "+4915123456789"}])
    with app.extensions["askpro"].database.of_company(rows(app, Company)[0].id) as session:
        known = by_number(session, "+4915123456789")
    assert known is not None
    assert (known.name, known.phone) == ("Eva Sommer", "+4915123456789")
    assert [row.customer_id for row in rows(app, Appointment)] == [known.id]
    assert said(bring(customers=[{**customer, "phone": "+4915123456789"}])) == "known, unchanged"


@pytest.mark.parametrize(
    ("phone", "stored"),
    [("0151 23450001", "+4915123450001"), ("+49000000000", "+49000000000"), ("anonymous", None),
     ("", None), (None, None)],
)  # fmt: skip
def test_a_booking_keeps_its_callers_number_where_there_is_one(
    app: Flask, bring: Callable[..., Result], phone: str | None, stored: str | None
):
    assert bring(bookings=[{**BOOKING, "phone": phone}]).exit_code == 0
    assert [row.attendee_phone for row in rows(app, Appointment)] == [stored]
