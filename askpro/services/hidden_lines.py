"""Lines of our own that had something to hide: nobody read it, but its author must be told.

Every process counts what its log hid (:func:`askpro.logs.take_hidden_lines`). What our own loggers
wrote becomes a guard event, and by it an alert; libraries' lines are hidden and no more.
"""

from __future__ import annotations

from datetime import datetime

from askpro.logs import take_hidden_lines
from askpro.services import guard_events
from askpro.store.tenancy import Database

KIND = "redaction"
_OURS = "askpro."
#: One line a request, of fixed words and ids: a caller called Post hides its method, not a leak.
_EXCEPT = frozenset({"askpro.request"})


def note(database: Database, now: datetime) -> int:
    """Keep one guard event for each of our loggers that had to be silenced; how many lines."""
    found = {
        logger: lines
        for logger, lines in take_hidden_lines().items()
        if logger.startswith(_OURS) and logger not in _EXCEPT
    }
    for logger, lines in found.items():
        guard_events.record(
            database,
            kind=KIND,
            company_id=None,
            subject=logger[:120],
            at=now,
            detail={"lines": lines},
        )
    return sum(found.values())
