"""The parts of a composite service: all of them are booked, or none.

They are sent in order. When one is refused, those that stand already are cancelled at Cal.com
before the caller hears of other times. A cancellation that does not go through at once stays
written in the row (``pending_change`` of kind ``undo``); :mod:`askpro.services.settlement` does it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from askpro.errors import CalcomError
from askpro.services import calendar, changes, sending
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.services.sending import Outcome
from askpro.store import ledger, outcomes
from askpro.store.models import Appointment

log = logging.getLogger(__name__)

#: ``Appointment.error`` of a part that stood until another part was refused.
TAKEN_BACK = "taken back"
_WHY = "Ein anderer Teil des Termins war nicht mehr frei"


def send(
    runtime: Runtime,
    office: Office,
    rows: Sequence[Appointment],
    *,
    caller: str | None = None,
    not_after: float | None = None,
    note: str | None = None,
) -> Outcome:
    """Send what does not stand yet; the outcome of the whole. One row is a whole of its own.

    ``unknown``: one of them is, and what follows it was not sent. ``claimed``: somebody else sends
    one of them, and what follows it. ``refused``, ``shared`` and
    ``not_sent``: nothing of it stands any more, or is about to be cancelled.
    """
    for place, row in enumerate(rows):
        if row.state in ("confirmed", "requested"):
            continue
        outcome = sending.send(runtime, office, row, caller=caller, not_after=not_after, note=note)
        if outcome.kind == "stands":
            continue
        if outcome.kind not in ("unknown", "claimed"):
            take_back(runtime, office, rows[:place], not_after=not_after)
            void(runtime, rows[place + 1 :])
        return outcome
    return Outcome("stands")


def take_back(
    runtime: Runtime,
    office: Office,
    rows: Iterable[Appointment],
    *,
    not_after: float | None = None,
) -> None:
    """Cancel what stands; what can't be cancelled now is left to the settlement."""
    for row in rows:
        if outcomes.claim_change(runtime.database, [row], _undoing(row), now=runtime.clock.now()):
            _undo(runtime, office, row, not_after=not_after)


def give_up(
    runtime: Runtime,
    office: Office,
    rows: Sequence[Appointment],
    why: str,
    *,
    beside: Callable[[Session], None] | None = None,
) -> bool:
    """Nothing of it is to stand. False, and nothing is done, when one of them that was undecided is
    no longer as it was read: whoever moved it knows more. ``beside`` writes in the same
    transaction.
    """
    standing = decide_against(runtime, rows, why, beside=beside)
    for row in standing or ():
        _undo(runtime, office, row)
    return standing is not None


def was_given_up(runtime: Runtime, office: Office, rows: Sequence[Appointment]) -> bool:
    """Whether a part was refused or taken back while another one was found to stand; that one is
    taken back, too, then."""
    if len(rows) == 1:
        return False
    fresh = ledger.group_of(runtime.database, rows[0])
    if not any(
        row.state == "refused" or row.error == TAKEN_BACK or _is_undone(row) for row in fresh
    ):
        return False
    take_back(runtime, office, [row for row in fresh if row.state in ("confirmed", "requested")])
    return True


def decide_against(
    runtime: Runtime,
    rows: Sequence[Appointment],
    why: str,
    *,
    beside: Callable[[Session], None] | None = None,
) -> list[Appointment] | None:
    """:func:`give_up` as far as the ledger goes: the parts whose cancellation it claims, which the
    settlement makes unless it is made at once; None where somebody knows more."""
    return outcomes.give_up(
        runtime.database,
        rows,
        change=_undoing(rows[0]),
        error=why[:80],
        now=runtime.clock.now(),
        beside=beside,
    )


def _undoing(row: Appointment) -> dict[str, Any]:
    return {"kind": "undo", "call_id": row.call_id}


def _is_undone(row: Appointment) -> bool:
    return (row.pending_change or {}).get("kind") == "undo"


def _undo(
    runtime: Runtime, office: Office, row: Appointment, *, not_after: float | None = None
) -> None:
    try:
        undo_one(runtime, office, row, not_after=not_after)
    except CalcomError as error:
        log.warning(
            "part not taken back yet",
            extra={"appointment_id": row.id, "error": type(error).__name__},
        )


def undo_one(
    runtime: Runtime, office: Office, row: Appointment, *, not_after: float | None = None
) -> None:
    """Cancel one part at Cal.com, however often. Raises :class:`~askpro.errors.CalcomError`."""
    changes.cancel_at_calcom(runtime, office, row, _WHY, not_after=not_after)
    ledger.move(
        runtime.database,
        row,
        now=runtime.clock.now(),
        state="cancelled",
        error=TAKEN_BACK,
        pending_change=None,
    )
    calendar.drop(runtime, office)


def void(runtime: Runtime, rows: Iterable[Appointment]) -> None:
    """What was never sent is not sent any more."""
    for row in rows:
        if row.state == "wished":
            ledger.move(
                runtime.database,
                row,
                now=runtime.clock.now(),
                state="refused",
                error="another part was refused",
            )
