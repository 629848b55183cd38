"""``python -m benchmarks [name…] [--seconds N] [--json FILE] [--plot FILE]``: the table."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import alone, availability, booking, dashboard, events, longer
from benchmarks.plot import svg
from benchmarks.rows import Row, table
from benchmarks.stage import Stage
from tests.servers.leash import Leash

ROWS: dict[str, Callable[[Stage, float], Iterator[Row]]] = {
    "availability": availability.measure,
    "booking": booking.measure,
    "events": events.measure,
    "saving": longer.saving,
    "breaker": alone.breaker,
    "redaction": alone.redaction,
    "transcripts": alone.transcripts,
    "dates": alone.dates,
    "start": alone.start,
    "memory": longer.memory,
    "growth": longer.growth,
    "dashboard": dashboard.measure,
}
_DEFAULT_JSON = Path("instance") / "benchmarks.json"


def main() -> int:
    """Returns 1 when something could not be measured; a goal that is missed is no error."""
    given = _arguments()
    os.environ["FLASK_SKIP_DOTENV"] = "1"
    logging.getLogger().setLevel(logging.ERROR)
    rows: list[Row] = []
    broken = 0
    began = time.monotonic()
    leash = Leash()
    try:
        stage = Stage(leash)
        for name in given.names or ROWS:
            print(f"… {name}", file=sys.stderr, flush=True)
            try:
                rows += ROWS[name](stage, given.seconds)
            except Exception as why:
                broken += 1
                print(f"  {name} could not be measured: {why!r}", file=sys.stderr)
    finally:
        leash.close()
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began, 1),
        "slice_seconds": given.seconds,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    print(table(rows))
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    _write(given.json, json.dumps({**about, "rows": [row.as_dict() for row in rows]}, indent=2))
    if given.plot:
        _write(given.plot, svg(rows, f"Speed and cost, {about['at'][:10]}"))
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(ROWS)}; all without one")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a slice")
    parser.add_argument("--json", type=Path, default=_DEFAULT_JSON, help="where the figures go")
    parser.add_argument("--plot", type=Path, help="an SVG file for the picture")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in ROWS]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(ROWS)}")
    return given


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
