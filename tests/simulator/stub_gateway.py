"""A gateway that is all ears: keeps what callers send and answers functions from a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any

from askpro.simulator.server import SimulatorServer

START = "2026-10-22T10:00:00+02:00"
OTHER = {"time": "2026-10-22T10:30:00+02:00", "spoken": "am Donnerstag um halb elf"}

FRIENDLY: dict[str, dict[str, Any]] = {
    "check_availability": {"status": "available", "available": True, "requested_time": START},
    "collect_appointment": {"status": "available", "requested_time": START},
    "find_next_available": {"status": "found", "next_available": START},
    "book_appointment": {"status": "booked", "appointment_id": 1, "start": START},
    "cancel_appointment": {"status": "cancelled"},
    "reschedule_appointment": {"status": "rescheduled"},
    "query_appointment": {"status": "found", "appointments": []},
    "check_customer": {"status": "anonymous"},
    "list_services": {"status": "found", "services": []},
    "current_context": {"status": "ok"},
    "request_callback": {"status": "recorded"},
}


@dataclass
class StubGateway:
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    raw: list[tuple[bytes, str]] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=lambda: dict(FRIENDLY))
    #: Functions answered otherwise once, in order, before the table is asked.
    first: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    event_statuses: list[int] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def events(self) -> list[str]:
        return [body["event"] for body in self.bodies if "event" in body]

    def functions(self, name: str | None = None) -> list[dict[str, Any]]:
        return [b for b in self.bodies if "name" in b and name in (None, b["name"])]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read()
        status, answer = 200, {}
        if environ["PATH_INFO"] != "/api/health":
            with self._lock:
                self.raw.append((raw, environ.get("HTTP_X_RETELL_SIGNATURE", "")))
                self.bodies.append(json.loads(raw))
                status, answer = self._answer(self.bodies[-1])
        payload = json.dumps(answer).encode()
        start_response(
            f"{status} Said",
            [("Content-Type", "application/json"), ("Content-Length", str(len(payload)))],
        )
        return [payload]

    def _answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if body.get("event") == "call_inbound":
            return 200, {"call_inbound": {"dynamic_variables": {"customer_name": "Frau Test"}}}
        if "event" in body:
            return (self.event_statuses.pop(0) if self.event_statuses else 204), {}
        waiting = self.first.get(body["name"], [])
        answer = waiting.pop(0) if waiting else self.answers[body["name"]]
        if body["name"] == "collect_appointment" and body["args"].get("bestaetigung"):
            answer = self.answers["book_appointment"]
        return int(answer.get("http", 200)), {"success": True, "message": "Gern.", **answer}


@contextmanager
def stub_gateway(stub: StubGateway | None = None) -> Iterator[StubGateway]:
    stub = stub or StubGateway()
    server = SimulatorServer(stub)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    stub.url = server.url
    try:
        yield stub
    finally:
        server.stop()
        thread.join(timeout=5)
