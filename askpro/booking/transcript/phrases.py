"""Phrases looked for in the words of a turn, in time that grows with the words only.

A phrase is words with blanks between them. ``a/b`` is either word, ``wort*`` any
word that begins so (four letters or more), ``~3`` up to three words of any kind in between::

    Phrases("passt ~3 nicht", "klingt/hort gut", "uberleg*")
"""

from __future__ import annotations

from collections.abc import Sequence

from askpro.booking.dates.numbers import fold

_STEM = 4

#: One place of a phrase: words, stems, or a gap of at most so many words.
_Place = tuple[frozenset[str], tuple[str, ...], int]


class Phrases:
    def __init__(self, *phrases: str) -> None:
        self._by_word: dict[str, list[tuple[_Place, ...]]] = {}
        self._by_stem: dict[str, list[tuple[_Place, ...]]] = {}
        for phrase in phrases:
            places = tuple(_place(part) for part in phrase.split())
            words, stems, _ = places[0]
            for word in words:
                self._by_word.setdefault(word, []).append(places)
            for stem in stems:
                self._by_stem.setdefault(stem[:_STEM], []).append(places)

    def found_in(self, words: Sequence[str]) -> bool:
        """Whether one of the phrases stands anywhere in ``words``."""
        by_word, by_stem = self._by_word, self._by_stem
        if not by_stem and by_word.keys().isdisjoint(words):
            return False
        for i, word in enumerate(words, 1):
            for places in by_word.get(word, ()):
                if _fits(places, 1, words, i):
                    return True
            for places in by_stem.get(word[:_STEM], ()) if by_stem else ():
                if word.startswith(places[0][1]) and _fits(places, 1, words, i):
                    return True
        return False


def _place(part: str) -> _Place:
    if part.startswith("~"):
        return frozenset(), (), int(part[1:])
    choices = [fold(choice) for choice in part.split("/")]
    stems = tuple(choice[:-1] for choice in choices if choice.endswith("*"))
    if any(len(stem) < _STEM for stem in stems):
        raise ValueError(f"a stem has at least {_STEM} letters: {part}")
    return frozenset(choice for choice in choices if not choice.endswith("*")), stems, 0


def _fits(places: tuple[_Place, ...], at: int, words: Sequence[str], i: int) -> bool:
    """Whether the phrase's places from ``at`` on fit the words from ``i`` on."""
    if at == len(places):
        return True
    choices, stems, gap = places[at]
    if gap:
        return any(_fits(places, at + 1, words, i + skipped) for skipped in range(gap + 1))
    if i >= len(words):
        return False
    if words[i] in choices or (stems and words[i].startswith(stems)):
        return _fits(places, at + 1, words, i + 1)
    return False
