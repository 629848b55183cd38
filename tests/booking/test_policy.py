"""May it still be moved or cancelled, and what does it cost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from askpro.booking.policy import Kind, Refusal, effective, fee_cents, may_change
from tests.booking.days import NOW

TOMORROW = NOW + timedelta(hours=24)


@pytest.mark.parametrize("kind", ["cancel", "reschedule"])
def test_without_a_policy_everything_is_allowed_and_free(kind: Kind):
    assert may_change({}, kind, NOW, NOW, 99) is None
    assert fee_cents({}, kind) == 0


def test_a_change_on_the_very_minute_of_the_deadline_is_in_time():
    policy = {"hours_before": 24}
    assert may_change(policy, "cancel", TOMORROW, NOW, 0) is None
    late = may_change(policy, "cancel", TOMORROW - timedelta(minutes=1), NOW, 0)
    assert late == Refusal("too_late", 24)


def test_the_changes_of_a_month_are_counted():
    policy = {"changes_per_month": 2}
    assert may_change(policy, "reschedule", TOMORROW, NOW, 1) is None
    assert may_change(policy, "reschedule", TOMORROW, NOW, 2) == Refusal("too_often", 2)


def test_no_change_at_all_may_be_allowed():
    assert may_change({"changes_per_month": 0}, "cancel", TOMORROW, NOW, 0) == Refusal(
        "too_often", 0
    )


def test_a_rule_may_be_for_one_kind_only():
    policy = {"cancel_hours_before": 48, "reschedule_fee_cents": 1500}
    assert may_change(policy, "cancel", TOMORROW, NOW, 0) == Refusal("too_late", 48)
    assert may_change(policy, "reschedule", TOMORROW, NOW, 0) is None
    assert (fee_cents(policy, "cancel"), fee_cents(policy, "reschedule")) == (0, 1500)


def test_the_most_specific_place_wins_rule_by_rule():
    policy = effective(
        {"hours_before": 48},
        {"hours_before": 12, "fee_cents": 500},
        {"hours_before": 24, "fee_cents": 900, "changes_per_month": 3},
    )
    assert policy == {"hours_before": 48, "fee_cents": 500, "changes_per_month": 3}


def test_a_services_rule_for_both_kinds_beats_the_companys_for_one():
    policy = effective({"hours_before": 2}, None, {"cancel_hours_before": 48})
    assert may_change(policy, "cancel", NOW + timedelta(hours=3), NOW, 0) is None


def test_a_services_rule_for_one_kind_leaves_the_companys_for_the_other():
    policy = effective({"cancel_hours_before": 48}, None, {"hours_before": 2})
    assert may_change(policy, "reschedule", NOW + timedelta(hours=3), NOW, 0) is None
    assert may_change(policy, "cancel", TOMORROW, NOW, 0) == Refusal("too_late", 48)


@pytest.mark.parametrize(
    "service",
    [
        {"cancel_changes_per_month": 24, "changes_per_month": 2},
        {"changes_per_month": 2, "cancel_changes_per_month": 24},
    ],
)
def test_a_place_may_name_a_rule_for_both_kinds_and_another_for_one_in_any_order(service):
    rules = effective(service, company={"reschedule_changes_per_month": 9})
    assert rules == {"changes_per_month": 2, "cancel_changes_per_month": 24}
