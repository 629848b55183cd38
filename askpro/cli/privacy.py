"""``flask redact``, ``flask erase``, ``flask export``, ``flask purge``: personal data."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask

from askpro.cli import ROW, runtime_here
from askpro.errors import InvalidInput
from askpro.guards.redaction import Redactor
from askpro.services import audit
from askpro.services.privacy import erasure, export, retention
from askpro.services.privacy.person import identity_of


def register(app: Flask) -> None:
    """Add the commands of this group."""
    for command in (redact_command, erase_command, export_command, purge_command):
        app.cli.add_command(command)


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
        text = line.decode()
        body = text.rstrip("\r\n")
        return (redactor.text(body) + text[len(body) :]).encode()
    except UnicodeDecodeError:
        return redactor.text(line.decode("latin-1")).encode("latin-1")


@click.command("erase")
@click.argument("person")
@click.option("--company", type=ROW, help="Only in the company with this id.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_command(person: str, company: int | None, yes: bool) -> None:
    """Erase the PERSON with that number or mail address everywhere; prints the receipt."""
    _require_person(person)
    if not yes:
        click.confirm("Everything about this person is erased for good. Go on?", abort=True)
    receipt = erasure.erase(runtime_here(), person, company, audit.COMMAND_LINE)
    click.echo(json.dumps(receipt.shown(), indent=2))


@click.command("export")
@click.argument("person")
@click.option("--company", type=ROW, help="Only of the company with this id.")
def export_command(person: str, company: int | None) -> None:
    """Print everything that is kept of the PERSON with that number or mail address, as JSON."""
    _require_person(person)
    found = export.export(runtime_here(), person, company, audit.COMMAND_LINE)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@click.command("purge")
def purge_command() -> None:
    """Let go of personal data that is older than it may be; the worker does so every day."""
    click.echo(json.dumps(retention.purge(runtime_here(), audit.COMMAND_LINE), indent=2))


def _require_person(given: str) -> None:
    try:
        identity_of(given)
    except InvalidInput:
        raise click.ClickException(
            "This is neither a telephone number, such as +493012345678, nor a mail address."
        ) from None
