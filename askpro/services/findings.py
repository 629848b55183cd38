"""What an operator must look at. Noted once for each subject, however often it happens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.services.runtime import Runtime
from askpro.store.models import Appointment, Finding


def note(
    runtime: Runtime,
    company_id: int,
    *,
    kind: str,
    subject: str,
    call_id: str | None = None,
    appointment_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Open a finding in a transaction of its own."""
    with runtime.database.of_company(company_id, write=True) as session:
        note_in(
            session,
            runtime.clock.now(),
            kind=kind,
            subject=subject,
            call_id=call_id,
            appointment_id=appointment_id,
            detail=detail,
        )


def note_in(
    session: Session,
    now: datetime,
    *,
    kind: str,
    subject: str,
    call_id: str | None = None,
    appointment_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Open a finding inside the caller's transaction; a known one is left as it is."""
    known = session.scalar(
        select(Finding.id).where(Finding.kind == kind, Finding.subject == subject)
    )
    if known is None:
        session.add(
            Finding(
                kind=kind,
                subject=subject,
                call_id=call_id,
                appointment_id=appointment_id,
                detail=detail or {},
                created_at=now,
            )
        )


def note_broken_in(
    session: Session, row: Appointment, change: dict[str, Any], now: datetime, *, why: str | None
) -> None:
    """The caller was told that ``change`` is noted, and something else became of it."""
    note_in(
        session,
        now,
        kind=f"promised_not_{change.get('kind', 'change')}",
        subject=f"{row.id}:{row.changes}",
        call_id=row.call_id,
        appointment_id=row.id,
        detail={"why": why} if why else None,
    )


def note_overlap_in(session: Session, row: Appointment, now: datetime) -> None:
    """Cal.com let two appointments of one person overlap: both stand, and an operator looks."""
    note_in(
        session,
        now,
        kind="staff_overlap",
        subject=f"{row.id}:{row.start:%Y%m%dT%H%M}",
        call_id=row.call_id,
        appointment_id=row.id,
    )
