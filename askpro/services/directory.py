"""Who answers: from a number, an agent or a recorded call to the office of one company.

Fails closed: an unknown number is nobody's, never "the first company". Look-ups are kept for
``RETELL_CACHE_BRANCH_TTL`` and ``RETELL_CACHE_SERVICE_TTL`` seconds inside the process; a change of
a company's data is told to the other workers through :meth:`Directory.changed`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cachetools import TTLCache
from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.booking import policy
from askpro.booking.hours import OpeningHours
from askpro.booking.model import Segment, Service
from askpro.clock import Clock
from askpro.guards.generation import Generation
from askpro.providers.calcom import CalcomAccount
from askpro.settings import Settings
from askpro.store.models import (
    Agent,
    Branch,
    Call,
    Company,
    InboxEvent,
    PhoneNumber,
    ServiceRow,
)
from askpro.store.tenancy import AWAY, Database
from askpro.store.vault import InvalidToken, digests

log = logging.getLogger(__name__)

Found = TypeVar("Found")

#: Circuit and budget of the platform's Cal.com key; a company's own key adds ``:<company id>``.
PLATFORM_ACCOUNT = "calcom_api"
_MOST_KEPT = 50_000
_UNKNOWN_SECONDS = 5


@dataclass(frozen=True)
class Office:
    """One branch of one company, with all that answering a caller needs."""

    company_id: int
    company_name: str
    slug: str
    mode: str
    branch_id: int
    hours: OpeningHours
    services: tuple[Service, ...]
    policy: dict[str, int] = field(hash=False)
    calcom: CalcomAccount = field(repr=False)
    retell_key: str | None = field(repr=False)
    #: For so long the company keeps what was said; 0 = not at all.
    transcript_days: int = 0

    def service(self, service_id: int | None) -> Service | None:
        """The service with that id, if this office offers it."""
        return next((each for each in self.services if each.id == service_id), None)

    def parts_of(self, service: Service) -> tuple[Service, ...]:
        """The services that a composite one consists of, in order; empty for any other."""
        return tuple(part for each in service.parts if (part := self.service(each)))


class Directory:
    """Finds offices, and keeps what it found for a while."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        generation: Generation,
    ) -> None:
        self._database = database
        self._settings = settings
        self._generation = generation
        self._seen_generation = -1
        self._lock = threading.Lock()
        self._places = self._cache(settings.retell_cache_branch_ttl, clock)
        self._offices = self._cache(
            min(settings.retell_cache_branch_ttl, settings.retell_cache_service_ttl), clock
        )
        self._unknown = self._cache(_UNKNOWN_SECONDS, clock)

    @staticmethod
    def _cache(seconds: int, clock: Clock) -> TTLCache[Hashable, Any]:
        return TTLCache(_MOST_KEPT, seconds, timer=clock.monotonic)

    # -- from the outside to an office --------------------------------------------------------

    def of_number(self, number: str | None) -> Office | None:
        """``number`` is the company's own, E.164."""
        return self._of_place(("number", number), PhoneNumber.number) if number else None

    def of_agent(self, agent_id: str | None) -> Office | None:
        return self._of_place(("agent", agent_id), Agent.retell_agent_id) if agent_id else None

    def of_call(self, call_id: str | None) -> Office | None:
        """The office that the call with this id was recorded for."""
        if not call_id:
            return None
        # A call that nobody knows may be known in the next moment: that is not kept.
        place = self._kept(
            self._places,
            ("call", call_id),
            lambda session: _place_of_call(session, call_id),
            keep_unknown=False,
        )
        return self.office(*place) if place else None

    def default(self) -> Office | None:
        """The office of a single-company installation, if it is one."""
        company_id = self._settings.retell_default_company_id
        return self.office(company_id) if company_id else None

    def office(self, company_id: int, branch_id: int | None = None) -> Office | None:
        """A company's branch; its first one when none is named."""
        return self._kept(
            self._offices,
            (company_id, branch_id),
            lambda session: self._load(session, company_id, branch_id),
        )

    def readable_office(self, company_id: int) -> Office | None:
        """As :meth:`office`, for work on all companies: one whose stored data cannot be read (keys
        encrypted with another secret, say) is logged, and none of the others' trouble."""
        try:
            return self.office(company_id)
        except AWAY:
            raise
        except Exception as error:
            told = {"company_id": company_id, "error": type(error).__name__}
            log.error("a company cannot be read", extra=told)
            return None

    def company_of_webhook_token(self, token: str) -> int | None:
        """The company whose private Cal.com webhook address ends in ``token``."""
        possible = digests(token)
        return self._kept(
            self._places,
            ("webhook", possible[0]),
            lambda session: session.scalar(
                select(Company.id).where(Company.calcom_webhook_digest.in_(possible))
            ),
        )

    def companies_of_event_type(self, event_type_id: int) -> tuple[int, ...]:
        """The companies that offer Cal.com's event type; two may share one on the same key."""
        return (
            self._kept(
                self._places,
                ("event type", event_type_id),
                lambda session: tuple(
                    session.scalars(
                        select(ServiceRow.company_id)
                        .where(ServiceRow.event_type_id == event_type_id)
                        .distinct()
                    )
                ),
            )
            or ()
        )

    def companies_of_calcom_user(self, user_id: int) -> tuple[int, ...]:
        """The companies whose calendar is this Cal.com user's."""
        return (
            self._kept(
                self._places,
                ("calcom user", user_id),
                lambda session: tuple(
                    session.scalars(select(Company.id).where(Company.calcom_user_id == user_id))
                ),
            )
            or ()
        )

    def retell_keys(self) -> tuple[tuple[int, str], ...]:
        """(company id, key) of every company that carries a Retell key of its own that can be
        read."""
        return self._kept(self._places, ("retell keys",), _retell_keys) or ()

    def calcom_secret(self, company_id: int) -> str | None:
        """What signs this company's Cal.com webhooks: its own secret, else the platform's."""
        own = self._kept(
            self._places,
            ("calcom secret", company_id),
            lambda session: session.scalar(
                select(Company.calcom_webhook_secret).where(Company.id == company_id)
            ),
        )
        return own or self._settings.calcom_webhook_secret

    def changed(self) -> None:
        """A company's data has changed: every worker looks it up anew."""
        self._generation.grow()
        self._forget()

    def _forget(self) -> None:
        with self._lock:
            for cache in (self._places, self._offices, self._unknown):
                cache.clear()

    # -- inside -------------------------------------------------------------------------------

    def _of_place(self, key: tuple[str, str], column: Any) -> Office | None:
        def find(session: Session) -> tuple[int, int] | None:
            owner = column.class_
            row = session.execute(
                select(owner.company_id, owner.branch_id).where(column == key[1])
            ).first()
            return (row[0], row[1]) if row else None

        place = self._kept(self._places, key, find)
        return self.office(*place) if place else None

    def _kept(
        self,
        cache: TTLCache[Hashable, Any],
        key: Hashable,
        find: Callable[[Session], Found | None],
        *,
        keep_unknown: bool = True,
    ) -> Found | None:
        """From the cache, or by ``find``. What is not there is asked again after a few seconds."""
        generation = self._generation()
        if generation != self._seen_generation:
            self._seen_generation = generation
            self._forget()
        with self._lock:
            if key in cache:
                kept: Found = cache[key]
                return kept
            if key in self._unknown:
                return None
        # The way from the outside to a company cannot name one yet.
        with self._database.unrestricted_unsafe() as session:
            found = find(session)
        with self._lock:
            if generation != self._seen_generation:
                return found  # Changed meanwhile: it may be what was there before.
            if found is not None:
                cache[key] = found
            elif keep_unknown:
                self._unknown[key] = True
        return found

    def _load(self, session: Session, company_id: int, branch_id: int | None) -> Office | None:
        wanted = select(Company, Branch).join(Branch, Branch.company_id == Company.id)
        wanted = wanted.where(Company.id == company_id).order_by(Branch.id).limit(1)
        if branch_id is not None:
            wanted = wanted.where(Branch.id == branch_id)
        row = session.execute(wanted).first()
        if row is None:
            return None
        company, branch = row
        services = session.scalars(
            select(ServiceRow)
            .where(
                ServiceRow.company_id == company.id,
                ServiceRow.removed_at.is_(None),
                (ServiceRow.branch_id == branch.id) | ServiceRow.branch_id.is_(None),
            )
            .order_by(ServiceRow.priority, ServiceRow.id)
        )
        own_key = company.calcom_api_key
        return Office(
            company_id=company.id,
            company_name=company.name,
            slug=company.slug,
            mode=company.service_mode,
            branch_id=branch.id,
            hours=OpeningHours.from_json(branch.hours),
            services=tuple(service_of(each) for each in services),
            policy=policy.effective(branch=branch.policy, company=company.policy),
            calcom=CalcomAccount(
                name=f"{PLATFORM_ACCOUNT}:{company.id}" if own_key else PLATFORM_ACCOUNT,
                api_key=own_key or self._settings.calcom_api_key or "",
                base_url=self._settings.calcom_base_url,
            ),
            retell_key=company.retell_api_key,
            transcript_days=int(company.retention.get("transcript_days") or 0),
        )


def _retell_keys(session: Session) -> tuple[tuple[int, str], ...]:
    wanted = select(Company.id, Company.retell_api_key).where(Company.retell_api_key.is_not(None))
    try:
        found = [(row[0], row[1]) for row in session.execute(wanted)]
    except InvalidToken:
        found = []
        for company_id in session.scalars(select(Company.id)).all():
            try:
                own = session.execute(wanted.where(Company.id == company_id))
                found += [(row[0], row[1]) for row in own]
            except InvalidToken:
                log.error("a company cannot be read", extra={"company_id": company_id})
    return tuple((company_id, key) for company_id, key in found if key)


def _place_of_call(session: Session, call_id: str) -> tuple[int, int | None] | None:
    """From the call's record, or from an event of it that nobody has worked on yet."""
    recorded = select(Call.company_id, Call.branch_id).where(Call.call_id == call_id)
    places = {(company, branch) for company, branch in session.execute(recorded)}
    if not places:
        waiting = select(InboxEvent.company_id, InboxEvent.branch_id).where(
            InboxEvent.provider == "retell", InboxEvent.subject == call_id
        )
        places = {(company, branch) for company, branch in session.execute(waiting) if company}
    if len({company for company, _ in places}) != 1:
        return None  # Unknown, or two companies claim the same id: nobody's.
    return max(places, key=lambda place: place[1] or 0)


def service_of(row: ServiceRow) -> Service:
    """The plain value of a stored service."""
    return Service(
        id=row.id,
        company_id=row.company_id,
        branch_id=row.branch_id,
        name=row.name,
        event_type_id=row.event_type_id,
        minutes=row.minutes,
        price_cents=row.price_cents,
        synonyms=tuple(row.synonyms),
        is_default=row.is_default,
        priority=row.priority,
        notice_minutes=row.notice_minutes,
        bookable=row.bookable,
        why_not=row.why_not,
        seats=row.seats,
        multi_length=row.multi_length,
        segments=tuple(Segment(**each) for each in row.segments),
        parts=tuple(row.parts),
        policy=row.policy,
    )
