"""A small world with one of everything that changes an answer, and the clock that goes with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from askpro.clock import Clock

NOW = datetime(2026, 10, 20, 8, 15, tzinfo=UTC)  # 10:15 in Berlin, before the clock change

CUT, WASH, COLOUR, COURSE, SERIES, TEETH, ROUND, LONG, FORM = range(101, 110)


def clock() -> Clock:
    """A clock that starts at ``NOW``."""
    return Clock.starting_at(NOW)


def _times(*days: str, at: tuple[str, ...] = ("10:00", "10:30", "14:00")) -> dict[str, list[str]]:
    return {day: list(at) for day in days}


_DAYS = ("2026-10-20", "2026-10-22", "2026-10-24", "2026-10-25", "2026-10-26", "2026-11-12")


def world() -> dict[str, Any]:
    """Fresh data every time: nobody can spoil it for another test."""
    free = _times(*_DAYS)
    return {
        "timezone": "Europe/Berlin",
        "tenants": [
            {
                "slug": "salon",
                "business": "Salon Test",
                "calcom_user_id": 1,
                "calcom_username": "salon",
                "email": "termine@salon.example.com",
                "opening_hours": "Mo-Fr 09:00-18:00, Sa 09:00-14:00; nach Vereinbarung",
                "event_types": [
                    {"id": CUT, "slug": "cut", "title": "Schnitt", "length": 30}
                    | {"free_local_times": free},
                    {"id": WASH, "slug": "wash", "title": "Waschen", "length": 60}
                    | {"free_local_times": free},
                    {"id": COURSE, "slug": "course", "title": "Kurs", "length": 60, "seats": 2}
                    | {"free_local_times": _times(*_DAYS, at=("18:00",))},
                    {"id": SERIES, "slug": "series", "title": "Serie", "length": 30, "recurring": 3}
                    | {"free_local_times": _times(*_DAYS, at=("16:00",))},
                    {"id": LONG, "slug": "long", "title": "Lang", "length": 30, "lengths": [30, 60]}
                    | {"free_local_times": _times(*_DAYS, at=("12:00",))},
                    {
                        "id": FORM,
                        "slug": "form",
                        "title": "Formular",
                        "length": 30,
                        "phone_required": True,
                        "minimum_notice_minutes": 120,
                        "window_days": 10,
                        "booker_limit": 1,
                        "fields": [
                            {"slug": "kennzeichen", "required": True},
                            {"slug": "achse", "type": "select", "options": ["vorn", "hinten"]},
                        ],
                        "free_local_times": _times(*_DAYS, at=("11:00", "11:30")),
                    },
                ],
                "bookings": [
                    {
                        "id": 7001,
                        "uid": "standingBooking0000001",
                        "status": "accepted",
                        "eventTypeId": CUT,
                        "start": "2026-10-22T07:00:00.000Z",
                        "end": "2026-10-22T07:30:00.000Z",
                        "attendee": "Torben Wackernagel",
                        "phone": "+4917604069012",
                        "email": "torben@example.com",
                        "metadata": {"gw_key": "one"},
                        "createdAt": "2026-10-12T09:20:00.000Z",
                    },
                    {
                        "id": 7002,
                        "uid": "pastBooking00000000001",
                        "status": "accepted",
                        "eventTypeId": CUT,
                        "start": "2026-10-12T07:00:00.000Z",
                        "end": "2026-10-12T07:30:00.000Z",
                        "attendee": "Ulrike Zweigle",
                        "phone": "+493023125455",
                        "createdAt": "2026-10-01T09:20:00.000Z",
                    },
                ],
            },
            {
                "slug": "praxis",
                "business": "Praxis Test",
                "calcom_user_id": 2,
                "calcom_username": "praxis",
                "calcom_api_key": "cal_live_praxis",
                "calcom_webhook_secret": "praxis-secret",
                "event_types": [
                    {
                        "id": TEETH,
                        "slug": "teeth",
                        "title": "Zahnreinigung",
                        "length": 60,
                        "requires_confirmation": True,
                        "free_local_times": free,
                    },
                    {
                        "id": ROUND,
                        "slug": "round",
                        "title": "Team",
                        "length": 30,
                        "team": True,
                        "hosts": 1,
                        "hidden": True,
                        "free_local_times": _times(*_DAYS, at=("15:00",)),
                    },
                ],
            },
        ],
    }


def soon(days: int = 1) -> datetime:
    return NOW + timedelta(days=days)
