"""``flask breaker …`` and ``flask limits …``: what the guards say, and letting go of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from askpro.cli import ADDRESS, runtime_here
from askpro.guards.permits import CLOSED
from askpro.services import audit, control
from askpro.services.situation import owner_of

breaker_commands = AppGroup("breaker", help="The circuits of the Cal.com accounts.")
limit_commands = AppGroup("limits", help="The limits of calls.")

as_json = click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
url = click.option(
    "--url", type=ADDRESS, help="The running gateway; default http://HOST:PORT (embedded mode)."
)


def register(app: Flask) -> None:
    app.cli.add_command(breaker_commands)
    app.cli.add_command(limit_commands)


@breaker_commands.command("status")
@click.argument("name", required=False)
@as_json
@url
def breaker_status(name: str | None, as_json: bool, url: str | None) -> None:
    """Every circuit that was used, or the one called NAME."""
    _show(_circuits(name, url), as_json, _circuit_line)


@breaker_commands.command("reset")
@click.argument("name", required=False)
@as_json
@url
def breaker_reset(name: str | None, as_json: bool, url: str | None) -> None:
    """Close the circuit called NAME, or all that are not closed."""
    circuits = _circuits(name, url)
    outcome = _run("breaker reset", url, name=name)
    for circuit in circuits:
        if circuit["state"] != CLOSED:
            _note("breaker_reset", circuit["service"], owner_of(circuit["service"]))
    _show(outcome, as_json, _circuit_line)


@limit_commands.command("show")
@click.argument("call_id")
@as_json
@url
def limits_show(call_id: str, as_json: bool, url: str | None) -> None:
    """The counters of a call."""
    _show(_run("limits show", url, call_id=call_id), as_json, _call_lines)


@limit_commands.command("clear")
@click.argument("call_id")
@as_json
@url
def limits_clear(call_id: str, as_json: bool, url: str | None) -> None:
    """Forget the counters of a call, and its silence."""
    counters = _run("limits show", url, call_id=call_id)["counters"]
    outcome = _run("limits clear", url, call_id=call_id)
    if outcome["cleared"]:
        for company_id in [each["company_id"] for each in counters] or [None]:
            _note("call_unblocked", call_id, company_id)
    _show(outcome, as_json, _cleared_line)


def _circuits(name: str | None, url: str | None) -> list[dict[str, Any]]:
    """How the circuit of that name stands, or how all do. A name that is nobody's is refused: it
    would become a circuit that every page shows from now on."""
    circuits: list[dict[str, Any]] = _run("breaker status", url)
    known = [circuit["service"] for circuit in circuits]
    if name is not None and name not in known:
        raise click.ClickException(f"No circuit {name!r} was used; there are {', '.join(known)}.")
    return [each for each in circuits if name in (None, each["service"])]


def _note(action: str, target: str, company_id: int | None = None) -> None:
    """Done is done: a database that is away does not undo it, and that is said."""
    runtime = runtime_here()
    try:
        with runtime.database.unrestricted_unsafe(write=True) as session:
            audit.write(
                session,
                audit.COMMAND_LINE,
                action,
                at=runtime.clock.now(),
                company_id=company_id,
                target=target,
            )
    except SQLAlchemyError:
        click.echo("The database cannot be asked, so the audit does not say so.", err=True)


def _run(command: str, url: str | None, **given: Any) -> Any:
    runtime = runtime_here()
    try:
        result = control.run(runtime, command, given, url)
    except control.NoInstance as why:
        raise click.ClickException(str(why)) from None
    link = runtime.guards.link
    if link.configured and url is None and not link.usable:
        # What was answered instead are the guards of this very process: empty, and nobody's.
        raise click.ClickException("Redis does not answer, and the guards' state is there.")
    return result


def _show(result: Any, as_json: bool, line: Callable[[Any], str]) -> None:
    if as_json:
        click.echo(json.dumps(result))
        return
    for each in result if isinstance(result, list) else [result]:
        click.echo(line(each))


def _call_lines(shown: dict[str, Any]) -> str:
    if not shown["found"]:
        return f"{shown['call_id']}: nothing is counted"
    return "\n".join(_counters_line(shown["call_id"], each) for each in shown["counters"])


def _counters_line(call_id: str, counters: dict[str, Any]) -> str:
    who = f"{call_id} of company {counters['company_id'] or 'unknown'}"
    if counters["silent_for_seconds"]:
        exceeded = ", ".join(counters["exceeded"])
        return f"{who}: silent for {counters['silent_for_seconds']} s ({exceeded})"
    counted = {"in two hours": counters["total"], "in a minute": counters["minute"]}
    counted |= counters["functions"]
    return f"{who}: " + ", ".join(
        f"{name} {each['used']}/{each['limit']}" for name, each in counted.items() if each
    )


def _cleared_line(outcome: dict[str, Any]) -> str:
    return f"{outcome['call_id']}: {'cleared' if outcome['cleared'] else 'nothing to clear'}"


def _circuit_line(circuit: dict[str, Any]) -> str:
    retry = circuit["seconds_until_retry"]
    waiting = f", next try in {retry} s" if retry else ""
    return (
        f"{circuit['service']}: {circuit['state']}, failures "
        f"{circuit['failure_count']}/{circuit['failure_threshold']}{waiting}"
    )
