"""Calls and the functions that were called in them: lists, search, and one call in full.

Every list is read along an index and in pages by key, never by offset: the last page of a million
calls costs what the first one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from askpro.store.models import Appointment, Call, FormerUid, FunctionCall
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database

PAGE = 50


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


@dataclass(frozen=True)
class Place:
    """Where a page ends: the next one begins after this row. Also tells older from newer."""

    at: datetime
    id: int
    newer: bool = False


@dataclass(frozen=True)
class Page:
    """Rows, newest first, and the places before and after them; None where there is nothing."""

    rows: list[dict[str, Any]]
    newer: Place | None
    older: Place | None


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


def search(database: Database, scope: Scope, wanted: Wanted, place: Place | None = None) -> Page:
    """One page of calls, or of function calls where the search is about those."""
    with reading(database, scope) as session:
        if wanted.about_functions:
            query: Select[*tuple[Any, ...]] = select(*_FUNCTION_COLUMNS).where(
                *_function_conditions(scope, wanted)
            )
            return _page(session, query, FunctionCall.at, FunctionCall.id, place)
        conditions = _call_conditions(scope, wanted)
        if wanted.uid:
            call_ids = _calls_of_booking(session, scope, wanted.uid)
            conditions.append(Call.call_id.in_(call_ids))
        query = select(*_CALL_COLUMNS).where(*conditions)
        return _page(session, query, Call.created_at, Call.id, place)


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
        .join(FormerUid, FormerUid.appointment_id == Appointment.id)
        .where(FormerUid.uid == uid, within(scope, FormerUid.company_id))
    )
    found = [*session.scalars(current), *session.scalars(former)]
    return [each for each in found if each]


def _page(
    session: Session, query: Select[*tuple[Any, ...]], at: Any, id_: Any, place: Place | None
) -> Page:
    """Keyset pages in both directions; one row more than shown tells whether there is another."""
    backwards = place is not None and place.newer
    if place is not None:
        if backwards:
            query = query.where(or_(at > place.at, and_(at == place.at, id_ > place.id)))
        else:
            query = query.where(or_(at < place.at, and_(at == place.at, id_ < place.id)))
    order = (at.asc(), id_.asc()) if backwards else (at.desc(), id_.desc())
    found = [
        dict(row) for row in session.execute(query.order_by(*order).limit(PAGE + 1)).mappings()
    ]
    more = len(found) > PAGE
    rows = found[:PAGE]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    first = Place(rows[0][at.key], rows[0]["id"], newer=True)
    last = Place(rows[-1][at.key], rows[-1]["id"])
    has_newer = more if backwards else place is not None
    has_older = True if backwards else more
    return Page(rows, first if has_newer else None, last if has_older else None)


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
