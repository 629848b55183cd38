"""The trace of every function call, written behind the answer.

Rows wait at most a fraction of a second in memory and go to the database in batches: a telling
saving on the hot path. They are telemetry: a killed worker may lose the last moment of them, which
is why nothing that must not be lost (a wish, a booking, an event) goes this way.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Set
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import SQLAlchemyError

from askpro.services import call_outcomes
from askpro.settings import Settings
from askpro.store import figures
from askpro.store.models import Call, FunctionCall
from askpro.store.tenancy import Database

log = logging.getLogger(__name__)

#: A batch has costs of its own, however little is in it.
_FLUSH_SECONDS = 0.5
_MOST_WAITING = 20_000
_INSERT = insert(cast(Table, FunctionCall.__table__))


class TraceBook:
    """Collects rows of ``function_calls`` and writes them from a thread of its own."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._waiting: deque[dict[str, Any]] = deque(maxlen=_MOST_WAITING)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._pid = 0

    def write(self, row: dict[str, Any]) -> None:
        """``row`` has the columns of :class:`FunctionCall`; it is in the database a moment later.

        When the database is away for long, the oldest rows are dropped, never the request.
        """
        if self._pid != os.getpid():
            self._start()
        self._waiting.append(row)

    def flush(self) -> int:
        """Write what waits; the number of rows written. Also called at exit and by tests."""
        with self._lock:
            rows = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if not rows:
                return 0
            try:
                with self._database.unrestricted_unsafe(write=True) as session:
                    session.connection().execute(_INSERT, rows)
                    figures.add(
                        session,
                        rows,
                        slow_ms=self._settings.slow_answer_ms,
                        chatty_queries=self._settings.most_queries,
                    )
            except SQLAlchemyError as error:
                log.warning("traces wait for the database", extra={"error": type(error).__name__})
                room = _MOST_WAITING - len(self._waiting)
                self._waiting.extendleft(reversed(rows[-room:] if room else []))
                return 0
            self._judge_again({(row["company_id"], row["call_id"]) for row in rows})
            return len(rows)

    def _judge_again(self, calls: Set[tuple[int, str | None]]) -> None:
        """Who hung up at once may be judged before the call's last row is there: it tells more."""
        ids = {call_id for _, call_id in calls if call_id}
        over = select(Call.company_id, Call.call_id).where(
            Call.call_id.in_(ids), Call.state.in_(call_outcomes.OVER)
        )
        try:
            with self._database.unrestricted_unsafe() as session:
                judged = calls & {(row[0], row[1]) for row in session.execute(over)}
            for company_id, call_id in judged:
                with self._database.of_company(company_id, write=True) as session:
                    call_outcomes.refresh(session, [call_id])
        except SQLAlchemyError as error:
            log.warning("calls are not judged again", extra={"error": type(error).__name__})

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._closed.set()
        self.flush()
        atexit.unregister(self.flush)

    def _start(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            # A forked worker starts with the parent's rows; they are the parent's to write.
            self._waiting.clear()
            self._pid = os.getpid()  # From now on other threads put theirs beside it.
            threading.Thread(target=self._run, name="traces", daemon=True).start()
            atexit.register(self.flush)

    def _run(self) -> None:
        while not self._closed.wait(_FLUSH_SECONDS):
            # No row that cannot be written may end the thread that writes all others.
            try:
                self.flush()
            except Exception:
                log.exception("Traces could not be written")
