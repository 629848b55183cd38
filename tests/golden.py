"""The golden payloads: how each is sent, and in what an answer differs from the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import requests
from werkzeug.test import TestResponse

from askpro.booking.wording.speech import MOST_CHARACTERS
from tests.worlds import PAYLOADS, manifest

Row = dict[str, Any]
FUNCTION = "/api/webhooks/retell/function"
EVENTS = "/api/webhooks/retell"
FUNCTION_CALLS = manifest("retell/functions/")
#: A sequence describes the bodies beside it and is none itself.
WEBHOOKS = [r for r in manifest("retell/webhooks/") if not r["path"].endswith("sequence.json")]

#: The manifest's outcomes as an answer's status (wire.md §9).
_STATUSES = {
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


def request_of(row: Row) -> tuple[str, bytes, str]:
    """Route, body and content type of a function call."""
    body = (PAYLOADS / row["path"]).read_bytes()
    if row["path"].endswith(".txt"):
        return _route(row["path"]), body.strip(), "application/x-www-form-urlencoded"
    return _route(row["path"]), body, "application/json"


def _route(path: str) -> str:
    if "flat" in path or "/args-only/02" in path:
        return "/api/webhooks/retell/collect-appointment"
    if "/args-only/01" in path or path.endswith("legacy/02-call_id_args.json"):
        return "/api/webhooks/retell/check-availability"
    return FUNCTION


def before(row: Row) -> list[tuple[str, bytes]]:
    """Routes and bodies of what Retell sends before the row's own."""
    sent = [(EVENTS, (PAYLOADS / needed).read_bytes()) for needed in row.get("needs", ())]
    if row["path"].endswith("15-twice_second.json"):
        first = row["path"].replace("15-twice_second", "14-twice_first")
        sent.append((FUNCTION, (PAYLOADS / first).read_bytes()))
    return sent


def differences(
    row: Row,
    response: TestResponse | requests.Response,
    was: Sequence[dict[str, Any]],
    now: Sequence[dict[str, Any]],
) -> list[str]:
    """What isn't as the manifest says; ``was`` and ``now`` are Cal.com's bookings."""
    if response.status_code != 200:
        return [f"HTTP {response.status_code}"]
    answer = response.json() if isinstance(response, requests.Response) else response.get_json()
    known = {booking["uid"] for booking in was}
    made = sum(booking["uid"] not in known for booking in now)
    return [
        *_of_the_sentence(answer["message"]),
        *(f"says {word}" for word in row.get("must_not_answer", ()) if word in response.text),
        *([] if made <= row.get("cal_writes_max", 0) else [f"{made} bookings"]),
        *_of_the_outcome(row, answer, made),
    ]


def _of_the_sentence(message: str) -> list[str]:
    return [
        fault
        for fault, is_so in {
            "nothing said": not message,
            "too much said": len(message) > MOST_CHARACTERS,
            "two lines": "\n" in message,
            "digits": any(letter.isdigit() for letter in message),
        }.items()
        if is_so
    ]


def _of_the_outcome(row: Row, answer: dict[str, Any], made: int) -> list[str]:
    found = []
    status = answer["status"]
    outcomes = {row["outcome"], *row.get("accept", ())}
    if "error_spoken" not in outcomes and not any(status in _STATUSES[each] for each in outcomes):
        found.append(f"{status} instead of {outcomes}")
    resolved = row.get("resolved") or {}
    start = resolved.get("start")
    said = answer.get("requested_time") or answer.get("start") or answer.get("next_available")
    if status == "rescheduled":
        said = answer["new"]["start"]
    if start and status not in ("ask", "invalid") and said != start:
        found.append(f"{said} instead of {start}")
    # A repetition is answered with the first booking and makes none.
    if status == "booked" and start and made != row["cal_writes_max"]:
        found.append(f"{made} bookings of {row['cal_writes_max']}")
    if (
        "times" in resolved
        and [slot["time"][11:16] for slot in answer["slots"]] != resolved["times"]
    ):
        found.append(f"other times than {resolved['times']}")
    return found
