"""Every golden body of Retell, posted byte for byte into a fresh world, comes out as it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from askpro.booking.wording.speech import MOST_CHARACTERS
from askpro.settings import Settings
from tests.worlds import PAYLOADS, World, golden, manifest

pytestmark = pytest.mark.slow

#: The manifest's outcomes as an answer's status (wire.md §9).
STATUSES = {
    "available": {"available"},
    "unavailable": {"unavailable", "closed", "no_availability"},
    "day_listed": {"available"},
    "alternatives": {"found"},
    "next_found": {"found"},
    "booked": {"booked"},
    "pending": {"requested"},
    "checked_only": {"available"},
    "needs_input": {"ask", "invalid", "which_one"},
    "rejected_past": {"past"},
    "found": {"found"},
    "several_found": {"found"},
    "not_found": {"not_found", "none"},
    "ready_to_reschedule": {"ready"},
    "rescheduled": {"rescheduled"},
    "cancelled": {"cancelled"},
    "denied_anonymous": {"not_allowed"},
    "callback_recorded": {"recorded", "not_allowed"},
    "services_listed": {"found"},
    "known_customer": {"known"},
    "new_customer": {"new", "anonymous"},
}
_ROUTE_OF_FLAT = "/api/webhooks/retell/collect-appointment"
FUNCTION = "/api/webhooks/retell/function"
EVENTS = "/api/webhooks/retell"

#: A sequence describes the bodies beside it and is none itself.
_WEBHOOKS = [r for r in manifest("retell/webhooks/") if not r["path"].endswith("sequence.json")]


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


def _route(row: dict[str, Any]) -> str:
    path = row["path"]
    if "flat" in path or "/args-only/02" in path:
        return _ROUTE_OF_FLAT
    if "/args-only/01" in path:
        return "/api/webhooks/retell/check-availability"
    if path.endswith("legacy/02-call_id_args.json"):
        return "/api/webhooks/retell/check-availability"
    return FUNCTION


def _send(world: World, row: dict[str, Any]) -> Any:
    body = (PAYLOADS / row["path"]).read_bytes()
    if row["path"].endswith(".txt"):
        return world.post(
            _route(row), body.strip(), content_type="application/x-www-form-urlencoded"
        )
    return world.post(_route(row), body)


@pytest.mark.parametrize("row", manifest("retell/functions/"), ids=lambda row: row["path"][17:])
def test_a_function_call_is_answered_as_the_manifest_says(
    world: World, row: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for needed in row.get("needs", ()):
        assert world.post(EVENTS, (PAYLOADS / needed).read_bytes()).status_code == 200
    if row["path"].endswith("15-twice_second.json"):
        first = row["path"].replace("15-twice_second", "14-twice_first")
        assert world.post(FUNCTION, (PAYLOADS / first).read_bytes()).json["status"] == "booked"
    before = {booking["uid"]: booking for booking in world.bookings()}

    response = _send(world, row)

    assert response.status_code == 200
    answer = response.json
    outcomes = {row["outcome"], *row.get("accept", ())}
    if "error_spoken" not in outcomes:
        wanted = set().union(*(STATUSES[outcome] for outcome in outcomes))
        assert answer["status"] in wanted, answer
    assert 0 < len(answer["message"]) <= MOST_CHARACTERS
    assert "\n" not in answer["message"]
    assert not any(letter.isdigit() for letter in answer["message"])
    for forbidden in row.get("must_not_answer", ()):
        assert forbidden not in response.text
    written = [b for b in world.bookings() if before.get(b["uid"]) != b]
    made = [b for b in written if b["uid"] not in before]
    assert len(made) <= row.get("cal_writes_max", 0)
    _check_resolved(world, row, answer, made)


def _check_resolved(
    world: World, row: dict[str, Any], answer: dict[str, Any], made: list[dict[str, Any]]
) -> None:
    resolved = row.get("resolved") or {}
    start = resolved.get("start")
    said = answer.get("requested_time") or answer.get("start") or answer.get("next_available")
    if start and answer["status"] not in ("ask", "invalid", "rescheduled"):
        assert said == start, answer
    if answer["status"] == "rescheduled":
        assert answer["new"]["start"] == start
    if answer["status"] == "booked" and start:
        # A repetition is answered with the first booking and makes none.
        assert len(made) == row["cal_writes_max"]
    if "times" in resolved:
        assert [slot["time"][11:16] for slot in answer["slots"]] == resolved["times"]


@pytest.mark.parametrize("row", _WEBHOOKS, ids=lambda row: row["path"][16:])
def test_a_webhook_is_acknowledged(world: World, row: dict[str, Any]) -> None:
    response = world.post(EVENTS, (PAYLOADS / row["path"]).read_bytes())

    assert response.status_code == 200
    if row.get("outcome") == "answered":
        variables = response.json["call_inbound"].get("dynamic_variables", {})
        assert all(isinstance(value, str) for value in variables.values())
    else:
        assert response.json["received"] is True
