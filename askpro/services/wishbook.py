"""Wishes to book, written down under a key before Cal.com is asked (rules.md §7.1).

The same wish of the same call finds the row that is there, whatever words it came in and however
many workers it reached.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.booking import segments
from askpro.booking.customers import same_person
from askpro.booking.model import Service
from askpro.services import callers
from askpro.services.possible import Possible
from askpro.services.runtime import Runtime
from askpro.services.sending import fingerprint
from askpro.services.together import TAKEN_BACK
from askpro.services.turns import Turn
from askpro.store import ledger
from askpro.store.models import Appointment
from askpro.store.models.appointments import NEVER_STOOD, OVER
from askpro.store.vault import digest

_LONGEST_KEY = 112


@dataclass(frozen=True)
class Contact:
    """Who the appointment is for. ``phone`` and ``email`` are None when nobody gave them."""

    name: str
    phone: str | None
    email: str | None
    notes: str | None


class _TwinAtWork(Exception):
    """Another request of the same wish was faster; this one writes nothing."""

    def __init__(self, row: Appointment) -> None:
        super().__init__()
        self.row = row


def find(
    runtime: Runtime, turn: Turn, service: Service, start: datetime, contact: Contact
) -> tuple[str, Appointment | None]:
    """(the wish's key, the row of the same wish that was sent already: nothing is sent again).

    An appointment that was cancelled or moved away since is over: whoever wants its time again has
    a new wish, and a key with a number. Only a key that the client chose is never used twice.
    """
    first = _key_of(turn, service, start, contact)
    if not service.seats and not ledger.is_known(runtime.database, turn.office.company_id, first):
        return first, None
    with runtime.database.of_company(turn.office.company_id) as session:
        if service.seats and turn.call_id:
            first = _key_of_seat(session, turn.call_id, service, start, contact.name) or first
        for number in itertools.count(2):
            key = first if number == 2 else f"{first}:{number - 1}"
            row = ledger.by_key(session, key)
            if row is None or row.state in NEVER_STOOD:
                return key, None
            is_over = row.error == TAKEN_BACK or (
                not turn.key and (row.state in OVER or row.start != start)
            )
            if not is_over:
                return key, row
    raise AssertionError("counting never ends")


def write(
    runtime: Runtime,
    turn: Turn,
    possible: Possible,
    start: datetime,
    contact: Contact,
    key: str,
) -> tuple[Sequence[Appointment], bool]:
    """Write the wish down, one row for each part of it; (rows, True) when they are ours to send,
    (the twin's row, False) when they are not."""
    service = possible.service
    now = turn.now
    begun = segments.part_starts(possible.parts, start) or ((service, start),)
    rows: list[Appointment] = []
    try:
        with runtime.database.of_company(turn.office.company_id, write=True) as session:
            customer = callers.known_or_new(
                session,
                turn.office.company_id,
                number=turn.number,
                name=contact.name,
                email=contact.email,
                now=now,
            )
            for number, (part, begins) in enumerate(begun, start=1):
                minutes = part.minutes if possible.parts else possible.minutes
                wish = Appointment(
                    company_id=turn.office.company_id,
                    branch_id=turn.office.branch_id,
                    service_id=part.id,
                    customer_id=customer.id,
                    call_id=turn.call_id,
                    key=key if number == 1 else f"{key}/{number}",
                    group_key=key if possible.parts else None,
                    group_service_id=service.id if possible.parts else None,
                    source=turn.source,
                    state="wished",
                    start=begins,
                    end=begins + timedelta(minutes=minutes),
                    working=[list(stretch) for stretch in segments.working_minutes(part)],
                    event_type_id=part.event_type_id,
                    attendee_name=contact.name,
                    attendee_phone=contact.phone,
                    attendee_email=contact.email,
                    notes=contact.notes,
                    changes=0,
                    created_at=now,
                    updated_at=now,
                )
                row, first = ledger.write_wish(session, wish)
                if not (first or ledger.take_over(session, row, wish)):
                    session.expunge(row)
                    raise _TwinAtWork(row)
                rows.append(row)
    except _TwinAtWork as twin:
        return [twin.row], False
    return rows, True


def _key_of(turn: Turn, service: Service, start: datetime, contact: Contact) -> str:
    """The idempotency key: the same wish of the same call, whatever words it came in.

    A service with seats can be booked for two people in one call, so there the name counts too
    (:func:`_key_of_seat`). A key that the client chose stands for its wish all alone.
    """
    if turn.key:
        return _fitting(f"{turn.office.slug}:{turn.source}:{turn.key}")
    # Keyed: whoever reads the key in the ledger or at Cal.com could try out every number.
    caller = turn.number or contact.phone or contact.email or contact.name
    who = turn.call_id or digest(caller)[:16]
    parts = [
        turn.office.slug,
        who,
        str(service.event_type_id),
        f"{start.astimezone(UTC):%Y%m%dT%H%M}",
    ]
    if service.seats:
        parts.append(digest(contact.name.casefold())[:16])
    return _fitting(":".join(parts))


def _key_of_seat(
    session: Session, call_id: str, service: Service, start: datetime, name: str
) -> str | None:
    """The key under which this call wanted a seat for the same person, however it was heard."""
    rows = session.scalars(
        select(Appointment)
        .where(
            Appointment.call_id == call_id,
            Appointment.event_type_id == service.event_type_id,
            Appointment.start == start,
        )
        .order_by(Appointment.id.desc())
    )
    return next((row.key for row in rows if same_person(name, row.attendee_name)), None)


def _fitting(key: str) -> str:
    """``key`` as it fits into the ledger with numbers behind it; different keys stay different."""
    return key if len(key) <= _LONGEST_KEY else f"{key[: _LONGEST_KEY - 17]}:{fingerprint(key)}"
