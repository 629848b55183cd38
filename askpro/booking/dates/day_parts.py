"""How parts of the day and nearby times are said: "früher Nachmittag", "in einer halben Stunde"."""

from __future__ import annotations

from askpro.booking.dates.numbers import ONE_OF, words
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
_SHARES = {"halben": 30, "halbe": 30, "paar": 120, "guten": 60, "knappen": 60}
_AND_A_HALF = {"anderthalb": 90, "eineinhalb": 90, "zweieinhalb": 150, "dreieinhalb": 210}
_MORE_OR_LESS = words("gut knapp etwa ungefähr circa zirka ca rund so genau exakt")
_MOST_HOURS = 24


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
        before = tokens[i - 1].text if i else ""
        is_too_early = before == "zu"
        if token.text == "fruhe" and before in ("aller", "der"):
            return "früh", i + 1, False
        return ("früh", i + 1, False) if token.text == "fruh" and not is_too_early else None
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
    """How many minutes are named from ``i`` on, and where that ends: "(in) einer Stunde und zehn
    Minuten"."""
    if tokens[i].text in _MORE_OR_LESS:
        i += 1 + (tokens[i + 1].text == ".")
    first = _stretch(tokens, i)
    if first is None:
        return None
    minutes, end = first
    more = _stretch(tokens, end + 1) if tokens[end].text == "und" else None
    if more and minutes >= 60 > more[0]:
        return minutes + more[0], more[1]
    return first


def _stretch(tokens: list[Token], i: int) -> tuple[int, int] | None:
    """ "einer halben Stunde", "zweieinhalb Stunden", "2,5 h", "zehn Minuten"."""
    if tokens[i].text in ONE_OF or tokens[i].text == "der":
        first, is_hour = tokens[i + 1], _per_hour(tokens[i + 2]) == 60
        if first.text in _FRACTIONS:
            return _FRACTIONS[first.text], i + 2
        if is_hour and first.means("quarter") and first.sense:
            return 15 * int(first.sense.value), i + 3
        if is_hour and first.text in _SHARES:
            return _SHARES[first.text], i + 3
    if tokens[i].number == 3 and tokens[i + 1].means("quarter") and _per_hour(tokens[i + 2]) == 60:
        return 45, i + 3
    if tokens[i].text in _AND_A_HALF and _per_hour(tokens[i + 1]) == 60:
        return _AND_A_HALF[tokens[i].text], i + 2
    if tokens[i].kind in ("decimal", "pair") and _per_hour(tokens[i + 1]) == 60:
        whole, tenths = tokens[i].data[0] or 0, tokens[i].data[1] or 0
        return (whole * 60 + tenths * 6, i + 2) if whole < _MOST_HOURS and tenths < 10 else None
    found = (1, i + 1) if tokens[i].text in ONE_OF else number_at(tokens, i)
    if found is None:
        return None
    count, j = found
    scale = _per_hour(tokens[j])
    if not scale or count * scale > _MOST_HOURS * 60:
        return None
    return count * scale, j + 1


def _per_hour(token: Token) -> int:
    """Minutes of a unit of time, 0 for any other word."""
    if token.text == "h":
        return 60
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
