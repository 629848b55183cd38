"""Bookings whose outcome nobody knows are settled by looking at Cal.com (rules.md §7).

A row is looked at when its outcome is ``unknown``, or when it is ``sent`` or ``wished`` for longer
than any request lives: its process died. Found by its key: it stands. Not found once Cal.com had
time to finish: the wish is sent once more, because the caller was told that it is noted; when that
is refused, an operator sees it and calls back.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from askpro.errors import CalcomAnswer, CalcomError
from askpro.guards.redaction import forget_names, remember_names
from askpro.providers.calcom import Booking
from askpro.services import booking, calendar, changes, findings
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store import ledger
from askpro.store.models import Appointment

log = logging.getLogger(__name__)

#: Cal.com's own writes end within 10 s (calcom.md §6); what is not there after this will not come.
_LANDING_TIME = timedelta(seconds=20)
_MOST_AT_ONCE = 100
_STATE_OF = {"accepted": "confirmed", "pending": "requested"}


@dataclass
class Settled:
    """What one round did, by number of rows."""

    confirmed: int = 0
    sent_again: int = 0
    refused: int = 0
    waiting: int = 0


def settle_unknown(runtime: Runtime) -> Settled:
    """One round over every company; run every few seconds by the worker."""
    settled = Settled()
    for row in _doubtful(runtime):
        office = runtime.directory.office(row.company_id, row.branch_id)
        if office is None:
            continue
        forget_names()  # The one before is nobody's business any more.
        remember_names(row.attendee_name)
        try:
            if row.pending_change and row.uid:
                _settle_change(runtime, office, row, row.uid, settled)
            else:
                _settle(runtime, office, row, settled)
        except CalcomError as error:
            settled.waiting += 1
            log.info(
                "settlement waits for Cal.com",
                extra={"appointment_id": row.id, "error": type(error).__name__},
            )
    return settled


def _doubtful(runtime: Runtime) -> list[Appointment]:
    """Rows of unknown outcome, and rows that their process left behind."""
    now = runtime.clock.now()
    left_behind = now - timedelta(seconds=runtime.settings.calcom_write_seconds + 5)
    with runtime.database.unrestricted_unsafe() as session:
        return list(
            session.scalars(
                select(Appointment)
                .where(
                    or_(
                        Appointment.state == "unknown",
                        and_(
                            or_(
                                Appointment.state.in_(("sent", "wished")),
                                Appointment.pending_change.is_not(None),
                            ),
                            Appointment.updated_at < left_behind,
                        ),
                    )
                )
                .order_by(Appointment.updated_at)
                .limit(_MOST_AT_ONCE)
            )
        )


def _settle(runtime: Runtime, office: Office, row: Appointment, settled: Settled) -> None:
    if row.state == "wished":
        # Nothing was ever sent, and the caller heard nothing: the wish is void.
        _refuse(runtime, office, row, "abandoned", settled)
        return
    found = booking.find_by_key(runtime, office, row)
    if found is not None:
        _stands(runtime, office, row, found, settled)
        return
    now = runtime.clock.now()
    if now - row.updated_at < _LANDING_TIME:
        settled.waiting += 1
        return
    if row.start <= now or row.error == "sent again":
        _refuse(runtime, office, row, "not found at Cal.com", settled)
        return
    _send_again(runtime, office, row, settled, now)


def _settle_change(
    runtime: Runtime, office: Office, row: Appointment, uid: str, settled: Settled
) -> None:
    """A move or cancellation of unknown outcome: what Cal.com has now is what happened."""
    client = runtime.calcom(office)
    now = runtime.clock.now()
    current = next(iter(client.booking(uid, kind="write")), None)
    if current is not None and current.rescheduled_to_uid:
        successor = next(iter(client.booking(current.rescheduled_to_uid, kind="write")))
        changes.apply_move(runtime, row, successor, now=now)
        settled.confirmed += 1
    elif current is None or current.gone:
        ledger.cancelled(runtime.database, row, reason=row.reason, now=now)
        calendar.drop(runtime, office)
        settled.confirmed += 1
    elif now - row.updated_at < _LANDING_TIME:
        settled.waiting += 1
    else:
        kind = (row.pending_change or {}).get("kind", "change")
        ledger.drop_change(runtime.database, row, now=now)
        settled.refused += 1
        findings.note(
            runtime,
            office.company_id,
            kind=f"promised_not_{kind}",
            subject=f"{row.id}:{row.changes}",
            call_id=row.call_id,
            appointment_id=row.id,
        )


def _send_again(
    runtime: Runtime, office: Office, row: Appointment, settled: Settled, now: datetime
) -> None:
    """Once: the first attempt has surely not landed."""
    ledger.move(runtime.database, row, now=now, state="sent", error="sent again")
    try:
        answer = runtime.calcom(office).book(booking.order_of_row(runtime, office, row))
    except CalcomAnswer as refusal:
        _refuse(runtime, office, row, type(refusal).__name__, settled)
        return
    except CalcomError:
        ledger.move(runtime.database, row, now=runtime.clock.now(), state="unknown")
        raise
    settled.sent_again += 1
    _stands(runtime, office, row, answer, settled)


def _stands(
    runtime: Runtime, office: Office, row: Appointment, found: Booking, settled: Settled
) -> None:
    try:
        ledger.move(
            runtime.database,
            row,
            now=runtime.clock.now(),
            state=_STATE_OF.get(found.status, "unknown"),
            uid=found.uid,
            calcom_id=found.id,
            seat_uid=found.seat_uid,
            error=None,
        )
    except IntegrityError:
        _refuse(runtime, office, row, "booking of another wish", settled)
        return
    calendar.drop(runtime, office)
    settled.confirmed += 1
    log.info("booking settled", extra={"appointment_id": row.id, "outcome": row.state})


def _refuse(runtime: Runtime, office: Office, row: Appointment, why: str, settled: Settled) -> None:
    was_promised = row.state != "wished"
    ledger.move(runtime.database, row, now=runtime.clock.now(), state="refused", error=why[:80])
    calendar.drop(runtime, office)
    settled.refused += 1
    log.warning("booking did not come about", extra={"appointment_id": row.id, "error": why})
    if was_promised:
        findings.note(
            runtime,
            office.company_id,
            kind="promised_not_booked",
            subject=str(row.id),
            call_id=row.call_id,
            appointment_id=row.id,
            detail={"why": why},
        )
