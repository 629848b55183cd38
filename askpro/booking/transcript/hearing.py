"""The days and times in a conversation, read by the grammar of spoken dates within a budget.

A transcript can be long and hostile. Only turns with a word of time in them are read, the newest
first, until the budget is spent: what was said last decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import product

from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.clock import Clock
from askpro.booking.dates.feasts import FIRST_WORDS
from askpro.booking.dates.lexicon import sense_of
from askpro.booking.dates.numbers import CARDINALS, ORDINALS
from askpro.booking.dates.resolution import resolve
from askpro.booking.dates.scanner import statements_in
from askpro.booking.dates.statements import Said, Statement, alternatives_of, together
from askpro.booking.dates.tokens import tokens_of
from askpro.booking.dates.values import Frame, Reading, Understanding
from askpro.booking.transcript.turns import Turn

BUDGET_CHARACTERS = 4000
LONGEST_PIECE = 400
_TIME_KINDS = frozenset(
    {
        "near", "morgen", "weekday", "recurring", "month", "part", "unit", "weekend", "half",
        "quarter", "uhr", "midnight", "which", "same", "later", "edge", "kw",
    }
)  # fmt: skip


def speaks_of_time(turn: Turn) -> bool:
    return any(_is_time_word(word) for word in turn.vocabulary)


def _is_time_word(word: str) -> bool:
    if word in CARDINALS or word in ORDINALS or word in FIRST_WORDS or word[0].isdigit():
        return True
    sense = sense_of(word)
    return sense is not None and sense.kind in _TIME_KINDS


class Hearing:
    """What one call's turns say of time. ``anchor`` is the day last spoken of."""

    def __init__(self, frame: Frame, turns: Sequence[Turn]) -> None:
        self.frame = frame
        self.anchor: date | None = None
        self._audible = _within_budget(turns)

    def hears(self, place: int) -> bool:
        """Whether the turn at that place speaks of time and is still within the budget."""
        return place in self._audible

    def statements(
        self, sentence: Turn, *, expect: str | None = None, heeds_refusals: bool = True
    ) -> list[Statement]:
        """The statements of one sentence; of a very long one, of its first words."""
        if not speaks_of_time(sentence):
            return []
        text = sentence.text[:LONGEST_PIECE]
        frame = replace(self.frame, anchor=self.anchor)
        tokens = tokens_of(text)
        return statements_in(tokens, frame, expect=expect, heeds_refusals=heeds_refusals)

    def understand(self, statement: Statement | None) -> Understanding:
        if statement is None:
            return Understanding()
        return resolve([statement], replace(self.frame, anchor=self.anchor))

    def choices(self, statement: Statement) -> list[Statement]:
        """ "Um neun, um elf und um dreizehn Uhr" are three; what means one thing stays one."""
        readings = self.understand(statement).readings
        if len(readings) < 2:
            return [statement]
        several = [
            replace(statement, said=tuple(s for s in statement.said if s in kept))
            for kept in product(_of_one_kind(statement, Days), _of_one_kind(statement, Clock))
        ]
        found: dict[Reading, Statement] = {}
        for one in several:
            reading = self.only_reading(one)
            if reading is not None:
                found.setdefault(reading, one)
        return list(found.values()) or [statement]

    def only_reading(self, statement: Statement | None) -> Reading | None:
        return self.understand(statement).reading

    def day_of(self, statement: Statement | None) -> date | None:
        """The one day that the statement speaks of, whatever is open about its time."""
        readings = self.understand(statement).readings
        days = {r.start.date for r in readings if r.day_said and not _is_vague(r)}
        return days.pop() if len(days) == 1 else None

    def is_over(self, statement: Statement) -> bool:
        """Whether it speaks of a day that lies behind: a birthday, "letzten Monat"."""
        if any(days.word == "past" for days, _ in statement.days):
            return all(days.word == "past" for days, _ in statement.days)
        day = self.day_of(statement) if statement.days else None
        return day is not None and day < self.frame.today

    def speak_of(self, statement: Statement | None) -> None:
        """Remember the day for "am Mittwoch drauf"."""
        self.anchor = self.day_of(statement) or self.anchor


def _of_one_kind(statement: Statement, kind: type[Days] | type[Clock]) -> list[Said | None]:
    return [said for said in statement.said if isinstance(said.what, kind)] or [None]


def changed(old: Statement | None, new: Statement) -> Statement:
    """``new`` said after ``old``: it replaces what it names, the rest stays."""
    if old is None:
        return replace(new, joined="start")
    return alternatives_of([old, replace(new, joined="correct")])[0]


def both_true(one: Statement, other: Statement) -> list[Statement]:
    """One and the other at once; more than one statement where they contradict each other."""
    return together([[replace(one, joined="start")], [replace(other, joined="start")]])


def _is_vague(reading: Reading) -> bool:
    end = reading.end.date if reading.end else None
    return reading.grain in ("week", "month", "weekend", "year") or (
        end is not None and reading.start.date is not None and (end - reading.start.date).days > 1
    )


def _within_budget(turns: Sequence[Turn]) -> frozenset[int]:
    left, heard = BUDGET_CHARACTERS, []
    for place in range(len(turns) - 1, -1, -1):
        if left <= 0:
            break
        if speaks_of_time(turns[place]):
            left -= len(turns[place].text)
            heard.append(place)
    return frozenset(heard)
