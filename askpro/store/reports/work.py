"""What waits to be done: events for the workers, and callbacks, findings and doubts for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from askpro.store.models import (
    Appointment,
    Callback,
    Company,
    Figure,
    Finding,
    InboxEvent,
    Job,
    WorkerBeat,
)
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database


@dataclass(frozen=True)
class Queue:
    """Events that wait, since when the oldest does, and those that were given up."""

    waiting: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True)
class ToDo:
    """What waits for people."""

    callbacks: int
    callbacks_overdue: int
    findings: int
    unknown_bookings: int
    oldest_unknown: datetime | None


@dataclass(frozen=True)
class Beat:
    """A worker and its last sign of life."""

    worker: str
    started_at: datetime
    beat_at: datetime
    done: int
    failed: int


@dataclass(frozen=True)
class Pulse:
    """Everything that waits, and who works, asked in one question."""

    queue: Queue
    to_do: ToDo
    last_beat: datetime | None
    alive: int
    not_open: int


def pulse(database: Database, scope: Scope, now: datetime, *, alive_within: timedelta) -> Pulse:
    """How things stand. ``alive_within``: a worker that is silent for longer does not count."""
    new, dead = InboxEvent.state == "new", InboxEvent.state == "dead"
    events = within(scope, InboxEvent.company_id)
    wishes = (Callback.state == "open", within(scope, Callback.company_id))
    doubts = (Appointment.state == "unknown", within(scope, Appointment.company_id))
    questions = (
        select(func.count()).select_from(InboxEvent).where(new, events),
        select(func.min(InboxEvent.received_at)).where(new, events),
        select(func.count()).select_from(InboxEvent).where(dead, events),
        select(func.count()).select_from(Callback).where(*wishes),
        select(func.count()).select_from(Callback).where(*wishes, Callback.due_at < now),
        select(func.count())
        .select_from(Finding)
        .where(Finding.state == "open", within(scope, Finding.company_id)),
        select(func.count()).select_from(Appointment).where(*doubts),
        select(func.min(Appointment.updated_at)).where(*doubts),
        select(func.max(WorkerBeat.beat_at)),
        select(func.count()).select_from(WorkerBeat).where(WorkerBeat.beat_at > now - alive_within),
        select(func.count())
        .select_from(Company)
        .where(Company.service_mode != "open", within(scope, Company.id)),
    )
    with reading(database, scope) as session:
        row = session.execute(select(*(each.scalar_subquery() for each in questions))).one()
    return Pulse(Queue(*row[:3]), ToDo(*row[3:8]), *row[8:])


def beats(database: Database, scope: Scope) -> list[Beat]:
    """Every worker that ever gave a sign of life and was not tidied away, the latest first.

    The same for every scope: workers work for all companies.
    """
    with reading(database, scope) as session:
        rows = session.execute(
            select(
                WorkerBeat.worker,
                WorkerBeat.started_at,
                WorkerBeat.beat_at,
                WorkerBeat.done,
                WorkerBeat.failed,
            ).order_by(WorkerBeat.beat_at.desc())
        )
        return [Beat(*row) for row in rows]


def jobs(database: Database, scope: Scope) -> list[dict[str, Any]]:
    """The periodic work: when it ran last, what came of it, when it runs next."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(
                Job.name,
                Job.run_at,
                Job.last_started_at,
                Job.last_finished_at,
                Job.last_error,
                Job.last_result,
            ).order_by(Job.name)
        )
        return [dict(row) for row in rows.mappings()]


def modes(database: Database, scope: Scope) -> dict[str, list[int]]:
    """Service mode → the companies in it; the ones that are open are not listed."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(Company.service_mode, Company.id)
            .where(Company.service_mode != "open", within(scope, Company.id))
            .order_by(Company.id)
        )
        found: dict[str, list[int]] = {}
        for mode, company_id in rows:
            found.setdefault(mode, []).append(company_id)
        return found


def last_answers(database: Database, scope: Scope) -> dict[int, tuple[datetime, datetime | None]]:
    """Company → (since when it is with us, the minute of its last function call)."""
    last = (
        select(func.max(Figure.minute))
        .where(Figure.company_id == Company.id)
        .correlate(Company)
        .scalar_subquery()
    )
    with reading(database, scope) as session:
        rows = session.execute(
            select(Company.id, Company.created_at, last).where(
                Company.service_mode == "open", within(scope, Company.id)
            )
        )
        return {row[0]: (row[1], row[2]) for row in rows}
