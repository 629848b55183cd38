"""A client that reads every answer of the simulator with the project's own contract.

An answer that the contract does not know fails the test that asked for it, whatever the test was
about: so the whole suite holds the simulator to the shapes of Cal.com.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from askpro.simulator.contract import answers as contract
from askpro.simulator.running import RunningCalcom, running_calcom
from askpro.simulator.simulation import Simulation, SimulatorSettings
from tests.simulator.calcom_world import CUT, clock, world

VERSIONS = {
    "bookings": "2024-08-13",
    "slots": "2024-09-04",
    "event-types": "2024-06-14",
    "schedules": "2024-06-11",
}
_SHAPES: list[tuple[str, str, Any]] = [
    ("GET", r"/v2/me", contract.Me),
    ("GET", r"/v2/event-types", contract.EventTypes),
    ("GET", r"/v2/schedules", contract.Schedules),
    ("GET", r"/v2/slots", contract.Slots),
    ("GET|POST|PATCH", r"/v2/slots/reservations.*", contract.Reservation),
    ("GET", r"/v2/bookings", contract.ManyBookings),
    ("POST", r"/v2/bookings", contract.OneBooking),
    ("GET|POST", r"/v2/bookings/.+", contract.OneBooking),
]


class CheckedCalcom:
    """Requests to a running simulator: versions set, answers read with the contract."""

    def __init__(self, running: RunningCalcom, key: str | None = "cal_test") -> None:
        self.url = running.url
        self.simulation: Simulation = running.simulation
        self.key = key
        self._session = requests.Session()

    def as_(self, key: str | None) -> CheckedCalcom:
        """The same simulator, asked with another key (None = without)."""
        return CheckedCalcom(RunningCalcom(self.url, self.simulation), key)

    def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 5,
        checked: bool = True,
    ) -> requests.Response:
        resource = path.split("/")[2]
        sent = {"cal-api-version": VERSIONS[resource]} if resource in VERSIONS else {}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        answer = self._session.request(
            method,
            self.url + path,
            json=json,
            params=params,
            headers=sent | (headers or {}),
            timeout=timeout,
        )
        if checked and path.startswith("/v2/"):
            _check(method, path, answer)
        return answer

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.ask("GET", path, params=params)

    def post(self, path: str, json: Any = None) -> requests.Response:
        return self.ask("POST", path, json=json if json is not None else {})

    def sim(self, method: str, path: str, json: Any = None) -> Any:
        """One of our own knobs."""
        answer = self._session.request(method, f"{self.url}/_sim/{path}", json=json, timeout=5)
        return answer.json()

    def starts(self, type_id: int = CUT, *, day: str = "2026-10-22", **params: Any) -> list[str]:
        """Free starts of one Berlin day, as written."""
        answer = self.get(
            "/v2/slots",
            eventTypeId=type_id,
            start="2026-10-19T22:00:00Z",
            end="2026-11-20T22:59:59Z",
            timeZone="Europe/Berlin",
            **params,
        )
        assert answer.status_code == 200, answer.text
        return [slot["start"] for slot in answer.json()["data"].get(day, [])]

    def book(self, start: str, type_id: int = CUT, **changes: Any) -> requests.Response:
        return self.post("/v2/bookings", wish(start, type_id, **changes))


def wish(start: str, type_id: int = CUT, **changes: Any) -> dict[str, Any]:
    """A valid body of POST /v2/bookings; ``attendee`` in ``changes`` is merged, None removes."""
    attendee = {
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "timeZone": "Europe/Berlin",
        "language": "de",
        "phoneNumber": "+4917604069021",
    } | changes.pop("attendee", {})
    body = {
        "start": start,
        "eventTypeId": type_id,
        "attendee": {key: value for key, value in attendee.items() if value is not None},
        "metadata": {"gw_key": "t1:call_1:1"},
    } | changes
    return {key: value for key, value in body.items() if value is not None}


def _check(method: str, path: str, answer: requests.Response) -> None:
    body = answer.json()
    if answer.status_code >= 400:
        model = contract.BareError if "statusCode" in body else contract.ErrorEnvelope
        model.model_validate(body)
        assert answer.headers["X-Request-Id"]
        return
    for methods, pattern, shape in _SHAPES:
        if re.fullmatch(methods, method) and re.fullmatch(pattern, path):
            shape.model_validate(body)
            return


def message(answer: requests.Response) -> str:
    """The message of a refusal, envelope or bare."""
    body = answer.json()
    return str(body["message"] if "message" in body else body["error"]["message"])


@contextmanager
def checked_calcom(**settings: Any) -> Iterator[CheckedCalcom]:
    """The test world behind a real socket."""
    with running_calcom(world(), clock=clock(), settings=SimulatorSettings(**settings)) as running:
        yield CheckedCalcom(running)
