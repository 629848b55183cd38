"""Every screen: it comes, shows its rows and nobody's name, and another company's are not there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from askpro.services.runtime import Runtime
from askpro.web.dashboard.pages import SCREENS
from askpro.web.dashboard.panels import PANELS
from tests import factories
from tests.factories import PERSONAL

pytestmark = pytest.mark.slow

PATHS = {
    "call": "/companies/15/calls/call_of_fifteen",
    "company": "/companies/15",
}


def path_of(endpoint: str) -> str:
    return PATHS.get(endpoint) or next(s.path for s in SCREENS if s.endpoint == endpoint)


@pytest.fixture
def rows(companies: None, writing: Callable[[], Any], now: datetime) -> dict[str, int]:
    """One of everything for company 15; the ids of what is acted upon."""
    ids = {}
    with writing() as session:
        customer = factories.customer(session, 15, now=now)
        call = factories.call(
            session, 15, now=now, call_id="call_of_fifteen", customer_id=customer.id
        )
        factories.function_call(
            session,
            15,
            now=now,
            call_id=call.call_id,
            function="book_appointment",
            status="booked",
            arguments={"name": factories.NAME, "phone": factories.PHONE, "notes": factories.NOTE},
        )
        ids["appointment"] = factories.appointment(
            session, 15, now=now, start=now + timedelta(days=1), call_id=call.call_id
        ).id
        ids["doubt"] = factories.appointment(
            session, 15, now=now, start=now + timedelta(days=2), state="unknown"
        ).id
        ids["callback"] = factories.callback(session, 15, now=now, call_id=call.call_id).id
        ids["finding"] = factories.finding(session, 15, now=now, call_id=call.call_id).id
        ids["event"] = factories.event(session, 15, now=now, subject=call.call_id).id
        ids["dead"] = factories.event(session, 15, now=now, state="dead", error="KeyError").id
        ids["alert"] = factories.alert(session, 15, now=now, subject="of fifteen").id
        factories.alert(session, 15, now=now, subject="past fifteen", ended_at=now)
        factories.guard_event(session, 15, now=now, subject="call_of_fifteen")
        factories.audit(session, 15, now=now, reason="a reason of fifteen")
        factories.beat(session, now=now)
    return ids


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_screen_comes_complete_and_shows_nobody(
    signed_in: Callable[[str], FlaskClient], rows: dict[str, int], language: str
):
    anna = signed_in("anna")
    for screen in SCREENS:
        page = anna.get(f"{path_of(screen.endpoint)}?lang={language}")
        assert page.status_code == 200, screen.path
        assert f'<html lang="{language}"' in page.text
        assert "late-note" not in page.text, screen.path
        assert [value for value in PERSONAL if value in page.text] == [], screen.path


@pytest.mark.parametrize(
    "endpoint",
    # The system's screen examines every part of the machine, each with questions of its own.
    [screen.endpoint for screen in SCREENS if screen.endpoint != "system"],
)
def test_a_screen_needs_few_queries(
    signed_in: Callable[[str], FlaskClient],
    rows: dict[str, int],
    endpoint: str,
    app: Flask,
    runtime: Runtime,
):
    anna = signed_in("anna")
    runtime.directory.office(15)  # Looked up once for all requests.
    anna.get(path_of(endpoint))
    app.extensions["askpro_costs"].flush()
    from askpro.store.reports import costs as reported
    from askpro.store.reports.scope import EVERY_COMPANY

    (route,) = [
        row
        for row in reported.routes(
            runtime.database, EVERY_COMPANY, runtime.clock.now() - timedelta(hours=1)
        )
        if row["route"] == "GET " + next(s.path for s in SCREENS if s.endpoint == endpoint)
    ]
    assert route["most_queries"] <= runtime.settings.most_queries


def test_every_panel_has_a_json_twin_without_personal_values(
    signed_in: Callable[[str], FlaskClient], rows: dict[str, int]
):
    anna = signed_in("anna")
    for name in PANELS:
        twin = anna.get(f"/panels/{name}?company=15&call_id=call_of_fifteen&format=json")
        assert twin.status_code == 200, name
        assert json.loads(twin.data)["panel"] == name
        assert [value for value in PERSONAL if value in twin.text] == [], name


def test_no_panel_of_another_company_says_anything(
    signed_in: Callable[[str], FlaskClient], rows: dict[str, int]
):
    carla = signed_in("carla")
    for name in PANELS:
        for query in ("", "call_id=call_of_fifteen", "lang=en"):
            answer = carla.get(f"/panels/{name}?{query}")
            assert answer.status_code in (200, 404), name
            assert "fifteen" not in answer.text.replace("call_id=call_of_fifteen", ""), name
            assert "Sonnenschein" not in answer.text, name
        assert carla.get(f"/panels/{name}?company=15").status_code == 404, name


def test_no_screen_of_another_company_says_anything(
    signed_in: Callable[[str], FlaskClient], rows: dict[str, int]
):
    carla = signed_in("carla")
    for screen in SCREENS:
        path = path_of(screen.endpoint)
        assert carla.get(f"{path}?company=15").status_code == 404, path
        page = carla.get(path, follow_redirects=True)
        assert page.status_code == (404 if "15" in path else 200), path
        assert "fifteen" not in page.text, path
        assert "Sonnenschein" not in page.text, path


def test_people_of_one_company_do_not_see_the_installation(
    signed_in: Callable[[str], FlaskClient],
):
    bert = signed_in("bert")
    for name in ("checks", "workers", "routes", "settings"):
        assert bert.get(f"/panels/{name}").status_code == 404
    page = bert.get("/system").text
    assert "DATABASE_URL" not in page


# -- calls -------------------------------------------------------------------------------------


@pytest.fixture
def many(companies: None, writing: Callable[[], Any], now: datetime) -> None:
    with writing() as session:
        for index in range(120):
            at = now - timedelta(minutes=index)
            factories.call(
                session,
                15 if index % 2 else 20,
                now=at,
                call_id=f"call_{index:03d}",
                phone=f"+49151123456{index % 100:02d}",
                outcome="booked" if index % 3 else "technical",
            )
            factories.function_call(
                session,
                15 if index % 2 else 20,
                now=at,
                call_id=f"call_{index:03d}",
                status="available" if index % 3 else "calendar_down",
                success=bool(index % 3),
                error=None if index % 3 else "CalcomUnavailable",
            )


def shown(client: FlaskClient, query: str) -> list[str]:
    data = client.get(f"/panels/calls?format=json&{query}", follow_redirects=True).json
    return [row["call_id"] for row in data["rows"]]


def test_calls_are_paged_without_gap_or_repetition(
    signed_in: Callable[[str], FlaskClient], many: None
):
    anna = signed_in("anna")
    seen: list[str] = []
    query = ""
    for _ in range(3):
        data = anna.get(f"/panels/calls?format=json{query}").json
        seen += [row["call_id"] for row in data["rows"]]
        if data["older"]:
            query = "&older=" + data["older"]["older"].replace("+", "%2B")
    assert seen == [f"call_{index:03d}" for index in range(120)]
    back = anna.get(f"/panels/calls?format=json{query}").json["newer"]["newer"]
    before = shown(anna, "newer=" + back.replace("+", "%2B"))
    assert before == [f"call_{index:03d}" for index in range(50, 100)]


def test_a_page_links_to_the_next_and_keeps_its_filters(
    signed_in: Callable[[str], FlaskClient], many: None
):
    text = signed_in("anna").get("/calls?outcome=booked").text
    assert 'href="/calls?outcome=booked&amp;older=' in text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=call_007", 1),
        ("q=607", 2),
        ("q=%2B49151123 45607", 2),
        ("q=no_such_call", 0),
        ("outcome=technical", 40),
        ("company=15&outcome=technical", 20),
        ("error=any", 40),
        ("error=CalcomUnavailable&company=20", 20),
        ("error=CircuitOpen", 0),
        ("function=check_availability&status=calendar_down", 40),
        ("state=ongoing", 0),
    ],
)
def test_filters_narrow_the_calls(
    signed_in: Callable[[str], FlaskClient], many: None, query: str, count: int
):
    assert len(shown(signed_in("anna"), query)) == count


def test_a_company_is_chosen_in_the_filters(signed_in: Callable[[str], FlaskClient], many: None):
    page = signed_in("anna").get("/calls?company=15&outcome=technical&last=").text
    assert '<option value="20">Physiotherapie am Markt</option>' in page
    assert 'name="company" list="companies" value="15"' in page
    # Who belongs to one company is offered none.
    assert 'name="company"' not in signed_in("bert").get("/calls").text
    assert "Physiotherapie" not in signed_in("bert").get("/calls").text


def test_the_last_minutes_end_now(signed_in: Callable[[str], FlaskClient], many: None):
    # A call a minute; the sixteenth is fifteen minutes old, to the second.
    assert len(shown(signed_in("anna"), "last=15m")) in (15, 16)


def test_a_stretch_of_time_is_read_as_local_time(
    signed_in: Callable[[str], FlaskClient], many: None, now: datetime, runtime: Runtime
):
    zone = runtime.settings.retell_timezone
    since = (now - timedelta(minutes=10, seconds=30)).astimezone(zone)
    until = (now - timedelta(minutes=4, seconds=30)).astimezone(zone)
    query = f"since={since:%Y-%m-%dT%H:%M:%S}&until={until:%Y-%m-%dT%H:%M:%S}"
    assert shown(signed_in("anna"), query) == [f"call_{n:03d}" for n in range(5, 11)]


def test_a_booking_leads_to_its_call(
    signed_in: Callable[[str], FlaskClient],
    rows: dict[str, int],
    writing: Callable[[], Any],
    now: datetime,
):
    with writing() as session:
        factories.appointment(
            session, 15, now=now, start=now, call_id="call_of_fifteen", uid="bookedUid123"
        )
    anna = signed_in("anna")
    assert shown(anna, "q=bookedUid123") == ["call_of_fifteen"]
    assert shown(signed_in("carla"), "q=bookedUid123") == []


@pytest.mark.parametrize("typed", ["über den", "ÜBER", "ählen", "COMPANY-30"])
def test_a_company_is_found_however_its_umlauts_are_written(
    signed_in: Callable[[str], FlaskClient], writing: Callable[[], Any], now: datetime, typed: str
):
    with writing() as session:
        factories.company(session, 30, "Über den Strählen", now=now)
    found = (
        signed_in("anna")
        .get(
            "/panels/companies",
            query_string={
                "q": typed,
                "format": "json",
            },
        )
        .json["rows"]
    )
    assert [row["id"] for row in found] == [30]


@pytest.mark.parametrize("panel", ["limits", "guard_events"])
def test_a_violated_limit_leads_to_the_call_that_can_be_unblocked(
    signed_in: Callable[[str], FlaskClient], writing: Callable[[], Any], now: datetime, panel: str
):
    with writing() as session:
        known = factories.guard_event(session, 15, now=now)
        nobodys = factories.guard_event(session, None, now=now)
    text = signed_in("anna").get(f"/panels/{panel}").text
    assert f'href="/companies/15/calls/{known.subject}"' in text
    assert f"<code>{nobodys.subject}</code>" in text
    assert f"/calls/{nobodys.subject}" not in text


def test_what_was_done_with_peoples_data_is_listed(
    signed_in: Callable[[str], FlaskClient], writing: Callable[[], Any], now: datetime
):
    erased = {"person": "026eacaa8bb1", "companies": [15, 20], "calls": 3, "events": 0}
    with writing() as session:
        for action, detail in (
            ("erase person", erased),
            ("export person", {}),
            ("purge", {}),
            ("breaker_reset", {}),
        ):
            factories.audit(session, None, now=now, action=action, detail=detail)
    text = signed_in("anna").get("/panels/privacy_actions?lang=en").text
    for said in ("erased a person", "exported a person&#39;s data", "purged old data"):
        assert text.count(said) == 1
    assert "companies 2" in text
    assert "calls 3" in text
    assert "events 0" not in text
    assert "closed a circuit" not in text


def test_nonsense_in_the_address_narrows_nothing(
    signed_in: Callable[[str], FlaskClient], many: None
):
    anna = signed_in("anna")
    for query in ("older=x~y", "since=yesterday", "last=3y", "after=-1"):
        assert len(shown(anna, query)) == 50
    assert anna.get("/calls?company=abc").status_code == 404
    assert anna.get("/companies?after=99999999999999").status_code == 200


def test_a_call_tells_what_was_said_and_done(
    signed_in: Callable[[str], FlaskClient], rows: dict[str, int]
):
    anna = signed_in("anna")
    data = anna.get("/panels/call?company=15&call_id=call_of_fifteen&format=json").json
    marks = {mark["what"]: mark["agrees"] for mark in data["marks"]}
    assert marks == {"booking": True, "callback": True}
    course = anna.get("/panels/waterfall?company=15&call_id=call_of_fifteen").text
    assert "curl -X POST" in course
    assert "X-Retell-Signature: …" in course
    assert [value for value in PERSONAL if value in course] == []


def test_who_cancels_what_another_call_booked_has_done_what_was_said(
    signed_in: Callable[[str], FlaskClient], writing: Callable[[], Any], now: datetime
):
    with writing() as session:
        caller = factories.customer(session, 15, now=now).id
        for number, call in enumerate(("call_before", "call_later")):
            factories.call(session, 15, now=now, call_id=call, customer_id=caller)
            status = ("booked", "cancelled")[number]
            factories.function_call(session, 15, now=now, call_id=call, status=status)
        factories.appointment(
            session, 15, now=now, start=now + timedelta(days=1), customer_id=caller,
            call_id="call_before", state="cancelled",
            last_change={"kind": "cancel", "call_id": "call_later"},
        )  # fmt: skip
    anna = signed_in("anna")
    for call, what in (("call_before", "booking"), ("call_later", "cancellation")):
        data = anna.get(f"/panels/call?company=15&call_id={call}&format=json").json
        assert data["marks"] == [{"what": what, "said": 1, "done": 1, "agrees": True}]
        assert [each["state"] for each in data["appointments"]] == ["cancelled"]


# -- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["calls", "appointments", "events", "audit"])
def test_lists_leave_as_csv_without_personal_values(
    signed_in: Callable[[str], FlaskClient], rows: dict[str, int], name: str
):
    answer = signed_in("bert").get(f"/export/{name}.csv")
    assert answer.mimetype == "text/csv"
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert found
    assert [value for value in PERSONAL if value in answer.text] == []
    theirs = signed_in("carla").get(f"/export/{name}.csv").text
    assert "fifteen" not in theirs


def test_a_cell_is_never_a_formula():
    from askpro.web.dashboard.formats import _cell

    assert _cell("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert _cell(-3) == "'-3"


def test_an_incident_is_one_file(
    signed_in: Callable[[str], FlaskClient], rows: dict[str, int], runtime: Runtime
):
    runtime.guards.circuits.force_open("calcom_api")
    answer = signed_in("anna").get("/incident.json?company=15&call_id=call_of_fifteen")
    body = answer.json
    assert body["versions"]["askpro"]
    assert body["configuration"]["SECRET_KEY"] == "[REDACTED]"
    assert body["configuration"]["ALERT_ERROR_PERCENT"] == 5
    assert body["call"]["functions"][0]["function"] == "book_appointment"
    assert {entry["what"] for entry in body["timeline"]} >= {"act", "alert began", "event dead"}
    assert [value for value in PERSONAL if value in answer.text] == []
    assert runtime.settings.secret_key not in answer.text
    theirs = signed_in("bert").get("/incident.json").json
    assert "configuration" not in theirs


def test_an_incident_of_a_stretch_ends_with_it(
    signed_in: Callable[[str], FlaskClient], writing: Callable[[], Any], now: datetime
):
    hours = [now - timedelta(hours=each) for each in (3, 1)]
    with writing() as session:
        for at in hours:
            factories.guard_event(session, 15, now=at)
            factories.alert(session, 15, now=at, kind="crossing", severity="critical")
    stretch = {"since": f"{now - timedelta(hours=4):%FT%T%z}", "until": f"{hours[1]:%FT%T%z}"}
    told = signed_in("anna").get("/incident.json", query_string=stretch).json["timeline"]
    assert [(each["what"], each["at"]) for each in told] == [
        ("guard: limit", hours[0].isoformat()), ("alert began", hours[0].isoformat()),
    ]  # fmt: skip


def test_taking_a_file_is_in_the_audit(
    signed_in: Callable[[str], FlaskClient], rows: dict[str, int]
):
    anna = signed_in("anna")
    anna.get("/export/calls.csv")
    assert "calls.csv" in anna.get("/panels/audit").text
