"""Around every request: what it cost, for the figures of its route and the list of slow ones."""

from __future__ import annotations

import resource

from flask import Flask, Response, request

from askpro import trace
from askpro.logs import log_context
from askpro.services.performance import Cost, CostBook
from askpro.services.runtime import Runtime

#: What is asked without having a route: one name for all of them, however many are tried.
_NOWHERE = "(no such address)"
#: Its peak is the process's either way; of the process the kernel adds up all threads' times, too.
_OF_ONE_THREAD = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)


def observe_performance(app: Flask, runtime: Runtime) -> None:
    """Register after the tracing of requests, before anything else."""
    book = app.extensions["askpro_costs"] = CostBook(runtime.database, runtime.settings)

    peak_kb = 0

    @app.after_request
    def note(response: Response) -> Response:
        nonlocal peak_kb
        current = trace.current()
        if current is None:
            return response
        # A system call that all threads of the process pay for: once a request, not twice.
        was, is_now = peak_kb, _peak_kb()
        peak_kb = is_now
        spent = current.elapsed_ms()
        about = {**log_context(), **current.told}
        is_slow = (
            spent > runtime.settings.slow_answer_ms
            or current.queries > runtime.settings.most_queries
        )
        rule = request.url_rule
        book.note(
            Cost(
                at=runtime.clock.now(),
                route=f"{request.method} {rule.rule if rule else _NOWHERE}"[:120],
                status=response.status_code,
                milliseconds=round(spent, 2),
                queries=current.queries,
                redis_trips=current.redis_trips,
                calcom_ms=round(current.spent_ms("calcom"), 2),
                redis_ms=round(current.spent_ms("redis"), 2),
                database_ms=round(current.spent_ms("database"), 2),
                memory_kb=is_now - was if was else 0,
                request_id=current.request_id,
                company_id=about.get("company_id"),
                call_id=about.get("call_id"),
                steps=tuple(step.as_dict() for step in current.steps) if is_slow else (),
            )
        )
        return response


def _peak_kb() -> int:
    return resource.getrusage(_OF_ONE_THREAD).ru_maxrss
