"""Acting in a browser: in a dialog over the page, and without any script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from askpro.store.reports import trail
from askpro.store.reports.scope import EVERY_COMPANY
from askpro.store.reports.trail import WantedEntries
from tests.browser.conftest import Dashboard, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.on("sqlite")]

#: Page, what is clicked there, what is shown afterwards, what the audit has.
ACTS = [
    ("/protection", "Abtrennen …", "Der Schutzschalter ist offen.", "breaker_open"),
    ("/protection", "Jetzt versuchen …", "Die nächste Anfrage versucht Cal.com.", "breaker_probe"),
    ("/protection", "Schließen …", "Der Schutzschalter ist geschlossen.", "breaker_reset"),
    ("/cache", "Verwerfen …", "Der Cache ist verworfen.", "cache_dropped"),
    ("/companies/15", "Betrieb ändern …", "nur Nachrichten", "company_mode"),
    ("/appointments", "Aufgeben …", "Die Buchung ist aufgegeben", "booking_given_up"),
    ("/appointments", "Erledigt …", "Der Rückruf ist erledigt.", "callback_done"),
    ("/appointments", "Schließen …", "Der Befund ist geschlossen.", "finding_closed"),
    ("/events?state=dead", "Wiederholen …", "Ein Ereignis wartet", "events_replayed"),
    ("/events", "Wiederholen …", "Ein Ereignis wartet", "events_replayed"),
]


def act(page: Page, path: str, button: str) -> None:
    page.goto(path)
    page.locator("main").get_by_text(button, exact=True).first.click()
    page.fill("textarea[name=reason]", "Probe in einem Browser")
    page.locator("form.confirm button").first.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_every_kind_of_act(visit: Callable[..., Visitor], dashboard: Dashboard, scripts: bool):
    visitor = visit("anna", java_script_enabled=scripts)
    page = visitor.page
    for path, button, shown, action in ACTS:
        act(page, path, button)
        expect(page.locator(".flash")).to_contain_text(shown)
        # Back where one came from.
        assert page.url.removeprefix(dashboard.url) == path
        newest = trail.audit(
            dashboard.runtime.database, EVERY_COMPANY, WantedEntries(), size=1
        ).rows[0]
        assert (newest["action"], newest["who"]) == (action, "anna")
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


def test_alerts_are_taken_over_and_silenced(visit: Callable[..., Visitor], dashboard: Dashboard):
    from askpro.services import alerts

    dashboard.runtime.guards.circuits.force_open("calcom_api")
    alerts.check(dashboard.runtime)
    page = visit("anna").page
    expect(page.locator("#body-alerts")).to_contain_text("Cal.com ist gestört")
    act(page, "/alerts", "Ich bin dran")
    expect(page.locator("#body-alerts")).to_contain_text("anna ist dran")
    act(page, "/alerts", "Stumm schalten")
    expect(page.locator("#body-alerts")).to_contain_text("stumm bis")


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
    from tests.browser.world import CALL

    visitor = visit("anna", permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    page.goto(f"/companies/15/calls/{CALL}")
    page.click("#body-waterfall details summary >> nth=0")
    page.click("#body-waterfall button[data-copy] >> nth=0")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -X POST http://")
    assert "X-Retell-Signature: …" in copied


def test_filters_work_without_scripts(visit: Callable[..., Visitor]):
    page = visit("anna", java_script_enabled=False).page
    page.goto("/calls")
    page.select_option("#f-outcome", "booked")
    page.click("form.filters button.main")
    assert "outcome=booked" in page.url
    words = set(page.locator("#body-calls tbody tr td:nth-child(4)").all_inner_texts())
    assert words == {"gebucht"}
    page.click("text=Alle 30 s neu laden")
    assert page.locator("meta[http-equiv=refresh]").count() == 1
