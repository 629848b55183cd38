"""Whatever order and number events come in, they end in one state."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
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
from askpro.store.models import Company
from tests import calcom_telling, days, retell_telling
from tests.counts import times
from tests.ledgers import appointments, differences, end_state
from tests.worlds import PAYLOADS

Event = CalcomEvent | RetellEvent
SLUGS = {
    "friseur": "salon-quittenberg",
    "physio": "physio-wirbelwind",
    "zahnarzt": "zahnarzt-kieferling",
    "werkstatt": "kfz-schraubstock",
}
#: Ten thousand orders in pieces; SQLite is the faster one.
_PIECES = times(1, 10)
_ORDERS = {"sqlite": times(8, 950), "postgresql": times(4, 50)}


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
        state = end_state(self.session)
        attempt.rollback()
        self.session.expunge_all()
        return state


def _company(office: Runtime, slug: str) -> int:
    with office.database.unrestricted_unsafe() as session:
        return session.scalars(select(Company.id).where(Company.slug == slug)).one()


def _the_days_events() -> list[Event]:
    told: list[Event] = [
        parse_calcom_event(calcom_telling.raw(body)) for body in days.calcom_bodies()
    ]
    return told + [parse_event(retell_telling.raw(body)) for body in days.retell_bodies()]


@pytest.mark.faults
@pytest.mark.fault(
    7,
    "a day's 32 events up to three times each, by the services; a variant is "
    f"{_ORDERS['sqlite']} random orders on SQLite or {_ORDERS['postgresql']} on PostgreSQL",
)
@pytest.mark.parametrize("piece", range(_PIECES))
@pytest.mark.timeout(times(120, 7_200))
def test_a_day_in_any_order_and_number_ends_in_one_state(
    office: Runtime, database: str, piece: int, record_property: Callable[[str, object], None]
):
    company = _company(office, "salon-quittenberg")
    told = _the_days_events()
    dice = random.Random(f"{database} {piece}")
    with office.database.of_company(company, write=True) as session:
        days.write_wish(session, company, office.clock.now())
        order = Order(session, company, office.clock.now())
        expected = order.end_state_of(told)
        for number in range(_ORDERS[database]):
            stream = [event for event in told for _ in range(dice.choice((1, 1, 2, 3)))]
            dice.shuffle(stream)
            state = order.end_state_of(stream)
            assert state == expected, f"order {number}: {differences(state, expected)}"
        session.rollback()
    record_property("orders", f"{_ORDERS[database]} on {database}, one end state")


def test_a_day_ends_as_it_should(office: Runtime):
    company = _company(office, "salon-quittenberg")
    with office.database.of_company(company, write=True) as session:
        days.write_wish(session, company, office.clock.now())
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
