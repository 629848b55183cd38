"""Calls and the functions that were called in them: lists, search, and one call in full.

Every list is read along an index and in pages by key, never by offset: the last page of a million
calls costs what the first one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from askpro.store.models import Appointment, BookingUid, Call, FunctionCall
from askpro.store.reports.paging import PAGE, Page, Place, Query, page
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database


@dataclass(frozen=True)
class Wanted:
    """A search. Empty fields do not narrow it. ``since`` and ``until`` are instants (UTC)."""

    call_id: str | None = None
    uid: str | None = None
    tail: str | None = None
    outcome: str | None = None
    state: str | None = None
    function: str | None = None
    status: str | None = None
    error: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def about_functions(self) -> bool:
        """Whether single function calls are looked for, not whole calls."""
        return bool(self.function or self.status or self.error)


_CALL_COLUMNS = (
    Call.id,
    Call.company_id,
    Call.call_id,
    Call.state,
    Call.outcome,
    Call.direction,
    Call.kind,
    Call.from_tail,
    Call.started_at,
    Call.ended_at,
    Call.duration_ms,
    Call.disconnection_reason,
    Call.sentiment,
    Call.created_at,
)
_FUNCTION_COLUMNS = (
    FunctionCall.id,
    FunctionCall.company_id,
    FunctionCall.call_id,
    FunctionCall.at,
    FunctionCall.function,
    FunctionCall.status,
    FunctionCall.success,
    FunctionCall.milliseconds,
    FunctionCall.calcom_ms,
    FunctionCall.queries,
    FunctionCall.redis_trips,
    FunctionCall.cache,
    FunctionCall.error,
)


def recent_functions(database: Database, scope: Scope, *, most: int = 15) -> list[dict[str, Any]]:
    """The latest function calls, newest first."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(*_FUNCTION_COLUMNS)
            .where(within(scope, FunctionCall.company_id))
            .order_by(FunctionCall.at.desc(), FunctionCall.id.desc())
            .limit(most)
        )
        return [dict(row) for row in rows.mappings()]


def search(
    database: Database,
    scope: Scope,
    wanted: Wanted,
    place: Place | None = None,
    *,
    size: int = PAGE,
) -> Page:
    """One page of calls, or of function calls where the search is about those."""
    with reading(database, scope) as session:
        if wanted.about_functions:
            functions: Query = select(*_FUNCTION_COLUMNS).where(
                *_function_conditions(scope, wanted)
            )
            return page(session, functions, FunctionCall.at, FunctionCall.id, place, size=size)
        conditions = _call_conditions(scope, wanted)
        if wanted.uid:
            call_ids = _calls_of_booking(session, scope, wanted.uid)
            conditions.append(Call.call_id.in_(call_ids))
        calls: Query = select(*_CALL_COLUMNS).where(*conditions)
        return page(session, calls, Call.created_at, Call.id, place, size=size)


def _call_conditions(scope: Scope, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [within(scope, Call.company_id)]
    if wanted.call_id:
        conditions.append(Call.call_id == wanted.call_id)
    if wanted.tail:
        conditions.append(Call.from_tail == wanted.tail)
    if wanted.outcome:
        conditions.append(Call.outcome == wanted.outcome)
    if wanted.state:
        conditions.append(Call.state == wanted.state)
    if wanted.since:
        conditions.append(Call.created_at >= wanted.since)
    if wanted.until:
        conditions.append(Call.created_at < wanted.until)
    return conditions


def _function_conditions(scope: Scope, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [within(scope, FunctionCall.company_id)]
    if wanted.call_id:
        conditions.append(FunctionCall.call_id == wanted.call_id)
    if wanted.function:
        conditions.append(FunctionCall.function == wanted.function)
    if wanted.status:
        conditions.append(FunctionCall.status == wanted.status)
    if wanted.error == "any":
        conditions.append(FunctionCall.error.is_not(None))
    elif wanted.error:
        conditions.append(FunctionCall.error == wanted.error)
    if wanted.since:
        conditions.append(FunctionCall.at >= wanted.since)
    if wanted.until:
        conditions.append(FunctionCall.at < wanted.until)
    return conditions


def _calls_of_booking(session: Session, scope: Scope, uid: str) -> list[str]:
    """Calls that made or changed the booking with that Cal.com uid, current or former."""
    current = select(Appointment.call_id).where(
        Appointment.uid == uid, within(scope, Appointment.company_id)
    )
    former = (
        select(Appointment.call_id)
        .join(BookingUid, BookingUid.appointment_id == Appointment.id)
        .where(BookingUid.uid == uid, within(scope, BookingUid.company_id))
    )
    found = [*session.scalars(current), *session.scalars(former)]
    return [each for each in found if each]


def one_call(database: Database, company_id: int, call_id: str) -> dict[str, Any] | None:
    """The record of a call; None when the company has none with that id."""
    with reading(database, company_id) as session:
        row = session.execute(
            select(
                *_CALL_COLUMNS,
                Call.agent_id,
                Call.agent_version,
                Call.successful,
                Call.in_voicemail,
                Call.cost_cents,
                Call.latency,
                Call.to_number,
                Call.last_sign_at,
            ).where(within(company_id, Call.company_id), Call.call_id == call_id)
        ).mappings()
        found = row.first()
        return dict(found) if found else None


def functions_of(
    database: Database, company_id: int, call_id: str, *, most: int = 200
) -> list[dict[str, Any]]:
    """The function calls of one call in their order, arguments (redacted) and steps included."""
    with reading(database, company_id) as session:
        rows = session.execute(
            select(
                *_FUNCTION_COLUMNS,
                FunctionCall.arguments,
                FunctionCall.request_id,
                FunctionCall.steps,
            )
            .where(within(company_id, FunctionCall.company_id), FunctionCall.call_id == call_id)
            .order_by(FunctionCall.at, FunctionCall.id)
            .limit(most)
        )
        return [dict(row) for row in rows.mappings()]
