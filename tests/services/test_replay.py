"""Events are worked on again: a dry run shows what would change, and twice does no harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from askpro.providers.calcom_webhooks import parse_calcom_event
from askpro.services import call_events, events, replay
from askpro.services.runtime import Runtime
from askpro.store.models import BookingUid, Call, Customer, Finding, InboxEvent
from askpro.worker import Worker
from tests import calcom_telling, retell_telling
from tests.ledgers import appointments

SENT = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def retell(office: Runtime, name: str, call_id: str = "call_1", **call: Any) -> None:
    told = retell_telling.event(name, call_id, **call)
    events.receive_retell(office, events.office_of_call(office, told.call), told, signed_by=None)


def calcom(office: Runtime, trigger: str, uid: str = "uidA", **said: Any) -> None:
    body = calcom_telling.body(trigger, uid, **{"at": SENT, "start": START, **said})
    told = parse_calcom_event(calcom_telling.raw(body))
    events.receive_calcom(office, events.owner_of(office, told), told, signed_by=None)


def work(office: Runtime) -> None:
    worker = Worker(office, ())
    while worker.round():
        continue


def all_events(office: Runtime) -> list[InboxEvent]:
    return replay.select_events(office, None)


def everything(office: Runtime) -> list[Any]:
    """What an event may change, as plain values."""
    with office.database.unrestricted_unsafe() as session:
        calls = [
            (row.call_id, row.state, row.outcome, row.sources)
            for row in session.scalars(select(Call))
        ]
        links = [(row.uid, row.facts) for row in session.scalars(select(BookingUid))]
        counts = [len(session.scalars(select(table)).all()) for table in (Customer, Finding)]
        return [appointments(session), calls, sorted(links, key=str), counts]


def test_a_dry_run_shows_what_would_change_and_changes_nothing(office: Runtime):
    retell(office, "call_ended", disconnection_reason="user_hangup", duration_ms=60_000)
    calcom(office, "BOOKING_CANCELLED", "uma8qGpUPZq19TUnvDbHm4", sequence=2)
    before = everything(office)
    call, booking = replay.dry_run(office, all_events(office))
    assert call.would is not None
    assert call.would["changes"]["state"] == [None, "ended"]
    assert call.would["changes"]["outcome"] == [None, "information"]
    assert booking.would is not None
    assert booking.would["effect"] == "cancelled"
    assert booking.would["changes"]["state"] == ["confirmed", "cancelled"]
    assert everything(office) == before
    assert [event.state for event in all_events(office)] == ["new", "new"]


def test_a_dry_run_shows_nothing_personal(office: Runtime):
    retell(office, "call_ended")
    calcom(office, "BOOKING_CREATED", cancellationReason="Wackernagel ist krank")
    shown = json.dumps([each.would for each in replay.dry_run(office, all_events(office))])
    for personal in ("Wackernagel", "069012", "torben", "uidA"):
        assert personal not in shown


def test_a_dry_run_of_what_cannot_be_done_tells_why(
    office: Runtime, monkeypatch: pytest.MonkeyPatch
):
    retell(office, "call_ended")

    def fail(*_: object) -> None:
        raise KeyError("Wackernagel")

    monkeypatch.setattr(call_events, "record", fail)
    (tried,) = replay.dry_run(office, all_events(office))
    assert (tried.would, tried.error) == (None, "KeyError")


def test_replaying_twice_does_no_harm(office: Runtime):
    for told in retell_telling.lifecycle("call_1", SENT):
        parsed = retell_telling.parse_event(retell_telling.raw(told))
        answered = events.office_of_call(office, parsed.call)
        events.receive_retell(office, answered, parsed, signed_by=None)
    calcom(office, "BOOKING_CREATED")
    calcom(office, "BOOKING_RESCHEDULED", "uidB", previous="uidA", sequence=1)
    calcom(office, "BOOKING_CANCELLED", "uidB", sequence=2)
    work(office)
    before = everything(office)
    for _ in range(2):
        replay.replay(office, all_events(office))
        work(office)
        assert everything(office) == before
    assert {event.state for event in all_events(office)} == {"done"}


def test_dead_letters_live_again_with_all_their_tries(office: Runtime):
    retell(office, "call_ended")
    with office.database.unrestricted_unsafe(write=True) as session:
        gone = {"state": "dead", "attempts": 8, "error": "KeyError"}
        session.execute(update(InboxEvent).values(**gone))
    (dead,) = replay.select_events(office, None, states=("dead",))
    replay.replay(office, [dead])
    (row,) = all_events(office)
    assert (row.state, row.attempts, row.error) == ("new", 0, None)
    work(office)
    assert all_events(office)[0].state == "done"


def test_a_dead_letter_is_put_away_by_those_who_may(office: Runtime):
    retell(office, "call_ended")
    (row,) = all_events(office)
    assert not replay.discard(office, None, row.id)
    with office.database.unrestricted_unsafe(write=True) as session:
        session.execute(update(InboxEvent).values(state="dead"))
    assert row.company_id is not None
    assert not replay.discard(office, row.company_id + 1, row.id)
    assert replay.discard(office, row.company_id, row.id)
    assert all_events(office)[0].state == "ignored"


def test_events_are_selected_by_what_they_are(office: Runtime):
    retell(office, "call_ended")
    retell(office, "call_started", "call_2")
    calcom(office, "BOOKING_CREATED")

    def selected(**wanted: Any) -> list[str]:
        return [event.event for event in replay.select_events(office, None, **wanted)]

    assert selected(provider="calcom") == ["BOOKING_CREATED"]
    assert selected(event="call_started") == ["call_started"]
    assert selected(since=datetime(2026, 10, 21, tzinfo=UTC)) == []
    assert selected(most=2) == ["call_ended", "call_started"]
    other = replay.select_events(office, 999)
    assert other == []


# -- the command ----------------------------------------------------------------------------------


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["events", *words])


def test_the_command_lists_events_without_their_bodies(office_app: Flask, office: Runtime):
    retell(office, "call_ended")
    calcom(office, "BOOKING_CREATED")
    shown = run(office_app, "list", "--provider", "calcom", "--json")
    (row,) = json.loads(shown.stdout)
    assert (row["event"], row["state"], row["attempts"]) == ("BOOKING_CREATED", "new", 0)
    assert "body" not in row
    assert "call_ended" in run(office_app, "list").output


def test_the_command_tries_first_and_replays_then(office_app: Flask, office: Runtime):
    calcom(office, "BOOKING_CANCELLED", "uma8qGpUPZq19TUnvDbHm4", sequence=2)
    number = str(all_events(office)[0].id)
    tried = run(office_app, "replay", number, "--dry-run")
    assert "cancelled; state: confirmed → cancelled" in tried.output
    work(office)
    assert "changes nothing" in run(office_app, "replay", number, "--dry-run").output
    assert "waits for a worker" in run(office_app, "replay", number).output
    assert all_events(office)[0].state == "new"


def test_the_command_replays_all_that_failed_and_nothing_else(office_app: Flask, office: Runtime):
    retell(office, "call_ended")
    retell(office, "call_started", "call_2")
    work(office)
    with office.database.unrestricted_unsafe(write=True) as session:
        failed = update(InboxEvent).where(InboxEvent.subject == "call_1")
        session.execute(failed.values(state="dead", error="KeyError"))
    replayed = json.loads(run(office_app, "replay", "--failed", "--json").stdout)
    assert [each["event"] for each in replayed] == ["call_ended"]
    assert [event.state for event in all_events(office)] == ["new", "done"]


def test_the_command_wants_to_know_which(office_app: Flask, office: Runtime):
    assert run(office_app, "replay").exit_code == 2
