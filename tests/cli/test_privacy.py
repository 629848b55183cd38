"""``flask redact``, and what ``flask erase`` and ``flask export`` say."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask import Flask

from askpro.cli import privacy


@pytest.fixture
def runner() -> CliRunner:
    return CliRunner()


def _redact(runner: CliRunner, text: bytes) -> bytes:
    result = runner.invoke(privacy.redact_command, input=text)
    assert result.exit_code == 0
    return bytes(result.stdout_bytes)


def test_it_is_a_command_of_flask() -> None:
    app = Flask("tests")
    privacy.register(app)
    assert "redact" in app.cli.commands


def test_it_gives_back_as_many_lines_as_it_got(runner: CliRunner) -> None:
    lines = b"an anna@web.de\n\nnull eins sieben sechs vier null vier\r\nein\rTermin\x0b um acht"
    assert _redact(runner, lines) == (
        b"an [EMAIL_REDACTED]\n\n[PHONE_REDACTED]\r\nein\rTermin\x0b um acht"
    )


def test_it_passes_on_what_is_no_utf8(runner: CliRunner) -> None:
    assert _redact(runner, "Gruß an käthe@web.de\n".encode("latin-1")) == (
        "Gruß an [EMAIL_REDACTED]\n".encode("latin-1")
    )


def test_nothing_in_is_nothing_out(runner: CliRunner) -> None:
    assert _redact(runner, b"") == b""


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("command", ["erase", "export"])
def test_nonsense_is_told_to_an_operator_not_to_a_caller(app: Flask, command: str) -> None:
    words = [command, "hello", *(["--yes"] if command == "erase" else [])]
    with app.app_context():
        outcome = app.test_cli_runner().invoke(args=words)
    assert outcome.exit_code == 1
    assert outcome.output == (
        "Error: This is neither a telephone number, such as +493012345678, nor a mail address.\n"
    )


@pytest.mark.on("sqlite")
def test_erasing_asks_first(app: Flask) -> None:
    outcome = app.test_cli_runner().invoke(args=["erase", "+4915112345678"], input="n\n")
    assert outcome.exit_code == 1
    assert "erased for good. Go on? [y/N]: n" in outcome.output


def test_a_line_is_read_without_its_end(runner: CliRunner) -> None:
    assert _redact(runner, "tschüss hier öz\r\nguten tag öz hier\r\n".encode()) == (
        "tschüss hier öz\r\nguten tag [NAME_REDACTED] hier\r\n".encode()
    )
