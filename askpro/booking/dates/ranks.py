"""Days by their rank: "dritter November", "am 26.", "zweiter Mittwoch im Oktober"."""

from __future__ import annotations

from datetime import date

from askpro.booking.dates import calendar_days as calendar
from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.lexicon import RANKED
from askpro.booking.dates.months_named import DayMatch, month_name, whole_month, year_at
from askpro.booking.dates.numbers import words
from askpro.booking.dates.period_grammar import period_at
from askpro.booking.dates.tokens import Token, rank_at

_WEEK = 9
_WORKDAY = words("werktag arbeitstag wochentag werktags arbeitstags")
_BEFORE_A_DAY = words("am vom zum einschließlich inklusive")
_BEFORE_AN_ARTICLE = words("für auf ab bis nach vor seit zum zwischen von um gegen")
_TAILS_OF_RANKED = tuple(
    words("tag tages tagen woche wochenende samstag sonntag termin stunde besuch kurs monat")
)
_IS = words(
    "ist wäre war müsste wird vielleicht dann eher lieber oder und ja gut bitte ob also nämlich "
    "geht ginge passt klappt"
)
#: "Der erste", "der zweite" by itself may well be the first of the times that were offered.
_RANKS_OF_OFFERS = range(1, 4)


def ranked_at(tokens: list[Token], i: int, today: date, loose: bool) -> DayMatch | None:
    """ "dritter November", "ersten zehnten", "7. vierter", "zweiter Mittwoch im Oktober", "26."."""
    found = rank_at(tokens, i)
    lost_its_dots = _is_month_number(tokens, i, i + 1, loose)
    if found is None and (lost_its_dots or _lost_its_ending(tokens, i)):
        found = tokens[i].number or 0, i + 1
    if found is None:
        return None
    rank, j = found
    named = month_name(tokens, j)
    if not 1 <= rank <= 31:
        no_such = Days("date", "day", (), impossible=(rank, named[0])) if named else None
        return DayMatch(no_such, named[1]) if named and no_such else None
    if named:
        month, k = named
        year, k = year_at(tokens, k, today)
        return DayMatch(calendar.dated(today, rank, month, year), k)
    second = rank_at(tokens, j)
    if second and 1 <= second[0] <= 12 and tokens[second[1]].text not in RANKED:
        year, k = year_at(tokens, second[1], today)
        return DayMatch(calendar.dated(today, rank, second[0], year), k)
    if second and second[0] == rank and second[0] <= 31:
        return DayMatch(Days("date", "day", (), impossible=(rank, rank)), second[1])
    shared = _month_of_the_second(tokens, j)
    if shared:
        return DayMatch(calendar.dated(today, rank, shared), j)
    if _is_month_number(tokens, i, j, loose):
        year, k = year_at(tokens, j + 1, None)
        return DayMatch(calendar.dated(today, rank, tokens[j].number or 0, year), k)
    of_period = nth_at(tokens, j, today, rank)
    if of_period:
        return of_period
    if loose or _names_a_day(tokens, i) or begins_a_range(tokens, j, i):
        after = tokens[j]
        if _is_ranked(after) or after.means("unit", "uhr", "kw", "weekday"):
            return None
        if (
            after.means("part")
            and tokens[i].kind == "ordinal"
            and tokens[i - 1].text not in ("am", "den", "der", "dem", "vom")
        ):
            return None  # "Um 3. abends" is an hour.
        if not loose and _may_be_an_offer(tokens, i, j, rank):
            return None
        return DayMatch(calendar.day_of_month(today, rank), j)
    return None


def _is_ranked(after: Token) -> bool:
    """ "(am zweiten) Termin", "Feiertag", "Adventswochenende": things that are counted."""
    is_compound = after.sense is None and after.text.endswith(_TAILS_OF_RANKED)
    return after.text in RANKED or is_compound


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


def _is_month_number(tokens: list[Token], i: int, j: int, loose: bool) -> bool:
    """ "am 1. 2", "am 27 11", "27 11 um zehn": a day's number, then a month's, its dot or both
    dots lost. Without "am" a year or a time has to follow, or nothing but a day is expected."""
    after, then = tokens[j], tokens[j + 1]
    before = tokens[i - 1] if i else None
    announced = before is not None and before.text in ("am", "den", "dem", "der", "vom")
    is_part_of_a_number = before is not None and before.kind == "number"
    return (
        tokens[i].kind in ("ordinal", "number")
        and after.kind == "number"
        and 1 <= (after.number or 0) <= 12
        and (announced or (not is_part_of_a_number and (loose or _time_follows(tokens, j + 1))))
        and not then.means("uhr", "unit", "month", "month_short")
        and then.text not in RANKED
    )


def _time_follows(tokens: list[Token], k: int) -> bool:
    """Whether a time is announced or named at ``k``, a year before it aside."""
    if 2000 <= (tokens[k].number or 0) < 2100:
        k += 1
    token = tokens[k]
    if token.kind == "number" and tokens[k + 1].means("uhr"):
        return True
    return token.kind == "clock" or token.means("at", "around", "from")


def _month_of_the_second(tokens: list[Token], j: int) -> int | None:
    """The month of "3. oder 4. Januar", which is said once; ``j`` is at the "oder"."""
    k = j + 1
    while tokens[k].text in ("am", "den", "der", "dem"):
        k += 1
    second = rank_at(tokens, k) if tokens[j].text in ("oder", "und") else None
    named = month_name(tokens, second[1], joints=False) if second else None
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


def last_of_month_at(tokens: list[Token], i: int, today: date) -> DayMatch | None:
    """ "(am) letzten März", "(zum) Letzten des Monats": the month's last day."""
    if tokens[i - 1].text not in ("am", "zum", "vom", "den", "dem"):
        return None
    found = whole_month(tokens, i + 1, today) or _month_at(tokens, i + 1, today)
    if found is None:
        return None
    return DayMatch(calendar.nth_weekday(today, -1, calendar.ANY_DAY, found[0]), found[1])


def nth_at(tokens: list[Token], j: int, today: date, rank: int) -> DayMatch | None:
    """ "(dritter) Tag im Oktober", "(zweiter) Mittwoch im Monat", "(letzter) Werktag im Mai"."""
    token = tokens[j]
    if token.means("unit") and token.sense and token.sense.value == "day":
        number = calendar.ANY_DAY
    elif token.text in _WORKDAY:
        number = calendar.WORKDAY
    elif token.means("unit") and token.sense and token.sense.value == "week":
        number = _WEEK
    elif token.means("weekday") and token.sense:
        number = int(token.sense.value)
    else:
        return None
    found = _month_at(tokens, j + 1, today)
    if found is None:
        return None
    if number == _WEEK:
        return DayMatch(calendar.nth_week(today, rank, found[0]), found[1])
    return DayMatch(calendar.nth_weekday(today, rank, number, found[0]), found[1])


def _month_at(tokens: list[Token], j: int, today: date) -> tuple[Days, int] | None:
    """ "(Tag) im Oktober", "(Mittwoch) des nächsten Monats": the month, and where it ends."""
    if tokens[j].text not in ("im", "in", "des", "vom", "of", "dieses"):
        return None
    k = j + 1
    while tokens[k].text in ("den", "dem", "des", "the"):
        k += 1
    if tokens[k].text.startswith("monat"):
        return _this_and_next_month(today), k + 1
    found = period_at(tokens, k, today) or whole_month(tokens, k, today)
    return found if found and found[0].grain == "month" else None


def _this_and_next_month(today: date) -> Days:
    spans = (*calendar.months_ahead(today, 0).spans, *calendar.months_ahead(today, 1).spans)
    return Days("month", "month", spans)


def _names_a_day(tokens: list[Token], i: int) -> bool:
    """Whether a rank stands where a day of the month is said: "am", "Montag, der", "ab dem"."""
    before = tokens[i - 1] if i else None
    if before is None or before.text in _IS or before.kind == "punct":
        return _is_no_rank_of_an_offer(tokens, i) and _announces_a_time(tokens, i)
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
        return _is_no_rank_of_an_offer(tokens, i)
    return tokens[k].text in _BEFORE_AN_ARTICLE or tokens[k].means(
        "weekday", "weekday_short", "near", "morgen", "from", "until"
    )


def _is_no_rank_of_an_offer(tokens: list[Token], i: int) -> bool:
    return (rank_at(tokens, i) or (0, 0))[0] not in _RANKS_OF_OFFERS


def _announces_a_time(tokens: list[Token], i: int) -> bool:
    """ "vierundzwanzigster um neun"."""
    found = rank_at(tokens, i)
    return found is not None and tokens[i].kind == "word" and _time_follows(tokens, found[1])


def begins_a_range(tokens: list[Token], j: int, i: int) -> bool:
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
