"""``flask retell …``: this gateway's functions as Retell's agents need them."""

from __future__ import annotations

import json

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from askpro.services import tenants
from askpro.services.retell_tools import tools_of
from askpro.services.runtime import Runtime

retell_commands = AppGroup("retell", help="Retell's side: tool definitions.")


def register(app: Flask) -> None:
    app.cli.add_command(retell_commands)


@retell_commands.command("tools")
@click.argument("company")
@click.option("--url", required=True, help="The gateway's public address, with https.")
@click.option("--parameters-only", is_flag=True, help="Name and parameters, to paste one by one.")
def tools(company: str, url: str, parameters_only: bool) -> None:
    """Print the tool definitions of COMPANY (id or slug) as JSON."""
    runtime: Runtime = current_app.extensions["askpro"]
    company_id = tenants.company_id_of(runtime.database, company)
    office = runtime.directory.office(company_id) if company_id else None
    if office is None:
        raise click.ClickException(f"There is no company {company!r}.")
    made = tools_of(office, url)
    if parameters_only:
        click.echo(
            json.dumps({t["name"]: t["parameters"] for t in made}, ensure_ascii=False, indent=2)
        )
        return
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))
