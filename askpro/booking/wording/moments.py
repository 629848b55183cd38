"""Days and times as people say them on the phone.

Times between a quarter past eight and noon are said the short way ("halb zehn", "Viertel nach
neun"): their evening twins lie outside of plausible hours, so nobody can mistake them. All others
are said in full ("vierzehn Uhr dreißig"), because "halb drei" would leave day or night open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property, lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from askpro.booking.hours import WEEKDAYS
from askpro.booking.wording.numbers import MONTHS, before_noun, cardinal, ordinal, year

_NEAR = {-1: "gestern", 0: "heute", 1: "morgen", 2: "übermorgen"}
#: Further away than this, a date of another year is said with its year.
_SAME_SEASON_DAYS = 180


@dataclass(frozen=True)
class Listener:
    """Who hears a sentence, seen from the calendar: the instant ``now`` (aware) and the zone."""

    now: datetime
    zone: ZoneInfo

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def day(self, instant: datetime) -> date:
        return self.local(instant).date()


@lru_cache(maxsize=1440)
def spoken_time(moment: time) -> str:
    """``neun Uhr``, ``halb zehn``, ``Viertel nach neun``, ``vierzehn Uhr dreißig``; no "um"."""
    hour, minute = moment.hour, moment.minute
    if 8 <= hour < 12:
        if minute == 15:
            return f"Viertel nach {cardinal(hour)}"
        if minute == 30:
            return f"halb {cardinal(hour + 1)}"
        if minute == 45:
            return f"Viertel vor {cardinal(hour + 1)}"
    return f"{before_noun(hour)} Uhr" + (f" {cardinal(minute)}" if minute else "")


def spoken_span(first: time, last: time) -> tuple[str, str]:
    """The ends of a stretch, "Uhr" said once: ``("neun", "achtzehn Uhr")`` for "von … bis …".

    ``last`` 00:00 is the end of the day.
    """
    begin = spoken_time(first)
    if not first.minute and first.hour > 1:
        begin = begin.removesuffix(" Uhr")
    return begin, spoken_time(last) if last != time(0) else "vierundzwanzig Uhr"


def spoken_date(day: date, *, case: str = "dative", with_year: bool = False) -> str:
    """``siebten November`` (dative, accusative) or ``siebte November`` (nominative)."""
    ending = "e" if case == "nominative" else "en"
    text = f"{ordinal(day.day, ending)} {MONTHS[day.month - 1]}"
    return f"{text} {year(day.year)}" if with_year else text


@lru_cache(maxsize=1024)
def spoken_day(day: date, today: date) -> str:
    """``heute``, ``morgen``, ``am Freitag, dem siebten November``: an adverb for any sentence."""
    near = _NEAR.get((day - today).days)
    if near:
        return near
    dated = spoken_date(day, with_year=_needs_year(day, today))
    return f"am {WEEKDAYS[day.weekday()]}, dem {dated}"


def day_clause(day: date, today: date) -> str:
    """:func:`spoken_day` in the middle of a sentence: a date's apposition is closed by a comma."""
    name = spoken_day(day, today)
    return name + "," if "," in name else name


def named_day(day: date, today: date, *, case: str = "nominative") -> str:
    """``Dienstag, der zwanzigste Oktober``; accusative ``Dienstag, den zwanzigsten Oktober``."""
    article = {"nominative": "der", "accusative": "den", "dative": "dem"}[case]
    dated = spoken_date(day, case=case, with_year=_needs_year(day, today))
    return f"{WEEKDAYS[day.weekday()]}, {article} {dated}"


def whens(
    at: Listener,
    instants: Sequence[datetime],
    joiner: str = "oder",
    *,
    just_named: date | None = None,
) -> str:
    """Several instants in one breath, each day named once. The date of ``just_named`` was said a
    moment ago: "am selben Tag".

    ``morgen um neun Uhr oder um zehn Uhr``, ``heute um zehn Uhr, morgen um neun Uhr oder am
    Freitag, dem siebten November, um halb zehn``.
    """
    if len(instants) == 1:
        return spoken_when(at.local(instants[0]), at.today)
    pieces = []
    for day, of_day in groupby(instants, at.day):
        name = spoken_day(day, at.today)
        if day == just_named and "," in name:
            name = "am selben Tag"
        # The apposition "dem siebten November" ends with a comma before the time.
        gap = ", " if "," in name else " "
        times = [f"um {spoken_time(at.local(instant).time())}" for instant in of_day]
        pieces += [f"{name}{gap}{times[0]}", *times[1:]]
    return joined(pieces, joiner)


def spoken_when(local: datetime, today: date) -> str:
    """One local instant: ``morgen um neun Uhr``, ``am Freitag, dem siebten November, um halb
    zehn``."""
    name = spoken_day(local.date(), today)
    return f"{name}{', ' if ',' in name else ' '}um {spoken_time(local.time())}"


def stretch(
    at: Listener,
    day: date | None,
    until: date | None = None,
    earliest: time | None = None,
    latest: time | None = None,
    *,
    one_time: bool = False,
) -> str:
    """Days and hours as they were asked for, ready for the verb; ``day`` None for any day.

    ``one_time`` when ``earliest`` is the only time that was named.
    """
    days = day_clause(day, at.today) if day else ""
    if day and until and until != day:
        begin = named_day(day, at.today, case="dative")
        days = f"von {begin}, bis {named_day(until, at.today, case='accusative')},"
    hours = ""
    if earliest and one_time:
        hours = f"um {spoken_time(earliest)}"
    elif earliest and latest:
        begin, end = spoken_span(earliest, latest)
        hours = f"zwischen {begin} und {end}"
    elif earliest or latest:
        hours = (
            f"ab {spoken_time(earliest)}" if earliest else f"vor {spoken_time(latest or time())}"
        )
    return f"{days} {hours}".strip()


def times_of_day(at: Listener, instants: Sequence[datetime], joiner: str = "und") -> str:
    """``um neun, zehn, halb elf und elf Uhr``: times only, for a day already named."""
    times = [at.local(instant).time() for instant in instants]
    if len(times) < 3:
        return joined([f"um {spoken_time(each)}" for each in times], joiner)
    said: list[str] = []
    for number, each in enumerate(times):
        spoken = spoken_time(each)
        # "Uhr" is said once for several full hours, but for "ein Uhr" and where a "dreißig" comes.
        later = [time_ for time_ in map(spoken_time, times[number + 1 :]) if "Uhr" in time_]
        is_shared = bool(later) and each.hour > 1 and all(t.endswith(" Uhr") for t in later)
        said.append(spoken.removesuffix(" Uhr") if is_shared else spoken)
    return f"um {joined(said, joiner)}"


def joined(pieces: Sequence[str], joiner: str = "und") -> str:
    """``a``, ``a und b``, ``a, b und c``."""
    if len(pieces) < 2:
        return "".join(pieces)
    return f"{', '.join(pieces[:-1])} {joiner} {pieces[-1]}"


def _needs_year(day: date, today: date) -> bool:
    return day.year != today.year and abs((day - today).days) > _SAME_SEASON_DAYS
