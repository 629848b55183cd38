"""Periodic work and signs of life, shared by all workers through the database."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from askpro.clock import Clock
from askpro.store.models import Job, WorkerBeat
from askpro.store.tenancy import Database

log = logging.getLogger(__name__)

#: A job that nobody has said to be in work for so long died with its worker. Bookings of unknown
#: outcome are to be settled within a minute, whoever dies.
_LEASE = timedelta(seconds=20)
_RENEW_SECONDS = 5.0
#: A worker that has not beaten for so long is gone.
DEAD_AFTER = timedelta(seconds=30)


def due(database: Database, names: Collection[str], now: datetime) -> set[str]:
    """Which of the jobs are due, in one question; those that never ran are."""
    with database.unrestricted_unsafe() as session:
        later = session.scalars(select(Job.name).where(Job.name.in_(names), Job.run_at > now))
        return set(names) - set(later)


def run_if_due(
    database: Database,
    name: str,
    *,
    every: timedelta,
    clock: Clock,
    do: Callable[[], dict[str, Any] | None],
) -> bool:
    """Do the job if it is due and nobody else does it; whether it was done here.

    An error is kept with the job and does not stop the worker; the job is due again in ``every``.
    """
    token = uuid.uuid4().hex
    started = clock.now()
    if not _take(database, name, token, started):
        return False
    error, result = None, None
    with _lease_kept(database, name, token, clock):
        try:
            result = do()
        except Exception as fault:
            error = type(fault).__name__
            log.exception("periodic work failed", extra={"job": name, "error": error})
    with database.unrestricted_unsafe(write=True) as session:
        session.execute(
            update(Job)
            .where(Job.name == name, Job.lease_token == token)
            .values(
                run_at=started + every,
                lease_token=None,
                last_finished_at=clock.now(),
                last_error=error,
                last_result=result,
            )
        )
    return True


@contextmanager
def _lease_kept(database: Database, name: str, token: str, clock: Clock) -> Iterator[None]:
    """The lease is renewed for as long as the block takes."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(_RENEW_SECONDS):
            try:
                with database.unrestricted_unsafe(write=True) as session:
                    session.execute(
                        update(Job)
                        .where(Job.name == name, Job.lease_token == token)
                        .values(run_at=clock.now() + _LEASE)
                    )
            except SQLAlchemyError as error:
                # The job can't write either; should another worker take it over, it finds the same.
                log.warning("lease not renewed", extra={"job": name, "error": type(error).__name__})

    thread = threading.Thread(target=renew, name=f"lease of {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _take(database: Database, name: str, token: str, now: datetime) -> bool:
    with database.unrestricted_unsafe() as session:
        run_at = session.scalar(select(Job.run_at).where(Job.name == name))
    if run_at is not None and run_at > now:
        return False
    with database.unrestricted_unsafe(write=True) as session:
        if run_at is None:
            insert = _insert_for(session)
            session.execute(insert(Job).values(name=name, run_at=now).on_conflict_do_nothing())
        taken = session.execute(
            update(Job)
            .where(Job.name == name, Job.run_at <= now)
            .values(run_at=now + _LEASE, lease_token=token, last_started_at=now)
            .returning(Job.name)
        )
        return taken.first() is not None


def beat(database: Database, worker: str, now: datetime, done: int, failed: int) -> None:
    """A sign of life; workers silent for long are forgotten."""
    with database.unrestricted_unsafe(write=True) as session:
        insert = _insert_for(session)
        session.execute(
            insert(WorkerBeat)
            .values(worker=worker, started_at=now, beat_at=now, done=done, failed=failed)
            .on_conflict_do_update(
                index_elements=["worker"], set_={"beat_at": now, "done": done, "failed": failed}
            )
        )
        session.execute(delete(WorkerBeat).where(WorkerBeat.beat_at < now - 20 * DEAD_AFTER))


def leave(database: Database, worker: str) -> None:
    with database.unrestricted_unsafe(write=True) as session:
        session.execute(delete(WorkerBeat).where(WorkerBeat.worker == worker))


def alive(session: Session, now: datetime) -> list[WorkerBeat]:
    """Workers that gave a sign of life lately."""
    return list(
        session.scalars(
            select(WorkerBeat)
            .where(WorkerBeat.beat_at > now - DEAD_AFTER)
            .order_by(WorkerBeat.started_at)
        )
    )


def _insert_for(session: Session) -> Any:
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql_insert if is_postgresql else sqlite_insert
