"""What the guards did, kept for the dashboard and the alerts. Never in the way of a request."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

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
