"""Booking exactly once (rules.md §7).

The wish is written down under a key before Cal.com is asked; the slot is held; one POST leaves, the
key in its metadata; whatever comes back, the row says what is known. An outcome that nobody knows
is ``unknown``: the caller hears that the wish is noted, and :mod:`askpro.services.settlement` looks
at Cal.com until it is settled. A composite service is several such rows that stand together or not
at all (:mod:`askpro.services.together`).
"""

from __future__ import annotations

import logging
import math
import time as wall
from collections.abc import Sequence
from dataclasses import replace

from askpro.booking import cleaning, wording
from askpro.booking.customers import same_person
from askpro.booking.model import Service
from askpro.errors import (
    AskAgain,
    CalcomError,
    CalcomFault,
    CalcomHeld,
    CalcomNotFound,
    CalcomUnavailable,
    InvalidInput,
    SlotTaken,
)
from askpro.services import (
    availability,
    calendar,
    callbacks,
    callers,
    faults,
    findings,
    offers,
    together,
    wishbook,
    wishes,
)
from askpro.services.answers import Answer
from askpro.services.appointments import entry_of, group_state, own_at, said_of, shown
from askpro.services.possible import Possible, possible_times, service_of
from askpro.services.runtime import Runtime
from askpro.services.sending import Outcome
from askpro.services.turns import Turn
from askpro.services.wishbook import Contact
from askpro.services.wishes import When
from askpro.store import ledger
from askpro.store.models import Appointment
from askpro.store.models.appointments import OVER
from askpro.store.tenancy import AWAY

log = logging.getLogger(__name__)

#: A second call of the same wish waits so long for the first one's answer.
_PATIENCE_SECONDS = 6.0


def book_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: booked, requested, pending, unavailable, ask, past, invalid, calendar_down.

    A caller who said no is told what is free, and nothing is booked, now or later.
    """
    if turn.agreed is False:
        callbacks.withdraw_wishes(runtime, turn)
        return availability.check_availability(runtime, turn)
    service = service_of(runtime, turn)
    when = wishes.wished_time(runtime, turn)
    if when is None:
        raise AskAgain(wording.which_day())
    if when.start is None:
        listed = availability.check(runtime, turn, when)
        return replace(listed, status="ask") if listed.status == "available" else listed
    contact = contact_of(runtime, turn)
    try:
        return book(runtime, turn, service, when, contact)
    except (CalcomFault, CalcomHeld) as error:
        # Surely not sent: a write that may have landed is answered as pending.
        return _wish_kept(runtime, turn, service, when, contact, error)


def collect_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Check, and book what is free unless the caller said no (three states: yes, no, not said)."""
    return book_appointment(runtime, turn)


def contact_of(runtime: Runtime, turn: Turn) -> Contact:
    """Name, phone and mail, cleaned. Raises :class:`InvalidInput` or :class:`AskAgain`."""
    spoken_name = turn.text("name")
    name = cleaning.person_name(spoken_name) if spoken_name else None
    name = name or callers.only_name_of(runtime, turn)
    if name is None:
        raise AskAgain(wording.whose_name())
    email = turn.text("email")
    notes = turn.text("notes")
    return Contact(
        name=name,
        phone=_phone(turn),
        email=cleaning.email_address(email) if email else None,
        notes=cleaning.free_text(notes) if notes else None,
    )


def book(runtime: Runtime, turn: Turn, service: Service, when: When, contact: Contact) -> Answer:
    """Book one exact instant for one person.

    Raises :class:`~askpro.errors.CalcomError` where nothing was sent, or surely had no effect.
    """
    assert when.start is not None
    wishes.refuse_far(when, turn)
    key, earlier = wishbook.find(runtime, turn, service, when.start, contact)
    if earlier is not None:
        return _answer_of_twin(runtime, turn, service, earlier)
    before = callers.own_appointments(runtime, turn)
    own = own_at(runtime, turn, service, when.start, contact.name)
    if own:
        # In an earlier call, under another key.
        has_it = booked_answer(turn, service, own)
        return replace(has_it, message=wording.already_booked(turn.at, entry_of(turn, *own)))
    if wishes.is_past(when, turn.now, turn.at.today):
        return offers.past(runtime, turn, service, when)
    possible = possible_times(runtime, turn, service, when.day, hold=when.start, then_book=True)
    if not possible.has(when.start, turn):
        # A twin of this request may have taken it a moment ago: then it is this caller's.
        _, twin = wishbook.find(runtime, turn, service, when.start, contact)
        if twin is not None:
            return _answer_of_twin(runtime, turn, service, twin)
        return offers.not_free(runtime, turn, possible, when.start)
    if possible.seen.stale:
        raise CalcomUnavailable("only old times are known, and those are not booked unseen")
    rows, ours = wishbook.write(runtime, turn, possible, when.start, contact, key)
    if not ours:
        return _answer_of_twin(runtime, turn, service, rows[0])
    outcome = together.send(
        runtime, turn.office, rows, caller=turn.number, not_after=turn.not_after
    )
    answer = _told(runtime, turn, possible, rows, outcome)
    return _beside_the_other(runtime, turn, answer) if before else answer


def _beside_the_other(runtime: Runtime, turn: Turn, answer: Answer) -> Answer:
    """Who books the same once more in one call may mean it instead of the first: that one is said
    to stand. Of a row of appointments nothing is said."""
    if answer.status != "booked" or len(answer.rows) != 1 or not turn.call_id:
        return answer
    row = answer.rows[0]
    try:
        with runtime.database.of_company(turn.office.company_id) as session:
            standing = ledger.standing_of_call(session, turn.call_id, turn.now)
    except AWAY as away:
        log.warning("what else was booked is unknown", extra={"error": type(away).__name__})
        return answer
    others = [
        other
        for other in standing
        if (other.service_id, other.group_key) == (row.service_id, None)
        and other.id != row.id
        and same_person(other.attendee_name, row.attendee_name)
    ]
    if len(others) != 1:
        return answer
    said = said_of(turn, (row,))
    return replace(answer, message=wording.booked(turn.at, row.start, said, beside=others[0].start))


def booked_answer(turn: Turn, service: Service | None, rows: Sequence[Appointment]) -> Answer:
    """What the caller hears of an appointment: booked, requested, over, or not known yet.

    ``rows`` are its parts, one where it has none.
    """
    start = rows[0].start
    said = service.name if service else said_of(turn, rows)
    told = shown(turn, *rows)
    fields = {
        "appointment_id": told["id"],
        "start": told["start"],
        "end": told["end"],
        "service": said,
        "alternatives": [],
    }
    state = group_state(rows)
    if state == "confirmed" and len(rows) > 1:
        sentence = wording.booked_together(turn.at, [entry_of(turn, row) for row in rows])
        return Answer("booked", sentence, fields, rows)
    if state == "confirmed":
        return Answer("booked", wording.booked(turn.at, start, said), fields, rows)
    if state == "requested":
        return Answer("requested", wording.requested(turn.at, start, said), fields, rows)
    if state in OVER:
        sentence = wording.already_cancelled(turn.at, entry_of(turn, *rows))
        return Answer("cancelled", sentence, fields, rows)
    return Answer("pending", wording.pending(turn.at, start, said), fields, rows)


# -- what came of it ------------------------------------------------------------------------------


def _told(
    runtime: Runtime,
    turn: Turn,
    possible: Possible,
    rows: Sequence[Appointment],
    outcome: Outcome,
) -> Answer:
    # A slot that may be taken stays held: nobody else is to be told that it is free.
    if outcome.kind == "stands":
        calendar.take(runtime, turn.office, rows, holder=turn.holder)
    else:
        kept = outcome.kind in ("unknown", "claimed")
        calendar.drop(runtime, turn.office, holder=None if kept else turn.holder)
    if outcome.kind == "claimed":
        return _answer_of_twin(runtime, turn, possible.service, rows[0])
    if outcome.kind in ("stands", "unknown"):
        return booked_answer(turn, possible.service, rows)
    if outcome.kind == "not_sent" or isinstance(outcome.error, CalcomNotFound):
        assert outcome.error is not None
        raise outcome.error
    if outcome.other is not None and len(rows) == 1:
        return booked_answer(turn, possible.service, [outcome.other])
    if outcome.kind == "refused" and not isinstance(outcome.error, SlotTaken):
        _note_refusal(runtime, turn, possible.service, rows[0], outcome.error)
    return _others(runtime, turn, possible.service, rows[0])


def _others(runtime: Runtime, turn: Turn, service: Service, row: Appointment) -> Answer:
    """Other times, from a fresh look. The caller is never blamed."""
    fresh = possible_times(runtime, turn, service, turn.at.day(row.start))
    return offers.not_free(runtime, turn, fresh, row.start)


def _note_refusal(
    runtime: Runtime, turn: Turn, service: Service, row: Appointment, error: CalcomError | None
) -> None:
    """Cal.com refuses what it showed as free: somebody must look at that event type."""
    findings.note(
        runtime,
        turn.office.company_id,
        kind="service_refused",
        subject=f"service:{service.id}:{getattr(error, 'field', None) or 'request'}",
        call_id=turn.call_id,
        appointment_id=row.id,
    )


def _wish_kept(
    runtime: Runtime,
    turn: Turn,
    service: Service,
    when: When,
    contact: Contact,
    error: CalcomError,
) -> Answer:
    """The calendar is down: the wish is collected, and booked later if its time is still free."""
    callback = callbacks.keep_wish(runtime, turn, service, when, name=contact.name)
    return faults.calendar_down(turn, error, callback_id=callback.id if callback else None)


def _answer_of_twin(runtime: Runtime, turn: Turn, service: Service, row: Appointment) -> Answer:
    """The same wish is being sent by a twin of this request: wait for what it finds out."""
    until = min(wall.monotonic() + _PATIENCE_SECONDS, turn.not_after or math.inf)
    rows = ledger.group_of(runtime.database, row)
    while _in_the_making(rows) and wall.monotonic() < until:
        wall.sleep(0.05)
        rows = ledger.group_of(runtime.database, row)
    if all(each.state == "wished" for each in rows):
        # Whoever wrote it down is gone, or slow. This caller hears that it is noted, so it is no
        # mere wish any more: the settlement sends it, unless that twin has begun to after all.
        ledger.claim(runtime.database, rows[0], now=runtime.clock.now(), state="unknown")
        rows = ledger.group_of(runtime.database, row)
    if any(each.state == "refused" for each in rows):
        calendar.drop(runtime, turn.office)
        return _others(runtime, turn, service, rows[0])
    if any(each.pending_change for each in rows):
        # It may be cancelled, or go elsewhere, as soon as that is settled.
        raise CalcomUnavailable("an earlier change of the appointment is not settled yet")
    return booked_answer(turn, service, rows)


def _in_the_making(rows: Sequence[Appointment]) -> bool:
    if any(row.state in ("unknown", "refused") for row in rows):
        return False
    return any(row.state in ("wished", "sent") and not row.pending_change for row in rows)


def _phone(turn: Turn) -> str | None:
    """The number that was given, else the caller's own. An impossible one is left out."""
    given = turn.text("phone")
    if given:
        try:
            return cleaning.phone_number(given)
        except InvalidInput:
            return turn.number
    return turn.number
