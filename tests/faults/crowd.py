"""Callers under load, who behave as Retell and its agents do, and remember what they were told.

Retell sends an event again when it was not acknowledged, and so does an agent with a function that
broke off. What was acknowledged and what was said to be booked is what :mod:`tests.faults.truths`
holds the gateway to.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

import requests

from tests.faults.cluster import Cluster
from tests.waiting import eventually

_EVENTS = "/api/webhooks/retell"
#: Retell tries an event four times in all (retell.md §4); the pauses are ours.
_PAUSES = (0.3, 2.0, 8.0)
_FIRST_SLOT, _SLOTS_A_DAY = 9 * 60, 18


def salons(count: int) -> dict[str, Any]:
    """So many hairdressers with half hours all day long, on every day but Sunday."""
    return {
        "timezone": "Europe/Berlin",
        "tenants": [
            {
                "id": number,
                "key": f"salon-{number}",
                "slug": f"salon-{number}",
                "business": f"Salon Nummer {number}",
                "to_number": number_of(number),
                "calcom_user_id": 60_000 + number,
                "calcom_username": f"salon-{number}",
                "email": f"termine@salon-{number}.example.com",
                "opening_hours": "Mo-Sa 09:00-18:00",
                "event_types": [
                    {
                        "id": 4_000_000 + number,
                        "slug": "haarschnitt",
                        "title": "Haarschnitt",
                        "length": 30,
                        "is_default": True,
                        "free_weekly": {"Mo-Sa": ["09:00-18:00"]},
                        "interval": 30,
                        "window_days": 365,
                    }
                ],
            }
            for number in range(1, count + 1)
        ],
    }


def number_of(salon: int) -> str:
    """The number by which a salon is called."""
    return f"+4930{23_000_000 + salon}"


@dataclass(frozen=True)
class Heard:
    """What a caller of ``company`` was answered, and how soon; ``answer`` is the JSON."""

    company: int
    call_id: str
    answer: dict[str, Any]
    function: str
    seconds: float


@dataclass
class Memory:
    """What the gateway has promised so far."""

    acknowledged: set[tuple[int, str, str]] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)
    booked: list[Heard] = field(default_factory=list)
    #: Events that Retell gave up: nobody ever acknowledged them.
    given_up: list[tuple[int, str, str]] = field(default_factory=list)
    #: ("event" or "function", HTTP status) → how many answers.
    codes: Counter[tuple[str, int]] = field(default_factory=Counter)
    broken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, company: int, event: str, call_id: str) -> None:
        with self._lock:
            self.acknowledged.add((company, event, call_id))

    def hear(self, heard: Heard) -> None:
        with self._lock:
            self.heard.append(heard)
            if heard.answer.get("status") == "booked":
                self.booked.append(heard)

    def note(self, kind: str, response: requests.Response) -> None:
        with self._lock:
            self.codes[kind, response.status_code] += 1

    def give_up(self, company: int, event: str, call_id: str) -> None:
        with self._lock:
            self.given_up.append((company, event, call_id))

    def note_broken(self) -> None:
        with self._lock:
            self.broken += 1


class Crowd:
    """``threads`` callers at a time, each with one salon, until :meth:`stop`.

    ``pause`` seconds lie between the calls of a thread: a busy machine has other tests to run. With
    ``every`` a call begins every so many seconds instead, whoever is free. ``cancels`` is the share
    of callers who think better of it.
    """

    def __init__(
        self,
        cluster: Cluster,
        companies: int,
        *,
        threads: int = 6,
        pause: float = 0,
        every: float = 0,
        cancels: float = 0.15,
    ) -> None:
        self.memory = Memory()
        self._pause = pause
        self._every = every
        self._cancels = cancels
        self._turns = itertools.count()
        self._cluster = cluster
        self._companies = companies
        self.wishes = _slots(companies)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._faults: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(threads)]

    @contextmanager
    def calling(self) -> Iterator[Crowd]:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop()

    def stop(self) -> None:
        """The calls that go on are ended."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        if self._faults:
            raise self._faults[0]

    def _run(self, seed: int) -> None:
        dice = random.Random(seed)
        try:
            while not self._stop.is_set():
                if self._every:
                    self._await_turn()
                self.one_call(dice)
                self._stop.wait(self._pause)
        except BaseException as fault:
            self._faults.append(fault)

    def _await_turn(self) -> None:
        with self._lock:
            due = self._began + self._every * next(self._turns)
        self._stop.wait(max(0.0, due - time.monotonic()))

    @staticmethod
    @contextmanager
    def beside(do: Callable[[], None]) -> Iterator[None]:
        """``do`` runs in a thread of its own meanwhile, and to its end."""
        thread = threading.Thread(target=do)
        thread.start()
        yield
        thread.join(60)

    @staticmethod
    def await_more(promises: Sized, what: str, *, least: int = 1) -> None:
        """Return once that many more of ``promises`` of the crowd's memory were made."""
        known = len(promises)
        eventually(lambda: len(promises) >= known + least, seconds=20, what=f"{least} more {what}")

    def one_call(self, dice: random.Random) -> None:
        """Somebody calls, asks, books, now and then thinks better of it, and hangs up."""
        with self._lock:
            company, day, minutes = next(self.wishes)
            number = next(self._numbers)
        call_id = call_id_of(number)
        caller = f"+4917604{number:06}"
        said = {"date": day.isoformat(), "time": f"{minutes // 60:02}:{minutes % 60:02}"}
        self.tell(company, call_id, "call_started", caller)
        self.ask(company, call_id, caller, "check_availability", said, tries=1)
        wish = {**said, "name": f"Eva Muster {_letters(number)}"}
        booked = self.ask(company, call_id, caller, "book_appointment", wish)
        if booked and booked.get("status") == "booked" and dice.random() < self._cancels:
            self.ask(company, call_id, caller, "cancel_appointment", {**said, "confirm": True})
        self.tell(company, call_id, "call_ended", caller, disconnection_reason="user_hangup")
        self.tell(company, call_id, "call_analyzed", caller)

    def tell(self, company: int, call_id: str, event: str, caller: str, **call: Any) -> bool:
        """One of Retell's events, sent until it is acknowledged or Retell gives up."""
        told = {
            "event": event,
            "call": {
                "call_id": call_id,
                "call_type": "phone_call",
                "direction": "inbound",
                "from_number": caller,
                "to_number": number_of(company),
                **call,
            },
        }
        for pause in (0.0, *_PAUSES):
            time.sleep(pause)
            try:
                answer = self._cluster.send(_EVENTS, told)
            except requests.RequestException:
                self.memory.note_broken()
                continue
            self.memory.note("event", answer)
            if answer.ok:
                self.memory.acknowledge(company, event, call_id)
                return True
        self.memory.give_up(company, event, call_id)
        return False

    def ask(
        self,
        company: int,
        call_id: str,
        caller: str,
        function: str,
        args: dict[str, Any],
        *,
        tries: int = 3,
    ) -> dict[str, Any] | None:
        """A function of the agent's; one that broke off is called again, in other bytes."""
        for attempt in range(tries):
            time.sleep(_PAUSES[attempt - 1] if attempt else 0.0)
            began = time.monotonic()
            try:
                response = self._cluster.call(
                    function, args, call_id=call_id, to=number_of(company), caller=caller
                )
            except requests.RequestException:
                self.memory.note_broken()
                continue
            self.memory.note("function", response)
            if response.ok:
                answer: dict[str, Any] = response.json()
                seconds = time.monotonic() - began
                self.memory.hear(Heard(company, call_id, answer, function, seconds))
                return answer
        return None


def _slots(companies: int) -> Iterator[tuple[int, date, int]]:
    """A (company, day, minutes of the day) of its own for every caller."""
    for number in itertools.count(2):
        day = date.today() + timedelta(days=number)
        if day.weekday() == 6:
            continue
        for place in range(_SLOTS_A_DAY):
            for company in range(1, companies + 1):
                yield company, day, _FIRST_SLOT + 30 * place


def call_id_of(number: int) -> str:
    """As Retell's are: 27 hexadecimal digits. Ids that are numbers would be looked at as numbers
    of somebody's, by patterns that no real id ever makes the redactor fill its tables for."""
    return f"call_{blake2b(str(number).encode()).hexdigest()[:27]}"


def _letters(number: int) -> str:
    """A family name of its own, without digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number)).capitalize()
