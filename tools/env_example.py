"""``.env.example`` as text: every setting with its meaning and default, nothing switched on."""

from __future__ import annotations

import sys
import textwrap
from typing import Any

from askpro.settings import Settings

_HEAD = """\
# Settings of AskPro with their defaults, written by `make env-example` from askpro/settings.py.
# Copy it to .env, which is read in development. In production set real environment variables.
# Nothing has to be set for `make run`.
"""


def env_example() -> str:
    """The whole file."""
    parts = [_HEAD]
    for name, field in Settings.variables():
        meaning = textwrap.fill(
            field.metadata["meaning"], 98, initial_indent="# ", subsequent_indent="# "
        )
        parts.append(f"{meaning}\n#{name}={written(field.default)}\n")
    return "\n".join(parts)


def written(value: Any) -> str:
    """A default as it would stand in the environment."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


if __name__ == "__main__":
    sys.stdout.write(env_example())
