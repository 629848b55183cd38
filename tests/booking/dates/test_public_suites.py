"""The given half of three public suites of German dates, by the figures of quality.md."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest

from askpro.booking.dates import Moment, Reading, understand
from tests.booking.dates.notation import BERLIN
from tests.reference import reference

pytestmark = pytest.mark.contract

#: Suite -> least share that must be exact, in percent (quality.md).
EXACT = {"duckling": 90, "ctparse": 93, "recognizers": 85}
#: Most that may be wrong with confidence, in percent, in each suite. What is left are rows of
#: ctparse whose label is another day or hour than the words say, "in 7 tagen" at duckling's hour of
#: asking, and a morning that begins at eight for recognizers and at three for duckling.
MOST_WRONG = 3.0


def test_the_suites_score_as_quality_asks(tmp_path: Path) -> None:
    cases = reference("data/german-datetime/cases.jsonl")
    answers = tmp_path / "answers.jsonl"
    with answers.open("w", encoding="utf-8") as out:
        for row in _rows(cases):
            out.write(json.dumps(_answer(row)) + "\n")
    report = json.loads(
        subprocess.run(
            [sys.executable, reference("tools/score_dates.py"), cases, answers, "--json"],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
    )
    for suite, least in EXACT.items():
        assert report[suite]["exact"] >= least, (suite, report[suite])
        assert report[suite]["wrong"] <= MOST_WRONG, (suite, report[suite])


def test_a_phrase_takes_less_than_five_milliseconds() -> None:
    rows = _rows(reference("data/german-datetime/cases.jsonl"))
    seconds = []
    for row in rows:
        begin = time.process_time()
        understand(row["text"], _said_at(row))
        seconds.append(time.process_time() - begin)
    assert quantiles(seconds, n=20)[-1] < 0.005


def _rows(cases: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]


def _said_at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["ref"]).replace(tzinfo=BERLIN)


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    understood = understand(row["text"], _said_at(row))
    readings = [_reading(reading) for reading in understood.readings]
    first = readings[0] if readings else {"start": None, "end": None}
    return {"id": row["id"], **first, "readings": readings, "question": understood.question}


def _reading(reading: Reading) -> dict[str, Any]:
    start = None if reading.relation == "until" else _moment(reading.start)
    return {"start": start, "end": _moment(reading.end), "grain": reading.grain}


def _moment(moment: Moment | None) -> dict[str, str | None] | None:
    if moment is None or not isinstance(moment.date, date):
        return None
    return {
        "date": moment.date.isoformat(),
        "time": f"{moment.time:%H:%M}" if moment.time else None,
    }
