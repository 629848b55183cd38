"""Logging: one JSON object a line on stderr, every line redacted, whoever wrote it.

The redaction is the formatter's last step, where message, arguments, extra fields, exceptions and
stacks are all text or plain values; a filter on a logger would miss what comes up from others. The
other ways to stderr are closed here as well: handlers that libraries brought along, warnings,
uncaught exceptions of any thread, and what logging itself prints when a line can't be formatted.

Time is the machine's, UTC; ``ASKPRO_CLOCK`` does not move it.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from pythonjsonlogger.core import LogData
from pythonjsonlogger.orjson import OrjsonFormatter

from askpro.guards.redaction import Redactor, forget_names, remember_names
from askpro.settings import Settings

__all__ = [
    "JsonFormatter",
    "bind_log_context",
    "clear_log_context",
    "configure_logging",
    "install",
    "log_context",
    "remember_names",
    "take_hidden_lines",
]

#: What ``flask doctor`` plants under this name is hidden like anything else, but nobody's fault.
TRIAL_LOGGER = "askpro.doctor"
_MOST_BYTES = 32_000
_redactor = Redactor(most=_MOST_BYTES)
_context: ContextVar[dict[str, Any] | None] = ContextVar("log_context", default=None)

_hidden: Counter[str] = Counter()
_hidden_lock = threading.Lock()

# SQLAlchemy's own lines below WARNING carry the rows of results, hide_parameters or not.
_NEVER_VERBOSE = ("sqlalchemy.engine", "sqlalchemy.pool", "sqlalchemy.orm", "sqlalchemy.dialects")


def bind_log_context(**fields: Any) -> None:
    """Put these fields (request_id, call_id, company_id …) on every line of this context."""
    _context.set({**(_context.get() or {}), **_redactor.value(fields)})


def log_context() -> dict[str, Any]:
    """The fields that stand on every line of this context, redacted."""
    return dict(_context.get() or {})


def clear_log_context() -> None:
    """The request is over: forget its fields and the names it was about."""
    _context.set(None)
    forget_names()


def configure_logging(settings: Settings) -> None:
    """Send everything from ``settings.log_level`` on through the redacting handler. Idempotent."""
    install(settings.log_level)


def install(level: int | str) -> None:
    """As :func:`configure_logging`, for what starts before there are settings (gunicorn)."""
    root = logging.getLogger()
    _drop_plain_handlers()
    handler = next((each for each in root.handlers if isinstance(each, _Handler)), None)
    if handler is None:
        handler = _Handler()
        root.addHandler(handler)
    root.setLevel(level)
    for name in _NEVER_VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.lastResort = handler
    # logging would print the arguments of a line that it can't write.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    _catch_the_uncaught()


def take_hidden_lines() -> dict[str, int]:
    """How many lines had something to hide since the last call, by logger; of this process.

    Nothing leaked, but an author of ours logs what belongs in no log.
    """
    with _hidden_lock:
        taken = dict(_hidden)
        _hidden.clear()
    return taken


class JsonFormatter(OrjsonFormatter):
    """A record as one line of redacted JSON. Never raises, whatever the record carries."""

    def __init__(self) -> None:
        super().__init__(["message"])

    def format(self, record: logging.LogRecord) -> str:
        try:
            line = super().format(record)
        except Exception as why:
            # Arguments that don't fit, a __str__ that raises: the line itself must not be lost.
            rest = {"message": _template(record), **(_context.get() or {})}
            error = {"log_error": type(why).__name__}
            line = self.jsonify_log_record({**_head(record), **rest, **error})
        if "REDACTED]" in line and record.name != TRIAL_LOGGER:
            with _hidden_lock:
                _hidden[record.name] += 1
        return line

    def add_fields(
        self, log_data: LogData, record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data[_HEAD] = _head(record)

    def process_log_record(self, log_data: LogData) -> LogData:
        """The last step: what the record's author wrote, redacted; ours stands before it."""
        head = log_data.pop(_HEAD)
        written = _redactor.value(log_data)
        message = {"message": written.pop("message", "")}
        context = _context.get() or {}
        return {**head, **message, **context, **written, **head}


#: No author of a record can write this key.
_HEAD: Any = object()


def _template(record: logging.LogRecord) -> str:
    """The message without its arguments. Should the redaction itself fail, nothing is shown."""
    try:
        return _redactor.text(record.msg) if isinstance(record.msg, str) else ""
    except Exception:
        return "[REDACTED]"


def _head(record: logging.LogRecord) -> dict[str, Any]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return {
        "time": at.removesuffix("+00:00") + "Z",
        "level": record.levelname,
        "logger": record.name,
    }


class _Handler(logging.StreamHandler[Any]):
    """Writes to what stderr is now, or to what is beneath it where stderr itself is logged."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(JsonFormatter())

    @property
    def stream(self) -> Any:
        return getattr(sys.stderr, "beneath", sys.stderr)


def _drop_plain_handlers() -> None:
    """Handlers that libraries gave their loggers would print the same line unredacted."""
    named = [
        log for log in logging.root.manager.loggerDict.values() if isinstance(log, logging.Logger)
    ]
    for logger in (logging.getLogger(), *named):
        for handler in list(logger.handlers):
            if type(handler) in (logging.StreamHandler, logging.FileHandler):
                logger.removeHandler(handler)


# -- what nobody caught -----------------------------------------------------------------------

_log = logging.getLogger("askpro.uncaught")


def _catch_the_uncaught() -> None:
    """Log uncaught exceptions instead of printing them; a hook that was set before still runs."""
    if not isinstance(sys.excepthook, _Hook):
        sys.excepthook = _Hook(_uncaught, sys.excepthook, sys.__excepthook__)
    if not isinstance(threading.excepthook, _Hook):
        threading.excepthook = _Hook(
            _uncaught_in_thread, threading.excepthook, threading.__excepthook__
        )
    if not isinstance(sys.unraisablehook, _Hook):
        sys.unraisablehook = _Hook(_unraisable, sys.unraisablehook, sys.__unraisablehook__)


class _Hook:
    """Ours, then the one before it, unless that is Python's own, which prints."""

    def __init__(self, ours: Callable[..., None], before: Any, pythons: Any) -> None:
        self._ours = ours
        self._before = None if before is pythons else before

    def __call__(self, *args: Any) -> None:
        self._ours(*args)
        if self._before is not None:
            self._before(*args)


def _uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        _log.info("interrupted")
        return
    _log.critical("uncaught exception", exc_info=(kind, error, traceback))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        found = (args.exc_type, args.exc_value, args.exc_traceback)
        _log.critical("uncaught exception in a thread", exc_info=found)


def _unraisable(args: Any) -> None:
    if args.exc_value is not None:
        found = (args.exc_type, args.exc_value, args.exc_traceback)
        _log.error("exception that could not be raised", exc_info=found)
