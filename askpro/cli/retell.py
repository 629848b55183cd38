"""``flask retell …``: this gateway's functions as Retell's agents need them."""

from __future__ import annotations

import json

import click
from flask import Flask
from flask.cli import AppGroup

from askpro.cli import ADDRESS, runtime_here
from askpro.errors import RetellError
from askpro.services import retell_push, tenants
from askpro.services.directory import Office
from askpro.services.retell_tools import tools_of
from askpro.services.runtime import Runtime

retell_commands = AppGroup("retell", help="Retell's side: the functions, to see or to push.")


def register(app: Flask) -> None:
    app.cli.add_command(retell_commands)


@retell_commands.command("tools")
@click.argument("company")
@click.option(
    "--url", required=True, type=ADDRESS, help="The gateway's public address, with https."
)
@click.option(
    "--parameters-only",
    is_flag=True,
    help="Description and parameters by name, to paste one by one.",
)
def tools(company: str, url: str, parameters_only: bool) -> None:
    """Print the tool definitions of COMPANY (id or slug) as JSON."""
    _, office = _office(company)
    made = tools_of(office, url)
    if parameters_only:
        pasted = ("description", "parameters")
        made_to_paste = {tool["name"]: {part: tool[part] for part in pasted} for tool in made}
        click.echo(json.dumps(made_to_paste, ensure_ascii=False, indent=2))
        return
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


@retell_commands.command("push")
@click.argument("company")
@click.option(
    "--url", required=True, type=ADDRESS, help="The gateway's public address, with https."
)
@click.option("--agent", "agents", multiple=True, help="Only this agent; default all of COMPANY.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
def push(company: str, url: str, agents: tuple[str, ...], dry_run: bool) -> None:
    """Bring the functions to the agents of COMPANY and publish; other tools stay as they are."""
    runtime, office = _office(company)
    known = retell_push.agents_of(runtime, office.company_id)
    if strangers := set(agents) - set(known):
        raise click.ClickException(f"{company} has no agent {', '.join(sorted(strangers))}.")
    if not known:
        raise click.ClickException(f"{company} has no agent; see `flask company add --agent`.")
    try:
        api = retell_push.api_for(runtime, office)
        for agent_id in agents or known:
            _show(retell_push.push(api, agent_id, tools_of(office, url), dry_run=dry_run))
    except (retell_push.CannotPush, RetellError) as why:
        raise click.ClickException(str(why)) from None


def _show(pushed: retell_push.Pushed) -> None:
    difference = pushed.difference
    click.echo(f"{pushed.agent_id}:")
    for name in difference.added:
        click.echo(f"  + {name}")
    for name, fields in difference.changed.items():
        click.echo(f"  ~ {name}: {', '.join(fields)}")
    click.echo(f"  {len(difference.same)} unchanged, {len(difference.foreign)} not ours")
    if pushed.version is not None:
        click.echo(
            f"  published as version {pushed.version}; a number that pins another one keeps it"
        )


def _office(company: str) -> tuple[Runtime, Office]:
    runtime = runtime_here()
    company_id = tenants.company_id_of(runtime.database, company)
    office = runtime.directory.office(company_id) if company_id else None
    if office is None:
        raise click.ClickException(f"There is no company {company!r}; see `flask company list`.")
    return runtime, office
