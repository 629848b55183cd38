"""The ledger of appointments: written before Cal.com is asked, settled whatever it answers.

Knows the states of rules.md §7 and how a row moves between them; what to tell the caller and when
to ask Cal.com is :mod:`askpro.services.booking`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import ORMOption

from askpro.store.models import Appointment, BookingUid
from askpro.store.models.appointments import STANDING
from askpro.store.tenancy import Database

#: What a wish says; the rest of a row is what became of it.
_WISHED = (
    *("branch_id", "service_id", "customer_id", "call_id", "source", "state", "start", "end"),
    *("event_type_id", "attendee_name", "attendee_phone", "attendee_email", "notes", "error"),
    *("working", "group_key", "group_service_id", "updated_at"),
    # What was to become of the refused one is nothing that the new one wants.
    *("pending_change", "reason"),
)
#: A wish that was not sent by then is left behind by a process that died.
ABANDONED_AFTER = timedelta(seconds=30)


#: The statements of every booking. What they write comes with their parameters, so that they are
#: put together once: that takes longer than running them. They name the company themselves.
ROWS = cast(Table, Appointment.__table__)
MOVE = update(ROWS).where(
    ROWS.c.company_id == bindparam("of_company"), ROWS.c.id == bindparam("of_id")
)
_CLAIM = MOVE.where(
    ROWS.c.state == bindparam("read_state"), ROWS.c.updated_at == bindparam("read_at")
).returning(ROWS.c.id)
_KNOWN = select(ROWS.c.id).where(
    ROWS.c.company_id == bindparam("of_company"), ROWS.c.key == bindparam("of_key")
)
_WISH = {
    dialect: insert(ROWS)
    .on_conflict_do_nothing(index_elements=["company_id", "key"])
    .returning(ROWS.c.id)
    for dialect, insert in (("postgresql", postgresql_insert), ("sqlite", sqlite_insert))
}


def which(row: Appointment) -> dict[str, int]:
    """The parameters by which :data:`MOVE` finds ``row``."""
    return {"of_company": row.company_id, "of_id": row.id}


def write_wish(session: Session, wish: Appointment) -> tuple[Appointment, bool]:
    """Write ``wish`` down in state ``wished``; it has its id then, and (wish, True) is returned, or
    (the row that was there, False).

    The unique key decides between two workers that write the same wish at the same moment.
    """
    values = {
        name: value
        for name in ROWS.columns.keys()  # noqa: SIM118  (a column collection is no mapping)
        if (value := getattr(wish, name)) is not None
    }
    connection = session.connection()
    wish.id = connection.scalar(_WISH[connection.dialect.name], values)
    if wish.id is not None:
        return wish, True
    found = session.scalars(select(Appointment).where(Appointment.key == wish.key)).one()
    return found, False


def take_over(session: Session, row: Appointment, wish: Appointment) -> bool:
    """Make a row that was refused, or left behind as a mere wish, the new ``wish``; False when a
    twin was faster, or the row stands.

    A wish is left behind when its process died before Cal.com was asked.
    """
    left_behind = wish.updated_at - ABANDONED_AFTER
    values = {name: getattr(wish, name) for name in _WISHED}
    taken = session.execute(
        update(Appointment)
        .where(
            Appointment.id == row.id,
            or_(
                Appointment.state == "refused",
                and_(Appointment.state == "wished", Appointment.updated_at < left_behind),
            ),
        )
        .values(**values)
        .returning(Appointment.id)
    )
    if taken.first() is None:
        return False
    for name, value in values.items():
        set_committed_value(row, name, value)
    return True


def move(database: Database, row: Appointment, *, now: datetime, **values: Any) -> None:
    """Write ``values`` to the row in a transaction of its own, and to the object in hand."""
    with database.plain_of_company(row.company_id, write=True) as connection:
        connection.execute(MOVE, {**which(row), "updated_at": now, **values})
    for name, value in {"updated_at": now, **values}.items():
        set_committed_value(row, name, value)


def claim(database: Database, row: Appointment, *, now: datetime, **values: Any) -> bool:
    """:func:`move`, if the row is still as it was read; False when somebody else has moved it since
    and knows more. Of two that read the same row only one gets it.
    """
    as_read = {"read_state": row.state, "read_at": row.updated_at}
    with database.plain_of_company(row.company_id, write=True) as connection:
        written = {**which(row), **as_read, "updated_at": now, **values}
        won = connection.scalar(_CLAIM, written) is not None
    if won:
        for name, value in {"updated_at": now, **values}.items():
            set_committed_value(row, name, value)
    return won


def is_known(database: Database, company_id: int, key: str) -> bool:
    """Whether the company has a row with that key."""
    with database.plain_of_company(company_id) as connection:
        return connection.scalar(_KNOWN, {"of_company": company_id, "of_key": key}) is not None


def by_key(session: Session, key: str) -> Appointment | None:
    return session.scalar(select(Appointment).where(Appointment.key == key))


def by_uid(session: Session, uid: str) -> Appointment | None:
    """By Cal.com's uid, also one that it replaced since. Of a booking with seats, the first one."""
    row = session.scalar(
        select(Appointment).where(Appointment.uid == uid).order_by(Appointment.id).limit(1)
    )
    if row is not None:
        return row
    return session.scalar(
        select(Appointment)
        .join(BookingUid, BookingUid.appointment_id == Appointment.id)
        .where(BookingUid.uid == uid)
    )


def place_name(uid: str, seat_uid: str | None) -> str:
    """What ``booking_uids`` calls a booking, or one seat of it: seats move one by one."""
    return f"{uid}/{seat_uid}" if seat_uid else uid


def link(
    session: Session,
    company_id: int,
    place: str,
    *,
    now: datetime,
    appointment: Appointment | None = None,
    previous: str | None = None,
) -> BookingUid:
    """What is known of the uid (:func:`place_name`), with what is said of it here added."""
    known = session.get(BookingUid, (company_id, place))
    if known is None:
        known = BookingUid(company_id=company_id, uid=place, facts={}, at=now)
        session.add(known)
    if appointment is not None:
        known.appointment_id = appointment.id
    known.previous = known.previous or previous
    return known


def standing_of_customer(
    session: Session, customer_id: int, now: datetime
) -> Sequence[Appointment]:
    """A customer's appointments ahead, in order."""
    return _standing(session, Appointment.customer_id == customer_id, now)


def standing_of_call(session: Session, call_id: str, now: datetime) -> Sequence[Appointment]:
    """What a call has booked and lies ahead, in order."""
    return _standing(session, Appointment.call_id == call_id, now)


def _standing(session: Session, whose: ColumnElement[bool], now: datetime) -> Sequence[Appointment]:
    return session.scalars(
        select(Appointment)
        .where(whose, Appointment.state.in_(STANDING), Appointment.end > now)
        .order_by(Appointment.start)
    ).all()


def group_of(database: Database, row: Appointment, *read: ORMOption) -> Sequence[Appointment]:
    """The row as it is now, or all parts of the composite appointment that it belongs to. ``read``
    says which columns, unless all."""
    with database.of_company(row.company_id) as session:
        if row.group_key is None:
            return [session.get_one(Appointment, row.id, options=read)]
        return session.scalars(
            select(Appointment)
            .where(Appointment.group_key == row.group_key)
            .order_by(Appointment.start, Appointment.id)
            .options(*read)
        ).all()
