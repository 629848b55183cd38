"""One person's rows in one company, found by number or mail.

Numbers and addresses are ciphertext; where a keyed digest stands beside them it is the way in. An
appointment may carry another contact than its customer's, and an event's body is one ciphertext:
those are decrypted and looked through, which is slow and only ever done for this.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from askpro.booking import cleaning
from askpro.errors import InvalidInput
from askpro.store.models import Appointment, Call, Callback, Customer, InboxEvent
from askpro.store.vault import digests

_BATCH = 500


@dataclass(frozen=True)
class Identity:
    """What a person is known by. ``spellings`` are the texts that must be nowhere afterwards."""

    phone: str | None
    email: str | None

    @property
    def spellings(self) -> tuple[str, ...]:
        return tuple(value for value in (self.phone, self.email) if value)

    @property
    def digests(self) -> tuple[str, ...]:
        return tuple(each for value in self.spellings for each in digests(value))


def identity_of(given: str) -> Identity:
    """A number in any spelling, or a mail address. Raises :class:`InvalidInput`."""
    if "@" in given:
        return Identity(None, cleaning.email_address(given))
    number = cleaning.phone_number(given)
    if number is None:
        raise InvalidInput("phone", "This is no telephone number.")
    return Identity(number, None)


@dataclass
class Traces:
    """The ids of a person's rows in one company."""

    customers: list[int] = field(default_factory=list)
    appointments: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    callbacks: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    call_ids: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(
            self.customers or self.appointments or self.calls or self.callbacks or self.events
        )


def traces_of(session: Session, company_id: int, who: Identity) -> Traces:
    """Where the person's data lies in the company of ``session``."""
    found = Traces()
    found.customers = list(
        session.scalars(
            select(Customer.id).where(
                or_(Customer.phone_digest.in_(who.digests), Customer.email_digest.in_(who.digests))
            )
        )
    )
    calls = session.execute(
        select(Call.id, Call.call_id).where(
            or_(Call.from_digest.in_(who.digests), Call.customer_id.in_(found.customers))
        )
    ).all()
    found.calls = [row_id for row_id, _ in calls]
    found.call_ids = {call_id for _, call_id in calls}
    found.callbacks = list(
        session.scalars(
            select(Callback.id).where(
                or_(
                    Callback.phone_digest.in_(who.digests),
                    Callback.customer_id.in_(found.customers),
                )
            )
        )
    )
    _appointments(session, who, found)
    _events(session, company_id, who, found)
    return found


def _appointments(session: Session, who: Identity, found: Traces) -> None:
    rows = session.execute(
        select(
            Appointment.id,
            Appointment.customer_id,
            Appointment.call_id,
            Appointment.attendee_phone,
            Appointment.attendee_email,
        ).execution_options(yield_per=_BATCH)
    )
    for row_id, customer_id, call_id, phone, email in rows:
        is_theirs = customer_id in found.customers or bool({phone, email} & set(who.spellings))
        if is_theirs:
            found.appointments.append(row_id)
            if call_id:
                found.call_ids.add(call_id)


def _events(session: Session, company_id: int, who: Identity, found: Traces) -> None:
    rows = session.execute(
        select(InboxEvent.id, InboxEvent.subject, InboxEvent.body)
        .where(InboxEvent.company_id == company_id, InboxEvent.body.is_not(None))
        .execution_options(yield_per=_BATCH)
    )
    for row_id, subject, body in rows:
        if subject in found.call_ids or any(text in (body or "") for text in who.spellings):
            found.events.append(row_id)
