"""One line of what the doctor says, and how it says what it saw in another language.

What was seen is kept in pieces: a text with ``%(name)s`` in it and the facts that belong there. The
command line puts them together in English, the dashboard in its reader's language
(:mod:`askpro.web.dashboard.evidence` lists the texts for its catalog).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

#: A number or a name, which is nobody's to translate; what :func:`seen` made; a list of such.
Piece = Any


def seen(text: str, **facts: Piece) -> dict[str, Piece]:
    """``text`` and the facts for its ``%(name)s``, as JSON can say it."""
    return {"text": text, **facts}


def yes(text: str, **facts: Piece) -> dict[str, Any]:
    """What a trial inside the instance answers where its protection is in force."""
    return {"ok": True, "evidence": seen(text, **facts)}


def no(text: str, **facts: Piece) -> dict[str, Any]:
    """The same where it is not."""
    return {"ok": False, "evidence": seen(text, **facts)}


def told(piece: Piece, translate: Callable[[str], str] = str, *, between: str = "; ") -> str:
    """What was seen as one text; ``translate`` is given each text before its facts are put in.
    Several are parted by semicolons, a list among the facts of one by commas."""

    def inner(piece: Piece) -> str:
        return told(piece, translate, between=", ")

    if isinstance(piece, dict):
        facts = {name: inner(each) for name, each in piece.items() if name != "text"}
        text = translate(piece["text"])
        return text % facts if facts else text
    if isinstance(piece, list):
        return between.join(map(inner, piece))
    return str(piece)


def shortened(pieces: Iterable[Piece], most: int) -> list[Piece]:
    """The first ``most`` of them, and how many more there are."""
    every = list(pieces)
    rest = len(every) - most
    return [*every[:most], seen("%(count)s more", count=rest)] if rest > 0 else every


@dataclass(frozen=True)
class Finding:
    """``seen`` is what was seen. ``tried`` is false where there was nothing to try: such a line
    is no success, and is not counted as one."""

    check: str
    ok: bool
    seen: Piece
    tried: bool = True

    @property
    def evidence(self) -> str:
        """What was seen, in English."""
        return told(self.seen)

    def as_dict(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "ok": self.ok,
            "evidence": self.evidence,
            "tried": self.tried,
        }

    def as_kept(self) -> dict[str, Any]:
        """As JSON from which :func:`from_kept` makes it again."""
        return {**self.as_dict(), "seen": self.seen}


def from_kept(kept: dict[str, Any]) -> Finding:
    """Former releases kept the evidence alone."""
    seen_then = kept.get("seen", kept["evidence"])
    return Finding(kept["check"], kept["ok"], seen_then, kept["tried"])


def summary(findings: list[Finding]) -> str:
    """How many were tried, and how many of those are in force."""
    tried = [each for each in findings if each.tried]
    good = sum(each.ok for each in tried)
    rest = len(findings) - len(tried)
    said = f"{good} of {len(tried)} checks that were tried are in force"
    return f"{said}; {rest} could not be tried here." if rest else f"{said}."
