"""How German words sound (Kölner Phonetik, Postel 1969): for names and services on the phone."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SIMPLE = {
    **dict.fromkeys("aeijouy", "0"),
    "b": "1",
    **dict.fromkeys("fvw", "3"),
    **dict.fromkeys("gkq", "4"),
    "l": "5",
    **dict.fromkeys("mn", "6"),
    "r": "7",
    **dict.fromkeys("sz", "8"),
}


@lru_cache(maxsize=4096)
def sound_of(text: str) -> str:
    """The code of a word or name: letters that sound alike share a digit, vowels only count first.

    ``sound_of("Maier") == sound_of("Meyer")``.
    """
    letters = plain_letters(text)
    codes = [_code(letters, at) for at in range(len(letters))]
    merged = re.sub(r"(\d)\1+", r"\1", "".join(codes))
    return merged[:1] + merged[1:].replace("0", "")


def plain_letters(text: str) -> str:
    """Lower case a to z only: umlauts lose their dots, ß is ss, accents and the rest go."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if "a" <= letter <= "z")


def _code(letters: str, at: int) -> str:
    letter = letters[at]
    before = letters[at - 1] if at else ""
    after = letters[at + 1] if at + 1 < len(letters) else ""
    if letter in _SIMPLE:
        return _SIMPLE[letter]
    if letter == "p":
        return "3" if after == "h" else "1"
    if letter in "dt":
        return "8" if after and after in "csz" else "2"
    if letter == "x":
        return "8" if before and before in "ckq" else "48"
    if letter == "c":
        return _code_of_c(before, after)
    return ""  # h


def _code_of_c(before: str, after: str) -> str:
    hard_before = "ahkloqrux" if not before else "ahkoqux"
    if before and before in "sz":
        return "8"
    return "4" if after and after in hard_before else "8"
