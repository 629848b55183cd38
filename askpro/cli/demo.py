"""``flask demo``: what ``make run`` runs. All on one machine, with callers who keep coming."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import click
import flask_migrate
import requests
from dotenv import dotenv_values, find_dotenv
from flask import Flask, current_app
from sqlalchemy import make_url

from askpro import create_app
from askpro.cli import runtime_here
from askpro.errors import InvalidInput
from askpro.processes import DidNotStart, Family, Occupied, alone_in, free_port
from askpro.services import demo_data, demo_keys
from askpro.services.runtime import Runtime
from askpro.settings import CLOCK_OFFSET_VARIABLE, Settings
from askpro.simulator.caller import CallResult
from askpro.simulator.cast import companies_of
from askpro.simulator.conversation import live_line
from askpro.simulator.line import Connection
from askpro.simulator.reception import make_room
from askpro.simulator.traffic import Traffic
from askpro.simulator.world import NotAWorld, read_world

ROOT = Path(__file__).parent.parent.parent
_READY_SECONDS = 60
#: Of callers, in each company's calendar; what was booked first is cancelled beyond that.
_MOST_BOOKINGS = 60
_ROOM_EVERY_SECONDS = 15
#: Demonstrations of one installation.
_MOST_AT_ONCE = 9
_PORT = click.IntRange(1, 65535)


def register(app: Flask) -> None:
    app.cli.add_command(demo)


@dataclass(frozen=True)
class Plan:
    """What this demonstration runs on."""

    gateway_url: str
    calcom_url: str
    database: str
    folder: Path
    world_file: Path
    state_file: Path
    environ: dict[str, str]
    retell_key: str


@click.command("demo")
@click.option("--port", type=_PORT, help="The gateway's; default PORT. A busy one is stepped over.")
@click.option("--simulator-port", default=8900, show_default=True, type=_PORT)
@click.option(
    "--calls-per-minute", default=12.0, show_default=True, type=click.FloatRange(0.1, 600)
)
@click.option("--no-calls", is_flag=True, help="Nobody calls by itself.")
@click.option(
    "--world",
    "world_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Companies and calendars to show; without one, the demo's own two.",
)
def demo(
    port: int | None,
    simulator_port: int,
    calls_per_minute: float,
    no_calls: bool,
    world_file: Path | None,
) -> None:
    """Migrate, seed, start a simulated Cal.com and the gateway, and let callers ring.

    The database is instance/askpro.db, or DATABASE_URL where it is exported: one in .env is the
    real gateway's. A database that has other companies than a demonstration's is not touched.
    """
    settings = runtime_here().settings
    if settings.app_env == "production":
        raise click.ClickException("This is for demonstrations: APP_ENV is production.")
    try:
        world = read_world(world_file, settings.clock.now())
    except NotAWorld as why:
        raise click.ClickException(str(why)) from None
    rate = 0 if no_calls else calls_per_minute
    with ExitStack() as doors:
        housed, sign = _housed(settings, doors)
        doors.enter_context(_app_of(housed).app_context())
        _demonstrate(sign, world, world_file, port, simulator_port, rate)


def _demonstrate(
    sign: TextIO,
    world: dict[str, Any],
    world_file: Path | None,
    port: int | None,
    simulator_port: int,
    calls_per_minute: float,
) -> None:
    stopped = _stop_on_signals()
    runtime = runtime_here()
    settings = runtime.settings
    try:
        demo_data.refuse_strangers(runtime, world)
    except demo_data.NotOurs as why:
        raise click.ClickException(str(why)) from None
    logging.getLogger("alembic").setLevel(logging.WARNING)  # The terminal is for the callers.
    flask_migrate.upgrade()
    try:
        demo_data.seed(runtime, world, is_redated=world_file is None)
    except InvalidInput as why:
        raise click.ClickException(f"{world_file}: {why.field}: {why.sentence}") from None
    plan = _plan(settings, world, world_file, port, simulator_port)
    print(f"process {os.getpid()} at {plan.gateway_url}.", file=sign, flush=True)
    family = Family(plan.folder)
    try:
        _start(family, plan, settings, stopped)
        if stopped.is_set():
            return
        _introduce(plan, demo_data.login(runtime))
        with _callers(plan, runtime, world, calls_per_minute):
            _watch(family, stopped)
    except DidNotStart as why:
        raise click.ClickException(str(why)) from None
    finally:
        click.echo("Stopping …")
        family.stop()


# -- folder and database ----------------------------------------------------------------------


def _housed(settings: Settings, doors: ExitStack) -> tuple[Settings, TextIO]:
    """Settings with a folder in which no other demonstration runs, and the sign at its door.

    Two that shared database and calendar would each find fault with what the other one did.
    """
    try:
        return settings, doors.enter_context(alone_in(demo_keys.folder_of(settings)))
    except Occupied as where:
        told = f"A demonstration runs already: {str(where) or 'it is just starting.'}"
    if settings.database_url != demo_keys.database_of(settings) and not _is_of_dotenv():
        raise click.ClickException(f"{told} They would share DATABASE_URL.")
    for number in range(2, _MOST_AT_ONCE + 1):
        place = str(Path(settings.instance_path) / str(number))
        housed = Settings.from_environ({**os.environ, "INSTANCE_PATH": place})
        with suppress(Occupied):
            sign = doors.enter_context(alone_in(demo_keys.folder_of(housed)))
            click.echo(f"{told} This one has a folder of its own;")
            click.echo(f"other commands find it with INSTANCE_PATH={place}")
            return housed, sign
    raise click.ClickException(f"{told} {_MOST_AT_ONCE} are enough.")


def _is_of_dotenv() -> bool:
    """Whether DATABASE_URL stands in .env: that one is the real gateway's."""
    named = dotenv_values(find_dotenv(usecwd=True)).get("DATABASE_URL")
    return bool(named) and named == os.environ.get("DATABASE_URL")


def _app_of(settings: Settings) -> Flask:
    """The app of those settings; on the demonstration's own database where .env has another one."""
    own = demo_keys.database_of(settings)
    if _is_of_dotenv() and settings.database_url != own:
        click.echo(
            "DATABASE_URL in .env is the real gateway's; the demo has a database of its own."
        )
        settings = replace(settings, database_url=own)
    is_known = settings == runtime_here().settings
    return current_app if is_known else create_app(settings)


# -- processes --------------------------------------------------------------------------------


def _plan(
    settings: Settings,
    world: dict[str, Any],
    world_file: Path | None,
    port: int | None,
    simulator_port: int,
) -> Plan:
    gateway_port = _port("gateway", settings.host, port or settings.port)
    calcom_port = _port("simulated Cal.com", "127.0.0.1", simulator_port)
    keys = demo_keys.kept(settings)
    folder = demo_keys.folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True)
    name = world_file.stem if world_file else "demo"
    seeded = folder / f"{name}-world.json"
    seeded.write_text(json.dumps(world, ensure_ascii=False), encoding="utf-8")
    calcom_url = f"http://127.0.0.1:{calcom_port}"
    retell_key = next(iter(settings.retell_api_key), keys.retell)
    environ = {
        **os.environ,
        # It may have been started from another folder.
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "HOST": settings.host,
        "PORT": str(gateway_port),
        "DATABASE_URL": settings.database_url,
        "INSTANCE_PATH": settings.instance_path,
        # Never the real one, whatever the environment or .env says.
        "CALCOM_BASE_URL": calcom_url,
        "CALCOM_API_KEY": settings.calcom_api_key or keys.calcom,
        "CALCOM_WEBHOOK_SECRET": settings.calcom_webhook_secret or keys.calcom_webhooks,
        "RETELL_API_KEY": ",".join(settings.retell_api_key) or retell_key,
        CLOCK_OFFSET_VARIABLE: json.dumps(settings.clock_offset_seconds),
    }
    return Plan(
        gateway_url=f"http://{_neighbourly(settings.host)}:{gateway_port}",
        calcom_url=calcom_url,
        database=_shown(settings.database_url),
        folder=folder,
        world_file=seeded,
        state_file=folder / f"{name}-calendar.json",
        environ=environ,
        retell_key=retell_key,
    )


def _shown(database_url: str) -> str:
    """The file, or the address without its password."""
    url = make_url(database_url)
    return str(url.database) if url.drivername == "sqlite" else url.render_as_string()


def _neighbourly(host: str) -> str:
    """Where the gateway listens on all addresses, its neighbours go through loopback."""
    try:
        return "127.0.0.1" if ip_address(host).is_unspecified else host
    except ValueError:
        return host


def _port(what: str, host: str, wanted: int) -> int:
    try:
        found = free_port(host, wanted)
    except OSError as why:
        raise click.ClickException(f"The {what} cannot listen on {host}: {why}.") from None
    if found != wanted:
        click.echo(f"Port {wanted} is busy; the {what} takes {found}.")
    return found


def _start(family: Family, plan: Plan, settings: Settings, stopped: threading.Event) -> None:
    flask = [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py")]
    family.start(
        "calcom",
        [
            *flask, "simulate", "calcom",
            "--port", plan.calcom_url.rpartition(":")[2],
            "--world", str(plan.world_file),
            "--state", str(plan.state_file),
            "--subscriber", f"{plan.gateway_url}/api/webhooks/calcom",
        ],
        plan.environ,
    )  # fmt: skip
    _wait_for(family, f"{plan.calcom_url}/_sim/health", stopped)
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    family.start("gateway", [*gunicorn, "--chdir", str(ROOT), "wsgi:app"], plan.environ)
    if not settings.embedded:
        family.start("worker", [*flask, "worker"], plan.environ)
    _wait_for(family, f"{plan.gateway_url}/api/health/ready", stopped)


def _wait_for(family: Family, url: str, stopped: threading.Event) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not stopped.is_set():
        dead = family.dead()
        if dead or time.monotonic() > deadline:
            end = dead.log_end() if dead else ""
            raise DidNotStart(f"{url} does not answer.\n{end}".rstrip())
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)  # Not listening yet.
        stopped.wait(0.05)


# -- the show ---------------------------------------------------------------------------------


def _introduce(plan: Plan, password: str) -> None:
    click.echo()
    click.secho(f"  AskPro       {plan.gateway_url}", bold=True)
    click.echo(f"  login        {demo_data.LOGIN}   password {password}")
    click.echo(f"  Cal.com      {plan.calcom_url}   simulated; bookings at /_sim/bookings")
    click.echo(f"  database     {plan.database}")
    click.echo(f"  logs         {plan.folder}")
    click.echo("  Ctrl-C stops everything.")
    click.echo()


@contextmanager
def _callers(
    plan: Plan, runtime: Runtime, world: dict[str, Any], calls_per_minute: float
) -> Iterator[None]:
    companies = companies_of(world)
    if not calls_per_minute or not companies:
        yield
        return
    zone = runtime.settings.retell_timezone

    def show(result: CallResult) -> None:
        click.echo(live_line(result, runtime.clock.now().astimezone(zone)))

    connection = Connection(
        plan.gateway_url, plan.retell_key, runtime.clock, simulator_url=plan.calcom_url
    )
    traffic = Traffic(connection, companies, calls_per_minute, show)
    closing = threading.Event()
    reception = threading.Thread(target=_make_room, args=(plan, closing), daemon=True)
    traffic.start()
    reception.start()
    try:
        yield
    finally:
        closing.set()
        traffic.stop()


def _make_room(plan: Plan, closing: threading.Event) -> None:
    while not closing.wait(_ROOM_EVERY_SECONDS):
        try:
            make_room(plan.calcom_url, _MOST_BOOKINGS)
        except requests.RequestException:
            continue  # Stopping, or it is not there: the main thread sees which.


def _watch(family: Family, stopped: threading.Event) -> None:
    """Until Ctrl-C, or until a child dies: then nothing of it may go on alone."""
    while not stopped.wait(0.3):
        dead = family.dead()
        if dead:
            raise DidNotStart(f"The {dead.name} ended by itself.\n{dead.log_end()}".rstrip())


def _stop_on_signals() -> threading.Event:
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    return stopped
