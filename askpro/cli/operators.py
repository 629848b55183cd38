"""``flask operator …``: who may come to the dashboard."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from askpro.cli import ADDRESS, runtime_here
from askpro.errors import InvalidInput
from askpro.services import operators

commands = AppGroup("operator", help="People at the dashboard: add, list, disable.")


def register(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command("add")
@click.argument("username")
@click.option(
    "--role",
    type=click.Choice(operators.ROLES),
    help="viewer only looks; operator may act. Default of a new name: operator.",
)
@click.option("--company", help="Id or slug. Default of a new name: every company.")
@click.option("--every-company", is_flag=True, help="For a name that was bound to one company.")
@click.option(
    "--url", type=ADDRESS, help="Where the dashboard is reached; default http://HOST:PORT."
)
def add(
    username: str, role: str | None, company: str | None, every_company: bool, url: str | None
) -> None:
    """Invite USERNAME: prints a page and a one-time code, valid for a day.

    For a name that exists, it is a new code for a forgotten password; role and company stay unless
    they are given.
    """
    if company and every_company:
        raise click.UsageError("Give --company or --every-company, not both.")
    runtime = runtime_here()
    known = operators.known(runtime, username)
    role = role or (known.role if known else "operator")
    company_id = known.company_id if known and not every_company else None
    try:
        if company:
            company_id = operators.company_id_of(runtime, company)
        invitation = operators.invite(runtime, username, role=role, company_id=company_id)
    except InvalidInput as why:
        raise click.ClickException(why.sentence) from None
    settings = runtime.settings
    base = url or f"http://{settings.host}:{settings.port}"
    until = invitation.until.astimezone(settings.retell_timezone)
    click.echo(f"Open        {base}/welcome?name={invitation.username}")
    click.echo(f"with code   {invitation.code}   (once, until {until:%Y-%m-%d %H:%M})")
    click.echo(f"as          {role} of {_place(company_id)}")


def _place(company_id: int | None) -> str:
    return f"company {company_id}" if company_id else "every company"


@commands.command("list")
def show() -> None:
    """Show every account: name, role, company, last sign-in."""
    runtime = runtime_here()
    zone = runtime.settings.retell_timezone
    for each in operators.accounts(runtime):
        place = _place(each.company_id)
        last = each.last_login_at
        seen = f"{last.astimezone(zone):%Y-%m-%d %H:%M}" if last else "never"
        state = each.role if each.active else "off"
        click.echo(f"{each.username:<32} {state:<9} {place:<16} {seen}")


@commands.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """End USERNAME's account, sessions included."""
    try:
        operators.switch_off(runtime_here(), username)
    except InvalidInput as why:
        raise click.ClickException(why.sentence) from None
    click.echo(f"{username} is switched off.")
