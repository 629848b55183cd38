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
