"""The steps of a request as bars: where each begins and how long it is, in percent of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_THINNEST = 0.7


def bars(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of a row with ``steps`` and ``milliseconds``, each with ``left`` and ``width``."""
    steps = row["steps"] or []
    ends = (step["begin_ms"] + step["milliseconds"] for step in steps)
    whole = max([row["milliseconds"], *ends]) or 1.0
    return [
        {
            **step,
            "left": round(100 * max(step["begin_ms"], 0) / whole, 1),
            "width": round(max(100 * step["milliseconds"] / whole, _THINNEST), 1),
        }
        for step in steps
    ]
