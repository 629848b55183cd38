"""Small charts drawn as SVG on the server, each with the numbers it shows as a table behind it.

Sizes and colours are attributes, not styles: the page allows no inline style.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_WIDTH, _HEIGHT, _EDGE = 240.0, 48.0, 2.0


@dataclass(frozen=True)
class Line:
    """Values at instants; None = nothing was measured. ``least`` and ``most`` bound the axis where
    the values alone should not."""

    at: Sequence[datetime]
    values: Sequence[float | None]
    unit: str = ""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Sparkline:
    """``runs`` are the points of each unbroken stretch, as ``<polyline>`` takes them."""

    width: int
    height: int
    runs: list[str]
    dots: list[tuple[float, float]]
    rows: list[tuple[datetime, float | None]]
    unit: str
    lowest: float | None
    highest: float | None
    last: float | None


def sparkline(line: Line) -> Sparkline:
    """The chart of a line."""
    known = [value for value in line.values if value is not None]
    low = line.least if line.least is not None else min(known, default=0.0)
    high = line.most if line.most is not None else max(known, default=1.0)
    reach = (high - low) or 1.0
    step = (_WIDTH - 2 * _EDGE) / max(len(line.values) - 1, 1)
    runs: list[str] = []
    dots: list[tuple[float, float]] = []
    points: list[tuple[float, float]] = []

    def end_run() -> None:
        if len(points) > 1:
            runs.append(" ".join(f"{x:g},{y:g}" for x, y in points))
        elif points:
            dots.append(points[0])
        points.clear()

    for index, value in enumerate(line.values):
        if value is None:
            end_run()
            continue
        x = _EDGE + index * step
        y = _HEIGHT - _EDGE - (value - low) / reach * (_HEIGHT - 2 * _EDGE)
        points.append((round(x, 1), round(y, 1)))
    end_run()
    return Sparkline(
        int(_WIDTH),
        int(_HEIGHT),
        runs,
        dots,
        list(zip(line.at, line.values, strict=True)),
        line.unit,
        min(known, default=None),
        max(known, default=None),
        line.values[-1] if line.values else None,
    )
