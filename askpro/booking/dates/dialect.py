"""Weekdays as the regions say them: "Donnschdig", "Freidach", "Samsta", "Zischtig", "Pfinsta".

Knows how the names end and begin there, and nothing else of time.
"""

from __future__ import annotations

import re

_HEADS = (
    "mon men man",
    "diens dins zis ziis erch",
    "",
    "donners donns dons dunners dunns donnas pfins pfinz",
    "frei fri frii",
    "sams saams soms",
    "sonn sunn",
)
_DAYS = {head: day for day, heads in enumerate(_HEADS) for head in heads.split()}
#: "Frida" is a name, and a bare "a" ends no shorter day than "Freida".
_TAIL = re.compile(r"(.{4,})[td]a|(.{3,})[td](?:(?:aa?|o)(?:g|ch|k)|i(?:g|ch))")


def weekday_in_dialect(word: str) -> int | None:
    """The weekday (Monday 0) that a folded word names in some dialect, else None."""
    ends = _TAIL.fullmatch(word.replace("sch", "s"))
    return _DAYS.get(ends[1] or ends[2]) if ends else None
