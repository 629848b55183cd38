"""Companies come in: one by one, or as a world (wire.md §9), as often as one likes.

A world that is imported twice changes nothing the second time: companies are found by their slug,
numbers by themselves, customers by their phone, bookings by Cal.com's uid.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.booking.hours_text import parse_hours
from askpro.clock import Clock
from askpro.errors import InvalidInput
from askpro.settings import Settings
from askpro.store.models import (
    Agent,
    Appointment,
    Branch,
    Company,
    Customer,
    PhoneNumber,
    ServiceRow,
    Staff,
)
from askpro.store.tenancy import Database
from askpro.store.vault import digest, digests

_BOOKING_STATES = {
    "accepted": "confirmed",
    "pending": "requested",
    "cancelled": "cancelled",
    "rejected": "rejected",
}
_RECURRING = "Serientermine werden nicht am Telefon gebucht."


@dataclass(frozen=True)
class Imported:
    """A company as it stands after an import. ``webhook_token`` is shown this one time only."""

    company_id: int
    slug: str
    name: str
    numbers: tuple[str, ...]
    created: bool
    webhook_token: str | None


def import_world(
    world: Mapping[str, Any], database: Database, settings: Settings, clock: Clock
) -> list[Imported]:
    """Make or complete every tenant of ``world``. All of them or none.

    Raises :class:`~askpro.errors.InvalidInput` naming the tenant and field that cannot be read.
    """
    tenants = world.get("tenants")
    if not isinstance(tenants, list):
        raise InvalidInput("tenants", "The world has no list of tenants.")
    zone = str(world.get("timezone") or settings.retell_timezone.key)
    with database.unrestricted_unsafe(write=True) as session:
        return [_import_tenant(session, tenant, zone, clock.now()) for tenant in tenants]


def _import_tenant(
    session: Session, tenant: Mapping[str, Any], zone: str, now: datetime
) -> Imported:
    slug = _required(tenant, "slug")
    company = session.scalar(select(Company).where(Company.slug == slug))
    created = company is None
    token = None
    if company is None:
        token = secrets.token_urlsafe(24)
        company = Company(
            slug=slug,
            created_at=now,
            calcom_webhook_token=token,
            calcom_webhook_digest=digest(token),
            policy={},
            retention={},
        )
        if tenant.get("id"):
            company.id = int(tenant["id"])
        session.add(company)
    company.name = str(tenant.get("business") or tenant.get("name") or slug)
    company.trade = tenant.get("trade")
    company.email = tenant.get("email")
    company.calcom_username = tenant.get("calcom_username")
    company.calcom_user_id = tenant.get("calcom_user_id")
    company.policy = dict(tenant.get("policy") or company.policy or {})
    for secret in ("calcom_api_key", "calcom_webhook_secret", "retell_api_key"):
        if tenant.get(secret):
            setattr(company, secret, tenant[secret])
    session.flush()

    numbers = []
    for place in tenant.get("branches") or [tenant]:
        branch = _branch(session, company, {**tenant, **place}, zone)
        numbers += _ways_in(session, company, branch, place)
    _services(session, company, tenant)
    _staff(session, company, tenant)
    customers = _customers(session, company, tenant, now)
    _bookings(session, company, tenant, customers, now)
    session.flush()
    return Imported(company.id, slug, company.name, tuple(numbers), created, token)


def _required(tenant: Mapping[str, Any], key: str) -> str:
    value = tenant.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(key, f"Every tenant needs a {key}.")
    return value.strip()


def _branch(
    session: Session, company: Company, place: Mapping[str, Any], world_zone: str
) -> Branch:
    name = str(place.get("branch_name") or place.get("name") or company.name)
    branch = session.scalar(
        select(Branch).where(Branch.company_id == company.id, Branch.name == name)
    )
    if branch is None:
        branch = Branch(company_id=company.id, name=name, policy={})
        session.add(branch)
    branch.timezone = str(place.get("timezone") or world_zone)
    branch.bundesland = place.get("bundesland")
    branch.hours = parse_hours(
        str(place.get("opening_hours") or "Mo-Fr 09:00-18:00"),
        ZoneInfo(branch.timezone),
        bundesland=branch.bundesland,
        holidays=place.get("holidays") or (),
    ).to_json()
    session.flush()
    return branch


def _ways_in(
    session: Session, company: Company, branch: Branch, place: Mapping[str, Any]
) -> list[str]:
    """The numbers and agents by which callers reach the branch."""
    numbers = [n for n in (place.get("to_number"), *(place.get("numbers") or ())) if n]
    for number in numbers:
        row = session.scalar(select(PhoneNumber).where(PhoneNumber.number == number))
        if row is None:
            session.add(PhoneNumber(company_id=company.id, branch_id=branch.id, number=number))
        elif row.company_id != company.id:
            raise InvalidInput("to_number", f"{number} already belongs to another company.")
    agents = [a for a in (place.get("retell_agent_id"), *(place.get("agents") or ())) if a]
    for agent_id in agents:
        known = session.scalar(select(Agent).where(Agent.retell_agent_id == agent_id))
        if known is None:
            session.add(Agent(company_id=company.id, branch_id=branch.id, retell_agent_id=agent_id))
        elif known.company_id != company.id:
            raise InvalidInput("retell_agent_id", f"{agent_id} already belongs to another company.")
    return numbers


def _services(session: Session, company: Company, tenant: Mapping[str, Any]) -> None:
    for place, kind in enumerate(tenant.get("event_types") or ()):
        row = session.scalar(
            select(ServiceRow).where(
                ServiceRow.company_id == company.id, ServiceRow.event_type_id == int(kind["id"])
            )
        )
        if row is None:
            row = ServiceRow(company_id=company.id, event_type_id=int(kind["id"]))
            session.add(row)
        price = kind.get("price_eur")
        row.slug = kind.get("slug")
        row.name = str(kind["title"])
        row.minutes = int(kind["length"])
        row.price_cents = round(float(price) * 100) if price is not None else None
        row.synonyms = list(kind.get("synonyms") or ())
        row.is_default = bool(kind.get("is_default", False))
        row.priority = int(kind.get("priority", place))
        row.notice_minutes = kind.get("minimum_notice_minutes")
        row.seats = kind.get("seats")
        row.segments = list(kind.get("segments") or ())
        row.policy = dict(kind.get("policy") or {})
        recurring = bool(kind.get("recurring"))
        row.bookable = not recurring
        row.why_not = _RECURRING if recurring else None
    session.flush()
    _composites(session, company, tenant)


def _composites(session: Session, company: Company, tenant: Mapping[str, Any]) -> None:
    """Services that consist of others name them by event type; here they become rows' ids."""
    for kind in tenant.get("event_types") or ():
        if not kind.get("parts"):
            continue
        ids = {
            row.event_type_id: row
            for row in session.scalars(
                select(ServiceRow).where(ServiceRow.company_id == company.id)
            )
        }
        ids[int(kind["id"])].parts = [ids[int(part)].id for part in kind["parts"]]


def _staff(session: Session, company: Company, tenant: Mapping[str, Any]) -> None:
    for person in tenant.get("staff") or ():
        known = session.scalar(
            select(Staff).where(
                Staff.company_id == company.id,
                Staff.calcom_user_id == int(person["calcom_user_id"]),
            )
        )
        if known is None:
            session.add(
                Staff(
                    company_id=company.id,
                    name=str(person["name"]),
                    calcom_user_id=int(person["calcom_user_id"]),
                )
            )


def _customers(
    session: Session, company: Company, tenant: Mapping[str, Any], now: datetime
) -> dict[str, Customer]:
    """The tenant's customers by phone number."""
    known: dict[str, Customer] = {}
    for person in tenant.get("customers") or ():
        phone = str(person["phone"])
        row = session.scalar(
            select(Customer).where(
                Customer.company_id == company.id, Customer.phone_digest.in_(digests(phone))
            )
        )
        if row is None:
            email = person.get("email")
            row = Customer(
                company_id=company.id,
                name=person.get("name"),
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
    tenant: Mapping[str, Any],
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
    for booking in tenant.get("bookings") or ():
        uid = str(booking["uid"])
        if session.scalar(select(Appointment.id).where(Appointment.uid == uid)) is not None:
            continue
        customer = customers.get(str(booking.get("phone")))
        service = services.get(int(booking["eventTypeId"]))
        metadata = booking.get("metadata") or {}
        session.add(
            Appointment(
                company_id=company.id,
                branch_id=branch_id,
                service_id=service.id if service else None,
                customer_id=customer.id if customer else None,
                key=metadata.get("gw_key") or f"import:{uid}",
                source="import",
                state=_BOOKING_STATES[booking.get("status", "accepted")],
                start=datetime.fromisoformat(booking["start"]),
                end=datetime.fromisoformat(booking["end"]),
                event_type_id=int(booking["eventTypeId"]),
                uid=uid,
                calcom_id=booking.get("id"),
                attendee_name=booking.get("attendee"),
                attendee_phone=booking.get("phone"),
                attendee_email=booking.get("email"),
                created_at=now,
                updated_at=now,
            )
        )


def list_companies(database: Database) -> list[dict[str, Any]]:
    """Every company as ``flask company list --json`` shows it."""
    with database.unrestricted_unsafe() as session:
        numbers: dict[int, list[str]] = {}
        for row in session.scalars(select(PhoneNumber).order_by(PhoneNumber.id)):
            numbers.setdefault(row.company_id, []).append(row.number)
        agents: dict[int, list[str]] = {}
        for agent in session.scalars(select(Agent).order_by(Agent.id)):
            agents.setdefault(agent.company_id, []).append(agent.retell_agent_id)
        return [
            {
                "id": company.id,
                "slug": company.slug,
                "name": company.name,
                "mode": company.service_mode,
                "numbers": numbers.get(company.id, []),
                "agents": agents.get(company.id, []),
                "webhook_token": company.calcom_webhook_token,
                "own_keys": {
                    "calcom": company.calcom_api_key is not None,
                    "retell": company.retell_api_key is not None,
                },
            }
            for company in session.scalars(select(Company).order_by(Company.id))
        ]


def company_id_of(database: Database, company: str) -> int | None:
    """The id of the company with that id or slug, as it is named on a command line."""
    wanted = Company.slug == company
    if company.isdigit():
        wanted = wanted | (Company.id == int(company))
    with database.unrestricted_unsafe() as session:
        found: int | None = session.scalar(select(Company.id).where(wanted))
        return found
