"""How parts of the day and nearby times are said: "früher Nachmittag", "in einer halben Stunde"."""

from __future__ import annotations

from askpro.booking.dates.numbers import ONE_OF
from askpro.booking.dates.tokens import Token, number_at

_EARLY = frozenset({"fruh", "fruhe", "fruher", "fruhen", "fruhem", "early"})
_LATE = frozenset({"spat", "spate", "spaten", "spater", "spatem", "late"})
_SHADES = {
    ("early", "morgens"): "früh",
    ("early", "früh"): "früh",
    ("early", "vormittags"): "am frühen Vormittag",
    ("late", "vormittags"): "am späten Vormittag",
    ("early", "nachmittags"): "am frühen Nachmittag",
    ("late", "nachmittags"): "am späten Nachmittag",
    ("early", "abends"): "am frühen Abend",
    ("late", "abends"): "am späten Abend",
}
_BEFORE_MORNING = frozenset({"am", "heute", "gestern", "jeden"})
_FRACTIONS = {
    "viertelstunde": 15,
    "dreiviertelstunde": 45,
    "halbstunde": 30,
}
_MOST_HOURS_AHEAD = 12


def part_at(tokens: list[Token], i: int) -> tuple[str, int, bool] | None:
    """A part of the day from ``i`` on: (its name, where it ends, whether it says today as well)."""
    token, after = tokens[i], tokens[i + 1]
    shade = _shade(token.text)
    if shade:
        k = i + 1
        while tokens[k].text in ("am", "in", "der", "des"):
            k += 1
        name = _plain(tokens, k, behind_shade=True)
        if name and (shade, name) in _SHADES and (k == i + 1 or token.text in ("fruh", "spat")):
            return _SHADES[shade, name], k + 1, False
        # "Früher" and "später" alone compare; "spät" names no part that a shop would know.
        return ("früh", i + 1, False) if token.text == "fruh" else None
    name = _plain(tokens, i)
    if name is None:
        return None
    if name == "morgens" and after.text == "fruh":
        return "früh", i + 2, False
    return name, i + 1, token.text == "tonight"


def offset_at(tokens: list[Token], i: int) -> tuple[tuple[int, int], int] | None:
    """ "in zwei Stunden", "in den nächsten drei Minuten": ((minutes from, to) from now, end)."""
    token = tokens[i]
    if token.text == "in":
        minutes = _minutes(tokens, i + 1)
        return ((minutes[0], minutes[0]), minutes[1]) if minutes else None
    if token.means("which") and token.sense and token.sense.value in ("next", "coming"):
        minutes = _minutes(tokens, i + 1)
        return ((1, minutes[0] + 1), minutes[1]) if minutes else None
    return None


def _minutes(tokens: list[Token], i: int) -> tuple[int, int] | None:
    if tokens[i].text in ONE_OF or tokens[i].text == "der":
        first = tokens[i + 1].text
        if first in _FRACTIONS:
            return _FRACTIONS[first], i + 2
        if first in ("halben", "halbe") and _per_hour(tokens[i + 2]) == 60:
            return 30, i + 3
        if first == "paar" and _per_hour(tokens[i + 2]) == 60:
            return 120, i + 3
    if tokens[i].text in ("anderthalb", "eineinhalb") and _per_hour(tokens[i + 1]) == 60:
        return 90, i + 2
    if tokens[i].kind == "decimal" and _per_hour(tokens[i + 1]) == 60:
        whole, tenths = tokens[i].data[0] or 0, tokens[i].data[1] or 0
        return whole * 60 + tenths * 6, i + 2
    found = (1, i + 1) if tokens[i].text in ONE_OF else number_at(tokens, i)
    if found is None:
        return None
    count, j = found
    scale = _per_hour(tokens[j])
    if not scale or count * scale > _MOST_HOURS_AHEAD * 60 * 2:
        return None
    return count * scale, j + 1


def _per_hour(token: Token) -> int:
    """Minutes of a unit of time, 0 for any other word."""
    if token.sense is None or token.sense.kind != "unit":
        return 0
    return {"hour": 60, "minute": 1}.get(str(token.sense.value), 0)


def _shade(word: str) -> str:
    if word in _EARLY:
        return "early"
    return "late" if word in _LATE else ""


def _plain(tokens: list[Token], i: int, *, behind_shade: bool = False) -> str | None:
    token = tokens[i]
    if token.means("part") and token.sense and _shade(token.text) == "":
        return str(token.sense.value)
    if token.means("morgen"):
        before = tokens[i - 1] if i else None
        if behind_shade or (
            before is not None
            and (before.text in _BEFORE_MORNING or before.means("weekday", "weekday_short"))
        ):
            return "morgens"
    return None
