"""Number words as people say telephone numbers: the grammar, and how many digits each means.

German, and the ten English digits. Knows "zwo", "doppel-null", "zweimal die drei", "drei nullen",
pairs ("siebenundzwanzig"), groups ("vierhundertvier"), glued words ("nulleinssieben") and figures
between them. Refuses to know what the digits are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from askpro.guards.redaction.spans import compiled, group_numbers

_UNITS = {
    "null": 0, "nul": 0, "eins": 1, "ein": 1, "zwei": 2, "zwo": 2, "zwoo": 2, "drei": 3, "vier": 4,
    "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9,
    "zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9,
}  # fmt: skip
_TEENS = {
    "zehn": 10, "elf": 11, "zwölf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15,
    "sechzehn": 16, "siebzehn": 17, "achtzehn": 18, "neunzehn": 19,
}  # fmt: skip
_TENS = {
    "zwanzig": 20, "dreißig": 30, "dreizig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60,
    "siebzig": 70, "achtzig": 80, "neunzig": 90,
}  # fmt: skip

#: How a letter may be written: plainly, transcribed, decomposed, escaped by JSON or by Python.
LOOSE = {
    "ä": ("ä", "ae", "a\u0308", "\\u00e4", "\\xe4"),
    "ö": ("ö", "oe", "o\u0308", "\\u00f6", "\\xf6"),
    "ü": ("ü", "ue", "u\u0308", "\\u00fc", "\\xfc", "u"),
    "ß": ("ß", "ss", "\\u00df", "\\xdf"),
}


def loose(word: str) -> str:
    """A pattern for ``word`` with its umlauts and ß in every writing of :data:`LOOSE`."""
    for letter, writings in LOOSE.items():
        options = "|".join(writing.replace("\\", r"\\") for writing in writings)
        word = word.replace(letter, f"(?:{options})")
    return word


def one_of(words: Iterable[str]) -> str:
    """A pattern for any of ``words``, the longest that fits first, umlauts loosely."""
    return "(?:" + "|".join(loose(word) for word in sorted(words, key=len, reverse=True)) + ")"


def _plain(word: str) -> str:
    """``word`` in the spelling of the tables above."""
    for stem, letter in (("fünf", "ü"), ("zwölf", "ö"), ("dreißig", "ß")):
        for writing in LOOSE[letter]:
            word = word.replace(stem.replace(letter, writing), stem)
    return word


_UNIT = one_of(_UNITS)
_BELOW_100 = rf"(?:{_UNIT}und{one_of(_TENS)}|{one_of(_TEENS)}|{one_of(_TENS)})"
_HUNDRED = rf"(?:{one_of(_TEENS)}|{_UNIT})?hundert(?:und)?(?:{_BELOW_100}|{_UNIT})?"
_THOUSAND = rf"(?:{_BELOW_100}|{_UNIT})?tausend(?:und)?(?:{_HUNDRED}|{_BELOW_100}|{_UNIT})?"
_GAP = r"(?:[\s\x{00A0}-]{1,2})"
_TIMES = {
    "doppel": 2,
    "doppelt": 2,
    "double": 2,
    "triple": 3,
    "tripel": 3,
    "dreifach": 3,
    "ein": 1,
    "zwei": 2,
    "zwo": 2,
    "drei": 3,
    "vier": 4,
    "fünf": 5,
}
_COUNT = one_of(("zwei", "zwo", "drei", "vier", "fünf"))
_DOUBLE = (
    rf"(?:doppelt?e?|double|trip(?:le|el)|{_COUNT}[\s-]?(?:mal|fach)|einmal)"
    rf"(?:{_GAP}(?:die|der|das|eine))?{_GAP}?(?:{_BELOW_100}|{_UNIT})"
)
_PLURALS = (
    "nullen", "einsen", "einser", "zweien", "zweier", "dreien", "dreier", "vieren", "vierer",
    "fünfen", "fünfer", "sechsen", "sechser", "siebenen", "siebener", "achter", "neuner",
)  # fmt: skip
_PLURAL = rf"{_COUNT}{_GAP}{one_of(_PLURALS)}"

_GLUED = rf"(?:{_BELOW_100}|{_UNIT}){{1,16}}"
#: A dialled number as one word, from its zero on.
GLUED_NUMBER = rf"null?(?:{_BELOW_100}|{_UNIT}){{3,16}}"
#: One spoken number, or one written group of figures between spoken ones.
ITEM = rf"(?:{_DOUBLE}|{_PLURAL}|{_THOUSAND}|{_HUNDRED}|{_GLUED}|\p{{N}}{{1,14}})"
#: A number below a hundred or a year: enough for dates and number plates, and a small pattern.
SHORT_ITEM = rf"(?:{_BELOW_100}|{_UNIT}|\p{{N}}{{1,4}})"
#: The number of a house, and figures one by one.
BELOW_1000 = (
    rf"(?:(?:{_UNIT}?hundert(?:und)?)(?:{_BELOW_100}|{_UNIT})?|{_BELOW_100}|{_UNIT}|\p{{N}}{{1,3}})"
)
YEAR = (
    rf"(?:{one_of(_TEENS)}hundert(?:und)?(?:{_BELOW_100}|{_UNIT})?"
    rf"|(?:zwei)?tausend(?:und)?(?:{_BELOW_100}|{_UNIT})?)"
)
# Most number words begin with one of these; with what follows it is cheap to look for.
_STEM = one_of((*(unit for unit in _UNITS if unit != "ein"), "zehn", "elf", "zwölf", "hundert"))
#: A dialled number in one word may be here.
GLUED_HINT = rf"\bnull?(?:{_STEM}|{one_of(_TENS)}){{3}}"
_NEXT = r"\p{L}{0,24}(?:[\s\x{00A0},;./()…–-]|\\n){1,8}"
#: Two numbers side by side, or with one word between them: a run of numbers may be here.
NEIGHBOURS = (
    rf"(?:{_STEM}{_NEXT}(?:\p{{L}}{_NEXT})?|\p{{N}}[\s,;./-]{{1,4}}){_STEM}"
    rf"|{_STEM}{_NEXT}\p{{N}}|doppel|double|triple"
    rf"|{GLUED_HINT}|hundert\p{{L}}*[\s,]+\p{{L}}*(?:hundert|zig|{_STEM})"
)
_FIRST_ORDINALS = (
    "erste", "zweite", "dritte", "vierte", "fünfte", "sechste", "siebte", "siebente", "achte",
    "neunte", "zehnte", "elfte", "zwölfte",
)  # fmt: skip
#: "fünfter", "einundzwanzigsten": days and months of a spoken date.
ORDINAL = (
    rf"(?:{one_of(_FIRST_ORDINALS)}|{one_of(_TEENS)}te|(?:{_UNIT}und)?{one_of(_TENS)}ste)[rnsm]?"
)
_READ = compiled(
    rf"(?i)(?P<double>{_DOUBLE})|(?P<plural>{_PLURAL})|(?P<thousand>{_THOUSAND})"
    rf"|(?P<hundred>{_HUNDRED})|(?P<glued>{_GLUED})"
    r"|(?P<figures>\p{N}{1,14})|(?P<word>[\p{L}]+)"
)
_KINDS = {number: kind for kind, number in group_numbers(_READ).items()}
_ONE = compiled(rf"(?i){_BELOW_100}|{_UNIT}")
_HEAD = compiled(rf"(?i)^(?:doppelt?|double|trip(?:le|el)|{_COUNT}|ein)")


class Number(NamedTuple):
    """One said number: byte offsets, how many digits it stands for, how many were said singly.

    ``value`` is what it counts to, -1 where that means nothing ("drei nullen"); ``zero`` is true
    when its first digit is one, as a dialled number's is.
    """

    start: int
    end: int
    digits: int
    single: int
    value: int
    zero: bool
    spoken: bool


def read(run: bytes, offset: int = 0) -> list[Number]:
    """The numbers in ``run`` in order; other words between them are passed over."""
    quick = _read_plain(run, offset)
    return list(_read_all(run, offset)) if quick is None else quick


def _read_plain(run: bytes, offset: int) -> list[Number] | None:
    """What a look into a table understands; None as soon as a word is not in it."""
    numbers: list[Number] = []
    small = run.translate(_TO_SMALL_WORDS)
    position = 0
    for word in small.split():
        start = small.index(word, position)
        position = start + len(word)
        known = _PLAIN_WORDS.get(word)
        if known is not None:
            numbers.append(Number(start + offset, position + offset, *known, True))
        elif word.isdigit():
            figures = (len(word), 0, int(word), word[0] == 48)
            numbers.append(Number(start + offset, position + offset, *figures, False))
        elif word not in _FILLERS:
            return None
    return numbers


def _read_all(run: bytes, offset: int) -> Iterator[Number]:
    for match in _READ.finditer(run):
        kind = _KINDS[match.lastindex]
        if kind == "word":
            continue
        start, end = match.span()
        word = _plain(match.group().decode().lower())
        yield Number(start + offset, end + offset, *_measure(kind, word), kind != "figures")


_PAIRS = (*_TEENS, *_TENS)


def _measure(kind: str, word: str) -> tuple[int, int, int, bool]:
    """(digits, said singly, value, begins with zero) of one number word."""
    if kind == "figures":
        return len(word), 0, int(word), word[0] == "0"
    if kind in ("double", "plural"):
        times = _TIMES[_HEAD.search(word).group()]
        if kind == "double" and word.endswith(_PAIRS):
            return 2 * times, 0, -1, False
        return times, times, -1, word.endswith(("nul", "null", "nullen"))
    if kind == "glued":
        parts = [match.group() for match in _ONE.finditer(word)]
        single = sum(part in _UNITS for part in parts)
        value = _value_below_100(parts[0]) if len(parts) == 1 else -1
        return 2 * len(parts) - single, single, value, _UNITS.get(parts[0]) == 0
    return (3 if kind == "hundred" else 4), 0, -1, False


def _value_below_100(word: str) -> int:
    if word in _TEENS or word in _UNITS:
        return _TEENS.get(word, _UNITS.get(word, 0))
    unit, _, tens = word.rpartition("und")
    return _TENS[tens] + _UNITS.get(unit, 0)


_FILLERS = frozenset((b"und", b"dann", b"die", b"\xc3\xa4h", b"\xc3\xa4hm"))
# Capitals and marks at once, so that the common case is one pass over the bytes.
_TO_SMALL_WORDS = bytes.maketrans(
    bytes(range(65, 91)) + b",;.-/\n\t", bytes(range(97, 123)) + b"       "
)


def _table() -> dict[bytes, tuple[int, int, int, bool]]:
    table = {word: (1, 1, value, value == 0) for word, value in _UNITS.items()}
    pairs = {f"{unit}und{ten}": _TENS[ten] + _UNITS[unit] for unit in _UNITS for ten in _TENS}
    for word, value in {**_TEENS, **_TENS, **pairs}.items():
        table[word] = (2, 0, value, False)
    return {word.encode(): known for word, known in table.items()}


_PLAIN_WORDS = _table()
#: The most common number words.
NUMBERS = frozenset(word.decode() for word in _PLAIN_WORDS)
