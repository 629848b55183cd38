"""The panels live: they follow what happens, say when they cannot, and never disturb the reader."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import Dashboard, Visitor
from tests.fixtures.databases import migrate
from tests.servers.postgres import OwnPostgres
from tests.servers.redis import OwnRedis

pytestmark = [pytest.mark.browser, pytest.mark.on("sqlite")]


def test_an_open_circuit_is_seen_within_five_seconds(
    visit: Callable[..., Visitor], dashboard: Dashboard
):
    visitor = visit("vera")
    page = visitor.page
    expect(page.locator("#body-breaker")).to_contain_text("Anfragen gehen durch")
    began = time.monotonic()
    dashboard.runtime.guards.circuits.force_open("calcom_api")
    expect(page.locator("#body-breaker")).to_contain_text("offen", timeout=5000)
    expect(page.locator(".sentence")).to_contain_text("Cal.com gestört seit", timeout=5000)
    assert time.monotonic() - began < 5
    expect(page.locator("#body-breaker [data-until]")).to_contain_text("in ")
    assert visitor.complaints == []


def test_a_new_call_appears_by_itself(visit: Callable[..., Visitor], dashboard: Dashboard):
    page = visit("anna").page
    runtime = dashboard.runtime
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.function_call(
            session, 15, now=runtime.clock.now(), call_id="call_just_now", status="ask"
        )
    expect(page.locator("#body-recent")).to_contain_text("call_just_now", timeout=5000)


def test_after_three_misses_the_panels_grey_out_and_say_so(visit: Callable[..., Visitor]):
    page = visit("anna").page
    page.route("**/live?*", lambda route: route.abort())
    expect(page.locator("#connection [data-no-answer]")).to_be_visible(timeout=20_000)
    assert page.locator(".panel.late").count() == page.locator(".panel").count()
    expect(page.locator("#panel-breaker [data-stamp]")).to_contain_text("veraltet, Stand")
    page.unroute("**/live?*")
    expect(page.locator("#connection")).to_be_hidden(timeout=10_000)
    expect(page.locator(".panel.late")).to_have_count(0)


def test_somebody_who_was_signed_out_is_told(visit: Callable[..., Visitor], dashboard: Dashboard):
    page = visit("vera").page
    from askpro.services import operators

    operators.switch_off(dashboard.runtime, "vera")
    expect(page.locator("#connection [data-signed-out]")).to_be_visible(timeout=10_000)


def requests_in(page: Page, seconds: float) -> int:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if "/live" in request.url else None)
    page.wait_for_timeout(seconds * 1000)
    return len(seen)


def test_the_pause_switch_stops_the_asking(visit: Callable[..., Visitor]):
    page = visit("anna").page
    page.click("#pause")
    assert page.get_attribute("#pause", "aria-pressed") == "true"
    assert requests_in(page, 5) == 0
    page.click("#pause")
    assert requests_in(page, 5) >= 1


def test_a_hidden_tab_asks_seldom(visit: Callable[..., Visitor]):
    visitor = visit("anna")
    visitor.page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => true})")
    visitor.page.reload()
    assert requests_in(visitor.page, 6) == 0


def test_nothing_is_sent_while_nothing_happens(visit: Callable[..., Visitor]):
    page = visit("anna").page
    answers: list[int] = []
    page.on(
        "response", lambda answer: answers.append(answer.status) if "/live" in answer.url else 0
    )
    page.wait_for_timeout(12_000)
    assert answers.count(204) >= 2


def test_the_reader_is_not_disturbed(visit: Callable[..., Visitor], dashboard: Dashboard):
    page = visit("anna", width=320).page
    page.evaluate("document.querySelector('#body-cache details').open = true")
    page.focus("#body-recent .scroll")
    page.evaluate("document.querySelector('#body-recent .scroll').scrollLeft = 1000")
    aside = page.evaluate("document.querySelector('#body-recent .scroll').scrollLeft")
    assert aside, "the table fits: nothing to scroll"
    before = page.evaluate("window.scrollY")
    runtime = dashboard.runtime
    runtime.guards.counters.add(15, "miss", 40)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.function_call(session, 15, now=runtime.clock.now(), call_id="call_just_now")
    expect(page.locator("#body-recent")).to_contain_text("call_just_now", timeout=8000)
    assert page.evaluate("document.querySelector('#body-cache details').open")
    assert page.evaluate("document.activeElement.className") == "scroll"
    assert page.evaluate("document.querySelector('#body-recent .scroll').scrollLeft") == aside
    assert page.evaluate("window.scrollY") == before


def test_a_selection_and_ticked_boxes_stay(visit: Callable[..., Visitor], dashboard: Dashboard):
    page = visit("anna").page
    page.goto("/events")
    page.check("#body-events input[name=ids] >> nth=0")
    runtime = dashboard.runtime
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.event(session, 15, now=runtime.clock.now(), subject="call_new_event")
    page.wait_for_timeout(5000)
    assert page.is_checked("#body-events input[name=ids] >> nth=0")
    page.uncheck("#body-events input[name=ids] >> nth=0")
    expect(page.locator("#body-events")).to_contain_text("call_new_event", timeout=8000)


@pytest.mark.slow
def test_redis_and_then_the_database_are_killed_under_an_open_page(
    serve: Callable[..., Dashboard],
    visit: Callable[..., Visitor],
    own_redis: OwnRedis,
    own_postgres: OwnPostgres,
):
    name = own_postgres.create()
    migrate(own_postgres.url(name))
    dashboard = serve(
        redis_url=own_redis.url, database_url=own_postgres.url(name), clock_offset_seconds=0.0
    )
    visitor = visit("anna", to=dashboard)
    page = visitor.page
    expect(page.locator("#body-work")).to_contain_text("Redis antwortet")
    last_call = page.inner_text("#body-recent tbody tr >> nth=0")

    own_redis.stop(signal.SIGKILL)
    expect(page.locator(".sentence")).to_contain_text("Redis antwortet seit", timeout=10_000)
    expect(page.locator(".situation")).to_contain_text("Buchen klappt weiter")
    expect(page.locator("#body-work")).to_contain_text("Redis ist weg")
    expect(page.locator("#body-cache")).to_contain_text("Redis ist weg")
    assert page.locator(".panel.late").count() == 0
    page.goto("/calls")
    assert page.locator("#body-calls tbody tr").count() > 20
    page.goto("/")

    own_postgres.stop(signal.SIGQUIT)
    gone = "Die Datenbank antwortet nicht"
    expect(page.locator("#panel-recent.late")).to_contain_text(gone, timeout=20_000)
    expect(page.locator("#panel-situation.late")).to_contain_text(gone)
    expect(page.locator("#panel-recent [data-stamp]")).to_contain_text("veraltet, Stand")
    # What was known stays readable, and the guards go on being shown as they are.
    assert page.inner_text("#body-recent tbody tr >> nth=0") == last_call
    page.reload()
    assert page.inner_text("#body-recent tbody tr >> nth=0") == last_call
    expect(page.locator("#body-breaker")).to_contain_text("Anfragen gehen durch")
    expect(page.locator("#panel-breaker")).not_to_have_class(re.compile("late"))
    page.goto("/appointments")
    assert page.inner_text("h1") == "Termine und Rückrufe"
    page.goto("/act/breaker_open?target=calcom_api")
    assert "503" in page.inner_text("h1")

    own_postgres.start()
    own_redis.start()
    page.goto("/")
    expect(page.locator(".panel.late")).to_have_count(0, timeout=30_000)
    expect(page.locator("#body-work")).to_contain_text("Redis antwortet", timeout=10_000)
