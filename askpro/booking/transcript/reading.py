"""Reads the turns of one call in order, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from askpro.booking import wording
from askpro.booking.dates.values import Frame
from askpro.booking.model import Service
from askpro.booking.transcript import contact, speech_acts
from askpro.booking.transcript.changes import cannot_come, intent_of
from askpro.booking.transcript.facts import Confirmation, Intent, Slot
from askpro.booking.transcript.hearing import Hearing
from askpro.booking.transcript.negotiation import Negotiation
from askpro.booking.transcript.persons import customer_name
from askpro.booking.transcript.treatments import service_of
from askpro.booking.transcript.turns import Turn


@dataclass(frozen=True)
class Call:
    """What was heard, before it is judged. ``settled``: both sides agreed and nothing is open."""

    intent: Intent
    wanted: Slot | None
    existing: Slot | None
    service: str | None
    customer_name: str | None
    phone: str | None
    email: str | None
    settled: bool
    question: str | None
    confirmations: tuple[Confirmation, ...]


def read_call(turns: Sequence[Turn], frame: Frame, services: Sequence[Service]) -> Call:
    talk = Negotiation(Hearing(frame, turns))
    before: Turn | None = None
    for place, turn in enumerate(turns):
        audible = talk.hearing.hears(place)
        if turn.speaker == "agent":
            talk.agent_says(turn, audible=audible)
            before = turn
        else:
            talk.caller_says(turn, speech_acts.asks(before), audible=audible)
            before = None
    intent = _intent(turns, talk)
    wanted, existing = _slots(intent, talk)
    settled = _settled(intent, talk, existing)
    return Call(
        intent=intent,
        wanted=wanted,
        existing=existing,
        service=service_of(turns, services),
        customer_name=customer_name(turns),
        phone=contact.phone_number(turns),
        email=contact.mail_address(turns),
        settled=settled,
        question=None if settled else _question(intent, talk, wanted),
        confirmations=tuple(talk.confirmations),
    )


def _intent(turns: Sequence[Turn], talk: Negotiation) -> Intent:
    """What was asked for; who has an appointment and names another time wants to move it."""
    intent = intent_of(turns)
    done = {confirmation.action for confirmation in talk.confirmations}
    if "rescheduled" in done and (talk.existing is not None or "booked" not in done):
        return "reschedule"
    if intent == "cancel" and talk.agreed is not None:
        return "reschedule"
    if done == {"cancelled"} and talk.agreed is None:
        return "cancel"
    if intent in ("book", "ask", "none") and talk.existing is not None:
        if talk.agreed is not None:
            return "reschedule"
        callers = [turn for turn in turns if turn.speaker == "caller"]
        if "cancelled" in done or any(cannot_come(turn) for turn in callers):
            return "cancel"
    if intent in ("ask", "none") and talk.agreed is not None:
        return "book"
    if intent in ("ask", "none") and talk.names_a_time(exactly=intent == "ask"):
        return "book"
    return intent


def _slots(intent: Intent, talk: Negotiation) -> tuple[Slot | None, Slot | None]:
    """(wanted, existing) as far as the intent has them."""
    if intent == "cancel":
        return None, talk.existing_slot() or talk.last_wish_slot()
    if intent == "reschedule":
        return talk.wanted(), talk.existing_slot()
    return (talk.wanted() if intent == "book" else None), None


def _settled(intent: Intent, talk: Negotiation, existing: Slot | None) -> bool:
    if intent == "cancel":
        return existing is not None
    if intent not in ("book", "reschedule"):
        return False
    if talk.unable and not talk.confirmations:
        return False
    return talk.agreed is not None and not talk.withdrawn and not talk.in_doubt


def _question(intent: Intent, talk: Negotiation, wanted: Slot | None) -> str | None:
    """What would have to be asked to book it."""
    if intent not in ("book", "reschedule") or talk.withdrawn or talk.declined:
        return None
    understood = talk.hearing.understand(talk.wish)
    if understood.question:
        return understood.question
    if wanted is None:
        return wording.which_day()
    return wording.invalid("time", "missing") if wanted.time is None else None
