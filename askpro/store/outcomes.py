"""What becomes of a row of the ledger: it stands at Cal.com, moves, is cancelled.

Each in one transaction, with the change that was claimed for it before Cal.com was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from askpro.store import staffing
from askpro.store.ledger import MOVE, ROWS, link, move, place_name, which
from askpro.store.models import Appointment
from askpro.store.models.appointments import CHANGEABLE, OVER, UNDECIDED
from askpro.store.staffing import Host
from askpro.store.tenancy import Database

#: Of a ``pending_change``: nobody asks for it any more; who did was told that it is noted.
_LEFT = "left"


class _MovedOn(Exception):
    """Somebody else knows more of a row by now."""


class UidTaken(Exception):
    """Another row already stands for that booking of Cal.com's."""


#: What is over at Cal.com by now stays over.
_STATE = case(
    (and_(ROWS.c.uid == bindparam("told_uid"), ROWS.c.state.in_(OVER)), ROWS.c.state),
    else_=bindparam("told_state", type_=ROWS.c.state.type),
)
_SETTLE = MOVE.values(state=_STATE).returning(ROWS.c.staff_id, ROWS.c.state)
_SETTLE_WITH_HOST = _SETTLE.values(
    staff_id=staffing.id_of(bindparam("of_company"), bindparam("host"))
)


def stand(
    database: Database,
    row: Appointment,
    *,
    now: datetime,
    state: str,
    uid: str,
    calcom_id: int | None,
    seat_uid: str | None,
    start: datetime,
    end: datetime,
    host: Host | None,
) -> bool:
    """The row's booking is at Cal.com; False where its host is busy then, and is left out.

    Raises :class:`UidTaken`.
    """
    values = {
        "state": state,
        "uid": uid,
        "calcom_id": calcom_id,
        "seat_uid": seat_uid,
        "start": start,
        "end": end,
        "error": None,
    }
    return _settle(database, row, values, host, now=now)


def close(database: Database, row: Appointment, *, now: datetime, state: str, error: str) -> bool:
    """Nothing that is known to stand came of sending ``row``: it is ``refused``, or ``unknown``.

    False, and ``row`` is as it is by now, where somebody has said more since it was sent: an event
    of Cal.com's, or who sent it again.
    """
    values: dict[str, Any] = {"state": state, "error": error, "updated_at": now}
    if state == "refused":
        values["pending_change"] = None
    as_sent = (Appointment.state == "sent", Appointment.error.is_not_distinct_from(row.error))
    with database.of_company(row.company_id, write=True) as session:
        written = _written(session, row, values, *as_sent)
        if not written:
            fresh = session.get_one(Appointment, row.id)
            values = {name: getattr(fresh, name) for name in fresh.__table__.columns.keys()}  # noqa: SIM118
    for name, value in values.items():
        set_committed_value(row, name, value)
    return written


def claim_change(
    database: Database,
    rows: Sequence[Appointment],
    change: dict[str, Any],
    *,
    now: datetime,
    reason: str | None = None,
) -> bool:
    """Write down what is about to be asked of Cal.com, for all of ``rows``; False, and nothing is
    written, when a twin already asks, or has changed one of them since they were read. Nothing
    personal is in ``change``; ``reason`` is kept apart."""
    told = {"reason": reason} if reason else {}
    try:
        with database.of_company(rows[0].company_id, write=True) as session:
            for row in rows:
                if not _written(session, row, _claiming(change, now) | told, *_changeable(row)):
                    raise _MovedOn
    except _MovedOn:
        return False
    for row in rows:
        for name, value in {"pending_change": change, **told}.items():
            set_committed_value(row, name, value)
    return True


def give_up(
    database: Database,
    rows: Sequence[Appointment],
    *,
    change: dict[str, Any],
    error: str,
    now: datetime,
    beside: Callable[[Session], None] | None = None,
) -> list[Appointment] | None:
    """Nothing of an appointment is to stand any more: what is undecided is refused, and ``change``
    is claimed for what stands. Those rows; None, and nothing is written, when one that was
    undecided is no longer as it was read. ``beside`` writes in the same transaction."""
    refused = {"state": "refused", "error": error, "updated_at": now, "pending_change": None}
    undecided = [row for row in rows if row.state in UNDECIDED]
    try:
        with database.of_company(rows[0].company_id, write=True) as session:
            for row in undecided:
                as_read = (Appointment.state == row.state, Appointment.updated_at == row.updated_at)
                if not _written(session, row, refused, *as_read):
                    raise _MovedOn
            claimed = [
                row
                for row in rows
                if row.state in ("confirmed", "requested")
                and _written(session, row, _claiming(change, now), *_changeable(row))
            ]
            if beside is not None:
                beside(session)
    except _MovedOn:
        return None
    for row in undecided:
        for name, value in refused.items():
            set_committed_value(row, name, value)
    for row in claimed:
        set_committed_value(row, "pending_change", change)
    return claimed


def leave_change(database: Database, row: Appointment, *, claimed_at: datetime) -> None:
    """Nobody who asked knows what became of the change: the settlement will, and no twin of the
    request need wait for it (:func:`is_being_made`)."""
    left = {**(row.pending_change or {}), _LEFT: True}
    with database.of_company(row.company_id, write=True) as session:
        session.execute(
            update(Appointment)
            .where(
                Appointment.id == row.id,
                Appointment.pending_change.is_not(None),
                Appointment.updated_at == claimed_at,
            )
            .values(pending_change=left)
        )


def is_being_made(row: Appointment) -> bool:
    """Whether a request asks Cal.com for a change right now, or was killed when it did."""
    return row.pending_change is not None and not is_left(row.pending_change)


def is_left(change: dict[str, Any]) -> bool:
    """Whether who asked for the change was told that it is noted."""
    return bool(change.get(_LEFT))


def is_as_promised(row: Appointment, change: dict[str, Any]) -> bool:
    """Whether the appointment is what ``change`` was to make of it, or still on its way there."""
    stands = row.state not in ("cancelled", "rejected", "rescheduled")
    if change.get("kind") != "reschedule":
        return not stands or bool(row.pending_change)
    return stands and row.start == datetime.fromisoformat(change["start"])


def drop_change(database: Database, row: Appointment, *, now: datetime) -> None:
    """The change did not happen."""
    move(database, row, now=now, pending_change=None)


def cancelled(database: Database, row: Appointment, *, reason: str | None, now: datetime) -> None:
    move(
        database,
        row,
        now=now,
        state="cancelled",
        reason=reason,
        pending_change=None,
        last_change=row.pending_change,
        changes=row.changes + 1,
    )


def moved(
    database: Database,
    row: Appointment,
    *,
    uid: str,
    calcom_id: int | None,
    seat_uid: str | None,
    state: str,
    start: datetime,
    end: datetime,
    host: Host | None,
    now: datetime,
) -> bool:
    """The appointment stands at a new time under a new uid; the old uid is remembered. False where
    its host is busy then, and is left out. Raises :class:`UidTaken`."""
    values = {
        "uid": uid,
        "calcom_id": calcom_id,
        "seat_uid": seat_uid,
        "state": state,
        "start": start,
        "end": end,
        "pending_change": None,
        "last_change": row.pending_change,
        "changes": row.changes + 1,
    }

    def remember(session: Session) -> None:
        if row.uid and row.uid != uid:
            before, after = place_name(row.uid, row.seat_uid), place_name(uid, seat_uid)
            link(session, row.company_id, before, now=now, appointment=row)
            link(session, row.company_id, after, now=now, appointment=row, previous=before)
            session.flush()

    return _settle(database, row, values, host, now=now, beside=remember)


def _claiming(change: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {"pending_change": change, "updated_at": now}


def _changeable(row: Appointment) -> tuple[ColumnElement[bool], ...]:
    return (
        Appointment.uid.is_not_distinct_from(row.uid),
        Appointment.pending_change.is_(None),
        Appointment.state.in_(CHANGEABLE),
    )


def _written(
    session: Session, row: Appointment, values: dict[str, Any], *where: ColumnElement[bool]
) -> bool:
    """Whether the row was as ``where`` says, and has ``values`` now."""
    written = session.execute(
        update(Appointment)
        .where(Appointment.id == row.id, *where)
        .values(**values)
        .returning(Appointment.id)
    )
    return written.first() is not None


def _settle(
    database: Database,
    row: Appointment,
    values: dict[str, Any],
    host: Host | None,
    *,
    now: datetime,
    beside: Callable[[Session], None] | None = None,
) -> bool:
    """Write ``values`` and the host, in one statement; without the host where they are busy.

    A webhook may have been faster than Cal.com's answer, and told more: what is over stays over.
    """
    told = {**values, **which(row), "told_uid": values["uid"], "told_state": values["state"]}
    del told["state"]
    told["updated_at"] = now

    def write(statement: Any, staff: dict[str, Any]) -> tuple[int | None, str]:
        with _writing(database, row.company_id, beside) as connection:
            staff_id, state = connection.execute(statement, {**told, **staff}).one()
            if staff_id is None and host is not None:
                staff_id = staffing.known(connection, row.company_id, host)
                connection.execute(MOVE, {**which(row), "staff_id": staff_id})
            return staff_id, state

    with_staff = True
    try:
        if host is None:
            staff_id, state = write(_SETTLE, {})
        else:
            staff_id, state = write(_SETTLE_WITH_HOST, {"host": host.calcom_user_id})
    except IntegrityError as error:
        if not staffing.is_busy(error):
            raise UidTaken from None
        with_staff, host = False, None
        staff_id, state = write(_SETTLE, {"staff_id": None})
    for name, value in {**values, "staff_id": staff_id, "state": state}.items():
        set_committed_value(row, name, value)
    return with_staff


@contextmanager
def _writing(
    database: Database, company_id: int, beside: Callable[[Session], None] | None
) -> Iterator[Connection]:
    """One transaction, with what ``beside`` writes; without it no session is needed."""
    if beside is None:
        with database.plain_of_company(company_id, write=True) as connection:
            yield connection
        return
    with database.of_company(company_id, write=True) as session:
        beside(session)
        yield session.connection()
