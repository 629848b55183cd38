"""Every alert of the rules: what begins it, what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from askpro.booking.hours import OpeningHours
from askpro.guards.permits import CircuitSnapshot
from askpro.services.alert_rules import Marks, evaluate
from askpro.services.alerts import last_whole_day
from askpro.services.situation import Outlook, judge
from askpro.settings import Settings
from askpro.store.reports.figures import Sums
from askpro.store.reports.scope import EVERY_COMPANY
from askpro.store.reports.work import Queue, ToDo

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
CLOSED = CircuitSnapshot("calcom_api", "closed", 0, 0, None, 0.0, 0, 0.0, None)
OPEN = replace(CLOSED, state="open", failures=5, opened_at=NOW, retry_seconds=60.0)
HEALTHY = {"healthy": True, "degraded_since": None}
GONE = {"healthy": False, "degraded_since": NOW.isoformat()}
WELL = Outlook(
    NOW,
    EVERY_COMPANY,
    (CLOSED,),
    HEALTHY,
    0,
    five_minutes=Sums(answers=100, answer_ms=4000, calcom_calls=40),
    hour=Sums(answers=900, booked=30, hits=80, misses=20),
    day=Sums(answers=9000),
    last_beat=NOW - timedelta(seconds=4),
    alive=1,
)


def seen(**changed: Any) -> Outlook:
    return replace(WELL, **changed)


def kinds(outlook: Outlook, marks: Marks | None = None, **settings: Any) -> set[tuple[str, str]]:
    found = evaluate(outlook, marks or Marks(), Settings(**settings))
    return {(each.kind, each.severity) for each in found}


def test_nothing_is_said_when_all_is_well():
    assert kinds(WELL) == set()


@pytest.mark.parametrize(
    ("outlook", "alert"),
    [
        (seen(circuits=(OPEN,)), ("breaker_open", "critical")),
        (seen(circuits=(replace(OPEN, state="half_open"),)), ("breaker_open", "critical")),
        (seen(alive=0), ("no_worker", "critical")),
        (seen(five_minutes=Sums(answers=100, faults=6)), ("error_rate", "critical")),
        (
            seen(five_minutes=Sums(answers=100, calcom_calls=40, calcom_faults=3)),
            ("calcom_error_rate", "warning"),
        ),
        (seen(violations=11), ("limit_violations", "warning")),
        (seen(hour=Sums(hits=49, misses=51)), ("cache_hit_rate", "warning")),
        (seen(five_minutes=Sums(answers=10, answer_ms=10_010)), ("slow_answers", "warning")),
        (seen(five_minutes=Sums(answers=10, answer_ms=20_010)), ("slow_answers", "critical")),
        (seen(five_minutes=Sums(answers=10, chatty=1)), ("many_queries", "warning")),
        (seen(queue=Queue(0, None, 1)), ("events_dead", "warning")),
        (
            seen(queue=Queue(3, NOW - timedelta(minutes=5, seconds=1), 0)),
            ("events_waiting", "warning"),
        ),
        (seen(redis=GONE), ("redis_gone", "warning")),
    ],
)
def test_a_condition_begins_its_alert(outlook: Outlook, alert: tuple[str, str]):
    assert kinds(outlook) == {alert}


@pytest.mark.parametrize(
    "outlook",
    [
        seen(five_minutes=Sums(answers=100, faults=5)),
        seen(five_minutes=Sums(answers=4, faults=4)),
        seen(violations=10),
        seen(hour=Sums(hits=50, misses=50)),
        seen(hour=Sums(hits=0, misses=49)),
        seen(five_minutes=Sums(answers=10, answer_ms=10_000)),
        seen(queue=Queue(9000, NOW - timedelta(minutes=5), 0)),
    ],
)
def test_what_is_still_normal_begins_none(outlook: Outlook):
    assert kinds(outlook) == set()


def test_a_circuit_is_stuck_five_minutes_after_it_first_opened():
    marks = Marks(standing={("breaker_open", "calcom_api"): NOW - timedelta(minutes=5, seconds=1)})
    # A failed probe opened it again just now; that does not start the time anew.
    assert kinds(seen(circuits=(OPEN,)), marks) == {
        ("breaker_open", "critical"),
        ("breaker_stuck", "critical"),
    }


def test_a_companys_circuit_is_the_companys_alert():
    (alert,) = evaluate(
        seen(circuits=(replace(OPEN, service="calcom_api:20"),)), Marks(), Settings()
    )
    assert (alert.subject, alert.company_id) == ("calcom_api:20", 20)


def test_leaks_and_crossings_are_told_by_company():
    marks = Marks(recent={("crossing", 15): 2, ("redaction", None): 1, ("limit", 15): 99})
    found = evaluate(WELL, marks, Settings())
    assert {(each.kind, each.company_id) for each in found} == {
        ("crossing", 15),
        ("pii_in_log", None),
    }


def test_a_silent_company_is_told():
    (alert,) = evaluate(WELL, Marks(silent=(20,)), Settings())
    assert (alert.kind, alert.company_id) == ("company_silent", 20)


def test_thresholds_are_settings():
    outlook = seen(five_minutes=Sums(answers=100, faults=6))
    assert kinds(outlook, alert_error_percent=10) == set()
    assert kinds(seen(violations=3), alert_limit_violations=2) == {("limit_violations", "warning")}


@pytest.mark.parametrize(
    ("now", "opened"),
    [
        # Wednesday at ten: today is not over, Tuesday is.
        (datetime(2026, 11, 18, 9, 0, tzinfo=UTC), datetime(2026, 11, 17, 8, 0, tzinfo=UTC)),
        # Wednesday evening: today.
        (datetime(2026, 11, 18, 17, 30, tzinfo=UTC), datetime(2026, 11, 18, 8, 0, tzinfo=UTC)),
        # Sunday: Friday.
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
    ],
)
def test_the_last_whole_day_of_opening_hours(now: datetime, opened: datetime):
    assert last_whole_day(OpeningHours(ZoneInfo("Europe/Berlin")), now) == opened


# -- the sentence -----------------------------------------------------------------------------


def first(outlook: Outlook) -> tuple[str, str]:
    verdict = judge(outlook, Settings())[0]
    return verdict.level, verdict.key


def test_all_well_is_said_with_the_bookings_of_the_hour():
    (verdict,) = judge(WELL, Settings())
    assert (verdict.level, verdict.key, verdict.facts["booked"]) == ("ok", "works", 30)


def test_a_day_without_calls_is_quiet_not_well():
    assert first(seen(day=Sums())) == ("ok", "quiet")


def test_cal_com_comes_before_everything_else():
    outlook = seen(
        circuits=(OPEN,),
        redis=GONE,
        to_do=ToDo(3, 2, 1, 0, None),
        queue=Queue(3, NOW - timedelta(minutes=20), 0),
    )
    verdicts = judge(outlook, Settings())
    assert verdicts[0].key == "calcom_down"
    assert verdicts[0].facts["callbacks"] == 3
    assert verdicts[0].helps == ("breaker_probe", "breaker_reset", "callbacks")
    assert [each.key for each in verdicts[1:]] == [
        "redis_gone",
        "events_waiting",
        "callbacks_overdue",
        "findings",
    ]


def test_warnings_are_followed_by_what_works():
    assert [each.key for each in judge(seen(redis=GONE), Settings())] == ["redis_gone", "works"]


def test_a_booking_in_doubt_is_told_after_a_minute():
    young = ToDo(0, 0, 0, 1, NOW - timedelta(seconds=50))
    old = ToDo(0, 0, 0, 1, NOW - timedelta(seconds=70))
    assert first(seen(to_do=young)) == ("ok", "works")
    assert first(seen(to_do=old)) == ("bad", "bookings_unknown")


def test_closing_by_hand_is_not_forgotten():
    verdict = judge(seen(modes={"messages": [15]}), Settings())[0]
    assert (verdict.key, verdict.companies) == ("mode_messages", (15,))
