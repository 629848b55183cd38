"""A caller's appointments: which ones, and which one is meant.

Only the carrier's number opens them: anonymous callers may not read, move or cancel anything, and a
heard name proves nothing (rules.md §5).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from askpro.booking import policy, wording
from askpro.booking.wording import Action, Entry
from askpro.errors import Spoken
from askpro.services import callers, wishes
from askpro.services.answers import Answer
from askpro.services.availability import iso
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store import ledger
from askpro.store.models import Appointment

#: A repeated request finds what it did before, for so long.
_JUST_NOW = timedelta(minutes=30)


class NotThisOne(Spoken):
    """No single appointment is meant; carries the whole answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message)
        self.answer = answer


def query_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: found, none, not_allowed."""
    if turn.anonymous:
        return Answer("not_allowed", wording.not_allowed("query"), {"appointments": []})
    when = wishes.wished_time(runtime, turn)
    with runtime.database.of_company(turn.office.company_id) as session:
        rows = [row for row in _standing(session, turn) if _fits(turn, row, when)]
    if not rows:
        day = when.day if when else None
        return Answer("none", wording.none_found(turn.at, day), {"appointments": []})
    entries = [entry_of(turn, row) for row in rows]
    return Answer(
        "found",
        wording.found(turn.at, entries),
        {"appointments": [shown(turn, row) for row in rows]},
    )


def the_one(runtime: Runtime, turn: Turn, action: Action, when: When | None) -> Appointment:
    """The appointment that is to be moved or cancelled.

    Raises :class:`NotThisOne` with the answer when it is none, several, or not this caller's.
    """
    if turn.anonymous:
        raise NotThisOne(Answer("not_allowed", wording.not_allowed(action)))
    with runtime.database.of_company(turn.office.company_id) as session:
        rows = [row for row in _standing(session, turn) if _fits(turn, row, when)]
    if not rows:
        day = when.day if when else None
        raise NotThisOne(Answer("not_found", wording.not_found(turn.at, action, day)))
    groups = {row.group_key or row.key for row in rows}
    if len(groups) > 1:
        entries = [entry_of(turn, row) for row in rows]
        raise NotThisOne(
            Answer(
                "which_one",
                wording.which_one(turn.at, entries, action),
                {"appointments": [shown(turn, row) for row in rows]},
            )
        )
    return rows[0]


def changed_just_now(
    runtime: Runtime, turn: Turn, *, state: str, when: When | None
) -> Appointment | None:
    """What this caller changed to ``state`` a moment ago: the same request came twice."""
    if turn.number is None:
        return None
    with runtime.database.of_company(turn.office.company_id) as session:
        customer = callers.by_number(session, turn.number)
        if customer is None:
            return None
        rows = session.scalars(
            select(Appointment)
            .where(
                Appointment.customer_id == customer.id,
                Appointment.state == state,
                Appointment.updated_at > turn.now - _JUST_NOW,
                Appointment.changes > 0,
            )
            .order_by(Appointment.updated_at.desc())
        ).all()
    return next((row for row in rows if _fits(turn, row, when)), None)


def check_policy(runtime: Runtime, turn: Turn, action: policy.Kind, row: Appointment) -> int:
    """The fee of the change in cents. Raises :class:`NotThisOne` when a policy is against it."""
    service = turn.office.service(row.service_id)
    rules = policy.effective(service.policy if service else None, turn.office.policy)
    month = turn.at.local(turn.now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with runtime.database.of_company(turn.office.company_id) as session:
        changed = session.scalar(
            select(func.coalesce(func.sum(Appointment.changes), 0)).where(
                Appointment.customer_id == row.customer_id, Appointment.updated_at >= month
            )
        )
    refusal = policy.may_change(rules, action, row.start, turn.now, int(changed or 0))
    if refusal is not None:
        raise NotThisOne(
            Answer(
                "not_allowed",
                wording.refused(refusal, action),
                {"appointment": shown(turn, row), "reason": refusal.reason},
            )
        )
    return policy.fee_cents(rules, action)


def shown(turn: Turn, row: Appointment) -> dict[str, Any]:
    """``{id, service, start, end, status}`` of wire.md §10."""
    service = turn.office.service(row.service_id)
    return {
        "id": row.id,
        "service": service.name if service else None,
        "start": iso(turn, row.start),
        "end": iso(turn, row.end),
        "status": row.state,
    }


def entry_of(turn: Turn, row: Appointment, start: datetime | None = None) -> Entry:
    """The appointment as it is told; ``start`` where it was before a change."""
    service = turn.office.service(row.service_id)
    return Entry(
        start or row.start, service.name if service else None, confirmed=row.state == "confirmed"
    )


def asked_time(
    runtime: Runtime, turn: Turn, date_arg: str, time_arg: str, day_of: datetime | None = None
) -> When | None:
    """A time among the arguments.

    A bare time is meant on the local day of ``day_of``; without it, on whichever day there is an
    appointment at that time.
    """
    on = turn.at.day(day_of) if day_of else turn.at.today
    when = wishes.wished_time(runtime, turn, date_arg=date_arg, time_arg=time_arg, bare_time_on=on)
    if when is None or when.start is None or day_of is not None or turn.text(date_arg):
        return when
    moment = turn.at.local(when.start)
    return When(
        turn.at.today,
        until=date.max,
        earliest=moment.time(),
        latest=(moment + timedelta(minutes=1)).time(),
    )


def _standing(session: Session, turn: Turn) -> Sequence[Appointment]:
    assert turn.number is not None
    customer = callers.by_number(session, turn.number)
    if customer is None:
        return []
    return ledger.standing_of_customer(session, customer.id, turn.now)


def _fits(turn: Turn, row: Appointment, when: When | None) -> bool:
    if when is None:
        return True
    if when.start is not None:
        return row.start == when.start
    return when.admits(turn.at.local(row.start))
