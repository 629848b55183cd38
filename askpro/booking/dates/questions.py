"""The questions to a caller whose words can be taken in more than one way, or in none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from askpro.booking.dates.values import Reading
from askpro.booking.wording.moments import (
    MONTHS,
    joined,
    named_day,
    spoken_date,
    spoken_span,
    spoken_time,
)
from askpro.booking.wording.numbers import cardinal, ordinal, year
from askpro.booking.wording.speech import MOST_CHARACTERS

#: More readings than these are not read out: the caller is asked openly.
MOST_NAMED = 3
_NEAR = {0: "heute", 1: "morgen"}
#: "heute nachmittags" is "heute Nachmittag", and "morgen morgens" is "morgen früh".
_NOUNS = {
    "morgens": "früh",
    "vormittags": "Vormittag",
    "mittags": "Mittag",
    "nachmittags": "Nachmittag",
    "abends": "Abend",
    "nachts": "Nacht",
}
_OPENLY = "Das habe ich nicht eindeutig verstanden. Welchen Tag und welche Uhrzeit meinen Sie?"


def which_one(readings: Sequence[Reading], today: date) -> str:
    """ "Meinen Sie …?" naming every reading by what sets it apart from the others."""
    if len(readings) > MOST_NAMED:
        return _OPENLY
    same_day = len(readings) > 1 and len({_days(reading) for reading in readings}) == 1
    same_time = len(readings) > 1 and len({_times(reading) for reading in readings}) == 1
    if same_day:
        plainly = _are_twins([reading.start.time for reading in readings])
        names = [_spoken_times(reading, plainly=plainly) for reading in readings]
    elif same_time:
        names = [_spoken_days(reading, today) for reading in readings]
    else:
        names = [
            _with_time(_spoken_days(reading, today), _spoken_times(reading)) for reading in readings
        ]
    commas = any("," in name for name in names)
    question = f"Meinen Sie {_with_appositions(names) if commas else joined(names, 'oder')}?"
    return question if all(names) and len(question) <= MOST_CHARACTERS else _OPENLY


def _with_appositions(names: Sequence[str]) -> str:
    """ "Morgen oder Freitag, den siebten November, oder …": an apposition ends with a comma."""
    *before, last = names
    return "".join(f"{name}{',' if ',' in name else ''} oder " for name in before) + last


def no_such_date(day: int, month: int) -> str:
    if 1 <= month <= 12 and 0 < day < 100:
        named = f"Den {ordinal(day, 'en')} {MONTHS[month - 1]}"
        return f"{named} gibt es nicht. Welchen Tag meinen Sie?"
    return "Diesen Tag gibt es nicht. Welchen Tag meinen Sie?"


def no_such_time() -> str:
    return "Diese Uhrzeit gibt es nicht. Welche Uhrzeit meinen Sie?"


def which_hour() -> str:
    return "Welche Stunde meinen Sie dabei?"


def skipped_by_the_clock(moment: time) -> str:
    return (
        f"{_hour(moment)} gibt es in dieser Nacht nicht, weil die Uhr auf Sommerzeit "
        "vorgestellt wird. Welche Uhrzeit meinen Sie?"
    )


def doubled_by_the_clock(moment: time) -> str:
    return (
        f"{_hour(moment)} gibt es in dieser Nacht zweimal, weil die Uhr auf Winterzeit "
        "zurückgestellt wird. Welche andere Uhrzeit passt Ihnen?"
    )


def _hour(moment: time) -> str:
    said = spoken_time(moment)
    return said[:1].upper() + said[1:]


def _days(reading: Reading) -> tuple[date | None, date | None]:
    return reading.start.date, reading.end.date if reading.end else None


def _times(reading: Reading) -> tuple[time | None, time | None, str | None]:
    return reading.start.time, reading.end.time if reading.end else None, reading.part


def _are_twins(moments: Sequence[time | None]) -> bool:
    """Whether the times differ by the half of the day, which then has to be said."""
    known = [moment for moment in moments if moment]
    return len({(moment.hour % 12, moment.minute) for moment in known}) < len(known)


def _with_time(day: str, moment: str) -> str:
    if not moment or not day:
        return day or moment
    if day in _NEAR.values():
        moment = _NOUNS.get(moment, moment)
    return f"{day}, {moment}" if "," in day else f"{day} {moment}"


def _spoken_days(reading: Reading, today: date) -> str:
    day, end = reading.start.date, reading.end.date if reading.end else None
    if day is None:
        return f"bis {_day(end, today)}" if end else ""
    first = _day(day, today)
    overnight = reading.start.time is not None and reading.grain in (
        "minute",
        "hour",
        "part_of_day",
    )
    if end is None or end == day or overnight:
        return first
    if reading.grain == "month" and day.day == 1:
        return f"{MONTHS[day.month - 1]} {year(day.year)}"
    if reading.grain == "weekend":
        return f"das Wochenende vom {spoken_date(day)}"
    gap = ", " if "," in first else " "
    return f"{first}{gap}bis {named_day(end, today, case='accusative')}"


def _day(day: date, today: date) -> str:
    near = _NEAR.get((day - today).days)
    return near or named_day(day, today, case="accusative")


def _spoken_times(reading: Reading, *, plainly: bool = False) -> str:
    """ "um acht Uhr morgens", "von neun bis elf Uhr"; ``plainly`` names the half of the day."""
    start, end = reading.start.time, reading.end.time if reading.end else None
    if reading.part:
        return reading.part
    if start is None:
        return f"bis {_time(end, plainly)}" if end else ""
    if end is not None:
        if not plainly:
            begin, finish = spoken_span(start, end)
            return f"von {begin} bis {finish}"
        return f"von {_time(start, plainly)} bis {_time(end, plainly)}"
    word = {"from": "ab", "around": "gegen"}.get(reading.relation, "um")
    return f"{word} {_time(start, plainly)}"


def _time(moment: time, plainly: bool) -> str:
    if not plainly or moment.minute or not moment.hour or moment.hour == 12:
        return spoken_time(moment)
    half = "morgens" if moment.hour < 12 else "nachmittags" if moment.hour < 18 else "abends"
    hour = moment.hour % 12 or 12
    return f"{'ein' if hour == 1 else cardinal(hour)} Uhr {half}"
