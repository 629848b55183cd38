"""Rounds over the rows that wait for Cal.com: nobody waits for another one's trouble.

Companies take turns, a row each. A row that fails is its own trouble alone; an account that may not
send anything now is left alone until the next round.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from askpro.errors import CalcomError, CalcomHeld
from askpro.guards.redaction import forget_names
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store.tenancy import AWAY

log = logging.getLogger(__name__)

#: One round lasts no longer: other periodic work is due as well.
_ROUND_SECONDS = 30.0


@dataclass(frozen=True)
class Waiting:
    """A row by its id, read when its turn comes. ``branch_id`` None = the company's first one."""

    id: int
    company_id: int
    branch_id: int | None


@contextmanager
def alone(work: str, **told: object) -> Iterator[None]:
    """What goes wrong within, with rows that cannot be read say, is logged and nobody else's
    trouble. Raises what the next one would not be spared: the database or Cal.com is away.
    """
    try:
        yield
    except (*AWAY, CalcomError):
        raise
    except Exception as error:
        log.warning(
            "could not be worked on", extra={"work": work, **told, "error": type(error).__name__}
        )


def work_off(
    runtime: Runtime,
    rows: Iterable[Waiting],
    do: Callable[[Office, Waiting], None],
    *,
    work: str,
) -> int:
    """``do`` each of ``rows``, the longest waiting of each company first; how many wait on.

    ``work`` is what the log calls it. Raises what says that the database is away: the next row
    would fare no better.
    """
    waiting = 0
    left_alone: set[str] = set()
    until = runtime.clock.monotonic() + _ROUND_SECONDS
    for row in _in_turns(rows):
        told = {"work": work, "row_id": row.id, "company_id": row.company_id}
        office: Office | None = None
        try:
            office = runtime.directory.office(row.company_id, row.branch_id)
            if office is None:
                continue
            if office.calcom.name in left_alone or runtime.clock.monotonic() > until:
                waiting += 1
                continue
            forget_names()  # The one before is nobody's business any more.
            do(office, row)
        except AWAY:
            raise
        except CalcomError as error:
            waiting += 1
            if isinstance(error, CalcomHeld) and office is not None:
                left_alone.add(office.calcom.name)
            log.info("a row waits for Cal.com", extra={**told, "error": type(error).__name__})
        except Exception as error:
            waiting += 1
            log.warning("a row could not be settled", extra={**told, "error": type(error).__name__})
    return waiting


def _in_turns(rows: Iterable[Waiting]) -> Iterator[Waiting]:
    """The first row of each company, then the second of each, and so on."""
    of_company: dict[int, list[Waiting]] = {}
    for row in rows:
        of_company.setdefault(row.company_id, []).append(row)
    for turn in itertools.zip_longest(*of_company.values()):
        yield from (row for row in turn if row is not None)
