"""The one line to Redis: short patience, one round trip per question, and going on without.

Knows connections, scripts and health. Refuses to know what a script means, and never lets its
callers wait: after the first failure nobody asks Redis any more until one thread of this worker has
seen it answer again. Every guard says beside its question what it does alone (:meth:`either`).
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from hiredis import pack_command
from redis.connection import ConnectionInterface
from redis.exceptions import (
    ClusterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from askpro import trace
from askpro.clock import Clock
from askpro.guards.listeners import tell
from askpro.guards.redis_address import connection_maker
from askpro.guards.redis_script import Command, Script, all_in_full, in_full

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Send = Callable[[Sequence[Command]], list[Any]]

#: Pauses of the thread that waits for Redis: a hiccup is over in milliseconds, and an outage is
#: noticed to be over within two seconds.
_PAUSES = (0.0, 0.25, 0.5, 1.0, 2.0)
_PATIENT_SECONDS = 1.0
#: A Redis that answers like this is alive and of no use: a replica, a full or a failing one.
_USELESS = (ReadOnlyError, OutOfMemoryError, ClusterDownError)
_USELESS_WORDS = ("MISCONF", "BUSY", "NOREPLICAS", "NOAUTH", "NOPERM")


class RedisGone(Exception):
    """Redis cannot be asked now. Never leaves the guards: each of them goes on by itself."""


class _Here(threading.local):
    """What one thread has said, heard and waited since its request began."""

    def __init__(self) -> None:
        self.in_request = False
        self.spent = 0.0
        self.later: list[tuple[Command, Callable[[], None] | None]] = []
        self.ahead: dict[tuple[Any, ...], Any] = {}


class RedisLink:
    """``url`` None = embedded mode: there is no Redis, and :meth:`either` always answers alone.

    ``timeout`` and ``patience`` in seconds: the longest wait of one question, and of all questions
    of one request together.
    """

    def __init__(
        self,
        url: str | None,
        *,
        clock: Clock,
        timeout: float = 0.08,
        patience: float = 0.1,
        pauses: Sequence[float] = _PAUSES,
    ) -> None:
        self.configured = url is not None
        self._make = connection_maker(url, timeout) if url is not None else None
        self._clock = clock
        self._timeout = timeout
        self._patience = max(patience, timeout)
        self._pauses = tuple(pauses)
        self._idle: deque[ConnectionInterface] = deque()
        self._pid = os.getpid()
        self._here = _Here()
        self._lock = threading.Lock()
        self._usable = self.configured
        self._told_scripts = False
        self._gone_since: str | None = None
        self._last_error: str | None = None
        self._outages = 0
        self._on_return: list[Callable[[Send, bool], None]] = []
        self._on_change: list[Callable[[bool], None]] = []
        self._tester: threading.Thread | None = None
        self._closed = threading.Event()

    # -- asking --

    def either(self, shared: Callable[[], Answer], alone: Callable[[], Answer]) -> Answer:
        """The answer of ``shared``, which asks Redis; if that can't be done, that of ``alone``."""
        if self._usable:
            # The loss is noted and logged where it was met; this worker goes on alone.
            with suppress(RedisGone):
                return shared()
        return alone()

    @property
    def usable(self) -> bool:
        """Whether Redis answered last time."""
        return self._usable

    def run(self, script: Script, keys: Sequence[Any] = (), args: Iterable[Any] = ()) -> Any:
        """One script, one round trip. Raises :class:`RedisGone`."""
        return self.ask(script.command(keys, args))[-1]

    def ask(self, *commands: Command) -> list[Any]:
        """Several commands in one round trip, after those that were put off.

        Raises :class:`RedisGone`, also for a question that Redis refused: that is our mistake or an
        operator's (a key of another type); it is answered alone, and Redis itself is fine.
        """
        if not self._usable:
            raise RedisGone
        here = self._here
        allowed = min(self._timeout, self._patience - here.spent)
        if allowed <= 0:
            # Too slow for this request is gone for all, until it is seen to answer: what was put
            # off or done alone meanwhile is then reported to it, so it is noted before.
            self._give_up_later()
            self._lost(TimeoutError())
            raise RedisGone
        put_off, here.later = here.later, []
        everything = [*(command for command, _ in put_off), *commands]
        begun = time.monotonic()
        verdict = "gone"
        try:
            replies = self._converse(everything, begun + allowed)
            verdict = "ok"
        except (RedisError, OSError) as error:
            for _, if_lost in put_off:
                if if_lost is not None:
                    if_lost()
            self._lost(error)
            raise RedisGone from error
        finally:
            waited = time.monotonic() - begun
            if here.in_request:
                here.spent += waited
            trace.add_step("redis", waited * 1000, verdict)
        answers = replies[len(put_off) :]
        for answer in answers:
            if isinstance(answer, ResponseError):
                raise RedisGone from answer
        return answers

    def waited(self) -> None:
        """Who waits for somebody else's work asks again and again: that this takes long is no
        slowness of Redis, and the patience of the request begins anew."""
        self._here.spent = 0.0

    def soon(self, *commands: Command, if_lost: Callable[[], None] | None = None) -> None:
        """For what nobody waits for: rides along with this request's next question, before it, or
        leaves at the request's end, before its answer does. Outside of a request it leaves now.

        ``if_lost`` runs when Redis turns out to be gone.
        """
        here = self._here
        if self._usable:
            here.later += [(command, None) for command in commands[:-1]]
            here.later.append((commands[-1], if_lost))
            if not here.in_request:
                self.flush()
        elif if_lost is not None:
            if_lost()

    def flush(self) -> None:
        """Sends what was put off in this thread."""
        if self._here.later:
            self.either(self.ask, self._give_up_later)

    def _give_up_later(self) -> list[Any]:
        put_off, self._here.later = self._here.later, []
        for _, if_lost in put_off:
            if if_lost is not None:
                if_lost()
        return []

    # -- one request --

    def start_request(self) -> None:
        """From now on this thread's waits are added up against the patience of one request."""
        here = self._here
        here.in_request, here.spent = True, 0.0
        here.ahead.clear()

    def end_request(self) -> None:
        """Sends what was put off and forgets what was read ahead."""
        here = self._here
        if here.in_request:
            self.flush()
            here.in_request, here.spent = False, 0.0
            here.ahead.clear()

    @property
    def ahead(self) -> dict[tuple[Any, ...], Any]:
        """What came along with this request's earlier answers; see :meth:`note_ahead`."""
        return self._here.ahead

    def note_ahead(self, key: tuple[Any, ...], value: Any) -> None:
        """Keeps an answer that will be asked for later in the same request."""
        if self._here.in_request:
            self._here.ahead[key] = value

    # -- health --

    def status(self) -> dict[str, Any]:
        """For health and the dashboard: is Redis there, and if not since when."""
        return {
            "configured": self.configured,
            "healthy": self._usable or not self.configured,
            "degraded_since": self._gone_since,
            "last_error": self._last_error,
            "outages": self._outages,
        }

    def on_change(self, listener: Callable[[bool], None]) -> None:
        """``listener(healthy)`` runs, in a thread of the link's, when an outage is sure and when it
        is over."""
        self._on_change.append(listener)

    def on_return(self, report: Callable[[Send, bool], None]) -> None:
        """``report(send, outage)`` runs when Redis is back, before this worker asks it again.

        ``outage`` is false after a hiccup: the first look found it there.
        """
        self._on_return.append(report)

    def close(self) -> None:
        self._closed.set()
        self._usable = False
        self._drop_idle()
        if self._tester is not None:
            self._tester.join(_PATIENT_SECONDS * 2)

    # -- below: connections --

    def _converse(self, commands: Sequence[Command], deadline: float) -> list[Any]:
        replies = self._exchange(commands, deadline)
        # A restarted or flushed Redis has forgotten the scripts: those are sent once in full.
        unknown = [at for at, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unknown:
            whole = [in_full(commands[at]) for at in unknown]
            for at, reply in zip(unknown, self._exchange(whole, deadline), strict=True):
                replies[at] = reply
        for reply in replies:
            if isinstance(reply, ResponseError):
                if isinstance(reply, _USELESS) or str(reply).startswith(_USELESS_WORDS):
                    raise reply
                log.error("Redis refused a question of the guards: %s", reply)
        return replies

    def _exchange(self, commands: Sequence[Command], deadline: float) -> list[Any]:
        if self._pid != os.getpid():
            self._after_fork()
        trace.count_redis_trip()
        while True:
            connection, used = self._take(deadline)
            try:
                self._send(connection, commands)
                replies = [self._reply(connection, deadline) for _ in commands]
            except RedisConnectionError:
                connection.disconnect()
                if not used:
                    raise
                # A restart closed the connections that lay idle; a new one may well work.
                self._drop_idle()
                continue
            except BaseException:
                connection.disconnect()
                raise
            self._idle.append(connection)
            return replies

    @staticmethod
    def _send(connection: ConnectionInterface, commands: Sequence[Command]) -> None:
        packed = b"".join(map(pack_command, commands))
        connection.send_packed_command([packed], check_health=False)

    @staticmethod
    def _reply(connection: ConnectionInterface, deadline: float) -> Any:
        left = max(deadline - time.monotonic(), 0.001)
        try:
            return connection.read_response(timeout=left, disconnect_on_error=False)
        except ResponseError as error:
            return error

    def _take(self, deadline: float) -> tuple[ConnectionInterface, bool]:
        try:
            return self._idle.pop(), True
        except IndexError:
            assert self._make is not None, "embedded mode has no Redis to ask"
            connection = self._make()
            connection.connect()
            if not self._told_scripts:
                self._tell_scripts(connection, deadline)
            return connection, False

    def _tell_scripts(self, connection: ConnectionInterface, deadline: float) -> None:
        """With the first connection of a process, so that no caller's question is asked twice
        because Redis does not know a script. If it did not come to that, it is asked twice."""
        self._told_scripts = True
        commands = all_in_full()
        self._send(connection, commands)
        for _ in commands:
            self._reply(connection, deadline)

    def _drop_idle(self) -> None:
        while True:
            try:
                self._idle.pop().disconnect()
            except IndexError:
                return

    def _after_fork(self) -> None:
        # The parent goes on using its sockets: they are forgotten here, not closed.
        self._idle = deque()
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._tester = None
        if self.configured and not self._usable:
            self._usable = True

    # -- below: losing and finding it --

    def _lost(self, error: BaseException) -> None:
        with self._lock:
            self._last_error = type(error).__name__
            if not self._usable:
                return
            self._usable = False
            self._outages += 1
            self._gone_since = self._clock.now().isoformat()
            self._tester = threading.Thread(
                target=self._wait_for_return, name="redis-link", daemon=True
            )
            self._tester.start()
        self._drop_idle()

    def _wait_for_return(self) -> None:
        told = False
        for pause in itertools.chain(self._pauses, itertools.repeat(self._pauses[-1])):
            if self._closed.wait(pause):
                return
            try:
                self._patient([("SET", "askpro:redis_link", "writable", "PX", 1000)])
                for report in self._on_return:
                    report(self._patient, told)
            except (RedisError, OSError, RedisGone) as error:
                self._last_error = type(error).__name__
                if not told:
                    told = True
                    log.warning("Redis is gone, this worker guards alone: %s", self._last_error)
                    tell(self._on_change, False)
                continue
            with self._lock:
                self._told_scripts = False
                self._usable = not self._closed.is_set()
                self._gone_since = None
            if told:
                log.warning("Redis is back, the workers share their guards again")
                tell(self._on_change, True)
            return

    def _patient(self, commands: Sequence[Command]) -> list[Any]:
        return self._converse(commands, time.monotonic() + _PATIENT_SECONDS)
