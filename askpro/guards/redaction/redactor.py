"""The one redactor: what logs, traces, pages, dead letters and exports may show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from askpro.guards.redaction import (
    addresses,
    births,
    details,
    disguises,
    errors,
    introduced_names,
    known_names,
    mail,
    secrets,
    spoken_numbers,
    written_numbers,
)
from askpro.guards.redaction.keys import (
    Kind,
    is_identifier,
    is_of_a_thing,
    kind_of,
    names_told_in,
)
from askpro.guards.redaction.spans import PERSONAL, SECRET, Span, compiled, merged

_FINDERS = (secrets, errors, mail, written_numbers, spoken_numbers, births, details, addresses)
# One pass that most lines don't get beyond.
_TRIGGER = compiled("|".join(finder.GATE for finder in (*_FINDERS, introduced_names)))
# A personal item that begins before the cut is read to its end, if it ends within so many bytes.
_LOOK_BEYOND = 2000
_MOST_PASSES = 4
_DEEPEST = 20
_MOST_VALUES = 10_000

_TOKEN = compiled(r"\[(?:[A-Z]+_)*REDACTED\]")

_SECRET = SECRET.decode()
_PERSONAL = PERSONAL.decode()
_TOO_DEEP = "[TOO_DEEP]"
_TOO_MANY = "[TOO_MANY]"
# Most lines of a log are a handful of short texts.
_CALM_BYTES = 1000
_HEX = frozenset("0123456789abcdef")
# How long the pieces of an id are, without hyphens and with them.
_IDS = ((32,), (8, 4, 4, 4, 12))
# Words that come again in every line of a log. RE2 gives the interpreter away while it searches,
# and a busy worker waits for it longer than any search takes.
_harmless: set[bytes] = set()
_MOST_HARMLESS = 4096
_SHORT_BYTES = 200


def _is_machines_id(text: str) -> bool:
    """A request's or a call's. Nothing to find in it, and each new one taught the automata new
    states: they grew by a megabyte a minute. Figures alone are no such id."""
    if not 31 <= len(text) <= 42:
        return False
    whose, underscore, rest = text.rpartition("_")
    if underscore:
        fits = whose in ("call", "agent") and 26 <= len(rest) <= 32
    else:
        fits = tuple(map(len, rest.split("-"))) in _IDS
        rest = rest.replace("-", "")
    return fits and _HEX.issuperset(rest) and not rest.isdecimal()


def _is_harmless(line: bytes) -> bool:
    """Whether no finder has anything to look at in ``line``. Of what it has seen it keeps only what
    is shown as it is."""
    if line in _harmless:
        return True
    if disguises.is_any_in(line) or _TRIGGER.search(line) is not None:
        return False
    if len(line) <= _SHORT_BYTES:
        if len(_harmless) >= _MOST_HARMLESS:
            _harmless.clear()
        _harmless.add(line)
    return True


class Redactor:
    """Hides personal data and secrets. Safe to share between threads.

    ``names`` are hidden wherever they stand, besides the names that the context remembers
    (:func:`~askpro.guards.redaction.known_names.remember_names`). ``most`` is how many bytes of one
    text are shown; None shows all.
    """

    def __init__(self, names: Iterable[str] = (), *, most: int | None = None) -> None:
        self._most = most
        self._given = tuple(names)
        self._names = known_names.writings(self._given)

    def text(self, text: str) -> str:
        """``text`` with tokens in place of everything personal, in time linear to its length.

        What is cut off because it is too long never shows half of something personal.
        """
        if _is_machines_id(text):
            return text
        try:
            line = text.encode()
        except UnicodeEncodeError:  # Half a surrogate pair, as JSON may carry it.
            line = text.encode("utf-8", "replace")
            text = line.decode()
        size = len(line)
        most = size if self._most is None else min(size, self._most)
        if most < size:
            line = line[: most + _LOOK_BEYOND].decode("utf-8", "ignore").encode()
        names = self._names.and_also(known_names.remembered())
        line, spans = _read(line, names)
        if not spans and most == size:
            return text
        shown = _replaced(line, spans, most)
        # Where a token took the place of letters, words may begin that did not before.
        for _ in range(_MOST_PASSES):
            shown, spans = _read(shown, names)
            if not spans:
                break
            shown = _replaced(shown, spans, len(shown))
        result = shown.decode("utf-8", "ignore")
        return result if most == size else f"{result}… [{size - most} bytes left out]"

    def value(self, value: Any) -> Any:
        """``value`` as plain JSON data with everything personal replaced, keys and texts alike.

        Mappings lose what their keys tell to be secret or personal; every text in them goes through
        :meth:`text`, and a name that a key tells is hidden in all of them ("Haarschnitt zwischen
        Salon und …"). Dataclasses are shown as their fields, other objects as their ``str``.
        """
        redactor = self
        if isinstance(value, Mapping | list) and (names := list(names_told_in(value))):
            redactor = Redactor([*self._given, *names], most=self._most)
        return _Walk(redactor, calm=redactor._is_calm(value)).value(value)

    def _is_calm(self, value: Any) -> bool:
        """Whether no text of a flat mapping has anything to hide, as one look at all of them tells.

        They stand on lines of their own: what a text has to hide by itself is found there, too.
        """
        if not isinstance(value, Mapping) or self._names.and_also(known_names.remembered()).plain:
            return False
        texts = []
        for inner in value.values():
            if isinstance(inner, str):
                if not _is_machines_id(inner):
                    texts.append(inner)
            elif inner is not None and not isinstance(inner, int | float):
                return False
        if not texts:
            return True
        try:
            line = "\n".join(texts).encode()
        except UnicodeEncodeError:
            return False
        return len(line) <= _CALM_BYTES and _is_harmless(line)

    def arguments(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """A function call's arguments: ``name`` is a person's there, and hidden in every text."""
        given = [
            text
            for key, text in arguments.items()
            if isinstance(text, str) and isinstance(key, str) and kind_of(key) in _MAY_BE_NAMES
        ]
        given += names_told_in(arguments)
        walk = _Walk(Redactor([*self._given, *given], most=self._most), every_name=True)
        return {walk.key(key): walk.under(key, value, ()) for key, value in arguments.items()}


#: A form's field: ``{"label": "Vorname", "value": …}``.
_LABELS = ("label", "key", "field", "name")
_ANSWERS = frozenset(("value", "wert", "answer", "antwort"))


def _label_in(value: Mapping[Any, Any]) -> str | None:
    """What the field asks for, where that is somebody's secret or personal."""
    labels = (value.get(key) for key in _LABELS)
    told = (each for each in labels if isinstance(each, str) and kind_of(each) is not Kind.OPEN)
    return next(told, None)


_MAY_BE_NAMES = (Kind.NAME, Kind.PERSON, Kind.PERSONAL)


class _Walk:
    """One walk through a value: counts what it has seen, so that no value takes for ever."""

    def __init__(self, redactor: Redactor, *, every_name: bool = False, calm: bool = False) -> None:
        self._redactor = redactor
        self._every_name = every_name
        self._calm = calm
        self._left = _MOST_VALUES

    def value(self, value: Any, depth: int = 0) -> Any:
        self._left -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return value if self._calm else self._redactor.text(value)
        if isinstance(value, int):
            return self._integer(value)
        if isinstance(value, float):
            return value
        if depth > _DEEPEST:
            return _TOO_DEEP
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if isinstance(value, list | tuple | set | frozenset):
            return self._items(value, depth)
        if isinstance(value, bytes | bytearray | memoryview):
            return self._redactor.text(bytes(value).decode("utf-8", "replace"))
        if is_dataclass(value) and not isinstance(value, type):
            shown = {f.name: getattr(value, f.name, None) for f in fields(value) if f.repr}
            return self._mapping(shown, depth)
        return self._redactor.text(_described(value))

    def _mapping(
        self, value: Mapping[Any, Any], depth: int, *, of_a_person: bool = False
    ) -> dict[str, Any]:
        beside = () if of_a_person else value
        label = _label_in(value) if not _ANSWERS.isdisjoint(value) else None
        result: dict[str, Any] = {}
        for key, inner in value.items():
            if self._left <= 0:
                result[_TOO_MANY] = len(value) - len(result)
                break
            tells = label if key in _ANSWERS else None
            result[self.key(key)] = self.under(tells or key, inner, beside, depth + 1)
        return result

    def _items(self, value: Iterable[Any], depth: int) -> list[Any]:
        result = []
        for item in value:
            if self._left <= 0:
                result.append(_TOO_MANY)
                break
            result.append(self.value(item, depth + 1))
        return result

    def under(self, key: object, value: Any, beside: Iterable[object], depth: int = 0) -> Any:
        """``value`` as the key above it and the keys beside it allow to show it."""
        kind = kind_of(key) if isinstance(key, str) else Kind.OPEN
        if kind is Kind.OPEN or value is None or value == "" or isinstance(value, bool):
            return self.value(value, depth)
        if kind is Kind.SENSITIVE:
            return _SECRET
        if kind is Kind.PERSONAL:
            return _PERSONAL
        if kind is Kind.PERSON and isinstance(value, Mapping) and depth <= _DEEPEST:
            return self._mapping(value, depth, of_a_person=True)
        if not isinstance(value, str):
            texts = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
            parts = kind is Kind.NAME and isinstance(value, Mapping)
            told = (texts or parts) and value and not is_of_a_thing(beside)
            return _PERSONAL if told else self.value(value, depth)
        if kind is Kind.NAME and not self._every_name:
            thing = is_identifier(value) or is_of_a_thing(beside)
            return self.value(value, depth) if thing else _PERSONAL
        return _PERSONAL

    def key(self, key: object) -> str:
        text = key if isinstance(key, str) else _described(key)
        return text if text.isidentifier() and text.isascii() else self._redactor.text(text)

    def _integer(self, value: int) -> int | str:
        """A telephone number that lost its plus is still one; any other whole number stays."""
        if -(10**10) < value < 10**10:
            return value
        if value.bit_length() > 63:
            return "[HUGE_NUMBER]"
        shown = self._redactor.text(str(value))
        return value if shown == str(value) else shown


def _read(line: bytes, names: known_names.Writings) -> tuple[bytes, list[Span]]:
    """``line`` and what is to be hidden in it; its plain form where a disguise has more to hide."""
    if not names.plain and _is_harmless(line):
        return line, []
    spans = _spans(line, names)
    if disguises.is_any_in(line):
        plain = disguises.undone(_replaced(line, spans, len(line)))
        if more := _spans(plain, names):
            return plain, more
    return line, spans


def _spans(line: bytes, names: known_names.Writings) -> list[Span]:
    """What is to be hidden in ``line``, in order and without overlaps.

    Tokens that are there already stay as they are, and nothing reaches across them.
    """
    if _TRIGGER.search(line) is None and not names.plain:
        return []
    if b"REDACTED]" not in line:
        return merged(_found(line, names), line)
    spans: list[Span] = []
    position = 0
    for start, end in [*(token.span() for token in _TOKEN.finditer(line)), (len(line), 0)]:
        piece = _found(line[position:start], names, whole=False)
        spans += [Span(a + position, b + position, token) for a, b, token in piece]
        position = end
    return merged(spans, line)


def _found(line: bytes, names: known_names.Writings, *, whole: bool = True) -> list[Span]:
    spans: list[Span] = []
    if _TRIGGER.search(line) is not None:
        for finder in _FINDERS:
            spans.extend(finder.find(line))
        spans.extend(list(introduced_names.find_beside(line, spans)))
        spans.extend(introduced_names.find(line, whole=whole))
    if names.plain:
        spans.extend(known_names.find(line, names))
    return spans


def _described(value: object) -> str:
    """``str(value)``; what an object does there must never stop a log line."""
    try:
        return str(value)
    except Exception as why:
        return f"<{type(value).__name__} without text: {type(why).__name__}>"


def _replaced(line: bytes, spans: Iterable[Span], end: int) -> bytes:
    """``line`` up to ``end``, tokens in place of the spans that begin before it."""
    pieces: list[bytes] = []
    position = 0
    for span in spans:
        if span.start >= end:
            break
        pieces += (line[position : span.start], span.token)
        position = span.end
    pieces.append(line[position : max(position, end)])
    return b"".join(pieces)
