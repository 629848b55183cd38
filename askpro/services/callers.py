"""Who is calling: found by the carrier's number inside the company, never by a heard name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.booking import wording
from askpro.booking.hours import WEEKDAYS
from askpro.booking.model import Span
from askpro.providers.retell_functions import CallFacts
from askpro.services.answers import Answer
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn, turn_of
from askpro.store.models import Appointment, Customer
from askpro.store.models.appointments import STANDING
from askpro.store.vault import digest, digests


def check_customer(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: known, new, anonymous."""
    if turn.number is None:
        return Answer("anonymous", wording.anonymous(), {"customer": None})
    with runtime.database.of_company(turn.office.company_id) as session:
        customer = by_number(session, turn.number)
        last_visit = last_visit_of(session, customer, turn.now) if customer else None
    if customer is None:
        return Answer("new", wording.new_customer(), {"customer": None})
    known = {
        "name": customer.name,
        "last_visit": turn.at.day(last_visit).isoformat() if last_visit else None,
    }
    return Answer("known", _greeting(turn, customer, last_visit), {"customer": known})


def _greeting(turn: Turn, customer: Customer, last_visit: datetime | None) -> str:
    if not customer.name:
        return wording.new_customer()
    return wording.known(turn.at, [customer.name], turn.at.day(last_visit) if last_visit else None)


def inbound_variables(runtime: Runtime, office: Office, call: CallFacts) -> dict[str, str]:
    """What the agent knows before it says hello: strings only (retell.md §5)."""
    turn = turn_of(office, call, {}, runtime.clock.now())
    name, following = "", None
    if turn.number is not None:
        with runtime.database.of_company(office.company_id) as session:
            customer = by_number(session, turn.number)
            if customer is not None:
                name = customer.name or ""
                following = next_appointment(session, customer, turn.now)
    local = turn.at.local(turn.now)
    return {
        "customer_name": name,
        "next_booking": f"{turn.at.local(following):%Y-%m-%d %H:%M}" if following else "",
        "current_date": f"{local:%Y-%m-%d}",
        "current_time": f"{local:%H:%M}",
        "weekday": WEEKDAYS[local.weekday()],
        "opening_hours": office.hours.as_text(),
    }


def current_context(runtime: Runtime, turn: Turn) -> Answer:
    """Date, weekday, time, hours and the customer: what an agent asks when a call begins."""
    customer = check_customer(runtime, turn).fields["customer"]
    local = turn.at.local(turn.now)
    return Answer(
        "ok",
        wording.current_context(turn.at),
        {
            "date": local.date().isoformat(),
            "weekday": WEEKDAYS[local.weekday()],
            "time": f"{local:%H:%M}",
            "timezone": turn.at.zone.key,
            "opening_hours": turn.office.hours.as_rows(),
            "customer": customer,
        },
    )


def by_number(session: Session, number: str) -> Customer | None:
    """The company's customer with this E.164 number."""
    return session.scalar(select(Customer).where(Customer.phone_digest.in_(digests(number))))


def known_or_new(
    session: Session,
    *,
    number: str | None,
    name: str | None,
    email: str | None,
    now: datetime,
) -> Customer:
    """The customer with that number, or a new one. A heard name never renames a known customer.

    Without a number nobody can be recognised again, so every such caller is a new row.
    """
    customer = by_number(session, number) if number else None
    if customer is None:
        customer = Customer(
            name=name,
            phone=number,
            phone_digest=digest(number) if number else None,
            phone_tail=number[-3:] if number else None,
            created_at=now,
        )
        session.add(customer)
    if customer.name is None:
        customer.name = name
    if email and customer.email is None:
        customer.email = email
        customer.email_digest = digest(email)
    return customer


def own_appointments(
    runtime: Runtime, turn: Turn, *, ignoring: Appointment | None = None
) -> tuple[Span, ...]:
    """When this caller already has appointments here, so that no offer falls on top of one."""
    if turn.number is None:
        return ()
    return tuple(
        span
        for each in digests(turn.number)
        for span in runtime.standing.of_caller(
            turn.office.company_id, each, turn.now, ignoring=ignoring.id if ignoring else None
        )
    )


def next_appointment(session: Session, customer: Customer, now: datetime) -> datetime | None:
    start: datetime | None = session.scalar(
        select(Appointment.start)
        .where(
            Appointment.customer_id == customer.id,
            Appointment.state.in_(STANDING),
            Appointment.start >= now,
        )
        .order_by(Appointment.start)
        .limit(1)
    )
    return start


def last_visit_of(session: Session, customer: Customer, now: datetime) -> datetime | None:
    """When the customer was last here: a confirmed or completed appointment that has begun."""
    visit: datetime | None = session.scalar(
        select(Appointment.start)
        .where(
            Appointment.customer_id == customer.id,
            Appointment.state.in_(("confirmed", "completed")),
            Appointment.start < now,
        )
        .order_by(Appointment.start.desc())
        .limit(1)
    )
    return visit or customer.last_visit_at
