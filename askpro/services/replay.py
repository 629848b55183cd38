"""Working on events again: one, a selection, or all that failed. Harmless when done twice.

A dry run applies the event in a transaction that is rolled back, and tells what it would have done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from askpro.services import event_work
from askpro.services.runtime import Runtime
from askpro.store.models import InboxEvent

_MOST_AT_ONCE = 1_000


@dataclass(frozen=True)
class Replayed:
    """One event: what it would do, or that it waits for a worker now."""

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
    most: int = _MOST_AT_ONCE,
) -> list[InboxEvent]:
    """Events by id or by state (new, done, ignored, dead), oldest first.

    ``company_id`` None = of every company, for those who may see them all.
    """
    wanted = select(InboxEvent).order_by(InboxEvent.id).limit(most)
    if company_id is not None:
        wanted = wanted.where(InboxEvent.company_id == company_id)
    if ids:
        wanted = wanted.where(InboxEvent.id.in_(ids))
    if states:
        wanted = wanted.where(InboxEvent.state.in_(states))
    with runtime.database.unrestricted_unsafe() as session:
        return list(session.scalars(wanted))


def dry_run(runtime: Runtime, events: Sequence[InboxEvent]) -> list[Replayed]:
    """What each event would do now, on its own; nothing is kept."""
    return [_tried(runtime, event) for event in events]


def replay(runtime: Runtime, events: Sequence[InboxEvent]) -> list[Replayed]:
    """Give the events to the workers again; an event of an unknown company is looked up anew."""
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        for event in events:
            session.execute(
                update(InboxEvent)
                .where(InboxEvent.id == event.id)
                .values(
                    state="new",
                    attempts=0,
                    run_at=now,
                    lease_token=None,
                    error=None,
                    done_at=None,
                    **_owner(runtime, session, event),
                )
            )
    return [Replayed(e.id, e.provider, e.event, "new", None) for e in events]


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
    would: dict[str, Any] | None = None
    error = None
    try:
        if event.company_id is None:
            would = {"effect": "none, no company is known for it"}
        else:
            with runtime.database.of_company(event.company_id, write=True) as session:
                would, _ = event_work.effects_of(runtime, session, event, runtime.clock.now())
                session.flush()
                raise _NotKept
    except _NotKept:
        error = None
    except Exception as fault:
        error = type(fault).__name__
    return Replayed(event.id, event.provider, event.event, event.state, would, error)


def _owner(runtime: Runtime, session: Session, event: InboxEvent) -> dict[str, int]:
    """The company of an event that came before its number was known."""
    if event.company_id is not None:
        return {}
    office = event_work.office_of(runtime, event)
    if office is None:
        return {}
    return {"company_id": office.company_id, "branch_id": office.branch_id}
