"""The people at the dashboard: invited by a one-time code, known by a password, ended by an epoch.

Knows accounts and sign-in. Refuses to know cookies and pages: :mod:`askpro.web.dashboard.session`.
"""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from askpro.errors import InvalidInput, RateLimited, Unauthorized
from askpro.services import audit, tenants
from askpro.services.audit import COMMAND_LINE, Actor
from askpro.services.runtime import Runtime
from askpro.store.models import Company, GuardEvent, Operator
from askpro.store.vault import digest, digests

ROLES = ("viewer", "operator")
INVITE_VALID = timedelta(hours=24)
LEAST_PASSWORD = 12
MOST_PASSWORD = 128
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,79}")
#: Without letters and digits that are read wrongly from a terminal.
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

#: Failed sign-ins in :data:`_WATCHED` after which the next one waits: of one name from one address,
#: from one address, and of one name from anywhere. The last is high, or strangers could lock out
#: whose name they know.
_WATCHED = timedelta(minutes=15)
_MOST_FAILURES = {"pair": 5, "address": 20, "name": 100}
_SIGN_IN = "sign_in"

_hasher = PasswordHasher()
#: Each hash takes 64 MiB: more than two at a time could push a small machine out of memory.
_hashing = threading.BoundedSemaphore(2)
#: Who signs in holds a thread while others' passwords are hashed, and callers need the threads: so
#: many of a worker at most, from however many addresses. The others hear 429 at once. That bounds
#: as well how many guesses are under way before the first of them is counted.
_at_the_door = threading.BoundedSemaphore(4)
_BUSY_SECONDS = 5


@cache
def _nobodys_hash() -> str:
    """Checked when nobody has the name, so that the answer takes as long as for somebody.

    Made by the first sign-in, whosever it is: at import it would cost every start a tenth of a
    second.
    """
    return _hash(secrets.token_hex(16))


@dataclass(frozen=True)
class Account:
    """An operator as the dashboard knows them. ``company_id`` None = every company.

    ``certain`` is false when the database could not be asked and the session alone speaks for them.
    """

    id: int
    username: str
    role: str
    company_id: int | None
    epoch: int
    certain: bool = True

    @property
    def may_act(self) -> bool:
        return self.role == "operator"

    @property
    def actor(self) -> Actor:
        return Actor(self.username, self.id, self.company_id)


@dataclass(frozen=True)
class Invitation:
    """``code`` is shown once and kept as a digest only."""

    username: str
    code: str
    until: datetime


def invite(
    runtime: Runtime,
    username: str,
    *,
    role: str = "viewer",
    company_id: int | None = None,
    by: Actor = COMMAND_LINE,
) -> Invitation:
    """Make an account, or renew the invitation of one that has the name.

    A renewed account keeps its password until the code is used; role and company are set anew.
    Raises :class:`InvalidInput`.
    """
    username = _username(username)
    if role not in ROLES:
        raise InvalidInput("role", f"The role must be one of {', '.join(ROLES)}.")
    code = "-".join("".join(secrets.choice(_CODE_LETTERS) for _ in range(5)) for _ in range(4))
    now = runtime.clock.now()
    until = now + INVITE_VALID
    with runtime.database.unrestricted_unsafe(write=True) as session:
        if company_id is not None and session.get(Company, company_id) is None:
            raise InvalidInput("company", f"There is no company {company_id}.")
        operator = session.scalar(select(Operator).where(Operator.username == username))
        if operator is None:
            operator = Operator(username=username, created_at=now, session_epoch=0, active=True)
            session.add(operator)
        elif (operator.role, operator.company_id) != (role, company_id):
            operator.session_epoch += 1
        operator.role = role
        operator.company_id = company_id
        operator.active = True
        operator.invite_digest = digest(code)
        operator.invite_until = until
        audit.write(
            session,
            by,
            "operator_invited",
            at=now,
            company_id=company_id,
            target=username,
            detail={"role": role},
        )
    return Invitation(username, code, until)


def accept_invitation(
    runtime: Runtime, username: str, code: str, password: str, address: str
) -> Account:
    """Set the password with the one-time code. Raises :class:`Unauthorized` when the code is wrong,
    used or too old, :class:`RateLimited` after too many tries, :class:`InvalidInput` when the
    password will not do."""
    username = username.strip().lower()[:120]
    check_password(password, username)
    now = runtime.clock.now()
    subjects = _subjects(username, address)
    invited = (
        Operator.username == username,
        Operator.invite_digest.in_(digests(code.strip().upper())),
        Operator.invite_until > now,
        Operator.active.is_(True),
    )
    with runtime.database.unrestricted_unsafe() as session:
        _refuse_too_many(session, subjects, now)
        operator = session.scalar(select(Operator).where(*invited))
    if operator is None:
        _note_failure(runtime, subjects, now)
        raise Unauthorized
    password_hash = _hash(password)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        # Once more under the lock: two browsers may hold the same code.
        operator = session.scalar(select(Operator).where(*invited))
        if operator is None:
            raise Unauthorized
        operator.password_hash = password_hash
        operator.invite_digest = None
        operator.invite_until = None
        operator.session_epoch += 1
        operator.last_login_at = now
        account = _account(operator)
        audit.write(
            session,
            account.actor,
            "password_set",
            at=now,
            company_id=operator.company_id,
            target=operator.username,
        )
    return account


def set_password(runtime: Runtime, username: str, password: str) -> None:
    """Set a password without a code: for the demo, whose password is printed at its start."""
    check_password(password, username)
    password_hash = _hash(password)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        operator = session.scalar(
            select(Operator).where(Operator.username == username.strip().lower())
        )
        if operator is None:
            raise InvalidInput("username", f"There is no operator {username!r}.")
        operator.password_hash = password_hash
        operator.invite_digest = None
        operator.invite_until = None
        operator.session_epoch += 1


def sign_in(runtime: Runtime, username: str, password: str, address: str) -> Account:
    """The account of that name and password. ``address`` is what the client's tries count by.

    Raises :class:`RateLimited` after too many failures, or while too many others sign in, and
    :class:`Unauthorized` otherwise; neither tells whether the name exists.
    """
    if not _at_the_door.acquire(blocking=False):
        raise RateLimited(_BUSY_SECONDS, error_code="sign_in_busy")
    try:
        return _sign_in(runtime, username.strip().lower()[:120], password, address)
    finally:
        _at_the_door.release()


def _sign_in(runtime: Runtime, username: str, password: str, address: str) -> Account:
    subjects = _subjects(username, address)
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe() as session:
        _refuse_too_many(session, subjects, now)
        operator = session.scalar(select(Operator).where(Operator.username == username))
    known = operator.password_hash if operator is not None and operator.active else None
    nobodys = _nobodys_hash()
    good = _fits(known or nobodys, password)
    if operator is None or known is None or not good:
        _note_failure(runtime, subjects, now)
        raise Unauthorized
    with runtime.database.unrestricted_unsafe(write=True) as session:
        session.add(operator)
        operator.last_login_at = now
        if operator.password_hash and _hasher.check_needs_rehash(operator.password_hash):
            operator.password_hash = _hash(password)
        account = _account(operator)
        audit.write(session, account.actor, "signed_in", at=now, company_id=operator.company_id)
    return account


def recall(runtime: Runtime, operator_id: int, epoch: int) -> Account | None:
    """The account behind a session; None when it was ended or switched off."""
    with runtime.database.unrestricted_unsafe() as session:
        operator = session.get(Operator, operator_id)
    if operator is None or not operator.active or operator.session_epoch != epoch:
        return None
    return _account(operator)


def end_sessions(runtime: Runtime, account: Account) -> None:
    """Signing out ends every session of the person: a copied cookie must not live on."""
    with runtime.database.unrestricted_unsafe(write=True) as session:
        operator = session.get(Operator, account.id)
        if operator is not None:
            operator.session_epoch += 1
            audit.write(
                session,
                account.actor,
                "signed_out",
                at=runtime.clock.now(),
                company_id=account.company_id,
            )


def switch_off(runtime: Runtime, username: str, by: Actor = COMMAND_LINE) -> None:
    """End the account: its sessions, its invitation, its password. Raises :class:`InvalidInput`."""
    with runtime.database.unrestricted_unsafe(write=True) as session:
        operator = session.scalar(
            select(Operator).where(Operator.username == username.strip().lower())
        )
        if operator is None:
            raise InvalidInput("username", f"There is no operator {username!r}.")
        operator.active = False
        operator.password_hash = None
        operator.invite_digest = None
        operator.session_epoch += 1
        audit.write(
            session,
            by,
            "operator_switched_off",
            at=runtime.clock.now(),
            company_id=operator.company_id,
            target=operator.username,
        )


def known(runtime: Runtime, username: str) -> Account | None:
    """The account of that name, also one that is switched off."""
    with runtime.database.unrestricted_unsafe() as session:
        operator = session.scalar(
            select(Operator).where(Operator.username == username.strip().lower())
        )
    return _account(operator) if operator else None


def accounts(runtime: Runtime) -> list[Operator]:
    """Every account by name, for ``flask operator list``."""
    with runtime.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(Operator).order_by(Operator.username)))


def company_id_of(runtime: Runtime, company: str) -> int:
    """The id of the company with that id or slug. Raises :class:`InvalidInput`."""
    found = tenants.company_id_of(runtime.database, company)
    if found is None:
        raise InvalidInput("company", f"There is no company {company!r}; see `flask company list`.")
    return found


def check_password(password: str, username: str) -> None:
    """Raises :class:`InvalidInput` when the password is too short, too long or the name."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise InvalidInput("password", "length")
    if password.strip().lower() == username.strip().lower():
        raise InvalidInput("password", "username")


def _username(username: str) -> str:
    username = username.strip().lower()
    if not _USERNAME.fullmatch(username):
        raise InvalidInput(
            "username",
            "A name has 2 to 80 letters, digits and . _ @ + - and begins with a letter or digit.",
        )
    return username


def _account(operator: Operator) -> Account:
    return Account(
        operator.id,
        operator.username,
        operator.role,
        operator.company_id,
        operator.session_epoch,
    )


def _hash(password: str) -> str:
    with _hashing:
        return _hasher.hash(password)


def _fits(password_hash: str, password: str) -> bool:
    if len(password) > MOST_PASSWORD:
        return False
    with _hashing:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _subjects(username: str, address: str) -> tuple[str, str, str]:
    """What failures are counted by; digests, because an address is personal."""
    name, place = digest(f"name {username}")[:32], digest(f"address {address}")[:32]
    return f"pair {name} {place}", f"address {place}", f"name {name}"


def _note_failure(runtime: Runtime, subjects: tuple[str, ...], now: datetime) -> None:
    with runtime.database.unrestricted_unsafe(write=True) as session:
        for subject in subjects:
            session.add(GuardEvent(at=now, kind=_SIGN_IN, company_id=None, subject=subject))


def _refuse_too_many(session: Session, subjects: tuple[str, ...], now: datetime) -> None:
    failures = session.execute(
        select(GuardEvent.subject, func.count(), func.min(GuardEvent.at))
        .where(
            GuardEvent.kind == _SIGN_IN,
            GuardEvent.at > now - _WATCHED,
            GuardEvent.subject.in_(subjects),
        )
        .group_by(GuardEvent.subject)
    )
    for subject, count, first in failures:
        if count >= _MOST_FAILURES[subject.split()[0]]:
            wait = (first + _WATCHED - now).total_seconds()
            raise RateLimited(max(1, round(wait)), error_code="sign_in_limit_exceeded")


__all__ = [
    "Account",
    "Invitation",
    "accept_invitation",
    "accounts",
    "end_sessions",
    "invite",
    "known",
    "recall",
    "set_password",
    "sign_in",
    "switch_off",
]
