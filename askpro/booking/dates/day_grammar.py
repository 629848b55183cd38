"""How days are said: "morgen", "nächsten Dienstag", "am dritten elften", "04.10.", "Oct 22nd".

Each rule looks at the tokens from one place on and answers what it found and where that ends, or
None. Stretches of time (weeks, months, "in drei Tagen") are :mod:`.period_grammar`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from askpro.booking.dates import calendar_days as calendar
from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.feasts import feast_at
from askpro.booking.dates.lexicon import RANKED
from askpro.booking.dates.numbers import words
from askpro.booking.dates.period_grammar import ahead_at, period_at
from askpro.booking.dates.tokens import Token, rank_at

_JOINTS = frozenset({"of", ",", "-", "/", "im"})
_WEEK = 8
_BETWEEN_WEEKDAYS = words("oder und bis or") | {"-", "–", "/"}
_BEFORE_A_DAY = words("am vom zum einschließlich inklusive")
_BEFORE_AN_ARTICLE = words("für auf ab bis nach vor seit zum zwischen von um gegen also nämlich")
_IS = words("ist wäre war müsste wird")
#: "Der erste", "der zweite" by itself may well be the first of the times that were offered.
_RANKS_OF_OFFERS = range(1, 4)


@dataclass(frozen=True)
class DayMatch:
    """``part`` is a part of the day that the same words named ("Montagabend").

    ``after_anchor``: counted from the day last spoken of ("am Mittwoch drauf").
    """

    days: Days
    end: int
    part: str | None = None
    after_anchor: bool = False


def day_at(tokens: list[Token], i: int, today: date, *, loose: bool = False) -> DayMatch | None:
    """The day that is named from token ``i`` on. ``loose``: a bare rank or number may be one."""
    token = tokens[i]
    if token.kind == "template":
        return DayMatch(calendar.on(today, "near"), i + 1) if token.text else None
    if token.kind == "date":
        return _numeric(token, i, today)
    if token.text == "day" and [t.text for t in tokens[i + 1 : i + 3]] == ["after", "tomorrow"]:
        return DayMatch(calendar.on(today + timedelta(days=2), "near"), i + 3)
    match = _feast(tokens, i, today) or _ranked(tokens, i, today, loose)
    if match or token.sense is None:
        return match or _numbered(tokens, i, today, loose)
    if token.means("near", "morgen"):
        return _near(tokens, i, today)
    if token.means("weekday", "weekday_short", "recurring"):
        return _weekday(tokens, i, today)
    if token.means("month", "month_short"):
        return _month_first(tokens, i, today)
    if token.means("which"):
        return _which(tokens, i, today)
    return _numbered(tokens, i, today, loose)


def pair_as_day(token: Token, today: date) -> Days | None:
    """ "31.05" or "20/6" as a date; None where it can't be one."""
    day, month = token.data
    if day is None or month is None or not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return calendar.dated(today, day, month)


def _numeric(token: Token, i: int, today: date) -> DayMatch | None:
    day, month, year = token.data
    if not day or not month or month > 12 or day > 31:
        return None
    return DayMatch(calendar.dated(today, day, month, year), i + 1)


def _feast(tokens: list[Token], i: int, today: date) -> DayMatch | None:
    found = feast_at(tokens, i, today)
    return DayMatch(found[0], found[1]) if found else None


def _ranked(tokens: list[Token], i: int, today: date, loose: bool) -> DayMatch | None:
    """ "dritter November", "ersten zehnten", "7. vierter", "zweiter Mittwoch im Oktober", "26."."""
    found = rank_at(tokens, i)
    if found is None and (_is_month_number(tokens, i, i + 1) or _lost_its_ending(tokens, i)):
        found = tokens[i].number or 0, i + 1
    if found is None or not 1 <= found[0] <= 31:
        return None
    rank, j = found
    named = _month_name(tokens, j)
    if named:
        month, k = named
        year, k = _year(tokens, k, today)
        return DayMatch(calendar.dated(today, rank, month, year), k)
    second = rank_at(tokens, j)
    if second and 1 <= second[0] <= 12 and tokens[second[1]].text not in RANKED:
        year, k = _year(tokens, second[1], today)
        return DayMatch(calendar.dated(today, rank, second[0], year), k)
    shared = _month_of_the_second(tokens, j)
    if shared:
        return DayMatch(calendar.dated(today, rank, shared), j)
    if _is_month_number(tokens, i, j):
        year, k = _year(tokens, j + 1, None)
        return DayMatch(calendar.dated(today, rank, tokens[j].number or 0, year), k)
    of_period = _nth(tokens, j, today, rank)
    if of_period:
        return of_period
    if loose or _names_a_day(tokens, i) or _begins_a_range(tokens, j, i):
        after = tokens[j]
        if after.text in RANKED or after.means("unit", "uhr", "kw", "weekday"):
            return None
        if after.means("part") and tokens[i - 1].text not in ("am", "den", "der", "dem", "vom"):
            return None  # "Um 3. abends" is an hour.
        if not loose and _may_be_an_offer(tokens, i, j, rank):
            return None
        return DayMatch(calendar.day_of_month(today, rank), j)
    return None


def _may_be_an_offer(tokens: list[Token], i: int, j: int, rank: int) -> bool:
    """ "Der erste passt", "den zweiten, bitte": no date stands there alone."""
    alone = i < 2 or (tokens[i - 2].text not in _BEFORE_AN_ARTICLE and not _is_day(tokens, i - 2))
    if rank not in _RANKS_OF_OFFERS or not alone or tokens[i - 1].text not in ("den", "der"):
        return False
    after = tokens[j]
    return after.kind in ("end", "punct") or (after.kind == "word" and not _goes_on(after))


def _is_day(tokens: list[Token], k: int) -> bool:
    while k >= 0 and tokens[k].text in (",", "."):
        k -= 1
    return k >= 0 and tokens[k].means("weekday", "weekday_short", "near", "morgen")


def _goes_on(after: Token) -> bool:
    """Whether a time of day follows a date, or another limit."""
    return after.number is not None or after.means(
        "at", "around", "from", "until", "between", "part", "half", "quarter"
    )


def _is_month_number(tokens: list[Token], i: int, j: int) -> bool:
    """ "am 1. 2", "am 27 11": a day's number, then a month's, its dot or both dots lost."""
    after, then = tokens[j], tokens[j + 1]
    return (
        i > 0
        and tokens[i].kind in ("ordinal", "number")
        and after.kind == "number"
        and 1 <= (after.number or 0) <= 12
        and tokens[i - 1].text in ("am", "den", "dem", "der", "vom")
        and not then.means("uhr", "unit", "month", "month_short")
        and then.text not in RANKED
    )


def _month_of_the_second(tokens: list[Token], j: int) -> int | None:
    """The month of "3. oder 4. Januar", which is said once; ``j`` is at the "oder"."""
    k = j + 1
    while tokens[k].text in ("am", "den", "der", "dem"):
        k += 1
    second = rank_at(tokens, k) if tokens[j].text in ("oder", "und") else None
    named = _month_name(tokens, second[1], joints=False) if second else None
    return named[0] if named else None


def _lost_its_ending(tokens: list[Token], i: int) -> bool:
    """ "am zwanzig elften": speech recognition lost the ending of the day's number."""
    return (
        tokens[i].kind == "word"
        and 1 <= (tokens[i].number or 0) <= 31
        and i > 0
        and tokens[i - 1].text in ("am", "den", "dem", "der", "vom")
        and tokens[i + 1].rank in range(1, 13)
        and tokens[i + 2].text not in RANKED
    )


def _nth(tokens: list[Token], j: int, today: date, rank: int) -> DayMatch | None:
    """ "(dritter) Tag im Oktober", "(zweiter) Mittwoch im Monat"."""
    token = tokens[j]
    if token.means("unit") and token.sense and token.sense.value == "day":
        number = calendar.ANY_DAY
    elif token.means("unit") and token.sense and token.sense.value == "week":
        number = _WEEK
    elif token.means("weekday") and token.sense:
        number = int(token.sense.value)
    else:
        return None
    if tokens[j + 1].text not in ("im", "in", "des", "vom", "of", "dieses"):
        return None
    k = j + 2
    while tokens[k].text in ("den", "dem", "des", "the"):
        k += 1
    if tokens[k].text.startswith("monat"):
        found: tuple[Days, int] | None = (_this_and_next_month(today), k + 1)
    else:
        found = period_at(tokens, k, today) or _whole_month(tokens, k, today)
    if found is None or found[0].grain != "month":
        return None
    if number == _WEEK:
        return DayMatch(calendar.nth_week(today, rank, found[0]), found[1])
    return DayMatch(calendar.nth_weekday(today, rank, number, found[0]), found[1])


def _this_and_next_month(today: date) -> Days:
    spans = (*calendar.months_ahead(today, 0).spans, *calendar.months_ahead(today, 1).spans)
    return Days("month", "month", spans)


def _names_a_day(tokens: list[Token], i: int) -> bool:
    """Whether a rank stands where a day of the month is said: "am", "Montag, der", "ab dem"."""
    before = tokens[i - 1] if i else None
    if before is None:
        return False
    if before.text in _BEFORE_A_DAY or before.means("weekday", "weekday_short"):
        return True
    if before.text not in ("den", "dem", "der", "the"):
        return False
    k = i - 2
    while k >= 0 and tokens[k].text in (",", "."):
        k -= 1
    if k < 0:
        return True
    if tokens[k].text in _IS:
        return (rank_at(tokens, i) or (0, 0))[0] not in _RANKS_OF_OFFERS
    return tokens[k].text in _BEFORE_AN_ARTICLE or tokens[k].means(
        "weekday", "weekday_short", "near", "morgen", "from", "until"
    )


def _begins_a_range(tokens: list[Token], j: int, i: int) -> bool:
    """ "3.-5. November", "dritten bis fünften", "14./15.10.", "23-25.08", "zwischen 3. und 5."."""
    between = "zwischen" in (tokens[i - 1].text, tokens[i - 2].text)
    joint = tokens[j].text in ("-", "–", "bis", "/") or (between and tokens[j].text == "und")
    return joint and day_follows(tokens, j + 1)


def day_follows(tokens: list[Token], k: int) -> bool:
    """Whether a date without its weekday stands at ``k``, as at the end of a range."""
    while tokens[k].text in ("zum", "den"):
        k += 1
    if tokens[k].kind == "number" and tokens[k + 1].means("month", "month_short"):
        return True
    if tokens[k].kind == "pair":
        return (tokens[k].data[1] or 0) <= 12 and not tokens[k + 1].means("uhr")
    return tokens[k].kind == "date" or rank_at(tokens, k) is not None


def _numbered(tokens: list[Token], i: int, today: date, loose: bool) -> DayMatch | None:
    """ "1 märz", "13AUG", "am 26"."""
    token = tokens[i]
    if token.number is None or not 1 <= token.number <= 31 or token.kind == "ordinal":
        return None
    named = _month_name(tokens, i + 1)
    if named:
        year, k = _year(tokens, named[1], today)
        return DayMatch(calendar.dated(today, token.number, named[0], year), k)
    after = tokens[i + 1]
    said = tokens[i - 1].text == "am" if i else False
    if token.kind == "number" and _begins_a_range(tokens, i + 1, i):
        return DayMatch(calendar.day_of_month(today, token.number), i + 1)
    if not (said or loose) or token.kind != "number":
        return None
    if after.means("uhr", "unit", "part", "month", "morgen") or after.text in RANKED:
        return None
    if after.number is not None and not loose:
        return None
    return DayMatch(calendar.day_of_month(today, token.number), i + 1)


def _near(tokens: list[Token], i: int, today: date) -> DayMatch | None:
    """ "heute", "morgen", "heute in vierzehn Tagen", "heutabend"."""
    sense = tokens[i].sense
    assert sense
    day = today + timedelta(days=int(sense.value))
    later = ahead_at(tokens, i + 1, day)
    if later:
        return DayMatch(later[0], later[1])
    word = "near" if day >= today else "past"
    return DayMatch(calendar.on(day, word), i + 1, sense.part)


def _weekday(tokens: list[Token], i: int, today: date, which: str = "") -> DayMatch | None:
    sense = tokens[i].sense
    assert sense
    if sense.kind == "weekday_short" and not which and not _is_abbreviation(tokens, i):
        return None
    number, j = int(sense.value), i + 1
    if tokens[j].text == "." and sense.kind == "weekday_short":
        j += 1
    before = tokens[max(0, i - 1 - bool(i and tokens[i - 1].rank)) : i]
    if sense.kind == "recurring" or (before and before[0].text in ("jeden", "jeder", "jedem")):
        found = calendar.weekday(today, number)
        return DayMatch(Days("recurring", "day", found.spans, number=number), j)
    if tokens[j].text == "nach" and tokens[j + 1].text == "dem" and tokens[j + 2].means("which"):
        return DayMatch(calendar.weekday(today, number, "overnext"), j + 3, sense.part)
    if tokens[j].means("later") and tokens[j].text != "spater":
        return DayMatch(calendar.weekday(today, number), j + 1, sense.part, after_anchor=True)
    return DayMatch(calendar.weekday(today, number, which), j, sense.part)


def _is_abbreviation(tokens: list[Token], i: int) -> bool:
    """ "Mo." or "Do, 12.10.": two letters are a weekday only where a date or a stop follows.

    "so gegen drei" and the dialect's "do" for "da" are none.
    """
    after, then = tokens[i + 1], tokens[i + 2]
    dates = ("date", "pair", "ordinal", "stamp")
    if tokens[i].text == "so":
        if after.kind in ("date", "stamp"):
            return True
        return after.text in (".", ",") and (
            then.kind in (*dates, "end") or (then.text == "," and tokens[i + 3].kind in dates)
        )
    if after.text in (".", ",") or after.kind in (*dates, "number", "clock"):
        return True
    if after.text in _BETWEEN_WEEKDAYS and then.means("weekday", "weekday_short"):
        return True
    if i > 1 and tokens[i - 1].text in _BETWEEN_WEEKDAYS:
        return tokens[i - 2].means("weekday", "weekday_short")
    if i and tokens[i - 1].text in ("am", "an", "on", "den", "diesen", "dieser"):
        return True
    return (i == 0 and after.kind == "end") or after.means("month", "month_short", "part")


def _month_first(tokens: list[Token], i: int, today: date) -> DayMatch | None:
    """ "Feb 18", "märz 3", "April 14, 2015", "September-2020-23", or the month by itself."""
    named = _month_name(tokens, i, joints=False)
    assert named
    month, j = named
    year, k = _year(tokens, j + 1 if tokens[j].text == "-" else j, None)
    if year and tokens[k].text == "-" and tokens[k + 1].number:
        return DayMatch(calendar.dated(today, tokens[k + 1].number or 0, month, year), k + 2)
    if year is None:
        day = tokens[j]
        digits = day.kind in ("number", "ordinal")
        followed_by_time = tokens[j + 1].means("uhr", "unit") or tokens[j + 1].kind == "month"
        if digits and 1 <= (day.number or 0) <= 31 and not followed_by_time:
            year, k = _year(tokens, j + 2 if tokens[j + 1].text == "," else j + 1, today)
            end = k if year else j + 1
            return DayMatch(calendar.dated(today, day.number or 0, month, year), end)
    found = _whole_month(tokens, i, today)
    return DayMatch(found[0], found[1]) if found else None


def _whole_month(tokens: list[Token], i: int, today: date) -> tuple[Days, int] | None:
    named = _month_name(tokens, i, joints=False)
    if named is None:
        return None
    if tokens[i].means("month_short") and (not i or tokens[i - 1].text not in ("im", "in")):
        return None
    year, k = _year(tokens, named[1], None)
    return calendar.month(today, named[0], year), k


def _which(tokens: list[Token], i: int, today: date) -> DayMatch | None:
    """ "nächsten Dienstag", "kommenden März", "am folgenden Morgen", "letzter Tag im Oktober"."""
    sense, after = tokens[i].sense, tokens[i + 1]
    assert sense
    which = str(sense.value)
    if which == "last":
        found = _nth(tokens, i + 1, today, -1)
        if found:
            return found
    if after.means("weekday", "weekday_short"):
        match = _weekday(tokens, i + 1, today, which)
        if match and which == "last":
            past = Days("past", "day", match.days.spans[:1])
            return DayMatch(past, match.end)
        return match
    if after.means("month"):
        found_month = _whole_month(tokens, i + 1, today)
        if found_month and which == "overnext":
            later = Days("month", "month", found_month[0].spans[1:])
            return DayMatch(later, found_month[1])
        return DayMatch(found_month[0], found_month[1]) if found_month else None
    if which in ("next", "this") and after.means("part", "morgen"):
        part = "morgens" if after.means("morgen") else str(after.sense and after.sense.value)
        day = today + timedelta(days=1 if which == "next" else 0)
        return DayMatch(calendar.on(day, "near"), i + 2, part, after_anchor=which == "next")
    if which in ("next", "coming") and after.text == "tag":
        return DayMatch(calendar.on(today + timedelta(days=1), "near"), i + 2, after_anchor=True)
    return None


def _month_name(tokens: list[Token], j: int, *, joints: bool = True) -> tuple[int, int] | None:
    """A month's name from ``j`` on, behind "of" or a dash: (its number, where it ends)."""
    if joints and tokens[j].text in _JOINTS and tokens[j + 1].means("month", "month_short"):
        j += 1
    token = tokens[j]
    if not token.means("month", "month_short") or token.sense is None:
        return None
    end = j + 1
    if tokens[end].text == "." and token.means("month_short"):
        end += 1
    return int(token.sense.value), end


def _year(tokens: list[Token], j: int, today: date | None) -> tuple[int | None, int]:
    """A year from ``j`` on: (it or None, where it ends). Two digits count where ``today`` is given:
    "14. April 28" is in 2028, "April 28" is a day."""
    k = j + 1 if tokens[j].text in ("/", "-") else j
    token, after = tokens[k], tokens[k + 1]
    if token.number is None or token.kind == "ordinal" or after.means("uhr"):
        return None, j
    if token.number == 2000 and token.kind == "word" and 0 < (after.number or 0) < 100:
        return 2000 + (after.number or 0), k + 2
    if 1900 <= token.number < 2100:
        is_time = token.kind == "number" and after.text == "-" and tokens[k + 2].kind == "number"
        return (None, j) if is_time and len(tokens[k + 2].text) == 4 else (token.number, k + 1)
    if token.number == 20 and after.number in range(20, 50) and after.kind == token.kind:
        return 2000 + (after.number or 0), k + 2
    if token.number == 2 and after.text == "tausend" and tokens[k + 2].number in range(100):
        return 2000 + (tokens[k + 2].number or 0), k + 3
    if today is None:
        return None, j
    short = token.number - today.year % 100
    is_short_year = 0 <= short <= 5 and token.number > 12 and k == j
    if is_short_year and not after.means("unit", "part", "quarter", "half"):
        return 2000 + token.number, k + 1
    return None, j
