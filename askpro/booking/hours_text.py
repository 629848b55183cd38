"""Reads opening hours as people write them on doors and websites.

``Mo-Fr 09:00-18:00, Sa 09:00-14:00``, ``Mo–Do 8-12 und 13-17 Uhr, Fr 8-13``, ``Mi geschlossen``.
An entry is days and their times at the start of a clause; everything else ("Reifenwochenende
24./25.10.", "Notdienst So 10-12") stays a note and never changes the hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time
from zoneinfo import ZoneInfo

from askpro.booking.hours import MIDNIGHT, OpeningHours, Weekly, Window, bundesland_code

_DAY_NAMES = (
    r"mo(?:n|ntags?|nday)?",
    r"di(?:e|enstags?)?|tue(?:s|sday)?",
    r"mi(?:ttwochs?)?|wed(?:nesday)?",
    r"do(?:nnerstags?)?|thu(?:rs|rsday)?",
    r"fr(?:i|eitags?|iday)?",
    r"sa(?:t|mstags?|turday)?|sonnabends?",
    r"so(?:nntags?)?|sun(?:day)?",
)
_DAY_PATTERNS = tuple(re.compile(names, re.IGNORECASE) for names in _DAY_NAMES)
_GROUPS = {
    "täglich": range(7),
    "taeglich": range(7),
    "jeden tag": range(7),
    "werktags": range(5),
    "wochentags": range(5),
    "am wochenende": range(5, 7),
    "wochenende": range(5, 7),
}
_DAY = rf"(?:{'|'.join(_DAY_NAMES)})\b\.?"
_DAY_RANGE = rf"{_DAY}(?:\s*(?:-|bis)\s*{_DAY})?"
_DAYS = rf"(?:{'|'.join(_GROUPS)}|{_DAY_RANGE}(?:(?:\s*(?:,|/|&|\+|und|u\.)\s*|\s+){_DAY_RANGE})*)"
_TIME = r"\d{1,2}(?:[:.]?\d{2})?(?:\s*(?:uhr|h)\b)?"
# A range that runs on into a date ("9-10.11.") is none.
_RANGE = rf"(?:von\s+)?{_TIME}\s*(?:-|bis)\s*{_TIME}(?!\.?\d)(?!\.\s?\d)"
_RANGES = rf"{_RANGE}(?:\s*(?:,|/|&|\+|und|u\.|sowie)\s*{_RANGE})*"
_CLOSED = r"(?:geschlossen|ruhetag|zu|closed)\b"
_ALL_DAY = r"(?:rund um die uhr|24\s*(?:h|std\.?|stunden)\b|durchgehend\b)"
_ENTRY = re.compile(
    rf"\b(?P<days>{_DAYS})\s*[:=]?\s*(?:ist\s+|haben wir\s+|sind wir\s+)?"
    rf"(?:(?P<ranges>{_RANGES})|(?P<closed>{_CLOSED})|(?P<all_day>{_ALL_DAY})"
    rf"|bis\s+(?P<until>{_TIME}))"
    rf"(?:\s*uhr\b)?(?:\s*geöffnet\b)?",
    re.IGNORECASE,
)
#: Days with something that can only be meant as times behind them, and is no date.
_LIKE_ENTRY = re.compile(
    rf"(?:und\s+|sowie\s+)?{_DAYS}\s*[:=]?\s*(?:(?:von|ab|bis|um)\b|\d{{1,2}}(?!\d|\.\s?\d)"
    r"|\w+\s*(?:uhr\s*)?(?:bis\b|-))",
    re.IGNORECASE,
)
_TIMES_FIRST = re.compile(rf"(?P<ranges>{_RANGES})\s*\(?\s*(?P<days>{_DAYS})?\s*\)?", re.IGNORECASE)
_ONE_RANGE = re.compile(rf"({_TIME})\s*(?:-|bis)\s*({_TIME})", re.IGNORECASE)
_ONE_DAY_RANGE = re.compile(rf"({_DAY})(?:\s*(?:-|bis)\s*({_DAY}))?", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[,;|()\n•·]|\.\s")
_FILLER = re.compile(
    r"(?:\s|[:./&+-]|\b(?:und|sowie|von|uhr|öffnungszeiten|sprechzeiten|geöffnet|offen|wir|haben)\b)*",
    re.IGNORECASE,
)
_PLAIN = str.maketrans({"–": "-", "—": "-", "‑": "-", "−": "-", "\u00a0": " ", "\t": " "})


def parse_hours(
    text: str | None,
    zone: ZoneInfo,
    *,
    bundesland: str | None = None,
    holidays: Iterable[tuple[date, str]] = (),
) -> OpeningHours:
    """Opening hours from text. Without a readable entry Monday to Friday 09:00-18:00 apply.

    A later entry for a day replaces the windows it overlaps and adds to the others, so that both
    "Mo-Fr 9-18, Do 9-20" and "Mo-Fr 8-12, Mo-Do 14-17" mean what they say. What was not read as an
    entry is in ``note``. ``bundesland`` may be a code or a name.
    """
    hours = OpeningHours(
        zone=zone, bundesland=bundesland_code(bundesland), holidays=tuple(sorted(holidays))
    )
    plain = re.sub(r" +", " ", (text or "").translate(_PLAIN))
    weekly, rest = _read(plain, _ENTRY)
    if weekly is None:
        weekly, rest = _read(plain, _TIMES_FIRST)
    note = re.sub(r"\s+", " ", " ".join(rest)).strip(" ,;|:-()").lstrip(".) ")
    return OpeningHours(
        zone=zone,
        weekly=hours.weekly if weekly is None else weekly,
        bundesland=hours.bundesland,
        holidays=hours.holidays,
        note=note,
    )


def unread_hours(text: str) -> str | None:
    """The part of ``text`` that says when it is open and was not understood; None without one.

    A note ("Sa nach Vereinbarung", "Reifenwochenende 24./25.10.") says no such thing, unless there
    is nothing else.
    """
    plain = re.sub(r" +", " ", text.translate(_PLAIN))
    weekly, rest = _read(plain, _ENTRY)
    if weekly is None:
        weekly, rest = _read(plain, _TIMES_FIRST)
    if weekly is None:
        return text.strip() or None
    clauses = (clause.strip() for piece in rest for clause in _CLAUSE_END.split(piece))
    return next((clause for clause in clauses if _LIKE_ENTRY.match(clause)), None)


def _read(text: str, pattern: re.Pattern[str]) -> tuple[Weekly | None, list[str]]:
    """The week that the entries make, None without any, and the pieces between them."""
    week: list[list[Window]] = [[] for _ in range(7)]
    rest: list[str] = []
    done, found = 0, False
    for entry in pattern.finditer(text):
        gap = text[done : entry.start()]
        if not _FILLER.fullmatch(_CLAUSE_END.split(gap)[-1]):
            continue
        if not _enter(week, entry):
            continue
        found = True
        if not _FILLER.fullmatch(_CLAUSE_END.sub(" ", gap)):
            rest.append(gap)
        done = entry.end()
    rest.append(text[done:])
    return (tuple(tuple(sorted(day)) for day in week) if found else None), rest


def _enter(week: list[list[Window]], entry: re.Match[str]) -> bool:
    """Write one entry into the week; False when its times cannot be meant."""
    days = _days(entry["days"]) if entry["days"] else list(range(5))
    fields = entry.groupdict()
    if fields.get("closed"):
        for day in days:
            week[day] = []
        return True
    if fields.get("all_day"):
        for day in days:
            week[day] = [Window(MIDNIGHT, MIDNIGHT)]
        return True
    if fields.get("until"):
        until = _minutes(fields["until"])
        if until is None or not all(week[day] for day in days):
            return False
        for day in days:
            _put(week, day, _minute_of(week[day][-1].opens), until)
        return True
    spans = [(_minutes(a), _minutes(b)) for a, b in _ONE_RANGE.findall(entry["ranges"])]
    if not spans or any(a is None or b is None or a == b for a, b in spans):
        return False
    for day in days:
        for opens, closes in spans:
            assert opens is not None
            assert closes is not None
            _put(week, day, opens, closes)
    return True


def _put(week: list[list[Window]], day: int, opens: int, closes: int) -> None:
    if closes < opens:
        # Past midnight: the rest belongs to the next day.
        _put(week, (day + 1) % 7, 0, closes)
        closes = 24 * 60
    kept = []
    for window in week[day]:
        begins, ends = _minute_of(window.opens), _minute_of(window.closes) or 24 * 60
        if begins == closes:
            closes = ends
        elif ends == opens:
            opens = begins
        elif ends <= opens or begins >= closes:
            kept.append(window)
    week[day] = sorted([*kept, Window(_time(opens), _time(closes))])


def _days(text: str) -> list[int]:
    group = _GROUPS.get(text.strip().casefold())
    if group is not None:
        return list(group)
    days: list[int] = []
    for first, last in _ONE_DAY_RANGE.findall(text):
        start = _day(first)
        end = _day(last) if last else start
        days += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    return days


def _day(name: str) -> int:
    bare = name.rstrip(".")
    return next(day for day, names in enumerate(_DAY_PATTERNS) if names.fullmatch(bare))


def _minutes(text: str) -> int | None:
    """``8``, ``8.30``, ``08:30 Uhr``, ``0830`` as minutes of the day; None for no time of day."""
    digits = re.sub(r"[^\d:.]", "", text)
    hour, _, minute = digits.replace(".", ":").partition(":")
    if not minute and len(hour) > 2:
        hour, minute = hour[:-2], hour[-2:]
    total = int(hour) * 60 + int(minute or 0)
    return total if int(minute or 0) < 60 and total <= 24 * 60 else None


def _minute_of(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)
