"""Cached slots, held slots and kept answers, put there and looked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from askpro.booking.model import Span
from askpro.errors import NoCompany
from askpro.services.doctor.findings import no, yes
from askpro.services.runtime import Runtime

#: Ids that no database has given to a company yet.
_COMPANY, _STRANGER = 2_000_000_001, 2_000_000_002
_EVENT_TYPE = 2_000_000_003
_SLOT = Span.of(datetime(2099, 1, 5, 9, tzinfo=UTC), 45)


def slots(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """The cached ``slots`` of that name; those given, if there are none."""
    return {"pid": os.getpid(), "slots": _seen(runtime, _COMPANY, given["name"], given["slots"])}


def hold(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    held = runtime.guards.holds.hold(
        _COMPANY, _EVENT_TYPE, _SLOT, call_id=given["call_id"], calendar=given["name"]
    )
    return {"pid": os.getpid(), "held": held}


def release(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    runtime.guards.holds.release(_COMPANY, given["call_id"])
    return {"pid": os.getpid()}


def answer(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Put another answer in the place of the one that a repetition of this request would hear."""
    runtime.guards.replays.keep(given["key"], orjson.dumps(given["answer"]))
    return {}


def cache_keys(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Two companies ask for the same event type and window; a third has no name."""
    name = given["name"]
    first = _seen(runtime, _COMPANY, name, "the first company's")
    second = _seen(runtime, _STRANGER, name, "the second company's")
    again = _seen(runtime, _COMPANY, name, "nobody's")
    try:
        _seen(runtime, 0, name, "nobody's")
        nameless = True
    except NoCompany:
        nameless = False
    for company in (_COMPANY, _STRANGER):
        runtime.guards.slots.invalidate(company)
    if nameless:
        return no("slots were cached without a company")
    apart = (first, second) == ("the first company's", "the second company's")
    if not apart:
        return no("one company was shown another's slots")
    if again != first:
        return no("nothing was cached")
    return yes(
        "two companies asked for one event type and window, and each got its own slots twice; "
        "without a company there is no key"
    )


def _seen(runtime: Runtime, company: int, name: str, fetched: str) -> str:
    seen = runtime.guards.slots.get(
        company_id=company,
        branch_id=None,
        event_type_id=_EVENT_TYPE,
        window=name,
        fetch=lambda: fetched,
    )
    return str(seen.value)
