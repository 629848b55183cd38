"""The calendars of all accounts: what is free, and booking it.

One lock guards everything, so a race of two requests has exactly one winner. Knows the rules of
calcom.md §2 and §3; changing what stands is :mod:`askpro.simulator.changes`, the wire is
:mod:`askpro.simulator.rendering` and the routes.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from askpro.clock import Clock
from askpro.simulator import refusals
from askpro.simulator.bookings import Attendee, Booking, Shelf, new_uid
from askpro.simulator.contract.requests import CreateBooking, Location
from askpro.simulator.form import check_answers
from askpro.simulator.reservations import Reservations
from askpro.simulator.world import Account, EventType, SeedBooking, World, event_type

log = logging.getLogger(__name__)
#: Told of every change, inside the lock and in order: trigger, row, further payload fields.
Listener = Callable[[str, Booking, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Slot:
    start: datetime
    end: datetime
    seats_booked: int | None = None
    seats_total: int | None = None
    booking_uid: str | None = None


class Calendar:
    """The state of the simulator, from a world on. Every public method is atomic."""

    def __init__(self, world: World, clock: Clock, listener: Listener | None = None) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.listener = listener
        #: Grows with every change, so that a keeper knows when to write.
        self.revision = 0
        self._start_from(world)

    def _start_from(self, world: World) -> None:
        self.world = world
        self.shelf = Shelf()
        self.reservations = Reservations(self.clock)
        # The free times are copied: a cancelled booking adds to them, and a reset must not see it.
        self.event_types = {t.id: replace(t, free=t.free.copy()) for t in world.event_types}
        for seed in world.bookings:
            if seed.event_type_id in self.event_types:
                self.shelf.add(_seed_row(seed, self.event_types[seed.event_type_id]))
            else:
                log.warning("booking %s is of an event type that is not there", seed.uid)

    def reset(self, world: World | None = None) -> None:
        """Back to the world this calendar started from, or on to another one."""
        with self.lock:
            self._start_from(world or self.world)
            self.revision += 1

    def patch_event_type(self, type_id: int, changes: Mapping[str, Any]) -> None:
        """Turn switches of an event type while running; keys as in the world format."""
        with self.lock:
            old = self.event_types[type_id]
            raw = {"id": old.id, "slug": old.slug, "title": old.title, "length": old.minutes}
            fresh = event_type(old.account, raw | dict(changes))
            names = {"length": "minutes", "minimum_notice_minutes": "notice"}
            self.event_types[type_id] = replace(
                old,
                **{
                    names.get(key, key): getattr(fresh, names.get(key, key))
                    for key in changes
                    if key not in ("id", "free_local_times", "free_weekly")
                },
            )

    def account_named(self, username: str) -> Account | None:
        return next((a for a in self.world.accounts if a.username == username), None)

    def announce(self, trigger: str, row: Booking, **extras: Any) -> None:
        self.revision += 1
        if self.listener:
            self.listener(trigger, row, extras)

    # -- free times ---------------------------------------------------------------------------

    def slots(
        self,
        kind: EventType,
        start: datetime,
        end: datetime,
        *,
        minutes: int | None = None,
        rescheduling: str | None = None,
    ) -> list[Slot]:
        """Free slots that start in [start, end], as GET /v2/slots shows them."""
        if kind.managed_parent:
            return []
        length = timedelta(minutes=minutes or kind.minutes)
        ignoring = (rescheduling,) if rescheduling else ()
        with self.lock:
            earliest, latest = self._bookable_window(kind)
            found = []
            for moment in kind.free.between(max(start, earliest), min(end, latest)):
                slot = self._slot(kind, moment, moment + length, ignoring)
                if slot and not self.reservations.covers(kind, moment, moment + length):
                    found.append(slot)
            if rescheduling and (own := self.shelf.find(rescheduling)) and own.active:
                found += self._own_slot(own, kind, start, end, {slot.start for slot in found})
            return sorted(found, key=lambda slot: slot.start)

    def _own_slot(
        self, own: Booking, kind: EventType, start: datetime, end: datetime, known: set[datetime]
    ) -> list[Slot]:
        shown = own.event_type.id == kind.id and start <= own.start <= end
        return [Slot(own.start, own.end)] if shown and own.start not in known else []

    def _bookable_window(self, kind: EventType) -> tuple[datetime, datetime]:
        now = self.clock.now()
        far = timedelta(days=kind.window_days if kind.window_days is not None else 3650)
        return now + timedelta(minutes=kind.notice), now + far

    def _slot(
        self, kind: EventType, start: datetime, end: datetime, ignoring: Iterable[str] = ()
    ) -> Slot | None:
        """The slot if the account is free for it (or has seats left), else None."""
        rows = self.shelf.overlapping(kind.account.id, start, end, ignoring=ignoring)
        if kind.seats is None:
            capacity = max(kind.hosts, 1) if kind.team else 1
            return Slot(start, end) if len(rows) < capacity else None
        own = self.shelf.seated(kind.id, start)
        if any(row is not own for row in rows):
            return None
        booked = len(own.attendees) if own else 0
        if booked >= kind.seats:
            return None
        return Slot(start, end, booked, kind.seats, own.uid if own else None)

    def require_free(
        self, kind: EventType, start: datetime, end: datetime, *, ignoring: Iterable[str] = ()
    ) -> None:
        """Raise the refusal that Cal.com would answer for a start that can't be had."""
        now = self.clock.now()
        if start <= now:
            raise refusals.bad_request("Attempting to book a meeting in the past.")
        earliest, latest = self._bookable_window(kind)
        if not earliest <= start <= latest:
            raise refusals.bad_request(refusals.OUT_OF_BOUNDS)
        if kind.seats is not None:
            own = self.shelf.seated(kind.id, start)
            if own and len(own.attendees) >= kind.seats:
                raise refusals.seats_full()
        returning = any(
            (row := self.shelf.find(uid)) and row.event_type.id == kind.id and row.start == start
            for uid in ignoring
        )
        free = kind.free.has(start) or returning
        if not free or not self._slot(kind, start, end, ignoring):
            raise refusals.taken("team" if kind.team else kind.taken_as)

    # -- booking ------------------------------------------------------------------------------

    def book(self, kind: EventType, wish: CreateBooking, *, signed_in: bool) -> list[Booking]:
        """POST /v2/bookings: one row, or the series of a recurring type. Raises CalRefusal."""
        if kind.managed_parent:
            raise refusals.bad_request(
                f"Event type with id={kind.id} is the parent managed event type that can't be "
                "booked. You have to provide the child event type id aka id of event type that "
                "has been assigned to one of the users."
            )
        if kind.team and kind.hosts < 1:
            raise refusals.CalRefusal(
                422, "Can't book this team event type because it has no hosts"
            )
        if kind.requires_authentication and not signed_in:
            raise refusals.CalRefusal(401, "This event type requires authentication to book.")
        check_answers(kind, wish)
        length = timedelta(minutes=_minutes(kind, wish.lengthInMinutes))
        start = wish.starts_at
        attendee = _attendee(wish)
        with self.lock:
            again = self._existing(kind, start, attendee)
            if again:
                return [again]
            self._respect_booker_limit(kind, attendee)
            self.require_free(kind, start, start + length)
            if kind.seats is not None:
                return [self._take_seat(kind, start, start + length, attendee, wish)]
            return self._add_rows(kind, start, length, attendee, wish)

    def _existing(self, kind: EventType, start: datetime, attendee: Attendee) -> Booking | None:
        """Confirmation-required and round-robin types answer the same booker's repetition with the
        booking that exists (calcom.md §6 b)."""
        if not (kind.requires_confirmation or kind.team):
            return None
        rows = self.shelf.overlapping(kind.account.id, start, start + timedelta(minutes=1))
        for row in rows:
            same_booker = row.attendees[0].is_same_booker(attendee.email, attendee.phone)
            if row.event_type.id == kind.id and row.start == start and same_booker:
                return row
        return None

    def _respect_booker_limit(self, kind: EventType, attendee: Attendee) -> None:
        if kind.booker_limit is None:
            return
        now = self.clock.now()
        standing = [
            row
            for row in self.shelf.all()
            if row.active
            and row.event_type.id == kind.id
            and row.start > now
            and any(a.email == attendee.email for a in row.attendees)
        ]
        if len(standing) >= kind.booker_limit:
            raise refusals.bad_request(
                "Attendee with this email can't book because the maximum number of active "
                f"bookings ({kind.booker_limit}) has been reached. You can reschedule your "
                f"existing booking ({standing[-1].uid}) to a new timeslot instead."
            )

    def _add_rows(
        self,
        kind: EventType,
        start: datetime,
        length: timedelta,
        attendee: Attendee,
        wish: CreateBooking,
    ) -> list[Booking]:
        count = (wish.recurrenceCount or kind.recurring) if kind.recurring else 1
        series = str(uuid.uuid4()) if kind.recurring else None
        # A series keeps its local hour over the clock change, as its weekly rule says.
        local = start.astimezone(kind.account.zone)
        starts = [(local + timedelta(weeks=n)).astimezone(start.tzinfo) for n in range(count)]
        for later in starts[1:]:
            if self.shelf.overlapping(kind.account.id, later, later + length):
                raise refusals.taken("team" if kind.team else kind.taken_as)
        rows = [
            self.new_row(kind, moment, moment + length, [replace(attendee)], wish, series)
            for moment in starts
        ]
        for row in rows:
            self.shelf.add(row)
            self.announce(_trigger(row), row)
        return rows

    def _take_seat(
        self,
        kind: EventType,
        start: datetime,
        end: datetime,
        attendee: Attendee,
        wish: CreateBooking,
    ) -> Booking:
        attendee.seat_uid = str(uuid.uuid4())
        attendee.responses = {"name": attendee.name, **wish.bookingFieldsResponses}
        attendee.metadata = dict(wish.metadata)
        own = self.shelf.seated(kind.id, start)
        if own is None:
            own = self.new_row(kind, start, end, [attendee], wish)
            self.shelf.add(own)
        else:
            own.attendees.append(attendee)
            self.shelf.note_attendee(own, attendee)
            own.updated_at = self.clock.now()
        self.announce(_trigger(own), own, seat=attendee, metadata=dict(wish.metadata))
        return own

    def new_row(
        self,
        kind: EventType,
        start: datetime,
        end: datetime,
        attendees: list[Attendee],
        wish: CreateBooking | None = None,
        series: str | None = None,
    ) -> Booking:
        """A row of the future, not yet on the shelf."""
        now = self.clock.now()
        first = attendees[0]
        return Booking(
            id=self.shelf.next_id(),
            uid=new_uid(),
            event_type=kind,
            start=start,
            end=end,
            status="pending" if kind.requires_confirmation else "accepted",
            attendees=attendees,
            metadata=dict(wish.metadata) if wish else {},
            location=_location(wish, first),
            created_at=now,
            updated_at=now,
            responses=default_responses(first) | (wish.bookingFieldsResponses if wish else {}),
            guests=list(wish.guests) if wish else [],
            recurring_uid=series,
        )


def _seed_row(seed: SeedBooking, kind: EventType) -> Booking:
    stand_in = f"{seed.phone.lstrip('+')}@sms.cal.com" if seed.phone else ""
    attendee = Attendee(seed.name, seed.email or stand_in, seed.phone, kind.account.zone.key, "de")
    if kind.seats is not None:
        attendee.seat_uid = f"seat-of-{seed.uid}"
    return Booking(
        id=seed.id,
        uid=seed.uid,
        event_type=kind,
        start=seed.start,
        end=seed.end,
        status=seed.status,
        attendees=[attendee],
        metadata=dict(seed.metadata),
        location=seed.phone or "",
        created_at=seed.created_at,
        updated_at=seed.created_at,
        responses=default_responses(attendee),
        baseline=True,
    )


def default_responses(attendee: Attendee) -> dict[str, Any]:
    answers: dict[str, Any] = {"name": attendee.name, "email": attendee.email}
    if attendee.phone:
        answers["attendeePhoneNumber"] = attendee.phone
    return answers


def _attendee(wish: CreateBooking) -> Attendee:
    given = wish.attendee
    # Without a mail Cal.com makes one up from the phone's digits (#25432).
    email = (given.email or f"{(given.phoneNumber or '').lstrip('+')}@sms.cal.com").lower()
    return Attendee(given.name, email, given.phoneNumber, given.timeZone, given.language)


def _location(wish: CreateBooking | None, attendee: Attendee) -> str:
    given = wish.location if wish else None
    if isinstance(given, Location):
        named = given.phone or given.address or given.location or given.link or given.integration
        return named or attendee.phone or ""
    return given or attendee.phone or "integrations:daily"


def _minutes(kind: EventType, asked: int | None) -> int:
    if asked is None:
        return kind.minutes
    if not kind.lengths:
        raise refusals.bad_request(
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible "
            "lengths. Please, remove the 'lengthInMinutes' field from the request."
        )
    if asked not in kind.lengths:
        raise refusals.bad_request(
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. "
            "The possible lengths are: " + ", ".join(map(str, kind.lengths))
        )
    return asked


def _trigger(row: Booking) -> str:
    return "BOOKING_REQUESTED" if row.status == "pending" else "BOOKING_CREATED"
