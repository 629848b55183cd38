"""What a setting may look like in the environment.

Each kind reads the text of a variable and returns its value, or raises ValueError with what it must
be instead ("must be a whole number"); the variable's name is put before that by whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Parser = Callable[[str], Any]


def text(raw: str) -> str:
    """Any text."""
    return raw


def words(raw: str) -> tuple[str, ...]:
    """Texts with commas between them."""
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def flag(raw: str) -> bool:
    """Yes or no, also in German."""
    low = raw.strip().lower()
    if low in ("1", "true", "yes", "on", "ja"):
        return True
    if low in ("0", "false", "no", "off", "nein"):
        return False
    raise ValueError("must be true or false")


def whole(least: int, most: int | None = None) -> Parser:
    """A whole number of at least ``least`` and, where there is one, at most ``most``."""

    def parse(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError("must be a whole number") from None
        if value < least or (most is not None and value > most):
            raise ValueError(
                f"must be at least {least}" if most is None else f"must be {least} to {most}"
            )
        return value

    return parse


def seconds(least: float, most: float) -> Parser:
    """Seconds, with or without a fraction."""

    def parse(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            raise ValueError("must be a number of seconds") from None
        if not least <= value <= most:
            raise ValueError(f"must be {least:g} to {most:g} seconds")
        return value

    return parse


def zone(raw: str) -> ZoneInfo:
    """An IANA time zone."""
    try:
        return ZoneInfo(raw)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from None


def instant(raw: str) -> datetime:
    """An ISO instant with its offset."""
    try:
        value = datetime.fromisoformat(raw)
    except ValueError:
        raise ValueError("must be an ISO instant such as 2026-10-20T10:15:00+02:00") from None
    if value.tzinfo is None:
        raise ValueError("must carry an offset, such as +02:00")
    return value


def url(*schemes: str) -> Parser:
    """An address of one of the schemes, without the slash at its end."""

    def parse(raw: str) -> str:
        if not raw.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError("must start with " + " or ".join(f"{scheme}://" for scheme in schemes))
        scheme, _, rest = raw.partition("://")
        return f"{scheme}://{rest.rstrip('/')}"

    return parse


def one_of(*words: str) -> Parser:
    """One of these words."""

    def parse(raw: str) -> str:
        if raw not in words:
            raise ValueError("must be one of " + ", ".join(words))
        return raw

    return parse
