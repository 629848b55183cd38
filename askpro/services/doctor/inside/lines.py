"""A planted person, and every handler of every logger that would write a line about her."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from askpro.logs import TRIAL_LOGGER, remember_names
from askpro.services.doctor.findings import no, seen, yes
from askpro.services.runtime import Runtime

_NAME = "Walburga Probst-Versuch"
#: What is planted, and the part of it that must not be read anywhere.
_PLANTED = (
    (seen("a telephone number"), "+49 1512 3456789", "3456789"),
    (
        seen("a spoken number"),
        "null eins fünf eins zwei drei vier fünf sechs sieben",
        "zwei drei vier",
    ),
    (seen("a mail address"), "walburga.probst@example.org", "walburga"),
    (seen("a dictated address"), "walburga punkt probst ät example punkt org", "punkt probst"),
    (seen("a name"), _NAME, "Versuch"),
)


def log_lines(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Format lines as the instance's own handlers would; nothing is written."""
    remember_names(_NAME)
    handlers = _handlers()
    if not handlers:
        return no("no handler writes the log")
    readable = [
        seen("%(what)s (%(where)s)", what=what, where=where)
        for what, planted, telling in _PLANTED
        for where, record in _records(planted).items()
        if any(telling.lower() in handler.format(record).lower() for handler in handlers)
    ]
    if readable:
        return no("readable in a line: %(what)s", what=readable)
    return yes(
        "%(count)s personal values, none readable as message, argument, field or exception in any "
        "of %(handlers)s log handlers",
        count=len(_PLANTED),
        handlers=len(handlers),
    )


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
