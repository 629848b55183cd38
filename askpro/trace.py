"""The waterfall of one request: what it asked of whom, and how long each took.

A trace is bound to the running context; guards, providers and the store add their steps without
being handed it. Outside of a request nothing is kept.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

_dice = random.Random()  # noqa: S311  (ids are distinct, not secret)
os.register_at_fork(after_in_child=_dice.seed)


def new_id(bits: int = 128) -> str:
    """An id in hex that nobody else was given; without a system call for each."""
    return f"{_dice.getrandbits(bits):0{bits // 4}x}"


@dataclass
class Step:
    """One thing that was waited for. ``begin_ms`` counts from the request's start."""

    name: str
    begin_ms: float
    milliseconds: float
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass
class Trace:
    """Steps and counters of one request."""

    request_id: str = ""
    began: float = field(default_factory=time.perf_counter)
    steps: list[Step] = field(default_factory=list)
    queries: int = 0
    redis_trips: int = 0
    cache: str = "none"
    error: str | None = None
    #: The function that was asked for, with what came of it.
    function: Step | None = None
    #: What the request's one line in the log says beyond its route and figures.
    told: dict[str, Any] = field(default_factory=dict)

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.began) * 1000

    def spent_ms(self, prefix: str) -> float:
        """Milliseconds spent in steps whose name starts with ``prefix``."""
        return sum(step.milliseconds for step in self.steps if step.name.startswith(prefix))

    def add(self, name: str, milliseconds: float, verdict: str = "ok") -> None:
        """Record a step that has just ended."""
        self.steps.append(self.just_ended(name, milliseconds, verdict))

    def just_ended(self, name: str, milliseconds: float, verdict: str) -> Step:
        return Step(name, self.elapsed_ms() - milliseconds, milliseconds, verdict)


_current: ContextVar[Trace | None] = ContextVar("askpro_trace", default=None)


def current() -> Trace | None:
    """The trace of the running request, or None."""
    return _current.get()


@contextmanager
def tracing(trace: Trace) -> Iterator[Trace]:
    """Bind ``trace`` to the running context."""
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def count_statement(
    connection: object, cursor: object, statement: str, parameters: object, context: Any, _: bool
) -> None:
    """SQLAlchemy's ``before_cursor_execute``: counts what is asked, not the beginning of it."""
    trace = _current.get()
    if trace is not None and not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
        trace.queries += 1
        if context is not None:
            context.askpro_began = time.perf_counter()


def time_statement(
    connection: object, cursor: object, statement: str, parameters: object, context: Any, _: bool
) -> None:
    """SQLAlchemy's ``after_cursor_execute``: the step of a statement that was counted."""
    trace = _current.get()
    began = getattr(context, "askpro_began", None)
    if trace is not None and began is not None:
        verb = statement.lstrip()[:12].split(None, 1)[0].lower()
        trace.add("database", (time.perf_counter() - began) * 1000, verb)


def count_redis_trip() -> None:
    trace = _current.get()
    if trace is not None:
        trace.redis_trips += 1


def note_cache(outcome: str) -> None:
    """``outcome``: hit, miss or stale."""
    trace = _current.get()
    if trace is not None:
        trace.cache = outcome


def add_step(name: str, milliseconds: float, verdict: str = "ok") -> None:
    trace = _current.get()
    if trace is not None:
        trace.add(name, milliseconds, verdict)
