"""A row of the table: what was measured, what is wanted, and whether that is met."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

Bound = Literal["at least", "at most"]
_MEETS: dict[Bound, Callable[[float, float], bool]] = {
    "at least": operator.ge,
    "at most": operator.le,
}


@dataclass(frozen=True)
class Row:
    """One figure. ``wanted`` None = it is only reported. ``note`` says what it was measured on, and
    ``why`` what keeps it from the goal when it misses.
    """

    work: str
    value: float
    unit: str
    bound: Bound = "at least"
    wanted: float | None = None
    note: str = ""
    why: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        return None if self.wanted is None else _MEETS[self.bound](self.value, self.wanted)

    @property
    def missed_by(self) -> float:
        """The part of the goal that is wanting, or that is too much; 0 where it is met."""
        if self.wanted is None or self.met:
            return 0.0
        return abs(self.value - self.wanted) / self.wanted

    def as_dict(self) -> dict[str, Any]:
        return {
            "work": self.work,
            "value": round(self.value, 4),
            "unit": self.unit,
            "bound": self.bound if self.wanted is not None else None,
            "wanted": self.wanted,
            "met": self.met,
            "missed_by": round(self.missed_by, 4),
            "note": self.note,
            "why": "" if self.met else self.why,
        }


def middle(values: Iterable[float]) -> float:
    return float(median(values))


def figure(value: float) -> str:
    """A figure with as many decimals as it deserves."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.3g}"


def table(rows: Iterable[Row]) -> str:
    """The rows for a terminal."""
    lines = [("", "work", "measured", "wanted", "note")]
    for row in rows:
        mark = {True: "ok", False: f"MISS by {row.missed_by:.0%}", None: ""}[row.met]
        wanted = "" if row.wanted is None else f"{row.bound} {figure(row.wanted)} {row.unit}"
        measured = f"{figure(row.value)} {row.unit}"
        note = "; ".join(filter(None, (row.note, "" if row.met else row.why)))
        lines.append((mark, row.work, measured, wanted, note))
    widths = [max(len(line[at]) for line in lines) for at in range(4)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]
        ).rstrip()
        for line in lines
    )
