"""The one way in which a request to Cal.com leaves and its answer is read.

Each attempt, a repeated read included, goes through one ``_send``: the account's circuit, which
also keeps its budget, is a decorator around it, and the observer hears of it. Reads are repeated at
most twice and only inside their hard stop; a write is sent once (calcom.md §6).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import orjson
from circuitbreaker import CircuitBreakerError

from askpro.clock import Clock
from askpro.errors import (
    CalcomError,
    CalcomFault,
    CalcomHeld,
    CalcomUnavailable,
    CalcomUnreachable,
    CircuitOpen,
)
from askpro.providers import calcom_errors as errors
from askpro.providers import json_body
from askpro.providers.calcom_wire import VERSIONS, WrongShape
from askpro.providers.http import AnswerLost, Deadline, NothingSent, Sender
from askpro.settings import Settings

log = logging.getLogger(__name__)
T = TypeVar("T")

#: What a call costs the budget: bookings first, then what a caller waits for, then the rest.
Kind = Literal["write", "read", "background"]

_REPEATABLE = frozenset({500, 502, 503, 504})
_PAUSES = (0.05, 0.15)
#: With less time than this an attempt is not begun: its timeout would be ours and not Cal.com's,
#: but the circuit would count it.
_LEAST_SECONDS = 0.05


@dataclass(frozen=True)
class CalcomAccount:
    """Whose calendar. ``name`` is that of its circuit and budget, ``base_url`` without ``/v2``."""

    name: str
    api_key: str = field(repr=False)
    base_url: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that was tried. ``status`` is None when no answer came; ``outcome`` is ok or the
    name of the error."""

    account: str
    kind: Kind
    method: str
    resource: str
    status: int | None
    milliseconds: float
    outcome: str


class Circuit(Protocol):
    """A decorator for the sending function: the account's breaker and budget.

    What it wraps is called with a keyword ``kind``. Instead of calling it, it may raise
    :class:`~askpro.errors.CircuitOpen` or :class:`~askpro.errors.BudgetSpent`.
    """

    def __call__(self, wrapped: Callable[..., Any]) -> Callable[..., Any]: ...

    def note_headers(self, remaining: int, reset_seconds: float) -> None:
        """What the answer to the request on its way says about the account's limit."""


class Unprotected:
    """The circuit that never opens, for tools that send a handful of requests."""

    def __call__(self, wrapped: Callable[..., Any]) -> Callable[..., Any]:
        return wrapped

    def note_headers(self, remaining: int, reset_seconds: float) -> None:
        """There is no budget to correct."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the API."""

    method: str
    path: str
    kind: Kind
    params: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    #: Whether the reader wants the whole envelope, ``pagination`` included, instead of ``data``.
    whole: bool = False

    @property
    def resource(self) -> str:
        """``bookings`` of ``/v2/bookings/…``: decides the contract's version."""
        return self.path.split("/", 3)[2]


class CalcomTransport:
    """Sends the calls of one account. Safe to share between threads."""

    def __init__(
        self,
        account: CalcomAccount,
        settings: Settings,
        clock: Clock,
        *,
        circuit: Circuit | None = None,
        observer: Callable[[Attempt], None] | None = None,
    ) -> None:
        self.account = account
        self._settings = settings
        self._clock = clock
        self._circuit = circuit or Unprotected()
        self._observer = observer
        self._sender = Sender(
            account.base_url,
            threads=settings.web_threads,
            connect_seconds=settings.calcom_connect_seconds,
        )
        self._send = self._circuit(self._attempt)

    def deadline(self, kind: Kind, not_after: float | None = None) -> Deadline:
        """The hard stop of a call that begins now."""
        seconds = self._settings.calcom_read_seconds
        if kind != "read":
            seconds = self._settings.calcom_write_seconds
        return Deadline.within(seconds, not_after=not_after)

    def ask(self, call: Call, read: Callable[[Any], T], not_after: float | None = None) -> T:
        """What ``read`` makes of the answer's ``data``.

        Repeats a read until it is answered, the fault is final or the hard stop is near. Raises
        :class:`CalcomError` and nothing else, unless ``read`` does.
        """
        deadline = self.deadline(call.kind, not_after)
        repetitions = self._settings.calcom_read_retries if call.method == "GET" else 0
        fault: CalcomFault | None = None
        if deadline.left() < _LEAST_SECONDS:
            raise CalcomUnreachable("the time was up before Cal.com was asked")
        for attempt in range(repetitions + 1):
            try:
                answer: T = self._send(call, read, deadline, kind=call.kind)
                return answer
            except (CircuitBreakerError, CalcomHeld) as held:
                # After a first attempt the circuit or the budget closed because of that one.
                raise fault or _held(held) from None
            except (CalcomUnreachable, CalcomUnavailable) as why:
                pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
                late = deadline.left() - pause < _LEAST_SECONDS
                if late or attempt == repetitions or not _may_be_repeated(why):
                    raise
                fault = why
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(
        self, call: Call, read: Callable[[Any], T], deadline: Deadline, *, kind: Kind
    ) -> T:
        """One request, one answer. The account's circuit wraps exactly this."""
        began = time.monotonic()
        status: int | None = None
        outcome = "ok"
        try:
            answer = self._sender.exchange(
                call.method,
                call.path,
                deadline,
                headers=self._headers(call),
                params=call.params,
                body=None if call.body is None else orjson.dumps(call.body),
            )
            status = answer.status
            self._note_limits(answer.headers)
            if not 200 <= status < 300:
                raise errors.translate(call.method, answer, self._clock.now())
            return _read_success(call, status, answer.body, read)
        except NothingSent:
            outcome = CalcomUnreachable.__name__
            raise errors.unreachable() from None
        except AnswerLost as why:
            fault = errors.lost(call.method, why)
            status, outcome = why.status, type(fault).__name__
            raise fault from None
        except CalcomError as fault:
            outcome = type(fault).__name__
            raise
        finally:
            elapsed = (time.monotonic() - began) * 1000
            self._observe(
                Attempt(
                    self.account.name, kind, call.method, call.resource, status, elapsed, outcome
                )
            )

    def _headers(self, call: Call) -> dict[str, str]:
        # The key is sent to public routes too: it picks the account's rate bucket instead of that
        # of our IP address, and unlocks hidden event types (calcom.md §1).
        headers = {"Authorization": f"Bearer {self.account.api_key}"}
        version = VERSIONS[call.resource]
        if version is not None:
            headers["cal-api-version"] = version
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def _note_limits(self, headers: Mapping[str, str]) -> None:
        remaining = errors.remaining_requests(headers)
        if remaining is not None:
            self._circuit.note_headers(remaining, errors.reset_seconds(headers, self._clock.now()))

    def _observe(self, attempt: Attempt) -> None:
        if self._observer is None:
            return
        try:
            self._observer(attempt)
        except Exception:
            # A booking that stands must not become a failure because nobody could note it.
            log.exception("the observer of Cal.com's client failed")


def _may_be_repeated(fault: CalcomFault) -> bool:
    return isinstance(fault, CalcomUnreachable) or fault.http_status in _REPEATABLE


def _held(held: Exception) -> CalcomHeld:
    if isinstance(held, CalcomHeld):
        return held
    return CircuitOpen("the circuit of this account is open")


def _read_success(call: Call, status: int, body: bytes, read: Callable[[Any], T]) -> T:
    try:
        envelope = {"status": "success"} if status == 204 else json_body.parse(body)
        if type(envelope) is not dict or envelope.get("status") != "success":
            raise WrongShape
        return read(envelope if call.whole else envelope.get("data"))
    except (ValueError, WrongShape):
        raise errors.unreadable(call.method, status) from None
