"""Letters and figures that are not written as such: percent-encoded, of full width, of another
script's figures, or with signs between them that nobody sees.

What such a text says is found by reading its plain form. The plain form is shown only where it has
something to hide: a harmless URL keeps its encoding.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from askpro.guards.redaction.spans import compiled

# Signs without width, marks of direction, and the soft hyphen.
_UNSEEN = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xAD)
_FULL_WIDTH = range(0xFF01, 0xFF5F)
#: Where the figures of other scripts begin: Arabic, Persian, Devanagari, Bengali, Thai, and those
#: of formulas.
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, *range(0x1D7CE, 0x1D800, 10))
_PLAIN = {
    **dict.fromkeys(_UNSEEN, ""),
    **{sign: chr(sign - 0xFEE0) for sign in _FULL_WIDTH},
    **{zero + figure: str(figure) for zero in _ZEROS for figure in range(10)},
}
_ENCODED = r"%[2-7][0-9A-Fa-f]|%[C-Fc-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){1,3}"
_GATE = compiled(
    r"[\x{AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}\x{FF01}-\x{FF5E}"
    r"\x{660}-\x{669}\x{6F0}-\x{6F9}\x{966}-\x{96F}\x{9E6}-\x{9EF}\x{E50}-\x{E59}"
    rf"\x{{1D7CE}}-\x{{1D7FF}}]|{_ENCODED}"
)
_RUN = compiled(f"(?:{_ENCODED})+")


def is_any_in(line: bytes) -> bool:
    """Does ``line`` read otherwise than it is written?"""
    if line.isascii() and b"%" not in line:
        return False
    return _GATE.search(line) is not None


def undone(line: bytes) -> bytes:
    """``line`` as it reads; itself where nothing is disguised in it."""
    if not is_any_in(line):
        return line
    if b"%" in line:
        line = _RUN.sub(_decoded, line)
    return line.decode("utf-8", "replace").translate(_PLAIN).encode()


def _decoded(match: object) -> bytes:
    whole: bytes = match[0]  # type: ignore[index]
    plain = unquote_to_bytes(whole)
    return plain if plain.isascii() or _is_text(plain) else whole


def _is_text(plain: bytes) -> bool:
    try:
        return plain.decode().isprintable()
    except UnicodeDecodeError:
        return False
