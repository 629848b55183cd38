"""``docs/proof.md``: what was tried for each of the seventeen faults, and what came out.

A pytest plugin (``-p tools.proof --proof docs/proof.json``). Tests say with
``@pytest.mark.fault(number, "what was tried")`` which fault they show, and with ``record_property``
what they measured. Each run writes what it saw into the JSON file, test by test, and leaves the
others as they are, each with its own date; the page is that file as a table.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

FAULTS = {
    1: "kill -9 of a worker under load",
    2: "kill -9 between Cal.com's 201 and our commit",
    3: "Redis restarted, flushed, gone, hung",
    4: "PostgreSQL restarted, locked",
    5: "Cal.com fails in every way that it can",
    6: "Cal.com commits and answers 500, or never",
    7: "Events many times, in any order",
    8: "Two callers, one slot",
    9: "More requests wanted than Cal.com allows",
    10: "Malformed bodies",
    11: "Huge and hostile bodies",
    12: "Forged signatures and replays",
    13: "Tries to cross companies",
    14: "Clocks that are wrong, and odd days",
    15: "Disk full or read-only",
    16: "Rolling restart and reload under load",
    17: "Hours under load",
}
_PROPERTY = "fault"
_HEAD = """\
# Proof

What was done to the gateway, and what came out. The tests run against the real thing: gunicorn with
several workers, Redis, PostgreSQL, nginx where it matters, and the simulator as Cal.com.
`make proof` runs them with the full counts and writes this page; `make nightly` adds fault 17.
Those that load a whole installation end with the same sentences, checked in
`tests/faults/truths.py`:

> Every acknowledged event is stored once and handled. Every "booked" has exactly one booking at
> Cal.com, and every booking there of ours has its row here. No company saw another's row. Nobody
> whose appointment stands heard otherwise.

"""


@dataclass
class Shown:
    """One test's last run. ``outcome`` is passed, failed, skipped or interrupted."""

    faults: list[int]
    tried: list[str]
    outcome: str
    seconds: float
    at: str
    full: bool
    figures: list[tuple[str, str]] = field(default_factory=list)


# -- while the tests run --------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("askpro").addoption(
        "--proof", type=Path, metavar="FILE", help="write what the fault tests saw, and the page"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--proof") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Witness(config), "witness")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Reports know no markers, and with several test processes nothing else travels."""
    for item in items:
        marks = [mark.args for mark in item.iter_markers("fault")]
        if marks:
            item.user_properties.append((_PROPERTY, json.dumps(marks)))


class _Witness:
    """Collects what the tests of faults report, and writes it down at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._file: Path = config.getoption("--proof")
        self._full = bool(config.getoption("--full-counts"))
        self._seen: dict[str, Shown] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said = dict(report.user_properties)
        if _PROPERTY not in said:
            return
        marks = json.loads(said.pop(_PROPERTY))
        shown = self._seen.setdefault(
            report.nodeid,
            Shown(
                faults=sorted({number for number, _ in marks}),
                tried=[tried for _, tried in marks],
                outcome="interrupted",
                seconds=0.0,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                full=self._full,
            ),
        )
        shown.seconds = round(shown.seconds + report.duration, 1)
        shown.figures = [(name, str(value)) for name, value in said.items()]
        if report.failed or (
            shown.outcome != "failed" and (report.skipped or report.when == "call")
        ):
            shown.outcome = report.outcome

    def pytest_sessionfinish(self) -> None:
        if self._seen:
            write(self._file, self._seen)


# -- the file and the page ------------------------------------------------------------------------


def write(file: Path, seen: dict[str, Shown]) -> None:
    """Bring ``file`` up to date with what a run saw, and the page beside it."""
    known = _read(file) | seen
    data = {
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python "
        f"{platform.python_version()}",
        "tests": {name: asdict(shown) for name, shown in sorted(known.items())},
    }
    file.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    file.with_suffix(".md").write_text(page(data["machine"], known))


def page(machine: str, tests: Mapping[str, Shown]) -> str:
    """All seventeen faults as a table; one that no test has shown is there as not tried.

    ``tests``: name of the test, its variant in brackets → what it showed.
    """
    last = max((shown.at[:10] for shown in tests.values()), default="never")
    lines = [
        _HEAD,
        f"Last run: {last}, on {machine}, shared with other work.\n\n",
        "| | fault | what was tried | what came out | took | when |\n|---|---|---|---|---|---|\n",
    ]
    for number, fault in FAULTS.items():
        rows: dict[str, list[Shown]] = {}
        for name, shown in tests.items():
            if number in shown.faults:
                rows.setdefault(name.partition("[")[0], []).append(shown)
        lines += [_row(number, fault, row) for row in rows.values()] or [
            f"| {number} | {fault} | – | **not tried** | | |\n"
        ]
    return "".join(lines)


def _row(number: int, fault: str, shown: Sequence[Shown]) -> str:
    """One test; ``shown`` are its variants."""
    tried = "; ".join(dict.fromkeys(text for each in shown for text in each.tried))
    if not all(each.full for each in shown):
        tried += " (small counts)"
    figures: dict[str, list[str]] = {}
    for each in shown:
        for name, value in each.figures:
            figures.setdefault(name, []).append(value)
    said = "".join(
        f"; {name}: {' / '.join(dict.fromkeys(values))}" for name, values in figures.items()
    )
    took = _took(sum(each.seconds for each in shown))
    when = min(each.at for each in shown)[:10]
    cells = (number, fault, tried, _outcome(shown) + said, took, when)
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _outcome(shown: Sequence[Shown]) -> str:
    outcomes = [each.outcome for each in shown]
    worst = next((bad for bad in ("failed", "interrupted", "skipped") if bad in outcomes), None)
    if worst:
        return f"**{worst}** {outcomes.count(worst)} of {len(outcomes)}"
    return "passed" if len(shown) == 1 else f"passed in {len(shown)} variants"


def _took(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _read(file: Path) -> dict[str, Shown]:
    if not file.exists():
        return {}
    data: dict[str, Any] = json.loads(file.read_text())
    return {name: Shown(**shown) for name, shown in data["tests"].items()}
