"""The pictures of the docs, taken from a filled gateway: ``make screenshots``.

Writes ``docs/images/*.png``, light and dark, in few colours. Nobody in that world exists.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from askpro import create_app
from askpro.services import alerts
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from tests.browser import world
from tests.fixtures.browser import FLAGS
from tests.fixtures.databases import migrate, settings_in
from tests.servers.programs import program

FOLDER = Path(__file__).parent.parent.parent / "docs" / "images"
_PHONE, _DESK = (390, 860), (1280, 860)
#: Pages have some tens of colours; the rest are edges of letters.
_COLOURS = 224


class _Silent(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        """Nobody reads what pictures were taken of."""


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
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return runtime, f"http://127.0.0.1:{server.server_port}", server.shutdown


def _take(browser: Browser, runtime: Runtime, url: str) -> None:
    _shoot(
        _signed_in(browser, url, _DESK, "dark"),
        f"/companies/15/calls/{world.CALL}",
        "call",
    )
    runtime.guards.circuits.force_open("calcom_api")
    with runtime.database.unrestricted_unsafe(write=True) as session:
        world.add_trouble(session, runtime.clock.now())
    alerts.check(runtime)
    _shoot(_signed_in(browser, url, _DESK, "light"), "/", "trouble")
    _shoot(_signed_in(browser, url, _PHONE, "light"), "/", "phone")


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


def _shoot(page: Page, path: str, name: str) -> None:
    page.goto(path)
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = taken.quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(FOLDER / f"dashboard-{name}.png", optimize=True)


if __name__ == "__main__":
    main()
