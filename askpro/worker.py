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
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from askpro.logs import bind_log_context, clear_log_context
from askpro.services import alerts, event_work, periodic
from askpro.services.runtime import Runtime
from askpro.store import inbox, jobs

log = logging.getLogger(__name__)

_BATCH = 20
#: Longer than any handler may take, so that a living worker never loses an event.
_LEASE = timedelta(seconds=60)
_IDLE_SECONDS = 0.5
_BEAT_SECONDS = 5.0


@dataclass(frozen=True)
class PeriodicWork:
    """Something to do every ``seconds``, by one worker of all."""

    name: str
    seconds: int
    do: Callable[[Runtime], Any]


class Worker:
    """Claims, works, rests. Runs until :meth:`stop`, finishing what it has in hand."""

    def __init__(self, runtime: Runtime, schedule: tuple[PeriodicWork, ...] | None = None) -> None:
        self._runtime = runtime
        self._schedule = schedule if schedule is not None else _schedule(runtime)
        self._stopping = threading.Event()
        self._bell = threading.Event()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self.done = 0
        self.failed = 0
        self._beat_at = 0.0

    def stop(self) -> None:
        """Finish the event in hand, then return from :meth:`run`."""
        self._stopping.set()
        self._bell.set()

    def ring(self) -> None:
        """Something has come in: do not rest any longer."""
        self._bell.set()

    def run(self) -> None:
        log.info("worker started", extra={"worker": self.name})
        while not self._stopping.is_set():
            try:
                self._beat()
                worked = self.round()
            except SQLAlchemyError as error:
                # Nothing is lost while the database is away: what was claimed comes back.
                log.warning("worker waits for the database", extra={"error": type(error).__name__})
                worked = 0
            if not worked:
                self._bell.wait(_IDLE_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311
                self._bell.clear()
        self._leave()
        log.info("worker stopped", extra={"worker": self.name, "done": self.done})

    def round(self) -> int:
        """Work on what is due; the number of events and jobs worked on."""
        runtime = self._runtime
        with runtime.database.unrestricted_unsafe(write=True) as session:
            claimed = inbox.claim(session, runtime.clock.now(), most=_BATCH, lease=_LEASE)
        for event in claimed:
            if self._stopping.is_set():
                break
            bind_log_context(event_id=event.id, company_id=event.company_id)
            outcome = event_work.work_on(runtime, event)
            clear_log_context()
            self.done += outcome == "done"
            self.failed += outcome in ("retry", "dead")
        return len(claimed) + self._periodic()

    def _periodic(self) -> int:
        worked = 0
        for work in self._schedule:
            if self._stopping.is_set():
                break
            worked += jobs.run_if_due(
                self._runtime.database,
                work.name,
                every=timedelta(seconds=work.seconds),
                clock=self._runtime.clock,
                do=lambda work=work: work.do(self._runtime),  # type: ignore[misc]
            )
        return worked

    def _beat(self) -> None:
        now = self._runtime.clock.monotonic()
        if now - self._beat_at < _BEAT_SECONDS:
            return
        self._beat_at = now
        jobs.beat(
            self._runtime.database, self.name, self._runtime.clock.now(), self.done, self.failed
        )

    def _leave(self) -> None:
        try:
            jobs.leave(self._runtime.database, self.name)
        except SQLAlchemyError as error:
            log.warning("worker left without a word", extra={"error": type(error).__name__})


def _schedule(runtime: Runtime) -> tuple[PeriodicWork, ...]:
    settings = runtime.settings
    return (
        PeriodicWork("settle unknown bookings", settings.settle_every_seconds, periodic.settle),
        PeriodicWork("sweep calls", settings.sweep_every_seconds, periodic.sweep_calls),
        PeriodicWork(
            "reconcile with Cal.com", settings.reconcile_every_seconds, periodic.reconcile
        ),
        PeriodicWork("drain callbacks", settings.drain_every_seconds, periodic.drain),
        PeriodicWork(alerts.JOB, settings.alert_every_seconds, periodic.alert),
    )


def start_in_thread(runtime: Runtime) -> Worker:
    """Embedded mode: the gateway's process works on its own inbox."""
    worker = Worker(runtime)
    threading.Thread(target=worker.run, name="worker", daemon=True).start()
    return worker
