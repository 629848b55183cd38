"""Telling those who want to know what a guard did."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

log = logging.getLogger(__name__)

Event = TypeVar("Event")


def tell(listeners: Iterable[Callable[[Event], None]], event: Event) -> None:
    """Every listener hears of ``event``. One that fails is logged: a database that can't keep the
    event must not cost a caller the answer."""
    for listener in listeners:
        try:
            listener(event)
        except Exception:
            log.exception("A listener of the guards failed")
