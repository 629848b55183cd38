"""``flask redact``."""

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
