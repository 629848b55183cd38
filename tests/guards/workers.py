"""Worker processes with guards of their own on one Redis, told what to do one thing at a time."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from askpro.clock import Clock
from askpro.errors import AskProError, CalcomNotFound, CalcomUnreachable, RateLimited, SlotTaken
from askpro.guards import PLATFORM, Guards, wish
from askpro.guards.circuits import Circuits
from askpro.guards.permits import CircuitRules, Kind, Settlement
from askpro.settings import Settings
from askpro.trace import Trace, tracing

#: New processes are forks of one that has imported all this, and has no threads.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])
_PATIENCE = 90
TEN = datetime(2026, 11, 25, 10, tzinfo=UTC)
FREE = [(TEN + timedelta(minutes=30 * n)).isoformat() for n in range(12)]


@dataclass(frozen=True)
class Span:
    start: datetime
    end: datetime


class Worker:
    """One process. ``do`` waits for the answer, ``begin`` and ``answer`` do not have to."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._pipe, theirs = _PROCESSES.Pipe()
        self.process = _PROCESSES.Process(target=_work, args=(theirs, values), daemon=True)
        self.process.start()
        theirs.close()

    def begin(self, what: str, *given: Any) -> None:
        self._pipe.send((what, given))

    def answer(self) -> Any:
        assert self._pipe.poll(_PATIENCE), "the worker does not answer"
        answer = self._pipe.recv()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def do(self, what: str, *given: Any) -> Any:
        self.begin(what, *given)
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self._pipe.close()


@contextmanager
def workers(count: int, redis_url: str, **values: Any) -> Iterator[list[Worker]]:
    """So many workers, ready to work."""
    chosen = {
        "secret_key": "for tests",
        "redis_url": redis_url,
        "redis_timeout_seconds": 5.0,
        "web_concurrency": count,
        **values,
    }
    made = [Worker(chosen) for _ in range(count)]
    try:
        for worker in made:
            worker.do("ready")
        yield made
    finally:
        for worker in made:
            worker.stop()


def all_do(crowd: Sequence[Worker], what: str, *given: Any) -> list[Any]:
    """All of them at once."""
    for worker in crowd:
        worker.begin(what, *given)
    return [worker.answer() for worker in crowd]


# -- inside the process --


def _work(pipe: Connection, values: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    place = _Place(Guards(Settings(**values), Clock()))
    while True:
        try:
            what, given = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(getattr(place, what)(*given))
        except BaseException as error:
            pipe.send(error)


class _Place:
    """What a worker can be told to do."""

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self.told: list[str] = []
        guards.circuits.on_transition(lambda change: self.told.append(change.after))

    def ready(self) -> bool:
        return True

    def send(self, outcome: str = "success", kind: Kind = "read", name: str = PLATFORM) -> str:
        """One request to Cal.com with that outcome; what the guards made of it."""
        errors: dict[str, AskProError] = {
            "timeout": CalcomUnreachable(),
            "404": CalcomNotFound(http_status=404),
            "taken": SlotTaken(),
        }

        def request(kind: Kind) -> str:
            if outcome in errors:
                raise errors[outcome]
            return "sent"

        try:
            return self.guards.circuits.of(name)(request)(kind=kind)
        except AskProError as error:
            return type(error).__name__

    def transitions(self) -> list[str]:
        return self.told

    def hold_a_permit(self) -> bool:
        """Takes a permit and never settles it."""
        return self.guards.circuits.acquire(PLATFORM, "read").probe

    def rush(self, threads: int) -> int:
        """How many of so many requests at once get a permit."""
        start = threading.Barrier(threads)

        def take() -> bool:
            start.wait()
            try:
                self.guards.circuits.acquire(PLATFORM, "read")
            except AskProError:
                return False
            return True

        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(lambda _: take(), range(threads)))

    def call(self, call: str, functions: Sequence[str]) -> int:
        """How many of those function calls are served."""
        served, limits = 0, self.guards.limits
        for function in functions:
            try:
                limits.judge(limits.count_call(15, call, function, "function"))
                served += 1
            except RateLimited:
                continue
        return served

    def clear(self, call: str) -> Any:
        return self.guards.limits.clear(call)

    def look(self, threads: int, log: str, seconds: float) -> list[str]:
        """So many identical questions at once; every fetch adds a line to ``log``."""
        start = threading.Barrier(threads)

        def fetch() -> list[str]:
            with Path(log).open("a") as out:
                out.write("asked\n")
            time.sleep(seconds)
            return FREE

        def look() -> str:
            start.wait()
            seen = self._slots(fetch)
            assert seen.value == FREE
            return seen.outcome

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(lambda _: look(), range(threads)))

    def book(self) -> str:
        """What a booking of the first slot does to the cache."""
        self.guards.slots.invalidate(15, 7)
        return self._slots(lambda: FREE[1:]).value[0]

    def first_slot(self) -> str:
        return self._slots(lambda: FREE).value[0]

    def first_slot_now(self) -> str:
        """The same, after the first one was booked at Cal.com."""
        return self._slots(lambda: FREE[1:]).value[0]

    def race(self, rounds: int, name: str) -> list[int]:
        """The rounds in which this worker's call won the slot."""
        won = []
        for number in range(rounds):
            start = TEN + timedelta(hours=number)
            span = Span(start, start + timedelta(minutes=45))
            if self.guards.holds.hold(15, 7, span, call_id=f"{name}-{number}"):
                won.append(number)
        return won

    def flood(self, seconds: float, wanted: Sequence[Kind], rules: dict[str, float]) -> Any:
        """Sends as much as it may; when each request arrived at Cal.com, by kind."""
        office = Circuits(self.guards.link, CircuitRules(**rules), Clock())  # type: ignore[arg-type]
        arrived: list[tuple[float, Kind]] = []
        until = time.monotonic() + seconds
        dice = random.Random()

        def send(kind: Kind) -> None:
            while time.monotonic() < until:
                try:
                    permit = office.acquire("calcom_api", kind)
                except AskProError:
                    time.sleep(0.005)
                    continue
                time.sleep(dice.uniform(0, 0.15))
                arrived.append((time.time(), kind))
                time.sleep(dice.uniform(0, 0.05))
                office.settle(permit, Settlement("success"))

        with ThreadPoolExecutor(len(wanted)) as pool:
            list(pool.map(send, wanted))
        return arrived

    def serve(self, seconds: float, threads: int) -> dict[str, Any]:
        """Cached availability requests for so long: how many, what failed, the longest waits."""
        until = time.monotonic() + seconds
        failed: list[str] = []
        waits: list[float] = []
        served = itertools.count()

        def run(number: int) -> None:
            calls = itertools.count()
            while time.monotonic() < until:
                call = f"call_{self.guards.settings.port}_{number}_{next(calls)}"
                with tracing(Trace()) as trace:
                    try:
                        self._availability(call)
                        next(served)
                    except Exception as error:
                        failed.append(repr(error))
                waits.append(trace.spent_ms("redis"))
                # Waits for Redis are meant, not waits for one of two busy cores.
                time.sleep(0.005)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, range(threads)))
        return {"served": next(served), "failed": failed, "waits": sorted(waits)[-20:]}

    def _availability(self, call: str) -> None:
        guards = self.guards
        guards.start_request()
        try:
            guards.begin_call(15, call, "check_availability", "function", replay_key=call)
            guards.replays.recall(call)
            guards.calls.recall(15, call)
            self._slots(lambda: FREE, call)
            guards.replays.keep(call, b"{}")
            self.send("success")
        finally:
            guards.end_request()

    def status(self) -> dict[str, Any]:
        return self.guards.link.status()

    def _slots(self, fetch: Callable[[], Any], call: str | None = None) -> Any:
        span = Span(TEN, TEN + timedelta(minutes=45))
        return self.guards.slots.get(
            company_id=15,
            branch_id=None,
            event_type_id=7,
            window="week",
            fetch=fetch,
            circuit=PLATFORM,
            call_id=call,
            hold=wish(7, span, call_id=call, written=f'"{FREE[0]}"'),
        )
