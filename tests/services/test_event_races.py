"""Events and requests that touch one booking at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from askpro.clock import Clock
from askpro.providers.calcom import Booking, CalcomClient
from askpro.providers.calcom_webhooks import parse_calcom_event
from askpro.services import events
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from askpro.store.models import Appointment, InboxEvent
from askpro.worker import Worker
from tests import calcom_telling, days
from tests.ledgers import appointments
from tests.worlds import World, golden


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


def told(runtime: Runtime, body: dict[str, Any]) -> None:
    event = parse_calcom_event(calcom_telling.raw(body))
    owner = events.owner_of(runtime, event)
    events.receive_calcom(runtime, owner, event, signed_by=None)


def work(runtime: Runtime) -> None:
    worker = Worker(runtime, ())
    while worker.round():
        continue


def test_workers_on_one_chain_of_uids_end_where_one_worker_does(office: Runtime):
    bodies = days.calcom_bodies()
    for body in bodies:
        told(office, body)
    start = threading.Barrier(4)

    def one_worker() -> None:
        worker = Worker(office, ())
        start.wait()
        while worker._work_on(most=2):
            continue

    workers = [threading.Thread(target=one_worker) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # What met the database's locks for too long waits for its next try.
    work(replace(office, clock=Clock(office.clock.offset + timedelta(hours=1))))
    with office.database.unrestricted_unsafe() as session:
        rows = session.scalars(select(InboxEvent)).all()
        assert {(row.state, row.error) for row in rows if row.company_id} == {("done", None)}
        new = [row for row in appointments(session) if row["source"] == "calcom"]
    assert [(row["uid"], row["seat"], row["state"]) for row in new] == [
        ("ask2", None, "confirmed"),
        ("course", "s1", "cancelled"),
        ("course", "s3", "cancelled"),
        ("no1", None, "rejected"),
        ("other", "s2", "confirmed"),
        ("ours3", None, "completed"),
        ("web2", None, "cancelled"),
    ]


BOOK = {"service": "Herrenhaarschnitt", "date": "2026-11-03", "time": "14:30", "name": "Eva Sommer"}


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, world: World, method: str, happens: Callable[[Booking], None]
) -> None:
    """Cal.com's webhooks are worked on before its own answer is."""
    ask = getattr(CalcomClient, method)

    def slow(client: CalcomClient, *args: Any, **options: Any) -> Booking:
        made: Booking = ask(client, *args, **options)
        happens(made)
        work(world.runtime)
        return made

    monkeypatch.setattr(CalcomClient, method, slow)


def body_of(world: World, trigger: str, booking: Booking, **more: Any) -> dict[str, Any]:
    return calcom_telling.body(
        trigger, booking.uid, at=world.clock.now(), start=booking.start, end=booking.end,
        event_type=booking.event_type_id or 0, key=booking.gw_key, **more,
    )  # fmt: skip


def test_a_webhook_that_is_faster_than_our_answer_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    meanwhile(
        monkeypatch,
        world,
        "book",
        lambda made: told(world.runtime, body_of(world, "BOOKING_CREATED", made)),
    )
    assert world.call("book_appointment", BOOK)["status"] == "booked"
    with world.runtime.database.unrestricted_unsafe() as session:
        (row,) = session.scalars(
            select(Appointment).where(Appointment.call_id == "call_of_the_test")
        )
    assert (row.state, row.source) == ("confirmed", "voice")


def test_a_cancellation_that_is_faster_than_our_answer_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    def cancelled_at_once(made: Booking) -> None:
        told(world.runtime, body_of(world, "BOOKING_CREATED", made))
        told(world.runtime, body_of(world, "BOOKING_CANCELLED", made, sequence=1))

    meanwhile(monkeypatch, world, "book", cancelled_at_once)
    world.call("book_appointment", BOOK)
    with world.runtime.database.unrestricted_unsafe() as session:
        (row,) = session.scalars(
            select(Appointment).where(Appointment.call_id == "call_of_the_test")
        )
    assert row.state == "cancelled"


def test_a_move_that_is_told_before_it_is_answered_is_one_move(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    old = "uma8qGpUPZq19TUnvDbHm4"
    meanwhile(
        monkeypatch,
        world,
        "reschedule",
        lambda made: told(
            world.runtime,
            body_of(world, "BOOKING_RESCHEDULED", made, previous=old, sequence=1),
        ),
    )
    answer = world.call(
        "reschedule_appointment",
        {"old_date": "2026-10-27", "new_date": "2026-11-03", "new_time": "14:30"},
    )
    assert answer["status"] == "rescheduled"
    with world.runtime.database.unrestricted_unsafe() as session:
        (row,) = [r for r in appointments(session) if old in r["uids"]]
        assert (row["state"], row["changes"], row["pending"]) == ("confirmed", 1, None)
        assert row["start"] == datetime(2026, 11, 3, 13, 30, tzinfo=UTC)


def test_a_cancellation_does_not_wait_for_its_own_webhook(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """Older builds of Cal.com send the webhook inside the call and wait for its answer."""
    meanwhile(
        monkeypatch,
        world,
        "cancel",
        lambda made: told(world.runtime, body_of(world, "BOOKING_CANCELLED", made, sequence=3)),
    )
    answer = world.call(
        "cancel_appointment", {"date": "2026-10-27", "time": "10:00", "confirm": True}
    )
    assert answer["status"] == "cancelled"
    with world.runtime.database.unrestricted_unsafe() as session:
        (row,) = [r for r in appointments(session) if r["uid"] == "uma8qGpUPZq19TUnvDbHm4"]
    assert (row["state"], row["pending"]) == ("cancelled", None)
