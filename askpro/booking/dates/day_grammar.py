"""How days are said: "morgen", "nächsten Dienstag", "am dritten elften", "04.10.", "Oct 22nd".

Each rule looks at the tokens from one place on and answers what it found and where that ends, or
None. Stretches of time (weeks, months, "in drei Tagen") are :mod:`.period_grammar`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from askpro.booking.dates import calendar_days as calendar
from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.feasts import feast_at
from askpro.booking.dates.lexicon import RANKED
from askpro.booking.dates.months_named import DayMatch, month_name, whole_month, year_at
from askpro.booking.dates.numbers import words
from askpro.booking.dates.period_grammar import ahead_at
from askpro.booking.dates.ranks import begins_a_range, last_of_month_at, nth_at, ranked_at
from askpro.booking.dates.tokens import Token, number_at, rank_at

_DAYS_ON = {"next": 1, "coming": 1, "overnext": 2}
_ENGLISH_SHORT = words("mon tue tues wed thu thur thurs fri sat sun")
_MOST_DAYS_ADDED = 100
_EDGE_DAYS = ("monatserste", "monatsletzte")
_FOLLOWING = ("folgend", "darauffolgend")
_BETWEEN_WEEKDAYS = words("oder und bis or") | {"-", "–", "/", "+", "&"}


def day_at(tokens: list[Token], i: int, today: date, *, loose: bool = False) -> DayMatch | None:
    """The day that is named from token ``i`` on. ``loose``: a bare rank or number may be one."""
    token = tokens[i]
    if token.kind == "template":
        return DayMatch(calendar.on(today, "near"), i + 1) if token.text else None
    if token.kind == "date":
        return _numeric(token, i, today)
    if token.text.startswith(_EDGE_DAYS):
        return _edge_of_this_month(token, i, today)
    if loose and not i and token.text == "so" and tokens[1].kind == "end":
        return DayMatch(calendar.weekday(today, 6), 1)  # "So", given for a day and nothing else
    if token.text == "day" and [t.text for t in tokens[i + 1 : i + 3]] == ["after", "tomorrow"]:
        return DayMatch(calendar.on(today + timedelta(days=2), "near"), i + 3)
    match = _feast(tokens, i, today) or ranked_at(tokens, i, today, loose)
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


def _edge_of_this_month(token: Token, i: int, today: date) -> DayMatch:
    """ "Am Monatsletzten", "zum Monatsersten"."""
    months = [calendar.months_ahead(today, n) for n in (0, 1)]
    rank = 1 if token.text.startswith("monatserst") else -1
    found = (calendar.nth_weekday(today, rank, calendar.ANY_DAY, month) for month in months)
    ahead = next(days for days in found if days.spans[0][0] >= today)
    return DayMatch(ahead, i + 1)


def _numeric(token: Token, i: int, today: date) -> DayMatch | None:
    day, month, year = token.data
    if day is None and month and year:
        return DayMatch(calendar.month(today, month, year), i + 1)
    if not day or not month or month > 12 or day > 31:
        return None
    return DayMatch(calendar.dated(today, day, month, year), i + 1)


def _feast(tokens: list[Token], i: int, today: date) -> DayMatch | None:
    found = feast_at(tokens, i, today)
    return DayMatch(found[0], found[1]) if found else None


def _numbered(tokens: list[Token], i: int, today: date, loose: bool) -> DayMatch | None:
    """ "1 märz", "13AUG", "am 26"."""
    token = tokens[i]
    if token.number is None or not 1 <= token.number <= 31 or token.kind == "ordinal":
        return None
    named = month_name(tokens, i + 1)
    if named:
        year, k = year_at(tokens, named[1], today)
        return DayMatch(calendar.dated(today, token.number, named[0], year), k)
    after = tokens[i + 1]
    said = tokens[i - 1].text == "am" if i else False
    if token.kind == "number" and begins_a_range(tokens, i + 1, i):
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
    steps = number_at(tokens, i + 2) if tokens[i + 1].text == "+" else None
    if steps and steps[0] < _MOST_DAYS_ADDED:  # "today+1", as programs count
        days = steps[0] * (7 if tokens[steps[1]].text.startswith(("woche", "week")) else 1)
        end = steps[1] + tokens[steps[1]].means("unit")
        return DayMatch(calendar.on(day + timedelta(days=days), "near"), end)
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
    before = tokens[i - 1] if i else None
    begins = before is None or before.kind == "punct" or before.text in ("oder", "und", "or")
    begins = begins or tokens[i].text in _ENGLISH_SHORT
    if begins and tokens[i].text != "do" and after.means("at", "around", "from", "until"):
        return True  # "Mi um 11", "see you Wed at 11"; the dialect's "do um drei" names no day.
    if i > 1 and tokens[i - 1].text in _BETWEEN_WEEKDAYS:
        return tokens[i - 2].means("weekday", "weekday_short")
    if i and tokens[i - 1].text in ("am", "an", "on", "den", "diesen", "dieser"):
        return True
    return (i == 0 and after.kind == "end") or after.means("month", "month_short", "part")


def _month_first(tokens: list[Token], i: int, today: date) -> DayMatch | None:
    """ "Feb 18", "märz 3", "April 14, 2015", "September-2020-23", or the month by itself."""
    named = month_name(tokens, i, joints=False)
    assert named
    month, j = named
    year, k = year_at(tokens, j + 1 if tokens[j].text == "-" else j, None)
    if year and tokens[k].text == "-" and tokens[k + 1].number:
        return DayMatch(calendar.dated(today, tokens[k + 1].number or 0, month, year), k + 2)
    if year is None:
        day = tokens[j]
        digits = day.kind in ("number", "ordinal")
        followed_by_time = tokens[j + 1].means("uhr", "unit") or tokens[j + 1].kind == "month"
        if digits and 1 <= (day.number or 0) <= 31 and not followed_by_time:
            year, k = year_at(tokens, j + 2 if tokens[j + 1].text == "," else j + 1, today)
            end = k if year else j + 1
            return DayMatch(calendar.dated(today, day.number or 0, month, year), end)
    found = whole_month(tokens, i, today)
    return DayMatch(found[0], found[1]) if found else None


def _which(tokens: list[Token], i: int, today: date) -> DayMatch | None:
    """ "nächsten Dienstag", "kommenden März", "am folgenden Morgen", "letzter Tag im Oktober"."""
    sense, after = tokens[i].sense, tokens[i + 1]
    assert sense
    which = str(sense.value)
    if which == "last":
        found = nth_at(tokens, i + 1, today, -1) or last_of_month_at(tokens, i, today)
        if found:
            return found
    if after.means("weekday", "weekday_short"):
        if tokens[i].text.startswith(_FOLLOWING):
            match = _weekday(tokens, i + 1, today, "coming")
            return replace(match, after_anchor=True) if match else None
        match = _weekday(tokens, i + 1, today, which)
        if match and which == "last":
            past = Days("past", "day", match.days.spans[:1])
            return DayMatch(past, match.end)
        return match
    if after.means("month"):
        found_month = whole_month(tokens, i + 1, today)
        if found_month and which == "overnext":
            later = Days("month", "month", found_month[0].spans[1:])
            return DayMatch(later, found_month[1])
        return DayMatch(found_month[0], found_month[1]) if found_month else None
    if which in ("next", "this") and after.means("part", "morgen"):
        part = "morgens" if after.means("morgen") else str(after.sense and after.sense.value)
        days = calendar.days_on(today, 1 if which == "next" else 0)
        return DayMatch(days, i + 2, part, after_anchor=which == "next")
    rank = rank_at(tokens, i + 1) if which in ("next", "coming") else None
    then = tokens[rank[1]] if rank else None
    is_day = then is not None and (then.kind in ("end", "punct") or then.means("at", "around"))
    if rank and is_day and 1 <= rank[0] <= 31:
        return DayMatch(calendar.day_of_month(today, rank[0]), rank[1])  # "Am nächsten Ersten"
    if which in _DAYS_ON and after.text == "tag":
        return DayMatch(calendar.days_on(today, _DAYS_ON[which]), i + 2, after_anchor=True)
    return None
