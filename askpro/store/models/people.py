"""Whoever is read out of the database or written into it is hidden in the log from then on.

It is done here, and not where people are looked up, because a look-up that forgets it would be
noticed by nobody. What is remembered ends with the request, the event or the periodic job
(:func:`askpro.logs.clear_log_context`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from askpro.guards.redaction import remember_names
from askpro.store.models.appointments import Appointment, Callback
from askpro.store.models.calls import Customer

#: Where the tables keep a person's name.
NAMES = {Customer: "name", Appointment: "attendee_name", Callback: "name"}


def _remember(row: Any, *_: Any) -> None:
    remember_names(row.__dict__.get(NAMES[type(row)]))


def _remember_new(_: Any, name: Any, *__: Any) -> None:
    remember_names(name)


for _table, _column in NAMES.items():
    event.listen(_table, "load", _remember)
    event.listen(_table, "refresh", _remember)
    event.listen(getattr(_table, _column), "set", _remember_new)
