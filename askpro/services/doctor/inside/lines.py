"""A planted person, and every handler of every logger that would write a line about her."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from askpro.logs import TRIAL_LOGGER, remember_names
from askpro.services.runtime import Runtime

_NAME = "Walburga Probst-Versuch"
#: What is planted, and the part of it that must not be read anywhere.
_PLANTED = {
    "a telephone number": ("+49 1512 3456789", "3456789"),
    "a spoken number": ("null eins fünf eins zwei drei vier fünf sechs sieben", "zwei drei vier"),
    "a mail address": ("walburga.probst@example.org", "walburga"),
    "a dictated address": ("walburga punkt probst ät example punkt org", "punkt probst"),
    "a name": (_NAME, "Versuch"),
}


def log_lines(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Format lines as the instance's own handlers would; nothing is written."""
    remember_names(_NAME)
    handlers = _handlers()
    if not handlers:
        return {"ok": False, "evidence": "no handler writes the log"}
    seen = sorted(
        {
            f"{what} ({where})"
            for handler in handlers
            for what, (planted, telling) in _PLANTED.items()
            for where, record in _records(planted).items()
            if telling.lower() in handler.format(record).lower()
        }
    )
    if seen:
        return {"ok": False, "evidence": "readable in a line: " + ", ".join(seen)}
    return {
        "ok": True,
        "evidence": f"{len(_PLANTED)} personal values, none readable as message, argument, field "
        f"or exception in any of {len(handlers)} log handlers",
    }


def _records(planted: str) -> dict[str, logging.LogRecord]:
    def record(message: str, *args: object, error: BaseException | None = None) -> Any:
        caught = (type(error), error, None) if error else None
        return logging.LogRecord(TRIAL_LOGGER, logging.INFO, "", 0, message, args, caught)

    field = record("planted")
    field.__dict__["notes"] = planted
    return {
        "message": record(f"planted {planted} here"),
        "argument": record("planted %s here", planted),
        "field": field,
        "exception": record("planted", error=ValueError(planted)),
    }


def _handlers() -> list[logging.Handler]:
    loggers: list[logging.Logger] = [logging.getLogger()]
    loggers += [
        each
        for each in logging.root.manager.loggerDict.values()
        if isinstance(each, logging.Logger)
    ]
    found = [handler for logger in loggers for handler in logger.handlers]
    if logging.lastResort is not None:
        found.append(logging.lastResort)
    silent = (logging.NullHandler,)
    return [handler for handler in dict.fromkeys(found) if not isinstance(handler, silent)]
