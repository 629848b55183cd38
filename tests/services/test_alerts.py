"""Alerts are kept with begin and end, and told once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from askpro.providers.notices import NotDelivered
from askpro.services import alerts
from askpro.services.alert_rules import Condition
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from askpro.store.models import Alert
from tests import factories


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["askpro"]
    return found


@pytest.fixture
def now(runtime: Runtime) -> datetime:
    return runtime.clock.now()


OPEN = Condition("breaker_open", "critical", "calcom_api")


def kept(runtime: Runtime) -> list[Alert]:
    with runtime.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(Alert).order_by(Alert.id)))


def test_an_alert_begins_once_and_ends_by_itself(runtime: Runtime, now: datetime):
    alerts.keep(runtime, [OPEN], now)
    alerts.keep(runtime, [OPEN], now + timedelta(seconds=10))
    (alert,) = kept(runtime)
    assert (alert.began_at, alert.ended_at) == (now, None)
    later = now + timedelta(seconds=20)
    alerts.keep(runtime, [], later)
    (alert,) = kept(runtime)
    assert alert.ended_at == later
    alerts.keep(runtime, [OPEN], later)
    assert len(kept(runtime)) == 2


def test_a_silence_outlives_the_end_of_its_alert(runtime: Runtime, now: datetime):
    alerts.keep(runtime, [OPEN], now)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(
            update(Alert).values(silenced_until=now + timedelta(hours=1), silence_reason="known")
        )
    alerts.keep(runtime, [], now + timedelta(minutes=1))
    alerts.keep(runtime, [OPEN], now + timedelta(minutes=2))
    again = kept(runtime)[-1]
    assert again.silence_reason == "known"
    assert alerts.is_silenced(again, now + timedelta(minutes=3))


def test_a_round_looks_at_the_running_gateway(runtime: Runtime, now: datetime):
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.beat(session, now=now)
    assert alerts.check(runtime)["standing"] == 0
    runtime.guards.circuits.force_open("calcom_api")
    assert alerts.check(runtime)["began"] == 1
    runtime.guards.circuits.reset("calcom_api")
    assert alerts.check(runtime)["ended"] == 1


def test_without_workers_whoever_looks_notices(runtime: Runtime):
    alerts.check_for_the_workers(runtime)
    assert [alert.kind for alert in kept(runtime)] == ["no_worker"]


def test_a_company_that_fell_silent_is_noticed(runtime: Runtime, now: datetime):
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.beat(session, now=now)
        for company_id in (15, 20, 30):
            factories.company(session, company_id, f"No. {company_id}", now=now - timedelta(days=9))
        factories.function_call(session, 15, now=now - timedelta(days=8))
        factories.function_call(session, 20, now=now)
    alerts.check(runtime)
    # 30 never had a call: it is being set up.
    assert [alert.company_id for alert in kept(runtime)] == [15]


class _Post:
    """A webhook's other end; answers with the statuses it was given, then 200."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.bodies.append(json.loads(self.rfile.read(length)))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def webhook() -> Iterator[_Post]:
    post = _Post()
    yield post
    post.server.shutdown()
    post.server.server_close()


@pytest.fixture
def telling(
    settings: Callable[..., Settings], database_url: str, webhook: _Post
) -> Iterator[Runtime]:
    from askpro import create_app

    app = create_app(settings(database_url=database_url, alert_webhook_url=webhook.url))
    yield app.extensions["askpro"]
    app.extensions["askpro"].close()


def test_begin_and_end_are_told_to_the_webhook_once(telling: Runtime, webhook: _Post):
    alerts.check(telling)
    alerts.check(telling)
    assert [body["alert"] for body in webhook.bodies] == ["no_worker"]
    assert webhook.bodies[0]["severity"] == "critical"
    with telling.database.unrestricted_unsafe(write=True) as session:
        factories.beat(session, now=telling.clock.now())
    alerts.check(telling)
    assert webhook.bodies[-1]["ended_at"] is not None
    assert len(webhook.bodies) == 2


def test_what_could_not_be_told_is_told_later(telling: Runtime, webhook: _Post):
    webhook.answers = [503]
    assert alerts.check(telling)["told"] == 0
    assert alerts.check(telling)["told"] == 1
    assert alerts.check(telling)["told"] == 0


def test_a_silenced_alert_is_not_told(telling: Runtime, webhook: _Post):
    webhook.answers = [503]
    alerts.check(telling)
    with telling.database.unrestricted_unsafe(write=True) as session:
        until = telling.clock.now() + timedelta(hours=1)
        session.execute(update(Alert).values(silenced_until=until))
    assert alerts.check(telling)["told"] == 0


def test_what_an_operator_does_about_an_alert_while_it_is_told_stays(
    telling: Runtime, monkeypatch: pytest.MonkeyPatch
):
    def told(*_: Any) -> None:
        with telling.database.unrestricted_unsafe(write=True) as session:
            session.execute(update(Alert).values(acknowledged_by="ute"))

    monkeypatch.setattr(alerts, "post_webhook", told)
    # Known from an earlier round, which could not tell it.
    alerts.keep(telling, [Condition("no_worker", "critical", "")], telling.clock.now())

    assert alerts.check(telling)["told"] == 1
    assert kept(telling)[0].acknowledged_by == "ute"
    assert alerts.check(telling)["told"] == 0


def test_a_broken_mail_does_not_repeat_the_webhook(
    telling: Runtime, webhook: _Post, monkeypatch: pytest.MonkeyPatch
):
    mails: list[str] = []

    def broken(_url: str, _from: str, _to: object, subject: str, _text: str) -> None:
        mails.append(subject)
        raise NotDelivered("ConnectionRefusedError")

    monkeypatch.setattr(alerts, "send_mail", broken)
    mailing = replace(
        telling.settings, alert_mail_to=("on-call@example.org",), smtp_url="smtp://localhost"
    )
    both = replace(telling, settings=mailing)
    assert [alerts.check(both)["told"] for _ in range(2)] == [1, 0]
    assert len(webhook.bodies) == 1
    assert mails == ["AskPro testing: no_worker (critical)"]


def test_an_alert_about_a_company_names_it(telling: Runtime, webhook: _Post, now: datetime):
    with telling.database.unrestricted_unsafe(write=True) as session:
        factories.beat(session, now=now)
        factories.company(session, 15, "Salon Quittenberg", now=now)
        factories.guard_event(session, 15, now=now, kind="crossing")
    alerts.check(telling)
    (body,) = webhook.bodies
    assert (body["alert"], body["company_id"], body["company"]) == (
        "crossing", 15, "Salon Quittenberg",
    )  # fmt: skip
