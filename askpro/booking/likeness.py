"""How much two phrases for a service have in common: roots, parts of compounds, misheard words."""

from __future__ import annotations

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from askpro.booking.service_words import Phrase
from askpro.booking.sounds import sound_of

#: Words for what the service is done to, which every customer of the place may add.
SAID_ANYWAY = frozenset({"har"})


def share(of: Phrase, by: Phrase) -> float:
    """The share of one phrase's letters that the other has; resembling compounds count half."""
    letters = anyway = 0.0
    for root in of.roots:
        if root in SAID_ANYWAY and root not in by.flat:
            anyway += len(root)
        elif is_covered(root, by):
            letters += len(root)
        elif any(_resemble(root, other) for other in by.roots):
            letters += len(root) / 2
    return (letters + (anyway if letters else 0)) / len(of.flat)


def is_covered(root: str, by: Phrase) -> bool:
    """Whether a root is among the other's, or a part of one of its compounds."""
    of_hair = _without_what_it_is_done_to(root)
    for other in by.roots:
        if root == other or of_hair == other or is_misheard(root, other):
            return True
        if len(root) >= 2 and len(other) > 4 and other.startswith(root):
            return True
    return len(root) >= 3 and root in by.flat


def _without_what_it_is_done_to(root: str) -> str:
    """ "Haarschnitt" is a "Schnitt"; for any other word the word itself."""
    short = next((root.removeprefix(word) for word in SAID_ANYWAY if root.startswith(word)), root)
    return short if len(short) > 3 else root


def _resemble(one: str, other: str) -> bool:
    """Two compounds with a word in common: "Bartschnitt" and "Bartpflege"."""
    if one[:4] == other[:4] or (len(one) > 4 and one[-5:] == other[-5:]):
        return True
    # "Winterreifen" ends as "Reifenwechsel" begins.
    lengths = range(4, min(len(one), len(other)) + 1)
    return any(one[-n:] == other[:n] or other[-n:] == one[:n] for n in lengths)


def is_misheard(one: str, other: str) -> bool:
    """The same but for a slip or two, beginning alike and sounding nearly the same."""
    shorter = min(len(one), len(other))
    a, b = sound_of(one), sound_of(other)
    if shorter < 4 or a[:1] != b[:1]:
        return False
    if a == b and len(a) > 2 and fuzz.ratio(one, other) >= 70:
        return True
    slips = 0 if shorter < 5 else 1 if shorter < 8 else 2
    return Levenshtein.distance(one, other) <= slips and Levenshtein.distance(a, b) <= 1
