"""The calendar these tests live in: Tuesday, 20 October 2026, 10:15 in Berlin."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from askpro.booking.wording import Listener

BERLIN = ZoneInfo("Europe/Berlin")


def at(month: int, day: int, hour: int = 0, minute: int = 0, *, year: int = 2026) -> datetime:
    """Local time in Berlin as the instant that the code holds: aware, UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


NOW = at(10, 20, 10, 15)
LISTENER = Listener(NOW, BERLIN)
