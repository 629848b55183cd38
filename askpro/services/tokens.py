"""A company's bearer tokens for ``/api/v2``: shown once, kept as digests."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from askpro.errors import InvalidInput
from askpro.services import audit, tenants
from askpro.services.runtime import Runtime
from askpro.store.models import ApiToken, Company
from askpro.store.vault import digest, digests

logger = logging.getLogger(__name__)

PREFIX = "askpro_"
#: A token's last use is written this often at most.
_USE_IS_NEW = timedelta(hours=1)


@dataclass(frozen=True)
class Token:
    """What is known of a token; ``company`` is the slug, ``last_used_at`` right to the hour."""

    id: int
    company: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def add_token(runtime: Runtime, company: str, name: str) -> str:
    """A new token for the company with that id or slug. Raises :class:`InvalidInput`."""
    company_id = _company_id(runtime, company)
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


def list_tokens(runtime: Runtime, company: str | None = None) -> Sequence[Token]:
    """Every token, or those of the company with that id or slug, the revoked ones too.

    Raises :class:`InvalidInput`.
    """
    asked = (
        select(
            ApiToken.id,
            Company.slug,
            ApiToken.name,
            ApiToken.created_at,
            ApiToken.last_used_at,
            ApiToken.revoked_at,
        )
        .join(Company, Company.id == ApiToken.company_id)
        .order_by(ApiToken.id)
    )
    if company is not None:
        asked = asked.where(ApiToken.company_id == _company_id(runtime, company))
    with runtime.database.unrestricted_unsafe() as session:
        return [Token(*row) for row in session.execute(asked)]


def revoke_token(runtime: Runtime, token_id: int) -> str:
    """End a token; returns its name. Raises :class:`InvalidInput` for one that is none any more."""
    with runtime.database.unrestricted_unsafe(write=True) as session:
        token = session.get(ApiToken, token_id)
        if token is None or token.revoked_at is not None:
            raise InvalidInput("id", f"There is no valid token {token_id}; see `flask token list`.")
        token.revoked_at = runtime.clock.now()
        audit.write(
            session,
            audit.COMMAND_LINE,
            "token_revoked",
            at=token.revoked_at,
            company_id=token.company_id,
            target=token.name,
        )
        return token.name


def company_of(runtime: Runtime, token: str) -> int | None:
    """The company that a token speaks for; None for an unknown or revoked one.

    Nobody can make a new digest but from the token itself: one that a former secret made is
    replaced when its token comes by.
    """
    possible = digests(token)
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe() as session:
        found = session.execute(
            select(ApiToken.company_id, ApiToken.token_digest, ApiToken.last_used_at).where(
                ApiToken.token_digest.in_(possible), ApiToken.revoked_at.is_(None)
            )
        ).first()
    if found is None:
        return None
    company_id, kept, last_used_at = found
    if kept != possible[0] or last_used_at is None or now - last_used_at >= _USE_IS_NEW:
        _note_use(runtime, kept, possible[0], now)
    return int(company_id)


def _note_use(runtime: Runtime, kept: str, renewed: str, now: datetime) -> None:
    try:
        with runtime.database.unrestricted_unsafe(write=True) as session:
            session.execute(
                update(ApiToken)
                .where(ApiToken.token_digest == kept)
                .values(token_digest=renewed, last_used_at=now)
            )
    except SQLAlchemyError as error:  # A full disk is no reason to refuse who only reads.
        logger.warning("a token's use is not noted", extra={"error": type(error).__name__})


def _company_id(runtime: Runtime, company: str) -> int:
    found = tenants.company_id_of(runtime.database, company)
    if found is None:
        raise InvalidInput("company", f"There is no company {company!r}; see `flask company list`.")
    return found
