"""What waits to be done: events for the workers, and callbacks, findings and doubts for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, select, true, union_all

from askpro.store.models import (
    Appointment,
    AuditEntry,
    Callback,
    Company,
    Figure,
    Finding,
    GuardEvent,
    InboxEvent,
    Job,
    WorkerBeat,
)
from askpro.store.models.figures import EVERYBODY
from askpro.store.reports.companies import last_answer_minute
from askpro.store.reports.scope import Scope, figures_row, reading, within
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
    """Everything that waits, and who works, asked in one question.

    ``marks`` tell whether anything else has happened: answers of the last hour (summed in the
    transaction that writes their traces, so that late ones count, too), acts of the guards and of
    operators.
    """

    queue: Queue
    to_do: ToDo
    last_beat: datetime | None
    alive: int
    not_open: int
    marks: tuple[Any, ...]


def _pulse_question(one_company: bool) -> Select[*tuple[Any, ...]]:
    """Built once for each kind of scope: it is asked every second."""

    def own(column: Any) -> ColumnElement[bool]:
        return column == bindparam("company") if one_company else true()

    new, dead = InboxEvent.state == "new", InboxEvent.state == "dead"
    events = own(InboxEvent.company_id)
    wishes = (Callback.state == "open", own(Callback.company_id))
    doubts = (Appointment.state == "unknown", own(Appointment.company_id))
    late = Callback.due_at < bindparam("now", type_=Callback.due_at.type)
    since = bindparam("since", type_=Figure.minute.type)
    alive = WorkerBeat.beat_at > bindparam("alive_since", type_=WorkerBeat.beat_at.type)
    questions = (
        select(func.count()).select_from(InboxEvent).where(new, events),
        select(func.min(InboxEvent.received_at)).where(new, events),
        select(func.count()).select_from(InboxEvent).where(dead, events),
        select(func.count()).select_from(Callback).where(*wishes),
        select(func.count()).select_from(Callback).where(*wishes, late),
        select(func.count())
        .select_from(Finding)
        .where(Finding.state == "open", own(Finding.company_id)),
        select(func.count()).select_from(Appointment).where(*doubts),
        select(func.min(Appointment.updated_at)).where(*doubts),
        select(func.max(WorkerBeat.beat_at)),
        select(func.count()).select_from(WorkerBeat).where(alive),
        select(func.count())
        .select_from(Company)
        .where(Company.service_mode != "open", own(Company.id)),
        select(func.sum(Figure.answers)).where(
            Figure.company_id == bindparam("figures_of"), Figure.minute >= since
        ),
        select(func.max(GuardEvent.id)),
        select(func.max(AuditEntry.id)),
    )
    question: Select[*tuple[Any, ...]] = select(*(each.scalar_subquery() for each in questions))
    return question


_PULSE_OF_ALL, _PULSE_OF_ONE = _pulse_question(False), _pulse_question(True)


def pulse(database: Database, scope: Scope, now: datetime, *, alive_within: timedelta) -> Pulse:
    """How things stand. ``alive_within``: a worker that is silent for longer does not count."""
    given: dict[str, Any] = {
        "now": now,
        "alive_since": now - alive_within,
        # Whole minutes: an answer that grows too old must not count as something that happened.
        "since": now.replace(second=0, microsecond=0) - timedelta(hours=1),
        "figures_of": figures_row(scope),
    }
    question = _PULSE_OF_ALL
    if isinstance(scope, int):
        question, given["company"] = _PULSE_OF_ONE, scope
    with reading(database, scope) as session:
        row = session.execute(question, given).one()
    last_beat, alive, not_open = row[8:11]
    return Pulse(
        Queue(*row[:3]), ToDo(*row[3:8]), last_beat, alive, not_open, marks=tuple(row[11:])
    )


#: Of so many rows at most the companies are told.
_MOST_AFFECTED = 500


def affected(database: Database, scope: Scope, now: datetime) -> dict[str, list[int]]:
    """Whom what stands concerns: ``dead`` and ``waiting`` events, ``unknown`` bookings, ``overdue``
    callbacks, ``findings``, and technical ``faults`` in the last five minutes → companies."""
    lately = now - timedelta(minutes=5)
    rows = union_all(
        *(
            select(literal(kind).label("kind"), column.label("company_id"))
            .where(*conditions, within(scope, column))
            .limit(_MOST_AFFECTED)
            .subquery()
            .select()
            for kind, column, conditions in (
                ("dead", InboxEvent.company_id, [InboxEvent.state == "dead"]),
                ("waiting", InboxEvent.company_id, [InboxEvent.state == "new"]),
                ("unknown", Appointment.company_id, [Appointment.state == "unknown"]),
                ("overdue", Callback.company_id, [Callback.state == "open", Callback.due_at < now]),
                ("findings", Finding.company_id, [Finding.state == "open"]),
                (
                    "faults",
                    Figure.company_id,
                    [Figure.minute > lately, Figure.faults > 0, Figure.company_id != EVERYBODY],
                ),
            )
        )
    ).subquery()
    found: dict[str, list[int]] = {}
    with reading(database, scope) as session:
        for kind, company_id in session.execute(
            select(rows.c.kind, rows.c.company_id)
            .where(rows.c.company_id.is_not(None))
            .group_by(rows.c.kind, rows.c.company_id)
            .order_by(func.count().desc(), rows.c.company_id)
        ):
            found.setdefault(kind, []).append(company_id)
    return found


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


def last_answers(database: Database, scope: Scope) -> dict[int, tuple[datetime, datetime | None]]:
    """Company → (since when it is with us, the minute of its last function call)."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(Company.id, Company.created_at, last_answer_minute()).where(
                Company.service_mode == "open", within(scope, Company.id)
            )
        )
        return {row[0]: (row[1], row[2]) for row in rows}
