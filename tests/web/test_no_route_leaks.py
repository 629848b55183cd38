"""Every route there is, asked by those whose rows it must not show; read out of the URL map.

Alice is an operator of company 15, Bob a viewer of the same, Charlie an operator of company 20. A
route that stands in none of the three lists fails, and so does an address with an argument that
nobody has given values for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import unquote_plus, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from askpro import create_app
from askpro.services import operators, tokens
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from askpro.store.models import (
    Alert,
    Appointment,
    Callback,
    Company,
    Finding,
    InboxEvent,
    ServiceRow,
)
from askpro.web.dashboard import exports
from askpro.web.dashboard.acts import ACTS
from askpro.web.dashboard.panels import PANELS
from tests import factories
from tests.counts import times
from tests.factories import PERSONAL
from tests.web.dashboard.conftest import PASSWORD, csrf_of, post

pytestmark = pytest.mark.slow

#: Anybody may ask. They know no company.
PUBLIC = {
    "static",
    *("health.up", "health.detailed", "health.ready", "health.local_time"),
    *("calcom.webhooks_calcom_ping", "calcom.calcom_webhook_ping", "calcom.company_ping"),
    "api.openapi",
    *("dashboard.login", "dashboard.welcome", "dashboard.asset", "dashboard.preferences"),
}
#: A signature, a bearer token or a token of this machine comes with every request.
PROVEN = {
    "api.check_availability",
    "api.book",
    "api.find_bookings",
    "api.show_booking",
    "api.cancel_booking",
    "api.move_booking",
    "retell.event_webhook",
    "retell.event_webhooks_retell",
    "retell.retell_book_appointment",
    "retell.retell_cancel_appointment",
    "retell.retell_check_availability",
    "retell.retell_check_customer",
    "retell.retell_collect_appointment",
    "retell.retell_reschedule_appointment",
    "retell.webhooks_retell_check_availability",
    "retell.webhooks_retell_collect_appointment",
    "retell.webhooks_retell_function",
    "retell.webhooks_retell_function_call",
    "calcom.webhooks_calcom",
    "calcom.calcom_webhook",
    "calcom.company",
    "control.command",
    "metrics.scrape",
}
#: A person who is signed in. ``act`` and ``do`` are for those who may act.
#: One of two in the ordinary run, both with --full-counts.
EVERY = times(2, 1)
OPERATORS = {
    f"dashboard.{name}"
    for name in (
        *("now", "calls", "call", "appointments", "protection", "cache", "events", "companies"),
        *("company", "privacy", "audit", "alerts", "system", "performance"),
        *("one_panel", "changed_panels", "act", "do", "export", "incident", "logout"),
    )
}

#: What stands in company 15's rows and in nobody else's.
MARKS = (
    *("Sonnenschein", "call_of_fifteen", "uidOfFifteen", "seenFifteen", "eventOfFifteen"),
    *("alert of fifteen", "because of fifteen", "Fifteen cut"),
)
TOLD = (*MARKS, *PERSONAL)


@pytest.fixture
def app(settings: Callable[..., Settings], database_url: str) -> Iterator[Flask]:
    """The app without limits: thousands of questions come from one address."""
    limits = {name: 10**9 for name in vars(Settings()) if name.startswith("limit_")}
    app = create_app(settings(database_url=database_url, metrics_token="for Prometheus", **limits))
    app.testing = True
    yield app
    app.extensions["askpro"].close()


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["askpro"]
    return found


@pytest.fixture
def ids(runtime: Runtime) -> dict[str, int]:
    """Companies 15 and 20; one of everything for company 15."""
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(
            session, 15, "Salon Sonnenschein", now=now - timedelta(days=9), calcom_api_key="k"
        )
        session.execute(update(ServiceRow).values(name="Fifteen cut"))
        factories.company(session, 20, "Physiotherapie am Markt", now=now - timedelta(days=9))
        customer = factories.customer(session, 15, now=now)
        call = "call_of_fifteen"
        factories.call(session, 15, now=now, call_id=call, customer_id=customer.id)
        said = {"name": factories.NAME, "notes": factories.NOTE, "service": "Fifteen cut"}
        factories.function_call(session, 15, now=now, call_id=call, arguments=said)
        tomorrow, later = now + timedelta(days=1), now + timedelta(days=2)
        factories.guard_event(session, 15, now=now, subject="seenFifteen")
        factories.audit(session, 15, now=now, reason="because of fifteen")
        booked = factories.appointment(
            session, 15, now=now, start=tomorrow, call_id=call, uid="uidOfFifteen"
        )
        doubt = factories.appointment(session, 15, now=now, start=later, state="unknown")
        callback = factories.callback(session, 15, now=now, call_id=call)
        finding = factories.finding(session, 15, now=now, call_id=call)
        dead = factories.event(
            session, 15, now=now, state="dead", error="KeyError", subject="eventOfFifteen"
        )
        alert = factories.alert(session, 15, now=now, subject="alert of fifteen")
        rows = (booked, doubt, callback, finding, dead, alert)
    names = ("booked", "doubt", "callback", "finding", "dead", "alert")
    runtime.guards.circuits.force_open("calcom_api:15")
    return {name: row.id for name, row in zip(names, rows, strict=True)}


@pytest.fixture
def sign_in(
    app: Flask, runtime: Runtime, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str, int], FlaskClient]:
    monkeypatch.setattr(operators, "_hasher", operators.PasswordHasher(1, 8, 1))

    def signed_in(name: str, role: str, company_id: int) -> FlaskClient:
        operators.invite(runtime, name, role=role, company_id=company_id)
        operators.set_password(runtime, name, PASSWORD)
        client = app.test_client()
        assert post(client, "/login", username=name, password=PASSWORD).status_code == 303
        return client

    return signed_in


@pytest.fixture
def alice(sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in("alice", "operator", 15)


@pytest.fixture
def bob(sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in("bob", "viewer", 15)


@pytest.fixture
def charlie(sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in("charlie", "operator", 20)


# -- the lists ---------------------------------------------------------------------------------


def test_every_route_stands_in_exactly_one_list(app: Flask) -> None:
    lists = (PUBLIC, PROVEN, OPERATORS)
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set().union(*lists) == routes
    assert sum(map(len, lists)) == len(routes)


def rules(app: Flask, among: set[str]) -> Iterator[tuple[Rule, str]]:
    """(rule, method) of the routes of a list."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in among:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def addresses(app: Flask, rule: Rule, ids: dict[str, int]) -> Iterator[str]:
    """The rule with every value that its arguments have for company 15's objects."""
    values: dict[str, list[Any]] = {
        "dashboard.one_panel.name": sorted(PANELS),
        "dashboard.act.name": sorted(ACTS),
        "dashboard.do.name": sorted(ACTS),
        "dashboard.export.name": sorted(exports._LISTS),
        "dashboard.asset.name": ["dashboard.css"],
        "dashboard.asset.fingerprint": ["0"],
        "static.filename": ["dashboard.css"],
        "calcom.company.token": ["guessed"],
        "calcom.company_ping.token": ["guessed"],
    }
    everywhere = {"company_id": [15], "call_id": ["call_of_fifteen"], "booking_id": [ids["booked"]]}
    names = sorted(rule.arguments)
    given = [everywhere.get(name) or values[f"{rule.endpoint}.{name}"] for name in names]
    with app.test_request_context():
        for chosen in product(*given):
            yield app.url_for(rule.endpoint, **dict(zip(names, chosen, strict=True)))


def queries(ids: dict[str, int]) -> list[dict[str, Any]]:
    """Everything an address may carry that points to company 15's objects."""
    targets = [*ids.values(), "calcom_api:15", "call_of_fifteen"]
    return [
        {"company": 15},
        {"call_id": "call_of_fifteen"},
        {"q": "call_of_fifteen"},
        {"q": "uidOfFifteen"},
        {"q": factories.PHONE},
        {"panels": ",".join(sorted(PANELS)[:20]), "call_id": "call_of_fifteen"},
        {"ids": ids["dead"]},
        *({"target": target, "of": 15} for target in targets),
        *({"target": target, "of": 20} for target in targets),
    ]


def leaks(answer: TestResponse, asked: str = "") -> list[str]:
    """The values of company 15 that the answer tells and the question did not."""
    said, known = answer.text + str(answer.headers), unquote_plus(asked)
    return [value for value in TOLD if value in said and value not in known]


def standing(runtime: Runtime) -> list[Any]:
    """What acts change of company 15."""
    with runtime.database.unrestricted_unsafe() as session:
        kept: list[Any] = [session.get_one(Company, 15).service_mode]
        for table in (Appointment, Callback, Finding, InboxEvent):
            kept += session.execute(
                select(table.id, table.state).where(table.company_id == 15).order_by(table.id)
            ).all()
        alerts = select(Alert.acknowledged_by, Alert.silenced_until).where(
            Alert.subject == "alert of fifteen"
        )
        return kept + list(session.execute(alerts).all())


# -- strangers ---------------------------------------------------------------------------------


def test_who_is_not_signed_in_is_sent_to_the_door(
    app: Flask, runtime: Runtime, ids: dict[str, int]
) -> None:
    client, before = app.test_client(), standing(runtime)
    for rule, method in rules(app, OPERATORS):
        for path in addresses(app, rule, ids):
            if method == "GET":
                page = client.get(path)
                assert page.status_code == 302, path
                assert page.location.startswith("/login?next=")
            for headers in ({"HX-Request": "true"}, {"Accept": "application/json"}):
                told = client.open(path, method=method, headers=headers)
                # A form without its token is refused before anybody asks who sent it.
                assert told.status_code == (401 if method == "GET" else 400), path
                assert leaks(told, path) == []
    assert standing(runtime) == before


def test_who_proves_nothing_is_answered_nothing(
    app: Flask, runtime: Runtime, ids: dict[str, int]
) -> None:
    client, before = app.test_client(), standing(runtime)
    for rule, method in rules(app, PROVEN):
        for path in addresses(app, rule, ids):
            for headers in ({}, {"Authorization": "Bearer guessed"}):
                told = client.open(path, method=method, json={}, headers=headers)
                assert told.status_code in (401, 429), path
                assert leaks(told, path) == []
    assert standing(runtime) == before


def test_what_is_public_knows_no_company(app: Flask, ids: dict[str, int]) -> None:
    client = app.test_client()
    for rule, method in rules(app, PUBLIC):
        for path in addresses(app, rule, ids):
            with client.open(f"{path}?company=15", method=method) as told:
                assert told.status_code != 500, path
                assert leaks(told) == []


# -- operators ---------------------------------------------------------------------------------


@pytest.mark.on("sqlite")  # Thousands of pages; one database is enough for them.
def test_charlie_gets_404_for_every_object_of_alices_company_and_reads_nothing_of_it(
    app: Flask, runtime: Runtime, ids: dict[str, int], charlie: FlaskClient
) -> None:
    before = standing(runtime)
    asked = 0
    for rule, _ in rules(app, OPERATORS - {"dashboard.do", "dashboard.logout"}):
        for path in addresses(app, rule, ids):
            for more in ({}, *queries(ids)):
                # In the ordinary run every address as a page or as JSON, by turns.
                for shape in ({}, {"format": "json"})[asked % EVERY :: EVERY]:
                    whole = f"{path}?{urlencode({**more, **shape})}"
                    answer = charlie.get(whole)
                    if answer.status_code == 302 and more.get("q") == factories.PHONE:
                        # Sent to the same address without the number.
                        assert leaks(answer, whole) == []
                        answer = charlie.get(answer.location)
                    theirs = "company_id" in rule.arguments or more.get("company") == 15
                    expected = (404,) if theirs else (200, 204, 302, 304, 404)
                    if nothing_is_asked_of_alice(path, more):
                        expected = (*expected, 303)
                    assert answer.status_code in expected, whole
                    assert leaks(answer, whole) == [], whole
                    asked += 1
    assert asked > times(500, 1000)
    assert standing(runtime) == before


def nothing_is_asked_of_alice(path: str, more: dict[str, Any]) -> bool:
    """An act on a row of one's own company that does not wait, or on events of which none is
    chosen: one is sent back, with a sentence."""
    if path == "/act/events_replay":
        return "ids" not in more
    return path.startswith("/act/") and more.get("of") != 15


def test_charlie_acts_on_nothing_of_alices_company(
    runtime: Runtime, ids: dict[str, int], charlie: FlaskClient
) -> None:
    before, token = standing(runtime), csrf_of(charlie, "/")
    pointed = [more for more in queries(ids) if more.get("of") == 15 or "ids" in more]
    for name in sorted(ACTS):
        for more in pointed:
            fields = {"reason": "because I can", "mode": "paused", "hours": "4", **more}
            told = charlie.post(f"/act/{name}", data={**fields, "csrf_token": token})
            # A replay names its events and no company; none is chosen here.
            unasked = name == "events_replay" and "ids" not in more
            assert told.status_code == (303 if unasked else 404), (name, more)
            assert leaks(told) == []
    assert standing(runtime) == before


def test_bob_may_look_at_what_is_his_companys_and_act_on_nothing(
    app: Flask, runtime: Runtime, ids: dict[str, int], bob: FlaskClient
) -> None:
    before, token = standing(runtime), csrf_of(bob, "/")
    for rule, method in rules(app, {"dashboard.act", "dashboard.do"}):
        for path in addresses(app, rule, ids):
            for more in queries(ids):
                whole = f"{path}?{urlencode(more)}"
                fields = {"reason": "because I can", "csrf_token": token}
                told = bob.open(whole, method=method, data=fields if method == "POST" else None)
                if told.status_code == 302 and more.get("q") == factories.PHONE:
                    told = bob.get(told.location)
                assert told.status_code == 403, whole
    assert bob.get("/companies/15").status_code == 200
    assert standing(runtime) == before


def test_alice_reads_her_companys_rows_and_nobodys_name(
    app: Flask, ids: dict[str, int], alice: FlaskClient
) -> None:
    """Also the proof that the marks above would be seen."""
    seen: set[str] = set()
    for rule, _ in rules(app, OPERATORS - {"dashboard.do", "dashboard.logout"}):
        for path in addresses(app, rule, ids):
            for more in ({}, {"call_id": "call_of_fifteen"}):
                answer = alice.get(f"{path}?{urlencode(more)}", follow_redirects=True)
                assert [value for value in PERSONAL if value in answer.text] == [], path
                seen |= set(leaks(answer))
    assert seen == set(MARKS) - {"uidOfFifteen"}  # It leads to its call, and is shown by the API.


# -- tokens ------------------------------------------------------------------------------------


def test_a_token_of_another_company_finds_nothing_of_alices(
    app: Flask, runtime: Runtime, ids: dict[str, int]
) -> None:
    client, before = app.test_client(), standing(runtime)
    theirs = {"Authorization": f"Bearer {tokens.add_token(runtime, '20', 'charlie')}"}
    own = {"Authorization": f"Bearer {tokens.add_token(runtime, '15', 'alice')}"}
    with runtime.database.of_company(15) as session:
        branch = session.scalars(select(Appointment.branch_id)).first()
    bodies: list[dict[str, Any]] = [
        {},
        {"start": "2026-12-01T10:00:00+01:00"},
        {"date": "2026-12-01", "event_type_id": 2563015},
        {"date": "2026-12-01", "branch_id": branch or 1},
        {"event_type_id": 2563015, "start": "2026-12-01T10:00:00+01:00", "name": "Charlie"},
    ]
    for rule, method in rules(app, {name for name in PROVEN if name.startswith("api.")}):
        for path in addresses(app, rule, ids):
            for body in bodies:
                whole = f"{path}?uid=uidOfFifteen" if rule.endpoint == "api.find_bookings" else path
                sent = None if method == "GET" else body
                answer = client.open(whole, method=method, json=sent, headers=theirs)
                if rule.arguments:
                    assert answer.status_code in (404, 422), (method, whole, answer.text)
                assert leaks(answer, whole) == []
    assert client.get("/api/v2/bookings", headers=theirs).json == {"bookings": []}
    assert client.get(f"/api/v2/bookings/{ids['booked']}", headers=theirs).status_code == 404
    assert "uidOfFifteen" in client.get(f"/api/v2/bookings/{ids['booked']}", headers=own).text
    assert standing(runtime) == before
