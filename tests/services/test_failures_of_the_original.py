"""What the original system got wrong in production (rules.md §11), each by its symptom.

Callers speak over HTTP here, as Retell does. What is shown in full elsewhere is only touched on:
the doctor in ``doctor/``, redaction in ``tests/guards/redaction``, races in ``tests/faults``, and
all of it on PostgreSQL.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from askpro import logs
from askpro.providers.calcom import Booking as Answered
from askpro.providers.calcom import CalcomClient, NewBooking
from askpro.services import event_work, sweep
from askpro.services.doctor.examination import CHECKS
from askpro.settings import Settings
from askpro.simulator.bookings import Booking
from askpro.store import inbox
from askpro.store.models import Call
from tests.servers.postgres import LentPostgres
from tests.services.doctor import test_ill
from tests.town import ADVICE, BAVARIA, BERLIN, CUT, Caller, Town, living

pytestmark = pytest.mark.on("sqlite")

DAY = "2026-10-21"
LIMIT_HEADERS = ("Limit", "Remaining", "Reset")
EVENTS, FUNCTION = "/api/webhooks/retell", "/api/webhooks/retell/function"


@pytest.fixture
def town(settings: Callable[..., Settings], database_url: str) -> Iterator[Town]:
    """With the breaker as it is delivered."""
    with living(settings(database_url=database_url)) as town:
        yield town


_ids = (f"call_{number}_of_this_file" for number in itertools.count(1))


def calling(town: Town, **more: Any) -> Caller:
    return town.caller(**{"call_id": next(_ids), **more})


def said(caller: Caller, function: str, **args: Any) -> dict[str, Any]:
    """What a live call hears."""
    facts = {"call_id": caller.call_id, "from_number": caller.number, "to_number": caller.to}
    return caller.town.world.call(function, args, **facts)


def books(caller: Caller, time: str, **more: Any) -> dict[str, Any]:
    wish = {"service": "Schneiden", "name": "Eva Sommer", **more}
    return said(caller, "book_appointment", date=DAY, time=time, **wish)


def tells(town: Town, event: str, caller: Caller, **call: Any) -> None:
    facts = {"call_id": caller.call_id, "from_number": caller.number, "to_number": caller.to}
    told = {"event": event, "call": {"direction": "inbound", **facts, **call}}
    assert town.world.post(EVENTS, told).status_code == 200


def worked_off(town: Town) -> None:
    """The worker has done what the inbox had."""
    runtime, lease = town.runtime, timedelta(minutes=1)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        claimed = inbox.claim(session, runtime.clock.now(), most=20, lease=lease)
    assert [event_work.work_on(runtime, event) for event in claimed] == ["done"] * len(claimed)


def calls(town: Town) -> list[Call]:
    with town.runtime.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(Call)))


# -- protections -----------------------------------------------------------------------------------


def test_all_calls_500_after_a_deploy(shared_town: Town):
    """The limiter was registered where nothing used it."""
    app = shared_town.world.app
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api"):
            continue
        path = rule.rule.replace("<int:booking_id>", "1").replace("<token>", "x")
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PATCH", "DELETE", "HEAD"}):
            answer = app.test_client().open(path, method=method, json={})
            assert answer.status_code < 500, (method, path)
            told = [f"X-RateLimit-{name}" in answer.headers for name in LIMIT_HEADERS]
            assert all(told), (method, path)


def test_protections_that_existed_and_were_used_nowhere():
    """Nobody had tried: each check of the doctor has been seen to fail."""
    seen = {name for known in vars(test_ill).values() for name in _names_in(known)}
    # Of companies that nobody reaches the doctor only tells: nothing protects from them.
    assert {check.__name__ for check in CHECKS} - seen == {"companies"}


def test_all_webhooks_lost(shared_town: Town):
    """Only two addresses had been allowed; a signature comes from anywhere."""
    caller = calling(shared_town)
    facts = {"call_id": caller.call_id, "from_number": caller.number, "to_number": caller.to}
    for number, address in enumerate(("203.0.113.7", "2001:db8::7")):
        answer = shared_town.world.post(
            EVENTS,
            {"event": "call_started", "call": {**facts, "call_id": f"call_from_afar_{number}"}},
            headers={"X-Forwarded-For": address, "CF-Connecting-IP": address},
        )
        assert (answer.status_code, answer.get_json()["status"]) == (200, "stored")


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_pii_in_logs_on_staging(
    settings: Callable[..., Settings], environment: str, capsys: pytest.CaptureFixture[str]
):
    """It was redacted in production only."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        logs.configure_logging(settings(app_env=environment, log_level="DEBUG"))
        logging.getLogger("a.library").warning("from %s to %s", "+4915123456789", "eva@example.com")
    finally:
        root.handlers[:], root.level = before
    assert "from [PHONE_REDACTED] to [EMAIL_REDACTED]" in capsys.readouterr().err


def test_production_wiped_by_a_test_run():
    """It had the same credentials: no test reads them, and a lent server is named for tests."""
    assert not {"DATABASE_URL", "REDIS_URL"} & os.environ.keys()
    with pytest.raises(RuntimeError, match="_test"):
        LentPostgres("postgresql://askpro@localhost/askpro")


# -- what Retell sends -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "arguments"), [("name", "args"), ("function_name", "parameters")])
def test_every_function_call_refused(shared_town: Town, name: str, arguments: str):
    """``name`` and ``args`` were not understood."""
    call = {"call_id": "call_of_an_envelope", "to_number": BERLIN}
    body = {name: "list_services", arguments: {}, "call": call}
    answer = shared_town.world.post(FUNCTION, body)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "found")


@pytest.mark.parametrize("invented", ["None", "call_1", "current", "call_of_4915"])
def test_call_context_not_available(shared_town: Town, invented: str):
    """``args.call_id`` is the language model's; the envelope knows the company."""
    answer = said(calling(shared_town), "check_availability", date=DAY, call_id=invented)
    assert answer["status"] == "available"


def test_calls_listed_twice_and_live_for_500_hours(town: Town):
    """Temporary rows, and ends that never came."""
    ended, silent = calling(town), calling(town)
    for event in ("call_analyzed", "call_started", "call_ended", "call_started"):
        tells(town, event, ended)
    tells(town, "call_started", silent)
    worked_off(town)
    assert sorted(call.state for call in calls(town)) == ["analyzed", "ongoing"]

    alone = town.later(minutes=31)
    sweep.sweep_calls(replace(alone, settings=replace(alone.settings, retell_api_key=())))

    assert sorted(call.state for call in calls(town)) == ["analyzed", "ended"]


def test_costs_100_times_too_high(town: Town):
    """Cents were read as dollars: the unit is in the name."""
    tells(town, "call_ended", calling(town), call_cost={"combined_cost": 12.5})
    worked_off(town)
    assert [call.cost_cents for call in calls(town)] == [12.5]


# -- what callers hear -----------------------------------------------------------------------------


@pytest.mark.parametrize("confirmed", [{}, {"bestaetigung": None}, {"bestaetigung": True}])
def test_fully_booked_for_14_days_with_free_slots(town: Town, confirmed: Mapping[str, Any]):
    """A missing confirmation was read as "no"."""
    wish = {"datum": DAY, "uhrzeit": "10:00", "name": "Eva Sommer", **confirmed}
    assert said(calling(town), "collect_appointment", **wish)["status"] == "booked"


def test_the_agent_fell_silent(town: Town):
    """ "Slot taken" was no success, or no 200: now it is both, and a sentence."""
    town.faults(path="bookings", method="POST", status=409, times=1)
    answer = books(calling(town), "10:00")
    assert (answer["success"], answer["status"]) == (True, "unavailable")
    assert answer["alternatives"]
    assert answer["message"].endswith((".", "?"))


def test_wrong_companys_data(town: Town):
    """There was a first company, and a newest call, to fall back to."""
    berlin = calling(town)
    assert books(berlin, "10:00")["status"] == "booked"
    lost = replace(berlin, to="+493099999999", call_id="call_to_nobody")
    assert said(lost, "query_appointment")["status"] == "unknown_company"
    bavaria = replace(berlin, to=BAVARIA, call_id="call_to_bavaria")
    assert said(bavaria, "query_appointment")["status"] == "none"
    assert said(bavaria, "check_customer")["status"] == "new"


def test_booked_a_consultation_instead_of_a_haircut(town: Town):
    """The name was ignored: what was checked is what gets booked."""
    caller = calling(town)
    checked = said(caller, "check_availability", service="Beratung", date=DAY, time="10:00")
    assert checked["status"] == "available"
    assert books(caller, "10:00", service=None)["service"] == "Beratung"
    assert books(calling(town), "11:00")["service"] == "Schneiden"
    assert town.standing() == [(f"{DAY} 10:00", ADVICE), (f"{DAY} 11:00", CUT)]


def test_free_then_just_taken(town: Town):
    """Nothing was held, and two caches remembered for five minutes."""
    first, second = calling(town), calling(town)
    assert said(first, "check_availability", date=DAY, time="10:00")["status"] == "available"
    assert said(second, "check_availability", date=DAY, time="10:00")["status"] == "unavailable"
    assert books(first, "10:00")["status"] == "booked"
    assert said(calling(town), "check_availability", date=DAY, time="10:00")["available"] is False


def test_22_15_not_available(settings: Callable[..., Settings], database_url: str):
    """Berlin's time was compared as text with UTC's."""

    def open_late(world: dict[str, Any]) -> None:
        world["tenants"][0]["event_types"][0]["free_weekly"] = {"Mo-Fr": ["20:15-23:15"]}

    with living(settings(database_url=database_url), change=open_late) as town:
        for time in ("20:45", "21:15", "22:15"):
            caller = calling(town)
            checked = said(caller, "check_availability", date=DAY, time=time)
            assert (checked["status"], checked["requested_time"][11:]) == (
                "available",
                f"{time}:00+02:00",
            )
        assert books(caller, "22:15")["status"] == "booked"
        assert town.rows()[0].start == datetime(2026, 10, 21, 20, 15, tzinfo=UTC)


def test_alternatives_that_were_never_free(town: Town):
    """ "That day has slots" was enough: only instants that Cal.com returned are offered."""
    assert books(calling(town), "10:00")["status"] == "booked"
    answer = said(calling(town), "get_alternatives", date=DAY, time="10:00", max_alternatives=5)
    offered = [each["time"] for each in answer["alternatives"]]
    assert len(set(offered)) == len(offered) == 5
    for time in offered:
        free = said(calling(town), "check_availability", date=time[:10], time=time[11:16])
        assert free["status"] == "available", time


# -- what stands at Cal.com ------------------------------------------------------------------------


def test_two_customers_on_one_calcom_booking(town: Town, monkeypatch: pytest.MonkeyPatch):
    """A repeated answer was taken for a new booking."""
    book, answers = CalcomClient.book, list[Answered]()

    def repeating(self: CalcomClient, new: NewBooking, **more: Any) -> Answered:
        answers.append(answers[0] if answers else book(self, new, **more))
        return answers[0]

    monkeypatch.setattr(CalcomClient, "book", repeating)
    assert books(calling(town), "10:00")["status"] == "booked"
    assert books(calling(town), "11:00", name="Ben Winter")["status"] == "unavailable"

    assert len(answers) == 2
    assert [(row.state, bool(row.uid)) for row in town.rows()] == [
        ("confirmed", True),
        ("refused", False),
    ]
    assert town.findings() == ["shared_booking"]


def test_booking_at_calcom_nothing_in_the_database(town: Town):
    """It was written afterwards: now the wish is there when Cal.com is asked."""
    simulation, known = town.world.calcom.simulation, list[str]()

    def heard(trigger: str, row: Booking, extras: Mapping[str, Any]) -> None:
        known.extend(town.states())

    simulation.calendar.listener = heard
    assert books(calling(town), "10:00")["status"] == "booked"
    assert known == ["sent"]
    assert town.states() == ["confirmed"]


def test_second_reschedule_failed(town: Town):
    """Cal.com's new uid was not stored."""
    caller = calling(town)
    assert books(caller, "10:00")["status"] == "booked"
    for old, new in (("10:00", "11:00"), ("11:00", "12:00"), ("12:00", "13:00")):
        moved = {"old_date": DAY, "old_time": old, "new_date": DAY, "new_time": new}
        assert said(caller, "reschedule_appointment", **moved)["status"] == "rescheduled"
    assert town.standing() == [(f"{DAY} 13:00", CUT)]


def test_breaker_opened_by_slot_taken(town: Town):
    """Every exception was counted."""
    town.faults(path="bookings", method="POST", status=409)
    for hour in range(10, 17):
        assert books(calling(town), f"{hour}:00")["status"] == "unavailable"
    (circuit,) = town.runtime.guards.circuits.status("calcom_api")
    assert (circuit["state"], circuit["failure_count"]) == ("closed", 0)


def _names_in(known: Any) -> set[str]:
    """Texts that a function of a module, or a constant of it, has."""
    code = getattr(known, "__code__", None)
    consts = code.co_consts if code else (known,)
    return {name for name in consts if isinstance(name, str)}
