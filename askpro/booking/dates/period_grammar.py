"""How stretches of days are said: "nächste Woche", "in drei Tagen", "Ende November", "KW 45"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from askpro.booking.dates import calendar_days as calendar
from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.lexicon import sense_of
from askpro.booking.dates.numbers import ONE_OF, words
from askpro.booking.dates.tokens import Token, number_at, rank_at

Match = tuple[Days, int]

_OFFSETS = {"this": 0, "next": 1, "coming": 1, "overnext": 2, "last": -1}
_EDGES = {
    "wochenanfang": ("week", "start"),
    "wochenbeginn": ("week", "start"),
    "wochenmitte": ("week", "middle"),
    "wochenende": ("week", ""),
    "monatsanfang": ("month", "start"),
    "monatsmitte": ("month", "middle"),
    "monatsende": ("month", "end"),
}
_AHEAD: dict[str, Callable[[date, int], Days]] = {
    "week": calendar.week,
    "month": calendar.months_ahead,
    "year": calendar.year_ahead,
}
_COUNTED = ("day", "week", "month")
_MORE_OR_LESS = words("gut knapp etwa ungefähr circa zirka ca rund so genau exakt")
_ONE_AND_A_HALF = words("anderthalb eineinhalb")
_BETWEEN_EDGES = frozenset({"bis", "oder", "und", "/", "-"})
_ARTICLES = words("der des dem den die das von vom in im the of")
_EARLIER = words("früher eher davor vorher")
#: "Die nächsten Tage" without a number are so many.
SEVERAL = 5
#: "Ein paar" of them.
A_FEW = 2


def period_at(tokens: list[Token], i: int, today: date) -> Match | None:
    """A stretch that begins at ``i``: a week, a month, a weekend, an edge of one of them."""
    token = tokens[i]
    ranked = _ranked_share(tokens, i, today)
    if ranked:
        return ranked
    if token.text == "laufe" and _this_week_follows(tokens, i + 1):
        return calendar.week(today, 0), i + 3
    if token.text == "heuer":
        return calendar.year_ahead(today, 0), i + 1
    if token.text in ("neuen", "neues") and _unit(tokens[i + 1]) == "year":
        return calendar.year_ahead(today, 1), i + 2
    if token.sense is None and token.text not in _EDGES:
        return _numbered_week(tokens, i, today)
    if token.means("which"):
        return _this_and_next_week(tokens, i, today) or _which_unit(tokens, i, today)
    if token.means("edge"):
        return _edge(tokens, i, today)
    if token.text in _EDGES and not token.means("weekend"):
        unit, edge = _EDGES[token.text]
        return _ahead_edge(today, unit, edge), i + 1
    if token.means("weekend"):
        following = _following_week(tokens, i + 1)
        if following:
            ahead, end = following
            return calendar.weekend(today, ahead), end
        return calendar.weekend(today, 0), i + 1
    if token.means("kw"):
        return _numbered_week(tokens, i, today)
    return None


def ahead_at(tokens: list[Token], i: int, base: date) -> Match | None:
    """ "in vierzehn Tagen", "in einer Woche", "in a week", counted from ``base``."""
    if tokens[i].text == "uber":
        return _old_fashioned(tokens, i, base)
    if tokens[i].text == "innerhalb":
        return _within(tokens, i, base)
    if tokens[i].text != "in":
        return None
    if tokens[i + 1].text in ("einem", "nem") and tokens[i + 2].text == "vierteljahr":
        return calendar.ahead(base, 3, "month"), i + 3
    if tokens[i + 1].text in ("einem", "nem") and tokens[i + 2].text == "halben":
        return (calendar.ahead(base, 6, "month"), i + 4) if _unit(tokens[i + 3]) == "year" else None
    if tokens[i + 1].text in _ONE_AND_A_HALF and _unit(tokens[i + 2]) == "week":
        return calendar.some_time_ahead(base, 10, 11, "day"), i + 3
    counted = _count(tokens, i + 1)
    if counted is None:
        return None
    count, j, vague = counted
    joined = tokens[j].text in ("bis", "oder", "-", ",")
    most = _count(tokens, j + 1 if joined else j)  # "In zwei drei Wochen"
    if most and not vague and count < most[0] < 100 and _unit(tokens[most[1]]) in _COUNTED:
        unit = _unit(tokens[most[1]])
        return calendar.some_time_ahead(base, count, most[0], unit), most[1] + 1
    unit = _unit(tokens[j])
    if unit not in ("day", "week", "month", "year"):
        return None
    if vague:
        return (calendar.few_days(base), j + 1) if unit == "day" else None
    if count > 400:
        return None
    return calendar.ahead(base, count, unit), j + 1


def _within(tokens: list[Token], i: int, base: date) -> Match | None:
    """ "innerhalb von zwei Wochen"."""
    j = i + 2 if tokens[i + 1].text in ("von", "der") else i + 1
    counted = _count(tokens, j)
    unit = _unit(tokens[counted[1]]) if counted else ""
    if counted is None or unit not in ("day", "week") or not 0 < counted[0] < 100:
        return None
    return calendar.next_days(base, counted[0] * (7 if unit == "week" else 1)), counted[1] + 1


def _old_fashioned(tokens: list[Token], i: int, base: date) -> Match | None:
    """ "(heute) über acht Tage", "(Montag) über vierzehn Tage"."""
    counted = _count(tokens, i + 1)
    if counted is None or counted[0] not in (8, 14) or _unit(tokens[counted[1]]) != "day":
        return None
    return calendar.ahead(base, 1 if counted[0] == 8 else 2, "week"), counted[1] + 1


def before_or_after_at(tokens: list[Token], i: int) -> tuple[int, int, int, bool] | None:
    """ "eine Woche vor (Weihnachten)", "in der Woche nach (Ostern)", "zwei Tage vor (Silvester)":
    (days before, days after, where it ends, whether the whole stretch is meant)."""
    noun = i + 1 + (tokens[i + 1].rank == 1)  # "In der ersten Woche nach Neujahr"
    whole = tokens[i].text in ("der", "die") and _unit(tokens[noun]) == "week"
    counted = (1, noun, False) if whole else _count(tokens, i)
    if counted is None or counted[2] or not 1 <= counted[0] <= 60:
        return None
    count, j, _ = counted
    unit, joint = _unit(tokens[j]), tokens[j + 1].text
    if unit not in ("day", "week") or joint not in ("vor", "nach", "from"):
        return None
    days = count * (7 if unit == "week" else 1)
    return (days, 0, j + 2, whole) if joint == "vor" else (0, days, j + 2, whole)


def past_at(tokens: list[Token], i: int, today: date) -> Match | None:
    """ "vor zwei Wochen": long ago, and no limit."""
    if tokens[i].text != "vor":
        return None
    counted = _count(tokens, i + 1)
    if counted is None or _unit(tokens[counted[1]]) not in ("day", "week", "month", "year"):
        return None
    days = {"day": 1, "week": 7, "month": 30, "year": 365}[_unit(tokens[counted[1]])]
    day = today - timedelta(days=min(counted[0], 100) * days)
    return calendar.on(day, "past"), counted[1] + 1


def later_at(tokens: list[Token], i: int, anchor: date) -> Match | None:
    """ "eine Woche später", "zwei Tage früher", "die Woche drauf", "am Tag davor"."""
    counted = _count(tokens, i)
    if counted:
        count, j, _ = counted
        unit = _unit(tokens[j])
        sign = _direction(tokens[j + 1])
        if unit in ("day", "week") and sign and count < 100:
            step = timedelta(days=sign * count * (7 if unit == "week" else 1))
            return calendar.on(anchor + step, "near"), j + 2
    unit, sign = _unit(tokens[i]), _direction(tokens[i + 1])
    if unit in ("day", "week") and sign:
        if unit == "week":
            return calendar.week(anchor, sign), i + 2
        return calendar.on(anchor + timedelta(days=sign), "near"), i + 2
    return None


def _direction(token: Token) -> int:
    """1 for "später", -1 for "früher", 0 for any other word."""
    if token.means("later"):
        return 1
    return -1 if token.text in _EARLIER else 0


def _count(tokens: list[Token], i: int) -> tuple[int, int, bool] | None:
    """How many: (number, where it ends, whether only vaguely)."""
    if tokens[i].text in _MORE_OR_LESS:
        i += 1 + (tokens[i + 1].text == ".")
    if tokens[i].text in ONE_OF and tokens[i + 1].text == "paar":
        return A_FEW, i + 2, True
    if tokens[i].text in ONE_OF and tokens[i + 1].text in ("guten", "knappen"):
        return 1, i + 2, False
    if tokens[i].text == "paar":
        return A_FEW, i + 1, True
    if tokens[i].text == "beiden":
        return 2, i + 1, False
    if tokens[i].text in ONE_OF:
        return 1, i + 1, False
    found = number_at(tokens, i)
    return (found[0], found[1], False) if found else None


def _unit(token: Token) -> str:
    return str(token.sense.value) if token.sense and token.sense.kind == "unit" else ""


def _which_unit(tokens: list[Token], i: int, today: date) -> Match | None:
    sense = tokens[i].sense
    assert sense
    which, j = str(sense.value), i + 1
    offset = _OFFSETS[which]
    counted = _count(tokens, j)
    if counted:
        count, k, vague = counted
        if _unit(tokens[k]) == "day" and which in ("next", "coming") and count < 100:
            return calendar.next_days(today, SEVERAL if vague else count), k + 1
        if _unit(tokens[k]) == "week" and which in ("next", "coming") and count < 30:
            return calendar.next_days(today, 7 * count), k + 1
        return None
    unit = _unit(tokens[j])
    if unit == "week":
        days = calendar.week(today, offset)
        return (days if offset >= 0 else Days("past", "week", days.spans)), j + 1
    if unit in ("month", "year"):
        ahead = calendar.months_ahead if unit == "month" else calendar.year_ahead
        days = ahead(today, offset)
        return (days if offset >= 0 else Days("past", days.grain, days.spans)), j + 1
    if unit == "day" and tokens[j].text in ("tage", "tagen") and which in ("next", "coming"):
        return calendar.next_days(today, SEVERAL), j + 1
    if tokens[j].means("weekend"):
        return _weekend(today, which), j + 1
    return None


def _this_and_next_week(tokens: list[Token], i: int, today: date) -> Match | None:
    """ "diese oder nächste Woche"."""
    first, second = tokens[i].sense, tokens[i + 2].sense
    if tokens[i + 1].text not in ("oder", "und", "bis") or not (first and second):
        return None
    if not tokens[i + 2].means("which") or _unit(tokens[i + 3]) != "week":
        return None
    begin, end = _OFFSETS[str(first.value)], _OFFSETS[str(second.value)]
    if not 0 <= begin < end:
        return None
    span = calendar.week(today, begin).spans[0][0], calendar.week(today, end).spans[0][1]
    return Days("week", "week", (span,)), i + 4


def _ranked_share(tokens: list[Token], i: int, today: date) -> Match | None:
    """ "erste Dezemberwoche", "zweite Novemberhälfte", "letzte Novemberwoche"."""
    is_last = tokens[i].means("which") and tokens[i].text.startswith("letzt")
    rank, word = -1 if is_last else tokens[i].rank, tokens[i + 1].text
    tail = next((tail for tail in ("woche", "halfte") if word.endswith(tail)), "")
    month = sense_of(word.removesuffix(tail)) if rank and tail else None
    if not rank or month is None or month.kind != "month":
        return None
    whole = calendar.month(today, int(month.value))
    if is_last:
        return (calendar.nth_week(today, -1, whole), i + 2) if tail == "woche" else None
    if tail == "woche":
        return calendar.sevenths(whole, rank), i + 2
    half = {1: "first half", 2: "second half"}.get(rank)
    return (calendar.edge_of(whole, half), i + 2) if half else None


def _weekend(today: date, which: str) -> Days:
    """ "Nächstes Wochenende" is the coming one for some and the one after it for others."""
    if which == "next" and today.weekday() < 5:
        spans = (*calendar.weekend(today, 0).spans, *calendar.weekend(today, 1).spans)
        return Days("weekend", "weekend", spans, asks=2)
    offset = {"this": 0, "coming": 0, "next": 1, "overnext": 2, "last": -1}[which]
    if which == "coming" and today.weekday() >= 5:
        offset = 1
    if which == "overnext" and today.weekday() < 5:
        offset = 1
    return calendar.weekend(today, offset)


def _edge(tokens: list[Token], i: int, today: date) -> Match | None:
    """ "Ende (der Woche)", "Anfang bis Mitte (November)"."""
    edge, j = _named_edge(tokens[i]), i + 1
    if tokens[j].text not in _BETWEEN_EDGES or not tokens[j + 1].means("edge"):
        found = _edge_of(tokens, j, today, edge)
        return (calendar.still_ahead(found[0], today), found[1]) if found else None
    first = _edge_of(tokens, j + 2, today, edge)
    last = _edge_of(tokens, j + 2, today, _named_edge(tokens[j + 1]))
    if not (first and last and first[0].spans and last[0].spans):
        return None
    spans = [(a[0], b[1]) for a, b in zip(first[0].spans, last[0].spans, strict=False)]
    if spans[0][0] > spans[0][1]:
        return None
    return calendar.still_ahead(Days("edge", last[0].grain, tuple(spans)), today), last[1]


def _named_edge(token: Token) -> str:
    return str(token.sense.value) if token.sense else ""


def _edge_of(tokens: list[Token], j: int, today: date, edge: str) -> Match | None:
    """The edge of the week, month or year that is named from ``j`` on."""
    while tokens[j].text in _ARTICLES:
        j += 1
    unit = _unit(tokens[j])
    if tokens[j].text == "neuen" and _unit(tokens[j + 1]) == "year":
        return calendar.edge_of(calendar.year_ahead(today, 1), edge), j + 2
    if unit in ("week", "month", "year"):
        following = _following_week(tokens, j + 1) if unit == "week" else None
        if following:
            return calendar.edge_of(calendar.week(today, following[0]), edge), following[1]
        return _ahead_edge(today, unit, edge), j + 1
    inner = None if tokens[j].means("edge") else period_at(tokens, j, today)
    found = tokens[j].sense
    if inner is None and found and found.kind.startswith("month"):
        year = tokens[j + 1].number
        has_year = year is not None and 1900 <= year < 2100
        days = calendar.month(today, int(found.value), year if has_year else None)
        inner = days, j + 2 if has_year else j + 1
    if inner is None or inner[0].word == "stretch":
        return None
    return calendar.edge_of(inner[0], edge), inner[1]


def _ahead_edge(today: date, unit: str, edge: str) -> Days:
    """The edge of this week or month, or of the next where this one's is over."""
    for offset in (0, 1):
        days = calendar.edge_of(_AHEAD[unit](today, offset), edge)
        if days.spans[0][1] >= today:
            return days
    return days


def _following_week(tokens: list[Token], i: int) -> tuple[int, int] | None:
    """ "(Ende der Woche) nächster Woche", "(Wochenende) der nächsten Woche"."""
    j = i
    while tokens[j].text in _ARTICLES:
        j += 1
    if tokens[j].means("which") and _unit(tokens[j + 1]) == "week":
        sense = tokens[j].sense
        assert sense
        return _OFFSETS[str(sense.value)], j + 2
    return None


def _this_week_follows(tokens: list[Token], i: int) -> bool:
    """ "(Im Laufe) der Woche", "dieser Woche"."""
    return tokens[i].text in ("der", "dieser") and _unit(tokens[i + 1]) == "week"


def _numbered_week(tokens: list[Token], i: int, today: date) -> Match | None:
    """ "KW 45", "Kalenderwoche fünfundvierzig", "45. KW", "fünfzigste Kalenderwoche"."""
    if tokens[i].means("kw"):
        found = number_at(tokens, i + 1)
    else:
        counted = rank_at(tokens, i) or number_at(tokens, i)
        if counted is None or not tokens[counted[1]].means("kw"):
            return None
        found = counted[0], counted[1] + 1
    if found is None or not 1 <= found[0] <= 53:
        return None
    return calendar.week_of_year(today, found[0]), found[1]
