"""May this appointment still be moved or cancelled, and what does it cost (rules.md §7, end).

A policy is a mapping that a service, a branch or a company carries. Its keys are ``hours_before``,
``changes_per_month`` and ``fee_cents``, for both kinds of change, or with ``cancel_`` or
``reschedule_`` in front for one of them. No policy means allowed and free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["cancel", "reschedule"]
Reason = Literal["too_late", "too_often"]
KEYS = ("hours_before", "changes_per_month", "fee_cents")


@dataclass(frozen=True)
class Refusal:
    """``limit`` is the figure that stands against it: hours before, or changes a month."""

    reason: Reason
    limit: int


def effective(
    service: Mapping[str, int] | None = None,
    branch: Mapping[str, int] | None = None,
    company: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """The policy that applies: each rule from the most specific place that names it.

    A rule for both kinds that a service names beats a rule for one kind that its company names.
    """
    merged: dict[str, int] = {}
    for place in (company, branch, service):
        named = place or {}
        # Before this place's own rules for one kind are added, in whatever order it names them.
        for name in KEYS:
            for kind in ("cancel", "reschedule") if name in named else ():
                merged.pop(f"{kind}_{name}", None)
        merged.update(named)
    return merged


def may_change(
    policy: Mapping[str, int],
    kind: Kind,
    start: datetime,
    now: datetime,
    changes_this_month: int,
) -> Refusal | None:
    """None when the appointment at ``start`` may be changed at ``now`` (both aware), else why not.

    ``changes_this_month`` counts the customer's changes (moves and cancellations) before this one.
    """
    hours_before = _rule(policy, kind, "hours_before")
    if hours_before and start - now < timedelta(hours=hours_before):
        return Refusal("too_late", hours_before)
    changes = _rule(policy, kind, "changes_per_month")
    if changes is not None and changes_this_month >= changes:
        return Refusal("too_often", changes)
    return None


def fee_cents(policy: Mapping[str, int], kind: Kind) -> int:
    """What an allowed change costs; 0 is free."""
    return _rule(policy, kind, "fee_cents") or 0


def _rule(policy: Mapping[str, int], kind: Kind, name: str) -> int | None:
    return policy.get(f"{kind}_{name}", policy.get(name))
