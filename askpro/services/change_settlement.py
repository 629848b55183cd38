"""What became of a move or a cancellation that nobody knows the outcome of: what Cal.com has now.

The caller was told that it is noted. Where the appointment came to be something else, by the host's
hand or because Cal.com refuses, an operator hears of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from askpro.errors import CalcomAnswer
from askpro.services import calendar, cancelling, changes, findings, together
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store import outcomes
from askpro.store.models import Appointment

#: kept: the appointment is what the change was to make of it. broken: it is not, and won't be.
Became = Literal["kept", "broken", "waiting"]

_NO_REASON = "Telefonisch abgesagt"


def settle(runtime: Runtime, office: Office, row: Appointment, uid: str) -> Became:
    """Look at the booking once more, and make of the row what is true there.

    Raises :class:`~askpro.errors.CalcomError` where that can't be known now.
    """
    now = runtime.clock.now()
    change: dict[str, Any] = dict(row.pending_change or {})
    kind = change.get("kind")
    current = changes.at_calcom(runtime, office, uid)
    successor = changes.successor_of(runtime, office, current) if current else None
    if successor is None and row.seat_uid and kind == "reschedule":
        wanted = datetime.fromisoformat(change["start"])
        successor = changes.seat_moved_to(runtime, office, row, wanted)
    if successor is not None:
        changes.apply_move(runtime, row, successor, now=now)
        if kind == "undo":
            together.take_back(runtime, office, [row])
    elif current is None or (current.gone and kind != "undo"):
        outcomes.cancelled(runtime.database, row, reason=row.reason, now=now)
        calendar.drop(runtime, office)
    elif kind in ("cancel", "undo"):
        _cancel_again(runtime, office, row, kind)
    elif may_still_land(runtime, row):
        return "waiting"
    else:
        outcomes.drop_change(runtime.database, row, now=now)
    if outcomes.is_as_promised(row, change):
        return "kept"
    with runtime.database.of_company(row.company_id, write=True) as session:
        findings.note_broken_in(session, row, change, now, why=_host_did(row, uid))
    return "broken"


def may_still_land(runtime: Runtime, row: Appointment) -> bool:
    """Cal.com's own writes end within 10 s (calcom.md §6); what is not there then won't come."""
    within = timedelta(seconds=runtime.settings.settle_after_seconds)
    return runtime.clock.now() - row.updated_at < within


def _cancel_again(runtime: Runtime, office: Office, row: Appointment, kind: str) -> None:
    """It still stands and was to be cancelled: Cal.com may be asked that any number of times."""
    try:
        if kind == "undo":
            together.undo_one(runtime, office, row)
        else:
            cancelling.cancel_one(runtime, office, row, row.reason or _NO_REASON)
    except CalcomAnswer:
        outcomes.drop_change(runtime.database, row, now=runtime.clock.now())


def _host_did(row: Appointment, uid: str) -> str | None:
    """What became of the booking ``uid`` by the host's hand, for whoever calls."""
    if row.state in ("cancelled", "rejected"):
        return "gone at Cal.com"
    return "moved at Cal.com" if row.uid != uid else None
