"""Every screen in a real browser: no complaint, no violation, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from askpro.web.dashboard.pages import SCREENS
from tests.browser.conftest import Visitor
from tests.browser.world import CALL
from tests.counts import times
from tests.factories import PERSONAL

pytestmark = [pytest.mark.browser, pytest.mark.on("sqlite")]

PATHS = [
    screen.path.replace("<int:company_id>", "15").replace("<call_id>", CALL) for screen in SCREENS
]
MORE = [
    "/calls?error=any&last=24h",
    "/act/breaker_open?target=calcom_api",
    "/act/company_mode?of=15",
    "/act/events_replay?state=dead",
    "/act/doctor",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page: Page) -> list[str]:
    """What axe finds, a line each."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]


def wider_than_the_window(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


#: In the ordinary run every other screen in one of two looks, the others in the other, so that each
#: screen, scheme and width is looked at; all screens in all four in `make browser`.
LOOKS = [("light", 1440), ("dark", 320), ("dark", 1440), ("light", 320)][: times(2, 4)]
EVERY = times(2, 1)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_screen_is_in_order(visit: Callable[..., Visitor], scheme: str, width: int):
    visitor = visit("anna", color_scheme=scheme, width=width)
    wrong = {}
    for path in (*PATHS, *MORE)[LOOKS.index((scheme, width)) % EVERY :: EVERY]:
        visitor.open(path)
        found = violations(visitor.page)
        if wider_than_the_window(visitor.page) > 0:
            found.append("wider than the window")
        if found:
            wrong[path] = found
    assert wrong == {}
    assert visitor.complaints == []


@pytest.mark.parametrize("width", [320, 1440][: times(1, 2)])
def test_every_screen_is_complete_without_scripts(visit: Callable[..., Visitor], width: int):
    visitor = visit("anna", width=width, java_script_enabled=False)
    page = visitor.page
    for path in PATHS:
        visitor.open(path)
        assert page.locator("h1").is_visible(), path
        assert page.locator(".panel-body").count() > 0, path
        for body in page.locator(".panel:not(.bare) .panel-body").all():
            assert body.inner_text().strip(), f"{path}: {body.get_attribute('id')}"
        assert page.get_by_role("navigation", name="Bereiche").is_visible(), path
        # What only scripts can do is not offered, and what they would do has a link.
        assert not page.locator("#pause").is_visible(), path
        assert page.get_by_role("link", name="Neu laden", exact=True).is_visible(), path
    assert visitor.complaints == []


@pytest.mark.parametrize("path", ["/login", "/welcome?name=anna", "/nowhere"])
def test_the_doors_are_in_order(visit: Callable[..., Visitor], path: str):
    visitor = visit(None)
    visitor.open(path)
    assert violations(visitor.page) == []
    assert visitor.heard() == []


def test_the_pages_text_holds_nothing_personal(visit: Callable[..., Visitor]):
    visitor = visit("anna")
    for path in PATHS:
        visitor.open(path)
        visitor.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        text = visitor.page.inner_text("body")
        assert [value for value in PERSONAL if value in text] == [], path


def test_english_comes_from_the_same_source(visit: Callable[..., Visitor]):
    visitor = visit("anna", locale="en-GB")
    heading = visitor.page.locator("h1")
    expect(heading).to_have_text("Now")
    visitor.page.click("text=Deutsch")
    expect(heading).to_have_text("Jetzt")


def test_the_theme_can_be_chosen(visit: Callable[..., Visitor]):
    page = visit("anna", color_scheme="light").page
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("button[name=theme][value=dark]")
    expect(page.locator("body")).not_to_have_css("background-color", before)


def test_everything_can_be_reached_by_keyboard(visit: Callable[..., Visitor]):
    page = visit("anna").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.goto("/protection")
    page.focus("a[data-dialog]")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] textarea:focus")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")
    expect(page.locator("a[data-dialog]").first).to_be_focused()
