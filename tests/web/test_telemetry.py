"""OpenTelemetry: spans of a request when a collector is named, and nothing at all when none is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from askpro.settings import Settings
from askpro.web import telemetry
from tests.factories import PERSONAL
from tests.reference import ROOT
from tests.waiting import eventually
from tests.worlds import World, golden

pytestmark = [pytest.mark.on("sqlite"), pytest.mark.slow]
FUNCTIONS = "POST /api/webhooks/retell/function"


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


@pytest.fixture
def spans(world: World) -> Callable[[], dict[str, ReadableSpan]]:
    """The spans since the last look, by name; of several of one name the last."""
    exporter = InMemorySpanExporter()
    telemetry._observe(world.app, lambda: SimpleSpanProcessor(exporter), "0.1.0")

    def look() -> dict[str, ReadableSpan]:
        found = {span.name: span for span in exporter.get_finished_spans()}
        exporter.clear()
        return found

    return look


def _books(world: World) -> None:
    wish = {"service": "Herrenhaarschnitt", "date": "2026-11-03", "time": "14:30"}
    answer = world.call("book_appointment", {**wish, "name": "Torben Wackernagel"})
    assert answer["status"] == "booked"


def test_a_booking_is_a_request_a_function_and_what_it_waited_for(
    world: World, spans: Callable[[], dict[str, ReadableSpan]]
) -> None:
    _books(world)
    told = spans()
    request, function = told[FUNCTIONS], told["book_appointment"]
    calcom, database = told["calcom POST bookings"], told["database"]
    assert request.parent is None
    assert function.parent.span_id == request.context.span_id
    assert calcom.parent.span_id == database.parent.span_id == function.context.span_id
    assert {request.kind, calcom.kind, function.kind} == {
        *(SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL)
    }
    assert request.start_time <= function.start_time <= calcom.start_time
    assert calcom.end_time <= function.end_time <= request.end_time
    assert function.attributes["askpro.verdict"] == "booked"
    assert {name: request.attributes[name] for name in request.attributes if "http" in name} == {
        "http.request.method": "POST",
        "http.route": "/api/webhooks/retell/function",
        "http.response.status_code": 200,
    }
    assert request.attributes["askpro.call_id"] == "call_of_the_test"


def test_spans_tell_of_nobody(world: World, spans: Callable[[], dict[str, ReadableSpan]]) -> None:
    _books(world)
    world.call("check_customer", {})
    world.call("no such function of Torben Wackernagel", {}, call_id="+4917604069012")
    world.client.get("/calls/+4917604069012?q=Wackernagel")
    text = " ".join(span.to_json() for span in spans().values())
    assert "book_appointment" in text
    for value in (*PERSONAL, "Wackernagel", "17604069012", "torben"):
        assert value not in text


def test_a_fault_is_marked(world: World, spans: Callable[[], dict[str, ReadableSpan]]) -> None:
    world.app.add_url_rule("/fails", view_func=lambda: 1 // 0)
    world.app.testing = False
    assert world.client.get("/fails").status_code == 500
    assert not spans()["GET /fails"].status.is_ok


class _Collector(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """The test looks at ``heard``."""


def test_a_collector_that_is_named_hears_of_requests(
    settings: Callable[..., Settings], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from askpro import create_app

    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    with HTTPServer(("127.0.0.1", 0), _Collector) as server:
        server.heard = []
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        app = create_app(settings(database_url=database_url, otel_exporter_otlp_endpoint=endpoint))
        app.test_client().get("/api/health")
        eventually(lambda: server.heard, seconds=10)
        server.shutdown()
        thread.join()
    path, body = server.heard[0]
    assert path == "/v1/traces"
    assert b"GET /api/health" in body


def _app_elsewhere(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """``code`` in a process of its own, which can import wsgi."""
    given = {"SECRET_KEY": "a secret for tests only, forty letters long"}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **given, "DATABASE_URL": "sqlite://", **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_is_not_imported_while_it_is_off() -> None:
    """redis brings the metrics of OpenTelemetry where they are installed; traces nobody brings."""
    done = _app_elsewhere(
        "import sys, wsgi; wsgi.app.test_client().get('/api/health');"
        "print({'askpro.web.telemetry', 'opentelemetry.sdk.trace'} & set(sys.modules) or 'none')"
    )
    assert (done.returncode, done.stdout.strip()) == (0, "none"), done.stderr


_NOT_INSTALLED = "import sys; sys.modules['opentelemetry'] = None; import wsgi; "


def test_it_need_not_be_installed() -> None:
    asked = "print(wsgi.app.test_client().get('/api/health').status_code)"
    done = _app_elsewhere(_NOT_INSTALLED + asked)
    assert (done.returncode, done.stdout.strip()) == (0, "200"), done.stderr


def test_a_collector_without_the_packages_is_refused_with_one_sentence() -> None:
    done = _app_elsewhere(_NOT_INSTALLED, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "AskPro cannot start:",
        "  - OTEL_EXPORTER_OTLP_ENDPOINT needs what requirements-otel.lock names.",
    ]
