"""Bookings made elsewhere become the company's: with their customer, service and staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.booking import cleaning
from askpro.booking.segments import working_minutes
from askpro.errors import InvalidInput
from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.services import callers
from askpro.services.directory import service_of
from askpro.store import ledger
from askpro.store.models import Appointment, Customer, ServiceRow, Staff
from askpro.store.vault import digests

#: ``Appointment.source`` of what was booked at Cal.com and not here.
SOURCE = "calcom"
_MINUTES_UNKNOWN = 30


def key_of(root: str) -> str:
    """The ledger's key of an adopted booking: its first uid, as far as that is known."""
    return f"{SOURCE}:{root}"[:120]


def adopt(
    session: Session, company_id: int, event: CalcomEvent, now: datetime
) -> Appointment | None:
    """A row for the booking that ``event`` tells of; None where it names no time or event type."""
    if event.start is None or event.event_type_id is None or event.uid is None:
        return None
    service = _service(session, event.event_type_id)
    working = working_minutes(service_of(service)) if service else ()
    length = timedelta(minutes=service.minutes if service else _MINUTES_UNKNOWN)
    row = Appointment(
        company_id=company_id,
        branch_id=service.branch_id if service else None,
        key=key_of(ledger.place_name(event.uid, event.seat_uid)),
        source=SOURCE,
        state="wished",
        start=event.start,
        end=event.end or event.start + length,
        working=[list(stretch) for stretch in working],
        event_type_id=event.event_type_id,
        uid=event.uid,
        seat_uid=event.seat_uid,
        changes=0,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    describe(session, row, event)
    row.customer_id = _customer_id(session, row, now)
    session.flush()
    return row


def describe(
    session: Session, row: Appointment, event: CalcomEvent, *, only_gaps: bool = False
) -> None:
    """Service, staff and attendee as ``event`` tells them; what it leaves out stays as it was."""
    service = _service(session, event.event_type_id) if event.event_type_id else None
    told = {
        "service_id": service.id if service else None,
        "event_type_id": event.event_type_id,
        "staff_id": _staff_id(session, event.organizer_id),
        "attendee_name": _name(event.name),
        "attendee_phone": _phone(event.phone),
        "attendee_email": event.email,
    }
    for name, value in told.items():
        if value is not None and not (only_gaps and getattr(row, name) is not None):
            setattr(row, name, value)


def same_person(row: Appointment, event: CalcomEvent) -> bool:
    """Whether mail or number say that ``row`` and ``event`` are about one person."""
    phone = _phone(event.phone)
    same_phone = phone is not None and phone == row.attendee_phone
    return same_phone or (event.email is not None and event.email == row.attendee_email)


def _customer_id(session: Session, row: Appointment, now: datetime) -> int | None:
    """Found by number. A mail address that a stranger may have typed never leads to a customer who
    is known by a number."""
    phone, email = row.attendee_phone, row.attendee_email
    if phone is None and email is None:
        return None
    customer = None
    if phone is None and email is not None:
        customer = session.scalar(
            select(Customer)
            .where(Customer.email_digest.in_(digests(email)), Customer.phone_digest.is_(None))
            .order_by(Customer.id)
            .limit(1)
        )
    if customer is None:
        customer = callers.known_or_new(
            session,
            row.company_id,
            number=phone,
            name=row.attendee_name,
            email=email,
            now=now,
        )
        session.flush()
    return customer.id


def _service(session: Session, event_type_id: int) -> ServiceRow | None:
    """The company's service of that event type, also one that was removed since."""
    return session.scalar(
        select(ServiceRow)
        .where(ServiceRow.event_type_id == event_type_id)
        .order_by(ServiceRow.removed_at.is_not(None), ServiceRow.id)
        .limit(1)
    )


def _staff_id(session: Session, organizer_id: int | None) -> int | None:
    if organizer_id is None:
        return None
    return session.scalar(select(Staff.id).where(Staff.calcom_user_id == organizer_id))


def _phone(heard: str | None) -> str | None:
    try:
        return cleaning.phone_number(heard) if heard else None
    except InvalidInput:
        return None


def _name(heard: str | None) -> str | None:
    try:
        return cleaning.person_name(heard) if heard else None
    except InvalidInput:
        return None
