"""Two rules that went wrong silently once: markup in names, hours that move (rules.md §2, §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from askpro.booking import cleaning
from askpro.booking.hours import OpeningHours
from askpro.services.doctor.findings import no, yes
from askpro.services.runtime import Runtime

_BERLIN = ZoneInfo("Europe/Berlin")
#: A Tuesday, and the weekend after it; no holiday is near.
_MOVES = {
    "08:00": ("2026-11-24T08:00", "2026-11-24T09:00"),
    "19:00": ("2026-11-24T19:00", "2026-11-25T09:00"),
    "12:00": ("2026-11-24T12:00", "2026-11-24T12:00"),
    "Saturday": ("2026-11-28T11:00", "2026-11-30T09:00"),
    "Sunday": ("2026-11-29T11:00", "2026-11-30T09:00"),
}
_NAMES = {
    "<b>Jürgen</b> O'Brien-Müller": "Jürgen O'Brien-Müller",
    "<script>alert(1)</script>Anna Groß": "Anna Groß",
    "&lt;img src=x onerror=alert(1)&gt;Ayşe": "Ayşe",
    "An\x00na\u202e Sánchez": "Anna Sánchez",
}


def hours(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Where searches start with the usual hours, Monday to Friday nine to six."""
    usual = OpeningHours(_BERLIN)
    wrong = []
    for name, (asked, expected) in _MOVES.items():
        moved = usual.move_search(_local(asked)).start
        if moved != _local(expected):
            wrong.append(f"{name} to {moved.astimezone(_BERLIN):%a %H:%M}")
    if wrong:
        return no("moved wrongly: %(what)s", what=wrong)
    return yes(
        "08:00 moves to 09:00, 19:00 to the next morning, the weekend to Monday 09:00; 12:00 stays"
    )


def markup(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    wrong = [f"{good!r}" for raw, good in _NAMES.items() if cleaning.person_name(raw) != good]
    if wrong:
        return no("not cleaned as it should be: %(what)s", what=wrong)
    return yes(
        "%(count)s names: tags, hidden tags and control characters go; umlauts, apostrophe and "
        "hyphen stay",
        count=len(_NAMES),
    )


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=_BERLIN)
