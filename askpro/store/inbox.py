"""The inbox: one row an event, stored before it is acknowledged, and the worker's queue at once.

Knows storing, claiming and settling; what an event means is :mod:`askpro.services.event_work`.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Select, TextClause, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from askpro.store.models import InboxEvent
from askpro.store.models.events import FRESH, TRIED
from askpro.store.tables import Instant

_LONGEST_KEY = 200


def store(
    session: Session,
    *,
    provider: str,
    event: str,
    identity: str,
    company_id: int | None,
    branch_id: int | None,
    signed_by: int | None,
    subject: str | None,
    body: Mapping[str, Any],
    now: datetime,
    state: str = "new",
) -> bool:
    """Store an event once; False when the same one was there already.

    ``identity`` is equal for two deliveries of one event. It counts only among what the same key
    (``signed_by``) said of the same company: nobody can keep another one's event out by sending one
    like it first. ``state`` ``ignored`` keeps it without work.
    """
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    statement = (
        insert(InboxEvent)
        .values(
            provider=provider,
            event=event[:60],
            dedupe_key=_key(f"{provider}:{signed_by or 0}:{company_id or 0}:{identity}"),
            company_id=company_id,
            branch_id=branch_id,
            signed_by=signed_by,
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


def body_of(session: Session, event_id: int) -> dict[str, Any]:
    """What :func:`store` was given, or what :func:`finish` left of it."""
    body = session.scalar(select(InboxEvent.body).where(InboxEvent.id == event_id))
    return dict(orjson.loads(body)) if body else {}


def waiting(session: Session) -> tuple[int, datetime | None]:
    """(events that wait or are being worked on, when the oldest of them came)."""
    count, oldest = session.execute(
        select(func.count(), func.min(InboxEvent.received_at)).where(InboxEvent.state == "new")
    ).one()
    return count, oldest


def unclaimed(
    session: Session, subjects: Collection[str], provider: str, events: Collection[str]
) -> Sequence[InboxEvent]:
    """Events about ``subjects`` that came before anybody knew whose they are."""
    return session.scalars(
        select(InboxEvent)
        .where(
            InboxEvent.provider == provider,
            InboxEvent.subject.in_(subjects),
            InboxEvent.company_id.is_(None),
            InboxEvent.state == "ignored",
            InboxEvent.event.in_(events),
        )
        .order_by(InboxEvent.id)
    ).all()


def wake(event: InboxEvent, company_id: int, branch_id: int | None, now: datetime) -> None:
    """Somebody answers for the event now: it waits for a worker like a new one."""
    event.company_id = company_id
    event.branch_id = branch_id
    event.state = "new"
    event.run_at = now
    event.attempts = 0


# -- the queue --------------------------------------------------------------------------------


def anything_due(session: Session, now: datetime) -> bool:
    """A look that locks nothing, for a worker that would otherwise rest."""
    first_of = (
        select(func.min(InboxEvent.run_at)).where(which).scalar_subquery()
        for which in (FRESH, TRIED)
    )
    return any(due and due <= now for due in session.execute(select(*first_of)).one())


def claim(
    session: Session, now: datetime, *, most: int, lease: timedelta, fresh: bool = True
) -> list[InboxEvent]:
    """Take up to ``most`` due events for ``lease``; nobody else gets them until it ends.

    ``fresh`` ones were never tried; the others should be claimed one at a time, because one of
    them may be what kills workers. PostgreSQL skips rows that another worker is taking; SQLite has
    one writer at a time.
    """
    events = _next(session, now, most, FRESH if fresh else TRIED)
    if not events:
        return []
    token = uuid.uuid4().hex
    session.execute(
        update(InboxEvent)
        .where(InboxEvent.id.in_([event.id for event in events]))
        .values(run_at=now + lease, lease_token=token, attempts=InboxEvent.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    for event in events:
        set_committed_value(event, "run_at", now + lease)
        set_committed_value(event, "lease_token", token)
        set_committed_value(event, "attempts", event.attempts + 1)
    return list(events)


def _next(session: Session, now: datetime, most: int, which: TextClause) -> Sequence[InboxEvent]:
    wanted = select(InboxEvent).order_by(InboxEvent.run_at, InboxEvent.id)
    if session.get_bind().dialect.name == "postgresql":
        due = wanted.where(which, InboxEvent.run_at <= now).limit(most)
        return session.scalars(due.with_for_update(skip_locked=True)).all()
    # Without statistics, which it seldom has, SQLite would read all that wait and sort them.
    index = "ix_inbox_fresh" if which is FRESH else "ix_inbox_tried"
    run_at = literal_column("run_at", Instant())
    along: Select[tuple[int]] = (
        select(literal_column("id"))
        .select_from(text(f"inbox INDEXED BY {index}"))
        .where(which, run_at <= now)
        .order_by(run_at, literal_column("id"))
        .limit(most)
    )
    return session.scalars(wanted.where(InboxEvent.id.in_(session.scalars(along).all()))).all()


def hand_back(session: Session, events: Sequence[InboxEvent], now: datetime) -> None:
    """Claimed and not touched, because the worker stops: due at once, not counted as tried."""
    for event in events:
        _settle(
            session,
            event,
            {"run_at": now, "lease_token": None, "attempts": event.attempts - 1},
        )


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
    """Only the holder of the lease may: a worker that was thought dead comes too late."""
    settled = session.execute(
        update(InboxEvent)
        .where(InboxEvent.id == event.id, InboxEvent.lease_token == event.lease_token)
        .values(**values)
        .returning(InboxEvent.id)
        .execution_options(synchronize_session=False)
    )
    return settled.first() is not None


def _key(text: str) -> str:
    if len(text) <= _LONGEST_KEY:
        return text
    return text[:100] + hashlib.sha256(text.encode()).hexdigest()
