"""When callers are being worked on: bare queries for the hot path of every check."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select

from askpro.booking.model import Span
from askpro.booking.segments import stretches_of
from askpro.store.models import Appointment, Customer
from askpro.store.models.appointments import STANDING
from askpro.store.tenancy import Database

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


def of_caller(
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


def of_company(
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
