"""Bodies that strangers send, read without letting their shape cost more than their size.

Knows JSON and its hostile forms; refuses to know what the fields mean. For :func:`load_object`
whatever is wrong becomes :class:`~askpro.errors.BadRequest` or :class:`~askpro.errors.TooLarge`,
never another exception, and no part of the body is ever repeated in the error.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from askpro.errors import BadRequest, TooLarge

#: Up to this size a body cannot cost noticeable memory, whatever it consists of.
_HARMLESS_BYTES = 65_536
#: A real call of four hours (5 MB, every word timed) has 90,000 objects, 260,000 colons and
#: 280,000 commas. Bodies beyond these figures are built to cost memory, not to say something.
_MOST_CONTAINERS = 120_000
_MOST_COLONS = 400_000
_MOST_COMMAS = 450_000
#: Names that decide whose call it is. Parsers differ on which of two equal names wins, so two of
#: these in one object are refused instead of choosing.
_DECISIVE = (b'"call"', b'"args"', b'"to_number"')
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: Every escape of a JSON text, pairs of surrogates as one; ``half`` is a surrogate without its
#: partner. JavaScript cuts texts between the two and writes what is left.
_ESCAPE = re.compile(
    rb"\\(?:u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}"
    rb"|(?P<half>u[Dd][89A-Fa-f][0-9A-Fa-f]{2})|.)",
    re.DOTALL,
)
#: To look at so many takes a twentieth of a second; nobody's talk has more.
_MOST_ESCAPES = 100_000
_HALF_AN_EMOJI = re.compile(rb"\\u[Dd][89A-Fa-f]")
_REPLACEMENT = rb"\ufffd"


def parse(raw: bytes) -> Any:
    """The JSON value in ``raw``, in which half an emoji counts as an unknown letter. Raises
    :class:`ValueError`."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        if not _HALF_AN_EMOJI.search(raw) or raw.count(b"\\") > _MOST_ESCAPES:
            raise
    return orjson.loads(_ESCAPE.sub(lambda it: _REPLACEMENT if it["half"] else it[0], raw))


def load_object(raw: bytes, *, field: str = "body") -> dict[str, Any]:
    """The JSON object in ``raw`` (bytes as received).

    Counts brackets, colons and commas before parsing, which costs about a millisecond for a
    megabyte; orjson itself stops at 1,024 levels and refuses NaN, infinite numbers and invalid
    UTF-8. Of half an emoji, where a sender cut a text, only the half is lost. ``field`` is what the
    error names.

    Raises :class:`BadRequest` for anything that is not one JSON object, :class:`TooLarge` for more
    values than a call can have.
    """
    if len(raw) > _HARMLESS_BYTES:
        _refuse_hordes(raw, field)
    if raw.startswith(_BYTE_ORDER_MARK):
        raw = raw[len(_BYTE_ORDER_MARK) :]
    try:
        value = parse(raw)
    except ValueError:
        raise BadRequest(field=field) from None
    if type(value) is not dict:
        raise BadRequest(field=field)
    if any(raw.count(name) > 1 for name in _DECISIVE):
        _refuse_twins(raw)
    return value


def _refuse_hordes(raw: bytes, field: str) -> None:
    if (
        raw.count(b"{") + raw.count(b"[") > _MOST_CONTAINERS
        or raw.count(b":") > _MOST_COLONS
        or raw.count(b",") > _MOST_COMMAS
    ):
        raise TooLarge(field=field)


def _refuse_twins(raw: bytes) -> None:
    """Read once more, slowly, only because a decisive name occurs twice somewhere."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        kept = dict(pairs)
        if len(kept) != len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen and f'"{name}"'.encode() in _DECISIVE:
                    raise BadRequest(field=name)
                seen.add(name)
        return kept

    try:
        json.loads(raw, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        # The standard library stops at fewer levels than orjson; such a body is not a call.
        raise BadRequest(field="body") from None
