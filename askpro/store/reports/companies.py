"""Companies as the dashboard lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, func, literal, or_, select, union_all

from askpro.store.models import Agent, Branch, Company, Figure, PhoneNumber, ServiceRow
from askpro.store.models.figures import EVERYBODY
from askpro.store.reports.scope import Scope, reading, within
from askpro.store.tenancy import Database


def names(database: Database, scope: Scope, ids: Iterable[int]) -> dict[int, str]:
    """The names of those of the companies that the scope may see."""
    wanted = set(ids)
    if not wanted:
        return {}
    with reading(database, scope) as session:
        rows = session.execute(
            select(Company.id, Company.name).where(
                Company.id.in_(wanted), within(scope, Company.id)
            )
        )
        return {row[0]: row[1] for row in rows}


def first_by_name(database: Database, scope: Scope, *, most: int) -> list[tuple[int, str]]:
    """(id, name) of that many companies at most, by their names."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(Company.id, Company.name)
            .where(within(scope, Company.id))
            .order_by(Company.name, Company.id)
            .limit(most)
        )
        return [(row[0], row[1]) for row in rows]


def has_own_key(database: Database, company_id: int) -> bool:
    """Whether the company books with a Cal.com key of its own."""
    with reading(database, company_id) as session:
        found = session.scalar(
            select(Company.id).where(Company.id == company_id, Company.calcom_api_key.is_not(None))
        )
        return found is not None


def on_the_platform(database: Database, scope: Scope) -> int:
    """How many companies book with the platform's Cal.com key."""
    with reading(database, scope) as session:
        return (
            session.scalar(
                select(func.count())
                .select_from(Company)
                .where(Company.calcom_api_key.is_(None), within(scope, Company.id))
            )
            or 0
        )


def modes(database: Database, scope: Scope) -> dict[str, list[int]]:
    """Service mode → the companies in it; the ones that are open are not listed."""
    with reading(database, scope) as session:
        rows = session.execute(
            select(Company.service_mode, Company.id)
            .where(Company.service_mode != "open", within(scope, Company.id))
            .order_by(Company.id)
        )
        found: dict[str, list[int]] = {}
        for mode, company_id in rows:
            found.setdefault(mode, []).append(company_id)
        return found


def last_answer_minute() -> ScalarSelect[datetime]:
    """The minute of a company's last function call, beside the company's columns."""
    return (
        select(func.max(Figure.minute))
        .where(Figure.company_id == Company.id)
        .correlate(Company)
        .scalar_subquery()
    )


@dataclass(frozen=True)
class CompanyRow:
    """A company in the list, with its last hour."""

    id: int
    name: str
    slug: str
    trade: str | None
    mode: str
    own_key: bool
    created_at: datetime
    answers: int
    faults: int
    booked: int
    last_answer: datetime | None


def listed(
    database: Database,
    scope: Scope,
    now: datetime,
    *,
    text: str | None = None,
    mode: str | None = None,
    after: int = 0,
    most: int = 50,
) -> list[CompanyRow]:
    """Companies by id, from beyond ``after``. ``text`` is a part of the name or slug, or the id."""
    conditions = [within(scope, Company.id), Company.id > after]
    if mode:
        conditions.append(Company.service_mode == mode)
    if text:
        part = f"%{_escaped(text.lower())}%"
        # SQLite, and PostgreSQL with the locale C, lower no letters but A to Z: of others the usual
        # ways of writing are looked for.
        written = {f"%{_escaped(each)}%" for each in (text, text.capitalize(), text.title())}
        fits = or_(
            func.lower(Company.name).like(part, escape="\\"),
            Company.slug.like(part, escape="\\"),
            *(Company.name.like(each, escape="\\") for each in sorted(written)),
        )
        if text.isdecimal() and len(text) < 10:
            fits = or_(fits, Company.id == int(text))
        conditions.append(fits)
    with reading(database, scope) as session:
        rows = session.execute(
            select(
                Company.id,
                Company.name,
                Company.slug,
                Company.trade,
                Company.service_mode,
                Company.calcom_api_key.is_not(None).label("own_key"),
                Company.created_at,
                last_answer_minute().label("last_answer"),
            )
            .where(*conditions)
            .order_by(Company.id)
            .limit(most)
        ).all()
        sums = {
            row[0]: row[1:]
            for row in session.execute(
                select(
                    Figure.company_id,
                    func.sum(Figure.answers),
                    func.sum(Figure.faults),
                    func.sum(Figure.booked),
                )
                .where(
                    Figure.company_id.in_([row.id for row in rows]),
                    Figure.minute > now - timedelta(hours=1),
                )
                .group_by(Figure.company_id)
            )
        }
    return [
        CompanyRow(
            row.id,
            row.name,
            row.slug,
            row.trade,
            row.service_mode,
            bool(row.own_key),
            row.created_at,
            *sums.get(row.id, (0, 0, 0)),
            row.last_answer,
        )
        for row in rows
    ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def one(database: Database, company_id: int) -> dict[str, Any] | None:
    """A company with its branches, numbers, agents and services; its secrets only as there or not.

    The numbers are those that callers dial: the company's own.
    """
    with reading(database, company_id) as session:
        row = session.execute(
            select(
                Company.id,
                Company.name,
                Company.slug,
                Company.trade,
                Company.service_mode,
                Company.calcom_username,
                Company.retention,
                Company.policy,
                Company.created_at,
                Company.calcom_synced_until,
                Company.calcom_api_key.is_not(None).label("own_calcom_key"),
                Company.calcom_webhook_secret.is_not(None).label("own_webhook_secret"),
                Company.retell_api_key.is_not(None).label("own_retell_key"),
            ).where(within(company_id, Company.id))
        ).mappings()
        found = row.first()
        if found is None:
            return None
        branches = session.execute(
            select(Branch.id, Branch.name, Branch.timezone, Branch.bundesland, Branch.hours)
            .where(within(company_id, Branch.company_id))
            .order_by(Branch.id)
        ).mappings()
        services = session.execute(
            select(
                ServiceRow.id,
                ServiceRow.name,
                ServiceRow.minutes,
                ServiceRow.price_cents,
                ServiceRow.event_type_id,
                ServiceRow.is_default,
                ServiceRow.bookable,
                ServiceRow.why_not,
            )
            .where(within(company_id, ServiceRow.company_id), ServiceRow.removed_at.is_(None))
            .order_by(ServiceRow.priority, ServiceRow.id)
        ).mappings()
        reached = session.execute(
            union_all(
                select(literal("number"), PhoneNumber.number).where(
                    within(company_id, PhoneNumber.company_id)
                ),
                select(literal("agent"), Agent.retell_agent_id).where(
                    within(company_id, Agent.company_id)
                ),
            )
        ).all()
        return {
            **found,
            "branches": [dict(branch) for branch in branches],
            "services": [dict(service) for service in services],
            "numbers": sorted(value for kind, value in reached if kind == "number"),
            "agents": sorted(value for kind, value in reached if kind == "agent"),
        }


def busiest(
    database: Database, scope: Scope, since: datetime, *, most: int = 20
) -> list[dict[str, Any]]:
    """The companies that asked the slot cache most, with what it answered."""
    asked = func.sum(Figure.hits + Figure.misses + Figure.stale)
    with reading(database, scope) as session:
        rows = session.execute(
            select(
                Figure.company_id,
                func.sum(Figure.hits).label("hits"),
                func.sum(Figure.stale).label("stale"),
                func.sum(Figure.misses).label("misses"),
            )
            .where(
                Figure.minute > since,
                Figure.company_id != EVERYBODY,
                within(scope, Figure.company_id),
            )
            .group_by(Figure.company_id)
            .having(asked > 0)
            .order_by(asked.desc())
            .limit(most)
        )
        return [dict(row) for row in rows.mappings()]
