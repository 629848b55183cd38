"""The doctor's visits: called from a page it examines behind the request; what it found is kept.

Kept where all workers read it, in the row of a job that no worker runs by itself. One examination
at a time; one that died with its process is over when its lease is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from askpro.services.doctor.examination import examine
from askpro.services.doctor.findings import Finding, from_kept
from askpro.services.runtime import Runtime
from askpro.store import jobs
from askpro.store.models import Job
from askpro.store.reports.scope import EVERY_COMPANY, reading

log = logging.getLogger(__name__)

JOB = "doctor"

Examine = Callable[[], list[Finding]]


@dataclass(frozen=True)
class Visit:
    """The latest examination. ``began`` without ``ended`` is one that runs; ``broken`` names why
    nothing could be tried (``NoInstance``: nobody answered at HOST and PORT)."""

    began: datetime | None = None
    ended: datetime | None = None
    broken: str | None = None
    findings: tuple[Finding, ...] = ()


def begin(runtime: Runtime, version: str, *, examine_it: Examine | None = None) -> bool:
    """Start an examination of the gateway at HOST and PORT; false when one is running already."""
    before = last(runtime)
    if before.began is not None and before.ended is None:
        return False
    do = examine_it or (lambda: examine(runtime, None, version=version))
    threading.Thread(target=_visit, args=(runtime, do), name="doctor", daemon=True).start()
    return True


def keep(runtime: Runtime, findings: list[Finding]) -> None:
    """Keep what somebody found from the command line, so that the page tells of it too. While an
    examination from a page runs, that one is kept. Without a database there is nothing to keep."""
    found = {"findings": [each.as_kept() for each in findings]}
    try:
        jobs.run_if_due(
            runtime.database, JOB, every=timedelta(0), clock=runtime.clock, do=lambda: found
        )
    except SQLAlchemyError:
        log.warning("the doctor's findings could not be kept", exc_info=True)


def last(runtime: Runtime) -> Visit:
    """The latest examination, or an empty visit. Raises ``SQLAlchemyError``."""
    with reading(runtime.database, EVERY_COMPANY) as session:
        row = session.execute(
            select(
                Job.run_at,
                Job.lease_token,
                Job.last_started_at,
                Job.last_finished_at,
                Job.last_error,
                Job.last_result,
            ).where(Job.name == JOB)
        ).one_or_none()
    if row is None:
        return Visit()
    if row.lease_token is not None:
        runs = row.run_at > runtime.clock.now()
        return Visit(row.last_started_at, None if runs else row.run_at, None if runs else "died")
    found = (row.last_result or {}).get("findings", [])
    return Visit(
        row.last_started_at,
        row.last_finished_at,
        row.last_error,
        tuple(from_kept(each) for each in found),
    )


def _visit(runtime: Runtime, do: Examine) -> None:
    def examined() -> dict[str, Any]:
        return {"findings": [each.as_kept() for each in do()]}

    try:
        # Due again at once: it is people who decide when.
        jobs.run_if_due(runtime.database, JOB, every=timedelta(0), clock=runtime.clock, do=examined)
    except Exception:
        log.exception("the doctor's findings could not be kept")
