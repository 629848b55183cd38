"""The inbox: one row an event, stored before it is acknowledged, and the worker's queue at once.

Knows storing and finding; what an event means is :mod:`askpro.services.events`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from askpro.store.models import InboxEvent


def store(
    session: Session,
    *,
    provider: str,
    event: str,
    dedupe_key: str,
    company_id: int | None,
    branch_id: int | None,
    subject: str | None,
    body: Mapping[str, Any],
    now: datetime,
    state: str = "new",
) -> bool:
    """Store an event once; False when the same one was there already.

    ``dedupe_key`` must carry the company: a body forged by one company's key must not keep the true
    event of another one out. ``state`` ``ignored`` keeps it without work.
    """
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    statement = (
        insert(InboxEvent)
        .values(
            provider=provider,
            event=event,
            dedupe_key=dedupe_key,
            company_id=company_id,
            branch_id=branch_id,
            subject=subject,
            body=orjson.dumps(body).decode(),
            received_at=now,
            run_at=now,
            state=state,
        )
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(InboxEvent.id)
    )
    return session.scalar(statement) is not None


def body_of(event: InboxEvent) -> dict[str, Any]:
    """What :func:`store` was given; empty once it was thinned away."""
    return dict(orjson.loads(event.body)) if event.body else {}


def waiting(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """(events that wait or are being worked on, when the oldest of them came)."""
    count, oldest = session.execute(
        select(func.count(), func.min(InboxEvent.received_at)).where(InboxEvent.state == "new")
    ).one()
    return count, oldest


# -- the queue --------------------------------------------------------------------------------


def claim(session: Session, now: datetime, *, most: int, lease: timedelta) -> list[InboxEvent]:
    """Take up to ``most`` due events for ``lease``; nobody else gets them until it ends.

    PostgreSQL skips rows that another worker is taking; SQLite has one writer at a time.
    """
    due = (
        select(InboxEvent.id)
        .where(InboxEvent.state == "new", InboxEvent.run_at <= now)
        .order_by(InboxEvent.run_at)
        .limit(most)
    )
    if session.get_bind().dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    claimed = session.scalars(
        update(InboxEvent)
        .where(InboxEvent.id.in_(due.scalar_subquery()))
        .values(run_at=now + lease, lease_token=uuid.uuid4().hex, attempts=InboxEvent.attempts + 1)
        .returning(InboxEvent)
        .execution_options(synchronize_session=False)
    )
    return sorted(claimed, key=lambda event: event.id)


def finish(
    session: Session,
    event: InboxEvent,
    now: datetime,
    effect: Mapping[str, Any],
    *,
    body: Mapping[str, Any] | None = None,
) -> bool:
    """Mark an event done in the transaction of its effects; False when the lease was lost.

    The caller must then roll back: another worker has the event. ``body`` replaces the stored one,
    thinned to what a replay needs.
    """
    values: dict[str, Any] = {
        "state": "done",
        "done_at": now,
        "effect": dict(effect),
        "error": None,
        "lease_token": None,
    }
    if body is not None:
        values["body"] = orjson.dumps(body).decode()
    return _settle(session, event, values)


def retry_later(session: Session, event: InboxEvent, run_at: datetime, error: str) -> bool:
    """Give an event back; it is due again at ``run_at``."""
    return _settle(session, event, {"run_at": run_at, "error": error, "lease_token": None})


def bury(session: Session, event: InboxEvent, now: datetime, error: str) -> bool:
    """Give an event up: a dead letter that an operator replays or discards."""
    return _settle(
        session,
        event,
        {"state": "dead", "done_at": now, "error": error, "lease_token": None},
    )


def _settle(session: Session, event: InboxEvent, values: dict[str, Any]) -> bool:
    settled = session.execute(
        update(InboxEvent)
        .where(InboxEvent.id == event.id, InboxEvent.lease_token == event.lease_token)
        .values(**values)
        .returning(InboxEvent.id)
        .execution_options(synchronize_session=False)
    )
    return settled.first() is not None
