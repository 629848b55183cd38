"""One person's rows in one company, found by number or mail.

Numbers and addresses are ciphertext; where a keyed digest stands beside them it is the way in. An
appointment may carry another contact than its customer's, and an event's body is one ciphertext:
those are decrypted and looked through, which is slow and only ever done for this. What no known
secret decrypts cannot be looked through; it is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from askpro.booking import cleaning
from askpro.errors import InvalidInput
from askpro.store.models import Appointment, Call, Callback, Customer, InboxEvent
from askpro.store.vault import InvalidToken, digests, installed_vault

_BATCH = 500


@dataclass(frozen=True)
class Identity:
    """What a person is known by: numbers (E.164) and mail addresses (in small letters)."""

    numbers: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()

    @property
    def digests(self) -> tuple[str, ...]:
        return tuple(each for value in (*self.numbers, *self.mails) for each in digests(value))

    def and_also(self, numbers: Iterable[str | None], mails: Iterable[str | None]) -> Identity:
        return Identity(
            self.numbers | {number for number in numbers if number},
            self.mails | {mail.lower() for mail in mails if mail},
        )

    def is_reached_by(self, number: str | None, mail: str | None) -> bool:
        return number in self.numbers or (mail or "").lower() in self.mails

    def is_mentioned_in(self, text: str) -> bool:
        """A number counts without its plus: Cal.com makes addresses of it."""
        low = text.lower()
        return any(value.lstrip("+") in low for value in (*self.numbers, *self.mails))


def identity_of(given: str) -> Identity:
    """A number in any spelling, or a mail address. Raises :class:`InvalidInput`."""
    if "@" in given:
        return Identity(mails=frozenset({cleaning.email_address(given)}))
    number = cleaning.phone_number(given)
    if number is None:
        raise InvalidInput("phone", "This is no telephone number.")
    return Identity(numbers=frozenset({number}))


@dataclass
class Traces:
    """The ids of a person's rows in one company, and what they are known by there."""

    who: Identity
    names: set[str] = field(default_factory=set)
    customers: list[int] = field(default_factory=list)
    appointments: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    #: Calls from another's number, or a withheld one, in which the person was spoken for.
    talks: list[int] = field(default_factory=list)
    callbacks: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    #: Appointments whose key, as a client chose it, tells of the person.
    telling_keys: list[int] = field(default_factory=list)
    call_ids: set[str] = field(default_factory=set)
    uids: set[str] = field(default_factory=set)
    #: Rows that no known secret decrypts.
    unreadable: int = 0

    def are_told_by(self, text: str) -> bool:
        """Does ``text`` have a number, an address or a part of a name of the person in it?"""
        low = text.lower()
        parts = {part for name in self.names for part in name.lower().split() if len(part) > 2}
        return self.who.is_mentioned_in(text) or any(part in low for part in parts)

    def __bool__(self) -> bool:
        return bool(
            self.customers or self.appointments or self.calls or self.callbacks or self.events
        )


def traces_of(session: Session, company_id: int, who: Identity) -> Traces:
    """Where the person's data lies in the company of ``session``.

    Who is a customer here is known by that customer's number and address from then on. Who called
    with a withheld number, or had somebody else call, is known by what was booked or wished then.
    """
    found = Traces(who)
    _customers(session, found)
    known = found.who.digests
    calls = session.execute(
        select(Call.id, Call.call_id).where(
            or_(Call.from_digest.in_(known), Call.customer_id.in_(found.customers))
        )
    ).all()
    found.calls = [row_id for row_id, _ in calls]
    found.call_ids = {call_id for _, call_id in calls}
    # Not the calls in which somebody else wanted something for them: the rest of it is that one's.
    theirs = frozenset(found.call_ids)
    met_as = _appointments(session, found, theirs) | _callbacks(session, found, theirs)
    _without_a_number(session, found, met_as)
    talks = select(Call.id).where(Call.call_id.in_(found.call_ids), Call.id.not_in(found.calls))
    found.talks = list(session.scalars(talks))
    events_of(session, company_id, found)
    return found


def _customers(session: Session, found: Traces) -> None:
    known = found.who.digests
    rows = session.execute(
        select(Customer.id, _raw(Customer.name), _raw(Customer.phone), _raw(Customer.email)).where(
            or_(Customer.phone_digest.in_(known), Customer.email_digest.in_(known))
        )
    ).all()
    for row_id, *personal in rows:
        found.customers.append(row_id)
        name, phone, email = (_read(value, found) for value in personal)
        found.names.update(filter(None, [name]))
        found.who = found.who.and_also([phone], [email])


def _appointments(session: Session, found: Traces, calls: Set[str]) -> set[int]:
    """Finds the person's appointments, all that their ``calls`` made among them; the ids of the
    customers whose they are."""
    met_as: set[int] = set()
    rows = session.execute(
        select(
            Appointment.id,
            Appointment.customer_id,
            Appointment.call_id,
            Appointment.uid,
            Appointment.key,
            _raw(Appointment.attendee_name),
            _raw(Appointment.attendee_phone),
            _raw(Appointment.attendee_email),
        ).execution_options(yield_per=_BATCH)
    )
    for row_id, customer_id, call_id, uid, key, *personal in rows:
        name, phone, email = (_read(value, found) for value in personal)
        if (
            customer_id in found.customers
            or call_id in calls
            or found.who.is_reached_by(phone, email)
        ):
            found.appointments.append(row_id)
            found.names.update(filter(None, [name]))
            found.call_ids.update(filter(None, [call_id]))
            found.uids.update(filter(None, [uid]))
            met_as.update(filter(None, [customer_id]))
            if found.are_told_by(key):
                found.telling_keys.append(row_id)
    return met_as


def _callbacks(session: Session, found: Traces, calls: Set[str]) -> set[int]:
    """Finds the person's wishes to be called back, all of their ``calls`` among them; the ids of
    the customers whose they are."""
    rows = session.execute(
        select(Callback.id, Callback.call_id, Callback.customer_id).where(
            or_(
                Callback.phone_digest.in_(found.who.digests),
                Callback.customer_id.in_(found.customers),
                Callback.call_id.in_(calls),
            )
        )
    ).all()
    found.callbacks = [row_id for row_id, _, _ in rows]
    found.call_ids.update(call_id for _, call_id, _ in rows if call_id)
    return {customer_id for _, _, customer_id in rows if customer_id}


def _without_a_number(session: Session, found: Traces, met_as: set[int]) -> None:
    """Who withholds the number is a new customer with every call: a name that nothing leads to.

    A customer with another number or address is somebody else, who called for the person.
    """
    rows = session.execute(
        select(Customer.id, _raw(Customer.name)).where(
            Customer.id.in_(met_as),
            Customer.id.not_in(found.customers),
            Customer.phone_digest.is_(None),
            or_(Customer.email_digest.is_(None), Customer.email_digest.in_(found.who.digests)),
        )
    ).all()
    for row_id, raw in rows:
        found.customers.append(row_id)
        found.names.update(filter(None, [_read(raw, found)]))


def events_of(session: Session, company_id: int | None, found: Traces) -> None:
    """Events that speak of the person; with None, those that no company answers for yet."""
    rows = session.execute(
        select(InboxEvent.id, InboxEvent.subject, _raw(InboxEvent.body))
        .where(InboxEvent.company_id == company_id, InboxEvent.body.is_not(None))
        .execution_options(yield_per=_BATCH)
    )
    for row_id, subject, raw in rows:
        body = _read(raw, found) or ""
        is_about = subject in found.call_ids or subject in found.uids
        if is_about or found.who.is_mentioned_in(body):
            found.events.append(row_id)


def _raw(column: InstrumentedAttribute[str | None]) -> ColumnElement[Any]:
    """The ciphertext: one row that cannot be read must not hide the others."""
    return type_coerce(column, LargeBinary)


def _read(ciphertext: bytes | None, found: Traces) -> str | None:
    if ciphertext is None:
        return None
    try:
        return installed_vault.current().decrypt(bytes(ciphertext))
    except InvalidToken:
        found.unreadable += 1
        return None
