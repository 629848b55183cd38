"""Every command there is; those that are about one company tell and change nothing of another.

Who may run commands is the machine's operator, above all companies. Still a command that names
company 20 must not reach company 15, and none but the export says a caller's name or number. A
command that stands in none of the lists fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask

from askpro import create_app
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from tests import factories
from tests.factories import PERSONAL
from tests.web.test_no_route_leaks import MARKS, ids, runtime, standing

__all__ = ["ids", "runtime"]  # Fixtures.

URL = "https://gateway.example.com"
WRONG_USAGE = 2
#: Named with arguments: of company 20, and pointing to company 15 wherever they can.
OF_A_COMPANY: dict[str, list[str]] = {
    "company sync": ["company-20"],
    "erase": [factories.PHONE, "--company", "20", "--yes"],
    "events list": ["--company", "20"],
    "events replay": ["{dead}", "--company", "20"],
    "export": [factories.PHONE, "--company", "20"],
    "extract": ["{transcript}", "--company", "20"],
    "operator add": ["carla", "--company", "20"],
    "retell push": ["company-20", "--url", URL, "--agent", "agent_of_fifteen"],
    "retell tools": ["company-20", "--url", URL],
    "token add": ["company-20"],
    "token list": ["company-20"],
    "understand": ["morgen um zehn", "--company", "20"],
}
#: About the installation, with arguments with which they are tried here; None where they would
#: serve, wait for input or play a caller: those are only asked for their help.
OF_THE_INSTALLATION: dict[str, list[str] | None] = {
    "breaker reset": ["calcom_api:20"],
    "breaker status": [],
    "company add": ["company-30", "--name", "Salon Dreißig"],
    "company import": None,
    "company list": [],
    "demo": None,
    "doctor": [],
    "keys rotate": [],
    "limits clear": ["call_of_fifteen"],
    "limits show": ["call_of_fifteen"],
    "operator disable": ["nobody"],
    "operator list": [],
    "purge": [],
    "redact": None,
    "simulate calcom": None,
    "simulate call": None,
    "token revoke": ["999999"],
    "worker": None,
}
#: What the company's own commands show of company 15: the proof that leaks would be seen.
OWN: dict[str, tuple[list[str], str]] = {
    "events list": (["--company", "15", "--json"], '"company_id": 15'),
    "export": ([factories.PHONE, "--company", "15"], factories.NAME),
    "retell tools": (["company-15", "--url", URL], "Fifteen cut"),
}
#: By which company 15 is known besides its rows' marks.
TOLD = (*MARKS, "Sonnenschein", '"company_id": 15', "company-15")


@pytest.fixture
def app(settings: Callable[..., Settings], database_url: str) -> Iterator[Flask]:
    """The app with nobody behind it."""
    nobody = "http://127.0.0.1:9"
    app = create_app(
        settings(
            database_url=database_url,
            calcom_base_url=nobody,
            retell_base_url=nobody,
            erase_at_retell=False,
            port=9,
        )
    )
    app.testing = True
    yield app
    app.extensions["askpro"].close()


def _commands(group: click.Group, context: click.Context, before: str = "") -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, context, f"{before}{name} ")
        else:
            yield f"{before}{name}"


@pytest.fixture
def run(app: Flask, ids: dict[str, int], tmp_path: Any) -> Callable[[str, list[str]], Result]:
    """``run("events list", [...])``, with the placeholders of the lists above filled in."""
    transcript = tmp_path / "transcript.txt"
    transcript.write_text("User: Ich möchte morgen um zehn einen Haarschnitt.\n")
    values = {"dead": str(ids["dead"]), "transcript": str(transcript)}

    def run(name: str, words: list[str]) -> Result:
        with app.app_context():
            filled = [word.format(**values) for word in words]
            return app.test_cli_runner().invoke(args=[*name.split(), *filled])

    return run


@pytest.mark.on("sqlite")
def test_every_command_stands_in_exactly_one_list(app: Flask) -> None:
    of_flask = ("db ", "run", "routes", "shell")
    known = {
        name for name in _commands(app.cli, click.Context(app.cli)) if not name.startswith(of_flask)
    }
    assert known == set(OF_A_COMPANY) | set(OF_THE_INSTALLATION)
    assert not set(OF_A_COMPANY) & set(OF_THE_INSTALLATION)


@pytest.mark.parametrize("name", OF_A_COMPANY)
def test_a_command_about_one_company_reaches_no_other(
    runtime: Runtime, run: Callable[[str, list[str]], Result], name: str
) -> None:
    before = standing(runtime)
    done = run(name, OF_A_COMPANY[name])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.exit_code != WRONG_USAGE, done.output
    assert [mark for mark in (*TOLD, *PERSONAL) if mark in done.output] == []
    assert standing(runtime) == before
    with runtime.database.of_company(15) as session:
        assert factories.customers_of(session) == [factories.NAME]


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("name", OWN)
def test_of_its_own_company_it_tells(run: Callable[[str, list[str]], Result], name: str) -> None:
    words, mark = OWN[name]
    assert mark in run(name, words).output


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("name", OF_THE_INSTALLATION)
def test_a_command_about_the_installation_names_no_caller(
    run: Callable[[str, list[str]], Result], name: str
) -> None:
    words = OF_THE_INSTALLATION[name]
    done = run(name, ["--help"] if words is None else words)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.exit_code != WRONG_USAGE, done.output
    assert [value for value in PERSONAL if value in done.output] == []
