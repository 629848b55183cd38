"""Lua scripts that Redis runs in one piece, put together from the files in ``scripts``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: A question to Redis: the command's name and its words.
Command = tuple[Any, ...]

_FOLDER = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Script:
    """One script. Redis knows it by its hash, once it has seen it."""

    name: str
    text: str
    sha: str

    @classmethod
    def of(cls, *names: str) -> Script:
        """The files ``scripts/<name>.lua``, one after the other; the last one is the script."""
        text = "\n".join((_FOLDER / f"{name}.lua").read_text(encoding="utf-8") for name in names)
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        script = _by_sha[sha] = cls(names[-1], text, sha)
        return script

    def command(self, keys: Sequence[Any], args: Iterable[Any] = ()) -> Command:
        """The question that runs it."""
        return ("EVALSHA", self.sha, len(keys), *keys, *args)


_by_sha: dict[str, Script] = {}


def all_in_full() -> list[Command]:
    """What makes Redis know every script."""
    return [("SCRIPT", "LOAD", script.text) for script in _by_sha.values()]


def in_full(command: Command) -> Command:
    """The same question for a Redis that does not know the script: it was restarted."""
    _, sha, *rest = command
    return ("EVAL", _by_sha[sha].text, *rest)
