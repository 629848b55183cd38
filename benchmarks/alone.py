"""What runs inside one process and one core: breaker, redaction, transcripts, dates, the start."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from askpro.booking import transcript
from askpro.booking.dates import understand
from askpro.clock import Clock
from askpro.guards.circuits import PLATFORM, Circuits
from askpro.guards.permits import CircuitRules
from askpro.guards.redaction import Redactor
from askpro.guards.redis_link import RedisLink
from benchmarks.rows import Row, middle
from benchmarks.stage import ROOT, Stage

_ZONE = ZoneInfo("Europe/Berlin")
_NOW = datetime(2026, 11, 18, 10, 0, tzinfo=_ZONE)

_LINES = (
    "answered POST /api/webhooks/retell/function 200 in 3.1 ms",
    "Circuit calcom_api: closed -> open after 5 failures CalcomTimeout",
    "Guten Tag, ich hätte gern morgen um halb zehn einen Herrenhaarschnitt.",
    "Anruf von +49 176 04069012, die Nummer ist null eins sieben sechs null vier null sechs neun",
    "slots fetched for company 15, event type 2563193, 14 days, 187 slots",
    "Mein Name ist Xenia Quittmann, die Adresse lautet xenia punkt quittmann at example punkt com",
    "worker 4711 claimed 12 events, 0 failed",
    "Am Freitag, dem siebten November, um vierzehn Uhr dreißig ist noch frei.",
)
_PHRASES = (
    "morgen um halb zehn",
    "nächsten Freitag gegen drei Uhr nachmittags",
    "am siebten November um Viertel nach neun",
    "heute in einer Woche",
    "übermorgen vormittag",
    "Ende nächster Woche, am liebsten ab sechzehn Uhr",
    "den 12.12. um 14:30",
    "zwischen neun und elf am Donnerstag",
    "in vierzehn Tagen um die gleiche Zeit",
    "am Dienstag nach Ostern um zehn vor drei",
    "2026-11-25T15:00",
    "ja also wissen Sie, ich könnte eigentlich nur montags, aber nicht vor dreiviertel fünf",
)


def breaker(stage: Stage, seconds: float) -> Iterator[Row]:
    """A call through the breaker less the call itself."""
    for url, title, wanted in (
        (None, "breaker check, in memory", 5.0),
        (stage.redis.url, "breaker check, in Redis", None),
    ):
        clock = Clock()
        link = RedisLink(url, clock=clock, timeout=1, patience=10**9)
        rules = CircuitRules(requests=10**9)
        circuits = Circuits(link, rules, clock, workers=1)
        through = circuits.of(PLATFORM).decorate(_nothing)
        best = min(_each(through, seconds / 4) for _ in range(3)) - _each(_nothing, 0.05)
        yield Row(title, best * 1e6, "us", "at most", wanted, "permit, budget and outcome")
        link.close()


def _nothing() -> None:
    return None


def redaction(stage: Stage, seconds: float) -> Iterator[Row]:
    redactor = Redactor()

    def lines() -> None:
        for line in _LINES:
            redactor.text(line)

    each = min(_each(lines, seconds / 3) for _ in range(3))
    yield Row(
        "redaction",
        len(_LINES) / each,
        "lines/s",
        "at least",
        20_000,
        "one core; every third line has something to hide",
    )
    short, long = ("null eins sieben " * count for count in (500, 5000))
    quick, slow = (
        min(_once(lambda text=text: redactor.text(text)) for _ in range(3))
        for text in (short, long)
    )
    growth = slow / quick
    yield Row("redaction, text ten times as long", growth, "times", "at most", 15, "spoken digits")


def transcripts(stage: Stage, seconds: float) -> Iterator[Row]:
    dice = random.Random(7)
    turns = [
        f"{'Agent' if at % 2 else 'User'}: {dice.choice(_PHRASES)}, {dice.choice(_LINES)}\n"
        for at in range(2000)
    ]
    kinds = {
        "a long call": "".join(turns),
        "digits": "User: " + "null eins zwei drei " * 4000,
        "one word": "User: " + "a" * 60_000,
        "colons": "User: :" * 12_000,
        "times": "User: um drei oder um vier " * 4000,
    }
    spent = {
        kind: min(
            _once(lambda text=text: transcript.extract(text[:50_000], _NOW)) for _ in range(3)
        )
        for kind, text in kinds.items()
    }
    worst = max(spent, key=lambda kind: spent[kind])
    note = f"the worst of {len(kinds)}: {worst}"
    yield Row("transcript of 50,000 characters", spent[worst] * 1000, "ms", "at most", 50, note)


def dates(stage: Stage, seconds: float) -> Iterator[Row]:
    for phrase in _PHRASES:
        understand(phrase, _NOW)
    spent = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        spent += [_once(lambda phrase=phrase: understand(phrase, _NOW)) for phrase in _PHRASES]
    spent.sort()
    yield Row(
        "spoken date, p95",
        spent[int(len(spent) * 0.95)] * 1000,
        "ms",
        "at most",
        5,
        f"{len(_PHRASES)} ways of saying a time, {len(spent)} readings",
    )


_FIRST_ANSWER = """
import time
began = time.perf_counter()
from askpro import create_app
from askpro.settings import Settings
app = create_app(Settings(secret_key="x" * 40, instance_path={folder!r}, log_level="ERROR",
    database_url="sqlite:///" + {folder!r} + "/start.db", costs_every_seconds=0))
assert app.test_client().get("/api/health").status_code == 200
print(time.process_time(), time.perf_counter() - began)
"""


def start(stage: Stage, seconds: float) -> Iterator[Row]:
    def once() -> tuple[float, float]:
        done = subprocess.run(
            [sys.executable, "-c", _FIRST_ANSWER.format(folder=str(stage.folder))],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            cwd=ROOT,
            env={**os.environ, "FLASK_SKIP_DOTENV": "1"},
        )
        used, waited = map(float, done.stdout.split())
        return used, waited

    once()
    tries = [once() for _ in range(3)]
    waited = middle(each for _, each in tries)
    note = f"CPU of an embedded start, warm disk; {waited:.2f} s by the clock"
    yield Row(
        "import and first answer", middle(each for each, _ in tries), "s", "at most", 1.5, note
    )


def _once(work: Callable[[], object]) -> float:
    """Seconds of the process's own time: what others do on the machine is not the work's."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _each(work: Callable[[], object], seconds: float) -> float:
    """Seconds of one of many."""
    count = 0
    began = time.process_time()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for _ in range(20):
            work()
        count += 20
    return (time.process_time() - began) / count
