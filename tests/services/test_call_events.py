"""Retell's events become the record of a call, and the call its outcome."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from askpro.providers.retell_events import parse_event
from askpro.services import call_events, call_outcomes
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment, Call, Callback, Company, Customer, FunctionCall
from tests.calcom_telling import HAIRCUT
from tests.retell_telling import CALLER, event, lifecycle, raw
from tests.worlds import PAYLOADS, manifest

BEGAN = datetime(2026, 10, 20, 7, 30, tzinfo=UTC)


class Calls:
    """The hairdresser's calls."""

    def __init__(self, office: Runtime) -> None:
        self.runtime = office
        with office.database.unrestricted_unsafe() as session:
            self.company = session.scalars(
                select(Company.id).where(Company.slug == "salon-quittenberg")
            ).one()

    def hears(self, *told: Any) -> Call:
        now = self.runtime.clock.now()
        for each in told:
            with self.runtime.database.of_company(self.company, write=True) as session:
                call = call_events.record(session, self.company, None, each, now)
        return call

    def adds(self, row: Any) -> None:
        with self.runtime.database.of_company(self.company, write=True) as session:
            session.add(row)

    def all(self) -> list[Call]:
        with self.runtime.database.unrestricted_unsafe() as session:
            return list(session.scalars(select(Call)))

    def appointment(self, **values: Any) -> Appointment:
        now = self.runtime.clock.now()
        told: dict[str, Any] = {"state": "confirmed", "uid": "uidA", "call_id": "call_1", **values}
        row = Appointment(
            key=f"k:{told['uid']}", source="voice", start=now + timedelta(days=1),
            end=now + timedelta(days=1, minutes=30), event_type_id=HAIRCUT, changes=0,
            created_at=now, updated_at=now, **told,
        )  # fmt: skip
        self.adds(row)
        return row

    def traced(self, **told: Any) -> None:
        """A function call's trace is written, behind its answer."""
        row = {"company_id": self.company, "at": self.runtime.clock.now(), "function": "f"}
        cost = {"milliseconds": 1.0, "queries": 0, "redis_trips": 0, "calcom_ms": 0.0}
        more = {"success": True, "cache": "none", "error": None, "request_id": None}
        self.runtime.traces.write({**row, **cost, **more, "arguments": {}, "steps": [], **told})
        self.runtime.traces.flush()

    def answered(self, status: str) -> None:
        self.adds(
            FunctionCall(
                call_id="call_1", at=self.runtime.clock.now(), function="f", status=status,
                success=True, milliseconds=1.0,
            )
        )  # fmt: skip


@pytest.fixture
def calls(office: Runtime) -> Calls:
    return Calls(office)


def ended(**call: Any) -> Any:
    told = {"disconnection_reason": "user_hangup", "duration_ms": 60_000, **call}
    return event("call_ended", "call_1", **told)


# -- the record -----------------------------------------------------------------------------------


def test_a_call_is_recorded_from_its_first_event_to_its_last(calls: Calls):
    told = [parse_event(raw(each)) for each in lifecycle("call_1", BEGAN)]
    states = []
    for each in told:
        states.append(calls.hears(each).state)
    assert states == ["ongoing", "ended", "analyzed"]
    (call,) = calls.all()
    assert (call.started_at, call.duration_ms) == (BEGAN, 95_000)
    assert call.cost_cents == pytest.approx(2.2306)
    assert (call.latency, call.sentiment, call.successful) == ({"e2e": 836}, "Positive", True)
    assert (call.from_number, call.from_tail, call.to_number) == (CALLER, "012", "+493023125110")
    assert call.customer_id is not None


def test_a_late_start_does_not_reopen_a_call_and_erases_nothing(calls: Calls):
    start, end, analysis = (parse_event(raw(each)) for each in lifecycle("call_1", BEGAN))
    calls.hears(end, analysis)
    call = calls.hears(start)
    assert (call.state, call.duration_ms, call.sentiment) == ("analyzed", 95_000, "Positive")


def test_a_later_word_holds_against_an_earlier_one_whenever_it_comes(calls: Calls):
    call = calls.hears(
        event("call_analyzed", "call_1", agent_version=None),
        event("call_ended", "call_1", agent_version=9),
        event("call_started", "call_1", agent_version=8),
    )
    assert call.agent_version == 9


def test_the_duration_is_counted_from_the_instants_until_it_is_told(calls: Calls):
    ms = int(BEGAN.timestamp() * 1000)
    told = {"start_timestamp": ms, "end_timestamp": ms + 42_000}
    assert calls.hears(event("call_ended", "call_1", **told)).duration_ms == 42_000
    assert calls.hears(event("call_analyzed", "call_1", duration_ms=41_500)).duration_ms == 41_500


def test_anonymous_callers_are_nobody(calls: Calls):
    call = calls.hears(event("call_started", "call_1", from_number="anonymous"))
    assert (call.from_number, call.from_digest, call.customer_id) == (None, None, None)


def test_of_an_outbound_call_the_called_one_is_the_customer(calls: Calls):
    call = calls.hears(
        event(
            "call_started", "call_1", direction="outbound",
            from_number="+493023125110", to_number=CALLER,
        )
    )  # fmt: skip
    assert (call.from_number, call.to_number) == (CALLER, "+493023125110")


def test_absurd_values_do_not_break_the_record(calls: Calls):
    call = calls.hears(
        ended(
            duration_ms=10**15, agent_version=10**12, disconnection_reason="x" * 300,
            call_cost={"combined_cost": float(10**12)}, to_number="+" + "4" * 80,
            start_timestamp=-5,
        )
    )  # fmt: skip
    assert (call.duration_ms, call.agent_version, call.cost_cents) == (None, None, None)
    assert call.disconnection_reason is None


def test_two_workers_that_hear_of_a_new_call_at_once_make_one_row(calls: Calls):
    start = threading.Barrier(4)
    faults: list[Exception] = []

    def hear(told: Any) -> None:
        start.wait()
        try:
            calls.hears(told)
        except Exception as fault:
            faults.append(fault)

    told = [parse_event(raw(each)) for each in lifecycle("call_1", BEGAN)]
    threads = [threading.Thread(target=hear, args=(each,)) for each in (*told, told[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    (call,) = calls.all()
    assert (call.state, call.duration_ms, call.outcome) == ("analyzed", 95_000, "information")


# -- outcomes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        ({"disconnection_reason": "voicemail_reached"}, "voicemail"),
        ({"disconnection_reason": "scam_detected"}, "spam"),
        ({"disconnection_reason": "error_llm_websocket_open"}, "technical"),
        ({"disconnection_reason": "concurrency_limit_reached"}, "technical"),
        ({"disconnection_reason": "dial_no_answer", "duration_ms": None}, "abandoned"),
        ({"duration_ms": 3_000}, "abandoned"),
        ({"disconnection_reason": "agent_hangup", "duration_ms": 3_000}, "other"),
        ({}, "information"),
    ],
)
def test_an_outcome_by_how_the_call_ended(calls: Calls, call: dict[str, Any], outcome: str):
    assert calls.hears(ended(**call)).outcome == outcome


def test_a_running_call_has_no_outcome_yet(calls: Calls):
    assert calls.hears(event("call_started", "call_1")).outcome is None


def test_a_function_call_that_is_written_behind_the_end_of_its_call_counts(calls: Calls):
    assert calls.hears(ended(duration_ms=3_000)).outcome == "abandoned"

    calls.traced(call_id="call_1", status="available")
    calls.traced(call_id=None, status="available")

    (call,) = calls.all()
    assert call.outcome == "information"


def test_who_booked_has_booked_whatever_became_of_it_later(calls: Calls):
    calls.appointment()
    assert calls.hears(ended()).outcome == "booked"
    with calls.runtime.database.of_company(calls.company, write=True) as session:
        row = session.scalars(select(Appointment).where(Appointment.uid == "uidA")).one()
        row.state, row.last_change = "cancelled", {"kind": "cancel", "call_id": "another"}
    assert calls.hears(event("call_analyzed", "call_1")).outcome == "booked"


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        ({"state": "refused", "uid": None}, "information"),
        ({"state": "unknown", "uid": None}, "booked"),
        ({"call_id": "before", "last_change": {"kind": "reschedule", "call_id": "call_1"}},
         "rescheduled"),
        ({"call_id": "before", "state": "cancelled",
          "last_change": {"kind": "cancel", "call_id": "call_1"}}, "cancelled"),
        ({"call_id": "before", "pending_change": {"kind": "cancel", "call_id": "call_1"}},
         "cancelled"),
        ({"state": "cancelled", "last_change": {"kind": "cancel", "call_id": "call_1"}},
         "cancelled"),
        ({"call_id": "before", "last_change": {"kind": "cancel", "call_id": "other"}},
         "information"),
    ],
)  # fmt: skip
def test_an_outcome_by_what_the_call_did(calls: Calls, row: dict[str, Any], outcome: str):
    with calls.runtime.database.of_company(calls.company) as session:
        customer = session.scalars(select(Customer).limit(4)).all()
    known = next(each for each in customer if each.phone == CALLER)
    calls.appointment(customer_id=known.id, **row)
    assert calls.hears(ended()).outcome == outcome


def test_a_wish_to_be_called_back_is_an_outcome(calls: Calls):
    now = calls.runtime.clock.now()
    calls.adds(Callback(call_id="call_1", key="k", due_at=now, created_at=now))
    assert calls.hears(ended()).outcome == "callback"


def test_a_calendar_that_was_down_is_a_technical_outcome(calls: Calls):
    calls.answered("calendar_down")
    assert calls.hears(ended()).outcome == "technical"


def test_a_call_is_judged_again_when_its_booking_is_settled(calls: Calls):
    row = calls.appointment(state="unknown", uid=None)
    calls.hears(ended())
    with calls.runtime.database.of_company(calls.company, write=True) as session:
        session.get_one(Appointment, row.id).state = "refused"
        session.flush()
        call_outcomes.refresh(session, ["call_1", None, "nobody's"])
    assert calls.all()[0].outcome == "information"


# -- the golden bodies ----------------------------------------------------------------------------

RECORDED = [row for row in manifest("retell/webhooks/") if row.get("outcome") == "recorded"]
STATES = {"call_started": "ongoing", "call_ended": "ended", "call_analyzed": "analyzed"}


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["path"][16:])
def test_a_golden_event_is_recorded(calls: Calls, row: dict[str, Any]):
    told = parse_event((PAYLOADS / row["path"]).read_bytes())
    call = calls.hears(told)
    assert call.call_id == told.call.call_id
    assert call.state == STATES.get(row["event"], "ongoing")
    if "dial_no_answer" in row["path"]:
        assert call.outcome in ("abandoned", "other")
    if "anonymous" in row["path"]:
        assert call.from_number is None


def test_null_and_absent_fields_are_recorded_alike(calls: Calls):
    null, absent = (
        parse_event((PAYLOADS / f"retell/webhooks/{name}.json").read_bytes())
        for name in ("21-call_analyzed-fields_null", "22-call_analyzed-fields_absent")
    )
    first, second = calls.hears(null), calls.hears(absent)
    for name in ("state", "outcome", "sentiment", "cost_cents", "latency", "in_voicemail"):
        assert getattr(first, name) == getattr(second, name), name
    assert first.duration_ms is not None
