"""Companies come in: one by one, or as a world (wire.md §9), as often as one likes.

A world that is imported twice changes nothing the second time: companies are found by their slug,
numbers by themselves, customers by their phone, bookings by Cal.com's uid. What an entry leaves
out stays as it is; numbers and agents are those that it names, and former ones no longer ring.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from askpro.booking.hours import OpeningHours
from askpro.booking.hours_text import parse_hours
from askpro.clock import Clock
from askpro.errors import InvalidInput
from askpro.services import company_contents
from askpro.services.company_entry import Place, Tenant, read_tenant, read_zone, wrong
from askpro.services.company_state import differences, state_of
from askpro.settings import Settings
from askpro.store.models import (
    Agent,
    Branch,
    Company,
    PhoneNumber,
)
from askpro.store.tenancy import Database
from askpro.store.vault import digest

_USUAL_HOURS = "Mo-Fr 09:00-18:00"
_SECRETS = ("calcom_api_key", "calcom_webhook_secret", "retell_api_key")
_PLAIN = ("trade", "email", "calcom_username", "calcom_user_id")


@dataclass(frozen=True)
class Imported:
    """A company as it stands after an import. ``changes`` are what is different from before, of a
    company that was known, ``ignored`` the rules of its policies that nobody knows.
    ``webhook_token`` is shown this one time only."""

    company_id: int
    slug: str
    name: str
    numbers: tuple[str, ...]
    created: bool
    changes: tuple[str, ...]
    ignored: tuple[str, ...]
    webhook_token: str | None


def import_world(
    world: Any,
    database: Database,
    settings: Settings,
    clock: Clock,
    *,
    keep_former: bool = False,
) -> list[Imported]:
    """Make or complete every tenant of ``world``. All of them or none.

    ``keep_former``: numbers and agents that the world does not name any more keep ringing.
    Raises :class:`~askpro.errors.InvalidInput` naming the tenant and field that cannot be read.
    """
    tenants = world.get("tenants") if isinstance(world, Mapping) else None
    if not isinstance(tenants, list):
        raise InvalidInput("tenants", "The world has no list of tenants.")
    entries = [read_tenant(tenant, place) for place, tenant in enumerate(tenants)]
    zone = read_zone(world.get("timezone"))
    with database.unrestricted_unsafe(write=True) as session:
        return [
            _import_tenant(
                session,
                entry,
                zone,
                usual_zone=settings.retell_timezone.key,
                keep_former=keep_former,
                now=clock.now(),
            )
            for entry in entries
        ]


def _import_tenant(
    session: Session,
    entry: Tenant,
    zone: str | None,
    *,
    usual_zone: str,
    keep_former: bool,
    now: datetime,
) -> Imported:
    company = session.scalar(select(Company).where(Company.slug == entry.slug))
    token, before = None, None
    if company is None:
        token = secrets.token_urlsafe(24)
        company = _new_company(session, entry, token, now)
    else:
        _same_id(entry, company)
        before = state_of(session, company)
    _describe(company, entry)
    session.flush()

    _places(session, company, entry, zone, usual_zone)
    if not keep_former:
        _silence_former(session, company, entry)
    company_contents.complete(session, company, entry, now)
    numbers = session.scalars(
        select(PhoneNumber.number)
        .where(PhoneNumber.company_id == company.id)
        .order_by(PhoneNumber.id)
    )
    return Imported(
        company.id,
        company.slug,
        company.name,
        tuple(numbers),
        created=before is None,
        changes=differences(before, state_of(session, company)) if before else (),
        ignored=entry.ignored_rules,
        webhook_token=token,
    )


def _new_company(session: Session, entry: Tenant, token: str, now: datetime) -> Company:
    company = Company(
        slug=entry.slug,
        name=entry.slug,
        created_at=now,
        calcom_webhook_token=token,
        calcom_webhook_digest=digest(token),
        policy={},
        retention={},
    )
    if entry.id is not None:
        if session.get(Company, entry.id) is not None:
            raise wrong(entry, "id", f"{entry.id} already is another company's.")
        company.id = entry.id
    session.add(company)
    session.flush()
    if entry.id is not None and session.get_bind().dialect.name == "postgresql":
        # A sequence that knows nothing of an id given by hand would give it again.
        sequence = func.pg_get_serial_sequence(Company.__tablename__, "id")
        session.execute(select(func.setval(sequence, func.max(Company.id))))
    return company


def _same_id(entry: Tenant, company: Company) -> None:
    if entry.id not in (None, company.id):
        raise wrong(entry, "id", f"This company's is {company.id}, and cannot change.")


def _describe(company: Company, entry: Tenant) -> None:
    named = entry.business or entry.name
    if named:
        company.name = named
    for field in (*_PLAIN, *_SECRETS):
        if getattr(entry, field) not in (None, ""):
            setattr(company, field, getattr(entry, field))
    if entry.policy is not None:
        company.policy = entry.policy.rules()
    if entry.retention is not None:
        company.retention = entry.retention.rules()


# -- branches, and the ways to them -----------------------------------------------------------


def _places(
    session: Session, company: Company, entry: Tenant, zone: str | None, usual_zone: str
) -> None:
    places = entry.branches or [entry]
    known = list(session.scalars(select(Branch).where(Branch.company_id == company.id)))
    alone = len(places) == 1 and len(known) == 1
    for place in places:
        name = place.branch_name or place.name or company.name
        branch = known[0] if alone else _known_branch(session, known, place, name)
        if branch is None:
            branch = Branch(company_id=company.id, policy={}, hours={}, timezone=usual_zone)
            session.add(branch)
        else:
            known.remove(branch)
        branch.name = name
        _open(branch, place, entry, zone)
        session.flush()
        first = place is places[0]
        _ways_in(session, company, branch, entry, place)
        if first and place is not entry:
            _ways_in(session, company, branch, entry, entry)


def _known_branch(session: Session, known: list[Branch], place: Place, name: str) -> Branch | None:
    """By its name; one that has been renamed, by who is called there."""
    for branch in known:
        if branch.name == name:
            return branch
    called = {
        *session.scalars(
            select(PhoneNumber.branch_id).where(PhoneNumber.number.in_(place.all_numbers))
        ),
        *session.scalars(
            select(Agent.branch_id).where(Agent.retell_agent_id.in_(place.all_agents))
        ),
    }
    return next((branch for branch in known if branch.id in called), None)


def _open(branch: Branch, place: Place, entry: Tenant, zone: str | None) -> None:
    """When it is open. What neither branch nor company says stays as it was."""
    branch.timezone = place.timezone or entry.timezone or zone or branch.timezone
    branch.bundesland = place.bundesland or entry.bundesland or branch.bundesland
    text = place.opening_hours or entry.opening_hours
    own_days = entry.holidays if place.holidays is None else place.holidays
    zone_of_branch = ZoneInfo(branch.timezone)
    hours = parse_hours(text or _USUAL_HOURS, zone_of_branch, bundesland=branch.bundesland)
    if branch.hours:
        former = OpeningHours.from_json(branch.hours)
        hours = replace(hours, holidays=former.holidays)
        if not text:
            hours = replace(hours, weekly=former.weekly, note=former.note)
    if own_days is not None:
        hours = replace(hours, holidays=tuple(sorted(own_days)))
    branch.hours = hours.to_json()


def _ways_in(
    session: Session, company: Company, branch: Branch, entry: Tenant, place: Place
) -> None:
    """The numbers and agents by which callers reach the branch."""
    elsewhere = entry.branches if place is entry else []
    named = {n for other in elsewhere for n in (*other.all_numbers, *other.all_agents)}
    for number in place.all_numbers:
        row = session.scalar(select(PhoneNumber).where(PhoneNumber.number == number))
        if row is None:
            session.add(PhoneNumber(company_id=company.id, branch_id=branch.id, number=number))
        elif row.company_id != company.id:
            raise wrong(entry, "to_number", f"{number} already belongs to another company.")
        elif number not in named:
            row.branch_id = branch.id
    for agent_id in place.all_agents:
        known = session.scalar(select(Agent).where(Agent.retell_agent_id == agent_id))
        if known is None:
            session.add(Agent(company_id=company.id, branch_id=branch.id, retell_agent_id=agent_id))
        elif known.company_id != company.id:
            raise wrong(entry, "retell_agent_id", f"{agent_id} already belongs to another company.")
        elif agent_id not in named:
            known.branch_id = branch.id


def _silence_former(session: Session, company: Company, entry: Tenant) -> None:
    """Numbers and agents that are named no more; all of them stay where none is named."""
    places = [entry, *entry.branches]
    numbers = {number for place in places for number in place.all_numbers}
    agents = {agent for place in places for agent in place.all_agents}
    session.flush()
    if numbers:
        for row in session.scalars(select(PhoneNumber).where(PhoneNumber.company_id == company.id)):
            if row.number not in numbers:
                session.delete(row)
    if agents:
        for known in session.scalars(select(Agent).where(Agent.company_id == company.id)):
            if known.retell_agent_id not in agents:
                session.delete(known)


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
    """The id of the company with that id or slug, as it is named on a command line. Where a number
    is one company's id and another one's slug, the id counts."""
    wanted = Company.slug == company
    if company.isdecimal() and len(company) < len(str(2**31)):
        wanted = wanted | (Company.id == int(company))
    with database.unrestricted_unsafe() as session:
        found = session.scalars(select(Company.id).where(wanted)).all()
    return max(found, key=lambda each: str(each) == company, default=None)
