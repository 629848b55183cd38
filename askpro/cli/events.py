"""``flask worker`` and ``flask events …``: the inbox and those who work on it."""

from __future__ import annotations

import json
import signal
import threading

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from askpro.services import replay
from askpro.services.runtime import Runtime
from askpro.store.models import InboxEvent
from askpro.worker import Worker

#: How long the end of the worker, or the wish for it, may stay unnoticed.
_LOOK_SECONDS = 0.2

event_commands = AppGroup("events", help="The inbox: list and replay events.")


def register(app: Flask) -> None:
    app.cli.add_command(work)
    app.cli.add_command(event_commands)


@click.command("worker")
def work() -> None:
    """Work on events and periodic work until told to stop (Ctrl-C or SIGTERM)."""
    worker = Worker(_runtime())
    asked: list[int] = []
    # A handler may interrupt anything, so it only takes note: setting an event from here can hang.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked.append(number))
    threading.Thread(target=worker.run, name="worker").start()
    while not worker.join(_LOOK_SECONDS):
        if asked:
            worker.stop()


@event_commands.command("list")
@click.option("--state", "states", multiple=True, help="new, done, ignored or dead.")
@click.option("--company", type=int, help="Only events of this company's id.")
@click.option("--limit", default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def list_events(states: tuple[str, ...], company: int | None, limit: int, as_json: bool) -> None:
    """Show events, oldest first, without their bodies."""
    rows = [_shown(e) for e in replay.select_events(_runtime(), company, states=states, most=limit)]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(
            f"{row['id']:>7}  {row['received_at']}  {row['provider']:<7} {row['event']:<26} "
            f"{row['state']:<8} {row['attempts']} tries  {row['error'] or ''}"
        )


@event_commands.command("replay")
@click.argument("ids", nargs=-1, type=int)
@click.option("--failed", is_flag=True, help="All dead letters.")
@click.option("--company", type=int, help="Only events of this company's id.")
@click.option("--dry-run", is_flag=True, help="Show what each would do; change nothing.")
@click.option("--json", "as_json", is_flag=True)
def replay_events(
    ids: tuple[int, ...], failed: bool, company: int | None, dry_run: bool, as_json: bool
) -> None:
    """Work on events again, by ID or all that failed. Doing it twice does no harm."""
    if not ids and not failed:
        raise click.UsageError("Name events by id, or use --failed.")
    runtime = _runtime()
    chosen = replay.select_events(
        runtime, company, ids=ids, states=("dead",) if failed and not ids else ()
    )
    done = (replay.dry_run if dry_run else replay.replay)(runtime, chosen)
    if as_json:
        click.echo(json.dumps([each.__dict__ for each in done]))
        return
    for each in done:
        told = each.error or (f"would: {each.would}" if dry_run else "waits for a worker")
        click.echo(f"{each.id:>7}  {each.provider:<7} {each.event:<26} {told}")


def _shown(event: InboxEvent) -> dict[str, object]:
    return {
        "id": event.id,
        "provider": event.provider,
        "event": event.event,
        "company_id": event.company_id,
        "state": event.state,
        "attempts": event.attempts,
        "received_at": event.received_at.isoformat(),
        "error": event.error,
        "effect": event.effect,
    }


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime
