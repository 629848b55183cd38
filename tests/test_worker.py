"""The worker: every event has its effects once, whatever happens to those who work on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from askpro.services import call_events, event_work, events
from askpro.services.runtime import Runtime
from askpro.store import inbox, jobs
from askpro.store.models import Call, InboxEvent, Job, WorkerBeat
from askpro.worker import PeriodicWork, Worker
from tests.clocks import StoppedClock
from tests.retell_telling import event
from tests.waiting import eventually


def receive(office: Runtime, call_id: str, name: str = "call_started", **call: Any) -> None:
    told = event(name, call_id, **call)
    answered = events.office_of_call(office, told.call)
    assert events.receive_retell(office, answered, told, signed_by=None) == "stored"


def rows(office: Runtime) -> list[InboxEvent]:
    with office.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(InboxEvent).order_by(InboxEvent.id)))


def calls(office: Runtime) -> list[str]:
    with office.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(Call.call_id).order_by(Call.call_id)))


@pytest.fixture
def running() -> Iterator[Callable[[Worker], Worker]]:
    """``running(worker)`` lets it work in a thread until the test ends."""
    started: list[tuple[Worker, threading.Thread]] = []

    def start(worker: Worker) -> Worker:
        thread = threading.Thread(target=worker.run)
        thread.start()
        started.append((worker, thread))
        return worker

    yield start
    for worker, thread in started:
        worker.stop()
        thread.join(15)
        assert not thread.is_alive()


def test_an_event_is_worked_on_and_marked(office: Runtime):
    receive(office, "call_1")
    worker = Worker(office, ())
    assert worker.round() == 1
    (row,) = rows(office)
    assert (row.state, row.attempts, row.effect["effect"]) == ("done", 1, "ongoing")
    assert calls(office) == ["call_1"]
    assert worker.round() == 0


def test_effects_and_done_are_one_transaction(
    office: Runtime, monkeypatch: pytest.MonkeyPatch, office_clock: StoppedClock
):
    receive(office, "call_1")
    monkeypatch.setattr(inbox, "finish", lambda *_, **__: False)
    Worker(office, ()).round()
    assert calls(office) == []
    monkeypatch.undo()
    office_clock.advance(minutes=2)
    Worker(office, ()).round()
    assert calls(office) == ["call_1"]


def test_what_fails_is_tried_again_later_and_later_and_then_given_up(
    office: Runtime, monkeypatch: pytest.MonkeyPatch, office_clock: StoppedClock
):
    def fail(*_: object) -> None:
        raise ValueError("what a caller said")

    monkeypatch.setattr(call_events, "record", fail)
    receive(office, "call_1")
    worker = Worker(office, ())
    pauses = []
    for _ in range(event_work.MOST_ATTEMPTS):
        before = office_clock.now()
        while rows(office)[0].run_at > office_clock.now():
            assert worker.round() == 0
            office_clock.set(rows(office)[0].run_at)
        pauses.append((office_clock.now() - before).total_seconds())
        assert worker.round() == 1
    (row,) = rows(office)
    assert (row.state, row.attempts, row.error) == ("dead", 8, "ValueError")
    assert pauses[0] == 0
    assert 24 <= pauses[1] <= 36
    assert pauses[1:6] == sorted(pauses[1:6])
    assert 2.5 * 3600 < sum(pauses) < 12 * 3600
    office_clock.advance(days=1)
    assert worker.round() == 0
    assert worker.failed == 8


def test_one_that_fails_does_not_hold_up_the_others(
    office: Runtime, monkeypatch: pytest.MonkeyPatch
):
    record = call_events.record

    def fail_for_one(session: Any, company: int, branch: Any, told: Any, now: Any) -> Call:
        if told.call.call_id == "call_1":
            raise ValueError
        return record(session, company, branch, told, now)

    monkeypatch.setattr(call_events, "record", fail_for_one)
    for number in range(3):
        receive(office, f"call_{number}")
    Worker(office, ()).round()
    assert calls(office) == ["call_0", "call_2"]


def test_an_event_that_only_the_database_failed_is_tried_again_soon_and_the_others_at_once(
    office: Runtime, monkeypatch: pytest.MonkeyPatch, office_clock: StoppedClock
):
    for number in range(3):
        receive(office, f"call_{number}")

    def locked(*_: Any) -> Call:
        raise OperationalError("UPDATE calls", {}, Exception("lock timeout"))

    monkeypatch.setattr(call_events, "record", locked)
    worker = Worker(office, ())
    assert worker.round() == 1
    monkeypatch.undo()
    assert sorted(row.attempts for row in rows(office)) == [0, 0, 1]
    office_clock.advance(seconds=7)
    worker.round()
    assert {row.state for row in rows(office)} == {"done"}


def test_a_body_that_cannot_be_decrypted_spoils_only_itself(office: Runtime):
    receive(office, "call_1")
    receive(office, "call_2")
    with office.database.unrestricted_unsafe(write=True) as session:
        spoiled = {"body": b"no token", "id": rows(office)[0].id}
        session.execute(text("UPDATE inbox SET body = :body WHERE id = :id"), spoiled)
    Worker(office, ()).round()
    assert [row.error for row in rows(office)] == ["InvalidToken", None]
    assert calls(office) == ["call_2"]


def test_what_kills_its_workers_is_given_up_and_the_others_are_not(
    office: Runtime, office_clock: StoppedClock
):
    """As if the first of three events ended every process that touches it."""
    for number in range(3):
        receive(office, f"call_{number}")
    killer = rows(office)[0].id

    def killed(worker: Worker, most: int, fresh: bool) -> bool:
        with office.database.unrestricted_unsafe(write=True) as session:
            claimed = inbox.claim(
                session, office.clock.now(), most=most, lease=timedelta(seconds=60), fresh=fresh
            )
        for each in claimed:
            if each.id == killer and each.attempts <= event_work.MOST_ATTEMPTS:
                return True
            event_work.work_on(office, each)
        return False

    worker = Worker(office, ())
    for _ in range(30):
        killed(worker, 20, True) or killed(worker, 1, False)
        office_clock.advance(seconds=61)
    assert [row.state for row in rows(office)] == ["dead", "done", "done"]
    assert rows(office)[0].error == "WorkerDied"


def test_several_workers_have_every_effect_once(
    office: Runtime, running: Callable[[Worker], Worker], monkeypatch: pytest.MonkeyPatch
):
    applied: list[str] = []
    record = call_events.record

    def noted(session: Any, company: int, branch: Any, told: Any, now: Any) -> Call:
        applied.append(told.call.call_id)
        return record(session, company, branch, told, now)

    monkeypatch.setattr(call_events, "record", noted)
    for number in range(60):
        receive(office, f"call_{number:02}")
    for _ in range(3):
        running(Worker(office, ()))
    eventually(lambda: all(row.state == "done" for row in rows(office)), seconds=30)
    assert sorted(applied) == [f"call_{number:02}" for number in range(60)]


def test_it_is_rung_when_an_event_comes_in(
    office: Runtime, running: Callable[[Worker], Worker], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("askpro.worker._IDLE_SECONDS", 30)
    running(Worker(office, ()))
    time.sleep(0.2)
    receive(office, "call_1")
    eventually(lambda: calls(office) == ["call_1"], seconds=5)


def test_it_finishes_the_event_in_hand_and_hands_back_the_rest(
    office: Runtime, monkeypatch: pytest.MonkeyPatch
):
    for number in range(3):
        receive(office, f"call_{number}")
    worker = Worker(office, ())
    record = call_events.record

    def stopped_meanwhile(*args: Any) -> Call:
        worker.stop()
        return record(*args)

    monkeypatch.setattr(call_events, "record", stopped_meanwhile)
    worker.round()
    states = [(row.state, row.attempts, row.lease_token) for row in rows(office)]
    assert states == [("done", 1, None), ("new", 0, None), ("new", 0, None)]
    monkeypatch.undo()
    assert Worker(office, ()).round() == 2


def test_it_lives_on_when_the_database_is_away(
    office: Runtime, running: Callable[[Worker], Worker], monkeypatch: pytest.MonkeyPatch
):
    away = threading.Event()
    away.set()
    due = inbox.anything_due

    def asked(*args: Any) -> bool:
        if away.is_set():
            raise OperationalError("SELECT", {}, Exception("server closed the connection"))
        return due(*args)

    monkeypatch.setattr(inbox, "anything_due", asked)
    running(Worker(office, ()))
    receive(office, "call_1")
    time.sleep(0.3)
    assert rows(office)[0].state == "new"
    away.clear()
    eventually(lambda: rows(office)[0].state == "done", seconds=10)


def test_it_gives_signs_of_life_and_leaves_none_behind(
    office: Runtime, running: Callable[[Worker], Worker]
):
    worker = running(Worker(office, ()))

    def beats() -> list[str]:
        with office.database.unrestricted_unsafe() as session:
            return list(session.scalars(select(WorkerBeat.worker)))

    eventually(lambda: beats() == [worker.name])
    with office.database.unrestricted_unsafe() as session:
        assert len(jobs.alive(session, office.clock.now())) == 1
        assert jobs.alive(session, office.clock.now() + jobs.DEAD_AFTER) == []
    worker.stop()
    assert worker.join(10)
    assert beats() == []


# -- periodic work --------------------------------------------------------------------------------


def test_periodic_work_is_done_once_across_all_workers(office: Runtime, office_clock: StoppedClock):
    done: list[str] = []
    start = threading.Barrier(4)

    def work(name: str) -> None:
        start.wait()
        Worker(office, (PeriodicWork("count", 60, lambda _: done.append(name)),)).do_periodic_work()

    def all_at_once() -> None:
        threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    all_at_once()
    assert len(done) == 1
    all_at_once()
    assert len(done) == 1
    office_clock.advance(seconds=60)
    all_at_once()
    assert len(done) == 2


def test_a_fault_in_one_job_is_noted_and_stops_no_other(office: Runtime):
    done: list[int] = []

    def fail(_: Runtime) -> None:
        raise KeyError("what a caller said")

    schedule = (
        PeriodicWork("fails", 60, fail),
        PeriodicWork("works", 60, lambda _: done.append(1) or {"figures": 1}),
    )
    assert Worker(office, schedule).do_periodic_work() == 2
    with office.database.unrestricted_unsafe() as session:
        noted = {
            job.name: (job.last_error, job.last_result) for job in session.scalars(select(Job))
        }
    assert noted == {"fails": ("KeyError", None), "works": (None, {"figures": 1})}


def test_a_job_whose_worker_died_is_done_by_another(office: Runtime, office_clock: StoppedClock):
    done: list[int] = []
    schedule = (PeriodicWork("count", 60, lambda _: done.append(1)),)
    Worker(office, schedule).do_periodic_work()
    with office.database.unrestricted_unsafe(write=True) as session:
        taken = {"run_at": office_clock.now() + timedelta(minutes=5), "lease_token": "gone"}
        session.execute(update(Job).values(**taken))
    office_clock.advance(minutes=4)
    assert Worker(office, schedule).do_periodic_work() == 0
    office_clock.advance(minutes=1)
    assert Worker(office, schedule).do_periodic_work() == 1


def test_a_job_that_takes_long_is_not_taken_over(
    office: Runtime, office_clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "_RENEW_SECONDS", 0.02)
    taken_over: list[int] = []

    def leased_until() -> datetime:
        with office.database.unrestricted_unsafe() as session:
            return session.scalars(select(Job.run_at)).one()

    def take_long(_: Runtime) -> None:
        for _ in range(3):
            office_clock.advance(seconds=15)
            renewed = office_clock.now() + timedelta(seconds=10)
            eventually(lambda end=renewed: leased_until() > end, what="the renewal")
            taken_over.append(Worker(office, schedule).do_periodic_work())

    schedule = (PeriodicWork("count", 60, take_long),)
    assert Worker(office, schedule).do_periodic_work() == 1
    assert taken_over == [0, 0, 0]


def test_events_do_not_wait_for_periodic_work(office: Runtime, running: Callable[[Worker], Worker]):
    busy, let_go = threading.Event(), threading.Event()

    def wait_for_calcom(_: Runtime) -> None:
        busy.set()
        let_go.wait(10)

    running(Worker(office, (PeriodicWork("slow", 60, wait_for_calcom),)))
    assert busy.wait(5)
    receive(office, "call_1")
    eventually(lambda: calls(office) == ["call_1"], seconds=5)
    let_go.set()


def test_what_the_web_hands_over_is_what_the_handler_reads(office: Runtime):
    receive(office, "call_1", "call_ended", disconnection_reason="agent_hangup")
    Worker(office, ()).round()
    with office.database.unrestricted_unsafe() as session:
        call = session.scalars(select(Call)).one()
    assert (call.state, call.disconnection_reason) == ("ended", "agent_hangup")
