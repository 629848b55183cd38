"""The ledger of appointments: written before Cal.com is asked, settled whatever it answers.

Knows the states of rules.md §7 and how a row moves between them; what to tell the caller and when
to ask Cal.com is :mod:`askpro.services.booking`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from askpro.booking.model import Span
from askpro.booking.segments import stretches_of
from askpro.store import staffing
from askpro.store.models import Appointment, BookingUid, Customer
from askpro.store.models.appointments import OVER, STANDING
from askpro.store.staffing import Host
from askpro.store.tenancy import Database

__all__ = ["Host"]

#: What a wish says; the rest of a row is what became of it.
_WISHED = (
    *("branch_id", "service_id", "customer_id", "call_id", "source", "state", "start", "end"),
    *("event_type_id", "attendee_name", "attendee_phone", "attendee_email", "notes", "error"),
    *("working", "group_key", "group_service_id", "updated_at"),
)
#: A wish that was not sent by then is left behind by a process that died.
ABANDONED_AFTER = timedelta(seconds=30)


class UidTaken(Exception):
    """Another row already stands for that booking of Cal.com's."""


def write_wish(session: Session, wish: Appointment) -> tuple[Appointment, bool]:
    """Write ``wish`` down in state ``wished``; (row, True), or the row that was there, False.

    The unique key decides between two workers that write the same wish at the same moment.
    """
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    columns = Appointment.__table__.columns
    values = {
        name: getattr(wish, name)
        for name in columns.keys()  # noqa: SIM118  (a column collection is no mapping)
        if name != "id" and getattr(wish, name) is not None
    }
    written = session.scalar(
        insert(Appointment)
        .values(values)
        .on_conflict_do_nothing(index_elements=["company_id", "key"])
        .returning(Appointment)
    )
    if written is not None:
        return written, True
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
    with database.of_company(row.company_id, write=True) as session:
        session.execute(
            update(Appointment).where(Appointment.id == row.id).values(updated_at=now, **values)
        )
    for name, value in values.items():
        set_committed_value(row, name, value)


def stand(
    database: Database,
    row: Appointment,
    *,
    now: datetime,
    state: str,
    uid: str,
    calcom_id: int | None,
    seat_uid: str | None,
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
        "end": end,
        "error": None,
    }
    return _settle(database, row, values, host, now=now)


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
    is_over = and_(Appointment.uid == values["uid"], Appointment.state.in_(OVER))
    told = {**values, "state": case((is_over, Appointment.state), else_=values["state"])}

    def write(staff: dict[str, Any]) -> tuple[int | None, str]:
        with database.of_company(row.company_id, write=True) as session:
            if beside is not None:
                beside(session)
            written = session.execute(
                update(Appointment)
                .where(Appointment.id == row.id)
                .values(updated_at=now, **told, **staff)
                .returning(Appointment.staff_id, Appointment.state)
            ).one()
            staff_id: int | None = written.staff_id
            if staff_id is None and host is not None and staff:
                staff_id = staffing.known(session, row.company_id, host)
                session.execute(
                    update(Appointment).where(Appointment.id == row.id).values(staff_id=staff_id)
                )
            return staff_id, written.state

    with_staff = True
    try:
        staff_id, state = write({"staff_id": staffing.id_of(row.company_id, host)} if host else {})
    except IntegrityError as error:
        if not staffing.is_busy(error):
            raise UidTaken from None
        with_staff, host = False, None
        staff_id, state = write({"staff_id": None})
    for name, value in {**values, "staff_id": staff_id, "state": state}.items():
        set_committed_value(row, name, value)
    return with_staff


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
    return session.scalars(
        select(Appointment)
        .where(
            Appointment.customer_id == customer_id,
            Appointment.state.in_(STANDING),
            Appointment.end > now,
        )
        .order_by(Appointment.start)
    ).all()


_STANDING_OF_CALLER = (
    select(Appointment.start, Appointment.end, Appointment.working, Appointment.id)
    .join(Customer, Customer.id == Appointment.customer_id)
    .where(
        Customer.company_id == bindparam("company"),
        Customer.phone_digest == bindparam("phone"),
        Appointment.company_id == bindparam("company"),
        Appointment.state.in_(STANDING),
        Appointment.end > bindparam("now"),
    )
)


def spans_of_caller(
    database: Database,
    company_id: int,
    phone_digest: str,
    now: datetime,
    *,
    ignoring: int | None = None,
) -> tuple[Span, ...]:
    """When the customer with that phone is being worked on in standing appointments ahead, less
    row ``ignoring``."""
    given = {"company": company_id, "phone": phone_digest, "now": now}
    with database.plain_of_company(company_id) as connection:
        rows = connection.execute(_STANDING_OF_CALLER, given).all()
    return tuple(
        span
        for start, end, working, row_id in rows
        if row_id != ignoring
        for span in stretches_of(Span(start, end), working)
    )


_STANDING_OF_COMPANY = (
    select(
        Customer.phone_digest,
        Appointment.start,
        Appointment.end,
        Appointment.working,
        Appointment.id,
    )
    .join(Customer, Customer.id == Appointment.customer_id)
    .where(
        Customer.company_id == bindparam("company"),
        Customer.phone_digest.is_not(None),
        Appointment.company_id == bindparam("company"),
        Appointment.state.in_(STANDING),
        Appointment.end > bindparam("now"),
    )
    .limit(bindparam("most"))
)
#: Phone digest, start, end, id of the row.
StandingRow = tuple[str | None, datetime, datetime, int]


def spans_of_company(
    database: Database, company_id: int, now: datetime, *, most: int
) -> list[StandingRow] | None:
    """When any customer with a phone is being worked on in standing appointments ahead; None when
    there are more than ``most`` appointments."""
    given = {"company": company_id, "now": now, "most": most + 1}
    with database.plain_of_company(company_id) as connection:
        rows = connection.execute(_STANDING_OF_COMPANY, given).all()
    if len(rows) > most:
        return None
    return [
        (phone, span.start, span.end, row_id)
        for phone, start, end, working, row_id in rows
        for span in stretches_of(Span(start, end), working)
    ]


# -- changes of a standing appointment ------------------------------------------------------------


def group_of(database: Database, row: Appointment) -> Sequence[Appointment]:
    """The row as it is now, or all parts of the composite appointment that it belongs to."""
    with database.of_company(row.company_id) as session:
        if row.group_key is None:
            return [session.get_one(Appointment, row.id)]
        return session.scalars(
            select(Appointment)
            .where(Appointment.group_key == row.group_key)
            .order_by(Appointment.start, Appointment.id)
        ).all()


def parts_of(database: Database, row: Appointment) -> Sequence[Appointment]:
    """The row, or all standing parts of the composite appointment that it belongs to."""
    if row.group_key is None:
        return [row]
    return [part for part in group_of(database, row) if part.state in STANDING]


def claim_change(
    database: Database, row: Appointment, change: dict[str, Any], *, now: datetime
) -> bool:
    """Write down what is about to be asked of Cal.com; False when a twin already asks."""
    with database.of_company(row.company_id, write=True) as session:
        claimed = session.execute(
            update(Appointment)
            .where(
                Appointment.id == row.id,
                Appointment.pending_change.is_(None),
                Appointment.state.in_(STANDING),
            )
            .values(pending_change=change, updated_at=now)
            .returning(Appointment.id)
        )
        won = claimed.first() is not None
    if won:
        set_committed_value(row, "pending_change", change)
    return won


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
