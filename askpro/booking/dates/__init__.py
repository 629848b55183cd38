"""Spoken German dates and times: what they mean, or the question to ask.

The face of the package::

    understand(text, now)                 what one text means
    understand_wish(now, date_text=…)     what the arguments of a function call mean together

Inside, each floor knows only those below: ``numbers`` and ``lexicon`` (words), ``tokens``,
``calendar_days``, ``feasts`` and ``clock`` (what words can mean), the grammars (how days and times
are said), ``scanner`` and ``statements`` (corrections and refusals), ``resolution``, ``questions``.

Knows no default: what was not said is None, what can be taken in two ways becomes a question.
"""

from __future__ import annotations

from datetime import datetime

from askpro.booking.dates.lexicon import PARTS
from askpro.booking.dates.resolution import resolve
from askpro.booking.dates.scanner import statements_in
from askpro.booking.dates.statements import Statement, joined
from askpro.booking.dates.tokens import tokens_of
from askpro.booking.dates.values import Frame, Hours, Moment, Reading, Understanding

__all__ = ["PARTS", "Hours", "Moment", "Reading", "Understanding", "understand", "understand_wish"]

#: Longer texts are no dates; nothing of them is read, so no time can be lost on them.
LONGEST_TEXT = 1000


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
) -> Understanding:
    """What the separate arguments of a function call mean together.

    A time inside the date's text counts; where two arguments contradict each other, both readings
    come back with a question. None and empty texts were not said.
    """
    frame = Frame(_local(now), hours, plausible)
    said: list[Statement] = []
    for text, expect in ((datetime_text, None), (date_text, "day"), (time_text, "time")):
        statements = _statements(text, frame, expect) if text else []
        if len(statements) == 1:
            said.append(statements[0])
        elif statements:
            return _combined(statements, said, frame)
    return resolve([joined(said)] if said else [], frame)


def _combined(statements: list[Statement], before: list[Statement], frame: Frame) -> Understanding:
    return resolve(statements + before, frame)


def _statements(text: str, frame: Frame, expect: str | None = None) -> list[Statement]:
    if len(text) > LONGEST_TEXT:
        return []
    return statements_in(tokens_of(text), frame, expect=expect)


def _local(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("now must be aware and local")
    return now
