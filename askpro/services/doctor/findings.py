"""One line of what the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """``evidence`` is what was seen. ``tried`` is false where there was nothing to try: such a line
    is no success, and is not counted as one."""

    check: str
    ok: bool
    evidence: str
    tried: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "ok": self.ok,
            "evidence": self.evidence,
            "tried": self.tried,
        }


def summary(findings: list[Finding]) -> str:
    """How many were tried, and how many of those are in force."""
    tried = [each for each in findings if each.tried]
    good = sum(each.ok for each in tried)
    rest = len(findings) - len(tried)
    said = f"{good} of {len(tried)} checks that were tried are in force"
    return f"{said}; {rest} could not be tried here." if rest else f"{said}."
