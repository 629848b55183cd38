"""Acts: asked why, confirmed, done, audited; by those who may, on what is theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from askpro import __version__
from askpro.errors import RateLimited
from askpro.services.doctor import visits
from askpro.services.replay import Replayed
from askpro.services.runtime import Runtime
from askpro.store.models import (
    Alert,
    Appointment,
    AuditEntry,
    Callback,
    Company,
    Finding,
    InboxEvent,
)
from askpro.web.dashboard.acts import ACTS
from askpro.web.dashboard.acts.work import _would
from tests import factories
from tests.web.dashboard.conftest import post

pytestmark = pytest.mark.slow

WHY = "weil es sein muss"
#: Acts on the installation: not for people of one company.
OF_ALL = frozenset({"doctor"})


@pytest.fixture(autouse=True)
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which versions the doctor was called for; here is nobody whom it could examine."""
    called: list[str] = []
    monkeypatch.setattr(
        visits, "begin", lambda _, version: called.append(version) or len(called) == 1
    )
    return called


@pytest.fixture
def ids(companies: None, writing: Callable[[], Any], now: datetime, runtime: Runtime) -> dict:
    """Something of company 15 for every act."""
    runtime.guards.circuits.force_open("calcom_api:15")
    runtime.guards.circuits.force_open("calcom_api")
    for _ in range(runtime.settings.limit_call_per_function):
        runtime.guards.begin_call(15, "call_blocked", "check_availability", "function")
    with pytest.raises(RateLimited):
        runtime.guards.begin_call(15, "call_blocked", "check_availability", "function")
    with writing() as session:
        return {
            "doubt": factories.appointment(
                session, 15, now=now, start=now + timedelta(days=2), state="unknown"
            ).id,
            "callback": factories.callback(session, 15, now=now).id,
            "finding": factories.finding(session, 15, now=now).id,
            "dead": factories.event(session, 15, now=now, state="dead", error="KeyError").id,
            "done": factories.event(session, 15, now=now).id,
            "alert": factories.alert(session, 15, now=now).id,
        }


def target(name: str, ids: dict) -> dict[str, str]:
    """What each act is done to."""
    targets = {
        "breaker_reset": {"target": "calcom_api:15"},
        "breaker_open": {"target": "calcom_api:15"},
        "breaker_probe": {"target": "calcom_api:15"},
        "call_unblock": {"target": "call_blocked", "of": "15"},
        "cache_drop": {"of": "15"},
        "booking_look": {"target": ids["doubt"], "of": "15"},
        "booking_give_up": {"target": ids["doubt"], "of": "15"},
        "callback_done": {"target": ids["callback"], "of": "15"},
        "finding_close": {"target": ids["finding"], "of": "15"},
        "events_replay": {"ids": ids["done"]},
        "event_discard": {"target": ids["dead"]},
        "company_mode": {"of": "15", "mode": "messages"},
        "alert_acknowledge": {"target": ids["alert"]},
        "alert_silence": {"target": ids["alert"], "hours": "4"},
        "doctor": {},
    }
    return {key: str(value) for key, value in targets[name].items()}


def address(name: str, ids: dict) -> str:
    return f"/act/{name}?" + "&".join(f"{k}={v}" for k, v in target(name, ids).items())


def do(client: FlaskClient, name: str, ids: dict, **more: str) -> Any:
    fields = {"reason": WHY, **target(name, ids), **more}
    return post(client, f"/act/{name}", form=address(name, ids), **fields)


def audited(runtime: Runtime) -> list[AuditEntry]:
    with runtime.database.unrestricted_unsafe() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [e for e in entries if e.action not in ("operator_invited", "signed_in")]


def one(runtime: Runtime, kind: Any, row_id: int) -> Any:
    with runtime.database.unrestricted_unsafe() as session:
        return session.get(kind, row_id)


@pytest.mark.parametrize("name", sorted(ACTS))
def test_an_act_tells_what_it_does_and_is_audited(
    signed_in: Callable[[str], FlaskClient], runtime: Runtime, ids: dict, name: str
):
    who, company_id = ("anna", None) if name in OF_ALL else ("bert", 15)
    client = signed_in(who)
    page = client.get(address(name, ids))
    assert page.status_code == 200
    assert "<form" in page.text
    assert audited(runtime) == []
    done = do(client, name, ids)
    assert done.status_code == 303, done.text
    (entry,) = audited(runtime)
    assert (entry.who, entry.company_id, entry.reason) == (who, company_id, WHY)


def test_nobody_acts_on_what_is_not_theirs(
    signed_in: Callable[[str], FlaskClient], runtime: Runtime, ids: dict
):
    carla = signed_in("carla")
    for name in ACTS:
        assert carla.get(address(name, ids)).status_code == 404, name
        fields = {"reason": WHY, **target(name, ids)}
        assert post(carla, f"/act/{name}", form="/", **fields).status_code == 404, name
    assert audited(runtime) == []


def test_who_only_looks_does_not_act(
    signed_in: Callable[[str], FlaskClient], runtime: Runtime, ids: dict
):
    vera = signed_in("vera")
    for name in ACTS:
        assert vera.get(address(name, ids)).status_code == 403, name
        assert post(vera, f"/act/{name}", form="/", reason=WHY).status_code == 403, name
    assert "/act/" not in vera.get("/").text
    assert audited(runtime) == []


def test_an_act_needs_a_reason_and_its_forms_token(
    signed_in: Callable[[str], FlaskClient], runtime: Runtime, ids: dict
):
    anna = signed_in("anna")
    for name in ACTS:
        assert do(anna, name, ids, reason=" x ").status_code == 400, name
        without = anna.post(f"/act/{name}", data={"reason": WHY, **target(name, ids)})
        assert without.status_code == 400, name
    assert audited(runtime) == []


def test_the_platforms_circuit_is_not_a_companys(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    bert, anna = signed_in("bert"), signed_in("anna")
    assert bert.get("/act/breaker_reset?target=calcom_api").status_code == 404
    assert anna.get("/act/breaker_reset?target=calcom_api").status_code == 200
    assert anna.get("/act/breaker_reset?target=calcom_api:99").status_code == 404


def test_the_doctor_is_called_once_at_a_time(
    signed_in: Callable[[str], FlaskClient], ids: dict, examined: list[str]
):
    anna = signed_in("anna")
    do(anna, "doctor", ids)
    assert examined == [__version__]
    assert "Die Prüfung läuft" in anna.get("/system").text
    do(anna, "doctor", ids)
    assert "jemand war schneller" in anna.get("/system").text


# -- what they do ------------------------------------------------------------------------------


def state_of(runtime: Runtime, circuit: str) -> str:
    return runtime.guards.circuits.status(circuit)[0]["state"]


def test_a_circuit_is_closed_and_cut_off(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    bert = signed_in("bert")
    do(bert, "breaker_reset", ids)
    assert state_of(runtime, "calcom_api:15") == "closed"
    assert state_of(runtime, "calcom_api") == "open"
    do(bert, "breaker_open", ids)
    assert state_of(runtime, "calcom_api:15") == "open"


def test_a_probe_need_not_wait(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    do(signed_in("bert"), "breaker_probe", ids)
    assert runtime.guards.circuits.status("calcom_api:15")[0]["seconds_until_retry"] == 0


def test_an_unblocked_call_is_heard_again(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    do(signed_in("bert"), "call_unblock", ids)
    runtime.guards.begin_call(15, "call_blocked", "check_availability", "function")


def test_a_company_takes_messages_only(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    do(signed_in("bert"), "company_mode", ids)
    assert one(runtime, Company, 15).service_mode == "messages"
    assert one(runtime, Company, 20).service_mode == "open"
    office = runtime.directory.office(15)
    assert office is not None
    assert office.mode == "messages"


def test_a_callback_a_finding_and_a_doubt_are_settled(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    bert = signed_in("bert")
    for name in ("callback_done", "finding_close", "booking_give_up"):
        do(bert, name, ids)
    assert one(runtime, Callback, ids["callback"]).state == "done"
    assert one(runtime, Finding, ids["finding"]).state == "closed"
    assert one(runtime, Appointment, ids["doubt"]).state == "refused"
    with runtime.database.of_company(15) as session:
        promised = session.scalar(
            select(Finding.kind).where(Finding.appointment_id == ids["doubt"])
        )
    assert promised == "promised_not_booked"


def test_what_is_settled_already_is_not_done_again(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    bert, form = signed_in("bert"), target("callback_done", ids)
    do(bert, "callback_done", ids)
    again = post(bert, "/act/callback_done", form="/", reason=WHY, **form)
    assert again.status_code == 303
    assert len(audited(runtime)) == 1


def test_events_are_replayed_one_by_one_by_selection_and_by_filter(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    bert = signed_in("bert")
    page = bert.get("/act/events_replay?state=dead")
    assert f'value="{ids["dead"]}"' in page.text
    assert f'value="{ids["done"]}"' not in page.text
    post(
        bert,
        "/act/events_replay",
        form="/act/events_replay?state=dead",
        reason=WHY,
        ids=str(ids["dead"]),
    )
    assert one(runtime, InboxEvent, ids["dead"]).state == "new"
    assert one(runtime, InboxEvent, ids["done"]).state == "done"


@pytest.mark.parametrize("filters", ["", "?state=dead&event=no_such"])
def test_without_anything_selected_the_list_says_so(
    signed_in: Callable[[str], FlaskClient], ids: dict, filters: str
):
    """Without a filter there is no "everything"."""
    bert = signed_in("bert")
    answer = bert.get(f"/act/events_replay{filters}")
    assert (answer.status_code, answer.location) == (302, "/events")
    assert "nichts ist ausgewählt" in bert.get("/events").text
    assert bert.get("/act/events_replay", headers={"HX-Request": "true"}).status_code == 404
    assert post(bert, "/act/events_replay", form="/", reason=WHY).status_code == 303


@pytest.mark.parametrize(
    "name",
    ["booking_look", "booking_give_up", "callback_done", "finding_close", "alert_acknowledge",
     "call_unblock"],
)  # fmt: skip
def test_what_a_second_operator_has_settled_is_said_and_no_dead_end(
    signed_in: Callable[[str], FlaskClient],
    ids: dict,
    runtime: Runtime,
    now: datetime,
    writing: Callable[[], Any],
    name: str,
):
    bert = signed_in("bert")
    assert bert.get(address(name, ids)).status_code == 200
    with writing() as session:
        session.get_one(Appointment, ids["doubt"]).state = "confirmed"
        session.get_one(Callback, ids["callback"]).state = "done"
        session.get_one(Finding, ids["finding"]).state = "closed"
        session.get_one(Alert, ids["alert"]).ended_at = now
    runtime.guards.limits.clear("call_blocked")
    answer = bert.get(address(name, ids))
    assert answer.status_code == 302, name
    assert "jemand war schneller" in bert.get(answer.location).text
    # A dialog has no room for another page: the browser goes to the address instead.
    assert bert.get(address(name, ids), headers={"HX-Request": "true"}).status_code == 404


def test_a_dry_run_changes_nothing(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    page = signed_in("bert").get(address("events_replay", ids))
    assert page.status_code == 200
    assert one(runtime, InboxEvent, ids["done"]).state == "done"


def test_a_dry_run_names_changes_only():
    changes = {"state": ["sent", "confirmed"]}
    event = Replayed(1, "calcom", "BOOKING_CREATED", "dead", {"effect": "moved"})
    one_of_two = {"effect": "confirmed", "seats": [{"changes": changes}, {"changes": {}}]}
    assert _would(event) == []
    assert _would(replace(event, would={"effect": "confirmed", "changes": changes})) == [
        "state: sent → confirmed"
    ]
    assert _would(replace(event, would=one_of_two)) == ["state: sent → confirmed"]


def test_only_a_dead_letter_is_discarded(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    bert = signed_in("bert")
    form = {"reason": WHY, "target": str(ids["done"])}
    post(bert, "/act/event_discard", form="/", **form)
    assert one(runtime, InboxEvent, ids["done"]).state == "done"
    do(bert, "event_discard", ids)
    assert one(runtime, InboxEvent, ids["dead"]).state == "ignored"


@pytest.mark.parametrize("kind", ["crossing", "pii_in_log"])
def test_who_minds_one_company_answers_no_alert_about_what_people_there_did(
    signed_in: Callable[[str], FlaskClient],
    ids: dict,
    runtime: Runtime,
    now: datetime,
    writing: Callable[[], Any],
    kind: str,
):
    anna, bert = signed_in("anna"), signed_in("bert")
    with writing() as session:
        alert = factories.alert(session, 15, now=now, kind=kind, severity="critical").id
    assert f"target={alert}" in anna.get("/panels/alerts").text
    assert f"target={alert}" not in bert.get("/panels/alerts").text
    for client, status in ((bert, 404), (anna, 303)):
        kept = one(runtime, Alert, alert)
        assert (kept.acknowledged_by, kept.silenced_until) == (None, None)
        for name in ("alert_acknowledge", "alert_silence"):
            fields = {"reason": WHY, **target(name, {**ids, "alert": alert})}
            assert post(client, f"/act/{name}", form="/", **fields).status_code == status, name
    assert one(runtime, Alert, alert).acknowledged_by == "anna"


def test_why_an_alert_is_silenced_names_nobody(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    bert = signed_in("bert")
    why = f"{factories.MAIL} und {factories.PHONE} rufen dauernd an"
    fields = {"reason": why, **target("alert_silence", ids)}
    assert post(bert, "/act/alert_silence", form="/", **fields).status_code == 303
    kept = one(runtime, Alert, ids["alert"]).silence_reason
    for told in (kept, bert.get("/panels/alerts").text):
        assert "rufen dauernd an" in told
        assert factories.MAIL not in told
        assert factories.PHONE not in told


def test_an_alert_is_acknowledged_and_silenced(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime, now: datetime
):
    bert = signed_in("bert")
    do(bert, "alert_acknowledge", ids)
    do(bert, "alert_silence", ids)
    alert = one(runtime, Alert, ids["alert"])
    assert alert.acknowledged_by == "bert"
    assert alert.silence_reason == WHY
    assert timedelta(hours=3) < alert.silenced_until - now < timedelta(hours=5)
    assert "bert ist dran" in bert.get("/panels/alerts").text


def test_a_reason_with_personal_data_is_kept_redacted(
    signed_in: Callable[[str], FlaskClient], ids: dict, runtime: Runtime
):
    reason = f"Bitte {factories.MAIL} unter {factories.PHONE} anrufen"
    do(signed_in("bert"), "callback_done", ids, reason=reason)
    (entry,) = audited(runtime)
    assert factories.MAIL not in entry.reason
    assert factories.PHONE not in entry.reason


def test_after_the_act_one_is_where_one_came_from(
    signed_in: Callable[[str], FlaskClient], ids: dict
):
    bert = signed_in("bert")
    assert do(bert, "callback_done", ids, back="/companies/15?x=1").location == "/companies/15?x=1"
    assert do(bert, "finding_close", ids, back="//evil.example").location == "/"


def test_in_a_dialog_the_form_comes_without_a_page_around_it(
    signed_in: Callable[[str], FlaskClient], ids: dict
):
    dialog = signed_in("bert").get(
        address("callback_done", ids),
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/appointments?last=1h"},
    )
    assert "<html" not in dialog.text
    assert 'name="back" value="/appointments?last=1h"' in dialog.text
