"""``flask keys rotate``: the second half of changing SECRET_KEY."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from askpro.cli import runtime_here
from askpro.services import audit
from askpro.store.rotation import rotate
from askpro.store.vault import installed_vault

commands = AppGroup("keys", help="The installation's secret.")


def register(app: Flask) -> None:
    """Add the commands of this group."""
    app.cli.add_command(commands)


@commands.command("rotate")
def rotate_command() -> None:
    """Rewrite with SECRET_KEY what the secrets of SECRET_KEY_PREVIOUS wrote.

    Before: put the old secret into SECRET_KEY_PREVIOUS, a new one into SECRET_KEY, and restart
    gateways and workers. Safe to break off and to start again. Signs everybody out.
    """
    runtime = runtime_here()
    done = rotate(runtime.database, installed_vault.current())
    with runtime.database.unrestricted_unsafe(write=True) as session:
        audit.write(
            session,
            audit.COMMAND_LINE,
            "keys rotated",
            at=runtime.clock.now(),
            company_id=None,
            detail={"written": done.written, "unreadable": done.unreadable, "twice": done.twice},
        )
    for table, count in done.written.items():
        click.echo(f"{table:<14} {count} rows rewritten")
    if not done.written:
        click.echo("Everything is the newest secret's already.")
    if done.tokens or done.invitations:
        click.echo(
            f"Kept as digests: API tokens {done.tokens}, invitations {done.invitations}. "
            "A token's is renewed when it is used: keep SECRET_KEY_PREVIOUS until all were."
        )
    for table, count in done.unreadable.items():
        click.echo(f"{table:<14} {count} rows can be read by none of the secrets", err=True)
    for table, count in done.twice.items():
        click.echo(f"{table:<14} {count} rows are there a second time", err=True)
    if not done.complete:
        raise click.ClickException("Not everything could be rewritten; keep SECRET_KEY_PREVIOUS.")
