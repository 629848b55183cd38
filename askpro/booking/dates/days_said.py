"""One step of the walk: is a day or a stretch of days named here?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from askpro.booking.dates import calendar_days as calendar
from askpro.booking.dates import period_grammar
from askpro.booking.dates.agreement import settle
from askpro.booking.dates.calendar_days import (
    Days,
    between,
    beyond,
    on,
    single,
    weekday,
)
from askpro.booking.dates.clock import Clock, Stretch
from askpro.booking.dates.day_grammar import day_at, pair_as_day
from askpro.booking.dates.lexicon import FILLERS
from askpro.booking.dates.months_named import DayMatch
from askpro.booking.dates.statements import Part
from askpro.booking.dates.times_said import ARTICLES, TO
from askpro.booking.dates.tokens import rank_at
from askpro.booking.dates.walk import Walk

_NEXT_TO_IT = frozenset({("which", "last"), ("which", "next")})
_COUNTED_FROM = frozenset({"feast", "date", "day_of_month", "near", "weekday"})
#: "Der vierte Samstag vor Weihnachten" is counted, the fifteenth is none.
_MOST_WEEKS_BESIDE = 6
_DATED = frozenset({"termin", "datum", "tag"})
_BEFORE_THE_LAST_DAY = frozenset({"zum", "zu", "den", "dem", "am", "einschliesslich"})


def day_said(walk: Walk) -> bool:
    """Keeps the day that is named at the walk's place and moves on; False when none is."""
    past = period_grammar.past_at(walk.tokens, walk.i, walk.today)
    match = DayMatch(*past) if past else _beside(walk) or _weekday_beside(walk) or _week_from(walk)
    match = match or _any_day(walk, walk.i)
    if match is None:
        return False
    days, end = match.days, match.end
    joint = walk.tokens[end].text
    if joint in TO or (joint in ("und", "and") and walk.between):
        ranged = _range(walk, days, end + 1)
        if ranged:
            days, end = ranged
            walk.take_relation()
    if match.after_anchor:
        days = _count_from_anchor(walk, days)
    if days.word == "past" or _said_past_before(walk):
        days = _past(walk, days)
    if _is_since_then(walk):
        days = replace(days, word="past")
    if walk.strictly and walk.relation and not _ends_with_it(walk, days):
        days = beyond(days, walk.relation)
        walk.relation = None if walk.on_that_day else walk.relation
    # "bis Donnerstag, 12.10.": the words "bis" and "ab" hold for the whole name of the day.
    if walk.relation is None and walk.last == "day" and _goes_on_naming(walk, days):
        walk.relation = walk.day_relation
    walk.day_relation = None if walk.strictly else walk.relation
    if _is_another_day(walk, days):
        walk.begin_another_day()
    if walk.tokens[end].means("around_after"):
        walk.relation = walk.relation or "around"
    walk.keep(days, walk.take_relation())
    if match.part:
        walk.keep(Part(match.part))
    walk.move(end, "day")
    return True


def _any_day(walk: Walk, i: int) -> DayMatch | None:
    token = walk.tokens[i]
    if token.kind == "pair":
        days = None if _is_a_shade(walk, i) else pair_as_day(token, walk.today)
        return DayMatch(days, i + 1) if days else None
    loose = walk.expect == "day" or (walk.last == "day" and walk.draft.joined != "start")
    found = day_at(walk.tokens, i, walk.today, loose=loose)
    if found:
        return found
    period = period_grammar.period_at(walk.tokens, i, walk.today) or _ahead(walk, i)
    if period:
        return DayMatch(*period)
    if period_grammar.later_at(walk.tokens, i, walk.today) is None:
        return None  # The anchor is only looked for where something counts from it.
    anchor = _anchor(walk)
    later = period_grammar.later_at(walk.tokens, i, anchor) if anchor else None
    if later is None:
        return None
    days, end = later
    said = walk.days_said()
    if said and said[-1].word == "weekday" and days.word == "week" and anchor:
        days = on(anchor + timedelta(weeks=1), "near")  # "Freitag die Woche drauf"
    return DayMatch(days, end, after_anchor=True)


def _ends_with_it(walk: Walk, days: Days) -> bool:
    """ "Vor Monatsende", "vor Ende der Woche": while the end lasts."""
    return days.word == "edge" and walk.text().endswith("ende") and walk.relation == "until"


def _is_since_then(walk: Walk) -> bool:
    """ "Seit Montag (tut es weh)", "seit dem Wochenende"."""
    place = -2 if walk.text(-1) in ARTICLES else -1
    return walk.text(place) == "seit"


def _is_a_shade(walk: Walk, i: int) -> bool:
    """ "Farbe 6.1 am Mittwoch": digits behind a noun, when another clause of it names the day."""
    noun, after = walk.tokens[i - 1], walk.tokens[i + 1]
    if not i or noun.kind != "word" or noun.sense or noun.number is not None:
        return False
    if noun.text in FILLERS | ARTICLES | _DATED or after.means("weekday", "weekday_short"):
        return False
    return any(token.means("weekday", "near", "morgen") for token in walk.tokens[i + 1 :])


def _beside(walk: Walk) -> DayMatch | None:
    """ "Eine Woche vor Weihnachten", "in der Woche nach Ostern"."""
    found = period_grammar.before_or_after_at(walk.tokens, walk.i)
    if found is None:
        return None
    before, after, end, whole = found
    while walk.tokens[end].text in ARTICLES:
        end += 1
    named = day_at(walk.tokens, end, walk.today)
    if named is None or named.days.word not in _COUNTED_FROM:
        return None
    days = calendar.days_around(named.days, before, after)
    if whole and after:
        days = calendar.without_a_second_monday(days)
    if not whole:
        spans = tuple(single(first if before else last) for first, last in days.spans)
        days = Days("date", "day", spans)
    return DayMatch(days, named.end)


def _week_from(walk: Walk) -> DayMatch | None:
    """ "(in der) Woche vom 23. (November)": seven days, unless their end is said as well."""
    sense = walk.tokens[walk.i].sense
    is_week = sense is not None and (sense.kind, sense.value) == ("unit", "week")
    if not is_week or walk.text(1) != "vom":
        return None
    named = day_at(walk.tokens, walk.i + 2, walk.today)
    if named is None or named.days.word not in ("date", "day_of_month") or not named.days.spans:
        return None
    if walk.tokens[named.end].text in TO:
        return None
    first = named.days.spans[0][0]
    return DayMatch(Days("week", "week", ((first, first + timedelta(days=6)),)), named.end)


def _weekday_beside(walk: Walk) -> DayMatch | None:
    """ "Mittwoch vor Ostern", "der zweite Freitag nach Neujahr", "letzter Montag vor Ostern"."""
    ranked = _rank_beside(walk)
    steps, i = ranked if ranked else (1, walk.i)
    token, joint = walk.tokens[i], walk.tokens[i + 1].text
    if not token.means("weekday") or joint not in ("vor", "nach") or token.sense is None:
        return None
    end = i + 2
    while walk.tokens[end].text in ARTICLES:
        end += 1
    named = day_at(walk.tokens, end, walk.today)
    kinds = ("feast", "date") if ranked else ("feast",)
    if named is None or named.days.word not in kinds or not named.days.spans:
        return None
    days = calendar.weekday_beside(
        named.days, int(token.sense.value), -steps if joint == "vor" else steps, walk.today
    )
    return DayMatch(days, named.end, token.sense.part)


def _rank_beside(walk: Walk) -> tuple[int, int] | None:
    """ "(der) zweite", "(der) letzte", "(der) nächste" before a weekday: how many weekdays away
    from what follows, and where the weekday stands. The last before a feast is the one next to it.
    """
    sense = walk.tokens[walk.i].sense
    if sense is not None and (sense.kind, sense.value) in _NEXT_TO_IT:
        return 1, walk.i + 1
    rank = rank_at(walk.tokens, walk.i)
    return rank if rank and 1 <= rank[0] <= _MOST_WEEKS_BESIDE else None


def _anchor(walk: Walk) -> date | None:
    """The day last spoken of: in these words, else in the conversation before."""
    for draft in reversed(walk.drafts):
        days = [said.what for said in draft.said if isinstance(said.what, Days)]
        spans = settle(days, walk.today)[0] if days else ()
        if spans:
            return spans[0][0]
    return walk.frame.anchor


def _ahead(walk: Walk, i: int) -> period_grammar.Match | None:
    """ "in vierzehn Tagen"; behind a weekday, days are weeks: "Dienstag in acht Tagen"."""
    found = period_grammar.ahead_at(walk.tokens, i, walk.today)
    before = walk.days_said()
    if found is None or walk.last_end != i or not before:
        return found if walk.tokens[i].text != "uber" else None
    days_ahead = (found[0].spans[0][0] - walk.today).days
    is_weeks = found[0].word == "ahead" and days_ahead in (7, 14)
    if is_weeks and before[-1].word == "weekday":
        return Days("weeks_ahead", "day", found[0].spans[:1], number=days_ahead // 7), found[1]
    return found


def _range(walk: Walk, first: Days, i: int) -> tuple[Days, int] | None:
    while walk.tokens[i].text in _BEFORE_THE_LAST_DAY:
        i += 1
    second = None if walk.tokens[i + 1].means("uhr") else _any_day(walk, i)
    if second is None and rank_at(walk.tokens, i) and not walk.tokens[i + 1].means("uhr"):
        second = day_at(walk.tokens, i, walk.today, loose=True)  # "vom 23. bis 27."
    ranged = between(first, second.days) if second else None
    return (ranged, second.end) if ranged and second else None


def _count_from_anchor(walk: Walk, days: Days) -> Days:
    """ "Am Freitag … am Mittwoch drauf": the day before is the anchor, no second condition; with
    "und" between them both are meant."""
    anchor = _anchor(walk)
    if walk.days_said():
        gap = walk.tokens[walk.last_end : walk.i]
        walk.begin("or" if any(token.text in ("und", "and") for token in gap) else "correct")
    walk.draft.anchored = True
    if anchor is None:
        return days
    if days.word == "weekday":
        return weekday(anchor, days.number)
    if days.word == "near" and days.number:
        return on(anchor + timedelta(days=days.number), "near")
    return days


def _is_another_day(walk: Walk, days: Days) -> bool:
    """Whether a weekday with its time was named before this other one; "bis Freitag" ends what
    that one began."""
    said = walk.draft.said
    before = walk.days_said()[-1:]
    if (
        walk.relation == "until"
        or walk.refused
        or walk.dropping
        or not before
        or isinstance(said[-1].what, Days)
    ):
        return False
    if before[0].word != "weekday" or days.word != "weekday":
        return False
    return before[0].number != days.number and isinstance(said[-1].what, Clock | Stretch | Part)


def _goes_on_naming(walk: Walk, days: Days) -> bool:
    """ "Bis Donnerstag, 12.10.", "bis nächste Woche Freitag": one limit by two names."""
    before = walk.days_said()[-1:]
    is_adjacent = walk.last_end == walk.i and bool(before) and before[0].word != "weekday"
    return _is_right_behind(walk, days) or (is_adjacent and days.word == "weekday")


def _is_right_behind(walk: Walk, days: Days) -> bool:
    """Whether the day goes on naming the one before it, as no second weekday does."""
    before = walk.days_said()[-1:]
    if any(said.word == "past" or not _may_be_one(said, days) for said in before):
        return False
    if days.word == "weekday" and any(said.word == "weekday" for said in before):
        return False
    gap = walk.tokens[walk.last_end : walk.i]
    return len(gap) <= 2 and all(token.text in ARTICLES | {",", "."} for token in gap)


def _may_be_one(one: Days, other: Days) -> bool:
    return any(other.allows(span[0]) for span in one.readings) or any(
        one.allows(span[0]) for span in other.readings
    )


def _said_past_before(walk: Walk) -> bool:
    said = walk.days_said()
    return bool(said) and said[-1].word == "past" and walk.last_end == walk.i


def _past(walk: Walk, days: Days) -> Days:
    """ "Mittwoch vor zwei Wochen", "letzte Woche Mittwoch", "Ostern letzten Jahres": one day that
    is over, instead of a day ahead and a mention of the past."""
    said = walk.days_said()
    if not said or walk.last_end != walk.i:
        return days
    named, over = (said[-1], days) if days.word == "past" else (days, said[-1])
    if over.word != "past" or not over.spans:
        return days
    first, last = over.spans[0]
    found = tuple(span for span in named.spans if first <= span[0] <= last)
    if named.word == "weekday":
        found = (single(first + timedelta(days=named.number - first.weekday())),)
    if not found:
        return days
    walk.draft.said = [kept for kept in walk.draft.said if kept.what is not said[-1]]
    return Days("past", "day", found[:1])
