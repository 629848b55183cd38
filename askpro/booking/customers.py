"""Whether a name heard on the phone is a name we know: advice, never identity (rules.md §5).

"Sputer" and "Sputa" are one caller, Anna and Peter of one household are two. Knows names only;
customers are found by their number, and a heard name never renames anybody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import JaroWinkler

from askpro.booking.sounds import plain_letters, sound_of

_TITLES = frozenset(
    ["herr", "herrn", "frau", "dr", "doktor", "prof", "professor", "dipl", "ing", "med", "und"]
)
_NOBILITY = frozenset(
    ["von", "van", "der", "den", "de", "zu", "zur", "vom", "am", "la", "le", "di"]
)
#: From here on two spellings of one sound are taken for one name.
_ALIKE = 0.8
#: Without the same sound only a slip of the pen is forgiven.
_NEARLY_EQUAL = 0.96


def same_person(heard: str | None, known: str | None) -> bool:
    """Whether ``heard`` may be ``known``; either may lack the first name, order does not matter.

    A shared family name with clearly different first names is two people of one household.
    """
    one, other = _parts(heard), _parts(known)
    if not one or not other:
        return False
    if _as_heard("".join(one)) == _as_heard("".join(other)):
        return True  # "Kara Gülle": one name that was heard as two.
    fewer, more = sorted((one, other), key=len)
    left = list(more)
    for word in fewer:
        match = next((own for own in left if same_word(word, own)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def who(heard: str | None, names: Sequence[str | None]) -> int | None:
    """Which of the ``names`` behind one number ``heard`` is; None when none or not clear."""
    fitting = [at for at, name in enumerate(names) if same_person(heard, name)]
    if len(fitting) > 1:
        exact = [at for at in fitting if _parts(names[at]) == _parts(heard)]
        fitting = exact or fitting
    return fitting[0] if len(fitting) == 1 else None


def same_word(one: str, other: str) -> bool:
    """One part of a name in two spellings: ``Sputer`` and ``Sputa``, ``Maier`` and ``Meyer``."""
    a, b = _as_heard(one), _as_heard(other)
    if a == b:
        return True
    if a + "a" == b or b + "a" == a:
        return False  # Jan and Jana, Paul and Paula.
    alike = JaroWinkler.similarity(a, b)
    return alike >= _NEARLY_EQUAL or (sound_of(a) == sound_of(b) and alike >= _ALIKE)


def _parts(name: str | None) -> tuple[str, ...]:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", (name or "").casefold())
    kept = [word for word in words if word not in _TITLES]
    return tuple(word for word in kept if word not in _NOBILITY) or tuple(kept)


def _as_heard(word: str) -> str:
    """A spelling for what the ear gets: no umlauts, a final "er" is an "a", no silent h."""
    for written, plain in (("ä", "e"), ("ae", "e"), ("ö", "oe"), ("ü", "ue")):
        word = word.replace(written, plain)
    letters = plain_letters(word)
    for pattern, heard in (
        (r"(?<=\w\w)er$", "a"),
        (r"(?<=[aeiou])h(?![aeiou])", ""),
        (r"dt$|th|tt", "t"),
        (r"ph|v", "f"),
        (r"ck|kk", "k"),
        (r"c(?!h)", "k"),
        (r"tz", "z"),
        (r"ai|ay|ey|ei", "ei"),
        (r"[yj]", "i"),
        (r"ie", "i"),
        (r"(.)\1+", r"\1"),
    ):
        letters = re.sub(pattern, heard, letters)
    return letters
