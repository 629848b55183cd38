"""What changed at Cal.com since the last look, and what stands here and not there.

Webhooks have no promised delivery (calcom.md §7). What they lost is found by ``afterUpdatedAt``,
less an overlap, and goes through the same door as an event would. Companies on one Cal.com account
are looked at together: the platform's key sees all of their bookings with one question.
"""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from askpro.errors import CalcomError, CalcomHeld, CalcomNotFound
from askpro.providers.calcom import Attendee, Booking
from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.services import booking_events, calendar, event_work, events, findings, rounds
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment, Company, InboxEvent

log = logging.getLogger(__name__)

#: Cal.com's clock and its replicas may lag: each look begins before the end of the last one.
_OVERLAP = timedelta(minutes=2)
_FIRST_LOOK = timedelta(days=1)
#: One round lasts no longer; the accounts that it did not come to are the first of the next one.
_ROUND_SECONDS = 120.0
#: A webhook that is on its way is not lost yet.
_ON_ITS_WAY = timedelta(minutes=2)
_MOST_MISSING = 20
_TRIGGER_OF = {
    "accepted": "BOOKING_CREATED",
    "pending": "BOOKING_REQUESTED",
    "cancelled": "BOOKING_CANCELLED",
    "rejected": "BOOKING_REJECTED",
}
#: No trigger of Cal.com's: a booking that moved away says nothing but where it came from.
_MOVED_AWAY = "BOOKING_MOVED_AWAY"


@dataclass
class Reconciled:
    """What one round did: companies looked at, bookings seen, rows changed, companies put off,
    and appointments that Cal.com does not have."""

    companies: int = 0
    seen: int = 0
    changed: int = 0
    put_off: int = 0
    missing: int = 0


def reconcile_all(runtime: Runtime) -> Reconciled:
    """What was updated since the last look, for every account, longest ago first."""
    done = Reconciled()
    until = runtime.clock.monotonic() + _ROUND_SECONDS
    for offices in _accounts(runtime):
        if runtime.clock.monotonic() > until:
            done.put_off += len(offices)
            continue
        try:
            _reconcile(runtime, offices, done)
        except CalcomError as error:
            _put_off(offices, error, done)
    return done


def compare_upcoming(runtime: Runtime) -> Reconciled:
    """Appointments that stand here and that Cal.com does not have become findings.

    A booking that was deleted there tells nobody, and no list of what was updated shows it.
    """
    done = Reconciled()
    until = runtime.clock.monotonic() + _ROUND_SECONDS
    accounts = _accounts(runtime)
    # By chance, or a round that is too short for all would always leave out the same ones.
    random.shuffle(accounts)
    for offices in accounts:
        if runtime.clock.monotonic() > until:
            done.put_off += len(offices)
            continue
        try:
            _compare(runtime, offices, done)
        except CalcomError as error:
            _put_off(offices, error, done)
    return done


def events_of(booking: Booking) -> list[CalcomEvent]:
    """The events that Cal.com should have sent about a booking as it stands, one for each seat."""
    seats = [attendee for attendee in booking.attendees if attendee.seat_uid]
    if booking.gone or not seats:
        return [_event(booking, booking.attendee, booking.seat_uid), *_absence(booking)]
    return [_event(booking, attendee, attendee.seat_uid) for attendee in seats]


def _event(booking: Booking, attendee: Attendee, seat_uid: str | None) -> CalcomEvent:
    trigger = _TRIGGER_OF.get(booking.status, "BOOKING_CREATED")
    if booking.rescheduled_from_uid and not booking.gone:
        trigger = "BOOKING_RESCHEDULED"
    if booking.gone and booking.rescheduled_to_uid:
        trigger = _MOVED_AWAY
    identity = f"{booking.uid}:{seat_uid}:{booking.status}:{booking.updated_at}"
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
        created_at=booking.updated_at or booking.created_at,
        reason=booking.reason,
        name=attendee.name,
        email=attendee.email,
        phone=attendee.phone,
        seat_uid=seat_uid,
        organizer_id=booking.host_id,
        gw_key=booking.gw_key,
        metadata=dict(booking.metadata),
    )


def _absence(booking: Booking) -> list[CalcomEvent]:
    if not booking.attendee.absent:
        return []
    told = _event(booking, booking.attendee, None)
    return [replace(told, trigger="BOOKING_NO_SHOW_UPDATED", no_show=True)]


# -- what changed ---------------------------------------------------------------------------------


def _accounts(runtime: Runtime) -> list[list[Office]]:
    """The offices that share an account, the longest unseen first."""
    with runtime.database.unrestricted_unsafe() as session:
        companies = session.scalars(
            select(Company.id).order_by(Company.calcom_synced_until.asc().nulls_first(), Company.id)
        ).all()
    accounts: dict[str, list[Office]] = {}
    for company_id in companies:
        office = runtime.directory.readable_office(company_id)
        if office is not None and office.services and office.calcom.api_key:
            accounts.setdefault(office.calcom.name, []).append(office)
    return list(accounts.values())


def _put_off(offices: Sequence[Office], error: CalcomError, done: Reconciled) -> None:
    done.put_off += len(offices)
    level = logging.INFO if isinstance(error, CalcomHeld) else logging.WARNING
    log.log(
        level,
        "reconciliation put off",
        extra={"account": offices[0].calcom.name, "error": type(error).__name__},
    )


def _reconcile(runtime: Runtime, offices: Sequence[Office], done: Reconciled) -> None:
    now = runtime.clock.now()
    companies = [office.company_id for office in offices]
    since = _seen_until(runtime, companies, now)
    missed: dict[int, int] = {}
    seen_until = since
    try:
        for booking in _updated(runtime, offices[0], since):
            with rounds.alone("reconciliation", account=offices[0].calcom.name):
                _take(runtime, offices, booking, now, done, missed)
            seen_until = max(seen_until, (booking.updated_at or since) - _OVERLAP)
        seen_until = now - _OVERLAP
        done.companies += len(companies)
    finally:
        # Also when it broke off: what was seen need not be seen again.
        _note_seen(runtime, companies, seen_until)
        for company_id, count in missed.items():
            _note_missed(runtime, company_id, count, now)


def _take(
    runtime: Runtime,
    offices: Sequence[Office],
    booking: Booking,
    now: datetime,
    done: Reconciled,
    missed: dict[int, int],
) -> None:
    owner = _owner(runtime, offices, booking)
    if owner is None:
        return
    done.seen += 1
    if _record(runtime, owner, booking):
        done.changed += 1
        if (booking.updated_at or now) < now - _ON_ITS_WAY:
            missed[owner] = missed.get(owner, 0) + 1


def _seen_until(runtime: Runtime, companies: Sequence[int], now: datetime) -> datetime:
    with runtime.database.unrestricted_unsafe() as session:
        known = session.scalars(
            select(Company.calcom_synced_until).where(Company.id.in_(companies))
        ).all()
    return min(seen or now - _FIRST_LOOK for seen in known)


def _note_seen(runtime: Runtime, companies: Sequence[int], until: datetime) -> None:
    with runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(
            update(Company).where(Company.id.in_(companies)).values(calcom_synced_until=until)
        )


def _updated(runtime: Runtime, office: Office, since: datetime) -> Iterator[Booking]:
    return runtime.calcom(office).bookings(
        after_updated=since, sort_updated="asc", kind="background"
    )


def _owner(runtime: Runtime, offices: Sequence[Office], booking: Booking) -> int | None:
    """Whose booking it is, if it is one of the account's companies'."""
    owner = events.owner_of(runtime, events_of(booking)[0])
    return owner if owner in {office.company_id for office in offices} else None


def _record(runtime: Runtime, company_id: int, booking: Booking) -> bool:
    """Whether the ledger had to change."""
    changed = False
    now = runtime.clock.now()
    with runtime.database.of_company(company_id, write=True) as session:
        for event in events_of(booking):
            effect = booking_events.record(session, company_id, event, now)
            event_work.after_booking(runtime, session, effect)
            parts = effect.get("seats") or [effect]
            changed = changed or any(part.get("changes") for part in parts)
    if changed:
        calendar.drop(runtime, company_id)
    return changed


def _note_missed(runtime: Runtime, company_id: int, count: int, now: datetime) -> None:
    """Where webhooks do come, lost ones are worth a look; where none ever came, this is the way."""
    with runtime.database.unrestricted_unsafe() as session:
        ever = select(InboxEvent.id).where(
            InboxEvent.company_id == company_id, InboxEvent.provider == "calcom"
        )
        if session.scalar(ever.limit(1)) is None:
            return
    findings.note(
        runtime,
        company_id,
        kind="difference",
        subject=f"webhooks:{now:%Y-%m-%d}",
        detail={
            "why": "Cal.com had changes that no webhook told of; they are settled",
            "count": count,
        },
    )


# -- what stands here and not there ---------------------------------------------------------------


def _compare(runtime: Runtime, offices: Sequence[Office], done: Reconciled) -> None:
    client = runtime.calcom(offices[0])
    there = {
        booking.uid
        for booking in client.bookings(status=("upcoming", "unconfirmed"), kind="background")
    }
    for office in offices:
        done.companies += 1
        with rounds.alone("comparison", company_id=office.company_id):
            missing = [row for row in _upcoming(runtime, office) if row.uid not in there]
            for row in missing[:_MOST_MISSING]:
                _look_closer(runtime, office, row, done)


def _upcoming(runtime: Runtime, office: Office) -> Sequence[Appointment]:
    """Rows that should be in Cal.com's list; what changed just now may not be in it yet."""
    now = runtime.clock.now()
    with runtime.database.of_company(office.company_id) as session:
        return session.scalars(
            select(Appointment).where(
                Appointment.state.in_(("confirmed", "requested")),
                Appointment.uid.is_not(None),
                Appointment.start > now,
                Appointment.pending_change.is_(None),
                Appointment.updated_at < now - _ON_ITS_WAY,
            )
        ).all()


def _look_closer(runtime: Runtime, office: Office, row: Appointment, done: Reconciled) -> None:
    assert row.uid is not None
    try:
        found = runtime.calcom(office).booking(row.uid, kind="background")
    except CalcomNotFound as gone:
        if gone.wrong_version:
            raise
        done.missing += 1
        findings.note(
            runtime,
            office.company_id,
            kind="difference",
            subject=f"appointment:{row.id}",
            call_id=row.call_id,
            appointment_id=row.id,
            detail={"why": "it stands here, and Cal.com does not have it"},
        )
        return
    for booking in found:
        done.seen += 1
        done.changed += _record(runtime, office.company_id, booking)
