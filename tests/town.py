"""A small town: a hairdresser in Berlin and one in Bavaria, free all day long, and their callers.

Nothing is asked over HTTP but of Cal.com: callers speak to the services themselves, at whatever
instant a test wants.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from askpro import trace
from askpro.clock import Clock
from askpro.providers.retell_functions import parse_function_call
from askpro.services import functions, settlement
from askpro.services.answers import Answer
from askpro.services.runtime import Runtime
from askpro.services.settlement import Settled
from askpro.settings import Settings
from askpro.simulator.simulation import SimulatorSettings
from askpro.store.models import Appointment, Callback, Finding
from tests.worlds import REFERENCE, World, golden

CUT, COLOUR, COLOUR_AND_CUT, ADVICE, CLASS, WEDDING = range(701, 707)
ALL_DAY = {"Mo-Fr": ["09:00-18:00"]}
BERLIN, BAVARIA = "+493011100001", "+498911100002"
_SERVICES: list[dict[str, Any]] = [
    {"id": CUT, "title": "Schneiden", "length": 30, "is_default": True},
    {
        "id": COLOUR,
        "title": "Färben",
        "length": 120,
        "segments": [
            {"offset_minutes": 0, "minutes": 45, "works": True},
            {"offset_minutes": 45, "minutes": 45, "works": False},
            {"offset_minutes": 90, "minutes": 30, "works": True},
        ],
    },
    {
        "id": COLOUR_AND_CUT,
        "title": "Verwöhnpaket",
        "length": 150,
        "parts": [COLOUR, CUT],
        "free_weekly": {},
    },
    {"id": ADVICE, "title": "Beratung", "length": 30, "policy": {"fee_cents": 1500}},
    {"id": CLASS, "title": "Flechtkurs", "length": 60, "seats": 3},
    {"id": WEDDING, "title": "Brautfrisur", "length": 90, "requires_confirmation": True},
]


def town() -> dict[str, Any]:
    """The world: both hairdressers offer the same, each on a calendar of their own."""

    def tenant(number: int, slug: str, phone: str, bundesland: str) -> dict[str, Any]:
        services = deepcopy(_SERVICES)
        for service in services:
            service["id"] += number
            service["parts"] = [part + number for part in service.get("parts", ())]
            service.setdefault("free_weekly", ALL_DAY)
        return {
            "slug": slug,
            "business": slug.title(),
            "to_number": phone,
            "bundesland": bundesland,
            "opening_hours": "Mo-Fr 09:00-18:00",
            "calcom_user_id": 51000 + number,
            "event_types": services,
        }

    return {
        "timezone": "Europe/Berlin",
        "tenants": [tenant(0, "salon", BERLIN, "BE"), tenant(1000, "stadl", BAVARIA, "BY")],
    }


@dataclass
class Town:
    """The running gateway, seen from its callers' side and from its operators'."""

    world: World
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(15123450000))

    @property
    def runtime(self) -> Runtime:
        return self.world.runtime

    def caller(self, **more: Any) -> Caller:
        """Somebody who never called before."""
        number = f"+49{next(self.numbers)}"
        return Caller(
            self, **{"number": number, "call_id": f"call_of_{number.lstrip('+')}", **more}
        )

    def later(self, **span: float) -> Runtime:
        """The gateway as it is a while from now."""
        clock = self.world.clock
        return replace(self.runtime, clock=Clock(clock.offset + timedelta(**span)))

    def settle(self, **span: float) -> Settled:
        """One round of the settlement; a minute from now, unless said otherwise."""
        return settlement.settle_unknown(self.later(**(span or {"seconds": 60})))

    def rows(self) -> list[Appointment]:
        """The ledger, in order."""
        with self.runtime.database.unrestricted_unsafe() as session:
            return list(session.scalars(select(Appointment).order_by(Appointment.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def findings(self) -> list[str]:
        with self.runtime.database.unrestricted_unsafe() as session:
            return list(session.scalars(select(Finding.kind).order_by(Finding.id)))

    def callbacks(self) -> list[Callback]:
        with self.runtime.database.unrestricted_unsafe() as session:
            return list(session.scalars(select(Callback).order_by(Callback.id)))

    def garbles(self, table: str, column: str, row_id: int) -> None:
        """What is encrypted there can't be read any more."""
        broken = text(f"UPDATE {table} SET {column} = :nonsense WHERE id = :id")
        with self.runtime.database.unrestricted_unsafe(write=True) as session:
            session.execute(broken, {"nonsense": b"nonsense", "id": row_id})

    def standing(self) -> list[tuple[str, int]]:
        """What stands at Cal.com: local start and event type, in order."""
        return sorted(
            (f"{local(datetime.fromisoformat(each['start'])):%Y-%m-%d %H:%M}", each["eventTypeId"])
            for each in self.world.bookings()
            if each["status"] in ("accepted", "pending")
        )

    def faults(self, **knobs: Any) -> None:
        """Trouble at Cal.com: ``path`` is below ``/v2``; nothing clears all of it."""
        if "path" in knobs:
            knobs["path"] = f"/v2/{knobs['path']}"
        self.world.faults(**knobs)


@dataclass
class Caller:
    """Somebody on the phone. Every function is asked at ``at``, an instant, or now."""

    town: Town
    number: str
    call_id: str
    to: str = BERLIN
    queries: int = 0

    def asks(self, function: str, at: datetime | None = None, **args: Any) -> Answer:
        runtime = self.town.runtime
        if at is not None:
            runtime = replace(runtime, clock=Clock.starting_at(at))
        body = {
            "name": function,
            "call": {
                "call_id": self.call_id,
                "direction": "inbound",
                "from_number": self.number,
                "to_number": self.to,
            },
            "args": args,
        }
        asked = parse_function_call(json.dumps(body).encode())
        office = runtime.directory.of_number(self.to)
        with trace.tracing(trace.Trace()) as traced:
            answer = functions.answer(runtime, office, asked)
        self.queries = traced.queries
        return answer

    def checks(self, service: str, date: str, time: str | None = None, **more: Any) -> Answer:
        return self.asks("check_availability", service=service, date=date, time=time, **more)

    def books(self, service: str, date: str, time: str, **more: Any) -> Answer:
        given = {"name": "Eva Sommer", **more}
        return self.asks("book_appointment", service=service, date=date, time=time, **given)

    def cancels(self, date: str, **more: Any) -> Answer:
        return self.asks("cancel_appointment", date=date, **more)

    def moves(self, old_date: str, new_date: str, new_time: str, **more: Any) -> Answer:
        return self.asks(
            "reschedule_appointment",
            old_date=old_date,
            new_date=new_date,
            new_time=new_time,
            **more,
        )


def hasty(value: Any) -> pytest.ParameterSet:
    """A parameter with which Cal.com hangs, so that the town must give up on it soon."""
    return pytest.param(value, marks=pytest.mark.hasty)


@contextmanager
def living(
    settings: Settings, *, at: datetime = REFERENCE, change: Callable[..., None] | None = None
) -> Iterator[Town]:
    """The town; ``change`` may alter its world before anybody lives in it."""
    world = town()
    if change is not None:
        change(world)
    calcom = SimulatorSettings(requests_per_minute=1_000_000)
    with golden(
        replace(settings, calcom_requests_per_minute=1_000_000),
        at=at,
        world=world,
        settings=calcom,
    ) as running:
        yield Town(running)


def local(instant: datetime) -> datetime:
    """As a wall clock in Berlin shows it."""
    return instant.astimezone(ZoneInfo("Europe/Berlin"))
