"""What names no day and yet is an answer: "egal wann", "was haben Sie frei", "eine Woche später".

Whoever asks decides whether that makes sense: a first appointment can be on any day, and only one
that stands can become later.
"""

from __future__ import annotations

from dataclasses import dataclass

from askpro.booking.dates.numbers import ONE_OF, words
from askpro.booking.dates.tokens import Token, number_at, tokens_of

_ANY = words(
    "egal wurscht wurst schnuppe schnurz gleichgültig irgendwann jederzeit hauptsache wannimmer "
    "täglich werktags"
)
_ON_ANY_OF_THEM = (words("jeden tag"), words("jeder tag"))
_FREE = words("frei freies freie termin termine platz plätze luft")
_NOT = words("nicht kein keine keinen außer ohne nie niemals")

_HALVES = words("halbe halben")
_ONE_AND_A_HALF = words("anderthalb eineinhalb")
_MINUTES = dict.fromkeys(words("minute minuten"), 1) | dict.fromkeys(words("stunde stunden"), 60)
_DAYS = dict.fromkeys(words("tag tage tagen"), 1) | dict.fromkeys(words("woche wochen"), 7)
_QUARTERS = {"viertelstunde": 15, "dreiviertelstunde": 45}
_LATER = words("später danach")
_EARLIER = words("früher davor vorher eher")
_SAME = words(
    "gleicher gleichen gleiche selber selben selbe derselbe demselben derselben dieselbe tag tags "
    "zeit uhrzeit bisher bisherige bisherigen"
)
_FILLERS = words(
    "am an der den dem um zu zur wie bitte gern gerne nur einfach genau etwa so auf und , ."
)


@dataclass(frozen=True)
class Shift:
    """How far from an appointment: whole ``days`` at the same time of day, and ``minutes``."""

    days: int = 0
    minutes: int = 0


def is_any_day(text: str) -> bool:
    """Whether the day does not matter to who says so: "mir egal", "wann haben Sie was frei?"."""
    said = {token.text for token in tokens_of(text)}
    if said & _NOT:
        return False
    if said & _ANY or any(some <= said for some in _ON_ANY_OF_THEM):
        return True
    return "wann" in said and bool(said & _FREE)


def shift_in(text: str) -> Shift | None:
    """``text`` as a distance from the appointment, if it says nothing else.

    "Gleicher Tag" and "gleiche Uhrzeit" are no distance at all; None for whatever names a
    day or time of its own.
    """
    tokens = [token for token in tokens_of(text) if token.text]
    ahead = [*tokens, *tokens_of("")]
    days = minutes = 0
    i, found = 0, False
    while i < len(tokens):
        step = distance_at(ahead, i)
        if step:
            shift, i = step
            days, minutes, found = days + shift.days, minutes + shift.minutes, True
        elif tokens[i].text in _SAME:
            i, found = i + 1, True
        elif tokens[i].text in _FILLERS:
            i += 1
        else:
            return None
    return Shift(days, minutes) if found else None


def distance_at(tokens: list[Token], i: int) -> tuple[Shift, int] | None:
    """ "eine halbe Stunde später" from ``i`` on, and where it ends."""
    one = tokens[i].text in ONE_OF
    j = i + 1 if one else i
    share = 1.0
    if tokens[j].text in _QUARTERS:
        minutes, j = _QUARTERS[tokens[j].text], j + 1
        return _directed(tokens, j, 0, minutes)
    if tokens[j].text in _HALVES:
        share, j = 0.5, j + 1
    elif tokens[j].text in _ONE_AND_A_HALF:
        share, j = 1.5, j + 1
    elif not one:
        counted = number_at(tokens, j)
        if counted is None or not 0 < counted[0] < 100:
            return None
        share, j = float(counted[0]), counted[1]
    unit = tokens[j].text
    if unit in _MINUTES:
        return _directed(tokens, j + 1, 0, round(share * _MINUTES[unit]))
    if unit in _DAYS and share == int(share):
        return _directed(tokens, j + 1, int(share) * _DAYS[unit], 0)
    return None


def _directed(tokens: list[Token], i: int, days: int, minutes: int) -> tuple[Shift, int] | None:
    if tokens[i].text in _LATER:
        return Shift(days, minutes), i + 1
    if tokens[i].text in _EARLIER:
        return Shift(-days, -minutes), i + 1
    return None
