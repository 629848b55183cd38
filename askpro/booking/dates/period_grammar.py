"""How stretches of days are said: "nächste Woche", "in drei Tagen", "Ende November", "KW 45"."""

from __future__ import annotations

from datetime import date, timedelta

from askpro.booking.dates import calendar_days as calendar
from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.numbers import ONE_OF, words
from askpro.booking.dates.tokens import Token, number_at

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
_ARTICLES = words("der des dem den die das von vom in im the of")
#: "Die nächsten Tage" without a number are so many.
SEVERAL = 5
#: "Ein paar" of them.
A_FEW = 2


def period_at(tokens: list[Token], i: int, today: date) -> Match | None:
    """A stretch that begins at ``i``: a week, a month, a weekend, an edge of one of them."""
    token = tokens[i]
    if token.sense is None and token.text not in _EDGES:
        return _numbered_week(tokens, i, today)
    if token.means("which"):
        return _which_unit(tokens, i, today)
    if token.means("edge"):
        return _edge(tokens, i, today)
    if token.text in _EDGES and not token.means("weekend"):
        unit, edge = _EDGES[token.text]
        return _ahead_edge(today, unit, edge), i + 1
    if token.means("weekend"):
        following = _following_week(tokens, i + 1, today)
        if following:
            ahead, end = following
            return calendar.weekend(today, ahead), end
        return calendar.weekend(today, 0), i + 1
    if token.means("kw"):
        return _numbered_week(tokens, i, today)
    return None


def ahead_at(tokens: list[Token], i: int, base: date) -> Match | None:
    """ "in vierzehn Tagen", "in einer Woche", "in a week", counted from ``base``."""
    if tokens[i].text != "in":
        return None
    counted = _count(tokens, i + 1)
    if counted is None:
        return None
    count, j, vague = counted
    unit = _unit(tokens[j])
    if unit not in ("day", "week", "month", "year"):
        return None
    if vague:
        return (calendar.few_days(base), j + 1) if unit == "day" else None
    if count > 400:
        return None
    return calendar.ahead(base, count, unit), j + 1


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
    """ "eine Woche später", "zwei Tage drauf", "die Woche drauf", "am Tag danach"."""
    counted = _count(tokens, i)
    if counted:
        count, j, _ = counted
        unit = _unit(tokens[j])
        if unit in ("day", "week") and tokens[j + 1].means("later") and count < 100:
            step = timedelta(days=count * (7 if unit == "week" else 1))
            return calendar.on(anchor + step, "near"), j + 2
    unit = _unit(tokens[i])
    if unit in ("day", "week") and tokens[i + 1].means("later"):
        if unit == "week":
            return calendar.week(anchor, 1), i + 2
        return calendar.on(anchor + timedelta(days=1), "near"), i + 2
    return None


def _count(tokens: list[Token], i: int) -> tuple[int, int, bool] | None:
    """How many: (number, where it ends, whether only vaguely)."""
    if tokens[i].text in ONE_OF and tokens[i + 1].text == "paar":
        return A_FEW, i + 2, True
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
    sense = tokens[i].sense
    assert sense
    edge, j = str(sense.value), i + 1
    while tokens[j].text in _ARTICLES:
        j += 1
    unit = _unit(tokens[j])
    if unit in ("week", "month"):
        following = _following_week(tokens, j + 1, today) if unit == "week" else None
        if following:
            return calendar.edge_of(calendar.week(today, following[0]), edge), following[1]
        return _ahead_edge(today, unit, edge), j + 1
    inner = period_at(tokens, j, today)
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
        whole = calendar.week(today, offset) if unit == "week" else None
        days = calendar.edge_of(whole or calendar.months_ahead(today, offset), edge)
        if days.spans[0][1] >= today:
            return days
    return days


def _following_week(tokens: list[Token], i: int, today: date) -> tuple[int, int] | None:
    """ "(Ende der Woche) nächster Woche", "(Wochenende) der nächsten Woche"."""
    j = i
    while tokens[j].text in _ARTICLES:
        j += 1
    if tokens[j].means("which") and _unit(tokens[j + 1]) == "week":
        sense = tokens[j].sense
        assert sense
        return _OFFSETS[str(sense.value)], j + 2
    return None


def _numbered_week(tokens: list[Token], i: int, today: date) -> Match | None:
    """ "KW 45", "Kalenderwoche fünfundvierzig", "45. KW"."""
    if tokens[i].means("kw"):
        found = number_at(tokens, i + 1)
    elif tokens[i].number is not None and tokens[i + 1].means("kw"):
        found = tokens[i].number or 0, i + 2
    else:
        return None
    if found is None or not 1 <= found[0] <= 53:
        return None
    return calendar.week_of_year(today, found[0]), found[1]
