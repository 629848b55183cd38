"""Nothing that an open page shows is kept longer than it is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from askpro.services.runtime import Runtime
from askpro.store.models import Alert, Appointment, Call, Callback, Company, InboxEvent, WorkerBeat
from tests import factories
from tests.clocks import StoppedClock

Change = Callable[[Session, datetime], object]
_A_DAY = timedelta(days=1)

#: What happens in the database, and the panels that have to tell of it.
HAPPENS: dict[str, tuple[tuple[str, ...], Change]] = {
    "a function is called": (
        ("recent", "figures", "situation"),
        lambda session, now: factories.function_call(session, 15, now=now, status="booked"),
    ),
    "a trace waited for the database": (
        ("recent", "figures"),
        lambda session, now: factories.function_call(session, 15, now=now - timedelta(minutes=20)),
    ),
    "an event comes": (
        ("queue", "work", "events"),
        lambda session, now: factories.event(session, 15, now=now, state="new"),
    ),
    "an event is done": (
        ("queue", "work", "events"),
        lambda session, now: session.execute(
            update(InboxEvent).where(InboxEvent.state == "new").values(state="done")
        ),
    ),
    "an event fails": (
        ("events",),
        lambda session, now: session.execute(
            update(InboxEvent).where(InboxEvent.state == "new").values(attempts=3, error="KeyError")
        ),
    ),
    "an event is given up": (
        ("queue", "work", "situation"),
        lambda session, now: factories.event(session, 15, now=now, state="dead"),
    ),
    "a callback is wished": (
        ("todo", "callbacks"),
        lambda session, now: factories.callback(session, 15, now=now),
    ),
    "a callback is done": (
        ("todo", "callbacks"),
        lambda session, now: session.execute(update(Callback).values(state="done")),
    ),
    "a finding is made": (
        ("todo", "findings", "situation"),
        lambda session, now: factories.finding(session, 15, now=now, call_id="call_x"),
    ),
    "a booking is in doubt": (
        ("todo", "doubts"),
        lambda session, now: factories.appointment(
            session, 15, now=now, start=now + _A_DAY, state="unknown"
        ),
    ),
    "an appointment is confirmed": (
        ("appointments",),
        lambda session, now: session.execute(
            update(Appointment).where(Appointment.state == "sent").values(state="confirmed")
        ),
    ),
    "a call goes on": (
        ("calls",),
        lambda session, now: session.execute(
            update(Call).values(state="ended", outcome="booked", duration_ms=61_000)
        ),
    ),
    "an alert begins": (
        ("alerts",),
        lambda session, now: factories.alert(session, None, now=now, subject="calcom_api:20"),
    ),
    "an alert gets worse": (
        ("alerts",),
        lambda session, now: session.execute(
            update(Alert).values(severity="critical", detail={"ms": 2400})
        ),
    ),
    "an alert ends": (
        ("alerts", "past_alerts"),
        lambda session, now: session.execute(update(Alert).values(ended_at=now)),
    ),
    "a company is closed": (
        ("situation", "company", "companies"),
        lambda session, now: session.execute(
            update(Company).where(Company.id == 15).values(service_mode="paused")
        ),
    ),
    "a worker falls silent": (
        ("situation", "work", "workers"),
        lambda session, now: session.execute(
            update(WorkerBeat).values(beat_at=now - timedelta(minutes=5))
        ),
    ),
}


@pytest.fixture(autouse=True)
def _stop_the_clock(app: Flask, clock: StoppedClock) -> None:
    """No new minute may come to the help of a panel."""
    app.extensions["askpro"] = replace(app.extensions["askpro"], clock=clock)


@pytest.fixture
def anna(
    signed_in: Callable[[str], FlaskClient],
    writing: Callable[[], Any],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> FlaskClient:
    """Anna, and one of everything that can change."""
    monkeypatch.setattr("askpro.web.dashboard.panels.drawing._KEPT_SECONDS", 0.0)
    client = signed_in("anna")
    with writing() as session:
        factories.call(session, 15, now=now, state="ongoing", outcome=None)
        factories.event(session, 15, now=now, state="new", subject="call_1")
        factories.callback(session, 15, now=now)
        factories.alert(session, None, now=now, kind="slow_answers", severity="warning")
        factories.appointment(session, 15, now=now, start=now + _A_DAY, state="sent")
        factories.beat(session, now=now)
    return client


def version(client: FlaskClient, panel: str) -> str:
    answer = client.get(f"/panels/{panel}?company=15" if panel == "company" else f"/panels/{panel}")
    assert answer.status_code == 200, panel
    return answer.headers["ETag"]


@pytest.mark.parametrize("what", HAPPENS)
def test_what_happens_is_seen_at_the_next_look(
    anna: FlaskClient, writing: Callable[[], Any], now: datetime, what: str
):
    panels, happen = HAPPENS[what]
    before = {panel: version(anna, panel) for panel in panels}
    assert {panel: version(anna, panel) for panel in panels} == before
    with writing() as session:
        happen(session, now)
    assert [panel for panel in panels if version(anna, panel) == before[panel]] == []


def test_what_the_guards_count_is_seen(
    anna: FlaskClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
):
    for what, panel in (("hit", "cache"), ("miss", "cache"), ("violation", "limits")):
        before = version(anna, panel)
        runtime.guards.counters.add(15, what, 3)
        # The sums are kept by the wall's clock.
        for seconds in (60, 300):
            anna.application.extensions[f"askpro_counted_{seconds}"].clear()
        assert version(anna, panel) != before, what
    before = version(anna, "breaker")
    runtime.guards.circuits.force_open("calcom_api")
    assert version(anna, "breaker") != before


def test_a_callback_grows_overdue_by_itself(
    anna: FlaskClient, clock: StoppedClock, writing: Callable[[], Any], now: datetime
):
    with writing() as session:
        factories.callback(session, 15, now=now, due_at=now + timedelta(seconds=2))
    before = {panel: version(anna, panel) for panel in ("todo", "callbacks", "situation")}
    clock.advance(seconds=5)
    assert [panel for panel in before if version(anna, panel) == before[panel]] == []


def test_what_is_counted_in_memory_says_since_when_until_a_day_is_whole(
    signed_in: Callable[[str], FlaskClient], runtime: Runtime
):
    counters, anna = runtime.guards.counters, signed_in("anna")
    counters.began_at = runtime.clock.now()
    for name in ("cache", "limits"):
        assert "Counted since" in anna.get(f"/panels/{name}?lang=en").text
    counters.began_at -= _A_DAY
    for name in ("cache", "limits"):
        assert "Counted since" not in anna.get(f"/panels/{name}?lang=en&company=15").text
