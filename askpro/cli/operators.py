"""``flask operator …``: who may come to the dashboard."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from askpro.cli import ADDRESS
from askpro.errors import InvalidInput
from askpro.services import operators
from askpro.services.runtime import Runtime

commands = AppGroup("operator", help="People at the dashboard: add, list, disable.")


def register(app: Flask) -> None:
    app.cli.add_command(commands)


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime


@commands.command("add")
@click.argument("username")
@click.option(
    "--role",
    type=click.Choice(operators.ROLES),
    default="operator",
    show_default=True,
    help="viewer only looks; operator may act.",
)
@click.option("--company", help="Id or slug; without it the person sees every company.")
@click.option(
    "--url", type=ADDRESS, help="Where the dashboard is reached; default http://HOST:PORT."
)
def add(username: str, role: str, company: str | None, url: str | None) -> None:
    """Invite USERNAME: prints a page and a one-time code, valid for a day.

    For a name that exists, it is a new code for a forgotten password.
    """
    runtime = _runtime()
    try:
        company_id = operators.company_id_of(runtime, company) if company else None
        invitation = operators.invite(runtime, username, role=role, company_id=company_id)
    except InvalidInput as why:
        raise click.ClickException(why.sentence) from None
    settings = runtime.settings
    base = url or f"http://{settings.host}:{settings.port}"
    until = invitation.until.astimezone(settings.retell_timezone)
    click.echo(f"Open        {base}/welcome?name={invitation.username}")
    click.echo(f"with code   {invitation.code}   (once, until {until:%Y-%m-%d %H:%M})")


@commands.command("list")
def show() -> None:
    """Show every account: name, role, company, last sign-in."""
    runtime = _runtime()
    zone = runtime.settings.retell_timezone
    for each in operators.accounts(runtime):
        place = f"company {each.company_id}" if each.company_id else "every company"
        last = each.last_login_at
        seen = f"{last.astimezone(zone):%Y-%m-%d %H:%M}" if last else "never"
        state = each.role if each.active else "off"
        click.echo(f"{each.username:<32} {state:<9} {place:<16} {seen}")


@commands.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """End USERNAME's account, sessions included."""
    try:
        operators.switch_off(_runtime(), username)
    except InvalidInput as why:
        raise click.ClickException(why.sentence) from None
    click.echo(f"{username} is switched off.")
