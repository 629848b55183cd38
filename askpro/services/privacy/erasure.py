"""One person's data, gone from every store we have, with a receipt.

The ledger keeps its lines (when, what, which state) without the person. What stands at Cal.com is
the company's own calendar and its API can't erase an attendee: the receipt says how many bookings
to look at there. Calls are erased at Retell where a key is there. Answers that are kept for a
repetition of the request, for minutes, go as well.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from askpro.errors import RetellError, RetellNotFound
from askpro.providers.retell import RetellApi
from askpro.services import audit, control
from askpro.services.audit import Actor
from askpro.services.privacy.person import Traces, events_of, identity_of, traces_of
from askpro.services.runtime import Runtime
from askpro.store.models import (
    Appointment,
    Call,
    Callback,
    Company,
    Customer,
    FunctionCall,
    InboxEvent,
)
from askpro.store.models.appointments import UNDECIDED
from askpro.store.vault import digest

log = logging.getLogger(__name__)

NOBODY = "gelöscht"
#: Retell does not answer, or not this key: each of the other calls would wait for the same.
_NO_USE_TO_GO_ON = (None, 401, 403)


@dataclass
class Receipt:
    """What was erased where, by number of rows. Carries nothing of the person but a fingerprint."""

    person: str
    at: datetime
    companies: list[int] = field(default_factory=list)
    customers: int = 0
    appointments: int = 0
    calls: int = 0
    function_calls: int = 0
    callbacks: int = 0
    events: int = 0
    kept_answers: int = 0
    #: Rows that no known secret decrypts, so that nobody can say whose they are.
    unreadable: int = 0
    erased_at_retell: int = 0
    left_at_retell: int = 0
    to_erase_at_calcom: int = 0

    def shown(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}


def erase(runtime: Runtime, given: str, company_id: int | None, actor: Actor) -> Receipt:
    """Erase the person with that number or mail address, in one company or in all of them.

    ``actor`` is who asked, for the audit. Doing it twice does no harm. Raises
    :class:`~askpro.errors.InvalidInput` for what is neither a number nor an address.
    """
    who = identity_of(given)
    receipt = Receipt(person=who.digests[0][:12], at=runtime.clock.now())
    everywhere = Traces(who)
    with runtime.database.unrestricted_unsafe() as session:
        wanted = select(Company.id).order_by(Company.id)
        if company_id is not None:
            wanted = wanted.where(Company.id == company_id)
        companies = session.scalars(wanted).all()
    for company in companies:
        with runtime.database.of_company(company, write=True) as session:
            traces = traces_of(session, company, who)
            receipt.unreadable += traces.unreadable
            if traces:
                receipt.companies.append(company)
                _erase_here(session, traces, receipt)
        everywhere.names |= traces.names
        everywhere.who = everywhere.who.and_also(traces.who.numbers, traces.who.mails)
        _erase_at_retell(runtime, company, traces, receipt)
    if company_id is None:
        with runtime.database.unrestricted_unsafe(write=True) as session:
            events_of(session, None, everywhere)
            receipt.unreadable += everywhere.unreadable
            receipt.events += _erase_events(session, everywhere)
    _erase_answers(runtime, everywhere, receipt)
    _note(runtime, receipt, company_id, actor)
    return receipt


def _erase_here(session: Session, traces: Traces, receipt: Receipt) -> None:
    rows = session.execute(
        update(Appointment)
        .where(Appointment.id.in_(traces.appointments))
        .values(
            attendee_name=NOBODY,
            attendee_phone=None,
            attendee_email=None,
            notes=None,
            reason=None,
        )
        .returning(Appointment.uid)
    ).all()
    erase_keys(session, traces.telling_keys)
    receipt.appointments += len(rows)
    receipt.to_erase_at_calcom += sum(1 for (uid,) in rows if uid)
    receipt.calls += _count(
        session,
        update(Call)
        .where(Call.id.in_(traces.calls))
        .values(
            from_number=None,
            from_digest=None,
            from_tail=None,
            customer_id=None,
            details=None,
            transcript=None,
        )
        .returning(Call.id),
    )
    receipt.calls += _count(
        session,
        update(Call)
        .where(Call.id.in_(traces.talks))
        .values(details=None, transcript=None)
        .returning(Call.id),
    )
    receipt.function_calls += _count(
        session,
        update(FunctionCall)
        .where(FunctionCall.call_id.in_(traces.call_ids))
        .values(arguments={})
        .returning(FunctionCall.id),
    )
    receipt.callbacks += _count(
        session,
        delete(Callback).where(Callback.id.in_(traces.callbacks)).returning(Callback.id),
    )
    receipt.events += _erase_events(session, traces)
    receipt.customers += _count(
        session,
        delete(Customer).where(Customer.id.in_(traces.customers)).returning(Customer.id),
    )


def erase_keys(session: Session, appointments: Iterable[int]) -> None:
    """A client may have chosen a key that tells who booked. While the outcome of a booking is not
    known, Cal.com is asked for it by its key, which has to stay until then."""
    wanted = select(Appointment.id, Appointment.key, Appointment.group_key).where(
        Appointment.id.in_(appointments),
        Appointment.state.not_in(UNDECIDED),
    )
    for row_id, *keys in session.execute(wanted).all():
        # The parts of one appointment still share the key of the first.
        key, group = (f"erased:{digest(each)}" if each else None for each in keys)
        session.execute(
            update(Appointment).where(Appointment.id == row_id).values(key=key, group_key=group)
        )


def _erase_events(session: Session, traces: Traces) -> int:
    """The events stay, so that a repetition of one is known; what they said goes."""
    return _count(
        session,
        update(InboxEvent)
        .where(InboxEvent.id.in_(traces.events))
        .values(body=None)
        .returning(InboxEvent.id),
    )


def _erase_answers(runtime: Runtime, traces: Traces, receipt: Receipt) -> None:
    """Where the guards are: in Redis, or in the memory of the running gateway."""
    parts = {part for name in traces.names - {NOBODY} for part in name.split() if len(part) > 2}
    numbers = {number.lstrip("+") for number in traces.who.numbers}
    values = sorted(parts | numbers | traces.who.mails)
    try:
        receipt.kept_answers = control.run(runtime, "answers forget", {"values": values})
    except control.NoInstance:
        log.debug("no running gateway keeps answers")


def _count(session: Session, statement: Any) -> int:
    return len(session.execute(statement.execution_options(synchronize_session=False)).all())


def _erase_at_retell(runtime: Runtime, company_id: int, traces: Traces, receipt: Receipt) -> None:
    """Transcript, recording and logs of the person's calls; without a key they are counted only."""
    office = runtime.directory.office(company_id)
    keys = runtime.settings.retell_api_key
    key = (office.retell_key if office else None) or (keys[0] if keys else None)
    if key is None or not runtime.settings.erase_at_retell:
        receipt.left_at_retell += len(traces.call_ids)
        return
    api = RetellApi(key, runtime.settings.retell_base_url)
    for done, call_id in enumerate(sorted(traces.call_ids)):
        try:
            api.delete_call(call_id)
        except RetellNotFound:
            log.debug("a call was gone from Retell already")
        except RetellError as error:
            log.warning("call not erased at Retell", extra={"error": str(error)})
            if error.http_status in _NO_USE_TO_GO_ON:
                receipt.left_at_retell += len(traces.call_ids) - done
                return
            receipt.left_at_retell += 1
            continue
        receipt.erased_at_retell += 1


def _note(runtime: Runtime, receipt: Receipt, company_id: int | None, actor: Actor) -> None:
    with runtime.database.unrestricted_unsafe(write=True) as session:
        audit.write(
            session,
            actor,
            "erase person",
            at=receipt.at,
            company_id=company_id,
            target=receipt.person,
            detail=receipt.shown(),
        )
