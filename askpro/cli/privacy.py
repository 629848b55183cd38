"""``flask redact``: what the logs would show of any text."""

from __future__ import annotations

import sys

import click
from flask import Flask

from askpro.guards.redaction import Redactor


def register(app: Flask) -> None:
    """Add the commands of this group."""
    app.cli.add_command(redact_command)


@click.command("redact")
def redact_command() -> None:
    """Hide personal data in standard input, line by line, as the logs would show it."""
    redactor = Redactor()
    target = sys.stdout.buffer
    for line in sys.stdin.buffer:
        target.write(redacted_line(redactor, line))
        # At once, so that "tail -f … | flask redact" is of use.
        target.flush()


def redacted_line(redactor: Redactor, line: bytes) -> bytes:
    """Bytes that are no UTF-8 are read as Latin-1 and written back as they were."""
    try:
        return redactor.text(line.decode()).encode()
    except UnicodeDecodeError:
        return redactor.text(line.decode("latin-1")).encode("latin-1")
