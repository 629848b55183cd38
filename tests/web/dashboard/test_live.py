"""Live panels: fragments at their own addresses, JSON twins, and nothing sent that is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from askpro.services.runtime import Runtime
from askpro.web.dashboard.panels import PANELS
from tests import factories
from tests.factories import PERSONAL

FIRST_FOUR = ("breaker", "cache", "limits", "recent")


@pytest.fixture
def anna(signed_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return signed_in("anna")


@pytest.mark.parametrize("name", FIRST_FOUR)
def test_each_panel_is_a_fragment_and_a_json_twin(anna: FlaskClient, name: str):
    fragment = anna.get(f"/panels/{name}")
    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    twin = anna.get(f"/panels/{name}?format=json")
    assert twin.json["panel"] == name
    assert twin.json == {
        **anna.get(f"/panels/{name}", headers={"Accept": "application/json"}).json,
        "at": twin.json["at"],
    }


def test_an_unknown_panel_is_nowhere(anna: FlaskClient):
    assert anna.get("/panels/nothing").status_code == 404
    assert anna.get("/live?panels=breaker,nothing").status_code == 404
    assert anna.get("/live").status_code == 404


def test_what_the_reader_has_is_not_sent_again(anna: FlaskClient):
    first = anna.get("/panels/breaker")
    again = anna.get("/panels/breaker", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data


def test_a_page_gets_only_the_panels_that_changed(
    anna: FlaskClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("askpro.web.dashboard.panels.drawing._KEPT_SECONDS", 0.0)
    have = {
        name: anna.get(f"/panels/{name}").headers["ETag"].strip('"')
        for name in ("breaker", "limits")
    }
    header = {"X-Have": ",".join(f"{name}={version}" for name, version in have.items())}
    assert anna.get("/live?panels=breaker,limits", headers=header).status_code == 204
    runtime.guards.circuits.force_open("calcom_api")
    changed = anna.get("/live?panels=breaker,limits", headers=header)
    assert changed.status_code == 200
    assert 'id="body-breaker"' in changed.text
    assert 'id="body-limits"' not in changed.text
    assert changed.headers["X-Stands"]


def test_an_open_circuit_is_told_by_word_shape_and_time(anna: FlaskClient, runtime: Runtime):
    runtime.guards.circuits.force_open("calcom_api")
    text = anna.get("/panels/breaker").text
    assert 'class="state bad"' in text
    assert "offen" in text
    assert "data-until" in text
    twin = anna.get("/panels/breaker?format=json").json["circuits"][0]
    assert (twin["service"], twin["state"]) == ("calcom_api", "open")


def test_the_language_is_the_readers(anna: FlaskClient):
    assert "geschlossen" in anna.get("/panels/breaker").text
    assert "closed" in anna.get("/panels/breaker?lang=en").text
    assert anna.get("/preferences?lang=en&back=/").status_code == 303
    assert "closed" in anna.get("/panels/breaker").text


def test_recent_calls_show_nobody(
    anna: FlaskClient, writing: Callable, now: datetime, runtime: Runtime
):
    with writing() as session:
        factories.customer(session, 15, now=now)
        call = factories.call(session, 15, now=now)
        factories.function_call(session, 15, now=now, call_id=call.call_id)
    text = anna.get("/").text
    assert call.call_id in text
    assert "check_availability" in text.replace("<wbr>", "")
    assert [value for value in PERSONAL if value in text] == []


def test_a_company_sees_its_own_rows_only(
    signed_in: Callable[[str], FlaskClient], writing: Callable, now: datetime
):
    with writing() as session:
        factories.function_call(session, 15, now=now, call_id="call_of_fifteen")
        factories.function_call(session, 20, now=now, call_id="call_of_twenty")
        factories.guard_event(session, 15, now=now, subject="call_of_fifteen")
    carla = signed_in("carla")
    for name in FIRST_FOUR:
        both = carla.get(f"/panels/{name}").text + carla.get(f"/panels/{name}?format=json").text
        assert "fifteen" not in both
    assert "call_of_twenty" in carla.get("/panels/recent").text
    # Her company books with a key of its own, so the platform's circuit is not hers.
    assert "calcom_api:20" in carla.get("/panels/breaker").text


def test_another_company_does_not_exist_and_the_try_is_kept(
    signed_in: Callable[[str], FlaskClient], runtime: Runtime
):
    carla = signed_in("carla")
    for path in ("/?company=15", "/panels/recent?company=15", "/live?panels=recent&company=15"):
        assert carla.get(path).status_code == 404
    from askpro.store.reports import guards

    kept = guards.latest(runtime.database, 20, ["crossing"])
    assert [each.detail["wanted_company_id"] for each in kept] == [15, 15, 15]


def test_everybody_may_narrow_to_one_company(anna: FlaskClient, writing: Callable, now: datetime):
    with writing() as session:
        factories.function_call(session, 15, now=now, call_id="call_of_fifteen")
        factories.function_call(session, 20, now=now, call_id="call_of_twenty")
    narrowed = anna.get("/panels/recent?company=15").text
    assert "fifteen" in narrowed
    assert "twenty" not in narrowed


def test_with_the_database_away_the_last_good_drawing_is_shown(
    anna: FlaskClient,
    runtime: Runtime,
    writing: Callable,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
):
    with writing() as session:
        factories.function_call(session, 15, now=now, call_id="call_before_the_fall")
    assert anna.get("/panels/recent").status_code == 200

    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(type(runtime.database), "_session", away)
    monkeypatch.setattr("askpro.web.dashboard.panels.drawing._KEPT_SECONDS", 0.0)
    anna.application.extensions["askpro_believed"].clear()
    page = anna.get("/")
    assert page.status_code == 200
    assert "call_before_the_fall" in page.text
    assert "Die Datenbank antwortet nicht" in page.text
    # The guards go on being shown as they are.
    runtime.guards.circuits.force_open("calcom_api")
    assert "offen" in anna.get("/panels/breaker").text
    live = anna.get("/live?panels=recent,breaker")
    assert live.headers["X-Late"] == "recent=database"


def test_every_panel_says_nothing_to_strangers(client: FlaskClient):
    for name in PANELS:
        assert client.get(f"/panels/{name}?format=json").status_code == 401


def test_a_page_about_one_company_shows_the_installations_alerts_to_who_sees_all(
    signed_in: Callable[[str], FlaskClient], anna: FlaskClient, writing: Callable, now: datetime
):
    with writing() as session:
        factories.alert(session, None, now=now, subject="of everybody")
        factories.alert(session, 15, now=now, subject="of fifteen")
        factories.alert(session, 20, now=now, subject="of twenty")

    def told(client: FlaskClient, company: str) -> set[str]:
        alerts = client.get(f"/panels/alerts?format=json{company}").json["alerts"]
        return {each["subject"] for each in alerts}

    assert told(anna, "&company=15") == {"of everybody", "of fifteen"}
    assert told(signed_in("bert"), "") == {"of fifteen"}
