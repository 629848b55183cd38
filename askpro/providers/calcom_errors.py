"""The one place where Cal.com's failures become ours (calcom.md §3, §6).

Four shapes are read: Cal.com's envelope, the bare ``{statusCode, message}``, ``{message}``, and the
HTML or text of whatever stands in front of it. The text of an error is made of our own words,
Cal.com's code and its request id. Its message is not repeated: it may hold names, and uids that are
secrets; the ``target`` and ``value`` of a validation error always echo personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from askpro.errors import (
    BookingConflict,
    CalcomError,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    CalcomUnauthorized,
    CalcomUnavailable,
    CalcomUnreachable,
    CalcomUnreadable,
    SlotTaken,
)
from askpro.providers import fields, json_body
from askpro.providers.http import Answer, AnswerLost

#: Beginnings of messages, in small letters.
_TAKEN = (
    "user either already has booking at this time",
    "one of the hosts either already has booking at this time",
    "no more seats left",
    "no available users found",
)
#: Codes that Cal.com leaves unmapped and sends as message too.
_TAKEN_CODES = frozenset(
    {
        "no_available_users_found_error",
        "booking_conflict_error",
        "fixed_hosts_unavailable_for_booking",
        "round_robin_host_unavailable_for_booking",
        "hosts_unavailable_for_booking",
    }
)
#: Parts of a message (small letters) and the reason they stand for; the first that fits.
_REASONS = (
    ("in the past", "past"),
    ('be booked at the "start" time', "out_of_bounds"),
    ("maximum number of active bookings", "booker_limit"),
    ("cancellation reason is required", "reason_required"),
    ("already been cancelled", "already_changed"),
    ("already cancelled", "already_changed"),
    ("already been rescheduled", "already_changed"),
    ("already rescheduled", "already_changed"),
    ("is cancelled", "already_changed"),
    ("has been cancelled", "already_changed"),
    ("has been rescheduled", "already_changed"),
    ("managed event", "not_bookable"),
    ("no hosts", "not_bookable"),
    ("missing required booking field", "missing_field"),
    ("missing attendee", "missing_field"),
    ("invalid option", "invalid_field"),
    ("invalid type for booking field", "invalid_field"),
)
_NAMED_FIELD = re.compile(r"booking field(?: response)?:? \"?'?([A-Za-z0-9_.-]{1,60}[A-Za-z0-9_])")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIELD = re.compile(r"[A-Za-z0-9_]{1,60}")
_NO_ROUTE = re.compile(r"cannot (get|post|put|patch|delete) /")
_DEFAULT_BLOCK_SECONDS = 60
_LONGEST_BLOCK_SECONDS = 300
#: Reset values above this are an instant, not a number of seconds (calcom.md §6).
_EPOCH_FROM = 1_000_000


@dataclass(frozen=True, slots=True)
class _Said:
    """What an error body says, in small letters; ``field`` as Cal.com spells it."""

    code: str = ""
    message: str = ""
    field: str | None = None
    readable: bool = False


def translate(method: str, answer: Answer, now: datetime) -> CalcomError:
    """Our error for an answer that is no success. ``now`` (UTC) dates a rate limit's reset.

    ``maybe_done`` is true only for a write whose effect the status leaves open: 5xx, and redirects
    that say the request was handled. A 4xx was refused, whatever its body looks like.
    """
    status = answer.status
    write = method != "GET"
    said = _read(answer.body)
    text = _text(status, said, answer.headers)
    if status == 429:
        return CalcomRateLimited(text, reset_seconds=reset_seconds(answer.headers, now))
    if status in (401, 403):
        return CalcomUnauthorized(text, http_status=status)
    if status in (408, 425):
        return CalcomUnavailable(text, http_status=status)
    if status >= 500:
        return CalcomUnavailable(text, http_status=status, maybe_done=write)
    if status == 404:
        missing = CalcomNotFound(text, http_status=status)
        missing.wrong_version = not said.readable or bool(_NO_ROUTE.match(said.message))
        return missing
    if 400 <= status < 500 and said.readable:
        return _refusal(status, said, text)
    if 400 <= status < 500:
        return CalcomUnreadable(text, http_status=status)
    # 301, 307 and 308 ask to send it elsewhere; 302 and 303 also follow a request that was done.
    elsewhere = status in (301, 307, 308)
    return CalcomUnreadable(text, http_status=status, maybe_done=write and not elsewhere)


def lost(method: str, why: AnswerLost) -> CalcomError:
    """Our error for a request that left and got no complete answer."""
    refused = why.status is not None and 400 <= why.status < 500
    maybe_done = method != "GET" and not refused
    text = f"Cal.com's answer was lost ({why.why})"
    if why.why in ("timeout", "cut"):
        return CalcomUnreachable(text, http_status=why.status, maybe_done=maybe_done)
    return CalcomUnreadable(text, http_status=why.status, maybe_done=maybe_done)


def unreachable() -> CalcomError:
    """Our error when no connection was made: nothing can have happened."""
    return CalcomUnreachable("Cal.com could not be connected to")


def unreadable(method: str, status: int) -> CalcomError:
    """Our error for a success whose body is not what it should be: a write did happen, perhaps."""
    return CalcomUnreadable(
        f"Cal.com answered {status} with an unreadable body",
        http_status=status,
        maybe_done=method != "GET",
    )


def reset_seconds(headers: Mapping[str, str], now: datetime) -> int:
    """How long the account is blocked: 1 to 300 seconds, 60 when no header says.

    The headers carry a suffix (``X-RateLimit-Reset-Default``), and the value is seconds or, in
    other reports, an instant in epoch seconds.
    """
    told = [
        value
        for name, value in headers.items()
        if name.lower().startswith("x-ratelimit-reset") or name.lower() == "retry-after"
    ]
    for value in told:
        try:
            seconds = float(value)
        except ValueError:
            continue
        if seconds > _EPOCH_FROM:
            seconds -= now.timestamp()
        if 0 < seconds <= _EPOCH_FROM:
            return min(max(round(seconds), 1), _LONGEST_BLOCK_SECONDS)
    return _DEFAULT_BLOCK_SECONDS


def remaining_requests(headers: Mapping[str, str]) -> int | None:
    """How many requests Cal.com says the account has left; None where it does not say."""
    told = [
        int(value)
        for name, value in headers.items()
        if name.lower().startswith("x-ratelimit-remaining") and value.isdecimal() and len(value) < 9
    ]
    return min(told, default=None)


def _refusal(status: int, said: _Said, text: str) -> CalcomError:
    if said.message.startswith(_TAKEN) or said.code in _TAKEN_CODES or said.message in _TAKEN_CODES:
        return SlotTaken(text, http_status=status)
    if status == 409:
        # Not a taken slot, so perhaps our own earlier booking: looked for before anything else.
        return BookingConflict(text, http_status=status)
    reason = next((reason for part, reason in _REASONS if part in said.message), "other")
    if reason == "other" and said.field:
        reason = "invalid_field"
    if reason == "other" and status == 422:
        reason = "not_bookable"
    return CalcomRejected(text, http_status=status, field=said.field, reason=reason)


def _read(body: bytes) -> _Said:
    try:
        parsed = json_body.parse(body)
    except ValueError:
        return _Said()
    if type(parsed) is not dict:
        return _Said()
    error = fields.mapping(parsed.get("error")) or parsed
    details = error.get("details")
    code = fields.text(error.get("code"), 64) or ""
    message = fields.text(error.get("message"), 1_000) or ""
    if not message and type(error.get("message")) is list:
        # Nest sends its validation messages as a list of texts.
        message = "; ".join(part for part in error["message"][:5] if type(part) is str)
    if not message:
        message = fields.text(details, 1_000) or fields.text(parsed.get("error"), 1_000) or ""
    named = _NAMED_FIELD.search(message)
    return _Said(
        code=code if _CODE.fullmatch(code) else "",
        message=message.lower(),
        field=_property(fields.items(fields.mapping(details).get("errors")))
        or (named[1] if named else None)
        or ("attendee.phoneNumber" if "missing attendee phone" in message.lower() else None),
        readable=True,
    )


def _property(errors: Iterable[Any], depth: int = 0) -> str | None:
    """The path of the first property that a validation error names: ``attendee.phoneNumber``."""
    for error in map(fields.mapping, errors):
        name = error.get("property")
        if type(name) is not str or not _FIELD.fullmatch(name):
            continue
        inner = _property(fields.items(error.get("children")), depth + 1) if depth < 5 else None
        return f"{name}.{inner}" if inner else name
    return None


def _text(status: int, said: _Said, headers: Mapping[str, str]) -> str:
    words = [f"Cal.com answered {status}"]
    if said.code:
        words.append(said.code)
    if said.field:
        words.append(f"field {said.field}")
    request_id = headers.get("X-Request-Id", "")
    if _REQUEST_ID.fullmatch(request_id):
        words.append(f"request {request_id}")
    return ", ".join(words)
