"""The names that a call is known to be about, found in any text however they are written there.

They live in a context variable: what one request remembers, no other sees. A name is matched
without regard to case, with its umlauts in every writing, escaped or percent-encoded, and with
German endings ("Müllers").
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import NamedTuple
from urllib.parse import quote

from askpro.guards.redaction.number_words import LOOSE
from askpro.guards.redaction.spans import NAME, Span
from askpro.guards.redaction.words import NOBODY, PARTICLES

_ENDINGS = ("'s", "’s", "s", "es", "n", "en", "in", "innen")
#: Shorter parts ("Max", "Kim") are hidden where they begin with a capital or stand beside another.
_LEAST_IN_ANY_CASE = 4
_MOST_LETTERS = 80
_MOST_NAMES = 32


class Writings(NamedTuple):
    """How names may be written, in small letters: plainly, and escaped by JSON, URLs or Python."""

    plain: tuple[str, ...] = ()
    escaped: tuple[str, ...] = ()

    def and_also(self, other: Writings) -> Writings:
        plain = dict.fromkeys((*self.plain, *other.plain))
        return Writings(tuple(plain), tuple(dict.fromkeys((*self.escaped, *other.escaped))))


_known: ContextVar[tuple[frozenset[str], Writings]] = ContextVar(
    "names_known_from_the_call", default=(frozenset(), Writings())
)


def remember_names(*names: str | None) -> None:
    """Hide these names in everything that this request, thread or task logs from now on."""
    known, spelt = _known.get()
    new = {name for name in names if isinstance(name, str)} - known
    if new and len(known) < _MOST_NAMES:
        _known.set((known | new, spelt.and_also(writings(new))))


def forget_names() -> None:
    """The request is over: its names are nobody else's business."""
    _known.set((frozenset(), Writings()))


def remembered() -> Writings:
    """Every writing of every name remembered in this context."""
    return _known.get()[1]


def writings(names: Iterable[str]) -> Writings:
    """Every way the parts of ``names`` may be written; particles and "Herr" are nobody's name."""
    plain: dict[str, None] = {}
    escaped: dict[str, None] = {}
    for name in names:
        for part in _words(name[:_MOST_LETTERS].lower()):
            for piece in (part, *part.split("-")):
                if len(piece) > 1 and piece not in PARTICLES and piece not in NOBODY:
                    spelt = dict.fromkeys(_spelt(piece))
                    plain.update(spelt)
                    escaped.update(dict.fromkeys(e for word in spelt for e in _escapes(word)))
    return Writings(tuple(plain), tuple(escaped))


def _words(name: str) -> list[str]:
    kept = (c if c.isalpha() or unicodedata.combining(c) or c in "'’-" else " " for c in name)
    return [word.strip("'’-") for word in "".join(kept).split()]


def _spelt(piece: str) -> Iterator[str]:
    """ "müller" is also written mueller and muller, or with its dots as letters of their own."""
    transcribed, umlauted = piece, piece
    for letter, others in LOOSE.items():
        transcribed = transcribed.replace(letter, others[1])
        umlauted = umlauted.replace(others[1], letter)
    yield from (piece, transcribed, umlauted)
    for word in (piece, umlauted):
        if not word.isascii():
            split = unicodedata.normalize("NFD", word)
            yield split
            yield "".join(c for c in split if not unicodedata.combining(c))


def _escapes(word: str) -> Iterator[str]:
    if not word.isascii():
        escape = word.encode("ascii", "backslashreplace").decode()
        yield escape
        yield escape.replace("\\x", "\\u00")
        yield repr(word.encode())[2:-1]
        yield quote(word).lower()
        yield quote(word, encoding="latin-1", errors="replace").lower()


def find(line: bytes, names: Writings) -> Iterator[Span]:
    """Spans of every name in ``line``, endings included."""
    text = line.decode("utf-8", "replace")
    yield from _as_spans(text, _places(text, names))


def _places(text: str, names: Writings) -> list[tuple[int, int]]:
    """(start, end) in characters."""
    low = text.lower()
    if len(low) != len(text):  # A few letters have longer small forms; positions must not move.
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    has_escapes = names.escaped and ("\\" in low or "%" in low)
    sure: list[tuple[int, int]] = []
    unsure: list[tuple[int, int]] = []
    for name in (*names.plain, *names.escaped) if has_escapes else names.plain:
        start = low.find(name)
        while start >= 0:
            end = _end(low, start, start + len(name))
            if end:
                short = len(name) < _LEAST_IN_ANY_CASE and not text[start].isupper()
                (unsure if short else sure).append((start, end))
            start = low.find(name, start + len(name))
    if unsure and sure:
        starts = {start for start, _ in sure}
        ends = {end for _, end in sure}
        sure += [(a, b) for a, b in unsure if b + 1 in starts or a - 1 in ends]
    return sure


def _end(low: str, start: int, end: int) -> int:
    """Where the whole word ends, an inflection included; 0 when it is part of another word."""
    if start and low[start - 1].isalpha() and not _is_escape(low, start):
        return 0
    if end == len(low) or not low[end].isalpha():
        after = low[end : end + 2]
        return end + 2 if after in ("'s", "’s") and not low[end + 2 : end + 3].isalpha() else end
    for ending in _ENDINGS:
        stop = end + len(ending)
        if low.startswith(ending, end) and not low[stop : stop + 1].isalpha():
            return stop
    return 0


def _is_escape(low: str, start: int) -> bool:
    """Is the letter before ``start`` the rest of ``\\n`` or of ``%2C``?"""
    return low[start - 2 : start - 1] == "\\" or low[max(0, start - 3) : start - 2] == "%"


def _as_spans(text: str, found: Iterable[tuple[int, int]]) -> Iterator[Span]:
    """Character positions as byte spans. Counts every character of the text once."""
    position = offset = 0
    for start, end in sorted(found):
        if start < position:
            continue
        offset += len(text[position:start].encode())
        size = len(text[start:end].encode())
        yield Span(offset, offset + size, NAME)
        position, offset = end, offset + size
