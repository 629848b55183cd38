"""The worker: events out of the inbox, and the periodic work, once across all workers.

The inbox table is the queue. In cluster mode ``flask worker`` runs on as many machines as one
likes; in embedded mode the gateway runs one in a thread of its own. A killed worker's events are
due again when their lease ends.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from askpro.logs import bind_log_context, clear_log_context
from askpro.services import alerts, event_work, hidden_lines, periodic
from askpro.services.runtime import Runtime
from askpro.store import inbox, jobs
from askpro.store.models import InboxEvent

log = logging.getLogger(__name__)

_BATCH = 20
#: Longer than any handler may take, so that a living worker never loses an event.
_LEASE = timedelta(seconds=60)
#: How long an idle worker rests when no bell rings.
_IDLE_SECONDS = 0.5
_BEAT_SECONDS = 5.0
#: Periodic work that Cal.com holds up is left behind after that; all of it may be broken off.
_LEAVE_SECONDS = 10.0


@dataclass(frozen=True)
class PeriodicWork:
    """Something to do every ``seconds``, by one worker of all."""

    name: str
    seconds: int
    do: Callable[[Runtime], Any]


class Worker:
    """Claims, works, rests. Runs until :meth:`stop`, finishing the event that it has in hand.

    Periodic work has a thread of its own: it asks Cal.com and Retell, and no event waits for them.
    """

    def __init__(self, runtime: Runtime, schedule: tuple[PeriodicWork, ...] | None = None) -> None:
        self._runtime = runtime
        self._schedule = schedule if schedule is not None else _schedule(runtime)
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self.done = 0
        self.failed = 0
        self._beat_at = 0.0

    def stop(self) -> None:
        """Finish the event in hand, then return from :meth:`run`."""
        self._stopping.set()
        self._runtime.bell.ring()

    def join(self, seconds: float) -> bool:
        """Wait until :meth:`run` has returned; False if it has not by then."""
        return self._stopped.wait(seconds)

    def run(self) -> None:
        log.info("worker started", extra={"worker": self.name})
        periodic_work = threading.Thread(target=self._run_periodic, name="periodic", daemon=True)
        periodic_work.start()
        try:
            while not self._stopping.is_set():
                if not self._try(self.round):
                    self._runtime.bell.wait(_IDLE_SECONDS * _jitter())
        finally:
            periodic_work.join(_LEAVE_SECONDS)
            self._try(self._leave)
            self._stopped.set()
            log.info("worker stopped", extra={"worker": self.name, "done": self.done})

    def round(self) -> int:
        """Work on what is due; the number of events worked on."""
        self._beat()
        now = self._runtime.clock.now()
        with self._runtime.database.unrestricted_unsafe() as session:
            if not inbox.anything_due(session, now):
                return 0
        return self._work_on(most=_BATCH) + self._work_on(most=1, fresh=False)

    def do_periodic_work(self) -> int:
        """Do the jobs that are due and that no other worker does; their number."""
        runtime = self._runtime
        schedule = {work.name: work for work in self._schedule}
        due = jobs.due(runtime.database, schedule.keys(), runtime.clock.now())
        done = 0
        for name, work in schedule.items():
            if name not in due or self._stopping.is_set():
                continue
            try:
                done += jobs.run_if_due(
                    runtime.database,
                    name,
                    every=timedelta(seconds=work.seconds),
                    clock=runtime.clock,
                    do=partial(work.do, runtime),
                )
            finally:
                clear_log_context()
        return done

    def _work_on(self, *, most: int, fresh: bool = True) -> int:
        runtime = self._runtime
        with runtime.database.unrestricted_unsafe(write=True) as session:
            claimed = inbox.claim(
                session, runtime.clock.now(), most=most, lease=_LEASE, fresh=fresh
            )
        for place, event in enumerate(claimed):
            if self._stopping.is_set():
                self._hand_back(claimed[place:])
                return place
            bind_log_context(event_id=event.id, company_id=event.company_id)
            try:
                outcome = event_work.work_on(runtime, event)
            finally:
                clear_log_context()
            self.done += outcome == "done"
            self.failed += outcome in ("retry", "away", "dead")
            if outcome == "away":
                # Waiting for the database with each of the others would cost their leases.
                self._hand_back(claimed[place + 1 :])
                return place + 1
        return len(claimed)

    def _hand_back(self, events: list[InboxEvent]) -> None:
        with self._runtime.database.unrestricted_unsafe(write=True) as session:
            inbox.hand_back(session, events, self._runtime.clock.now())

    def _run_periodic(self) -> None:
        while not self._stopping.is_set():
            self._try(self.do_periodic_work)
            self._stopping.wait(_jitter())

    def _try(self, step: Callable[[], Any]) -> Any:
        """The database may be away: nothing is lost meanwhile, what was claimed comes back.

        Whatever else goes wrong, the worker lives on: nobody would start this thread again.
        """
        try:
            return step()
        except SQLAlchemyError as error:
            log.warning("worker waits for the database", extra={"error": type(error).__name__})
        except Exception:
            log.exception("worker stumbled")
        return None

    def _beat(self) -> None:
        now = self._runtime.clock.monotonic()
        if now - self._beat_at < _BEAT_SECONDS:
            return
        jobs.beat(
            self._runtime.database, self.name, self._runtime.clock.now(), self.done, self.failed
        )
        hidden_lines.note(self._runtime.database, self._runtime.clock.now())
        self._beat_at = now

    def _leave(self) -> None:
        jobs.leave(self._runtime.database, self.name)


def _jitter() -> float:
    """About one; workers that were started together must not ask together for ever."""
    # Jitter spreads load and keeps no secret.
    return float(random.uniform(0.8, 1.2))  # noqa: S311


def _schedule(runtime: Runtime) -> tuple[PeriodicWork, ...]:
    settings = runtime.settings
    return (
        PeriodicWork("settle unknown bookings", settings.settle_every_seconds, periodic.settle),
        PeriodicWork("sweep calls", settings.sweep_every_seconds, periodic.sweep_calls),
        PeriodicWork(
            "reconcile with Cal.com", settings.reconcile_every_seconds, periodic.reconcile
        ),
        PeriodicWork("compare with Cal.com", settings.compare_every_seconds, periodic.compare),
        PeriodicWork("drain callbacks", settings.drain_every_seconds, periodic.drain),
        PeriodicWork("purge personal data", settings.purge_every_seconds, periodic.purge),
        PeriodicWork(alerts.JOB, settings.alert_every_seconds, periodic.alert),
    )


def start_in_thread(runtime: Runtime) -> Worker:
    """Embedded mode: the gateway's process works on its own inbox."""
    worker = Worker(runtime)
    threading.Thread(target=worker.run, name="worker", daemon=True).start()
    return worker
