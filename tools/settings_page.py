"""``docs/settings.md`` as text: every setting in its group, with default and meaning."""

from __future__ import annotations

import inspect
import re
import sys

from askpro.settings import Settings
from tools.env_example import written

_HEAD = """\
# Settings

Environment variables, read once at the start; in development `.env` is read too. A malformed or
missing one stops the start, and all problems are named at once. Names with SECONDS, MINUTES, HOURS,
DAYS, MS or PERCENT say their unit. Secrets never show in logs, pages or exports.

This page is written by `make env-example` from `askpro/settings.py`.
"""
_GROUP = re.compile(r"    # -- (.+?) --")
_FIELD = re.compile(r"    (\w+): .* = (?:setting\(|$)")


def settings_page() -> str:
    """The whole page."""
    fields = dict(Settings.variables())
    parts = [_HEAD]
    for group, names in _groups().items():
        parts.append(
            f"\n## {group[0].upper()}{group[1:]}\n\n| name | default | meaning |\n|---|---|---|\n"
        )
        for name in names:
            field = fields[name]
            default = written(field.default)
            shown = f"`{default}`" if default else "unset"
            secret = " Secret." if field.metadata["secret"] else ""
            parts.append(f"| `{name}` | {shown} | {field.metadata['meaning']}{secret} |\n")
    return "".join(parts)


def _groups() -> dict[str, list[str]]:
    """Heading → names, as the class itself groups them."""
    groups: dict[str, list[str]] = {}
    known = {name for name, _ in Settings.variables()}
    group = ""
    for line in inspect.getsource(Settings).splitlines():
        if heading := _GROUP.match(line):
            group = heading[1]
        elif (field := _FIELD.match(line)) and field[1].upper() in known:
            groups.setdefault(group, []).append(field[1].upper())
    return groups


if __name__ == "__main__":
    sys.stdout.write(settings_page())
