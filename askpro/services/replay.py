"""Working on events again: one, a selection, or all that failed. Harmless when done twice.

A dry run applies the event in a transaction that is rolled back, and tells what would change:
states and times before and after, nothing personal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from askpro.services import event_work
from askpro.services.runtime import Runtime
from askpro.store.models import InboxEvent

_MOST_AT_ONCE = 1_000


@dataclass(frozen=True)
class Replayed:
    """One event: what it would do (``effect`` and, where something would change, ``changes`` as
    ``{field: [before, after]}``), or that it waits for a worker now (``state`` new)."""

    id: int
    provider: str
    event: str
    state: str
    would: dict[str, Any] | None
    error: str | None = None


def select_events(
    runtime: Runtime,
    company_id: int | None,
    *,
    ids: Sequence[int] = (),
    states: Sequence[str] = (),
    provider: str | None = None,
    event: str | None = None,
    since: datetime | None = None,
    most: int = _MOST_AT_ONCE,
    latest: bool = False,
) -> list[InboxEvent]:
    """Events by id, state (new, done, ignored, dead), side and name, oldest first.

    ``company_id`` None = of every company, for those who may see them all. ``latest``: of more
    than ``most`` the last ones, instead of the first.
    """
    order = InboxEvent.id.desc() if latest else InboxEvent.id
    wanted = select(InboxEvent).order_by(order).limit(most)
    if company_id is not None:
        wanted = wanted.where(InboxEvent.company_id == company_id)
    if ids:
        wanted = wanted.where(InboxEvent.id.in_(ids))
    if states:
        wanted = wanted.where(InboxEvent.state.in_(states))
    if provider is not None:
        wanted = wanted.where(InboxEvent.provider == provider)
    if event is not None:
        wanted = wanted.where(InboxEvent.event == event)
    if since is not None:
        wanted = wanted.where(InboxEvent.received_at >= since)
    with runtime.database.unrestricted_unsafe() as session:
        return sorted(session.scalars(wanted), key=lambda event: event.id)


def dry_run(runtime: Runtime, events: Sequence[InboxEvent]) -> list[Replayed]:
    """What each event would do now, on its own; nothing is kept."""
    return [_tried(runtime, event) for event in events]


def replay(runtime: Runtime, events: Sequence[InboxEvent]) -> list[Replayed]:
    """Give the events to the workers again.

    An event that nobody answered for when it came is looked up anew; where still nobody does, and
    where the product does nothing about such an event, it stays as it is, with the reason.
    """
    now = runtime.clock.now()
    done = []
    for event in events:
        owned = _owned(runtime, event)
        why_not = _why_not(owned)
        if why_not is None:
            with runtime.database.unrestricted_unsafe(write=True) as session:
                session.execute(
                    update(InboxEvent)
                    .where(InboxEvent.id == event.id)
                    .values(
                        company_id=owned.company_id,
                        branch_id=owned.branch_id,
                        state="new",
                        attempts=0,
                        run_at=now,
                        lease_token=None,
                        error=None,
                        done_at=None,
                    )
                )
        state = event.state if why_not else "new"
        done.append(Replayed(event.id, event.provider, event.event, state, None, why_not))
    runtime.bell.ring()
    return done


def discard(runtime: Runtime, company_id: int | None, event_id: int) -> bool:
    """Put a dead letter away for good: it stays in the table, as ignored."""
    with runtime.database.unrestricted_unsafe(write=True) as session:
        wanted = update(InboxEvent).where(InboxEvent.id == event_id, InboxEvent.state == "dead")
        if company_id is not None:
            wanted = wanted.where(InboxEvent.company_id == company_id)
        done = session.execute(wanted.values(state="ignored").returning(InboxEvent.id))
        return done.first() is not None


class _NotKept(Exception):
    """Rolls a dry run back."""


def _tried(runtime: Runtime, event: InboxEvent) -> Replayed:
    owned = _owned(runtime, event)
    would: dict[str, Any] | None = None
    error = _why_not(owned)
    try:
        if error is None and owned.company_id is not None:
            work = event_work.prepare(runtime, owned)
            with runtime.database.of_company(owned.company_id, write=True) as session:
                would = work.apply(session, runtime.clock.now())
                session.flush()
                raise _NotKept
    except _NotKept:
        error = None
    except Exception as fault:
        would, error = None, type(fault).__name__
    return Replayed(event.id, event.provider, event.event, event.state, would, error)


def _owned(runtime: Runtime, event: InboxEvent) -> InboxEvent:
    """The event, as a copy, with the company that answers for it today."""
    names = set(InboxEvent.__table__.columns.keys()) - {"body"}
    owned = InboxEvent(**{name: getattr(event, name) for name in names})
    if owned.company_id is None:
        office = event_work.office_of(runtime, event)
        if office is not None:
            owned.company_id, owned.branch_id = office.company_id, office.branch_id
    return owned


def _why_not(event: InboxEvent) -> str | None:
    if not event_work.is_worked_on(event):
        return "nothing is done about such an event"
    if event.company_id is None:
        return "no company answers for it"
    return None
