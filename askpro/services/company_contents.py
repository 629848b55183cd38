"""What a company's entry says besides its places: what it offers, who does it and for whom.

Everything is completed, nothing taken away: `flask company sync` does that as Cal.com says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from askpro.services.company_entry import Tenant, wrong
from askpro.store.models import (
    Appointment,
    BookingUid,
    Branch,
    Company,
    Customer,
    ServiceRow,
    Staff,
)
from askpro.store.vault import digest, digests

_BOOKING_STATES = {
    "accepted": "confirmed",
    "pending": "requested",
    "cancelled": "cancelled",
    "rejected": "rejected",
}
_RECURRING = "Serientermine werden nicht am Telefon gebucht."


def complete(session: Session, company: Company, entry: Tenant, now: datetime) -> None:
    """Make or renew the rows of services, staff, customers and bookings."""
    _services(session, company, entry)
    _staff(session, company, entry)
    customers = _customers(session, company, entry, now)
    _bookings(session, company, entry, customers, now)
    session.flush()


def _services(session: Session, company: Company, entry: Tenant) -> None:
    for place, kind in enumerate(entry.event_types):
        row = session.scalar(
            select(ServiceRow).where(
                ServiceRow.company_id == company.id, ServiceRow.event_type_id == kind.id
            )
        )
        if row is None:
            row = ServiceRow(company_id=company.id, event_type_id=kind.id)
            session.add(row)
        row.slug = kind.slug
        row.name = kind.title
        row.minutes = kind.length
        row.price_cents = round(kind.price_eur * 100) if kind.price_eur is not None else None
        row.synonyms = list(kind.synonyms)
        row.is_default = kind.is_default
        row.priority = place if kind.priority is None else kind.priority
        row.notice_minutes = kind.minimum_notice_minutes
        row.seats = kind.seats
        row.segments = [segment.model_dump() for segment in kind.segments]
        row.policy = kind.policy.rules()
        recurring = bool(kind.recurring)
        row.bookable = not recurring
        row.why_not = _RECURRING if recurring else None
        row.removed_at = None
    session.flush()
    _composites(session, company, entry)


def _composites(session: Session, company: Company, entry: Tenant) -> None:
    """Services that consist of others name them by event type; here they become rows' ids."""
    composed = [kind for kind in entry.event_types if kind.parts]
    if not composed:
        return
    of_company = select(ServiceRow).where(ServiceRow.company_id == company.id)
    rows = {row.event_type_id: row for row in session.scalars(of_company)}
    for kind in composed:
        if strangers := [part for part in kind.parts if part not in rows]:
            raise wrong(entry, "event_types", f"{kind.title} consists of unknown {strangers[0]}.")
        rows[kind.id].parts = [rows[part].id for part in kind.parts]


def _staff(session: Session, company: Company, entry: Tenant) -> None:
    for person in entry.staff:
        row = session.scalar(
            select(Staff).where(
                Staff.company_id == company.id, Staff.calcom_user_id == person.calcom_user_id
            )
        )
        if row is None:
            row = Staff(company_id=company.id, calcom_user_id=person.calcom_user_id)
            session.add(row)
        row.name = person.name


def _customers(
    session: Session, company: Company, entry: Tenant, now: datetime
) -> dict[str, Customer]:
    """The tenant's customers by phone number."""
    known: dict[str, Customer] = {}
    for person in entry.customers:
        phone, email = person.phone, person.email
        row = session.scalar(
            select(Customer).where(
                Customer.company_id == company.id, Customer.phone_digest.in_(digests(phone))
            )
        )
        if row is None:
            row = Customer(
                company_id=company.id,
                name=person.name,
                phone=phone,
                phone_digest=digest(phone),
                phone_tail=phone[-3:],
                email=email,
                email_digest=digest(email) if email else None,
                created_at=now,
            )
            session.add(row)
        known[phone] = row
    session.flush()
    return known


def _bookings(
    session: Session,
    company: Company,
    entry: Tenant,
    customers: Mapping[str, Customer],
    now: datetime,
) -> None:
    services = {
        row.event_type_id: row
        for row in session.scalars(select(ServiceRow).where(ServiceRow.company_id == company.id))
    }
    branch_id = session.scalar(
        select(Branch.id).where(Branch.company_id == company.id).order_by(Branch.id).limit(1)
    )
    named: set[str] = set()
    for booking in entry.bookings:
        uid, key = booking.uid, booking.metadata.gw_key
        # Bookings of one series carry the same metadata: the key is the first one's.
        key = key if key and key not in named else f"import:{uid}"
        named.add(key)
        if _is_in_ledger(session, company, uid, key):
            continue
        customer = customers.get(booking.phone or "")
        service = services.get(booking.eventTypeId)
        session.add(
            Appointment(
                company_id=company.id,
                branch_id=branch_id,
                service_id=service.id if service else None,
                customer_id=customer.id if customer else None,
                key=key,
                source="import",
                state=_BOOKING_STATES[booking.status],
                start=booking.start,
                end=booking.end,
                event_type_id=booking.eventTypeId,
                uid=uid,
                calcom_id=booking.id,
                attendee_name=booking.attendee,
                attendee_phone=booking.phone,
                attendee_email=booking.email,
                created_at=now,
                updated_at=now,
            )
        )


def _is_in_ledger(session: Session, company: Company, uid: str, key: str) -> bool:
    """Whether the booking is known; one that was moved since has another uid."""
    standing = select(Appointment.id).where(
        or_(
            Appointment.uid == uid,
            and_(Appointment.company_id == company.id, Appointment.key == key),
        )
    )
    replaced = select(BookingUid.appointment_id).where(
        BookingUid.company_id == company.id,
        BookingUid.uid == uid,
        BookingUid.appointment_id.is_not(None),
    )
    return session.scalar(standing.union_all(replaced).limit(1)) is not None
