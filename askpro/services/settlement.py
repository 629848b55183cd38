"""Bookings and changes whose outcome nobody knows are settled by looking at Cal.com (rules.md §7).

A row is looked at when its outcome is ``unknown``, or when it is ``sent`` or ``wished`` for longer
than any request lives: its process died. Found by its key: it stands. Not found once Cal.com had
time to finish: the wish is sent once more, because the caller was told that it is noted; when that
is refused, an operator sees it and calls back. So they do when it was booked and is gone by now:
what the host has cancelled is not booked again. The parts of a composite service are settled
together: all of them stand, or all are cancelled.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from askpro.guards.redaction import remember_names
from askpro.providers.calcom import Booking
from askpro.services import (
    calendar,
    callers,
    change_settlement,
    changes,
    findings,
    rounds,
    sending,
    together,
)
from askpro.services.directory import Office
from askpro.services.rounds import Waiting
from askpro.services.runtime import Runtime
from askpro.store import ledger, outcomes
from askpro.store.models import Appointment
from askpro.store.models.appointments import NEVER_STOOD, UNDECIDED

log = logging.getLogger(__name__)

_SENT_AGAIN = "sent again"


@dataclass
class Settled:
    """What one round did, by number of appointments."""

    confirmed: int = 0
    sent_again: int = 0
    refused: int = 0
    waiting: int = 0


def settle_unknown(runtime: Runtime, *, only: int | None = None) -> Settled:
    """One round over every company; run every few seconds by the worker.

    ``only``: the id of the one appointment that somebody wants to know about now.
    """
    settled = Settled()

    def settle(office: Office, waiting: Waiting) -> None:
        _settle(runtime, office, waiting, settled)

    put_off = rounds.work_off(runtime, _doubtful(runtime, only), settle, work="settlement")
    settled.waiting += put_off
    return settled


def _doubtful(runtime: Runtime, only: int | None) -> Iterable[Waiting]:
    """Rows of unknown outcome, and rows that their process left behind; one for a group."""
    wanted = select(
        Appointment.id,
        Appointment.company_id,
        Appointment.branch_id,
        func.coalesce(Appointment.group_key, Appointment.key).label("whole"),
    ).where(
        or_(
            Appointment.state == "unknown",
            and_(
                or_(
                    Appointment.state.in_(("sent", "wished")),
                    Appointment.pending_change.is_not(None),
                ),
                Appointment.updated_at < _left_behind(runtime),
            ),
        )
    )
    if only is not None:
        wanted = wanted.where(Appointment.id == only)
    found: dict[tuple[int, str], Waiting] = {}
    with runtime.database.unrestricted_unsafe() as session:
        for row in session.execute(wanted.order_by(Appointment.updated_at)):
            waiting = Waiting(row.id, row.company_id, row.branch_id)
            found.setdefault((row.company_id, row.whole), waiting)
    return found.values()


def _left_behind(runtime: Runtime) -> datetime:
    """What was not touched since is in nobody's hands any more."""
    return runtime.clock.now() - timedelta(seconds=runtime.settings.calcom_write_seconds + 5)


def _settle(runtime: Runtime, office: Office, waiting: Waiting, settled: Settled) -> None:
    with runtime.database.of_company(waiting.company_id) as session:
        row = session.get_one(Appointment, waiting.id)
    rows = ledger.group_of(runtime.database, row)
    remember_names(*(each.attendee_name for each in rows))
    undecided = [each for each in rows if each.state in UNDECIDED]
    if not _is_left_alone(runtime, rows):
        settled.waiting += 1
    elif undecided:
        _settle_booking(runtime, office, rows, settled)
    else:
        for each in rows:
            if each.pending_change and each.uid:
                _count_change(change_settlement.settle(runtime, office, each, each.uid), settled)


def _count_change(became: change_settlement.Became, settled: Settled) -> None:
    settled.confirmed += became == "kept"
    settled.refused += became == "broken"
    settled.waiting += became == "waiting"


def _is_left_alone(runtime: Runtime, rows: Sequence[Appointment]) -> bool:
    """Whether no request works on the appointment any more.

    One that ends with an unknown outcome is over at once, and what follows that part is not sent.
    """
    if any(row.state == "unknown" for row in rows):
        return True
    return max(row.updated_at for row in rows) < _left_behind(runtime)


# -- bookings -------------------------------------------------------------------------------------


def _settle_booking(
    runtime: Runtime, office: Office, rows: Sequence[Appointment], settled: Settled
) -> None:
    if all(row.state in NEVER_STOOD for row in rows):
        # Nothing was ever sent, and the caller heard nothing: the wish is void. A twin that told
        # them that it is noted has made it ``unknown``.
        _refuse(runtime, office, rows, "abandoned", settled, promised=False)
        return
    gone = False
    for row in rows:
        if row.state not in ("unknown", "sent"):
            continue
        booking = _found(runtime, office, row)
        if booking is not None:
            gone = gone or booking.gone
        elif change_settlement.may_still_land(runtime, row):
            settled.waiting += 1
            return
    missing = [row for row in rows if row.state not in ("confirmed", "requested")]
    if not missing:
        _stands(runtime, office, rows, settled)
    elif any((row.pending_change or {}).get("kind") == "cancel" for row in rows):
        # The caller cancelled what nobody knew to be booked: now it need not be booked at all.
        for row in missing:
            if row.state in UNDECIDED:
                now = runtime.clock.now()
                outcomes.cancelled(runtime.database, row, reason=row.reason, now=now)
        settled.confirmed += 1
    elif any(row.state not in UNDECIDED for row in missing):
        _refuse(runtime, office, rows, "a part is gone", settled)
    elif gone:
        _refuse(runtime, office, rows, "gone at Cal.com", settled)
    elif rows[0].start <= runtime.clock.now() or any(row.error == _SENT_AGAIN for row in missing):
        _refuse(runtime, office, rows, "not found at Cal.com", settled)
    else:
        _send_again(runtime, office, rows, settled)


def _found(runtime: Runtime, office: Office, row: Appointment) -> Booking | None:
    """What became of the row's booking, if Cal.com has made it; where that stands, the row does."""
    booking = sending.find_by_key(runtime, office, row)
    if booking is not None and booking.gone:
        booking = changes.successor_of(runtime, office, booking) or booking
    if booking is not None and not booking.gone:
        sending.landed(runtime, office, row, booking)
    return booking


def _send_again(
    runtime: Runtime, office: Office, rows: Sequence[Appointment], settled: Settled
) -> None:
    """Once: the first attempt has surely not landed, and parts behind it were never sent."""
    caller = callers.number_of(runtime, rows[0])
    outcome = together.send(runtime, office, rows, caller=caller, note=_SENT_AGAIN)
    if outcome.kind == "stands":
        settled.sent_again += 1
        _stands(runtime, office, rows, settled)
    elif outcome.kind == "claimed":
        _leave_to_another(runtime, office, rows, settled)
    elif outcome.kind == "unknown":
        settled.waiting += 1
    else:
        _refuse(runtime, office, rows, type(outcome.error).__name__, settled)


def _leave_to_another(
    runtime: Runtime, office: Office, rows: Sequence[Appointment], settled: Settled
) -> None:
    """Another round, or a request, was faster; of what it gave up no part found here stands."""
    if together.was_given_up(runtime, office, rows):
        settled.refused += 1
    else:
        settled.waiting += 1


def _stands(
    runtime: Runtime, office: Office, rows: Sequence[Appointment], settled: Settled
) -> None:
    if together.was_given_up(runtime, office, rows):
        # Another round did, while this one found the rest; it has told an operator.
        settled.refused += 1
        return
    calendar.drop(runtime, office)
    settled.confirmed += 1
    log.info("booking settled", extra={"appointment_id": rows[0].id, "outcome": rows[0].state})


def _refuse(
    runtime: Runtime,
    office: Office,
    rows: Sequence[Appointment],
    why: str,
    settled: Settled,
    *,
    promised: bool = True,
) -> None:
    """Nothing of it is to stand. Where the caller was promised something, an operator calls."""

    def find(session: Session) -> None:
        findings.note_in(
            session,
            runtime.clock.now(),
            kind="promised_not_booked",
            subject=str(rows[0].id),
            call_id=rows[0].call_id,
            appointment_id=rows[0].id,
            detail={"why": why},
        )

    if not together.give_up(runtime, office, rows, why, beside=find if promised else None):
        _leave_to_another(runtime, office, rows, settled)
        return
    calendar.drop(runtime, office)
    settled.refused += 1
    log.warning("booking did not come about", extra={"appointment_id": rows[0].id, "error": why})
