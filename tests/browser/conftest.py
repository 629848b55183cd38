"""The dashboard in a browser: a gateway in this process, served over HTTP, and people at it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from askpro import create_app
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from tests.browser import world
from tests.servers.ports import free_port

#: What the browser says by itself when a request is refused or lost, as some tests want it.
EXPECTED_NOISE = ("Failed to load resource",)


class _Silent(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        """The gateway's own log has it."""


@dataclass
class Dashboard:
    """A running gateway with a filled database."""

    app: Flask
    url: str

    @property
    def runtime(self) -> Runtime:
        found: Runtime = self.app.extensions["askpro"]
        return found


@pytest.fixture
def serve(
    settings: Callable[..., Settings], database_url: str
) -> Iterator[Callable[..., Dashboard]]:
    """``serve(redis_url=…)`` starts a gateway with those settings and fills its database."""
    stops: list[Callable[[], None]] = []

    def start(**values: Any) -> Dashboard:
        port = free_port()
        usual = {
            "database_url": database_url,
            "clock_offset_seconds": world.ahead(world.AFTER_MIDNIGHT),
            "host": "127.0.0.1",
            "port": port,
            "calcom_base_url": "http://127.0.0.1:9",
            "retell_api_key": ("key_of_a_test",),
        }
        app = create_app(settings(**{**usual, **values}))
        world.fill(app.extensions["askpro"])
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.server_close()
            app.extensions["askpro"].close()

        stops.append(stop)
        return Dashboard(app, f"http://127.0.0.1:{server.server_port}")

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def dashboard(serve: Callable[..., Dashboard]) -> Dashboard:
    """The usual one: embedded mode."""
    return serve()


@dataclass
class Visitor:
    """Somebody's page, and everything that the browser complained about on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(path)

    def heard(self) -> list[str]:
        """The complaints so far, without what tests bring about on purpose."""
        return [each for each in self.complaints if not each.startswith(EXPECTED_NOISE)]


@pytest.fixture
def visit(
    browser: Browser, serve: Callable[..., Dashboard], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Visitor]]:
    """``visit("anna", width=320)`` is Anna's browser, signed in and on the first screen."""
    del serve  # Named so that pytest sees the database that "dashboard" asks for later.
    contexts: list[BrowserContext] = []

    def come(name: str | None = "anna", *, to: Dashboard | None = None, **options: Any) -> Visitor:
        to = to or request.getfixturevalue("dashboard")
        width, height = options.pop("width", 1280), options.pop("height", 800)
        context = browser.new_context(
            base_url=to.url,
            locale=options.pop("locale", "de-DE"),
            timezone_id="Europe/Berlin",
            viewport={"width": width, "height": height},
            **options,
        )
        contexts.append(context)
        visitor = Visitor(context.new_page())
        page = visitor.page

        def hear(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                visitor.complaints.append(message.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.set_default_timeout(15_000)
        if name is not None:
            page.goto("/login")
            page.fill("#username", name)
            page.fill("#password", world.PASSWORD)
            page.click("button.main")
            page.wait_for_url(to.url + "/")
        return visitor

    yield come
    for context in contexts:
        context.close()
