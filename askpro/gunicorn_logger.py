"""gunicorn's logger, speaking through ours: ``logger_class`` in gunicorn.conf.py.

gunicorn brings handlers of its own and quotes what strangers send. Here it has none, its access
line knows method, path, status and milliseconds, and what prints to stdout or stderr is logged
too, line by line: tracebacks that libraries print, ``wsgi.errors``.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from askpro.guards.redaction import shown_path
from askpro.logs import install


class GunicornLogger(Logger):
    """Every line of gunicorn through the root handler. Its own log settings but the level and
    whether there is an access line are ignored: all goes to stderr."""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        self.loglevel = self.LOG_LEVELS.get(cfg.loglevel.lower(), logging.INFO)
        self._access_log_enabled = cfg.accesslog is not None
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
            log.setLevel(self.loglevel)
        install(self.loglevel)
        _log_what_is_printed()

    def access(
        self, resp: Any, req: Any, environ: Mapping[str, Any], request_time: timedelta
    ) -> None:
        """Method, path, status, milliseconds. No query, no header, no address of the caller."""
        if not self.access_log_enabled:
            return
        status = str(resp.status).split(None, 1)[0]
        path = shown_path(str(environ.get("PATH_INFO", "-")))
        self.access_log.info(
            "%s %s %s",
            environ.get("REQUEST_METHOD", "-"),
            path,
            status,
            extra={"ms": round(request_time.total_seconds() * 1000, 1)},
        )

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        super().warning(_without_quotes(msg), *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """``Error handling request /path?query``: the request says nothing, the traceback all."""
        if isinstance(msg, str) and msg.startswith("Error handling request"):
            msg, args = "Error handling request", ()
        super().exception(msg, *args, **kwargs)

    def debug(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """What a connection died of quotes the bytes that came over it."""
        said = (type(arg).__name__ if isinstance(arg, BaseException) else arg for arg in args)
        super().debug(msg, *said, **kwargs)


def _without_quotes(msg: Any) -> Any:
    """ "Invalid request from ip=…: Invalid HTTP request line: '…'" without the line."""
    if not isinstance(msg, str) or not msg.startswith("Invalid request"):
        return msg
    ends = [at for quote in "'\"" if (at := msg.find(quote)) >= 0]
    return msg[: min(ends)].removesuffix("b").rstrip(" :") if ends else msg


class LinesToLog(io.TextIOBase):
    """A standard stream whose lines are logged. ``beneath`` is the stream it took the place of."""

    def __init__(self, beneath: Any, logger: logging.Logger, level: int) -> None:
        self.beneath = beneath
        self._logger = logger
        self._level = level
        self._begun = threading.local()

    def write(self, text: str) -> int:
        *lines, rest = (getattr(self._begun, "text", "") + text).split("\n")
        self._begun.text = rest
        for line in lines:
            if line.strip():
                self._logger.log(self._level, "%s", line)
        return len(text)

    def fileno(self) -> int:
        return int(self.beneath.fileno())

    def writable(self) -> bool:
        return True


def _log_what_is_printed() -> None:
    if not isinstance(sys.stdout, LinesToLog):
        sys.stdout = LinesToLog(sys.stdout, logging.getLogger("askpro.stdout"), logging.INFO)
    if not isinstance(sys.stderr, LinesToLog):
        sys.stderr = LinesToLog(sys.stderr, logging.getLogger("askpro.stderr"), logging.WARNING)
