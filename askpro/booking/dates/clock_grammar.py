"""How times are said: "halb drei", "Viertel nach neun", "drei viertel acht", "14 Uhr 30", "3pm"."""

from __future__ import annotations

import re
from dataclasses import replace

from askpro.booking.dates.clock import (
    MIDNIGHT,
    NO_SUCH_TIME,
    NOON,
    Clock,
    Stretch,
    spoken,
    written,
)
from askpro.booking.dates.lexicon import COUNTED
from askpro.booking.dates.meridiem import meridiem_at, with_meridiem
from askpro.booking.dates.numbers import ONE_OF, words
from askpro.booking.dates.spoken_digits import are_minutes, hour_of_four, spelled_at
from askpro.booking.dates.tokens import Token, number_at

Match = tuple[Clock, int]

_AFTER = frozenset({"nach", "past", "uber"})
_AFTER_A_QUARTER = _AFTER | {"ab"}
_BEFORE = frozenset({"vor", "to"})
_TO = frozenset({"bis", "-", "–", "—", "/", "to", "till", "until"})
_SOFT = words(
    "um gegen ca circa zirka etwa ungefahr so spatestens maximal hochstens at around about"
)
_NO_PART_BEHIND_A_NUMBER = frozenset({"fruhe", "fruher", "fruhen", "nacht"})
_COUNTING = words("für zu mit um")
_FEW_MINUTES = frozenset(range(1, 31))
_GOES_ON = words("bitte für zum zur bei beim ginge geht wäre passt danke wenn")
#: What "1/4 9", "1/2 9" and "3/4 9" are short of the hour, in minutes.
_FRACTIONS = {"1/4": -45, "1/2": -30, "3/4": -15}
_BEGIN_A_FRACTION = ONE_OF | {"viertelstunde"}
_ZONE = re.compile(r":\d{2}(?:\.\d+)?(?:z|([+-])(\d{2}):(\d{2}))$", re.IGNORECASE)


def clock_at(tokens: list[Token], i: int, *, expected: bool = False) -> Match | None:
    """The time that begins at ``i``. ``expected``: the words before announce one ("um", "gegen"),
    so a bare number is an hour."""
    token = tokens[i]
    match = None
    fraction = _FRACTIONS.get(token.text) if token.kind == "pair" else None
    if fraction and tokens[i + 1].kind == "number" and 1 <= (tokens[i + 1].number or 0) <= 12:
        hour = spoken(tokens[i + 1].number or 0)
        match = hour.shifted(fraction), _past_uhr(tokens, i + 2)  # "3/4 9"
    elif token.kind == "no clock":
        match = NO_SUCH_TIME, _past_uhr(tokens, i + 1)
    elif token.kind == "clock":
        match = _digits(token), _past_uhr(tokens, i + 1)
    elif token.means("half"):
        match = _half(tokens, i) or _minutes_around(tokens, i, expected)
        match = match or _without_an_hour(tokens, i + 1, 30, expected)
    elif token.means("quarter") or (token.number == 3 and tokens[i + 1].means("quarter")):
        match = _quarter(tokens, i, expected)
    elif token.means("midnight"):
        match = Clock((MIDNIGHT,), "hour"), i + 1
    elif token.kind in ("pair", "decimal"):
        match = _dotted(tokens, i, expected)
    elif token.number is not None or token.text in _BEGIN_A_FRACTION:
        match = _minutes_around(tokens, i, expected) or _hour(tokens, i, expected)
    return with_meridiem(tokens, *match) if match else None


def stretch_at(
    tokens: list[Token], i: int, *, between: bool = False, expected: bool = False
) -> tuple[Stretch, int] | None:
    """ "von 9 bis 11", "9:30 - 11:00", "zwischen 12 und 12:30 Uhr", "7-9 Uhr", "1845-1955".

    ``between``: "zwischen" or "von" stood before, so "und" joins two times; ``expected``: a time
    is announced, so "9-11" is one.
    """
    first = clock_at(tokens, i, expected=True) if tokens[i].kind != "ordinal" else None
    if first is None or not first[0].choices:
        return None
    if between and _lost_its_joint(tokens, i, first[1]):
        return Stretch(spoken(tokens[i].number or 0), spoken(tokens[i + 1].number or 0)), first[1]
    begin, j = first
    joint = tokens[j].text
    if joint not in _TO and not (between and joint in ("und", "and")):
        return None
    k = j + 1
    while tokens[k].text in _SOFT or (tokens[k].text == "." and tokens[k - 1].text in _SOFT):
        k += 1
    last = clock_at(tokens, k, expected=True)
    if last is None or not last[0].choices:
        return None
    end, after = last
    bare = tokens[i].kind in ("number", "word") and j == i + 1
    announced = between or expected or joint == "bis" or tokens[after - 1].means("uhr")
    if (
        bare
        and not (announced or _is_day(tokens, i))
        and end.choices == spoken(end.choices[0] // 60).choices
    ):
        four_digits = len(tokens[i].text) == 4 and tokens[i].kind == "number"
        if not four_digits and not tokens[after].means("part", "morgen"):
            return None
    if end.sure and not begin.sure and bare:
        begin = _same_half(begin, end)
    return Stretch(begin, end), after


def _lost_its_joint(tokens: list[Token], i: int, end: int) -> bool:
    """ "Zwischen 10 12": two hours whose "und" was not heard, not twelve past ten."""
    first, second = tokens[i].number or 0, tokens[i + 1].number or 0
    is_one_time = end == i + 2 and tokens[i].kind == tokens[i + 1].kind
    return is_one_time and 0 < first < second < 24 and tokens[end].text not in _TO | {"und", "and"}


def is_hour(number: int | None) -> bool:
    return number is not None and 0 <= number <= 24


def _is_day(tokens: list[Token], i: int) -> bool:
    """Whether a day stands right before, so that "(02.11.2017) 7-9" are times."""
    before = tokens[i - 1] if i else None
    return before is not None and (
        before.kind == "date" or before.means("weekday", "near", "morgen", "month", "part")
    )


def _same_half(begin: Clock, end: Clock) -> Clock:
    """ "5 to 6 pm": a bare beginning lies in the same half of the day, before the end."""
    before = tuple(c for c in begin.choices if 0 < end.choices[0] - c <= NOON)
    return Clock(before[-1:], begin.grain) if before else begin


def _digits(token: Token) -> Clock:
    hour, minute = token.data[0] or 0, token.data[1] or 0
    clock = written(hour, minute, padded=token.text.startswith("0"))
    zone = _ZONE.search(token.text)
    if zone is None:
        return clock
    sign = -1 if zone[1] == "-" else 1
    return replace(clock, offset=sign * (int(zone[2] or 0) * 60 + int(zone[3] or 0)))


def _half(tokens: list[Token], i: int) -> Match | None:
    if tokens[i + 1].text == "past":
        english = _bare_hour(tokens, i + 2)
        return (spoken(english[0], 30), english[1]) if english else None
    hour = _bare_hour(tokens, i + 1)
    if hour is None or hour[0] > 13:
        return None
    return spoken(hour[0] or 12).shifted(-30), hour[1]


def _quarter(tokens: list[Token], i: int, expected: bool = False) -> Match | None:
    """ "viertel nach neun", "viertel acht" (7:15), "drei viertel acht", "dreiviertel acht"."""
    token = tokens[i]
    j = i + 1
    quarters = int(token.sense.value) if token.sense and token.means("quarter") else 1
    if not token.means("quarter"):
        quarters, j = 3, i + 2
    after = tokens[j].text
    if quarters == 1 and after in _AFTER_A_QUARTER | _BEFORE:
        sign = 1 if after in _AFTER_A_QUARTER else -1
        hour = _bare_hour(tokens, j + 1)
        if hour:
            return spoken(hour[0] or 24).shifted(15 * sign), hour[1]
        return Clock((), past_hour=15 * sign % 60), j + 1
    hour = _bare_hour(tokens, j)
    if hour is None:
        return _without_an_hour(tokens, j, 15 * quarters, expected or quarters == 3)
    if not 1 <= hour[0] <= 13:
        return None
    return spoken(hour[0]).shifted(15 * quarters - 60), hour[1]


def _without_an_hour(tokens: list[Token], j: int, minutes: int, expected: bool) -> Match | None:
    """ "(um) halb", "dreiviertel": the hour has to come from elsewhere."""
    ends = tokens[j].kind in ("end", "punct") or tokens[j].text in _GOES_ON
    ends = ends or (tokens[j].text == "am" and tokens[j + 1].means("weekday"))
    return (Clock((), past_hour=minutes), j) if expected and ends else None


def _minutes_around(tokens: list[Token], i: int, expected: bool) -> Match | None:
    """ "zehn vor drei", "fünf nach halb vier", "fünf vor halb", "zwanzig nach"."""
    found = _fraction(tokens, i) or _minutes(tokens, i)
    if found is None or found[0] not in _FEW_MINUTES:
        return None
    minutes, j, counted = found
    is_swiss = _is_swiss(tokens, i, j)  # "Fünf ab halb drei"
    if tokens[j].text not in _AFTER | _BEFORE and not is_swiss:
        return None
    if i and tokens[i - 1].text == "nach" and tokens[j].text in _BEFORE:
        return None  # "Nach zehn, vor zwölf", its comma lost
    sign = -1 if tokens[j].text in _BEFORE else 1
    if tokens[j + 1].means("half"):
        half = _half(tokens, j + 1)
        if half:
            return half[0].shifted(sign * minutes), half[1]
        return Clock((), past_hour=30 + sign * minutes), j + 2
    begins = tokens[j + 2] if tokens[j + 1].number == 3 else tokens[j + 1]  # "Drei viertel vier"
    quarter = _quarter(tokens, j + 1) if begins.means("quarter") else None
    if quarter and quarter[0].choices:
        return quarter[0].shifted(sign * minutes), quarter[1]
    hour = _bare_hour(tokens, j + 1)
    if hour and (counted or minutes % 5 == 0 or expected):
        return spoken(hour[0] or 24).shifted(sign * minutes), hour[1]
    ends = not is_swiss and tokens[j + 1].kind in ("end", "punct")
    ends = ends or (expected and tokens[j + 1].text in _GOES_ON)
    if ends and minutes % 5 == 0:
        return Clock((), past_hour=sign * minutes % 60), j + 1
    return None


def _is_swiss(tokens: list[Token], i: int, j: int) -> bool:
    """Whether "ab" says so many minutes past, not from when on: "zehn ab drei"."""
    if tokens[j].text != "ab" or tokens[i].kind != "word" or (tokens[i].number or 1) % 5:
        return False
    return not i or tokens[i - 1].text not in _COUNTING


def _minutes(tokens: list[Token], i: int) -> tuple[int, int, bool] | None:
    """ "zehn (Minuten)": (how many, where it ends, whether minutes were named)."""
    found = number_at(tokens, i)
    if found is None:
        return None
    counted = tokens[found[1]].means("unit") and tokens[found[1]].text.startswith("min")
    return found[0], found[1] + counted, counted


def _fraction(tokens: list[Token], i: int) -> tuple[int, int, bool] | None:
    """ "(eine) Viertelstunde", "eine halbe Stunde" before or after an hour."""
    j = i + 1 if tokens[i].text in ONE_OF else i
    if tokens[j].text == "viertelstunde":
        return 15, j + 1, True
    if tokens[j].text == "halbe" and tokens[j + 1].text == "stunde":
        return 30, j + 2, True
    return None


def _hour(tokens: list[Token], i: int, expected: bool) -> Match | None:
    """ "14 Uhr 30", "neun Uhr null fünf", "um vierzehn dreißig", "1650", "drei nachmittags"."""
    found = number_at(tokens, i)
    if found is None and tokens[i].kind == "ordinal" and expected and _ends_sentence(tokens, i):
        found = tokens[i].number or 0, i + 1
    spelled = spelled_at(tokens, i, before_uhr=True)
    if spelled is None and expected:
        spelled = hour_of_four(tokens, i)
    found = spelled or found
    if found is None:
        return None
    hour, j = found
    if tokens[i].kind == "number" and len(tokens[i].text) == 4:
        return _four_digits(tokens, i, expected)
    if hour > 24:
        return (NO_SUCH_TIME, j + 1) if hour < 100 and tokens[j].means("uhr") else None
    two_digits = tokens[j].kind == "number" and len(tokens[j].text) == 2
    if two_digits and tokens[j + 1].means("uhr") and (tokens[j].number or 0) < 60:
        return written(hour, tokens[j].number or 0, padded=True), j + 2  # "09 00 Uhr"
    if tokens[j].means("uhr"):
        return _after_uhr(tokens, j + 1, hour)
    if tokens[j].means("part") and tokens[j].text not in _NO_PART_BEHIND_A_NUMBER:
        return spoken(hour, grain="hour"), j
    if meridiem_at(tokens, j):
        return spoken(hour, grain="hour"), j
    if not expected or not hour or _counts(tokens, j):
        return None  # A bare "null" begins a phone number, no day.
    minutes = spelled_at(tokens, j) or number_at(tokens, j)
    if minutes and are_minutes(tokens[j], minutes[0]) and tokens[j].kind == tokens[i].kind:
        after = tokens[minutes[1]]
        if not _counts(tokens, minutes[1]) and not after.means("month", "month_short"):
            return spoken(hour, minutes[0]), minutes[1]
    return spoken(hour, grain="hour"), j


def _slashed_hours(tokens: list[Token], i: int) -> tuple[Clock, Clock, int] | None:
    one, other = (number or 0 for number in tokens[i].data)
    meridiem = meridiem_at(tokens, i + 1) if tokens[i + 1].glued else None
    if not 1 <= one < other <= 24 or not (meridiem or tokens[i + 1].means("uhr")):
        return None
    first, end = with_meridiem(tokens, spoken(one, grain="hour"), i + 1)
    second, end = with_meridiem(tokens, spoken(other, grain="hour"), i + 1)
    return first, second, _past_uhr(tokens, end)


def two_hours_at(
    tokens: list[Token], i: int, *, expected: bool = False
) -> tuple[Clock, Clock, int] | None:
    """ "(so) drei vier Uhr", "zehn, elf Uhr", "neun oder elf Uhr", "7/8am": one or the other.

    ``expected``: a time is announced, so two neighbours need no "Uhr" ("gegen zehn elf").
    """
    first, j = tokens[i], i + 1
    if first.kind == "pair" and "/" in first.text:
        return _slashed_hours(tokens, i)
    either_or = tokens[j].text == "oder"
    if either_or or tokens[j].text == ",":
        j += 1
    second = tokens[j]
    if expected and first.number and second.means("half"):
        half = _half(tokens, j) if tokens[j + 1].number == first.number + 1 else None
        if half and first.kind in ("word", "number"):  # "So drei, halb vier"
            return spoken(first.number, grain="hour"), *half
    if first.number is None or second.number is None or first.kind != second.kind:
        return None
    if first.kind not in ("word", "number") or not 1 <= first.number <= 23:
        return None
    says_uhr = tokens[j + 1].means("uhr")
    if not says_uhr and (either_or or not expected or not _end_as_hours(tokens, i, j)):
        return None
    if not first.number < second.number <= 24:
        return None
    if second.number != first.number + 1 and not either_or:
        return None
    if first.number == 1 and j == i + 1:
        return None  # "Eins zwei Uhr" are the digits of twelve.
    both = spoken(first.number, grain="hour"), spoken(second.number, grain="hour")
    return *both, _past_uhr(tokens, j + 1)


def _end_as_hours(tokens: list[Token], i: int, j: int) -> bool:
    """Whether nothing makes minutes, digits or a count of the number at ``j``: "neunzehn zwanzig"
    are an hour and its minutes."""
    after, second = tokens[j + 1], tokens[j].number or 0
    if (second > 12 and second % 5 == 0) or tokens[i].text.startswith("0"):
        return False
    if after.number is not None or after.rank is not None or _counts(tokens, j + 1):
        return False
    return after.text not in _AFTER | _BEFORE and not after.means("month", "month_short", "half")


def _after_uhr(tokens: list[Token], j: int, hour: int) -> Match:
    """The minutes behind "Uhr", if there are any."""
    k = j + 1 if tokens[j].text == "und" else j
    spelled = spelled_at(tokens, k) if k == j else None
    if spelled and not tokens[spelled[1]].means("uhr", "month", "month_short", "unit"):
        return spoken(hour, spelled[0]), spelled[1]
    minutes = number_at(tokens, k)
    if minutes is None or minutes[0] == 1:  # "Ich trage Sie um zehn Uhr ein."
        return spoken(hour, grain="hour"), j
    value, end = minutes
    if value < 60 and tokens[end].means("unit") and tokens[end].text.startswith("min"):
        return spoken(hour, value), end + 1
    follows_on = tokens[end].means("month", "month_short", "uhr") or _counts(tokens, end)
    if k != j and 24 < value < 60 and not follows_on and value % 5 == 0:
        return spoken(hour, value), end  # "Zehn Uhr und dreißig": no hour could follow.
    if 59 < value < 100 and k == j and not follows_on:
        return NO_SUCH_TIME, end
    if value > 59 or follows_on or k != j or tokens[end].kind == "clock":
        return spoken(hour, grain="hour"), j
    if len(tokens[k].text) == 4 and tokens[k].kind == "number":
        return spoken(hour, grain="hour"), j
    return spoken(hour, value), end


def _four_digits(tokens: list[Token], i: int, expected: bool) -> Match | None:
    """ "1650", "0900": a time where something says so, or where no year could stand."""
    hour, minute = divmod(tokens[i].number or 0, 100)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    after = tokens[i + 1]
    is_year = 19 <= hour <= 20 and not tokens[i].text.startswith("0")
    ranged = after.text in _TO and tokens[i + 2].kind == "number"
    if after.kind == "number" and tokens[i].text.startswith("0") and len(after.text) > 2:
        return None  # The area code of a telephone number.
    if after.means("uhr") or (ranged and len(tokens[i + 2].text) == 4) or not is_year or expected:
        end = i + 2 if after.means("uhr") else i + 1
        return written(hour, minute, padded=True), end
    return None


def _dotted(tokens: list[Token], i: int, expected: bool) -> Match | None:
    """ "18.12 Uhr", "um 10.10", "9.38h"."""
    hour, minute = tokens[i].data[0] or 0, tokens[i].data[1] or 0
    text = tokens[i].text.replace(",", ".")
    if hour > 24 or minute > 59 or len(text.split(".")[-1]) != 2 or "/" in text:
        return None
    if tokens[i + 1].means("uhr"):
        return written(hour, minute, padded=text.startswith("0")), i + 2
    if not expected or tokens[i].kind == "decimal" or _counts(tokens, i + 1):
        return None
    return written(hour, minute, padded=text.startswith("0")), i + 1


def _bare_hour(tokens: list[Token], j: int) -> tuple[int, int] | None:
    """The hour behind "halb" or "nach": (hour, where it ends, "Uhr" included)."""
    found = number_at(tokens, j)
    if found is None and tokens[j].kind == "ordinal":
        found = tokens[j].number or 0, j + 1
    if found is None or not 0 <= found[0] <= 24:
        return None
    hour, k = found
    if tokens[k].means("unit") or tokens[k].text in COUNTED:
        return None
    return hour, _past_uhr(tokens, k)


def _past_uhr(tokens: list[Token], j: int) -> int:
    return j + 1 if tokens[j].means("uhr") else j


def _counts(tokens: list[Token], j: int) -> bool:
    """Whether the number before ``j`` counts something and is no hour."""
    after = tokens[j]
    if after.text in COUNTED or after.means("unit", "kw", "quarter"):
        return True
    return after.kind == "punct" and after.text not in ".,;:!?()-–—/\n"


def _ends_sentence(tokens: list[Token], i: int) -> bool:
    """Whether the dot behind digits is a full stop: nothing follows that a date would have."""
    after = tokens[i + 1]
    if after.rank is not None or after.number is not None:
        return False
    return not after.means("month", "month_short", "kw", "weekday", "unit")
