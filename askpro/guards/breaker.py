"""The circuit breaker around Cal.com: ``circuitbreaker``'s decorator, with state that is shared.

The stock class (2.1.3) keeps its state per process, lets everybody through when half open, closes
on late successes, and counts SystemExit as success. What this subclass replaces is everything that
touches state; ``decorate`` and the properties built on state are inherited.

- A permit is taken before a request leaves and settled when it is back (:mod:`circuits`).
- A result from before the last transition is history: it changes nothing (epoch fencing).
- Only :class:`~askpro.errors.CalcomFault` counts as failure. Cal.com's 404 or "slot taken" is an
  answer, not an outage: it neither trips nor resets. Errors of our own release the probe, no more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from inspect import isasyncgenfunction, isgeneratorfunction
from math import ceil
from typing import Any, Protocol

from circuitbreaker import CircuitBreaker

from askpro.errors import CalcomAnswer, CalcomFault, CalcomHeld, CalcomRateLimited
from askpro.guards.permits import (
    CircuitRules,
    CircuitSnapshot,
    Kind,
    Outcome,
    Permit,
    Settlement,
)


class PermitOffice(Protocol):
    """Who gives permits and hears of their outcome; :class:`~askpro.guards.circuits.Circuits`."""

    rules: CircuitRules

    def acquire(self, name: str, kind: Kind) -> Permit: ...
    def settle(self, permit: Permit, settlement: Settlement) -> None: ...
    def snapshots(self, name: str | None = None) -> list[CircuitSnapshot]: ...
    def reset(self, name: str | None = None) -> Any: ...


#: The permits of the requests on their way in this thread or task, the innermost last.
_on_their_way: ContextVar[tuple[Permit, ...]] = ContextVar("permits", default=())


class SharedCircuitBreaker(CircuitBreaker):
    """Wraps the one place that sends requests to one Cal.com account.

    The wrapped function's keyword ``kind`` ("write", "read" or "background"; unless given "read")
    decides what part of the account's budget it may use. Instead of calling it raises
    :class:`~askpro.errors.CircuitOpen` or :class:`~askpro.errors.BudgetSpent`; there is no fallback
    function, since the caller needs to know for how long.
    """

    #: Looked up by ordinary inheritance: a grandchild keeps what its parent said.
    FAILURES: tuple[type[BaseException], ...] = (CalcomFault,)
    ANSWERS: tuple[type[BaseException], ...] = (CalcomAnswer,)

    def __init__(self, name: str, office: PermitOffice) -> None:
        super().__init__(
            failure_threshold=office.rules.failures,
            recovery_timeout=office.rules.open_seconds,
            expected_exception=lambda kind, _: issubclass(kind, self.FAILURES),
            name=name,
        )
        self._office = office
        self._last_failure: BaseException | None = None

    # -- one request --

    def note_headers(self, remaining: int, reset_seconds: float) -> None:
        """Cal.com's ``X-RateLimit-Remaining``/``-Reset`` of the answer to the request on its way.

        Kept when Cal.com says less than we believe: somebody else uses the key as well.
        """
        permit = self._on_its_way()
        if remaining < permit.left:
            permit.granted = max(remaining, 0)
            permit.reset_seconds = max(reset_seconds, 1.0)

    def _on_its_way(self) -> Permit:
        for permit in reversed(_on_their_way.get()):
            if permit.circuit == self._name:
                return permit
        raise RuntimeError(f"no request to {self._name} is on its way in this thread")

    def _enter(self, kind: Kind = "read") -> Permit:
        return self._office.acquire(self._name, kind)

    def _leave(self, permit: Permit, error: BaseException | None) -> None:
        if error is not None and self.is_failure(type(error), error):
            self._last_failure = error
        blocked = error.reset_seconds if isinstance(error, CalcomRateLimited) else 0
        latency = max(round((time.monotonic() - permit.begun) * 1000), 0)
        why = "" if error is None else type(error).__name__
        self._office.settle(permit, Settlement(self.classify(error), why, latency, blocked))

    def classify(self, error: BaseException | None) -> Outcome:
        """What an ended request means for the circuit."""
        if error is None:
            return "success"
        if isinstance(error, CalcomHeld):
            return "unsent"
        if self.is_failure(type(error), error):
            return "failure"
        return "answer" if isinstance(error, self.ANSWERS) else "neutral"

    def __enter__(self) -> Permit:
        permit = self._enter()
        _on_their_way.set((*_on_their_way.get(), permit))
        return permit

    def __exit__(self, exc_type: object, exc_value: BaseException | None, _: object) -> None:
        *outer, permit = _on_their_way.get()
        _on_their_way.set(tuple(outer))
        self._leave(permit, exc_value)

    # -- the decorator's four shapes: Cal.com's client is a plain function, but whoever decorates
    # another must not get the stock ones, which lose ``kind`` and ask Redis in the event loop --

    def call(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        permit = self._enter(_kind(kwargs))
        token = _on_their_way.set((*_on_their_way.get(), permit))
        error: BaseException | None = None
        try:
            return func(*args, **kwargs)
        except BaseException as raised:
            error = raised
            raise
        finally:
            _on_their_way.reset(token)
            self._leave(permit, error)

    def call_generator(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
        permit = self._enter(_kind(kwargs))
        error: BaseException | None = None
        try:
            yield from func(*args, **kwargs)
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._leave(permit, error)

    async def call_async(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # The office may speak to Redis: never in the event loop's thread.
        permit = await asyncio.to_thread(self._enter, _kind(kwargs))
        error: BaseException | None = None
        try:
            return await func(*args, **kwargs)
        except BaseException as raised:
            error = raised
            raise
        finally:
            await asyncio.shield(asyncio.to_thread(self._leave, permit, error))

    async def call_async_generator(
        self, func: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> AsyncIterator[Any]:
        permit = await asyncio.to_thread(self._enter, _kind(kwargs))
        error: BaseException | None = None
        try:
            async for each in func(*args, **kwargs):
                yield each
        except BaseException as raised:
            error = raised
            raise
        finally:
            await asyncio.shield(asyncio.to_thread(self._leave, permit, error))

    def _decorate_sync(self, function: Callable[..., Any]) -> Callable[..., Any]:
        # The stock wrapper asks `opened` and then calls: two questions, and a gap between them.
        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return self.call(function, *args, **kwargs)

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Iterator[Any]:
            yield from self.call_generator(function, *args, **kwargs)

        return generator if isgeneratorfunction(function) else wrapper

    def _decorate_async(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            return await self.call_async(function, *args, **kwargs)

        @wraps(function)
        async def generator(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            async for each in self.call_async_generator(function, *args, **kwargs):
                yield each

        return generator if isasyncgenfunction(function) else wrapper

    # -- state, asked of the store --

    def reset(self) -> None:
        """Closes the circuit for all workers. The stock class calls this on every success; ours
        never does: what a success means is the store's to say.
        """
        self._last_failure = None
        self._office.reset(self._name)

    @property
    def state(self) -> str:
        return self._snapshot.state

    @property
    def open_remaining(self) -> int:
        return ceil(self._snapshot.retry_seconds)

    @property
    def failure_count(self) -> int:
        return self._snapshot.failures

    @property
    def _snapshot(self) -> CircuitSnapshot:
        return self._office.snapshots(self._name)[0]


def _kind(kwargs: dict[str, Any]) -> Kind:
    kind: Kind = kwargs.get("kind", "read")
    return kind
