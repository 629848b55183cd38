"""Appointments as another client of their company finds them: by our id, by Cal.com's uid, lately.

What belongs to another company is not there; that it was asked for leaves a mark.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from askpro.services import guard_events
from askpro.services.appointments import wholes
from askpro.services.runtime import Runtime
from askpro.store import ledger
from askpro.store.models import Appointment

log = logging.getLogger(__name__)

_MOST_LISTED = 200


def by_id(runtime: Runtime, company_id: int, appointment_id: int) -> Sequence[Appointment]:
    """The company's appointment with our id, or with a part of that id: all its parts."""
    with runtime.database.of_company(company_id) as session:
        row = session.scalar(select(Appointment).where(Appointment.id == appointment_id))
    if row is None:
        _note_crossing(runtime, company_id, "appointment", Appointment.id == appointment_id)
    return _whole(runtime, row)


def by_uid(runtime: Runtime, company_id: int, uid: str) -> Sequence[Appointment]:
    """The company's appointment that has, or had, this uid at Cal.com: all its parts."""
    with runtime.database.of_company(company_id) as session:
        row = ledger.by_uid(session, uid)
    if row is None:
        _note_crossing(runtime, company_id, "uid", Appointment.uid == uid)
    return _whole(runtime, row)


def latest(runtime: Runtime, company_id: int) -> list[tuple[Appointment, ...]]:
    """The company's appointments, those that begin last first; of at most 200 parts."""
    with runtime.database.of_company(company_id) as session:
        rows = session.scalars(
            select(Appointment)
            .order_by(Appointment.start.desc(), Appointment.id.desc())
            .limit(_MOST_LISTED)
        ).all()
    return [parts[::-1] for parts in wholes(rows)]


def _whole(runtime: Runtime, row: Appointment | None) -> Sequence[Appointment]:
    if row is None or row.group_key is None:
        return [row] if row else []
    return ledger.group_of(runtime.database, row)


def _note_crossing(
    runtime: Runtime, company_id: int, what: str, wanted: ColumnElement[bool]
) -> None:
    """Leave a mark if what was not found is another company's."""
    with runtime.database.unrestricted_unsafe() as session:
        owner = session.scalar(select(Appointment.company_id).where(wanted))
    if owner is None or owner == company_id:
        return
    log.error(
        "cross-company access refused",
        extra={"speaker_company_id": company_id, "company_id": owner},
    )
    guard_events.record(
        runtime.database,
        kind="crossing",
        company_id=owner,
        subject=what,
        at=runtime.clock.now(),
        detail={"speaker_company_id": company_id},
    )
