"""A company's bearer tokens for ``/api/v2``: shown once, kept as digests."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from askpro.errors import InvalidInput
from askpro.services import tenants
from askpro.services.runtime import Runtime
from askpro.store.models import ApiToken
from askpro.store.vault import digest

PREFIX = "askpro_"


def add_token(runtime: Runtime, company: str, name: str) -> str:
    """A new token for the company with that id or slug. Raises :class:`InvalidInput`."""
    company_id = tenants.company_id_of(runtime.database, company)
    if company_id is None:
        raise InvalidInput("company", f"There is no company {company!r}.")
    token = PREFIX + secrets.token_urlsafe(32)
    with runtime.database.of_company(company_id, write=True) as session:
        session.add(
            ApiToken(name=name[:80], token_digest=digest(token), created_at=runtime.clock.now())
        )
    return token


def company_of(runtime: Runtime, token: str) -> int | None:
    """The company that a token speaks for; None for an unknown or revoked one."""
    with runtime.database.unrestricted_unsafe() as session:
        company_id: int | None = session.scalar(
            select(ApiToken.company_id).where(
                ApiToken.token_digest == digest(token), ApiToken.revoked_at.is_(None)
            )
        )
        return company_id
