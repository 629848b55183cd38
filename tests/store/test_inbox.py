"""The inbox stores each event once, hands it to one worker at a time, and takes no late word."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from askpro.services.runtime import Runtime
from askpro.store import inbox
from askpro.store.models import Company, InboxEvent
from askpro.store.tenancy import Database

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


@pytest.fixture
def database(app: Flask) -> Database:
    runtime: Runtime = app.extensions["askpro"]
    with runtime.database.unrestricted_unsafe(write=True) as session:
        for number in (1, 2):
            session.add(Company(id=number, slug=f"c{number}", name="C", created_at=NOW))
    return runtime.database


def store(database: Database, identity: str = "call_ended:call_1", **values: Any) -> bool:
    told: dict[str, Any] = {
        "provider": "retell",
        "event": "call_ended",
        "company_id": 1,
        "branch_id": None,
        "signed_by": None,
        "subject": "call_1",
        "body": {"said": "Guten Tag, hier ist Sputer."},
        "now": NOW,
        **values,
    }
    with database.unrestricted_unsafe(write=True) as session:
        return inbox.store(session, identity=identity, **told)


def claim(database: Database, now: datetime = NOW, **wanted: Any) -> list[InboxEvent]:
    with database.unrestricted_unsafe(write=True) as session:
        return inbox.claim(session, now, **{"most": 20, "lease": LEASE, **wanted})


def rows(database: Database) -> list[InboxEvent]:
    with database.unrestricted_unsafe() as session:
        return list(session.scalars(select(InboxEvent).order_by(InboxEvent.id)))


def test_an_event_is_stored_once(database: Database):
    assert store(database)
    assert not store(database, body={"said": "etwas anderes"})
    assert len(rows(database)) == 1


def test_nobody_keeps_another_companys_event_out_by_sending_one_like_it_first(database: Database):
    assert store(database, company_id=1, signed_by=1)
    assert store(database, company_id=2, signed_by=2)
    assert store(database, company_id=None, signed_by=1)
    assert store(database, company_id=None, signed_by=None)
    assert len(rows(database)) == 4


def test_an_endless_identity_fits(database: Database):
    assert store(database, identity="x" * 5_000)
    assert store(database, identity="x" * 4_999 + "y")
    assert not store(database, identity="x" * 5_000)


def test_a_body_lies_encrypted_and_is_read_again(database: Database):
    store(database)
    with database.unrestricted_unsafe() as session:
        lying = session.execute(text("SELECT body FROM inbox")).scalar_one()
        assert b"Sputer" not in bytes(lying)
        (event,) = session.scalars(select(InboxEvent))
        assert inbox.body_of(session, event.id) == {"said": "Guten Tag, hier ist Sputer."}


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(database: Database):
    store(database)
    (event,) = claim(database)
    assert event.attempts == 1
    assert claim(database, NOW + LEASE - timedelta(seconds=1), fresh=False) == []
    (again,) = claim(database, NOW + LEASE, fresh=False)
    assert again.attempts == 2
    assert again.lease_token != event.lease_token


def test_the_oldest_come_first_and_no_more_than_wanted(database: Database):
    for number in range(5):
        store(database, f"e{number}", now=NOW - timedelta(minutes=number), subject=f"s{number}")
    assert [event.subject for event in claim(database, most=2)] == ["s4", "s3"]


def test_what_is_not_due_ignored_done_or_dead_is_not_claimed(database: Database):
    store(database, "later", now=NOW + timedelta(seconds=1))
    store(database, "ignored", state="ignored")
    assert claim(database) == []


def test_what_was_tried_before_is_claimed_apart(database: Database):
    store(database, "fresh")
    store(database, "tried")
    first, second = claim(database)
    with database.unrestricted_unsafe(write=True) as session:
        inbox.retry_later(session, second, NOW, "ValueError")
        inbox.hand_back(session, [first], NOW)
    assert [event.id for event in claim(database)] == [first.id]
    assert [event.id for event in claim(database, fresh=False)] == [second.id]


def test_who_lost_the_lease_cannot_finish(database: Database):
    store(database)
    (slow,) = claim(database)
    (quick,) = claim(database, NOW + LEASE, fresh=False)
    with database.unrestricted_unsafe(write=True) as session:
        assert not inbox.finish(session, slow, NOW, {"effect": "slow"})
        assert not inbox.retry_later(session, slow, NOW, "Slow")
        assert not inbox.bury(session, slow, NOW, "Slow")
        assert inbox.finish(session, quick, NOW, {"effect": "quick"}, body={"thin": True})
    (row,) = rows(database)
    assert (row.state, row.effect, row.lease_token) == ("done", {"effect": "quick"}, None)
    with database.unrestricted_unsafe() as session:
        assert inbox.body_of(session, row.id) == {"thin": True}


def test_workers_that_claim_at_once_share_the_events(database: Database):
    for number in range(60):
        store(database, f"e{number}")
    taken: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while events := claim(database, most=5):
            taken.extend(event.id for event in events)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == [row.id for row in rows(database)]


def test_events_that_nobody_answered_for_are_found_by_their_subject(database: Database):
    store(database, "a", company_id=None, state="ignored", subject="uid1", provider="calcom")
    store(database, "b", company_id=None, state="ignored", subject="uid2", provider="calcom")
    store(database, "c", company_id=1, state="ignored", subject="uid1", provider="calcom")
    with database.unrestricted_unsafe(write=True) as session:
        (found,) = inbox.unclaimed(session, ["uid1"], "calcom", {"call_ended"})
        inbox.wake(found, 2, None, NOW)
    (woken,) = claim(database)
    assert (woken.company_id, woken.subject) == (2, "uid1")
