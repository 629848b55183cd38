"""Phone calls of our own, each with what a listener would note.

``## number said-at {expected}`` begins a call; its transcript follows. Only the details named in
the expectation are compared; ``wanted`` and ``existing`` are [date, time] or null.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from askpro.booking.transcript import Facts, Slot

BERLIN = ZoneInfo("Europe/Berlin")
_CALLS = Path(__file__).parent / "calls"


@dataclass(frozen=True)
class Call:
    name: str
    began: datetime
    transcript: str
    expected: dict[str, Any]


def calls() -> list[Call]:
    found = []
    for path in sorted(_CALLS.glob("*.txt")):
        for block in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            head, transcript = block.split("\n", 1)
            number, began, expected = head.split(" ", 2)
            instant = datetime.fromisoformat(began).replace(tzinfo=BERLIN)
            found.append(Call(f"{path.stem} {number}", instant, transcript, json.loads(expected)))
    return found


def noted(facts: Facts) -> dict[str, Any]:
    """The facts in the words of the expectations."""
    return {
        "wanted": _slot(facts.wanted),
        "existing": _slot(facts.existing),
        "service": facts.service,
        "customer_name": facts.customer_name,
        "phone": facts.phone,
        "email": facts.email,
        "intent": facts.intent,
        "confident": facts.confident,
    }


def _slot(slot: Slot | None) -> list[str | None] | None:
    if slot is None:
        return None
    return [slot.date.isoformat(), f"{slot.time:%H:%M}" if slot.time else None]
