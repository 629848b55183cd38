"""Who is calling: found by the carrier's number inside the company, never by a heard name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from askpro.booking import wording
from askpro.booking.customers import same_person, who
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

_MOST_NAMES_HEARD = 20


def check_customer(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: known, new, anonymous."""
    if turn.number is None:
        return Answer("anonymous", wording.anonymous(), {"customer": None})
    with runtime.database.of_company(turn.office.company_id) as session:
        customer = by_number(session, turn.number)
        last_visit = last_visit_of(session, customer, turn.now) if customer else None
        names = names_behind(session, customer) if customer else []
    if customer is None:
        return Answer("new", wording.new_customer(), {"customer": None})
    meant = who(turn.text("name"), names)
    if meant is not None:
        names = [names[meant]]
    day = turn.at.day(last_visit) if last_visit else None
    known = {
        "name": names[0] if names else None,
        "last_visit": day.isoformat() if day else None,
    }
    sentence = wording.known(turn.at, names, day) if names else wording.new_customer()
    return Answer("known", sentence, {"customer": known})


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


def number_of(runtime: Runtime, row: Appointment) -> str | None:
    """The number from which the customer of an appointment calls; None where it is withheld."""
    if row.customer_id is None:
        return None
    with runtime.database.of_company(row.company_id) as session:
        return session.scalar(select(Customer.phone).where(Customer.id == row.customer_id))


def _known_or_new(insert: Any) -> Any:
    """A customer without a number has no digest, and is nobody who was here before."""
    found = insert(Customer.__table__)
    known, heard = Customer.__table__.c, found.excluded
    return found.on_conflict_do_update(
        index_elements=["company_id", "phone_digest"],
        set_={
            name: func.coalesce(known[name], heard[name])
            for name in ("name", "email", "email_digest")
        },
    ).returning(known.id, known.name)


#: Put together once: that takes longer than running it.
_KNOWN_OR_NEW = {
    "postgresql": _known_or_new(postgresql_insert),
    "sqlite": _known_or_new(sqlite_insert),
}


def known_or_new(
    session: Session,
    company_id: int,
    *,
    number: str | None,
    name: str | None,
    email: str | None,
    now: datetime,
) -> Customer:
    """The customer with that number, or a new one, as far as id and name; in one statement, so that
    two calls of one new caller make one customer. A heard name never renames a known customer.

    Without a number nobody can be recognised again, so every such caller is a new row.
    """
    known = digests(number) if number else ()
    if len(known) > 1:
        # The installation's secret is being changed: the number may have its former fingerprint.
        customer = by_number(session, number or "")
        if customer is not None:
            return customer
    connection = session.connection()
    found = connection.execute(
        _KNOWN_OR_NEW[connection.dialect.name],
        {
            "company_id": company_id,
            "name": name,
            "phone": number,
            "phone_digest": known[0] if known else None,
            "phone_tail": number[-3:] if number else None,
            "email": email,
            "email_digest": digest(email) if email else None,
            "created_at": now,
        },
    ).one()
    return Customer(id=found.id, company_id=company_id, name=found.name)


def names_behind(session: Session, customer: Customer) -> list[str]:
    """Who calls from the customer's number: their own name first, then those whom appointments
    were made for, each person once."""
    heard = session.scalars(
        select(Appointment.attendee_name)
        .where(Appointment.customer_id == customer.id, Appointment.attendee_name.is_not(None))
        .order_by(Appointment.id.desc())
        .limit(_MOST_NAMES_HEARD)
    )
    names: list[str] = []
    for name in (customer.name, *heard):
        if name and not any(same_person(name, known) for known in names):
            names.append(name)
    return names


def only_name_of(runtime: Runtime, turn: Turn) -> str | None:
    """The name behind the caller's number, if it is one and not several."""
    if turn.number is None:
        return None
    with runtime.database.of_company(turn.office.company_id) as session:
        customer = by_number(session, turn.number)
        names = names_behind(session, customer) if customer else []
    return names[0] if len(names) == 1 else None


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
