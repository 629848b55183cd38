"""The docs name every setting, command and alert, and lead nowhere that is not there."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click
import pytest
from flask import Flask

from askpro.cli import register_commands
from askpro.services import alert_rules
from askpro.settings import Settings
from tests.reference import ROOT
from tools.settings_page import settings_page

PAGES = [ROOT / "README.md", ROOT / "deploy" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = "\n".join(page.read_text() for page in PAGES)
#: `flask breaker status|reset` names two commands.
NAMED = TEXT.replace("\\|", "|")


def test_the_page_of_settings_is_what_the_settings_say():
    page = (ROOT / "docs" / "settings.md").read_text()
    assert page == settings_page(), "make env-example writes it"
    missing = [name for name, _ in Settings.variables() if f"| `{name}` |" not in page]
    assert not missing


def commands() -> Iterator[str]:
    app = Flask("commands")
    register_commands(app)
    context = click.Context(app.cli)
    for name in app.cli.list_commands(context):
        command = app.cli.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {each}" for each in command.commands)
        else:
            yield name


def lines_with_commands() -> list[str]:
    """What follows ``flask`` wherever the docs or the units show a command."""
    shown: list[str] = []
    for page in PAGES:
        text = page.read_text()
        shown += re.findall(r"`([^`]*\bflask [^`]*)`", text)
        shown += re.findall(r"(?m)^ {4,}(.*\bflask .*)$", text)
    for path in sorted((ROOT / "deploy").rglob("*")):
        if path.suffix in (".service", ".yaml", "") and path.is_file():
            shown += re.findall(r"(?m)^[^#\n]*?(\bflask [a-z].*)$", path.read_text())
    found = (line for each in shown for line in re.findall(r"\bflask ([a-z].*)", each))
    return sorted({line.replace("\\|", "|").partition("#")[0].strip() for line in found})


@pytest.mark.parametrize("line", lines_with_commands())
def test_every_command_that_the_docs_show_exists_with_its_options(line: str) -> None:
    app = Flask("commands")
    register_commands(app)
    context = click.Context(app.cli)
    word, *words = line.split()
    ours = sorted({name.partition(" ")[0] for name in commands()})
    if word not in ours:
        assert word in ("db", "run", "shell", "routes"), f"flask {word}; there are {ours}"
        return
    shown = [app.cli.get_command(context, word)]
    if isinstance(shown[0], click.Group):
        names = words.pop(0).split("|") if words else []
        group = shown[0]
        shown = [group.get_command(context, name) for name in names]
        assert names == ["…"] or all(shown), f"flask {word} {names}; {sorted(group.commands)}"
    for command in filter(None, shown):
        known = {option for each in command.params for option in (*each.opts, "--help")}
        asked = {option for each in words if (option := re.match(r"--[\w-]+", each.strip("[]")))}
        assert {option[0] for option in asked} <= known


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_in_the_docs(command: str):
    group, _, name = command.rpartition(" ")
    if not group:
        assert re.search(rf"flask {name}\b", NAMED)
        return
    # "flask limits show|clear CALL_ID"
    pattern = rf"flask {group} (?:[\w-]+\|)*{name}\b"
    assert re.search(pattern, NAMED)


def test_every_alert_has_its_paragraph_in_the_run_book():
    kinds = set(re.findall(r'Condition\(\s*"(\w+)"', inspect.getsource(alert_rules)))
    told = set(re.findall(r"^### (\w+) \(", (ROOT / "docs" / "operations.md").read_text(), re.M))
    assert kinds
    assert told == kinds


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_setting_that_the_docs_name_exists():
    known = {name for name, _ in Settings.variables()}
    named = set(re.findall(r"`([A-Z][A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", TEXT))
    own = {name for name in named if not name.startswith(("BOOKING_", "TEST_", "ASKPRO_"))}
    assert own <= known, own - known
