"""One step of the walk: is a time named here, or digits that could be one?"""

from __future__ import annotations

from askpro.booking.dates.calendar_days import YEARS_KNOWN, Days, dated, on
from askpro.booking.dates.clock import Clock, Stretch
from askpro.booking.dates.clock_grammar import (
    are_minutes,
    clock_at,
    is_hour,
    spelled_at,
    stretch_at,
    two_hours_at,
)
from askpro.booking.dates.day_grammar import pair_as_day
from askpro.booking.dates.day_parts import offset_at, part_at
from askpro.booking.dates.lexicon import COUNTED, FILLERS
from askpro.booking.dates.numbers import words
from askpro.booking.dates.ranks import day_follows
from askpro.booking.dates.statements import Offset, Part
from askpro.booking.dates.steering import OPEN_ENDS
from askpro.booking.dates.tokens import Token, number_at
from askpro.booking.dates.walk import Walk
from askpro.booking.dates.without_day import distance_at

ARTICLES = frozenset({"den", "dem", "der", "am", "vom", "zum"})
#: What follows a time and is counted by no number.
_GOES_ON = words("ginge geht gehts hätte hätten haben kann könnte klappt wenn danke bei beim frei")
#: What may stand last between a day and its hour: "Freitag so elf", never "Freitag für zwei".
_HEDGES = words("so also dann bitte vielleicht eventuell wohl gern gerne äh ähm liebsten ja") | {
    ","
}
#: What may stand before: "Freitag, bitte nicht zu früh, so elf".
_SMALL_WORDS = FILLERS | words("nicht zu allzu früh spät wie wärs es s mit") | {","}
_SO = words("so eher")
_SUITS = words("passt passte ginge geht klappt wäre wär ist")
_LONGEST_HEDGE = 7
_BEFORE_A_DATE = ARTICLES | {"einschliesslich", "inklusive"}
TO = frozenset({"bis", "-", "–", "—", "/", "to", "until", "till"})


def time_said(walk: Walk) -> bool:
    """Keeps the time that is named at the walk's place and moves on; False when none is."""
    token = walk.tokens[walk.i]
    if token.stamp is not None:
        return _stamp(walk, token)
    offset = offset_at(walk.tokens, walk.i)
    if offset:
        walk.keep(Offset(*offset[0]))
        walk.move(offset[1], "offset")
        return True
    if _clock(walk, token) or _moved(walk) or _open_end(walk):
        return True
    part = part_at(walk.tokens, walk.i)
    if part is None:
        return False
    name, end, is_today = part
    if is_today:
        walk.keep(on(walk.today, "near"))
    if name == "mittags" and walk.strictly and walk.relation == "from":
        name = "nachmittags"  # "Nach dem Mittag" begins when noon is over.
        walk.take_relation()
    walk.keep(Part(name), walk.take_relation())
    walk.move(end, walk.last or "part")
    return True


def _clock(walk: Walk, token: Token) -> bool:
    tokens, i = walk.tokens, walk.i
    expected = walk.announced or walk.between or _can_only_be_a_time(walk, token)
    if _is_a_date(walk, token, expected):
        return False
    stretch = stretch_at(tokens, i, between=walk.between, expected=walk.announced)
    if stretch:
        walk.take_relation()
        walk.keep(stretch[0])
        walk.move(stretch[1], "clock")
        return True
    two = two_hours_at(tokens, i, expected=expected or _stands_behind_a_day(walk))
    if two:
        relation = walk.take_relation()
        walk.keep(two[0], relation)
        walk.keep(two[1], relation)
        walk.move(two[2], "clock")
        _hang_on(walk, 2)
        return True
    match = clock_at(tokens, i, expected=expected)
    match = match or _hour_behind_a_day(walk) or _hour_before_a_day(walk)
    if match is None:
        return False
    walk.keep(match[0], walk.take_relation())
    walk.move(match[1], "clock")
    _hang_on(walk)
    return True


def _hang_on(walk: Walk, times: int = 1) -> None:
    """ "(um zehn) rum", "(ab zehn) aufwärts": what is said behind the time, or behind two."""
    if walk.text() in OPEN_ENDS:
        walk.relate_last(OPEN_ENDS[walk.text()])
    elif walk.tokens[walk.i].means("around_after"):
        walk.relate_last("around", times)


def _moved(walk: Walk) -> bool:
    """ "(Um zehn, nein,) eine Stunde später": the time said before, so much later or earlier.

    Only as a correction or a choice: "um zehn, kann ich eine Stunde später kommen?" tells of both.
    """
    distance = distance_at(walk.tokens, walk.i) if walk.draft.joined != "start" else None
    if distance is None or not distance[0].minutes:
        return False
    shift, end = distance
    said = walk.last_time()
    if said is None:
        return False
    if isinstance(said.what, Stretch):
        first, last = (one.shifted(shift.minutes) for one in (said.what.first, said.what.last))
        walk.keep(Stretch(first, last))
    elif isinstance(said.what, Clock):
        walk.keep(said.what.shifted(shift.minutes), said.relation)
    walk.move(end, "clock")
    return True


def _open_end(walk: Walk) -> bool:
    """ "(Um zehn, nein,) lieber später": from the time on that was said before."""
    relation = OPEN_ENDS.get(walk.text())
    corrects = walk.draft.joined == "correct" and not walk.draft.said
    said = walk.last_time()
    if relation is None or not corrects or said is None or walk.text(1) in ("am", "als"):
        return False
    if not isinstance(said.what, Clock):
        return False
    walk.keep(said.what, relation)
    walk.move(walk.i + 1, "clock")
    return True


def _can_only_be_a_time(walk: Walk, token: Token) -> bool:
    """ "15.20" is no date, and "22.10" behind a date is none either."""
    return token.kind == "pair" and (pair_as_day(token, walk.today) is None or _is_dated(walk))


def _stamp(walk: Walk, token: Token) -> bool:
    """An ISO instant; midnight sharp is how programs write a day without a time."""
    assert token.stamp
    stamp = token.stamp
    if stamp.tzinfo and stamp.year in YEARS_KNOWN:
        stamp = stamp.astimezone(walk.frame.now.tzinfo)
    walk.keep(dated(walk.today, stamp.day, stamp.month, stamp.year))
    if (0, 0) not in ((token.stamp.hour, token.stamp.minute), (stamp.hour, stamp.minute)):
        minutes = stamp.hour * 60 + stamp.minute
        zoned = token.stamp.tzinfo is not None
        walk.keep(Clock((minutes,), digits=True, fold=stamp.fold, zoned=zoned))
    walk.move(walk.i + 1, "clock")
    return True


def _is_a_date(walk: Walk, token: Token, expected: bool) -> bool:
    """Whether digits or a number word belong to a date, not to a time."""
    if token.kind == "pair":
        return _is_date_pair(walk, token, expected)
    if token.number is None:
        return False
    says_uhr = walk.tokens[walk.i + 1].means("uhr")
    if token.rank is not None and walk.text(-1) in _BEFORE_A_DATE and not says_uhr:
        return True
    found = number_at(walk.tokens, walk.i)
    end = found[1] if found else walk.i + 1
    after = walk.tokens[end]
    if token.kind == "ordinal" and walk.between and after.text == "und":
        return day_follows(walk.tokens, end + 1)
    if after.text in TO and token.kind in ("number", "ordinal"):
        return day_follows(walk.tokens, end + 1) and walk.tokens[end + 1].kind != "word"
    return after.means("month", "month_short")


def _is_date_pair(walk: Walk, token: Token, expected: bool) -> bool:
    """ "10.10" is a date, unless something says that a time comes or a date was named."""
    after = walk.tokens[walk.i + 1]
    if pair_as_day(token, walk.today) is None:
        return False
    if after.means("uhr") or (after.text in ("am", "pm") and after.glued):
        return False
    if "/" in token.text:
        return clock_at(walk.tokens, walk.i) is None
    minute = token.data[1] or 0
    if len(token.text.split(".")[1]) != 2 or walk.text(-1) in ("vom", "am"):
        return True
    if _is_dated(walk) and not _names_the_same_day(walk, token):
        return walk.tokens[walk.i - 1].means("weekday", "weekday_short") and minute <= 12
    round_time = minute % 5 == 0 if walk.between else walk.relation in (None, "around")
    return not (expected and (round_time or minute > 12))


def _is_dated(walk: Walk) -> bool:
    """Whether a date was named already, so that "22.10" behind it is a time."""
    return any(days.word in ("date", "near") for days in walk.days_said())


def _names_the_same_day(walk: Walk, pair: Token) -> bool:
    """ "morgen 10.05": the date is tomorrow's, so it is no time."""
    days = pair_as_day(pair, walk.today)
    if days is None or not days.spans:
        return False
    return any(said.allows(days.spans[0][0]) for said in walk.days_said())


def _stands_behind_a_day(walk: Walk) -> bool:
    if walk.last not in ("day", "part") or walk.tokens[walk.i].kind == "ordinal":
        return False
    return _hedged(walk)


def _hedged(walk: Walk) -> bool:
    """Whether nothing but small words stands between the day and the number: "(Freitag) so",
    "(Freitag,) eher". A number behind a day of the month may correct it: "am 12., eher 13"."""
    gap = walk.tokens[walk.last_end : walk.i]
    corrects_a_number = any(token.means("correct") for token in gap) and _was_a_number(walk)
    if len(gap) > 1 and walk.segment > walk.last_end and gap[-1].text in _SO:
        if corrects_a_number:
            return False
        return all(token.text in _HEDGES for token in walk.tokens[walk.segment : walk.i])
    if len(gap) > _LONGEST_HEDGE:
        return False
    if not gap:
        return True
    if corrects_a_number:
        return False
    if not all(token.text in _SMALL_WORDS or token.means("correct") for token in gap):
        return False
    if gap[-1].text == "mit":
        return any(token.text == "wie" for token in gap)  # "Freitag, wie wär's mit elf"
    if gap[-1].text == "wir":
        return walk.text(-2) in ("sagen", "sage")
    return gap[-1].text in _HEDGES or gap[-1].means("correct")


def _was_a_number(walk: Walk) -> bool:
    """Whether the day said last was named by its number."""
    days = [said.what for draft in walk.drafts for said in draft.said]
    last = next((day for day in reversed(days) if isinstance(day, Days)), None)
    return last is not None and last.word in ("date", "day_of_month")


def _hour_before_a_day(walk: Walk) -> tuple[Clock, int] | None:
    """ "Elf am Freitag", "zehn passt", "geht auch elf?": a bare number that is a clause's first
    word, or its last behind "geht" or behind a time that was refused."""
    tokens, i = walk.tokens, walk.i
    found = number_at(tokens, i)
    if found is None or not 1 <= found[0] <= 24 or tokens[i].kind != "word":
        return None
    before = [token.text for token in tokens[walk.segment : i]]
    if any(text not in FILLERS | _SUITS for text in before) or walk.text(-1) == "zu":
        return None
    minutes = number_at(tokens, found[1])
    if minutes and are_minutes(tokens[found[1]], minutes[0]) and tokens[found[1]].kind == "word":
        found = minutes  # "Fünfzehn dreißig am Freitag"
    after, then = tokens[found[1]], tokens[found[1] + 1]
    ends = after.kind in ("punct", "end") or after.text in _GOES_ON | {"bitte"}
    if after.text in ("am", "an", "fur"):
        named = then.means("weekday", "near")
    elif not _SUITS.isdisjoint(before):
        named = ends
    elif found[0] == 1 and after.text == "ist":
        named = False  # "Eins ist mir wichtig"
    else:  # "(Neun ist zu früh,) zehn": an hour in the place of the one that was refused.
        named = after.means("weekday", "near", "morgen") or after.text in _SUITS
        named = named or (walk.dropped_before and ends)
    return clock_at(tokens, i, expected=True) if named else None


def _hour_behind_a_day(walk: Walk) -> tuple[Clock, int] | None:
    """ "morgen zehn", "Freitag, sagen wir 15": a number behind a day, and nothing it counts."""
    tokens, i = walk.tokens, walk.i
    if not _stands_behind_a_day(walk):
        return None
    found = number_at(tokens, i)
    if found is None or not is_hour(found[0]):
        return None
    minutes = spelled_at(tokens, found[1]) or number_at(tokens, found[1])
    with_minutes = minutes and are_minutes(tokens[found[1]], minutes[0])
    after = tokens[minutes[1] if minutes and with_minutes else found[1]]
    ends = after.kind in ("end", "punct") or after.means("or", "correct", "around_after")
    ends = ends or after.text in FILLERS or after.text in _GOES_ON
    if not ends or after.text in COUNTED:
        return None
    return clock_at(tokens, i, expected=True)
