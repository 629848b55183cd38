"""``flask worker`` and ``flask events …``: the inbox and those who work on it."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from askpro.cli import ROW, runtime_here
from askpro.services import audit, replay
from askpro.store.models import InboxEvent
from askpro.worker import Worker

_STATES = ("new", "done", "ignored", "dead")
#: How long the end of the worker, or the wish for it, may stay unnoticed.
_LOOK_SECONDS = 0.2

event_commands = AppGroup("events", help="The inbox: list and replay events.")


def register(app: Flask) -> None:
    app.cli.add_command(work)
    app.cli.add_command(event_commands)


@click.command("worker")
def work() -> None:
    """Work on events and periodic work until told to stop (Ctrl-C or SIGTERM)."""
    worker = Worker(runtime_here())
    asked: list[int] = []
    # A handler may interrupt anything, so it only takes note: setting an event from here can hang.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked.append(number))
    threading.Thread(target=worker.run, name="worker").start()
    while not worker.join(_LOOK_SECONDS):
        if asked:
            worker.stop()


def selection(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which events."""
    for option in (
        click.option("--company", type=ROW, help="Only events of this company's id."),
        click.option("--state", "states", multiple=True, type=click.Choice(_STATES)),
        click.option("--provider", type=click.Choice(("retell", "calcom"))),
        click.option("--event", help="Only events of this name, such as call_ended."),
        click.option("--since", type=click.DateTime(), help="Received at or after (UTC)."),
    ):
        command = option(command)
    return command


@event_commands.command("list")
@selection
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True)
def list_events(limit: int, as_json: bool, **wanted: Any) -> None:
    """Show the latest events, oldest first, without their bodies."""
    rows = [_shown(event) for event in _selected(wanted, most=limit, latest=True)]
    if as_json:
        click.echo(json.dumps(rows))
        return
    _say_if_none(rows)
    for row in rows:
        tries = f"{row['attempts']} {'try' if row['attempts'] == 1 else 'tries'}"
        click.echo(
            f"{row['id']:>7}  {row['received_at']}  {row['provider']:<7} {row['event']:<26} "
            f"{row['state']:<8} {tries:<8} {row['error'] or ''}".rstrip()
        )


@event_commands.command("replay")
@click.argument("ids", nargs=-1, type=ROW)
@click.option("--failed", is_flag=True, help="All dead letters.")
@selection
@click.option("--dry-run", is_flag=True, help="Show what each would change; change nothing.")
@click.option("--json", "as_json", is_flag=True)
def replay_events(
    ids: tuple[int, ...], failed: bool, dry_run: bool, as_json: bool, **wanted: Any
) -> None:
    """Work on events again: by ID, a selection, or all that failed. Twice does no harm."""
    if failed:
        wanted["states"] = (*wanted["states"], "dead")
    if not ids and not any(wanted.values()):
        raise click.UsageError("Name events by id, select them, or use --failed.")
    chosen = _selected(wanted, ids=ids)
    if missing := sorted(set(ids) - {event.id for event in chosen}):
        numbers = ", ".join(map(str, missing))
        raise click.ClickException(f"No such event is selected: {numbers}. Nothing is replayed.")
    done = (replay.dry_run if dry_run else replay.replay)(runtime_here(), chosen)
    if not dry_run:
        _note(chosen)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in done]))
        return
    _say_if_none(done)
    for each in done:
        told = each.error or ("waits for a worker" if each.would is None else _told(each.would))
        click.echo(f"{each.id:>7}  {each.provider:<7} {each.event:<26} {told}")


def _note(replayed: Sequence[InboxEvent]) -> None:
    runtime = runtime_here()
    by_company: dict[int | None, list[int]] = {}
    for event in replayed:
        by_company.setdefault(event.company_id, []).append(event.id)
    with runtime.database.unrestricted_unsafe(write=True) as session:
        for company_id, own in by_company.items():
            audit.write(
                session,
                audit.COMMAND_LINE,
                "events_replayed",
                at=runtime.clock.now(),
                company_id=company_id,
                target=f"event {own[0]}" if len(own) == 1 else f"{len(own)} events",
            )


def _say_if_none(chosen: Sequence[object]) -> None:
    if not chosen:
        click.echo("There is no such event.", err=True)


def _selected(wanted: dict[str, Any], **more: Any) -> list[InboxEvent]:
    since = wanted.get("since")
    if since is not None:
        wanted = {**wanted, "since": since.replace(tzinfo=UTC)}
    company_id = wanted.pop("company")
    return replay.select_events(runtime_here(), company_id, **wanted, **more)


def _told(would: dict[str, Any]) -> str:
    """What a dry run says of one event, in one line."""
    changes = would.get("changes") or {}
    shown = ", ".join(f"{name}: {old} → {new}" for name, (old, new) in changes.items())
    return f"{would['effect']}; {shown or 'changes nothing'}"


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
