"""The pictures of the README, taken from a filled gateway: ``python -m tests.browser.screenshots``.

Writes ``docs/images/*.png``, light and dark. The world is made up; nobody in it exists.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from askpro import create_app
from askpro.services import alerts
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from tests.browser import world
from tests.fixtures.browser import FLAGS
from tests.fixtures.databases import migrate, settings_in
from tests.servers.programs import program

FOLDER = Path(__file__).parent.parent.parent / "docs" / "images"
_PHONE, _DESK = (390, 844), (1280, 860)


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runtime, url, stop = _serve(Path(folder))
        path = os.environ.get("PLAYWRIGHT_CHROMIUM") or program(
            "chromium", package="chromium", brew="--cask chromium"
        )
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            _take(browser, runtime, url)
        finally:
            browser.close()
            stop()
    print("\n".join(str(path.relative_to(FOLDER.parent.parent)) for path in _written()))


def _written() -> list[Path]:
    return sorted(FOLDER.glob("dashboard-*.png"))


def _serve(folder: Path) -> tuple[Runtime, str, Callable[[], None]]:
    settings: Settings = settings_in(
        folder / "instance", clock_offset_seconds=world.ahead(world.AFTERNOON), log_level="ERROR"
    )
    migrate(settings.database_url)
    app = create_app(settings)
    runtime: Runtime = app.extensions["askpro"]
    world.fill(runtime, calls=90, trouble=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return runtime, f"http://127.0.0.1:{server.server_port}", server.shutdown


def _take(browser: Browser, runtime: Runtime, url: str) -> None:
    light = _signed_in(browser, url, _DESK, "light")
    dark = _signed_in(browser, url, _DESK, "dark")
    phone = _signed_in(browser, url, _PHONE, "light")
    _shoot(light, "/", "now")
    _shoot(dark, "/", "now-dark")
    _shoot(light, f"/companies/15/calls/{world.CALL}", "call", whole=True)
    _shoot(dark, "/calls", "calls-dark")
    runtime.guards.circuits.force_open("calcom_api")
    with runtime.database.unrestricted_unsafe(write=True) as session:
        world.add_trouble(session, runtime.clock.now())
    alerts.check(runtime)
    _shoot(light, "/", "trouble")
    _shoot(phone, "/", "phone")
    _shoot(light, "/appointments", "appointments")
    light.goto("/protection")
    light.locator("#body-breaker a[data-dialog]").first.click()
    light.wait_for_selector("dialog[open]")
    light.screenshot(path=FOLDER / "dashboard-act.png")


def _signed_in(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    context = browser.new_context(
        base_url=url,
        locale="de-DE",
        timezone_id="Europe/Berlin",
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto("/login")
    page.fill("#username", "anna")
    page.fill("#password", world.PASSWORD)
    page.click("button.main")
    page.wait_for_url(f"{url}/")
    return page


def _shoot(page: Page, path: str, name: str, *, whole: bool = False) -> None:
    page.goto(path)
    page.screenshot(path=FOLDER / f"dashboard-{name}.png", full_page=whole)


if __name__ == "__main__":
    main()
