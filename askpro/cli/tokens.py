"""``flask token …``: which clients may use a company's REST routes."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from askpro.cli import ROW, runtime_here
from askpro.errors import InvalidInput
from askpro.services import tokens

commands = AppGroup("token", help="Bearer tokens for /api/v2: add, list, revoke.")


def register(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command("add")
@click.argument("company")
@click.option("--name", default="api", show_default=True, help="What the token is for.")
def add(company: str, name: str) -> None:
    """Make a REST token for COMPANY (id or slug) and print it, this one time."""
    try:
        click.echo(tokens.add_token(runtime_here(), company, name))
    except InvalidInput as why:
        raise click.ClickException(why.sentence) from None


@commands.command("list")
@click.argument("company", required=False)
def show(company: str | None) -> None:
    """Show every token, or those of COMPANY: id, company, name, state, last use (by the hour)."""
    runtime = runtime_here()
    zone = runtime.settings.retell_timezone
    try:
        found = tokens.list_tokens(runtime, company)
    except InvalidInput as why:
        raise click.ClickException(why.sentence) from None
    for each in found:
        used = "never used"
        if each.last_used_at:
            used = f"used {each.last_used_at.astimezone(zone):%Y-%m-%d %H:%M}"
        state = "revoked" if each.revoked_at else "valid"
        click.echo(f"{each.id:>5}  {each.company:<28} {each.name:<20} {state:<8} {used}")


@commands.command("revoke")
@click.argument("token", type=ROW, metavar="ID")
def revoke(token: int) -> None:
    """End the token with that ID, as `flask token list` shows it; from the next request on."""
    try:
        name = tokens.revoke_token(runtime_here(), token)
    except InvalidInput as why:
        raise click.ClickException(why.sentence) from None
    click.echo(f"Token {token} ({name}) is revoked.")
