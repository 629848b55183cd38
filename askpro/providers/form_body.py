"""Form bodies as the JSON objects they stand for: ``parameters[date]=x`` is ``{"parameters": …}``.

Knows url-encoded and multipart forms; refuses files. Raises
:class:`~askpro.errors.BadRequest` or :class:`~askpro.errors.TooLarge`, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from typing import IO, Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from askpro.errors import BadRequest, TooLarge

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_MOST_FIELDS = 300
_BRACKETED = re.compile(r"([^\[\]]{1,100})\[([^\[\]]{1,100})\]")


def is_form(raw: bytes, content_type: str | None) -> bool:
    """True for a form. A body that begins like a JSON object is one, whatever its type says."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    return kind in (URL_ENCODED, MULTIPART) and raw.lstrip()[:1] != b"{"


def load_form(raw: bytes, content_type: str | None) -> dict[str, Any]:
    """The fields of a form; bracketed ones become one object each, one level deep."""
    kind, options = parse_options_header(content_type or "")
    pairs = _multipart(raw, kind, options) if kind == MULTIPART else _url_encoded(raw)
    body: dict[str, Any] = {}
    for name, value in pairs:
        bracketed = _BRACKETED.fullmatch(name)
        if bracketed is None:
            body[name] = value
            continue
        inner = body.setdefault(bracketed[1], {})
        if type(inner) is not dict:
            raise BadRequest(field="body")
        inner[bracketed[2]] = value
    return body


def _url_encoded(raw: bytes) -> list[tuple[str, str]]:
    if raw.count(b"&") >= _MOST_FIELDS:
        raise TooLarge(field="body")
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadRequest(field="body") from None


def _multipart(raw: bytes, kind: str, options: dict[str, str]) -> Iterable[tuple[str, str]]:
    parser = FormDataParser(
        stream_factory=_refuse_files, max_form_memory_size=500_000, max_form_parts=_MOST_FIELDS
    )
    try:
        _, form, _ = parser.parse(BytesIO(raw), kind, len(raw), options)
    except HTTPException:
        raise TooLarge(field="body") from None
    except ValueError:
        raise BadRequest(field="body") from None
    # A part may come without a name.
    if not form or None in form:
        raise BadRequest(field="body")
    return form.items()


def _refuse_files(*_: object, **__: object) -> IO[bytes]:
    raise BadRequest(field="body")
