"""Numbers in words, as people say them and as speech recognition writes them.

Words arrive folded (:func:`fold`): "fünfzehn", "fuenfzehn" and "funfzehn" are one word here.
"""

from __future__ import annotations

import re
import unicodedata

_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "è": "e"})

#: "neuen" and "dauern" hold no ü.
_SPELLED_OUT = re.compile(r"[ao]e|(?<![aeq])ue")

_UNITS = {
    1: "ein",
    2: "zwei zwo",
    3: "drei",
    4: "vier",
    5: "fünf",
    6: "sechs",
    7: "sieben",
    8: "acht",
    9: "neun",
}
_SMALL = {
    0: "null",
    1: "eins oans one",
    2: "zwoa zwoo zwöi zweien two",
    3: "dreie drü drüü dreien three",
    4: "viere vieri vieren four",
    5: "fünfe fünfi füfi fünwe fünfen five",
    6: "sechse sechsi sächsi sechsen six",
    7: "siebene siebne siebni sibni siem siebenen seven",
    8: "achte achti eight",
    9: "neune neine nüni neunen nine",
    10: "zehn zehne zehni zähni zehen zehnen ten",
    11: "elf elfe elfi elwe elfen eleven",
    12: "zwölf zwölfe zwölfi zwelf zwölfen twelve",
    13: "dreizehn",
    14: "vierzehn virzehn",
    15: "fünfzehn fuffzehn fuchzehn fifteen",
    16: "sechzehn sechszehn",
    17: "siebzehn siebenzehn",
    18: "achtzehn",
    19: "neunzehn",
}
_TENS = {
    20: "zwanzig zwanzich",
    30: "dreißig dreisig dreizig dreißich thirty",
    40: "vierzig vierzich",
    50: "fünfzig fuffzig fuchzig fünfzich fuffzich",
    60: "sechzig sechszig",
    70: "siebzig siebenzig",
    80: "achtzig",
    90: "neunzig",
}
_ORDINAL_STEMS = {
    0: "nullt",
    1: "erst",
    2: "zweit zwot",
    3: "dritt",
    4: "viert",
    5: "fünft",
    6: "sechst",
    7: "siebt siebent",
    8: "acht",
    9: "neunt",
}
_ORDINAL_ENDINGS = ("e", "en", "er", "es", "em")


def fold(word: str) -> str:
    """Lower case without umlauts, in whichever of their spellings: ü, ue and u become u."""
    plain = unicodedata.normalize("NFC", word).lower().translate(_UMLAUTS)
    return _SPELLED_OUT.sub(_first_letter, plain) if "e" in plain else plain


def _first_letter(umlaut: re.Match[str]) -> str:
    return umlaut[0][0]


def words(text: str) -> frozenset[str]:
    """The folded words of a list that is written as one text."""
    return frozenset(fold(word) for word in text.split())


def _cardinals() -> dict[str, int]:
    words: dict[str, int] = {}
    for table in (_UNITS, _SMALL, _TENS):
        for number, names in table.items():
            words.update((fold(name), number) for name in names.split())
    for tens, tens_names in _TENS.items():
        for unit, unit_names in _UNITS.items():
            for unit_name in unit_names.split():
                for tens_name in tens_names.split():
                    words[fold(f"{unit_name}und{tens_name}")] = tens + unit
    return words


def _ordinals(cardinals: dict[str, int]) -> dict[str, int]:
    stems = {fold(stem): n for n, names in _ORDINAL_STEMS.items() for stem in names.split()}
    for word, number in cardinals.items():
        if 10 <= number <= 19 and word not in ("ten", "eleven", "twelve"):
            stems[word + "t"] = number
        elif 20 <= number <= 59:
            stems[word + "st"] = number
    return {stem + ending: n for stem, n in stems.items() for ending in _ORDINAL_ENDINGS}


#: Folded word -> 0 to 99. "eine" and its forms count only before a unit: :data:`ONE_OF`.
CARDINALS = _cardinals()
#: Folded word -> rank 0 to 59 ("dritter", "einundzwanzigsten").
ORDINALS = _ordinals(CARDINALS)
#: Articles that mean one in front of a unit of time ("in einer Woche", "'ne Stunde").
ONE_OF = words("ein eine einen einem einer eines ner ne nem nen a an")


def year_in_words(word: str) -> int | None:
    """``zweitausendsechsundzwanzig``, ``zwanzigsechsundzwanzig``, ``neunzehnhundertneunzig``."""
    for head, base in (
        ("zweitausendund", 2000),
        ("zweitausend", 2000),
        ("zwotausend", 2000),
        ("neunzehnhundert", 1900),
        ("zwanzighundert", 2000),
    ):
        if word.startswith(head):
            rest = word[len(head) :]
            return base if not rest else _plus(base, CARDINALS.get(rest))
    if word.startswith("zwanzig") and len(word) > 7:
        return _plus(2000, CARDINALS.get(word[7:]))
    return None


def _plus(base: int, rest: int | None) -> int | None:
    return None if rest is None else base + rest
