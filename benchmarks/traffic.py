"""Companies and callers of the benchmark: worlds of any size, and signed bodies, no two alike."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson

from askpro.providers.retell_signature import sign

RETELL_KEY = "key_of_the_benchmark"
CALCOM_KEY = "cal_of_the_benchmark"
FUNCTION = "/api/webhooks/retell/function"
_numbers = itertools.count(1)


def number_of(company: int) -> str:
    """The number by which a company is called, E.164."""
    return f"+4930{23_000_000 + company}"


def world(companies: int) -> dict[str, Any]:
    """So many hairdressers, open on working days, half an hour each, all of it free."""
    return {
        "timezone": "Europe/Berlin",
        "tenants": [
            {
                "id": company,
                "key": f"salon-{company}",
                "slug": f"salon-{company}",
                "business": f"Salon Nummer {company}",
                "to_number": number_of(company),
                "retell_agent_id": f"agent_bench_{company}",
                "calcom_user_id": 60_000 + company,
                "calcom_username": f"salon-{company}",
                "email": f"termine@salon-{company}.example.com",
                "opening_hours": "Mo-Fr 09:00-18:00",
                "event_types": [
                    {
                        "id": 4_000_000 + company,
                        "slug": "haarschnitt",
                        "title": "Haarschnitt",
                        "length": 30,
                        "is_default": True,
                        "free_weekly": {"Mo-Fr": ["09:00-18:00"]},
                        "interval": 30,
                    }
                ],
            }
            for company in range(1, companies + 1)
        ],
    }


def workdays(after: date, most: int) -> list[date]:
    """The next working days after a day."""
    days = (after + timedelta(days=ahead) for ahead in itertools.count(1))
    return list(itertools.islice((day for day in days if day.weekday() < 5), most))


def questions(many: int, companies: int, today: date, *, exact: bool) -> list[tuple[str, bytes]]:
    """(signature, body) of ``many`` questions for availability, three from each caller.

    ``exact``: for a time of day, which is then held for the caller; else for a whole day.
    """
    days = workdays(today, 8)
    return list(_signed(_questions(many, companies, days, exact)))


def _questions(
    many: int, companies: int, days: list[date], exact: bool
) -> Iterator[dict[str, Any]]:
    for asked in range(many):
        args = {"service": "Haarschnitt", "date": days[asked % len(days)].isoformat()}
        if exact:
            half_hours = 18 + asked // len(days) % 17
            args["time"] = f"{half_hours // 2:02d}:{half_hours % 2 * 30:02d}"
        yield _function("check_availability", args, 1 + asked % companies, asked // 3)


def bookings(many: int, companies: int, today: date) -> list[tuple[str, bytes]]:
    """(signature, body) of ``many`` bookings, each of another slot and caller."""
    days = workdays(today, 10)
    slots = [
        (company, day, half_hour)
        for half_hour in range(18, 36)
        for day in days
        for company in range(1, companies + 1)
    ]
    return list(
        _signed(
            _function(
                "book_appointment",
                {
                    "service": "Haarschnitt",
                    "date": day.isoformat(),
                    "time": f"{half_hour // 2:02d}:{half_hour % 2 * 30:02d}",
                    "name": "Xenia Quittmann",
                    "confirm": True,
                },
                company,
                caller,
            )
            for caller, (company, day, half_hour) in enumerate(slots[:many])
        )
    )


def _function(name: str, args: dict[str, Any], company: int, caller: int) -> dict[str, Any]:
    """A function call as Retell sends it, the transcript of the call so far included."""
    said = f"Guten Tag, ich hätte gern einen Termin am {args['date']}."
    return {
        "name": name,
        "call": {
            "call_id": f"call_bench_{next(_numbers) if name != 'check_availability' else caller}"
            f"_{_run}",
            "call_type": "phone_call",
            "agent_id": f"agent_bench_{company}",
            "call_status": "ongoing",
            "direction": "inbound",
            "from_number": f"+4917604{caller % 1_000_000:06d}",
            "to_number": number_of(company),
            "start_timestamp": 1792484100000,
            "metadata": {},
            "transcript": f"Agent: Salon, guten Tag.\nUser: {said}\n",
            "transcript_object": [
                {"role": "agent", "content": "Salon, guten Tag.", "words": []},
                {
                    "role": "user",
                    "content": said,
                    "words": [
                        {"word": word, "start": at * 0.3, "end": at * 0.3 + 0.25}
                        for at, word in enumerate(said.split())
                    ],
                },
            ],
        },
        "args": args,
        "number": next(_numbers),
    }


#: Two runs within five minutes must not send the same bodies.
_run = time.time_ns() % 10**9


def _signed(bodies: Iterator[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
    now = time.time_ns() // 1_000_000
    for body in bodies:
        raw = orjson.dumps(body)
        yield sign(raw, RETELL_KEY, now), raw
