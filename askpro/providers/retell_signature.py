"""Retell's signature over a raw body (retell.md §2): verify, sign, recognise a replay.

``X-Retell-Signature: v=<unix ms>,d=<64 lowercase hex>`` where ``d`` is HMAC-SHA256 with the API key
that carries the webhook badge, over the body directly followed by the digits of ``v``. URL, method
and headers are not covered, so a signature is only worth something on POST routes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

#: Exactly 13 digits: without a separator between body and time stamp, body ``1`` with a 12-digit
#: stamp would sign like an empty body with a 13-digit one.
_HEADER = re.compile(r"v=([0-9]{13}),d=([0-9a-f]{64})")
_LONGEST_HEADER = 128


def sign(raw: bytes, key: str, unix_ms: int) -> str:
    """The header value that Retell would send for ``raw`` at ``unix_ms``."""
    stamp = str(unix_ms)
    return f"v={stamp},d={hmac.digest(key.encode(), raw + stamp.encode(), 'sha256').hex()}"


def verify(
    raw: bytes,
    keys: Iterable[str],
    header: str | None,
    now_ms: int,
    tolerance_ms: int = 300_000,
) -> str | None:
    """The key among ``keys`` that signed ``raw`` no longer than ``tolerance_ms`` ago, or None.

    ``raw`` is the body exactly as received: a re-serialised one does not verify. All keys are tried
    in constant time, so the answer's delay does not tell which one matched. An empty key is no key:
    anyone can sign with it.
    """
    read = _read(header)
    if read is None:
        return None
    stamp, digest = read
    if abs(now_ms - int(stamp)) > tolerance_ms:
        return None
    signed = raw + stamp.encode()
    matching = None
    for key in keys:
        # hmac.digest gives the interpreter away for any length, and a busy worker waits for it.
        expected = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
        if hmac.compare_digest(expected, digest) and key:
            matching = key
    return matching


def replay_key(header: str | None) -> str | None:
    """A name for one signed request, the same when it is replayed; None for an unreadable header.

    The signature itself is a credential for five minutes, so its hash is what gets stored.
    """
    read = _read(header)
    if read is None:
        return None
    return hashlib.sha256("".join(read).encode()).hexdigest()


def _read(header: str | None) -> tuple[str, str] | None:
    if not isinstance(header, str) or len(header) > _LONGEST_HEADER:
        return None
    match = _HEADER.fullmatch(header)
    return (match[1], match[2]) if match else None
