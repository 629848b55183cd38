"""``flask understand`` and ``flask extract``: what the gateway makes of spoken German.

Neither needs the database, unless ``--company`` asks for a company's hours and services.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import click
from flask import Flask
from flask.cli import with_appcontext

from askpro.booking.dates import Hours, Moment, Reading, Understanding, understand
from askpro.booking.model import Service
from askpro.booking.transcript import Facts, Slot, Weights, extract
from askpro.cli import ROW, runtime_here
from askpro.settings import Settings


def register(app: Flask) -> None:
    app.cli.add_command(understand_command)
    app.cli.add_command(extract_command)


@dataclass(frozen=True)
class _Context:
    """Where and when something is said: the zone, the hours and services where known."""

    settings: Settings
    zone: ZoneInfo
    hours: Hours | None = None
    services: tuple[Service, ...] = field(default=())

    @property
    def plausible(self) -> tuple[int, int]:
        return self.settings.retell_business_hour_start, self.settings.retell_business_hour_end

    def instant(self, text: str | None) -> datetime:
        """``text`` as an aware local instant; without an offset it is the branch's time."""
        if text is None:
            return self.settings.clock.now().astimezone(self.zone)
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise click.ClickException(
                f"{text!r} is no time such as 2026-09-23T10:00 or 2026-09-23T10:00+02:00."
            ) from None
        return (
            instant.replace(tzinfo=self.zone)
            if instant.tzinfo is None
            else instant.astimezone(self.zone)
        )


def _context(company: int | None) -> _Context:
    runtime = runtime_here()
    settings = runtime.settings
    if company is None:
        return _Context(settings, settings.retell_timezone)
    office = runtime.directory.office(company)
    if office is None:
        raise click.ClickException(f"There is no company {company}; see `flask company list`.")
    return _Context(settings, office.hours.zone, office.hours, office.services)


_at = click.option("--at", "spoken_at", metavar="TIME", help="When it is said; now by default.")
_company = click.option("--company", type=ROW, metavar="ID", help="Use this company's hours.")


@click.command("understand")
@click.argument("text", required=False)
@_at
@click.option("--jsonl", is_flag=True, help='Read {"id","text","ref"} lines, write one for each.')
@_company
@with_appcontext
def understand_command(
    text: str | None, spoken_at: str | None, jsonl: bool, company: int | None
) -> None:
    """How a spoken date is read: TEXT as JSON, or line by line from standard input."""
    context = _context(company)
    if jsonl:
        for answer in _answers(sys.stdin, context, spoken_at):
            click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if text is None:
        raise click.UsageError("Say TEXT, or --jsonl to read standard input.")
    understood = _understood(text, context, context.instant(spoken_at))
    click.echo(json.dumps(understood, ensure_ascii=False))


def _answers(lines: TextIO, context: _Context, spoken_at: str | None) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            identity, text = asked.get("id"), asked["text"]
            ref = asked.get("ref") or spoken_at
        except (ValueError, TypeError, KeyError, AttributeError):
            raise click.ClickException(f'Line {number} is not {{"id","text","ref"}}.') from None
        yield {"id": identity, **_understood(str(text), context, context.instant(ref))}


def _understood(text: str, context: _Context, now: datetime) -> dict[str, Any]:
    understood = understand(text, now, hours=context.hours, plausible=context.plausible)
    readings = [_reading(reading) for reading in understood.readings]
    first = understood.readings[0] if understood.readings else None
    return {
        "start": _common_start(understood),
        "end": readings[0]["end"] if len(readings) == 1 else None,
        "grain": first.grain if first else None,
        "relation": first.relation if first else None,
        "part_of_day": first.part if first else None,
        "readings": readings,
        "question": understood.question,
    }


def _common_start(understood: Understanding) -> dict[str, str | None] | None:
    """What all readings agree on; None where they have nothing in common."""
    starts = [_start(reading) for reading in understood.readings]
    if not starts or any(start is None for start in starts):
        return None
    agreed = {
        key: starts[0][key] if len({start[key] for start in starts if start}) == 1 else None
        for key in ("date", "time")
        if starts[0]
    }
    return agreed if any(agreed.values()) else None


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "start": _start(reading),
        "end": _moment(reading.end),
        "grain": reading.grain,
        "relation": reading.relation,
        "part_of_day": reading.part,
    }


def _start(reading: Reading) -> dict[str, str | None] | None:
    """None where only the end was said ("bis fünfzehn Uhr")."""
    return None if reading.relation == "until" else _moment(reading.start)


def _moment(moment: Moment | None) -> dict[str, str | None] | None:
    if moment is None:
        return None
    return {
        "date": moment.date.isoformat() if moment.date else None,
        "time": f"{moment.time:%H:%M}" if moment.time else None,
    }


@click.command("extract")
@click.argument("file", type=click.File(encoding="utf-8"))
@_at
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@_company
@with_appcontext
def extract_command(
    file: TextIO, spoken_at: str | None, as_json: bool, company: int | None
) -> None:
    """Booking details of the transcript in FILE (- is standard input), with their confidence.

    Confidence is 0 to 100: a transcript starts at RETELL_BASE_CONFIDENCE and gains by what agrees
    in it. "confident" says that day and time were agreed on in the call, that nothing is left to
    ask, and that it reaches RETELL_MIN_CONFIDENCE.
    """
    context = _context(company)
    settings = context.settings
    try:
        transcript = file.read()
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name} is not text in UTF-8.") from None
    facts = extract(
        transcript,
        context.instant(spoken_at),
        services=context.services,
        hours=context.hours,
        plausible=context.plausible,
        weights=Weights.of(settings),
    )
    details = _details(facts)
    if as_json:
        click.echo(json.dumps(details, ensure_ascii=False))
        return
    for name, value in details.items():
        click.echo(f"{name:<14} {'-' if value is None else value}")


def _details(facts: Facts) -> dict[str, Any]:
    wanted = _slot(facts.wanted)
    return {
        "date": wanted["date"] if wanted else None,
        "time": wanted["time"] if wanted else None,
        "service": facts.service,
        "customer_name": facts.customer_name,
        "phone": facts.phone,
        "email": facts.email,
        "intent": facts.intent,
        "confidence": facts.confidence,
        "confident": facts.confident,
        "question": facts.question,
        "existing": _slot(facts.existing),
    }


def _slot(slot: Slot | None) -> dict[str, str | None] | None:
    return _moment(Moment(slot.date, slot.time)) if slot else None
