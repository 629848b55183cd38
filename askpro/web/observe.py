"""Around every request: a request id, its trace, and one line in the log when it is answered."""

from __future__ import annotations

import logging
import re
from contextlib import ExitStack

from flask import Flask, Response, g, request

from askpro import trace
from askpro.logs import bind_log_context, clear_log_context

log = logging.getLogger("askpro.request")

#: A client's own id is kept when it can say nothing: 128 bits in hex, with or without hyphens.
_REQUEST_ID = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}(\1[0-9a-fA-F]{4}){2}\1[0-9a-fA-F]{12}")


def observe_requests(app: Flask) -> None:
    """Register before everything else: what follows is traced, refusals included."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else trace.new_id()
        clear_log_context()
        bind_log_context(request_id=request_id)
        stack = ExitStack()
        g.trace = stack.enter_context(trace.tracing(trace.Trace(request_id=request_id)))
        g.trace_stack = stack

    @app.after_request
    def answered(response: Response) -> Response:
        current: trace.Trace | None = g.get("trace")
        if current is not None:
            response.headers["X-Request-Id"] = current.request_id
            log.info(
                "answered",
                extra={
                    "method": request.method,
                    "route": request.url_rule.rule if request.url_rule else None,
                    "status_code": response.status_code,
                    "ms": round(current.elapsed_ms(), 1),
                    "queries": current.queries,
                    "redis_trips": current.redis_trips,
                    **current.told,
                },
            )
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        stack: ExitStack | None = g.pop("trace_stack", None)
        if stack is not None:
            stack.close()
        clear_log_context()
