"""What a voice agent does with the gateway's answers: offers, books, takes alternatives.

The scenes of :mod:`askpro.simulator.scenarios` are made of these.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import requests

from askpro.simulator.line import Line, Spoken


def greet(line: Line) -> None:
    known = line.variables.get("customer_name")
    welcome = f"Schön, dass Sie wieder anrufen, {known}. " if known else ""
    line.agent(f"{line.company.business}, guten Tag. {welcome}Was kann ich für Sie tun?")


def settle(
    line: Line,
    service: str,
    found: Spoken,
    *,
    name: str | None = None,
    email: str | None = None,
    english: bool = False,
) -> str:
    """From an answer about one time to the end of the call: book it, or take an alternative."""
    for _ in range(3):
        line.agent(found.message or "Einen Moment bitte.")
        if found.status == "available" and found.fields.get("slots"):
            # "requested_time" is a day then, and no time that one could book.
            line.says("Dann den ersten davon.")
            start = str(found.fields["slots"][0]["time"])
        elif found.status == "available" and found.fields.get("requested_time"):
            start = str(found.fields["requested_time"])
            return book(line, service, start, name=name, email=email, english=english)
        elif found.alternatives:
            line.says(f"Gut, dann {found.alternatives[0].get('spoken', 'das erste')}.")
            start = str(found.alternatives[0]["time"])
        elif found.status == "ask":
            line.says("Einfach der nächste freie Termin.")
            return offer_next(line, service, name=name, email=email)
        else:
            return offer_next(line, service, name=name, email=email)
        found = line.function("check_availability", service=service, **wall_clock(start))
    return "nothing"


def offer_next(
    line: Line, service: str, *, name: str | None = None, email: str | None = None
) -> str:
    free = next_free(line, service)
    if free is None:
        line.says("Schade, dann versuche ich es später noch einmal.")
        return "nothing"
    line.says("Ja, das geht.")
    return book(line, service, free, name=name, email=email)


def next_free(line: Line, service: str, after: str | None = None) -> str | None:
    wish = {"service": service} | ({"after": after} if after else {})
    found = line.function("find_next_available", **wish)
    line.agent(found.message or "Einen Moment bitte.")
    start = found.fields.get("next_available")
    return str(start) if start else None


def book(
    line: Line,
    service: str,
    start: str,
    *,
    name: str | None = None,
    email: str | None = None,
    english: bool = False,
) -> str:
    line.says("Yes please." if english else "Ja, bitte eintragen.")
    made = line.function(
        "book_appointment", **booking_args(line, service, start, name=name, email=email)
    )
    line.agent(made.message)
    if made.status == "unavailable" and made.alternatives:
        line.says("Dann eben das erste davon.")
        other = str(made.alternatives[0]["time"])
        made = line.function(
            "book_appointment", **booking_args(line, service, other, name=name, email=email)
        )
        line.agent(made.message)
    line.says("Danke, auf Wiederhören.")
    return ended(made)


def ended(made: Spoken) -> str:
    if made.status in ("booked", "requested", "pending"):
        return made.status
    return "nothing"


def booking_args(
    line: Line, service: str, start: str, *, name: str | None = None, email: str | None = None
) -> dict[str, Any]:
    args = {"service": service, **wall_clock(start), "name": name or line.caller.name}
    mail = email or line.caller.email
    return args | ({"email": mail} if mail else {})


def book_quietly(line: Line, service: str) -> str | None:
    """Another call that ends with an appointment; its start, None when there was none."""
    line.rings()
    found = line.function("find_next_available", service=service, after=in_days(line, 2))
    start = found.fields.get("next_available")
    if start:
        made = line.function("book_appointment", **booking_args(line, service, str(start)))
        start = made.fields.get("start") if made.status == "booked" else None
    line.hangs_up()
    return str(start) if start else None


def second_service(line: Line) -> str:
    return line.company.services[min(1, len(line.company.services) - 1)]


def wall_clock(instant: str) -> dict[str, str]:
    """Date and time as the model would pass them on: the wall clock of the answer's own offset."""
    moment = datetime.fromisoformat(instant)
    return {"date": moment.date().isoformat(), "time": f"{moment:%H:%M}"}


def in_days(line: Line, days: int) -> str:
    """A working day at least so many days ahead, ISO."""
    day = line.connection.clock.now().date() + timedelta(days=days)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    return day.isoformat()


def break_calendar(line: Line, fault: dict[str, Any]) -> None:
    """Only where a simulator stands behind the gateway; elsewhere the calendar stays up."""
    url = line.connection.simulator_url
    if url:
        requests.post(f"{url}/_sim/faults", json=fault, timeout=5).raise_for_status()
