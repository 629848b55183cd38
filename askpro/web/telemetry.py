"""Requests as OpenTelemetry spans: a request, its function, and whom it waited for.

Imported only where ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set. Nothing is measured here: the waterfall
that every request keeps anyway (:mod:`askpro.trace`) becomes spans once it is answered, so a span
has the times, verdicts and ids that the dashboard shows and no value of anybody. Sampling and the
like are the SDK's own variables (``OTEL_TRACES_SAMPLER`` …).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, request
from opentelemetry import context as contexts
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context

from askpro import trace
from askpro.guards.redaction import Redactor
from askpro.logs import log_context

_SHORT_ENOUGH = 200
_redactor = Redactor(most=_SHORT_ENOUGH)
#: Of what a request's line in the log says; the rest is the agent's own wording.
_TOLD = ("company_id", "call_id", "function", "outcome", "cache")
_SENDS = ("calcom", "redis", "database")


def observe_spans(app: Flask, endpoint: str, version: str) -> None:
    """Send every request's spans to the collector at ``endpoint``. Register after its tracing."""
    _observe(app, partial(_sending, endpoint), version)


def _sending(endpoint: str) -> SpanProcessor:
    """Finished spans leave in the background; a collector that is away costs spans, not calls."""
    return BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=5))


def _observe(app: Flask, make_processor: Callable[[], SpanProcessor], version: str) -> None:
    tracers = _Tracers(make_processor, version)

    @app.after_request
    def tell(response: Response) -> Response:
        current = trace.current()
        if current is not None:
            _tell(tracers.here(), current, response.status_code)
        return response


class _Tracers:
    """A tracer for each process: a thread that sends does not survive gunicorn's fork."""

    def __init__(self, make_processor: Callable[[], SpanProcessor], version: str) -> None:
        self._make_processor = make_processor
        self._version = version
        self._of: dict[int, Tracer] = {}

    def here(self) -> Tracer:
        tracer = self._of.get(os.getpid())
        if tracer is None:
            resource = Resource.create({"service.name": "askpro", "service.version": self._version})
            provider = TracerProvider(resource=resource)
            provider.add_span_processor(self._make_processor())
            tracer = self._of[os.getpid()] = provider.get_tracer("askpro", self._version)
        return tracer


def _tell(tracer: Tracer, current: trace.Trace, status: int) -> None:
    ended = time.time_ns()
    began = ended - _ns(current.elapsed_ms())
    route = request.url_rule.rule if request.url_rule else "(no such address)"
    # A context of its own: what a caller of Retell's traces is not ours to join.
    whole = tracer.start_span(
        f"{request.method} {route}",
        contexts.Context(),
        SpanKind.SERVER,
        _attributes(current, route, status),
        start_time=began,
    )
    parent, function = whole, current.function
    if function is not None:
        parent = _child(tracer, whole, function, began, SpanKind.INTERNAL)
    for step in current.steps:
        kind = SpanKind.CLIENT if step.name.startswith(_SENDS) else SpanKind.INTERNAL
        inside = function is not None and step.begin_ms >= function.begin_ms
        _child(tracer, parent if inside else whole, step, began, kind)
    if status >= 500:
        whole.set_status(StatusCode.ERROR)
    whole.end(ended)


def _child(tracer: Tracer, parent: Span, step: trace.Step, began: int, kind: SpanKind) -> Span:
    """A step as a span that has ended already; others may still name it as their parent."""
    start = began + _ns(step.begin_ms)
    span = tracer.start_span(
        step.name,
        set_span_in_context(parent, contexts.Context()),
        kind,
        {"askpro.verdict": _shown(step.verdict)},
        start_time=start,
    )
    span.end(start + _ns(step.milliseconds))
    return span


def _attributes(current: trace.Trace, route: str, status: int) -> dict[str, Any]:
    line = {**log_context(), **current.told}
    told = {f"askpro.{name}": _shown(line[name]) for name in _TOLD if name in line}
    return {
        "http.request.method": request.method,
        "http.route": route,
        "http.response.status_code": status,
        "askpro.request_id": current.request_id,
        "askpro.queries": current.queries,
        "askpro.redis_trips": current.redis_trips,
        **told,
    }


def _shown(value: Any) -> Any:
    return value if isinstance(value, int) else _redactor.text(str(value))


def _ns(milliseconds: float) -> int:
    return int(milliseconds * 1e6)
