"""Months and years inside of dates, and what a rule for days answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from askpro.booking.dates import calendar_days as calendar
from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.tokens import Token

_JOINTS = frozenset({"of", ",", "-", "/", "im"})


@dataclass(frozen=True)
class DayMatch:
    """``part`` is a part of the day that the same words named ("Montagabend").

    ``after_anchor``: counted from the day last spoken of ("am Mittwoch drauf").
    """

    days: Days
    end: int
    part: str | None = None
    after_anchor: bool = False


def whole_month(tokens: list[Token], i: int, today: date) -> tuple[Days, int] | None:
    named = month_name(tokens, i, joints=False)
    if named is None:
        return None
    if tokens[i].means("month_short") and (not i or tokens[i - 1].text not in ("im", "in")):
        return None
    year, k = year_at(tokens, named[1], None)
    return calendar.month(today, named[0], year), k


def month_name(tokens: list[Token], j: int, *, joints: bool = True) -> tuple[int, int] | None:
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


def year_at(tokens: list[Token], j: int, today: date | None) -> tuple[int | None, int]:
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
