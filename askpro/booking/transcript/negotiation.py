"""Which appointment agent and caller agree on: wishes, offers, acceptances, changes of mind.

Knows turns and times; who calls and what for is read elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from askpro.booking.dates.statements import Statement, alternatives_of
from askpro.booking.dates.values import Reading
from askpro.booking.transcript import speech_acts
from askpro.booking.transcript.changes import (
    cannot_come,
    changes_something,
    sentence_parts,
    wants_to_book,
)
from askpro.booking.transcript.contact import answers_something_else
from askpro.booking.transcript.facts import Action, Confirmation, Slot
from askpro.booking.transcript.hearing import Hearing, both_true, changed, speaks_of_time
from askpro.booking.transcript.turns import Turn

_FIRST = frozenset({"erste", "ersten", "erster", "erstere", "ersteren", "ersteres"})
_SECOND = frozenset(
    {"zweite", "zweiten", "zweiter", "letzteres", "letzteren", "zweitere", "zweites"}
)
_MOST_OFFERS = 6


@dataclass
class Negotiation:
    """Where the talk stands. ``agreed`` is what both sides said yes to.

    ``wishes`` are the caller's, more than one where "oder" was said; ``existing`` is the
    appointment to move or cancel. ``in_doubt``: the agent's last question about the time was not
    answered. ``may_be_gone``: "hat sich erledigt" was said of something, which the agent's next
    word tells. ``unable``: the agent could not settle it ("ein Kollege meldet sich").
    """

    hearing: Hearing
    changes_something: bool = False
    wishes: list[Statement] = field(default_factory=list)
    offers: list[Statement] = field(default_factory=list)
    existing: Statement | None = None
    agreed: Reading | None = None
    withdrawn: bool = False
    may_be_gone: bool = False
    declined: bool = False
    in_doubt: bool = False
    unable: bool = False
    confirmations: list[Confirmation] = field(default_factory=list)

    @property
    def wish(self) -> Statement | None:
        return self.wishes[-1] if self.wishes else None

    # -- the caller --

    def caller_says(self, turn: Turn, asked: frozenset[str], *, audible: bool) -> None:
        content, existing = self._content(turn, asked) if audible else ([], [])
        if self.confirmations and speech_acts.remarks(turn) and _names_one_day_twice(content):
            content = []  # "Ach nein, Dienstag ist ja heute."
        for statement in existing:
            self.changes_something = True
            self.existing = changed(self.existing, statement)
            self.hearing.speak_of(self.existing)
        if content:
            self._name_a_time(content, turn)
        elif self.confirmations and speech_acts.disputes(turn):
            self.in_doubt = True
        elif speech_acts.agrees(turn):
            self._accept(turn)
        elif speech_acts.withdraws(turn) or speech_acts.refuses(turn):
            self._refuse(turn)

    def _refuse(self, turn: Turn) -> None:
        """ "Nein danke" behind a confirmed appointment refuses something else."""
        withdraws = speech_acts.withdraws(turn)
        if self.agreed is not None and self.confirmations:
            self.withdrawn = self.withdrawn or speech_acts.takes_back(turn)
            self.may_be_gone = speech_acts.may_take_back(turn)
            return
        if withdraws:
            self.withdrawn = True
        if self.offers:
            self.offers, self.agreed, self.declined = [], None, True

    def _content(
        self, turn: Turn, asked: frozenset[str]
    ) -> tuple[list[Statement], list[Statement]]:
        """(what is wished, what is said of the existing appointment) in a caller's turn."""
        if answers_something_else(turn, asked):
            return [], []
        wished: list[Statement] = []
        existing: list[Statement] = []
        offers_times = any(offer.clocks for offer in self.offers)
        expect = "time" if offers_times or ("time" in asked and self.wish) else None
        about_existing = "existing" in asked and "new" not in asked
        for sentence in turn.sentences():
            if changes_something(sentence):
                self.changes_something = True
            for part, is_existing in sentence_parts(sentence, self.changes_something):
                is_existing = is_existing or (about_existing and not wished)
                heard = self._heard(part, expect, is_existing)
                if not heard and cannot_come(part) and not (wished or self._is_booking(turn)):
                    # "Nächsten Dienstag kann ich nicht": there is an appointment on that day.
                    heard, is_existing = self._heard(part, expect, True), True
                if not heard:
                    continue
                if is_existing:
                    existing += heard[-1:]
                else:
                    wished.append(replace(heard[0], joined=_joint(sentence) if wished else "start"))
                    wished += heard[1:]
        return alternatives_of(wished), existing

    def _is_booking(self, turn: Turn) -> bool:
        """Whether the talk is about a new appointment, so that a day refused is no existing one."""
        return bool(self.wishes or self.offers) or wants_to_book(turn)

    def _heard(self, part: Turn, expect: str | None, is_existing: bool) -> list[Statement]:
        if is_existing:
            return self.hearing.statements(part, expect="day", heeds_refusals=False)
        heard = self.hearing.statements(part, expect=expect)
        return [statement for statement in heard if not self.hearing.is_over(statement)]

    def _name_a_time(self, content: list[Statement], turn: Turn) -> None:
        """The caller names a time: one of those on offer, or another one."""
        self.withdrawn = self.declined = self.in_doubt = False
        if self.confirmations and self.agreed is not None:
            content = [_see_you(statement) for statement in content]
        if self.offers and len(content) == 1 and self._picks(content[0], turn):
            return
        base = self._base(content)
        self.wishes = [changed(base, statement) for statement in content]
        self.offers, self.agreed = [], None
        self.hearing.speak_of(self.wish)

    def _base(self, content: list[Statement]) -> Statement | None:
        """What a time that is named now completes: the wish, else the only offer, else, where no
        day is named, the appointment to move ("den auf elf verlegen")."""
        if self.wish is not None or len(self.offers) == 1:
            return self.wish or self.offers[0]
        return None if any(statement.days for statement in content) else self.existing

    def _picks(self, said: Statement, turn: Turn) -> bool:
        """Whether exactly one of the offers is what the caller names now."""
        fitting = []
        for offer in self.offers:
            together = both_true(offer, said)
            reading = self.hearing.only_reading(together[0]) if len(together) == 1 else None
            if reading is not None:
                fitting.append((together[0], reading))
        if len(fitting) != 1 or (speech_acts.refuses(turn) and len(self.offers) == 1):
            return False
        statement, reading = fitting[0]
        self.wishes, self.offers = [statement], [statement]
        self.agreed = reading if reading.exact else None
        self.hearing.speak_of(statement)
        return True

    def _accept(self, turn: Turn) -> None:
        chosen = self.offers[0] if len(self.offers) == 1 and not self.in_doubt else None
        if chosen is None and len(self.offers) > 1:
            if turn.vocabulary & _FIRST:
                chosen = self.offers[0]
            elif turn.vocabulary & _SECOND:
                chosen = self.offers[1]
        if chosen is None:
            return
        self._agree(chosen)

    def _agree(self, statement: Statement) -> None:
        self.withdrawn = self.declined = self.in_doubt = False
        self.wishes = [statement]
        reading = self.hearing.only_reading(statement)
        self.agreed = reading if reading and reading.exact else None
        self.hearing.speak_of(statement)

    # -- the agent --

    def agent_says(self, turn: Turn, *, audible: bool) -> None:
        self.unable = self.unable or speech_acts.is_unable(turn)
        offers: list[Statement] = []
        done: Action | None = None
        speaks_of_existing = False
        for sentence in turn.sentences():
            said_done = speech_acts.says_done(sentence)
            done = said_done or done
            if speech_acts.is_taken(sentence) and not (done or self.confirmations):
                self.agreed = None  # "Oh, der ist gerade vergeben worden."
            if not audible or not speaks_of_time(sentence):
                continue
            if speech_acts.tells_opening_hours(sentence) or speech_acts.is_taken(sentence):
                continue
            if speech_acts.tells_conditions(sentence):
                continue
            if done and not said_done and "?" in sentence.text:
                continue  # "Eingetragen. Möchten Sie gleich einen im Dezember ausmachen?"
            heard = [_see_you(statement) for statement in self.hearing.statements(sentence)]
            if said_done == "cancelled" or (self.changes_something and _is_yours(sentence)):
                speaks_of_existing = bool(heard) or speaks_of_existing
                for statement in heard[:1]:
                    self.existing = changed(self.existing, statement)
                continue
            self._add_offers(offers, heard, sentence)
        if offers:
            self._offer(offers, turn, done)
        if done:
            self._confirm(done)

    def _offer(self, offers: list[Statement], turn: Turn, done: Action | None) -> None:
        filled = [changed(self._base([offer]), offer) for offer in offers[:_MOST_OFFERS]]
        asks_which_half = len(filled) == 1 and turn.words[-1:] == ("oder",)
        self.in_doubt = asks_which_half or (len(filled) > 1 and self._differ_by_half(filled))
        self.offers = filled
        if self.agreed is not None and not (done or self.confirmations):
            readings = [self.hearing.only_reading(offer) for offer in filled]
            if self.agreed not in readings:
                self.agreed = None  # "Donnerstag vielleicht?": what was agreed on no longer is.
        if len(filled) == 1:
            self.hearing.speak_of(filled[0])
            if done in ("booked", "rescheduled"):
                self._agree(filled[0])
                self.offers = filled

    def _add_offers(self, offers: list[Statement], heard: list[Statement], sentence: Turn) -> None:
        """Add a sentence's statements; one that goes with the one before completes it."""
        for statement in alternatives_of(heard):
            if len(choices := self.hearing.choices(statement)) > 1:
                offers += choices
                continue
            together = both_true(offers[-1], statement) if offers else []
            fits = len(together) == 1 and self.hearing.understand(together[0]).reading is not None
            if fits and sentence.words[0] != "oder":
                offers[-1] = together[0]
            else:
                offers.append(replace(statement, joined="start"))

    def _differ_by_half(self, offers: list[Statement]) -> bool:
        """ "Acht Uhr morgens oder abends?" asks about the wish, it offers nothing new."""
        readings = [self.hearing.only_reading(offer) for offer in offers]
        times = {r.start.time for r in readings if r and r.start.time}
        return len(times) == len(offers) and len({(t.hour % 12, t.minute) for t in times}) == 1

    def _confirm(self, done: Action) -> None:
        if done == "cancelled":
            gone = (self.withdrawn or self.may_be_gone) and self.existing is None
            if gone or self._was_agreed_on(self.existing):
                # What was made a moment ago is gone again.
                self.offers, self.agreed, self.withdrawn = [], None, True
            self.confirmations.append(Confirmation(done, self._slot(self.existing)))
            return
        named = self.offers if len(self.offers) == 1 else self.wishes
        if self.agreed is None and not self.withdrawn and len(named) == 1:
            self._agree(named[0])
        self.confirmations.append(Confirmation(done, _slot_of(self.agreed)))

    def _was_agreed_on(self, statement: Statement | None) -> bool:
        """Whether a cancelled appointment is the one that this call booked."""
        booked = any(confirmation.action == "booked" for confirmation in self.confirmations)
        slot = self._slot(statement)
        return booked and slot is not None and slot == _slot_of(self.agreed)

    # -- what came out --

    def wanted(self) -> Slot | None:
        """What was agreed on, else what the caller wished for as far as it was named."""
        if self.agreed is not None:
            return _slot_of(self.agreed)
        if self.withdrawn or self.declined or not self.wishes:
            return None
        return self._slot(self.wish) if len(self.wishes) == 1 else None

    def names_a_time(self, *, exactly: bool) -> bool:
        """Whether some wish is for a day, or days, or (``exactly``) for a day and a time."""
        if not exactly:
            return any(self.hearing.understand(wish).readings for wish in self.wishes)
        slots = [self._slot(wish) for wish in self.wishes]
        return any(slot is not None and slot.time for slot in slots)

    def last_wish_slot(self) -> Slot | None:
        """The day that the caller spoke of, whatever became of it."""
        return self._slot(self.wish)

    def existing_slot(self) -> Slot | None:
        return self._slot(self.existing)

    def _slot(self, statement: Statement | None) -> Slot | None:
        day = self.hearing.day_of(statement)
        if day is None:
            return None
        reading = self.hearing.only_reading(statement)
        exact = reading is not None and reading.exact and not self.in_doubt
        return Slot(day, reading.start.time if reading and exact else None)


def _see_you(statement: Statement) -> Statement:
    """ "Bis Freitag um halb elf" is how people say goodbye, no limit."""
    said = tuple(replace(s, relation="at") if s.relation == "until" else s for s in statement.said)
    return replace(statement, said=said)


def _names_one_day_twice(content: list[Statement]) -> bool:
    """Whether nothing but a day was said, and that in two ways."""
    if len(content) != 1 or content[0].times:
        return False
    days = [what for what, _ in content[0].days]
    return len(days) > 1 and all(what.word != "past" for what in days)


def _is_yours(sentence: Turn) -> bool:
    """ "Ihr Termin am Freitag um acht": the existing one, unless it is said to be moved there."""
    return (
        "termin" in sentence.vocabulary
        and bool(sentence.vocabulary & {"ihr", "ihren", "ihrem", "den", "der"})
        and speech_acts.says_done(sentence) != "rescheduled"
    )


def _joint(sentence: Turn) -> Literal["or", "correct"]:
    return "or" if sentence.words[0] == "oder" else "correct"


def _slot_of(reading: Reading | None) -> Slot | None:
    if reading is None or reading.start.date is None:
        return None
    return Slot(reading.start.date, reading.start.time)
