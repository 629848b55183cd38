"""What errors quote: the value that a check refused, and the parameters of a statement.

An exception's text is the likeliest way for a name to get into a log: nothing stands beside it that
tells what it is. So every quoted text in these places is hidden, but for what only programs write.
"""

from __future__ import annotations

from collections.abc import Iterator

from askpro.guards.redaction.introductions import PARTICLE
from askpro.guards.redaction.spans import PERSONAL, Span, compiled, group_numbers, told
from askpro.guards.redaction.words import NO_NAMES, NOUN_ENDINGS, PARTICLES

_TEXT = r"(?:'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
_FIND = compiled(
    rf"(?i)\binput_value=(?:(?P<input_value>{_TEXT})|(?P<inputs>[\[{{(][^\n]*?), input_type)"
    rf"|[{{,\s]\\*[\"']input\\*[\"']\s*:\s*(?P<input>{_TEXT}|\\+\"[^\"\\\n]*)"
    r"|(?:\[parameters:|\bvalues)\s*(?P<parameters>[(\[{][^\n]*)"
    r"|\b(?:where|update\s+[\w.\"]+\s+set)\s+[\w.\"()]+\s*"
    r"(?P<conditions>(?:=|<>|!=|(?:not\s+)?(?:i?like|in)\s*[('])[^\n]*)"
)
_KINDS = {number: kind for kind, number in group_numbers(_FIND).items()}
#: What a line must contain before the pattern is worth its cost.
GATE = (
    r"(?i)\binput_value=|[{,\s]\\*[\"']input\\*[\"']|\[parameters:|\bvalues\s*[(\[{]"
    r"|\b(?:where|update\s+[\w.\"]+\s+set)\s+[\w.\"()]+\s*(?:=|<>|!=|like\b|ilike\b|in\b|not\b)"
    r"|(?-i:[a-z](?:Error|Exception)\b)"
)
_GATE = compiled(GATE)
# Whatever else an exception quotes: two words with capitals are somebody's name.
_RAISED = compiled(r"\b[A-Z]\w*(?:Error|Exception|Invalid)\b[^\n]*")
_CAPITALISED = r"(?:[dl]['’])?\p{Lu}[\p{L}'’.-]+"
_TWO_NAMES = compiled(rf"^{_CAPITALISED}(?:[ ](?:{PARTICLE}[ ]){{0,3}}{_CAPITALISED}){{1,3}}$")
_QUOTED = compiled(rf"({_TEXT})\s*([:=]?)")
_A_PROGRAMS = compiled(
    r"^(?:[a-z]+(?:[_.][a-z0-9]+)+|[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9T:.+Z -]*|call_[0-9a-f]+"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64})?$"
)


def find(line: bytes) -> Iterator[Span]:
    """Spans of the texts that errors quote in ``line``, without their quotation marks."""
    if _GATE.search(line) is None:
        return
    for raised in _RAISED.finditer(line):
        for match in _QUOTED.finditer(raised[0]):
            quoted = match.group(1)[1:-1]
            if _TWO_NAMES.search(quoted) and not _has_a_things_word(quoted):
                begin = raised.start() + match.start(1) + 1
                yield Span(begin, begin + len(quoted), PERSONAL)
    for group, start, end in told(_FIND, line):
        if _KINDS[group] in ("inputs", "parameters", "conditions"):
            yield from _texts(line, start, end)
        else:
            while line[start : start + 1] in (b"\\", b'"', b"'"):
                start += 1
            yield from _shown_as(line, start, end - (line[end - 1 : end] in (b'"', b"'")))


def _has_a_things_word(quoted: bytes) -> bool:
    return any(
        word not in PARTICLES and (word in NO_NAMES or word.endswith(NOUN_ENDINGS))
        for word in quoted.decode().lower().split()
    )


def _texts(line: bytes, start: int, end: int) -> Iterator[Span]:
    """Every quoted text from ``start`` to ``end`` that is a value and no key."""
    for match in _QUOTED.finditer(line[start:end]):
        if not match.group(2):
            begin, stop = match.span(1)
            yield from _shown_as(line, start + begin + 1, start + stop - 1)


def _shown_as(line: bytes, start: int, end: int) -> Iterator[Span]:
    if start < end and not _A_PROGRAMS.search(line[start:end]):
        yield Span(start, end, PERSONAL)
