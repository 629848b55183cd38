"""The rotation of the installation's secret: what former secrets wrote is written anew.

Every ciphertext that the newest secret cannot read is encrypted with it, and the digests beside
them are computed anew. It goes in batches, each a transaction of its own; what is done already is
passed over, so a rotation that was broken off is simply started again, and gateways and workers
that know both secrets go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Column, LargeBinary, Table, bindparam, func, or_, select, type_coerce, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from askpro.store.models import ApiToken, Operator
from askpro.store.tables import Base
from askpro.store.tenancy import Database
from askpro.store.vault import Encrypted, Vault

#: Which ciphertext a digest is of, by table and column of the digest.
DIGEST_OF = {
    ("callbacks", "phone_digest"): "phone",
    ("calls", "from_digest"): "from_number",
    ("companies", "calcom_webhook_digest"): "calcom_webhook_token",
    ("customers", "email_digest"): "email",
    ("customers", "phone_digest"): "phone",
}
#: Digests of what we do not keep. A token's is replaced when it is used, an invitation's ends.
DIGESTS_ALONE = {("api_tokens", "token_digest"), ("operators", "invite_digest")}
_BATCH = 200


@dataclass
class Rotated:
    """``written`` rows by table; ``unreadable`` rows that no known secret reads, left alone;
    ``twice`` rows whose new digest another row has already. ``tokens`` and ``invitations`` that may
    still hang on a former secret, because only their digests are kept."""

    written: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    twice: dict[str, int] = field(default_factory=dict)
    tokens: int = 0
    invitations: int = 0

    @property
    def complete(self) -> bool:
        return not self.unreadable and not self.twice


def rotate(database: Database, vault: Vault, *, batch: int = _BATCH) -> Rotated:
    """Rewrite everything that is not the newest secret's."""
    done = Rotated()
    for table, columns in encrypted_columns():
        after: Any = None
        while True:
            with database.unrestricted_unsafe(write=True) as session:
                rows = _batch(session, table, columns, after, batch)
                for row in rows:
                    _renew(session, vault, table, row, done)
            if not rows:
                break
            after = rows[-1]["id"]
    with database.unrestricted_unsafe() as session:
        done.tokens = _count(session, ApiToken.revoked_at.is_(None))
        done.invitations = _count(session, Operator.invite_digest.is_not(None))
    return done


def encrypted_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """The tables with ciphertext, and those columns."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Encrypted)]
        if columns:
            yield table, columns


def _batch(
    session: Session, table: Table, columns: list[Column[Any]], after: Any, most: int
) -> Sequence[Any]:
    """The next rows with any ciphertext, as it lies in the database; locked on PostgreSQL."""
    wanted = (
        select(
            table.c.id,
            *(type_coerce(column, LargeBinary).label(column.name) for column in columns),
            *(table.c[name] for name in _digests_of(table)),
        )
        .where(or_(*(column.is_not(None) for column in columns)))
        .order_by(table.c.id)
        .limit(most)
        .with_for_update()
    )
    if after is not None:
        wanted = wanted.where(table.c.id > after)
    return session.execute(wanted).mappings().all()


def _digests_of(table: Table) -> dict[str, str]:
    return {name: source for (owner, name), source in DIGEST_OF.items() if owner == table.name}


def _renew(session: Session, vault: Vault, table: Table, row: Any, done: Rotated) -> None:
    try:
        new = _new_values(vault, table, row)
    except InvalidToken:
        done.unreadable[table.name] = done.unreadable.get(table.name, 0) + 1
        return
    if not new:
        return
    binary = {
        name: bindparam(name, value, type_=LargeBinary) if isinstance(value, bytes) else value
        for name, value in new.items()
    }
    try:
        with session.begin_nested():
            session.execute(update(table).where(table.c.id == row["id"]).values(binary))
    except IntegrityError:
        # Somebody new with the same number came by while only one secret was known.
        done.twice[table.name] = done.twice.get(table.name, 0) + 1
        return
    done.written[table.name] = done.written.get(table.name, 0) + 1


def _new_values(vault: Vault, table: Table, row: Any) -> dict[str, Any]:
    """What of the row has to change: ciphertexts as bytes, digests as text."""
    digests = _digests_of(table)
    new: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, bytes | memoryview):
            renewed = vault.renewed(bytes(value))
            if renewed is not None:
                new[name] = renewed
    for name, source in digests.items():
        if row[source] is not None and row[name] is not None:
            fresh = vault.digest(vault.decrypt(bytes(row[source])))
            if fresh != row[name]:
                new[name] = fresh
    return new


def _count(session: Session, wanted: Any) -> int:
    return session.scalar(select(func.count()).where(wanted)) or 0
