"""Texts in the reader's language; typed, which Flask-Babel's own functions are not."""

from __future__ import annotations

from typing import Any

import flask_babel


def gettext(text: str, **facts: Any) -> str:
    """``text`` in the language of the request, ``%(name)s`` filled in."""
    return str(flask_babel.gettext(text, **facts))


def ngettext(one: str, many: str, num: int, **facts: Any) -> str:
    """``one`` or ``many`` by ``num``, which fills in ``%(num)s``."""
    return str(flask_babel.ngettext(one, many, num, **facts))
