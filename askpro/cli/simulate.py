"""``flask simulate``: a Cal.com that is not Cal.com, and callers who are not people."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType

import click
import requests
from flask import Flask
from flask.cli import AppGroup

from askpro.cli import ADDRESS, runtime_here
from askpro.services import demo_keys
from askpro.settings import Settings
from askpro.simulator.caller import play
from askpro.simulator.cast import companies_of, company_named
from askpro.simulator.conversation import summary, turn_text
from askpro.simulator.line import Connection, Turn
from askpro.simulator.running import running_calcom
from askpro.simulator.scenarios import SCENARIOS
from askpro.simulator.simulation import SimulatorSettings
from askpro.simulator.world import NotAWorld, read_world

group = AppGroup(
    "simulate", help="Simulated counterparts: Cal.com, and callers as Retell plays them."
)


def register(app: Flask) -> None:
    """Add the group to ``flask``."""
    app.cli.add_command(group)


@group.command("calcom")
@click.option(
    "--port",
    default=8900,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 takes any free port.",
)
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
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that remembers the bookings until the next start.",
)
def calcom(
    port: int,
    host: str,
    world_file: Path | None,
    subscribers: tuple[str, ...],
    rate_limit: int,
    state: Path | None,
) -> None:
    """Serve a simulated Cal.com until it is stopped; knobs under /_sim."""
    settings = _settings()
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
            state=state,
        ) as running:
            names = ", ".join(a.username for a in running.simulation.world.accounts)
            click.echo(f"Simulated Cal.com at {running.url} for {names}")
            _until_stopped()
    except OSError as why:
        raise click.ClickException(f"Port {port} cannot be used: {why.strerror}.") from None
    except NotAWorld as why:
        raise click.ClickException(str(why)) from None
    except (KeyError, ValueError) as why:
        raise click.ClickException(f"{world_file} is not a world: {why!r}.") from None


_COLOURS = {"caller": "cyan", "agent": "green", "function": "yellow", "event": "bright_black"}


@group.command("call")
@click.argument("scenario", type=click.Choice([*sorted(SCENARIOS), "list"]), metavar="SCENARIO")
@click.option("--url", type=ADDRESS, help="The gateway; default http://HOST:PORT of the settings.")
@click.option("--key", help="Signs the calls; default the first RETELL_API_KEY, else the demo's.")
@click.option(
    "--world",
    "world_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Whose companies are called; without one, the demo's.",
)
@click.option("--company", "company_name", help="Key, number or a part of the business's name.")
@click.option(
    "--simulator", "simulator_url", type=ADDRESS, help="Lets callback_when_down break the calendar."
)
@click.option("--seed", type=int, help="The same made-up caller again.")
@click.option("--pace", default=0.0, help="Seconds that one spoken word takes.")
@click.option("--duplicates", is_flag=True, help="Every event twice, as Retell's retries.")
@click.option("--reorder", is_flag=True, help="call_analyzed before call_ended, call_started last.")
def call(
    scenario: str,
    url: str | None,
    key: str | None,
    world_file: Path | None,
    company_name: str | None,
    simulator_url: str | None,
    seed: int | None,
    pace: float,
    duplicates: bool,
    reorder: bool,
) -> None:
    """Play SCENARIO against a running gateway, turn by turn; `list` names them all.

    The caller books for good: where the gateway has a real Cal.com behind it, in the real calendar.
    """
    if scenario == "list":
        for known in SCENARIOS.values():
            click.echo(f"{known.name:<30} {known.about}")
        return
    settings = _settings()
    demos = demo_keys.known(settings)
    key = key or next(iter(settings.retell_api_key), demos.retell if demos else None)
    if key is None:
        raise click.ClickException("Nothing to sign with: set RETELL_API_KEY or give --key.")
    try:
        companies = companies_of(read_world(world_file, settings.clock.now()))
    except NotAWorld as why:
        raise click.ClickException(str(why)) from None
    except (KeyError, ValueError) as why:
        raise click.ClickException(f"{world_file} is not a world: {why!r}.") from None
    if not companies:
        raise click.ClickException(f"{world_file} has nobody who could be called.")
    company = company_named(companies, company_name) if company_name else None
    if company_name and company is None:
        names = ", ".join(c.business for c in companies)
        raise click.ClickException(f"No company is called {company_name}; there are {names}.")
    url = url or f"http://{settings.host}:{settings.port}"
    _require_gateway(url)
    result = play(
        scenario,
        Connection(
            url,
            key,
            settings.clock,
            pace=pace,
            simulator_url=simulator_url,
            duplicates=duplicates,
            reorder=reorder,
        ),
        companies,
        company=company,
        seed=seed,
        listener=_show,
    )
    click.echo(summary(result))
    if result.failures or result.refused:
        raise click.ClickException("The gateway failed or refused this call.")


def _settings() -> Settings:
    runtime = runtime_here()
    return runtime.settings


def _require_gateway(url: str) -> None:
    try:
        requests.get(f"{url}/api/health", timeout=5).raise_for_status()
    except requests.RequestException as why:
        raise click.ClickException(f"No gateway answers at {url}: {type(why).__name__}.") from None


def _show(turn: Turn) -> None:
    click.secho(turn_text(turn), fg=_COLOURS[turn.kind])


def _until_stopped() -> None:
    """Block until Ctrl-C or SIGTERM."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not stopped.wait(0.5):
        pass
