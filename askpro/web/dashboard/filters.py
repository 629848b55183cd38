"""Filters out of the address, and addresses out of filters. What cannot be read narrows nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request

from askpro.store.reports.paging import Page, Place
from askpro.web.dashboard.language import zone

_LONGEST = 120
#: The greatest id that a table can have: databases can't be asked for a greater one.
_MOST_ID = 2**63 - 1
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_NUMBER = re.compile(r"[+\d\s()/.-]+")
#: Of a number that somebody looks for, in an address.
_MOST_DIGITS = 4
#: How far back the quick choices look.
SPANS = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "24h": timedelta(days=1)}
SPANS["7d"] = timedelta(days=7)


def arg(name: str) -> str | None:
    """A filter, from the path or the query; None when empty."""
    value = str((request.view_args or {}).get(name) or request.args.get(name, "")).strip()
    return value[:_LONGEST] or None


def instant(name: str) -> datetime | None:
    """``2026-11-20T14:02``, local time of the pages, as an instant; a day is its beginning."""
    value = arg(name)
    if value is None:
        return None
    return _moment(value)


def _moment(value: str) -> datetime | None:
    """None also for what no calendar here has: an offset or a page's zone would leave it."""
    try:
        local = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not _FIRST_YEAR <= local.year <= _LAST_YEAR:
        return None
    return local.astimezone(UTC) if local.tzinfo else local.replace(tzinfo=zone()).astimezone(UTC)


def stretch(now: datetime) -> tuple[datetime | None, datetime | None]:
    """(since, until) from ``since`` and ``until``, or from a quick choice in ``last``."""
    span = SPANS.get(arg("last") or "")
    if span is not None:
        # To the minute, so that the same question is asked again and again, and kept.
        return (now - span).replace(second=0, microsecond=0), None
    return instant("since"), instant("until")


def place() -> Place | None:
    """Where the page begins: ``older=<instant>~<id>`` or ``newer=…``."""
    for name in ("older", "newer"):
        at, _, id_ = (arg(name) or "").partition("~")
        moment = _moment(at)
        if moment is not None and id_.isdecimal() and int(id_) <= _MOST_ID:
            return Place(moment, int(id_), newer=name == "newer")
    return None


def places(page: Page) -> dict[str, dict[str, Any] | None]:
    """The filters that lead to the pages before and after."""
    return {
        "newer": None if page.newer is None else {"newer": _place(page.newer), "older": None},
        "older": None if page.older is None else {"older": _place(page.older), "newer": None},
    }


def _place(place: Place) -> str:
    return f"{place.at.isoformat()}~{place.id}"


def looked_for(words: str | None) -> dict[str, str]:
    """What somebody typed into the one search box: three digits, a call's id or a booking's uid.

    A whole number is cut to the last three digits here, and goes no further.
    """
    if not words:
        return {}
    digits = re.sub(r"\D", "", words)
    if _NUMBER.fullmatch(words) and len(digits) >= 3:
        return {"tail": digits[-3:]}
    if words.startswith(("call_", "chat_", "web_")):
        return {"call_id": words}
    return {"any_id": words}


def without_a_whole_number() -> str | None:
    """This address with the last three digits in the place of the number that is looked for; None
    where none is.

    Whoever is sent there has no caller's number in history, bookmarks, referrers and later
    requests. A company's own number is public.
    """
    words = request.args.get("q", "").strip()
    if request.endpoint == "dashboard.companies" or not _NUMBER.fullmatch(words):
        return None
    digits = re.sub(r"\D", "", words)
    if len(digits) <= _MOST_DIGITS:
        return None
    return f"{request.path}?{urlencode([*_others('q'), ('q', digits[-3:])])}"


def _others(name: str) -> list[tuple[str, str]]:
    return [(key, value) for key, value in request.args.items(multi=True) if key != name]
