"""Acting in a browser: in a dialog over the page, and without any script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from askpro.errors import RateLimited
from askpro.services import alerts
from askpro.services.doctor import visits
from askpro.store.models import Finding
from askpro.store.reports import trail
from askpro.store.reports.scope import EVERY_COMPANY
from askpro.store.reports.trail import WantedEntries
from askpro.web.dashboard.acts import ACTS
from askpro.web.dashboard.words import WORDS
from tests.browser.conftest import Dashboard, Visitor
from tests.browser.world import CALL
from tests.counts import times
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.on("sqlite")]

_CALL = f"/companies/15/calls/{CALL}"
#: The act, the page, what is clicked there, what is chosen, what is shown afterwards.
STEPS = [
    ("breaker_open", "/protection", "Abtrennen …", None, "Der Schutzschalter ist offen."),
    ("breaker_probe", "/protection", "Jetzt versuchen …", None, "Die nächste Anfrage versucht"),
    ("breaker_reset", "/protection", "Schließen …", None, "Der Schutzschalter ist geschlossen."),
    ("call_unblock", _CALL, "Freigeben …", None, "Der Anruf wird wieder gehört."),
    ("cache_drop", "/cache", "Verwerfen …", None, "Der Cache ist verworfen."),
    ("cache_drop", "/companies/15", "Cache verwerfen …", None, "Der Cache ist verworfen."),
    ("company_mode", "/companies/15", "Betrieb ändern …", "messages", "nur Nachrichten"),
    ("company_mode", "/companies/15", "Betrieb ändern …", "paused", "angehalten"),
    ("company_mode", "/companies/15", "Betrieb ändern …", "open", "geöffnet"),
    ("booking_look", "/appointments", "Bei Cal.com nachsehen …", None, "Ausgang unbekannt"),
    ("booking_give_up", "/appointments", "Aufgeben …", None, "Die Buchung ist aufgegeben"),
    ("callback_done", "/appointments", "Erledigt …", None, "Der Rückruf ist erledigt."),
    ("finding_close", "/appointments", "Schließen …", None, "Der Befund ist geschlossen."),
    ("alert_acknowledge", "/alerts", "Ich bin dran", None, "Der Alarm ist bestätigt."),
    ("alert_silence", "/alerts", "Stumm schalten", "4", "Der Alarm ist stumm geschaltet."),
    ("event_discard", "/events?state=dead", "Verwerfen …", None, "Das Ereignis ist verworfen."),
    ("events_replay", "/events?state=dead", "Alle passenden wiederholen …", None, "Ein Ereignis"),
    ("events_replay", "/events", "Wiederholen …", None, "Ein Ereignis wartet"),
    ("doctor", "/system", "Prüfen …", None, "Die Prüfung läuft"),
]


def act(page: Page, path: str, button: str, choice: str | None = None) -> None:
    page.goto(path)
    page.locator("main").get_by_text(button, exact=True).first.click()
    if choice:
        page.check(f"form.confirm input[value='{choice}']")
    page.fill("textarea[name=reason]", "Probe in einem Browser")
    page.locator("form.confirm button").first.click()


@pytest.fixture
def blocked(dashboard: Dashboard) -> None:
    """The call has used up its limit, and an alert stands for the events that were given up."""
    runtime = dashboard.runtime
    for _ in range(runtime.settings.limit_call_per_function):
        runtime.guards.begin_call(15, CALL, "check_availability", "function")
    with pytest.raises(RateLimited):
        runtime.guards.begin_call(15, CALL, "check_availability", "function")
    alerts.check(runtime)


def test_every_act_has_a_step():
    assert {step[0] for step in STEPS} == set(ACTS)


@pytest.mark.parametrize("scripts", [True, False][: times(1, 2)], ids="scripts={}".format)
def test_every_kind_of_act(
    visit: Callable[..., Visitor],
    dashboard: Dashboard,
    blocked: None,
    monkeypatch: pytest.MonkeyPatch,
    scripts: bool,
):
    monkeypatch.setattr(visits, "begin", lambda *_: True)
    visitor = visit("anna", java_script_enabled=scripts)
    page = visitor.page
    for name, path, button, choice, shown in STEPS:
        act(page, path, button, choice)
        expect(page.locator(".flash")).to_contain_text(shown)
        # Back where one came from.
        assert page.url.removeprefix(dashboard.url) == path, name
        newest = trail.audit(
            dashboard.runtime.database, EVERY_COMPANY, WantedEntries(), size=1
        ).rows[0]
        assert (newest["who"], newest["reason"]) == ("anna", "Probe in einem Browser"), name
        assert newest["action"] in WORDS["action"], name
    assert visitor.complaints == []


def test_the_doctor_comes_and_what_he_finds_appears_by_itself(
    visit: Callable[..., Visitor], dashboard: Dashboard
):
    visitor = visit("anna")
    page = visitor.page
    act(page, "/system", "Prüfen …")
    panel = page.locator("#body-doctor")
    expect(panel).to_contain_text("wirken", timeout=60_000)
    expect(panel).to_contain_text("Anfragen ohne Signatur werden abgewiesen")
    expect(panel).to_contain_text(re.compile(r"ausprobiert \d\d:\d\d:\d\d"))
    assert panel.locator("tbody tr").count() > 20
    assert visitor.complaints == []


def test_the_dialog_says_who_is_affected_and_can_be_left(
    visit: Callable[..., Visitor], dashboard: Dashboard
):
    page = visit("anna").page
    page.goto("/protection")
    page.get_by_text("Abtrennen …").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Betroffen")
    expect(dialog).to_contain_text("alle Unternehmen")
    dialog.get_by_text("Abbrechen").click()
    expect(page.locator("dialog")).not_to_have_attribute("open", "")
    assert dashboard.runtime.guards.circuits.status("calcom_api")[0]["state"] == "closed"


def test_everybody_sees_who_is_on_an_alert_and_that_it_is_silent(
    visit: Callable[..., Visitor], blocked: None
):
    page = visit("anna").page
    act(page, "/alerts", "Ich bin dran")
    expect(page.locator("#body-alerts")).to_contain_text("anna ist dran")
    act(page, "/alerts", "Stumm schalten")
    vera = visit("vera").page
    vera.goto("/calls")
    expect(vera.locator("#body-alerts")).to_contain_text("stumm bis")
    expect(vera.locator("#body-alerts")).to_contain_text("anna ist dran")


def test_a_selection_of_events_is_replayed_after_a_dry_run(
    visit: Callable[..., Visitor], dashboard: Dashboard
):
    page = visit("anna").page
    page.goto("/events")
    page.check("input[data-all]")
    page.uncheck("input[name=ids] >> nth=0")
    chosen = page.locator("input[name=ids]:checked").count()
    page.click("text=Auswahl wiederholen …")
    expect(page.locator(".about")).to_contain_text(f"{chosen} Ereignisse")
    assert page.locator("form.confirm tbody tr").count() == 25
    page.fill("textarea[name=reason]", "alles noch einmal")
    page.click("form.confirm button.main")
    expect(page.locator(".flash")).to_contain_text(f"{chosen} Ereignisse warten")


def test_looking_only_offers_no_button(visit: Callable[..., Visitor]):
    page = visit("vera").page
    for path in ("/", "/protection", "/events", "/appointments", "/companies/15"):
        page.goto(path)
        assert page.locator("a[href^='/act/']").count() == 0


def test_the_course_of_a_call_can_be_copied(visit: Callable[..., Visitor]):
    visitor = visit("anna", permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    page.goto(f"/companies/15/calls/{CALL}")
    page.click("#body-waterfall details summary >> nth=0")
    page.click("#body-waterfall button[data-copy] >> nth=0")
    copied = eventually(lambda: page.evaluate("navigator.clipboard.readText()"))
    assert copied.startswith("curl -X POST http://")
    assert "X-Retell-Signature: …" in copied


def test_filters_work_without_scripts(visit: Callable[..., Visitor]):
    page = visit("anna", java_script_enabled=False).page
    page.goto("/calls")
    page.select_option("#f-outcome", "booked")
    page.click("form.filters button.main")
    expect(page).to_have_url(re.compile("outcome=booked"))
    words = set(page.locator("#body-calls tbody tr td:nth-child(4)").all_inner_texts())
    assert words == {"gebucht"}
    page.click("text=Alle 30 s neu laden")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(1)


def test_what_stood_in_the_dialog_before_is_never_confirmed_for_something_else(
    visit: Callable[..., Visitor], dashboard: Dashboard
):
    """Somebody else closed the second finding while this page was open."""
    visitor = visit("anna")
    page = visitor.page
    page.goto("/appointments")
    page.get_by_text("Erledigt …", exact=True).first.click()
    page.locator("dialog [data-close]").click()
    with dashboard.runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(update(Finding).values(state="closed"))
    page.locator("#panel-findings").get_by_text("Schließen …", exact=True).first.click()
    expect(page.locator(".flash")).to_contain_text("jemand war schneller")
    expect(page.locator("dialog[open]")).to_have_count(0)
