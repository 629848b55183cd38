"""What people have to do with: appointments, callbacks, findings. Names and numbers stay encrypted.

Of a caller a list shows the last three digits of the number, where they are kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from askpro.store.models import Appointment, Call, Callback, Customer, Finding, ServiceRow
from askpro.store.models.appointments import STANDING
from askpro.store.reports.paging import PAGE, Page, Place, Query, page
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database

_MOST_OPEN = 100

_APPOINTMENT_COLUMNS = (
    Appointment.id,
    Appointment.company_id,
    Appointment.call_id,
    Appointment.state,
    Appointment.source,
    Appointment.start,
    Appointment.end,
    Appointment.error,
    Appointment.changes,
    Appointment.created_at,
    Appointment.updated_at,
    Appointment.pending_change,
    ServiceRow.name.label("service"),
    Customer.phone_tail.label("phone_tail"),
)
#: As what the wanted slot stands in the ledger for who is to be called back; None where it doesn't.
_WANTED_SLOT = (
    select(Appointment.state)
    .where(
        Appointment.company_id == Callback.company_id,
        Appointment.start == Callback.wanted_start,
        func.coalesce(Appointment.group_service_id, Appointment.service_id)
        == Callback.wanted_service_id,
        Appointment.state.in_(STANDING),
        or_(
            Appointment.call_id == Callback.call_id,
            Appointment.customer_id.in_(
                select(Customer.id)
                .where(
                    Customer.company_id == Callback.company_id,
                    Customer.phone_digest == Callback.phone_digest,
                )
                # Or it would range over everybody's callbacks, not this one's.
                .correlate(Callback)
            ),
        ),
    )
    .order_by(Appointment.id.desc())
    .limit(1)
    .correlate(Callback)
    .scalar_subquery()
)
_CALLBACK_COLUMNS = (
    Callback.id,
    Callback.company_id,
    Callback.call_id,
    Callback.phone_tail,
    Callback.priority,
    Callback.state,
    Callback.due_at,
    Callback.wanted_start,
    Callback.agreed,
    Callback.still_free,
    _WANTED_SLOT.label("wanted_slot"),
    Callback.created_at,
    Callback.done_at,
    ServiceRow.name.label("service"),
)
_FINDING_COLUMNS = (
    Finding.id,
    Finding.company_id,
    Finding.kind,
    Finding.subject,
    Finding.call_id,
    Finding.appointment_id,
    Finding.detail,
    Finding.state,
    Finding.created_at,
    Finding.closed_at,
)


@dataclass(frozen=True)
class WantedAppointments:
    """Empty fields do not narrow the search; ``since`` and ``until`` bound the start."""

    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def appointments(
    database: Database,
    scope: Scope,
    wanted: WantedAppointments,
    place: Place | None = None,
    *,
    size: int = PAGE,
) -> Page:
    """Appointments by their start, the latest first."""
    conditions: list[ColumnElement[bool]] = [within(scope, Appointment.company_id)]
    if wanted.state:
        conditions.append(Appointment.state == wanted.state)
    if wanted.since:
        conditions.append(Appointment.start >= wanted.since)
    if wanted.until:
        conditions.append(Appointment.start < wanted.until)
    query = _appointments().where(*conditions)
    with reading(database, scope) as session:
        return page(session, query, Appointment.start, Appointment.id, place, size=size)


def unknown_bookings(database: Database, scope: Scope) -> list[dict[str, Any]]:
    """Bookings of which nobody knows whether they stand, the oldest first."""
    with reading(database, scope) as session:
        rows = session.execute(
            _appointments()
            .where(Appointment.state == "unknown", within(scope, Appointment.company_id))
            .order_by(Appointment.updated_at)
            .limit(_MOST_OPEN)
        )
        return [dict(row) for row in rows.mappings()]


def appointments_of_call(database: Database, company_id: int, call_id: str) -> list[dict[str, Any]]:
    """What a call left in the ledger: what was booked in it, and what it changed of its caller's
    appointments, which others may have booked. ``changed_here`` is how (reschedule, cancel)."""
    caller = (
        select(Call.customer_id)
        .where(within(company_id, Call.company_id), Call.call_id == call_id)
        .scalar_subquery()
    )
    last, pending = (
        change["call_id"].as_string() == call_id
        for change in (Appointment.last_change, Appointment.pending_change)
    )
    kind = case(
        (pending, Appointment.pending_change["kind"].as_string()),
        (last, Appointment.last_change["kind"].as_string()),
    )
    # Each of the two along an index of its own: with an "or" SQLite reads all of the company's.
    theirs = select(Appointment.id).where(Appointment.call_id == call_id)
    changed = select(Appointment.id).where(Appointment.customer_id == caller, or_(last, pending))
    with reading(database, company_id) as session:
        rows = session.execute(
            _appointments()
            .add_columns(kind.label("changed_here"))
            .where(
                within(company_id, Appointment.company_id),
                Appointment.id.in_(theirs.union_all(changed)),
            )
            .order_by(Appointment.created_at)
            .limit(_MOST_OPEN)
        )
        return [dict(row) for row in rows.mappings()]


def callbacks(
    database: Database, scope: Scope, *, state: str = "open", call_id: str | None = None
) -> list[dict[str, Any]]:
    """Callbacks in that state, the most urgent first; or those of one call, in every state."""
    query: Query = select(*_CALLBACK_COLUMNS).outerjoin(
        ServiceRow, ServiceRow.id == Callback.wanted_service_id
    )
    query = query.where(within(scope, Callback.company_id))
    query = query.where(Callback.call_id == call_id if call_id else Callback.state == state)
    order = Callback.due_at if state == "open" else Callback.due_at.desc()
    with reading(database, scope) as session:
        rows = session.execute(query.order_by(order).limit(_MOST_OPEN))
        return [dict(row) for row in rows.mappings()]


def findings(
    database: Database, scope: Scope, *, state: str = "open", call_id: str | None = None
) -> list[dict[str, Any]]:
    """Findings in that state, the latest first; or those of one call, in every state."""
    query: Query = select(*_FINDING_COLUMNS).where(within(scope, Finding.company_id))
    query = query.where(Finding.call_id == call_id if call_id else Finding.state == state)
    with reading(database, scope) as session:
        rows = session.execute(query.order_by(Finding.created_at.desc()).limit(_MOST_OPEN))
        return [dict(row) for row in rows.mappings()]


def _appointments() -> Query:
    query: Query = (
        select(*_APPOINTMENT_COLUMNS)
        .outerjoin(ServiceRow, ServiceRow.id == Appointment.service_id)
        .outerjoin(Customer, Customer.id == Appointment.customer_id)
    )
    return query
