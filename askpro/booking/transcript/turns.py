"""A transcript as turns of agent and caller, read in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from askpro.booking.dates.numbers import fold

Speaker = Literal["agent", "caller"]

_SPEAKERS: dict[str, Speaker] = {
    **dict.fromkeys(("agent", "assistant", "ai", "bot", "assistent", "assistentin"), "agent"),
    **dict.fromkeys(("user", "customer", "caller", "anrufer", "kunde", "human"), "caller"),
}
_PREFIX = re.compile(
    r"[ \t]*(agent|assistant|ai|bot|assistent|assistentin|user|customer|caller|anrufer|kunde|human)"
    r"[ \t]*:[ \t]*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
#: A dot behind a digit belongs to a date, one behind two letters or less to an abbreviation.
_SENTENCE_END = re.compile(r"[!?;\n]+|(?<![\d\s])(?<!\bDr)(?<!\bca)(?<!\bSt)\.(?=\s|$)")
#: Calls have at most some hundred turns; of more, the beginning and the end are read.
FIRST_TURNS, LAST_TURNS = 50, 150
FIRST_WORDS, LAST_WORDS = 120, 80


@dataclass(frozen=True)
class Turn:
    """What one side said until the other spoke. ``words`` and ``folded`` are for comparing."""

    speaker: Speaker
    text: str

    @cached_property
    def folded(self) -> str:
        return fold(self.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(_WORD.findall(self.folded))

    @cached_property
    def gist(self) -> tuple[str, ...]:
        """The first and the last words: in a monologue, what is agreed to or asked is there."""
        if len(self.words) <= FIRST_WORDS + LAST_WORDS:
            return self.words
        return self.words[:FIRST_WORDS] + self.words[-LAST_WORDS:]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(self.words)

    def sentences(self) -> Iterator[Turn]:
        """Each sentence as a turn of its own."""
        begin = 0
        for end in _SENTENCE_END.finditer(self.text):
            yield from self._part(begin, end.end())
            begin = end.end()
        yield from self._part(begin, len(self.text))

    def _part(self, begin: int, end: int) -> Iterator[Turn]:
        text = self.text[begin:end].strip()
        if text:
            yield Turn(self.speaker, text)


def read_turns(transcript: str) -> list[Turn]:
    """The turns in order. Lines without a speaker continue the turn before them."""
    spoken: list[tuple[Speaker, list[str]]] = []
    for line in transcript.splitlines():
        match = _PREFIX.match(line)
        text = line[match.end() :] if match else line
        if not text.strip():
            continue
        speaker = _SPEAKERS[match[1].lower()] if match else spoken[-1][0] if spoken else "caller"
        if spoken and spoken[-1][0] == speaker:
            spoken[-1][1].append(text)
        else:
            spoken.append((speaker, [text]))
    if len(spoken) > FIRST_TURNS + LAST_TURNS:
        spoken = spoken[:FIRST_TURNS] + spoken[-LAST_TURNS:]
    return [Turn(speaker, "\n".join(lines)) for speaker, lines in spoken]
