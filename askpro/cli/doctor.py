"""``flask doctor``: is every protection really in force on the running instance?"""

from __future__ import annotations

import json

import click
from flask import Flask

from askpro import __version__
from askpro.cli import ADDRESS, runtime_here
from askpro.services import control
from askpro.services.doctor import visits
from askpro.services.doctor.examination import examine
from askpro.services.doctor.findings import summary


def register(app: Flask) -> None:
    app.cli.add_command(doctor)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of lines.")
@click.option("--url", type=ADDRESS, help="The running gateway; default http://HOST:PORT.")
def doctor(as_json: bool, url: str | None) -> None:
    """Try every protection of the running gateway. Exit 1 unless all of them are in force.

    Run it on the gateway's machine, with the gateway's settings.
    """
    runtime = runtime_here()
    try:
        findings = examine(runtime, url, version=__version__)
    except control.NoInstance as why:
        raise click.ClickException(str(why)) from None
    visits.keep(runtime, findings)
    if as_json:
        click.echo(json.dumps([each.as_dict() for each in findings], ensure_ascii=False))
    else:
        for each in findings:
            mark = "ok  " if each.ok and each.tried else "--  " if each.ok else "FAIL"
            click.echo(f"{mark} {each.check}: {each.evidence}")
        click.echo(summary(findings))
    if not all(each.ok for each in findings):
        raise SystemExit(1)
