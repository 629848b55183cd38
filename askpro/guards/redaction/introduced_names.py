"""Names that a sentence introduces: "mein Name ist …", "Frau …", "… am Apparat".

A name in free text cannot be told from another word by its shape, so it is found by what stands
beside it, and then everywhere else in the text. Refuses to guess from lists of first names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from itertools import takewhile

from askpro.guards.redaction import known_names
from askpro.guards.redaction.introductions import (
    ANY,
    ANY_SMALL,
    CAPITAL,
    GATE,
    PARTICLE,
    PATTERNS,
    REST,
    SMALL,
    SMALL_PATTERNS,
    SURE,
    TWO_WORDS,
)
from askpro.guards.redaction.mail import ESCAPED
from askpro.guards.redaction.number_words import NUMBERS
from askpro.guards.redaction.spans import EMAIL, NAME, PERSONAL, PHONE, Span, compiled
from askpro.guards.redaction.words import (
    NAMED_THINGS,
    NO_NAMES,
    NOUN_ENDINGS,
    PARTICLES,
    SURELY_NO_NAMES,
)

_GATE = compiled(GATE, groups=False)
_LABELS = compiled(r"(?:^|\n|\\n)\s*\p{L}+:")
_GOES_ON = compiled(r"^(?:[_/(=\[\p{N}]|\.\p{Ll}|::)")
_THINGS_NAME = compiled(r"(?i)(\p{L}+)[\s_-]name\s*(?:[:=]|is|ist|lautet)\s*[\"']?$")
_CAMEL = compiled(r"^[A-Z][a-z]{3,}[A-Z]")
# What may stand between a name and the number that is its bearer's.
_OWNER = compiled(
    rf"({CAPITAL}(?:,?[ ](?:{PARTICLE}[ ]){{0,3}}{CAPITAL}){{1,3}})[\"']?\s?[,;:(<|/–-]{{0,2}}\s?"
    r"(?i:(?:geb\.?|geboren(?:\s+am)?|tel(?:efon)?\.?|fon|mobil|handy|mail|e-mail)\s?:?\s?)?$"
)
_TELLS_ALL = compiled(r"(?i)name|hei(?:ß|ss)|\b(?:spricht|telefoniert)\b")
_ENDS_THERE = compiled(rf"^[ ]({CAPITAL})(?:[.,;!?\"'\n\\]|$)")
_OWNED = (EMAIL, PHONE, PERSONAL)
_NEAR = 120
_WORD = compiled(rf"(?:\p{{L}}|{ESCAPED}){REST}*")
_BEFORE_HIT = compiled(rf"(?:^|[^\p{{L}}\p{{N}}])((?:[\p{{Lu}}]){REST}+)[ ]$")
_SMALL_BEFORE_HIT = compiled(rf"(?:^|[^\p{{L}}\p{{N}}])({SMALL})[ ]$")


def find(line: bytes, *, whole: bool = True) -> Iterator[Span]:
    """Spans of the names that ``line`` introduces, wherever they stand in it.

    In a ``whole`` text without any capital, as speech recognition writes, names have none either;
    a piece of a text does not tell.
    """
    if _GATE.search(line) is None:
        return
    small = whole and _is_small(_LABELS.sub(b"", line))
    if (ANY_SMALL if small else ANY).search(line) is None:
        return
    found: dict[str, None] = {}
    for pattern in SMALL_PATTERNS if small else PATTERNS:
        position = 0
        while match := pattern.search(line, position):
            start, end = match.span(match.lastindex)
            sure = SURE.search(line[match.start() : start]) is not None
            stops = SURELY_NO_NAMES if sure else NO_NAMES
            words = _leading_names(line, start, end, most=2 if small else 6, stops=stops)
            if len(words) == 1 and _TELLS_ALL.search(line[match.start() : start]):
                words += _last_name(line, words[0][1])
            too_few = pattern in TWO_WORDS and len(words) < 2
            if words and (too_few or _is_a_programs(line, match.start(), start, words[-1][1])):
                words = []
            if words:
                found.update((line[a:b].decode(errors="replace"), None) for a, b in words)
                yield Span(start, words[-1][1], NAME)
            # What a match without a name ended before may begin another: "hier spricht Frau Dr. …".
            position = max(words[-1][1] if words else start - 1, position + 1)
    if found:
        yield from _elsewhere(line, list(found), small)


def find_beside(line: bytes, spans: Iterable[Span]) -> Iterator[Span]:
    """Whose number, address or birthday it is: "Ute Öz, 0171 …", "Lührs, Torben (geb. …)"."""
    for span in spans:
        if span.token not in _OWNED:
            continue
        begin = max(0, span.start - _NEAR)
        match = _OWNER.search(line[begin : span.start])
        if match is None:
            continue
        start, end = match.start(1) + begin, match.end(1) + begin
        words = [word.span() for word in _WORD.finditer(line, start, end)]
        names = list(takewhile(lambda word: not _is_no_name(line[slice(*word)]), reversed(words)))
        bearers = [word for word in names if not _is_particle(line[slice(*word)])]
        if len(bearers) >= 2:
            yield Span(bearers[-1][0], end, NAME)


def _is_no_name(word: bytes) -> bool:
    plain = word.decode(errors="replace").lower()
    return plain not in PARTICLES and (plain in NO_NAMES or plain.endswith(NOUN_ENDINGS))


def _is_particle(word: bytes) -> bool:
    return word.decode(errors="replace").lower() in PARTICLES


def _is_small(line: bytes) -> bool:
    """The class of capitals has small letters of other languages in it; Python knows each, and that
    Arabic has neither."""
    return line.decode(errors="replace").islower()


#: "Familie und Freunde": no name begins with these.
_ONLY_BETWEEN = frozenset(("und", "y", "e"))


def _leading_names(
    line: bytes, start: int, end: int, *, most: int, stops: Set[str]
) -> list[tuple[int, int]]:
    """The words from ``start`` up to the first that is no name; particles only between names."""
    words: list[tuple[int, int]] = []
    bearers = 0
    for match in _WORD.finditer(line, start, end):
        word = match.group().decode(errors="replace").lower()
        particle = word in PARTICLES
        if not words and word in _ONLY_BETWEEN:
            break
        if not particle and (word in stops or word in NUMBERS or bearers == most):
            break
        if stops is NO_NAMES and not particle and word.endswith(NOUN_ENDINGS):
            break
        bearers += not particle
        words.append(match.span())
    first = words[:1]
    while words and line[slice(*words[-1])].decode(errors="replace").lower() in PARTICLES:
        words.pop()
    # "Frau Le" is called so; "Frau von" goes on elsewhere.
    is_called_so = stops is SURELY_NO_NAMES and line[start : start + 1].isupper()
    return words or (first if is_called_so else [])


def _last_name(line: bytes, end: int) -> Iterator[tuple[int, int]]:
    """ "Mein Name ist Anna Montag." has nothing else than the name before the sentence ends."""
    last = _ENDS_THERE.search(line[end : end + _NEAR])
    if last is not None:
        yield last.start(1) + end, last.end(1) + end


def _is_a_programs(line: bytes, begin: int, start: int, end: int) -> bool:
    """ "event name: call_analyzed", "name: MainThread" are names of things."""
    if _CAMEL.search(line[start:end]) is not None:
        return True
    if _GOES_ON.search(line[end : end + 2]) is not None:
        return True
    asked = _THINGS_NAME.search(line[max(0, begin - 40) : start])
    return asked is not None and asked.group(1).decode().lower() in NAMED_THINGS


def _elsewhere(line: bytes, names: list[str], small: bool) -> Iterator[Span]:
    """Every other place of the names, a first name standing before one of them included."""
    before = _SMALL_BEFORE_HIT if small else _BEFORE_HIT
    for span in known_names.find(line, known_names.writings(names)):
        first = before.search(line[max(0, span.start - 60) : span.start])
        if first and first.group(1).decode(errors="replace").lower() not in NO_NAMES:
            span = span._replace(start=span.start - len(first.group(1)) - 1)
        yield span
