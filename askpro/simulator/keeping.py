"""The simulated calendar outlives its process: bookings in a JSON file.

For the demonstration, whose gateway keeps its appointments in a database: after a second start
both must still know the same bookings. Tests do without.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from askpro.simulator.bookings import Attendee, Booking, Shelf
from askpro.simulator.calendar import Calendar
from askpro.simulator.world import EventType

log = logging.getLogger(__name__)
_REMEMBERED = timedelta(days=2)
_INSTANTS = ("start", "end", "created_at", "updated_at")


@contextmanager
def kept(calendar: Calendar, path: Path | None, *, every: float = 1.0) -> Iterator[None]:
    """Load what ``path`` holds, and write it again whenever something changed. None: do nothing."""
    if path is None:
        yield
        return
    load(calendar, path)
    stopped = threading.Event()
    thread = threading.Thread(
        target=_keep, args=(calendar, path, every, stopped), name="keeping", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(timeout=10)


def _keep(calendar: Calendar, path: Path, every: float, stopped: threading.Event) -> None:
    written = calendar.revision
    while not stopped.wait(every) or calendar.revision != written:
        if calendar.revision != written:
            written = calendar.revision
            try:
                save(calendar, path)
            except OSError as why:
                # The demonstration goes on; only the next start will not remember.
                log.warning("bookings could not be kept in %s: %s", path, why)


def save(calendar: Calendar, path: Path) -> None:
    """Write the bookings that still matter, whole or not at all."""
    now = calendar.clock.now()
    with calendar.lock:
        rows = [_as_json(row) for row in calendar.shelf.all() if _matters(row, now)]
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps({"bookings": rows}, ensure_ascii=False), encoding="utf-8")
    os.replace(scratch, path)


def load(calendar: Calendar, path: Path) -> None:
    """Put the kept bookings beside the world's; of two with one uid the kept one counts.

    A missing or unreadable file is an empty one: the simulator starts from its world.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))["bookings"]
        with calendar.lock:
            rows = [
                _from_json(one, calendar.event_types[one["event_type"]])
                for one in raw
                if one["event_type"] in calendar.event_types
            ]
            shelf = Shelf()
            for row in rows:
                shelf.add(row)
                if not row.active:
                    row.event_type.free.add(row.start)
            known = {row.uid for row in rows}
            for row in calendar.shelf.all():
                if row.uid not in known:
                    shelf.add(row)
            calendar.shelf = shelf
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError) as why:
        log.warning("bookings kept in %s cannot be read: %r", path, why)


def _matters(row: Booking, now: datetime) -> bool:
    return (row.active and row.end > now - _REMEMBERED) or row.updated_at > now - _REMEMBERED


def _as_json(row: Booking) -> dict[str, Any]:
    shown: dict[str, Any] = {f.name: getattr(row, f.name) for f in fields(Booking)}
    shown["event_type"] = row.event_type.id
    shown["attendees"] = [vars(a) for a in row.attendees]
    for name in _INSTANTS:
        shown[name] = shown[name].isoformat()
    return shown


def _from_json(raw: Mapping[str, Any], kind: EventType) -> Booking:
    given = dict(raw)
    given["event_type"] = kind
    given["attendees"] = [Attendee(**a) for a in given["attendees"]]
    for name in _INSTANTS:
        given[name] = datetime.fromisoformat(given[name])
    return Booking(**given)
