"""Feast days by the names callers use for them, public holidays or not.

Which of them are closed days is the business of :mod:`askpro.booking.hours`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from askpro.booking.dates.calendar_days import Days, Span
from askpro.booking.dates.numbers import fold
from askpro.booking.dates.tokens import Token
from askpro.booking.dates.values import Grain

_YEARS = 3
#: Names -> (month, day) or (month, day, last month, last day).
_FIXED: dict[str, tuple[int, ...]] = {
    "neujahr|neujahrstag": (1, 1),
    "heilige drei könige|dreikönigstag|heilig drei könig|dreikönig": (1, 6),
    "valentinstag": (2, 14),
    "frauentag|weltfrauentag": (3, 8),
    "tag der arbeit|maifeiertag": (5, 1),
    "peter und paul": (6, 29),
    "friedensfest|augsburger friedensfest": (8, 8),
    "mariä himmelfahrt|maria himmelfahrt": (8, 15),
    "weltkindertag|kindertag": (9, 20),
    "bundesfeiertag": (8, 1),
    "tag der deutschen einheit|deutschen einheit": (10, 3),
    "nationalfeiertag": (10, 26),
    "reformationstag": (10, 31),
    "halloween": (10, 31),
    "allerheiligen": (11, 1),
    "allerseelen": (11, 2),
    "martinstag|sankt martin|st martin": (11, 11),
    "nikolaus|nikolaustag": (12, 6),
    "heiligabend|heilig abend|heiliger abend|heiligen abend": (12, 24),
    "erster weihnachtstag|ersten weihnachtstag|erster weihnachtsfeiertag|"
    "ersten weihnachtsfeiertag|weihnachtstag": (12, 25),
    "zweiter weihnachtstag|zweiten weihnachtstag|zweiter weihnachtsfeiertag|"
    "zweiten weihnachtsfeiertag|stephanstag|stefanstag|stephanitag|stefanitag": (12, 26),
    "weihnachten|weihnachtsfeiertagen|weihnachtsfeiertage|christmas": (12, 25, 12, 26),
    "zwischen den jahren|zwischen weihnachten und neujahr|zwischen weihnachten und silvester": (
        *(12, 27),
        *(12, 31),
    ),
    "silvester|sylvester": (12, 31),
}
#: Names -> days after Easter Sunday: one, or first and last.
_EASTER: dict[str, tuple[int, ...]] = {
    "weiberfastnacht|altweiber|altweiberfastnacht": (-52,),
    "fastnachtssonntag|faschingssonntag|karnevalssonntag|tulpensonntag": (-49,),
    "rosenmontag|faschingsmontag|fastnachtsmontag": (-48,),
    "faschingsdienstag|fastnachtsdienstag|veilchendienstag|fastnacht": (-47,),
    "aschermittwoch": (-46,),
    "palmsonntag": (-7,),
    "gründonnerstag": (-3,),
    "karfreitag": (-2,),
    "karsamstag|ostersamstag|karsonnabend": (-1,),
    "ostersonntag": (0,),
    "ostermontag": (1,),
    "osterdienstag": (2,),
    "ostern|osterfeiertage|osterfeiertagen|easter": (0, 1),
    "christi himmelfahrt|himmelfahrt|vatertag|himmelfahrtstag": (39,),
    "pfingstsamstag": (48,),
    "pfingstsonntag": (49,),
    "pfingstmontag": (50,),
    "pfingstdienstag": (51,),
    "pfingsten": (49, 50),
    "fronleichnam": (60,),
}
#: Names -> Sundays (7), or another ISO weekday, counted around a fixed day of the year.
_ADVENT = {
    "volkstrauertag": -14,
    "totensonntag|ewigkeitssonntag": -7,
    "buß und bettag|bußtag": -11,
    "erster advent|ersten advent": 0,
    "zweiter advent|zweiten advent": 7,
    "dritter advent|dritten advent": 14,
    "vierter advent|vierten advent": 21,
}
_MOST_WORDS = 4


def easter(year: int) -> date:
    """Easter Sunday (Gauss's rule in Butcher's form, Gregorian calendar)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    shift = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * shift) // 451
    month, day = divmod(h + shift - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _first_advent(year: int) -> date:
    christmas = date(year, 12, 25)
    return christmas - timedelta(days=christmas.isoweekday() + 21)


def _mothers_day(year: int) -> date:
    return date(year, 5, 14) - timedelta(days=date(year, 5, 14).isoweekday() % 7)


def _thanksgiving(year: int) -> date:
    return date(year, 10, 7) - timedelta(days=date(year, 10, 7).isoweekday() % 7)


def _black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    return date(year, 11, 29) - timedelta(days=(date(year, 11, 29).weekday() - 4) % 7)


def _spans(name: str, year: int) -> Span:
    fixed = _BY_NAME_FIXED.get(name)
    if fixed:
        last = fixed[2:] or fixed
        return date(year, fixed[0], fixed[1]), date(year, last[0], last[1])
    around_easter = _BY_NAME_EASTER.get(name)
    if around_easter:
        sunday = easter(year)
        return (
            sunday + timedelta(days=around_easter[0]),
            sunday + timedelta(days=around_easter[-1]),
        )
    sunday_of = _BY_NAME_SUNDAY.get(name)
    if sunday_of:
        return sunday_of(year), sunday_of(year)
    day = _first_advent(year) + timedelta(days=_BY_NAME_ADVENT[name])
    return day, day


def _by_name(table: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return {fold(name): when for names, when in table.items() for name in names.split("|")}


_BY_NAME_FIXED = _by_name(_FIXED)
_BY_NAME_EASTER = _by_name(_EASTER)
_BY_NAME_SUNDAY = {
    "muttertag": _mothers_day,
    "erntedank": _thanksgiving,
    "erntedankfest": _thanksgiving,
    "black friday": _black_friday,
}
_BY_NAME_ADVENT = {fold(name): n for names, n in _ADVENT.items() for name in names.split("|")}
_NAMES = frozenset((*_BY_NAME_FIXED, *_BY_NAME_EASTER, *_BY_NAME_ADVENT, *_BY_NAME_SUNDAY))
FIRST_WORDS = frozenset(name.split()[0] for name in _NAMES)
#: Ranks that feasts are counted with, as written in digits: "1. Advent", "2. Weihnachtstag".
_RANKS = {1: "erster", 2: "zweiter", 3: "dritter", 4: "vierter"}


def feast_at(tokens: Sequence[Token], i: int, today: date) -> tuple[Days, int] | None:
    """The feast whose name begins at ``i``, its next occurrence first, and where the name ends."""
    words, j = "", i
    if tokens[i].kind == "ordinal":
        words, j = _RANKS.get(tokens[i].rank or 0, ""), i + 1
    if (words or tokens[i].text) not in FIRST_WORDS:
        return None
    found: tuple[str, int] | None = None
    while j < i + _MOST_WORDS + 1 and tokens[j].kind in ("word", "punct"):
        if tokens[j].kind == "word":
            words = f"{words} {tokens[j].text}".strip()
            if words in _NAMES:
                found = words, j + 1
        elif tokens[j].text != "-":
            break
        j += 1
    if not found:
        return None
    name, end = found
    year = tokens[end].number
    if year and 1900 <= year < 2100:
        return Days("date", "day", (_spans(name, year),)), end + 1
    spans = [_spans(name, today.year + n) for n in range(_YEARS)]
    ahead = [span for span in spans if span[1] >= today]
    is_long = any((last - first).days > 1 for first, last in ahead)
    grain: Grain = "week" if is_long else "day"  # "Dienstag zwischen den Jahren" is one of them.
    return Days("feast", grain, (*ahead, _spans(name, today.year - 1))), end
