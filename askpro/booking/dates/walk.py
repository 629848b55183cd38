"""Where a walk over the tokens stands, and what the words so far announce.

The state behind :mod:`.scanner`; the rules are :mod:`.steering`, :mod:`.times_said` and
:mod:`.days_said`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.clock import Clock, Stretch
from askpro.booking.dates.numbers import words
from askpro.booking.dates.statements import Part, Said, Statement, What
from askpro.booking.dates.tokens import Token
from askpro.booking.dates.values import Frame, Relation

Joined = Literal["start", "correct", "or"]

SUITING = words(
    "passt passte passen geht gehts ginge gehen kann konnte klappt klappen schaffe schaff "
    "haut will mochte mag darf recht"
)
_AT_LEAST = words("erst nur höchstens frühestens allenfalls")
_BEFORE_AN_EXCEPTION = words("oder und dann wenn also halt") | {","}
_NEW_CLAUSE = words("wenn aber weil denn")

_OPPOSITE: dict[Relation, Relation] = {"until": "from", "from": "until"}


@dataclass
class Draft:
    """A statement in the making."""

    joined: Joined
    said: list[Said] = field(default_factory=list)
    anchored: bool = False


class Walk:
    """``relation`` and ``announced`` wait for the next day or time ("ab", "um"); ``strictly``
    makes "nach Ostern" the day after, ``on_that_day`` "am Tag nach Ostern" only that day.
    ``between`` waits for the "bis" of a stretch. ``refused`` is a "nicht" that has not met its day
    yet, ``refuses_before`` that it may mean days already said; ``dropping`` refuses the rest of the
    segment, ``dropped`` that this one and ``dropped_before`` that the one before was refused;
    ``only_next`` that a "statt" refuses the next mention only; ``turns_round`` that its next limit
    is the caller's own ("ich arbeite bis vier"). A segment ends at a comma or a stop.
    ``dropped_days`` are the days refused last, ``beside`` those of other days than the wish's,
    should one be named. ``last`` is the kind of what was kept last,
    ``last_end`` where its words ended.
    """

    def __init__(
        self,
        tokens: list[Token],
        frame: Frame,
        expect: str | None = None,
        *,
        heeds_refusals: bool = True,
    ) -> None:
        self.tokens = tokens
        self.heeds_refusals = heeds_refusals
        self.frame = frame
        self.today = frame.today
        self.expect = expect
        self.drafts = [Draft("start")]
        self.i = 0
        self.relation: Relation | None = None
        self.strictly = self.on_that_day = False
        self.announced = expect == "time"
        self.between = False
        self.refused = self.refuses_before = self.dropping = False
        self.only_next = False
        self.comparing = self.turns_round = self.dropped = self.dropped_before = False
        self.segment = 0
        self.in_segment: list[Said] = []
        self.days_of_refused_times: list[Said] = []
        self.dropped_days: list[Days] = []
        self.beside: list[Said] = []
        self.day_relation: Relation | None = None
        self.last = ""
        self.last_end = -1

    @property
    def draft(self) -> Draft:
        return self.drafts[-1]

    def text(self, ahead: int = 0) -> str:
        place = self.i + ahead
        return self.tokens[place].text if place >= 0 else ""

    def days_said(self) -> list[Days]:
        return [said.what for said in self.draft.said if isinstance(said.what, Days)]

    def last_time(self) -> Said | None:
        """The clock time or the stretch that was said last, corrected or not."""
        said = [said for draft in self.drafts for said in draft.said]
        return next((one for one in reversed(said) if isinstance(one.what, Clock | Stretch)), None)

    def statements(self) -> list[Statement]:
        self._forget_what_is_beside()
        said = [said for draft in self.drafts for said in draft.said]
        if said and not any(isinstance(one.what, Days) for one in said):
            first = next(draft for draft in self.drafts if draft.said)
            first.said = [*self.days_of_refused_times, *first.said]
        return [
            Statement(draft.joined, tuple(draft.said), draft.anchored)
            for draft in self.drafts
            if draft.said
        ]

    # -- announcing --

    def announce(self, relation: Relation, ahead: int = 0, *, strictly: bool = False) -> None:
        """The next day or time stands in this relation; ``ahead`` more words belong to it."""
        self.relation, self.announced, self.strictly = relation, True, strictly
        self.on_that_day = False
        self.i += ahead

    def take_relation(self) -> Relation:
        relation = self.relation or "at"
        self.relation, self.strictly = None, False
        return relation

    def relate_last(self, relation: Relation, times: int = 1) -> None:
        """ "(um drei) oder später": the relation came behind the time, or behind so many."""
        said = self.draft.said
        for place in range(max(len(said) - times, 0), len(said)):
            is_tied = isinstance(said[place].what, Days) and said[place].relation != "at"
            if isinstance(said[place].what, Clock | Days) and not is_tied:
                said[place] = Said(said[place].what, relation)

    def forget_announcements(self) -> None:
        self.relation, self.between, self.announced, self.strictly = None, False, False, False

    # -- keeping and refusing --

    def keep(self, what: What, relation: Relation = "at") -> None:
        """Add to the statement, unless a "nicht" refuses this segment's days and times."""
        if self.refused:
            self.refused, self.dropping = False, not self.only_next
            if self.only_next:
                self.only_next = False
                return
        if self.dropping:
            return
        if self.turns_round and relation in _OPPOSITE:
            self.turns_round = False
            if isinstance(what, Days):
                self.day_relation = None
                return  # "Mein Urlaub geht bis Freitag" names the days that do not suit.
            if isinstance(what, Clock):
                relation = _OPPOSITE[relation]
        said = Said(what, relation)
        self.draft.said.append(said)
        self.in_segment.append(said)

    def move(self, end: int, kind: str) -> None:
        self.i, self.last, self.last_end = end, kind, end
        self.between = self.announced = False

    def begin(self, joined: Joined) -> None:
        """A correction or a choice begins with the next word."""
        self.refused = self.refuses_before = self.dropping = self.only_next = False
        self.forget_announcements()
        self.announced = self.last == "clock" or self.expect == "time"
        self.begin_segment()
        if self.draft.said:
            self.drafts.append(Draft(joined))
        elif joined == "correct" and len(self.drafts) > 1:
            self.draft.joined = joined

    def prefer_segment(self) -> None:
        """ "(Mittwoch hat sie Ballett,) Donnerstag wäre besser": what this segment said is the
        correction of what was said before it."""
        told = {id(said) for said in self.in_segment}
        before = [said for said in self.draft.said if id(said) not in told]
        if told and not before and self.draft.joined == "or":
            self.draft.joined = "correct"
        if before and told:
            self.drafts[-1].said = before
            self.drafts.append(Draft("correct", list(self.in_segment)))

    def begin_another_day(self) -> None:
        """ "Mittwoch um neun, Freitag um zehn": the next day begins a choice of its own."""
        relation = self.relation
        self.begin("or")
        self.relation, self.segment = relation, self.i

    def begin_segment(self) -> None:
        self.segment, self.in_segment, self.turns_round = self.i + 1, [], False
        self.dropped_before, self.dropped = self.dropped, False

    def call_segment_past(self) -> None:
        """ "Ich war im Oktober da, …": its days leave where others are named."""
        if any(isinstance(s.what, Days) and s.what.word == "past" for s in self.in_segment):
            return  # "Ich war letzte Woche da und hätte gern am Freitag …" says so itself.
        self.beside += [said for said in self.in_segment if isinstance(said.what, Days)]

    def _forget_what_is_beside(self) -> None:
        beside = {id(said) for said in self.beside}
        days = [s for draft in self.drafts for s in draft.said if isinstance(s.what, Days)]
        if all(id(said) in beside for said in days):
            return
        for draft in self.drafts:
            told = [said for said in draft.said if isinstance(said.what, Days)]
            if told and all(id(said) in beside for said in told):
                draft.said = []
            draft.said = [
                Said(replace(said.what, word="past"), said.relation)
                if id(said) in beside and isinstance(said.what, Days)
                else said
                for said in draft.said
            ]

    def settle_refusal(self) -> None:
        """ "Montag passt mir nicht": no day came behind the "nicht", so it meant those before."""
        if self.refused and self.refuses_before and self._speaks_of_suiting():
            self.drop_segment()
        self.refused = False

    def forget_segment(self) -> None:
        """As if this segment had named no day and no time."""
        told = {id(said) for said in self.in_segment}
        self.draft.said = [said for said in self.draft.said if id(said) not in told]
        self.in_segment = []

    def drop_segment(self) -> None:
        """Take back what this segment said. A limit turns round: who can't before nine can from
        nine on. The days of a time that does not suit are kept for a time that follows."""
        self.dropped = True
        dropped = {id(said) for said in self.in_segment}
        kept = [said for said in self.draft.said if id(said) not in dropped]
        days = [said for said in self.in_segment if isinstance(said.what, Days)]
        clocks = [said for said in self.in_segment if isinstance(said.what, Clock)]
        parts = [said for said in self.in_segment if isinstance(said.what, Part)]
        limits = [said for said in clocks if said.relation in _OPPOSITE]
        if limits:
            turned = [Said(said.what, _OPPOSITE[said.relation]) for said in limits]
            kept += [*(Said(said.what) for said in days), *turned]
        elif clocks or parts or self._limits_them_at_least():
            self.days_of_refused_times = days
        self.draft.said = kept
        if not limits:
            self._drop_again([said.what for said in clocks])
        self.dropped_days = [said.what for said in days if isinstance(said.what, Days)]
        self.in_segment = []

    def _limits_them_at_least(self) -> bool:
        """ "(Montag kann ich nicht,) oder erst ab drei", "höchstens bis elf": on that day."""
        following = self.tokens[self.i : self.i + 5]
        behind = [token for token in following if token.text not in _BEFORE_AN_EXCEPTION]
        limit = behind[1] if len(behind) > 1 else behind[0]
        return behind[0].text in _AT_LEAST and limit.means("from", "until")

    def _drop_again(self, clocks: list[What]) -> None:
        """ "Um neun, nee, neun ist zu früh": the time is refused wherever it was said."""
        for draft in self.drafts:
            draft.said = [said for said in draft.said if said.what not in clocks]

    def _speaks_of_suiting(self) -> bool:
        """ "(Montag) passt mir nicht", "(Montag) nicht": not "ich bin um vier nicht da"."""
        ends = self.tokens[self.i]
        if ends.kind in ("punct", "end") or ends.text in _NEW_CLAUSE or ends.means("correct"):
            return True
        return any(token.text in SUITING for token in self.tokens[self.segment : self.i])
