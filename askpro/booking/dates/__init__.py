"""Spoken German dates and times: what they mean, or the question to ask.

The face of the package::

    understand(text, now)                 what one text means
    understand_wish(now, date_text=…)     what the arguments of a function call mean together
    is_any_day(text), shift_in(text)      what names no day and yet is an answer

Inside, each floor knows only those below: ``numbers`` and ``lexicon`` (words), ``tokens``,
``calendar_days``, ``feasts`` and ``clock`` (what words can mean), the grammars (how days and times
are said), ``scanner`` and ``statements`` (corrections and refusals), ``resolution``, ``questions``.

Knows no default: what was not said is None, what can be taken in two ways becomes a question.
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from functools import lru_cache

from askpro.booking.dates.lexicon import PARTS
from askpro.booking.dates.resolution import resolve
from askpro.booking.dates.scanner import statements_in
from askpro.booking.dates.statements import Statement, together
from askpro.booking.dates.tokens import tokens_of
from askpro.booking.dates.values import Frame, Hours, Moment, Reading, Understanding
from askpro.booking.dates.without_day import Shift, is_any_day, shift_in

__all__ = [
    "PARTS",
    "Hours",
    "Moment",
    "Reading",
    "Shift",
    "Understanding",
    "is_any_day",
    "shift_in",
    "understand",
    "understand_wish",
]

#: Longer texts are no dates; nothing of them is read, so no time can be lost on them.
LONGEST_TEXT = 1000
#: "morgen um halb drei", "2026-11-24": longer ones may say who somebody is, and are not kept.
_SHORT_TEXT = 40
#: The date's and time's text together, the date's, the time's.
Arguments = tuple[str | None, str | None, str | None]
#: What programs write for an argument that nobody gave.
_NOTHING = frozenset(
    {"", "null", "none", "nil", "undefined", "n/a", "nan", "unknown", "unbekannt", "-"}
)


def understand(
    text: str,
    now: datetime,
    *,
    hours: Hours | None = None,
    plausible: tuple[int, int] = (8, 20),
) -> Understanding:
    """What ``text`` says of a day or a time, for a caller who speaks at ``now`` (aware, local).

    ``hours`` decide which half of the day a bare hour means ("um drei"); without them it is the
    one inside ``plausible``, first hour and the hour after the last.
    """
    frame = Frame(_local(now), hours, plausible)
    return resolve(_statements(text, frame), frame)


def understand_wish(
    now: datetime,
    *,
    date_text: str | None = None,
    time_text: str | None = None,
    datetime_text: str | None = None,
    hours: Hours | None = None,
    plausible: tuple[int, int] = (8, 20),
    anchor: date | None = None,
) -> Understanding:
    """What the separate arguments of a function call mean together.

    A time inside the date's text counts; where two arguments contradict each other, both readings
    come back with a question. None and empty texts were not said. "Am Mittwoch drauf" counts from
    ``anchor`` where no day was named before it.
    """
    arguments = (datetime_text, date_text, time_text)
    # Nothing looks at more of the clock than the minute; instants in two zones may be equal.
    minute = _local(now).replace(second=0, microsecond=0)
    frame = Frame(minute, hours, plausible, anchor)
    if sum(len(text) for text in arguments if text) > _SHORT_TEXT:
        return _meaning(arguments, frame)
    return _known_meaning(arguments, frame, minute.tzinfo)


def _meaning(arguments: Arguments, frame: Frame) -> Understanding:
    datetime_text, date_text, time_text = arguments
    expected = ((datetime_text, None), (date_text, "day"), (time_text, "time"))
    said = [_statements(text, frame, expect) for text, expect in expected if text]
    if date_text and not _is_nothing(date_text) and not any(said[:-1] if time_text else said):
        # "Wenn die Blätter fallen" is a day that was said and not understood: the time alone
        # would put the appointment on a day that nobody named.
        return Understanding()
    return resolve(together([one for one in said if one]), frame)


@lru_cache(maxsize=1024)
def _known_meaning(arguments: Arguments, frame: Frame, _zone: tzinfo | None) -> Understanding:
    """Many callers say the same few words in a busy minute."""
    return _meaning(arguments, frame)


def _statements(text: str, frame: Frame, expect: str | None = None) -> list[Statement]:
    if len(text) > LONGEST_TEXT or _is_nothing(text):
        return []
    return statements_in(tokens_of(text), frame, expect=expect)


def _is_nothing(text: str) -> bool:
    return text.strip().lower() in _NOTHING


def _local(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("now must be aware and local")
    return now
