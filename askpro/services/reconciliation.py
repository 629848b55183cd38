"""Every few minutes: what changed at Cal.com since the last look, against the ledger.

Webhooks have no promised delivery (calcom.md §7). What they lost is found by ``afterUpdatedAt``,
less an overlap, and goes through the same door as an event would.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from askpro.errors import CalcomError
from askpro.providers.calcom import Booking
from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.services import booking_events, calendar
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store.models import Company

log = logging.getLogger(__name__)

#: Cal.com's clock and its replicas may lag: each look begins before the end of the last one.
_OVERLAP = timedelta(minutes=2)
_FIRST_LOOK = timedelta(days=1)
_TRIGGER_OF = {
    "accepted": "BOOKING_CREATED",
    "pending": "BOOKING_REQUESTED",
    "cancelled": "BOOKING_CANCELLED",
    "rejected": "BOOKING_REJECTED",
}


@dataclass
class Reconciled:
    """What one round did: companies looked at, bookings seen, rows changed, companies put off."""

    companies: int = 0
    seen: int = 0
    changed: int = 0
    put_off: int = 0


def reconcile_all(runtime: Runtime) -> Reconciled:
    """Every company in turn, inside the background's share of the budget."""
    done = Reconciled()
    with runtime.database.unrestricted_unsafe() as session:
        companies = session.scalars(
            select(Company.id).order_by(Company.calcom_synced_until.asc().nulls_first())
        ).all()
    for company_id in companies:
        office = runtime.directory.office(company_id)
        if office is None or not office.services or not office.calcom.api_key:
            continue
        try:
            reconcile(runtime, office, done)
        except CalcomError as error:
            done.put_off += 1
            log.info(
                "reconciliation put off",
                extra={"company_id": company_id, "error": type(error).__name__},
            )
    return done


def reconcile(runtime: Runtime, office: Office, done: Reconciled) -> None:
    """One company: what was updated since the last look."""
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe() as session:
        since = session.scalar(
            select(Company.calcom_synced_until).where(Company.id == office.company_id)
        )
    own = {service.event_type_id for service in office.services}
    changed = False
    # The platform's key sees every company's bookings: only this one's event types count.
    for booking in _updated(runtime, office, since or now - _FIRST_LOOK):
        if booking.event_type_id not in own:
            continue
        done.seen += 1
        if _record(runtime, office, booking, now):
            done.changed += 1
            changed = True
    with runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.get_one(Company, office.company_id)
        company.calcom_synced_until = now - _OVERLAP
    if changed:
        calendar.drop(runtime, office)
    done.companies += 1


def event_of(booking: Booking) -> CalcomEvent:
    """The event that Cal.com should have sent about a booking as it stands."""
    trigger = _TRIGGER_OF.get(booking.status, "BOOKING_CREATED")
    if booking.rescheduled_from_uid and booking.status in ("accepted", "pending"):
        trigger = "BOOKING_RESCHEDULED"
    attendee = booking.attendee
    identity = f"{booking.uid}:{booking.status}:{booking.updated_at}"
    return CalcomEvent(
        trigger=trigger,
        dedupe_key=identity,
        digest=hashlib.sha256(identity.encode()).hexdigest(),
        uid=booking.uid,
        previous_uid=booking.rescheduled_from_uid,
        booking_id=booking.id,
        event_type_id=booking.event_type_id,
        status=booking.status,
        start=booking.start,
        end=booking.end,
        created_at=booking.created_at,
        reason=booking.reason,
        name=attendee.name,
        email=attendee.email,
        phone=attendee.phone,
        seat_uid=booking.seat_uid,
        organizer_id=booking.host_id,
        gw_key=booking.gw_key,
        metadata=dict(booking.metadata),
    )


def _updated(runtime: Runtime, office: Office, since: datetime) -> Iterator[Booking]:
    return runtime.calcom(office).bookings(
        after_updated=since, sort_updated="asc", kind="background"
    )


def _record(runtime: Runtime, office: Office, booking: Booking, now: datetime) -> bool:
    """Whether the ledger had to change."""
    if booking.gone and booking.rescheduled_to_uid:
        return False  # Its successor is in the list too, and says more.
    with runtime.database.of_company(office.company_id, write=True) as session:
        effect = booking_events.record(session, office.company_id, event_of(booking), now)
        return bool(session.info.get("changed")) or effect["effect"] in ("adopted", "moved")
