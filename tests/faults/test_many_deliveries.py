"""Fault 7 over HTTP: every event of a day ten times, in random orders, several at once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from sqlalchemy import delete, func, select

from askpro.providers.calcom_webhooks import sign_calcom
from askpro.store.models import (
    Appointment,
    BookingUid,
    Call,
    Company,
    Customer,
    Finding,
    InboxEvent,
)
from tests import calcom_telling, days
from tests.counts import times
from tests.faults import truths
from tests.faults.cluster import UNLIMITED, WEBHOOK_SECRET, Cluster, StartGateway, cluster
from tests.ledgers import differences, end_state
from tests.worlds import golden_world

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.on("postgresql")]

_ORDERS = times(1, 30)
_TIMES_EACH = times(4, 10)
#: What a day leaves behind; in the order in which rows may go.
_WRITTEN = (Finding, Appointment, Call, Customer, InboxEvent)
_NEVER = 10**7


@pytest.fixture
def running(gateway: StartGateway, database_url: str, redis_url: str) -> Iterator[Cluster]:
    # Cal.com is not to be asked about a day that it never saw.
    quiet = dict.fromkeys(
        ("settle_every_seconds", "reconcile_every_seconds", "compare_every_seconds"), _NEVER
    )
    with cluster(
        gateway, database_url, redis_url, workers=2, world=golden_world(), **UNLIMITED, **quiet
    ) as running:
        yield running


@pytest.mark.full
@pytest.mark.fault(
    7, f"a day's 32 events {_TIMES_EACH} times each over HTTP, in {_ORDERS} random orders"
)
@pytest.mark.timeout(times(120, 1_800))
def test_a_day_told_many_times_over_http_ends_in_one_state(
    running: Cluster, record_property: Callable[[str, object], None]
):
    running.gateway.start_inbox_worker()
    running.gateway.start_inbox_worker()
    day = Day(running)
    expected = day.end_state_of(day.events, senders=1)
    dice = random.Random(7)
    for number in range(_ORDERS):
        stream = day.events * _TIMES_EACH
        dice.shuffle(stream)
        state = day.end_state_of(stream, senders=8)
        assert state == expected, f"order {number}: {differences(state, expected)}"
    record_property("deliveries", f"{_ORDERS * _TIMES_EACH * len(day.events):,}, one end state")


class Day:
    """Tells the hairdresser's day, and takes it back afterwards."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.events = [
            *(("calcom", body) for body in days.calcom_bodies()),
            *(("retell", body) for body in days.retell_bodies()),
        ]
        with cluster.database.unrestricted_unsafe() as session:
            self._company = session.scalars(
                select(Company.id).where(Company.slug == "salon-quittenberg")
            ).one()
            self._uids = list(session.scalars(select(BookingUid.uid)))
            self._before = {
                table: session.scalar(select(func.max(table.id))) or 0 for table in _WRITTEN
            }

    def end_state_of(self, stream: list[tuple[str, dict[str, Any]]], *, senders: int) -> Any:
        with self._cluster.database.of_company(self._company, write=True) as session:
            days.write_wish(session, self._company, days.MORNING)
        answers = Counter(
            self._cluster.at_once(len(stream), lambda n: self._tell(*stream[n]), threads=senders)
        )
        assert set(answers) <= {"stored", "duplicate", "ignored"}, answers
        truths.settle(self._cluster, within=60)
        with self._cluster.database.of_company(self._company) as session:
            state = end_state(session)
        with self._cluster.database.unrestricted_unsafe() as session:
            keys = session.scalars(
                select(InboxEvent.dedupe_key).where(InboxEvent.id > self._before[InboxEvent])
            ).all()
        # What came before anybody knew whose it is, and again afterwards, is there for nobody too.
        assert len({key.split(":", 3)[3] for key in keys}) == len(self.events)
        self._forget()
        return state

    def _tell(self, side: str, body: dict[str, Any]) -> str:
        if side == "retell":
            answer = self._cluster.send("/api/webhooks/retell", body)
        else:
            raw = calcom_telling.raw(body)
            answer = requests.post(
                f"{self._cluster.gateway.url}/api/webhooks/calcom",
                data=raw,
                headers={"X-Cal-Signature-256": sign_calcom(raw, WEBHOOK_SECRET)},
                timeout=20,
            )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["status"])

    def _forget(self) -> None:
        with self._cluster.database.unrestricted_unsafe(write=True) as session:
            session.execute(delete(BookingUid).where(BookingUid.uid.not_in(self._uids)))
            for table in _WRITTEN:
                session.execute(delete(table).where(table.id > self._before[table]))
