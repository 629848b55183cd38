"""A company's bearer tokens for ``/api/v2``: shown once, kept as digests."""

from __future__ import annotations

import secrets

from sqlalchemy import select, update

from askpro.errors import InvalidInput
from askpro.services import audit, tenants
from askpro.services.runtime import Runtime
from askpro.store.models import ApiToken
from askpro.store.vault import digest, digests

PREFIX = "askpro_"


def add_token(runtime: Runtime, company: str, name: str) -> str:
    """A new token for the company with that id or slug. Raises :class:`InvalidInput`."""
    company_id = tenants.company_id_of(runtime.database, company)
    if company_id is None:
        raise InvalidInput("company", f"There is no company {company!r}; see `flask company list`.")
    token = PREFIX + secrets.token_urlsafe(32)
    with runtime.database.of_company(company_id, write=True) as session:
        session.add(
            ApiToken(name=name[:80], token_digest=digest(token), created_at=runtime.clock.now())
        )
        audit.write(
            session,
            audit.COMMAND_LINE,
            "token_added",
            at=runtime.clock.now(),
            company_id=company_id,
            target=name[:80],
        )
    return token


def company_of(runtime: Runtime, token: str) -> int | None:
    """The company that a token speaks for; None for an unknown or revoked one.

    Nobody can make a new digest but from the token itself: one that a former secret made is
    replaced when its token comes by.
    """
    possible = digests(token)
    with runtime.database.unrestricted_unsafe() as session:
        found = session.execute(
            select(ApiToken.company_id, ApiToken.token_digest).where(
                ApiToken.token_digest.in_(possible), ApiToken.revoked_at.is_(None)
            )
        ).first()
    if found is None:
        return None
    company_id, kept = found
    if kept != possible[0]:
        with runtime.database.unrestricted_unsafe(write=True) as session:
            session.execute(
                update(ApiToken)
                .where(ApiToken.token_digest == kept)
                .values(token_digest=possible[0])
            )
    return int(company_id)
