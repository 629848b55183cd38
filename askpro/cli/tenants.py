"""``flask company …``: companies come in."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from askpro.booking import cleaning
from askpro.cli import runtime_here
from askpro.errors import CalcomError, InvalidInput
from askpro.services import control, sync, tenants
from askpro.services.runtime import Runtime

commands = AppGroup("company", help="Companies: add, import, sync, list.")


def register(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_companies(file: Path) -> None:
    """Make or complete every company of a world FILE (JSON): all of them, or none.

    What an entry leaves out stays. Numbers and agents are those that it names: others that the
    company had no longer ring.
    """
    try:
        world = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as why:
        raise click.ClickException(f"{file} is not JSON: {why}") from None
    _show_imported(world)


@commands.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="What the business is called.")
@click.option("--number", "numbers", multiple=True, help="A number that callers dial, E.164.")
@click.option("--agent", "agents", multiple=True, help="A Retell agent id, for web calls.")
@click.option("--hours", help="Default of a new company: Mo-Fr 09:00-18:00.")
@click.option("--bundesland", help="BY, BE, …: decides the public holidays.")
@click.option("--id", "company_id", type=int, help="A fixed id instead of the next one.")
@click.option("--calcom-username")
@click.option("--calcom-api-key", envvar="COMPANY_CALCOM_API_KEY", help="The company's own key.")
@click.option("--calcom-webhook-secret", envvar="COMPANY_CALCOM_WEBHOOK_SECRET")
@click.option("--retell-api-key", envvar="COMPANY_RETELL_API_KEY", help="The company's own key.")
def add_company(slug: str, numbers: tuple[str, ...], agents: tuple[str, ...], **given: Any) -> None:
    """Make one company; complete it when SLUG is known. Services come with `flask company sync`.

    What is not given stays, and numbers and agents are added to those that are there.
    """
    tenant = {
        "slug": slug,
        "business": given["name"],
        "numbers": list(numbers),
        "agents": list(agents),
        "opening_hours": given["hours"],
        "bundesland": given["bundesland"],
        "id": given["company_id"],
        "calcom_username": given["calcom_username"],
        "calcom_api_key": given["calcom_api_key"],
        "calcom_webhook_secret": given["calcom_webhook_secret"],
        "retell_api_key": given["retell_api_key"],
    }
    _show_imported({"tenants": [tenant]}, keep_former=True)


@commands.command("sync")
@click.argument("company", required=False)
@click.option("--hours", "with_hours", is_flag=True, help="Take the opening hours over too.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of lines.")
def sync_companies(company: str | None, with_hours: bool, dry_run: bool, as_json: bool) -> None:
    """Take over what COMPANY (id or slug; all without one) offers at Cal.com.

    Event types become services: new, renamed, changed, removed. Those that a voice agent can't book
    are listed with the reason. The exit code is 1 when a company could not be asked.
    """
    runtime = runtime_here()
    done, failed = [], []
    for company_id in _chosen(runtime, company):
        try:
            done.append(
                sync.sync_services(runtime, company_id, with_hours=with_hours, keep=not dry_run)
            )
        except InvalidInput as why:
            failed.append(f"{company_id}: {why.sentence}")
        except CalcomError as why:
            failed.append(f"{company_id}: Cal.com cannot say: {why}")
    control.tell_directory(runtime)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in done], ensure_ascii=False))
    else:
        for each in done:
            _show_synced(each)
    for line in failed:
        click.echo(line, err=True)
    if failed:
        raise SystemExit(1)


def _chosen(runtime: Runtime, company: str | None) -> list[int]:
    if company is None:
        return [row["id"] for row in tenants.list_companies(runtime.database)]
    found = tenants.company_id_of(runtime.database, company)
    if found is None:
        raise click.ClickException(f"There is no company {company!r}; see `flask company list`.")
    return [found]


def _show_synced(synced: sync.Synced) -> None:
    count = f"{synced.services} service{'' if synced.services == 1 else 's'}"
    click.echo(f"{synced.company_id:>5}  {synced.name:<36} {count}")
    for change in synced.changes:
        click.echo(f"       {change.kind:<8} {change.name}: {change.detail}".rstrip(": "))
    if synced.hours:
        click.echo(f"       hours    {synced.hours}")
    if not synced.services:
        click.echo(
            "       Cal.com shows none: is the user name the one behind cal.com/ in their address?"
        )
    elif not synced.changes and not synced.hours:
        click.echo("       nothing has changed")


@commands.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of lines.")
def list_companies(as_json: bool) -> None:
    """Show every company with its id and numbers; as JSON with agents and webhook token, too."""
    rows = tenants.list_companies(runtime_here().database)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['id']:>5}  {row['slug']:<28} {row['name']:<36} {', '.join(row['numbers'])}"
        )


def _show_imported(world: Any, *, keep_former: bool = False) -> None:
    runtime = runtime_here()
    try:
        done = tenants.import_world(
            world, runtime.database, runtime.settings, runtime.clock, keep_former=keep_former
        )
    except InvalidInput as why:
        raise click.ClickException(f"{why.field}: {why.sentence} Nothing was changed.") from None
    control.tell_directory(runtime)
    for each in done:
        numbers = ", ".join(each.numbers)
        click.echo(f"{each.company_id:>5}  {each.slug:<28} {numbers:<16} {_what_became(each)}")
        if each.ignored:
            rules = ", ".join(map(cleaning.plain, each.ignored))
            click.echo(f"       Nobody knows these rules, they do not hold: {rules}", err=True)
        if each.webhook_token:
            click.echo(f"       Cal.com webhook: /api/webhooks/calcom/{each.webhook_token}")


def _what_became(company: tenants.Imported) -> str:
    if company.created:
        return "new"
    if not company.changes:
        return "known, unchanged"
    return f"known, changed: {', '.join(company.changes)}"
