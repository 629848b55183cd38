"""What the guards did, kept for the dashboard and the alerts. Never in the way of a request."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from askpro.clock import Clock
from askpro.guards import Guards
from askpro.guards.call_limits import Violation
from askpro.guards.permits import Transition
from askpro.store.models import GuardEvent
from askpro.store.tenancy import Database

log = logging.getLogger(__name__)


def record(
    database: Database,
    *,
    kind: str,
    company_id: int | None,
    subject: str,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Keep one event. ``kind``: breaker, limit, crossing, redaction, redis. Database down: a line
    in the log is all that is kept."""
    try:
        with database.unrestricted_unsafe(write=True) as session:
            session.add(
                GuardEvent(
                    at=at, kind=kind, company_id=company_id, subject=subject, detail=detail or {}
                )
            )
    except SQLAlchemyError as error:
        log.warning("guard event not kept", extra={"kind": kind, "error": type(error).__name__})


def keep_what_guards_do(guards: Guards, database: Database, clock: Clock) -> None:
    """Record every transition of a circuit, every breach of a limit, every loss of Redis."""

    def transition(change: Transition) -> None:
        record(
            database,
            kind="breaker",
            company_id=_company_of(change.service),
            subject=change.service,
            at=change.at,
            detail=change.as_dict(),
        )

    def violation(breach: Violation) -> None:
        record(
            database,
            kind="limit",
            company_id=breach.company_id,
            subject=breach.call_id or breach.route_kind,
            at=breach.at,
            detail=breach.as_dict(),
        )

    def redis(healthy: bool) -> None:
        record(
            database,
            kind="redis",
            company_id=None,
            subject="back" if healthy else "gone",
            at=clock.now(),
        )

    guards.circuits.on_transition(transition)
    guards.limits.on_violation(violation)
    guards.link.on_change(redis)


def _company_of(circuit: str) -> int | None:
    """``calcom_api:20`` is company 20's own; ``calcom_api`` the platform's."""
    _, _, company = circuit.partition(":")
    return int(company) if company.isdigit() else None
