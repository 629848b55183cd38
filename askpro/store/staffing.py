"""Who does the work: two appointments of one person can't overlap (rules.md §7).

The database holds that line itself (:mod:`askpro.store.models.appointments`). What Cal.com allowed
all the same is kept, without the person, and told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, ScalarSelect, Table, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from askpro.store.models import Appointment, Staff
from askpro.store.models.appointments import STAFF_IS_BUSY

_LONGEST_NAME = 150


@dataclass(frozen=True)
class Host:
    """Cal.com's host of a booking."""

    calcom_user_id: int
    name: str

    @classmethod
    def of(cls, user_id: int | None, name: str | None) -> Host | None:
        return cls(user_id, (name or f"Cal.com {user_id}")[:_LONGEST_NAME]) if user_id else None


def is_busy(error: IntegrityError) -> bool:
    """Whether the database refused an overlap, and not something else."""
    return STAFF_IS_BUSY in str(error.orig)


def id_of(company_id: Any, calcom_user_id: Any) -> ScalarSelect[int]:
    """The person's id, for a statement of the caller's; NULL where the company knows them not."""
    return (
        select(Staff.id)
        .where(Staff.company_id == company_id, Staff.calcom_user_id == calcom_user_id)
        .scalar_subquery()
    )


def known(connection: Connection, company_id: int, host: Host) -> int:
    """The person's id; who was never seen before is the company's from now on."""
    insert = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    connection.execute(
        insert(cast(Table, Staff.__table__))
        .values(company_id=company_id, name=host.name, calcom_user_id=host.calcom_user_id)
        .on_conflict_do_nothing(index_elements=["company_id", "calcom_user_id"])
    )
    person: int = connection.execute(select(id_of(company_id, host.calcom_user_id))).scalar_one()
    return person


def assign(session: Session, row: Appointment, staff_id: int | None) -> bool:
    """Give a row that is flushed its person; False where they are busy then, and nobody is given.

    In the caller's transaction, which survives the refusal.
    """
    given = update(Appointment).where(Appointment.id == row.id).values(staff_id=staff_id)
    try:
        with session.begin_nested():
            session.execute(given)
    except IntegrityError as error:
        if not is_busy(error):
            raise
        set_committed_value(row, "staff_id", None)
        return False
    set_committed_value(row, "staff_id", staff_id)
    return True
