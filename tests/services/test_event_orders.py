"""Whatever order and number events come in, they end in one state."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.providers.calcom_webhooks import CalcomEvent, parse_calcom_event
from askpro.providers.retell_events import RetellEvent, parse_event
from askpro.services import booking_events, call_events
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment, Call, Company, Customer, ServiceRow
from askpro.store.vault import digest
from tests import calcom_telling, days, retell_telling
from tests.counts import times
from tests.ledgers import appointments, links
from tests.worlds import PAYLOADS

Event = CalcomEvent | RetellEvent
SLUGS = {
    "friseur": "salon-quittenberg",
    "physio": "physio-wirbelwind",
    "zahnarzt": "zahnarzt-kieferling",
    "werkstatt": "kfz-schraubstock",
}
_TIMELESS = {"id", "created_at", "last_sign_at", "customer_id", "details", "transcript"}


class Order:
    """Tells a company's events in some order, and takes it all back."""

    def __init__(self, session: Session, company_id: int, now: datetime) -> None:
        self.session, self.company_id, self.now = session, company_id, now

    def end_state_of(self, events: Sequence[Event]) -> dict[str, Any]:
        attempt = self.session.begin_nested()
        for number, event in enumerate(events):
            now = self.now + timedelta(seconds=number)
            if isinstance(event, CalcomEvent):
                booking_events.record(self.session, self.company_id, event, now)
            else:
                call_events.record(self.session, self.company_id, None, event, now)
        self.session.flush()
        self.session.expire_all()
        state = {
            "appointments": appointments(self.session),
            "uids": links(self.session),
            "calls": _calls(self.session),
            "customers": sorted(
                (row.name or "", row.phone or "", row.email or "")
                for row in self.session.scalars(select(Customer))
            ),
        }
        attempt.rollback()
        self.session.expunge_all()
        return state


def _calls(session: Session) -> list[dict[str, Any]]:
    people = {row.id: row.phone for row in session.scalars(select(Customer))}
    names = [name for name in Call.__table__.columns.keys() if name not in _TIMELESS]  # noqa: SIM118
    return [
        {**{name: getattr(row, name) for name in names}, "who": people.get(row.customer_id or -1)}
        for row in session.scalars(select(Call).order_by(Call.call_id))
    ]


def _differences(state: dict[str, Any], expected: dict[str, Any]) -> list[Any]:
    """What is in one of them only."""
    return [
        (name, thing)
        for name in expected
        for thing in (*state[name], *expected[name])
        if (thing in state[name]) != (thing in expected[name])
    ]


def _company(office: Runtime, slug: str) -> int:
    with office.database.unrestricted_unsafe() as session:
        return session.scalars(select(Company.id).where(Company.slug == slug)).one()


def _the_days_events() -> list[Event]:
    told: list[Event] = [
        parse_calcom_event(calcom_telling.raw(body)) for body in days.calcom_bodies()
    ]
    return told + [parse_event(retell_telling.raw(body)) for body in days.retell_bodies()]


def _write_wish(session: Session, company: int, now: datetime) -> None:
    """What the booking service had written down when the first event came."""
    customer = select(Customer.id).where(Customer.phone_digest == digest(retell_telling.CALLER))
    service = select(ServiceRow.id).where(ServiceRow.event_type_id == calcom_telling.HAIRCUT)
    session.add(
        Appointment(
            company_id=company, key="wish:1", state="sent", source="voice", call_id="call_1",
            start=days.START, end=days.START + timedelta(minutes=30), changes=0,
            event_type_id=calcom_telling.HAIRCUT, created_at=now, updated_at=now,
            attendee_name="Torben Wackernagel", customer_id=session.scalars(customer).one(),
            service_id=session.scalars(service).one(),
        )
    )  # fmt: skip
    session.flush()


@pytest.mark.timeout(times(120, 7_200))
def test_a_day_in_any_order_and_number_ends_in_one_state(office: Runtime):
    company = _company(office, "salon-quittenberg")
    told = _the_days_events()
    dice = random.Random(20261020)
    with office.database.of_company(company, write=True) as session:
        _write_wish(session, company, office.clock.now())
        order = Order(session, company, office.clock.now())
        expected = order.end_state_of(told)
        for number in range(times(20, 10_000)):
            stream = [event for event in told for _ in range(dice.choice((1, 1, 2, 3)))]
            dice.shuffle(stream)
            state = order.end_state_of(stream)
            assert state == expected, f"order {number}: {_differences(state, expected)}"
        session.rollback()


def test_a_day_ends_as_it_should(office: Runtime):
    company = _company(office, "salon-quittenberg")
    with office.database.of_company(company, write=True) as session:
        _write_wish(session, company, office.clock.now())
        known = {row["uid"] for row in appointments(session)}
        state = Order(session, company, office.clock.now()).end_state_of(_the_days_events())
        session.rollback()
    new = [row for row in state["appointments"] if row["uid"] not in known - {None}]
    assert [(row["uid"], row["seat"], row["state"]) for row in new] == [
        ("ask2", None, "confirmed"),
        ("course", "s1", "cancelled"),
        ("course", "s3", "cancelled"),
        ("no1", None, "rejected"),
        ("other", "s2", "confirmed"),
        ("ours3", None, "completed"),
        ("web2", None, "cancelled"),
    ]
    ours = next(row for row in new if row["uid"] == "ours3")
    assert (ours["key"], ours["changes"], ours["uids"]) == (
        "wish:1", 2, ["ours1", "ours2", "ours3"],
    )  # fmt: skip
    calls = {call["call_id"]: call for call in state["calls"]}
    assert (calls["call_1"]["state"], calls["call_1"]["outcome"]) == ("analyzed", "booked")
    assert calls["call_1"]["cost_cents"] == pytest.approx(2.2306)
    assert (calls["call_2"]["agent_version"], calls["call_2"]["duration_ms"]) == (9, 99_000)
    assert calls["call_2"]["transfer"] == {"ended": True, "started": True}
    assert calls["call_3"]["outcome"] == "abandoned"


def _sequences() -> list[Any]:
    found = sorted(PAYLOADS.glob("*/webhooks/sequences/*/sequence.json"))
    assert found
    return [pytest.param(path, id=path.parent.name) for path in found]


@pytest.mark.parametrize("path", _sequences())
def test_a_golden_sequence_ends_as_it_says_in_every_order(office: Runtime, path: Any):
    sequence = json.loads(path.read_text("utf-8"))
    bodies = [(path.parent / each["file"]).read_bytes() for each in sequence["deliveries"]]
    read = parse_calcom_event if "calcom" in path.parts else parse_event
    told: list[Event] = [read(body) for body in bodies]
    company = _company(office, SLUGS[sequence["tenant"]])
    with office.database.of_company(company, write=True) as session:
        known = {row["uid"] for row in appointments(session)}
        order = Order(session, company, office.clock.now())
        states = [order.end_state_of(each) for each in permutations(told)]
        session.rollback()
    for state in states:
        new = [row for row in state["appointments"] if row["uid"] not in known]
        _check(sequence["expected_end_state"], new, state["calls"])
    assert all(state == states[0] for state in states)


def _check(
    expected: dict[str, Any], rows: list[dict[str, Any]], calls: list[dict[str, Any]]
) -> None:
    for wanted in expected.get("appointments", ()):
        (row,) = [each for each in rows if each["uid"] == wanted["uid"]]
        assert row["state"] == wanted["status"]
        assert row["start"] == datetime.fromisoformat(wanted["start"])
        assert set(wanted.get("previous_uids", ())) <= set(row["uids"])
    if "appointments" in expected:
        assert len(rows) == expected.get("count", expected.get("active"))
    for wanted in expected.get("calls", ()):
        (call,) = [each for each in calls if each["call_id"] == wanted["call_id"]]
        assert call["state"] == wanted["status"]
        assert call["from_number"] == wanted["from_number"]
        assert call["cost_cents"] == pytest.approx(wanted["combined_cost_cents"])
