"""Breaker, budget and sentences, tried with the gateway's own client on a calendar that is ill.

The client is made where every company's is; only the account is another one, and Cal.com is a small
server on this machine that answers as it is told and counts what reaches it.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

from askpro.booking import wording
from askpro.booking.hours import OpeningHours
from askpro.errors import BudgetSpent, CalcomError, CircuitOpen
from askpro.guards.circuits import TRIAL_PREFIX
from askpro.guards.permits import CLOSED, OPEN
from askpro.providers.calcom import CalcomAccount, CalcomClient
from askpro.services.directory import Office
from askpro.services.doctor.findings import Piece, no, seen, yes
from askpro.services.runtime import Runtime

#: What Cal.com allows a minute; a larger budget gets accounts suspended (calcom.md §6).
_CALCOM_ALLOWS = 120
_MOST_FAILURES = 20
#: rules.md §9: what happened, and what the caller's sentence must contain.
_WORDS = {
    401: "Authentifizierungsfehler",
    403: "Authentifizierungsfehler",
    404: "Ressource nicht gefunden",
    429: "Zu viele Anfragen",
    500: "System momentan nicht verfügbar",
    503: "System momentan nicht verfügbar",
}
_UNREACHABLE = "System nicht erreichbar"
_OPEN = "System momentan nicht verfügbar"


class _Calendar(ThreadingHTTPServer):
    """Answers ``status`` to everything, and counts."""

    daemon_threads = True
    status = 200
    asked = 0
    lock = threading.Lock()


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # One packet an answer: a second would wait 40 ms for the receipt of the first.
    server: _Calendar

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.asked += 1
        status = self.server.status
        body = json.dumps(
            {"status": "success", "data": {"id": 1, "username": "doctor"}}
            if status == 200
            else {"status": "error", "error": {"code": "Trial", "message": "trial"}}
        ).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """A trial is no news."""


def breaker(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Open by failures, let nothing through, close by successes."""
    rules = runtime.guards.circuits.rules
    with _calendar() as calendar, _client(runtime, _address(calendar)) as (client, name):
        calendar.status = 500
        refused = _asked_until_held(client, CircuitOpen, _MOST_FAILURES)
        failed = calendar.asked
        if not refused or _state(runtime, name) != OPEN:
            return no("%(count)s failures in a row, and the circuit is not open", count=failed)
        if failed != rules.failures:
            return no(
                "opened by %(count)s failures instead of %(limit)s",
                count=failed,
                limit=rules.failures,
            )
        _asked_until_held(client, CircuitOpen, 3)
        if calendar.asked != failed:
            return no(
                "%(count)s requests went through an open circuit", count=calendar.asked - failed
            )
        calendar.status = 200
        runtime.guards.circuits.probe(name)
        for _ in range(rules.successes):
            client.me(kind="write")
        if _state(runtime, name) != CLOSED:
            return no("%(count)s successes, and the circuit is not closed", count=rules.successes)
    return yes(
        "opened by %(failures)s failures, let nothing through, closed by %(successes)s successes",
        failures=failed,
        successes=rules.successes,
    )


def budget(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """One account asks until it is held back."""
    with _calendar() as calendar, _client(runtime, _address(calendar)) as (client, _):
        held = _asked_until_held(client, BudgetSpent, _CALCOM_ALLOWS + 1)
        arrived = calendar.asked
    if not held or arrived > _CALCOM_ALLOWS:
        return no("%(count)s requests reached Cal.com within a minute", count=arrived)
    return yes(
        "request %(number)s was held back, %(count)s reached Cal.com",
        number=arrived + 1,
        count=arrived,
    )


def sentences(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every error of Cal.com as the caller would hear it."""
    heard: list[tuple[Piece, str, str]] = []
    with _calendar() as calendar:
        for status, words in _WORDS.items():
            calendar.status = status
            with _client(runtime, _address(calendar)) as (client, _):
                heard.append((status, words, _sentence(client)))
        calendar.status = 500
        with _client(runtime, _address(calendar)) as (client, name):
            runtime.guards.circuits.force_open(name, why="trial")
            heard.append((seen("an open breaker"), _OPEN, _sentence(client)))
    nobody = _address(calendar)  # Closed by now.
    with _client(runtime, nobody) as (client, _):
        heard.append((seen("no connection"), _UNREACHABLE, _sentence(client)))
    wrong = [why for why, words, sentence in heard if words not in sentence]
    if wrong:
        return no("the promised words are missing for %(faults)s", faults=wrong)
    return yes(
        "%(count)s faults, each with its words: %(faults)s",
        count=len(heard),
        faults=[why for why, _, _ in heard],
    )


@contextmanager
def _calendar() -> Iterator[_Calendar]:
    server = _Calendar(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _address(calendar: _Calendar) -> str:
    return f"http://127.0.0.1:{calendar.server_address[1]}"


@contextmanager
def _client(runtime: Runtime, url: str) -> Iterator[tuple[CalcomClient, str]]:
    """The client of an account that nobody has, and its circuit's name; forgotten afterwards."""
    name = f"{TRIAL_PREFIX}{secrets.token_hex(6)}"
    office = Office(
        company_id=0,
        company_name="",
        slug="",
        mode="",
        branch_id=0,
        hours=OpeningHours(ZoneInfo("Europe/Berlin")),
        services=(),
        policy={},
        calcom=CalcomAccount(name=name, api_key="cal_trial", base_url=url),
        retell_key=None,
    )
    try:
        yield runtime.calcom(office), name
    finally:
        runtime.guards.circuits.forget(name)


def _asked_until_held(client: CalcomClient, held: type[CalcomError], most: int) -> bool:
    """Whether one of at most ``most`` requests was not sent, for that reason.

    Their kind is ``write``, which may use all of the budget; what they do is read.
    """
    for _ in range(most):
        try:
            client.me(kind="write")
        except held:
            return True
        except CalcomError:
            continue
    return False


def _sentence(client: CalcomClient) -> str:
    try:
        client.me(kind="write")
    except CalcomError as error:
        return wording.calendar_down(error)
    return ""


def _state(runtime: Runtime, name: str) -> str:
    return str(runtime.guards.circuits.status(name)[0]["state"])
