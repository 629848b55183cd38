"""An evening's rows for the dashboard to show: two companies, calls, bookings, and some trouble."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.services import operators
from askpro.services.runtime import Runtime
from askpro.store.models import ServiceRow
from tests import factories

PASSWORD = "a sentence to remember"
CALL = "call_7f3a9c21"
_BERLIN = ZoneInfo("Europe/Berlin")
#: Most of what is shown was yesterday: pages have their longest texts.
AFTER_MIDNIGHT = datetime(2026, 11, 18, 0, 20, tzinfo=_BERLIN)
#: A Wednesday afternoon, for pictures.
AFTERNOON = datetime(2026, 11, 18, 14, 2, tzinfo=_BERLIN)
_FUNCTIONS = (
    ("check_availability", "available"),
    ("get_alternatives", "found"),
    ("book_appointment", "booked"),
)
#: Company → the services that callers book there.
_SERVICES = {
    15: ("Haarschnitt", "Waschen, Schneiden, Föhnen", "Färben"),
    20: ("Krankengymnastik", "Manuelle Therapie"),
}
_OUTCOMES = ("booked", "booked", "booked", "information", "callback", "cancelled", "abandoned")


def ahead(moment: datetime) -> float:
    """The clock's offset in seconds with which a gateway begins at that moment."""
    return (moment - datetime.now(UTC)).total_seconds()


def fill(runtime: Runtime, *, calls: int = 60, trouble: bool = True) -> None:
    """Write the world, with operators anna (all), bert (15), carla (20) and vera (only looks)."""
    dice, now = random.Random(7), runtime.clock.now()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(
            session,
            15,
            "Salon Sonnenschein",
            now=now - timedelta(days=90),
            trade="Friseur",
        )
        factories.company(
            session,
            20,
            "Physiotherapie am Markt",
            now=now - timedelta(days=60),
            trade="Physiotherapie",
            calcom_api_key="cal_example",
        )
        services = {id: _services(session, id) for id in _SERVICES}
        for index in range(calls):
            _call(
                session,
                dice,
                services,
                now - timedelta(seconds=50 * index + dice.randrange(30)),
                index,
            )
        factories.beat(session, now=now)
        _history(session, now)
        if trouble:
            add_trouble(session, now)
    counters = runtime.guards.counters
    for company_id, hits, misses in ((15, 214, 31), (20, 97, 18)):
        counters.add(company_id, "hit", hits)
        counters.add(company_id, "miss", misses)
    counters.add(15, "violation", 2)
    for name, role, company in (
        ("anna", "operator", None),
        ("bert", "operator", 15),
        ("carla", "operator", 20),
        ("vera", "viewer", None),
    ):
        operators.invite(runtime, name, role=role, company_id=company)
        operators.set_password(runtime, name, PASSWORD)


def _services(session: Session, company_id: int) -> list[int]:
    """The ids of the company's services, by the names that they have here."""
    (first,) = session.scalars(select(ServiceRow).where(ServiceRow.company_id == company_id))
    first.name, *others = _SERVICES[company_id]
    rows = [first]
    for number, name in enumerate(others, 1):
        row = ServiceRow(
            company_id=company_id,
            branch_id=first.branch_id,
            event_type_id=first.event_type_id + 100 * number,
            name=name,
            minutes=30 * (number + 1),
        )
        session.add(row)
        rows.append(row)
    session.flush()
    return [row.id for row in rows]


def _call(
    session: Session, dice: random.Random, services: dict[int, list[int]], at: datetime, index: int
) -> None:
    company_id = 15 if index == 3 else dice.choice((15, 15, 20))
    phone = f"+4915112{dice.randrange(10**6):06d}"
    call = factories.call(
        session,
        company_id,
        now=at,
        call_id=CALL if index == 3 else f"call_{dice.randrange(16**8):08x}",
        phone=phone,
        outcome="booked" if index == 3 else dice.choice(_OUTCOMES),
        duration_ms=dice.randrange(35_000, 190_000),
    )
    asked = 3 if call.outcome == "booked" else dice.randrange(1, 3)
    for number, (function, status) in enumerate(_FUNCTIONS[:asked]):
        _function(session, dice, call, at + timedelta(seconds=14 * number), function, status)
    factories.event(
        session,
        call.company_id,
        now=at - timedelta(seconds=6),
        event="call_started",
        subject=call.call_id,
    )
    if call.outcome == "booked":
        factories.appointment(
            session,
            call.company_id,
            now=at,
            start=_in_office_hours(dice, at),
            call_id=call.call_id,
            service_id=dice.choice(services[company_id]),
            customer_id=factories.customer(session, company_id, now=at, phone=phone).id,
        )


def _in_office_hours(dice: random.Random, at: datetime) -> datetime:
    """Some half hour of a working day in the next two weeks."""
    day = at.astimezone(_BERLIN) + timedelta(days=dice.randrange(1, 14))
    while day.weekday() > 4:
        day += timedelta(days=1)
    start = day.replace(hour=dice.randrange(9, 18), minute=dice.choice((0, 30)))
    return start.replace(second=0, microsecond=0).astimezone(UTC)


def _function(
    session: Session, dice: random.Random, call: Any, at: datetime, function: str, status: str
) -> None:
    books = function == "book_appointment"
    cache = "none" if books else "hit" if dice.random() < 0.86 else "miss"
    calcom = 0.0 if cache == "hit" else 130 + dice.random() * 220
    began = 5.1
    steps: list[dict[str, Any]] = [
        {"name": "redis", "begin_ms": 0.6, "milliseconds": 0.9, "verdict": "ok"},
        {"name": "database", "begin_ms": 1.8, "milliseconds": 1.2, "verdict": "select"},
        {"name": "redis", "begin_ms": 3.6, "milliseconds": 0.8, "verdict": cache},
    ]
    if calcom:
        name = "calcom POST bookings" if books else "calcom GET slots"
        steps.append({"name": name, "begin_ms": began, "milliseconds": calcom, "verdict": "200"})
        steps.append(
            {
                "name": "database",
                "begin_ms": began + calcom + 0.4,
                "milliseconds": 1.6,
                "verdict": "update",
            }
        )
    factories.function_call(
        session,
        call.company_id,
        now=at,
        call_id=call.call_id,
        function=function,
        status=status,
        cache=cache,
        calcom_ms=calcom,
        milliseconds=9 + calcom + dice.random() * 6,
        queries=4 if books else 2,
        steps=steps,
        arguments={
            "service": "Haarschnitt",
            "date": "morgen",
            "time": "14 Uhr",
            "name": factories.NAME,
        },
    )


def _history(session: Session, now: datetime) -> None:
    """What happened before, and who did what about it."""
    began = now - timedelta(hours=5)
    factories.alert(session, None, now=began, ended_at=began + timedelta(minutes=7))
    for before, after, minutes in (
        ("closed", "open", 300),
        ("open", "half_open", 294),
        ("half_open", "closed", 293),
    ):
        factories.guard_event(
            session,
            None,
            now=now - timedelta(minutes=minutes),
            kind="breaker",
            subject="calcom_api",
            detail={"from": before, "to": after, "failures": 5, "why": "CalcomUnavailable"},
        )
    for minutes in (11, 47, 130):
        factories.guard_event(session, 15, now=now - timedelta(minutes=minutes))
    factories.audit(session, None, now=began + timedelta(minutes=6))
    factories.audit(
        session,
        15,
        now=now - timedelta(hours=2),
        who="bert",
        action="company_mode",
        target="salon-sonnenschein",
        reason="Betriebsausflug ist vorbei",
        detail={"from": "paused", "to": "open"},
    )


def add_trouble(session: Session, now: datetime) -> None:
    """Something for each list that wants people."""
    factories.callback(
        session,
        15,
        now=now - timedelta(hours=3),
        priority="urgent",
        due_at=now - timedelta(hours=1),
        call_id=CALL,
    )
    factories.callback(
        session, 20, now=now - timedelta(minutes=25), due_at=now + timedelta(hours=3)
    )
    factories.appointment(
        session,
        15,
        now=now - timedelta(seconds=30),
        start=now + timedelta(days=1),
        state="unknown",
        error="CalcomUnreachable",
        call_id=CALL,
    )
    factories.finding(session, 15, now=now - timedelta(hours=2), call_id=CALL)
    for minutes, event in ((40, "BOOKING_CREATED"), (38, "BOOKING_CANCELLED")):
        factories.event(
            session,
            20,
            now=now - timedelta(minutes=minutes),
            provider="calcom",
            event=event,
            state="dead",
            error="KeyError",
            attempts=8,
            done_at=None,
        )
