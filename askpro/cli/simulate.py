"""``flask simulate``: a Cal.com that is not Cal.com, and callers who are not people."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from askpro.settings import Settings
from askpro.simulator.running import running_calcom
from askpro.simulator.simulation import SimulatorSettings
from askpro.simulator.world import read_world

group = AppGroup(
    "simulate", help="Simulated counterparts: Cal.com, and callers as Retell plays them."
)


def register(app: Flask) -> None:
    """Add the group to ``flask``."""
    app.cli.add_command(group)


@group.command("calcom")
@click.option("--port", default=8900, show_default=True, help="0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--world",
    "world_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="World to start from; without one, the demo's.",
)
@click.option("--subscriber", "subscribers", multiple=True, help="URL that receives its webhooks.")
@click.option(
    "--rate-limit",
    default=120,
    show_default=True,
    help="Requests a minute of one key, as Cal.com counts them; 0 switches it off.",
)
def calcom(
    port: int, host: str, world_file: Path | None, subscribers: tuple[str, ...], rate_limit: int
) -> None:
    """Serve a simulated Cal.com until it is stopped; knobs under /_sim."""
    settings: Settings = current_app.config["ASKPRO"]
    clock = settings.clock
    try:
        world = read_world(world_file, clock.now())
        with running_calcom(
            world,
            clock=clock,
            settings=SimulatorSettings(
                calcom_api_key=settings.calcom_api_key,
                webhook_secret=settings.calcom_webhook_secret,
                subscribers=subscribers,
                requests_per_minute=rate_limit,
            ),
            host=host,
            port=port,
        ) as running:
            names = ", ".join(a.username for a in running.simulation.world.accounts)
            click.echo(f"Simulated Cal.com at {running.url} for {names}")
            _until_stopped()
    except OSError as why:
        raise click.ClickException(f"Port {port} cannot be used: {why.strerror}.") from None
    except (KeyError, ValueError) as why:
        raise click.ClickException(f"{world_file} is not a world: {why!r}.") from None


def _until_stopped() -> None:
    """Block until Ctrl-C or SIGTERM."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not stopped.wait(0.5):
        pass
