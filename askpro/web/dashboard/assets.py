"""Scripts, styles and icons, each at an address that carries its fingerprint: kept for ever.

Read and compressed once in a process; nothing is built and nothing comes from another host.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Response, abort, request

_FOLDER = Path(__file__).parent.parent.parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"
#: Below this size compression saves less than its header costs.
_WORTH_IT = 800


@dataclass(frozen=True)
class Asset:
    """One file, as it is and as gzip."""

    name: str
    body: bytes
    packed: bytes
    fingerprint: str
    mimetype: str


@cache
def _read() -> dict[str, Asset]:
    found = {}
    for path in sorted(_FOLDER.glob("*.*")):
        body = path.read_bytes()
        mimetype = mimetypes.guess_type(path.name)[0] or "text/plain"
        found[path.name] = Asset(
            path.name,
            body,
            gzip.compress(body, 9, mtime=0),
            hashlib.sha256(body).hexdigest()[:12],
            mimetype,
        )
    return found


class Assets:
    """The files of ``askpro/static``."""

    def __init__(self) -> None:
        self._files = _read()

    def url(self, name: str) -> str:
        """Where the page finds a file. A template that names a missing one fails at once."""
        return f"/assets/{self._files[name].fingerprint}/{name}"

    def answer(self, fingerprint: str, name: str) -> Response:
        """The file; one with another fingerprint is of another version and not here."""
        asset = self._files.get(name)
        if asset is None or asset.fingerprint != fingerprint:
            abort(404)
        response = Response(asset.body, mimetype=asset.mimetype)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.set_data(asset.packed)
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = _FOR_EVER
        return response


def compress(response: Response) -> Response:
    """A page as gzip where the browser takes it. Its cookies are ``SameSite``, so that no stranger
    can make a signed-in browser ask for guesses and measure the answers (BREACH)."""
    if (
        "gzip" not in request.headers.get("Accept-Encoding", "")
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or not (response.mimetype or "").startswith("text/")
    ):
        return response
    body = response.get_data()
    if len(body) >= _WORTH_IT:
        response.set_data(gzip.compress(body, 5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response
