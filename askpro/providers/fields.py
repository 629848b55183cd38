"""Single values out of foreign JSON: each reader gives the type it is named after, or None.

Absent, null and empty are the same thing to Retell and Cal.com, and so they are here. Nothing in
this module raises: whether a missing value is a fault is for the caller to say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

#: Ids and words of a closed list, never a sentence or a full name.
_TOKEN = re.compile(r"[A-Za-z0-9_.:+=/-]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Milliseconds from 1970 to the end of the year 9998; later ones overflow when they are moved.
_LAST_MS = 253_370_764_800_000
_LAST = _EPOCH + timedelta(milliseconds=_LAST_MS)
_WIDEST = 2**63
_NARROWEST = 2**31
NOTHING: Mapping[str, Any] = {}


def text(value: object, most: int = 500) -> str | None:
    """A trimmed single string of at most ``most`` characters, without control characters.

    PostgreSQL cannot store NUL, terminals obey escape sequences: both are dropped here.
    """
    if type(value) is not str:
        return None
    if not value.isprintable():
        value = "".join(" " if c.isspace() else c for c in value if c.isprintable() or c.isspace())
    return value.strip()[:most].rstrip() or None


def token(value: object, most: int = 100) -> str | None:
    """An id or a word of a list: logs and tables keep these. What may say anything is none."""
    read = text(value, most + 1)
    return read if read is not None and len(read) <= most and _TOKEN.fullmatch(read) else None


def identifier(value: object, most: int = 100) -> str | None:
    """An id that somebody else gave. One that may say anything is known by its digest: it still
    counts and is still the same call's."""
    read = text(value)
    return (
        None
        if read is None
        else token(read, most) or f"id_{sha256(read.encode()).hexdigest()[:32]}"
    )


def lines(value: object, most: int) -> str | None:
    """Like :func:`text`, but line breaks stay: for transcripts and notes."""
    if type(value) is not str:
        return None
    value = value[:most]
    if not value.isprintable():
        # Line by line: of an hour's talk only the odd line has to be looked at letter by letter.
        value = "\n".join(
            line if line.isprintable() else _printable(line) for line in value.split("\n")
        )
    return value.strip() or None


def _printable(line: str) -> str:
    return "".join(letter for letter in line if letter.isprintable() or letter == "\t")


def whole(value: object) -> int | None:
    """An integer; floats without a fraction count, booleans do not.

    One that needs more than 64 bits is nobody's id, and no database could look for it.
    """
    if type(value) is float and math.isfinite(value) and value.is_integer():
        value = int(value)
    return value if type(value) is int and abs(value) < _WIDEST else None


def narrow(value: object) -> int | None:
    """:func:`whole`, for counts and ids that are kept in 32 bits."""
    read = whole(value)
    return read if read is not None and abs(read) < _NARROWEST else None


def number(value: object) -> float | None:
    """A finite number."""
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        try:
            return float(value)
        except OverflowError:
            return None
    return None


def flag(value: object) -> bool | None:
    return value if type(value) is bool else None


def mapping(value: object) -> Mapping[str, Any]:
    return value if type(value) is dict else NOTHING


def items(value: object) -> list[Any]:
    return value if type(value) is list else []


def instant_from_ms(value: object) -> datetime | None:
    """Milliseconds since 1970 (Retell's way) as an aware UTC instant."""
    ms = whole(value)
    if ms is None or not 0 < ms < _LAST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=ms)


def instant(value: object) -> datetime | None:
    """ISO 8601 with an offset in any of Cal.com's spellings (``Z``, ``.000Z``, ``+02:00``) as UTC.

    A text without an offset is no instant: Cal.com never sends one, and guessing a zone is how
    appointments move by an hour. Neither is one at the ends of time, which no zone can show.
    """
    if type(value) is not str or not 16 <= len(value) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _EPOCH < moment < _LAST else None


def later(moment: datetime | None, than: datetime | None) -> datetime | None:
    """An end that lies behind its start; one that does not is none."""
    return None if moment is not None and than is not None and moment <= than else moment
