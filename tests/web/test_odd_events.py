"""Events with odd values: none is refused or lost, and what it does say is kept.

On both databases: what is too wide or too far for a column shows on PostgreSQL only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from askpro.providers.calcom_webhooks import sign_calcom
from askpro.settings import Settings
from askpro.store.models import Appointment, Call, InboxEvent
from askpro.worker import Worker
from tests import calcom_telling, retell_telling
from tests.worlds import CALCOM_SECRET, World, golden

SENT = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
FIRST = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
BEGAN_MS = 1_792_484_100_000

#: What ``call`` says of itself, and what is known of it afterwards.
CALLS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"start_timestamp": "gestern", "duration_ms": "lang", "call_cost": "viel", "latency": [1]},
        {"started_at": None, "duration_ms": None, "cost_cents": None, "latency": None},
    ),
    (
        {"start_timestamp": 10**30, "end_timestamp": 10**25, "agent_version": 10**12},
        {"started_at": None, "ended_at": None, "agent_version": None},
    ),
    ({"duration_ms": 10**20, "call_cost": {"combined_cost": 1e308}}, {"cost_cents": None}),
    ({"duration_ms": -5, "call_cost": {"combined_cost": -1}}, {"duration_ms": None}),
    ({"duration_ms": True, "call_cost": {"combined_cost": True}}, {"cost_cents": None}),
    ({"duration_ms": 1500.0, "call_cost": {"combined_cost": 0}}, {"duration_ms": 1500}),
    (
        {"start_timestamp": BEGAN_MS, "end_timestamp": BEGAN_MS - 30_000},
        {"duration_ms": 0},
    ),
    ({"disconnection_reason": "error_quantum_flux"}, {"outcome": "technical"}),
    ({"disconnection_reason": "x" * 500}, {"disconnection_reason": None}),
    ({"disconnection_reason": ["user_hangup"]}, {"disconnection_reason": None}),
    ({"call_type": "c" * 90, "direction": "d" * 90}, {"kind": "c" * 20, "direction": "d" * 10}),
    ({"call_analysis": []}, {"sentiment": None}),
    ({"call_analysis": {"user_sentiment": "Wütend auf den Chef"}}, {"sentiment": None}),
    ({"call_analysis": {"call_successful": "yes", "in_voicemail": "no"}}, {"successful": None}),
    ({"call_analysis": {"custom_analysis_data": {"a": {"b": [1]}, "": 1, "x" * 300: 2}}}, {}),
    ({"call_analysis": {"custom_analysis_data": {"datum": "2026-99-99", "uhrzeit": "99:99"}}}, {}),
    ({"from_number": "Restricted <sip:x@y>"}, {"direction": "inbound"}),
    ({"from_number": "anonymous"}, {"from_number": None}),
    ({"agent_name": "A\x00B", "metadata": [1], "collected_dynamic_variables": 5}, {}),
    ({"transcript": 17, "transcript_object": [5, None, {"role": "user", "content": None}]}, {}),
    ({"transcript": "User: 👍🏽 ja\u2028genau\x00\x1b[31m"}, {}),
    ({"transfer_destination": [1], "call_status": 9}, {}),
]

#: What a booking says beside its uid and time, and what stands here afterwards.
BOOKINGS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"attendees": None}, {"attendee_name": None}),
    ({"attendees": "x", "organizer": "x"}, {"attendee_name": None}),
    ({"attendees": [{"name": {"firstName": "Ada"}, "email": 5}]}, {"attendee_name": None}),
    ({"attendees": [{"name": "N" * 500, "phoneNumber": "abc"}]}, {"attendee_phone": None}),
    ({"responses": {"name": "x", "email": None}, "metadata": "x"}, {}),
    ({"metadata": {"a": {"b": 1}, "gw_key": 5, "x" * 60: "y" * 900}}, {}),
    ({"iCalSequence": 10**15, "bookingId": 10**25}, {"calcom_id": None}),
    ({"iCalSequence": "1", "bookingId": 2**40}, {"calcom_id": 2**40}),
    ({"status": "WHATEVER"}, {}),
    ({"status": 1, "rescheduleUid": 5}, {"changes": 0}),
    ({"location": {"type": "x"}, "title": "a\x00b", "description": "\ud83d"}, {}),
    ({"endTime": "2026-11-30T09:00:00Z"}, {"length": timedelta(minutes=30)}),
    ({"endTime": "9999-12-31T23:59:59Z"}, {"length": timedelta(minutes=30)}),
    ({"endTime": None, "length": None}, {"length": timedelta(minutes=30)}),
    ({"uid": "u" * 95}, {"uid": "u" * 95}),
]


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


def posted(world: World, told: dict[str, Any]) -> tuple[int, str]:
    """How Cal.com's webhook was answered."""
    raw = json.dumps(told).encode()
    headers = {"X-Cal-Signature-256": sign_calcom(raw, CALCOM_SECRET)}
    answer = world.client.post("/api/webhooks/calcom", data=raw, headers=headers)
    return answer.status_code, answer.get_json()["status"]


def worked_off(world: World) -> None:
    """The worker has done all that came."""
    worker = Worker(world.runtime, ())
    while worker.round():
        pass
    with world.runtime.database.unrestricted_unsafe() as session:
        events = session.scalars(select(InboxEvent)).all()
    assert {(event.state, event.error) for event in events} == {("done", None)}


def test_what_retell_says_oddly_is_left_out_and_the_rest_is_kept(world: World):
    for number, (said, _) in enumerate(CALLS):
        event = "call_analyzed" if "call_analysis" in said or "transcript" in said else "call_ended"
        told = retell_telling.body(event, f"call_odd_{number}", **said)
        answer = world.post("/api/webhooks/retell", told)
        assert (answer.status_code, answer.get_json()["status"]) == (200, "stored"), said
    worked_off(world)

    with world.runtime.database.unrestricted_unsafe() as session:
        calls = {call.call_id: call for call in session.scalars(select(Call))}
    for number, (said, known) in enumerate(CALLS):
        call = calls[f"call_odd_{number}"]
        assert call.state in ("ended", "analyzed"), said
        assert {name: getattr(call, name) for name in known} == known, said


def test_what_calcom_says_oddly_is_left_out_and_the_rest_is_kept(world: World):
    for number, (said, _) in enumerate(BOOKINGS):
        start = FIRST + timedelta(hours=number)
        told = calcom_telling.body("BOOKING_CREATED", f"uidOdd{number}", at=SENT, start=start)
        told["payload"] |= said
        assert posted(world, told) == (200, "stored"), said
    worked_off(world)

    with world.runtime.database.unrestricted_unsafe() as session:
        rows = session.scalars(select(Appointment).where(Appointment.start >= FIRST)).all()
    found = {row.start: row for row in rows}
    for number, (said, known) in enumerate(BOOKINGS):
        row = found[FIRST + timedelta(hours=number)]
        told = {"length": row.end - row.start, **vars(row)}
        assert row.state == "confirmed", said
        assert {name: told[name] for name in known} == known, said


def test_a_booking_at_the_end_of_time_hides_no_other(world: World):
    """No time zone can show it, nor a list that it is in."""
    for start in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        told = calcom_telling.body("BOOKING_CREATED", f"uid{start[:4]}", at=SENT, start=FIRST)
        told["payload"]["startTime"] = start
        assert posted(world, told) == (200, "stored")
    worked_off(world)

    with world.runtime.database.unrestricted_unsafe() as session:
        starts = session.scalars(select(Appointment.start)).all()
    assert {2026} == {start.year for start in starts}
