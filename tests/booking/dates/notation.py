"""What was understood, written short, so that a phrase and its meaning stand on one line.

2026-09-25 14:30                a day and a time; a day alone; "nachmittags" for a part of it
~… ab … bis …                   around, from, until
2026-09-25 10:00-12:00          a stretch of one day
[2026-09-28..2026-10-04]        days; with a time or a part of the day that holds for each
? A | B                         a question, and the readings it is about
!                               a question without any
-                               nothing was understood
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from askpro.booking.dates import Reading, Understanding

BERLIN = ZoneInfo("Europe/Berlin")
PHRASES = Path(__file__).parent / "phrases"


def berlin(text: str) -> datetime:
    """A local time in Berlin, aware."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def told(understood: Understanding) -> str:
    readings = [_written(reading) for reading in understood.readings]
    if understood.question:
        return "? " + " | ".join(readings) if readings else "!"
    return readings[0] if readings else "-"


def _written(reading: Reading) -> str:
    sign = {"from": "ab ", "until": "bis ", "around": "~"}.get(reading.relation, "")
    return sign + " ".join(part for part in (_days(reading), _times(reading)) if part)


def _days(reading: Reading) -> str:
    start, end = reading.start.date, reading.end.date if reading.end else None
    if start and end and start != end and reading.grain not in ("minute", "hour", "part_of_day"):
        return f"[{start}..{end}]"
    return str(start or end or "")


def _times(reading: Reading) -> str:
    if reading.part:
        return reading.part
    start, end = reading.start.time, reading.end.time if reading.end else None
    return "-".join(f"{moment:%H:%M}" for moment in (start, end) if moment)


def phrases(theme: str) -> list[tuple[str, str, str]]:
    """(phrase, said at, meaning); ``# 2026-09-23T10:00`` sets the time for what follows."""
    said_at, found = "", []
    for line in (PHRASES / f"{theme}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            said_at = line.removeprefix("#").split()[0]
        elif line:
            phrase, meaning = line.split(" => ")
            found.append((phrase.strip(), said_at, meaning))
    return found
