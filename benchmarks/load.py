"""Loads a server over HTTP with requests that are each sent once: wrk, or our own client."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Load:
    """What came of one slice. ``p50`` and ``p99`` in milliseconds."""

    answers: int
    seconds: float
    refused: int
    broken: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0


def load(
    url: str,
    signed: Iterable[tuple[str, bytes]],
    file: Path,
    *,
    seconds: float,
    connections: int = 16,
    rate: float | None = None,
) -> Load:
    """Post ``signed`` bodies to ``url`` for ``seconds``, as fast as can be or ``rate`` a second.

    Raises RuntimeError when an answer was refused or a connection broke: such a slice measures
    something else.
    """
    with file.open("wb") as out:
        out.writelines(b"%s\t%s\n" % (sign.encode(), body) for sign, body in signed)
    wrk = shutil.which("wrk") if rate is None else None
    path = urlsplit(url).path
    if wrk:
        command = [wrk, "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", "-s"]
        command += [str(_HERE / "requests.lua"), url, "--", str(file), path]
    else:
        command = [sys.executable, "-m", "benchmarks.client", url, str(file), str(connections)]
        command += [str(seconds), *([str(rate)] if rate else [])]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + 60, check=True, cwd=_HERE.parent
    )
    result = Load(**json.loads(done.stdout.rpartition("RESULT ")[2]))
    if result.refused or result.broken or not result.answers:
        raise RuntimeError(f"a slice went wrong: {result}")
    return result
