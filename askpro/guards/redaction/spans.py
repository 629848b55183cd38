"""A stretch of a line that must not be seen, and how overlapping ones become one.

All positions are byte offsets into the UTF-8 of a line: RE2 works on bytes, and counting characters
again for every match would cost more than the search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import re2

EMAIL = b"[EMAIL_REDACTED]"
PHONE = b"[PHONE_REDACTED]"
IBAN = b"[IBAN_REDACTED]"
API_KEY = b"[API_KEY_REDACTED]"
NAME = b"[NAME_REDACTED]"
SECRET = b"[REDACTED]"
PERSONAL = b"[PII_REDACTED]"

# What \\p{…} means in a pattern of this package. Unicode's own classes have hundreds of ranges
# each, which made starting up ten times slower; these differ from them in a few signs among the
# letters of rare scripts, where nothing is decided. Combining marks count as letters.
_CLASSES = {
    "L": r"A-Za-z\x{AA}\x{BA}\x{C0}-\x{1FFF}\x{3040}-\x{D7FF}\x{F900}-\x{FDFF}\x{FE70}-\x{FEFE}"
    r"\x{FF21}-\x{FFDC}\x{10000}-\x{1EFFF}",
    "Lu": r"A-Z\x{C0}-\x{D6}\x{D8}-\x{DE}\x{100}-\x{2FF}\x{370}-\x{1FFF}\x{3040}-\x{D7FF}"
    r"\x{F900}-\x{FDFF}\x{FE70}-\x{FEFE}\x{FF21}-\x{FF3A}\x{10000}-\x{1EFFF}",
    "Ll": r"a-z\x{DF}-\x{FF}\x{100}-\x{24F}\x{3B1}-\x{3CE}\x{430}-\x{45F}",
    "N": r"0-9\x{FF10}-\x{FF19}",
}

# Where two finders claim the same bytes, the one that says more about them names the token.
_RANK = {SECRET: 0, API_KEY: 1, EMAIL: 2, IBAN: 3, PHONE: 4, PERSONAL: 5, NAME: 6}


class Span(NamedTuple):
    """``line[start:end]`` is replaced by ``token``."""

    start: int
    end: int
    token: bytes


def compiled(pattern: str, *, groups: bool = True) -> Any:
    """``pattern`` for searching UTF-8 bytes in linear time; ``\\p{…}`` as in the table above.

    Untrusted text never meets a backtracking engine. RE2 falls back from its automaton to a slower
    but still linear one when memory runs out, so the limit is a matter of speed, not of safety; it
    also bounds what a worker's automata may grow by. With half of it the longest one falls back.
    Where nobody asks what the groups matched, a search without ``groups`` takes half as long.
    """
    options = re2.Options()
    options.never_capture = not groups
    options.max_mem = 32 << 20
    options.log_errors = False
    return re2.compile(_expanded(pattern).encode(), options)


def told(pattern: Any, line: bytes) -> Iterator[tuple[int, int, int]]:
    """(group, start, end) of the last group of each match. What follows that group in its match
    may begin the next one."""
    position = 0
    while match := pattern.search(line, position):
        start, position = match.span(match.lastindex)
        yield match.lastindex, start, position


def _expanded(pattern: str) -> str:
    result, position, in_class = [], 0, False
    while position < len(pattern):
        char = pattern[position]
        step = 1
        if pattern.startswith("\\p{", position):
            step = pattern.index("}", position) + 1 - position
            body = _CLASSES[pattern[position + 3 : position + step - 1]]
            result.append(body if in_class else f"[{body}]")
        else:
            step = 2 if char == "\\" else 1
            in_class = char == "[" or (in_class and char != "]")
            result.append(pattern[position : position + step])
        position += step
    return "".join(result)


def group_numbers(pattern: Any) -> dict[str, int]:
    """Name to number of the groups of a compiled pattern; RE2's matches know numbers only."""
    return {name.decode(): index for name, index in pattern.groupindex.items()}


def unnamed(pattern: str) -> str:
    """``pattern`` with its named groups made plain, so that it can be joined to others."""
    return str(compiled(r"\?P<\w+>").sub("?:", pattern))


def merged(spans: Iterable[Span], line: bytes) -> list[Span]:
    """The spans in order, overlapping ones united, names side by side joined.

    A span around others keeps its own token; of spans that cross, or cover the same, the more
    telling one names the whole.
    """
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, _RANK[span.token])):
        last = result[-1] if result else None
        if last is None or (span.start >= last.end and not _one_name(last, span, line)):
            result.append(span)
        elif span.end > last.end:
            token = min(last.token, span.token, key=_RANK.__getitem__)
            result[-1] = Span(last.start, span.end, token)
    return result


def _one_name(left: Span, right: Span, line: bytes) -> bool:
    between = line[left.end : right.start]
    return left.token == right.token == NAME and between in (b"", b" ", b"-")
