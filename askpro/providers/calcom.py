"""Cal.com's API v2 for one account, in the words of this product.

Every call has one hard stop and every failure is one of ours; how that is done is in
:mod:`~askpro.providers.calcom_transport`, the wire's shapes in ``calcom_wire`` and
``calcom_bookings``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal

from askpro.clock import Clock
from askpro.errors import CalcomAnswer, CalcomError, CalcomNotFound, CalcomRejected
from askpro.providers import calcom_wire as wire
from askpro.providers.calcom_bookings import (
    Attendee,
    Booking,
    NewBooking,
    read_booking,
    read_bookings,
    read_page,
)
from askpro.providers.calcom_transport import (
    Attempt,
    CalcomAccount,
    CalcomTransport,
    Call,
    Circuit,
    Kind,
)
from askpro.providers.calcom_wire import (
    CalcomUser,
    EventType,
    FreeSlot,
    Schedule,
    utc_text,
)
from askpro.providers.http import Deadline
from askpro.settings import Settings

__all__ = [
    "Attempt",
    "Attendee",
    "Booking",
    "CalcomAccount",
    "CalcomClient",
    "CalcomUser",
    "Circuit",
    "EventType",
    "FreeSlot",
    "Kind",
    "NewBooking",
    "Schedule",
]

log = logging.getLogger(__name__)

_PAGE = 100
_MOST_PAGES = 100
_UID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NO_REASON = "Telefonisch abgesagt"


class CalcomClient:
    """Cal.com as one account sees it. Safe to share between threads; make one per account.

    What a caller may wait for takes ``not_after``, an instant of ``time.monotonic`` that the hard
    stop of every question (``CALCOM_READ_SECONDS``, ``CALCOM_WRITE_SECONDS``) must not exceed.
    Every method raises :class:`~askpro.errors.CalcomError` and nothing else.
    """

    def __init__(
        self,
        account: CalcomAccount,
        settings: Settings,
        clock: Clock,
        *,
        circuit: Circuit | None = None,
        observer: Callable[[Attempt], None] | None = None,
    ) -> None:
        self.account = account
        self._transport = CalcomTransport(
            account, settings, clock, circuit=circuit, observer=observer
        )

    # -- slots --

    def slots(
        self,
        event_type_id: int,
        start: datetime,
        end: datetime,
        *,
        minutes: int | None = None,
        moving: str | None = None,
        kind: Kind = "read",
        not_after: float | None = None,
    ) -> list[FreeSlot]:
        """Free starts from ``start`` to ``end`` (aware), ascending, as UTC instants.

        For a local day send its bounds: Cal.com takes a bare date as a day in UTC. ``minutes`` only
        for event types of several lengths. ``moving`` is the uid of a booking that is to move: its
        own time counts as free.
        """
        params = {
            "eventTypeId": str(event_type_id),
            "start": utc_text(start),
            "end": utc_text(wire.last_second(end)),
        }
        if minutes is not None:
            params["duration"] = str(minutes)
        if moving is not None:
            params["bookingUidToReschedule"] = _checked(moving)
        read = partial(wire.read_slots, start=start, end=end)
        return self._transport.ask(Call("GET", "/v2/slots", kind, params), read, not_after)

    # -- bookings --

    def book(self, new: NewBooking, *, not_after: float | None = None) -> Booking:
        """One POST, never repeated. Look at ``status``: pending is requested, not booked.

        Raises :class:`~askpro.errors.SlotTaken`, :class:`~askpro.errors.BookingConflict` (perhaps
        our own: look first), :class:`~askpro.errors.CalcomRejected`, or a fault whose
        ``maybe_done`` says whether the booking may exist.
        """
        return self._change("/v2/bookings", new.to_wire(), not_after)

    def reschedule(
        self,
        uid: str,
        start: datetime,
        reason: str,
        seat_uid: str | None = None,
        *,
        not_after: float | None = None,
    ) -> Booking:
        """Move a booking. The answer is a *new* booking with a new uid; the old one is cancelled.

        On types that need confirmation it is pending again.
        """
        body: dict[str, Any] = {"start": utc_text(start)}
        if seat_uid is not None:
            body["seatUid"] = seat_uid
        elif reason:
            # The contract of a seat's move has no reason, and unknown keys are refused.
            body["reschedulingReason"] = reason[:500]
        return self._change(f"/v2/bookings/{_checked(uid)}/reschedule", body, not_after)

    def cancel(
        self,
        uid: str,
        reason: str,
        seat_uid: str | None = None,
        *,
        not_after: float | None = None,
    ) -> Booking:
        """Cancel a booking. One that is already cancelled is success (calcom.md §4)."""
        deadline = self._transport.deadline("write", not_after)
        path = f"/v2/bookings/{_checked(uid)}/cancel"
        body = {"cancellationReason": reason[:500] or _NO_REASON}
        if seat_uid is not None:
            body["seatUid"] = seat_uid
        try:
            try:
                return self._change(path, body, deadline.at)
            except CalcomRejected:
                if seat_uid is None:
                    raise
            # Older builds take no reason for a seat (#21759). A refusal did nothing, so this is
            # a first attempt at something else and not a repetition.
            return self._change(path, {"seatUid": seat_uid}, deadline.at)
        except CalcomError as fault:
            gone = self._already_gone(uid, seat_uid, fault, deadline)
            if gone is None:
                raise
            return gone

    def _already_gone(
        self, uid: str, seat_uid: str | None, fault: CalcomError, deadline: Deadline
    ) -> Booking | None:
        """The booking that is gone, where a failed cancellation left or found it so."""
        doubtful = isinstance(fault, CalcomAnswer) or fault.maybe_done
        if not doubtful or seat_uid is not None or deadline.left() <= 0:
            return None
        try:
            found = self.booking(uid, kind="write", not_after=deadline.at)
        except CalcomError:
            return None
        # One that was moved reads cancelled as well, but it stands at another time.
        return next(
            (one for one in found if one.uid == uid and one.gone and not one.rescheduled_to_uid),
            None,
        )

    def booking(
        self, uid: str, *, kind: Kind = "read", not_after: float | None = None
    ) -> list[Booking]:
        """The booking with this uid; several when it is a recurring one's."""
        call = Call("GET", f"/v2/bookings/{_checked(uid)}", kind)
        return self._transport.ask(call, read_bookings, not_after)

    def bookings(
        self,
        *,
        attendee_email: str | None = None,
        event_type_id: int | None = None,
        status: tuple[str, ...] = (),
        after_start: datetime | None = None,
        before_end: datetime | None = None,
        after_updated: datetime | None = None,
        sort_updated: Literal["asc", "desc"] | None = None,
        kind: Kind = "background",
        not_after: float | None = None,
    ) -> Iterator[Booking]:
        """Bookings that match, page by page while they are consumed, each once.

        An admin's key sees the whole team's (calcom.md §4): filter by event type or organizer.
        There is no filter by phone or metadata. Every page has its own hard stop.
        """
        wanted = {
            "attendeeEmail": attendee_email,
            "eventTypeId": None if event_type_id is None else str(event_type_id),
            "status": ",".join(status) or None,
            "afterStart": utc_text(after_start) if after_start else None,
            "beforeEnd": utc_text(before_end) if before_end else None,
            "afterUpdatedAt": utc_text(after_updated) if after_updated else None,
            "sortUpdatedAt": sort_updated,
        }
        params = {name: value for name, value in wanted.items() if value is not None}
        seen: set[str] = set()
        skip = 0
        for _ in range(_MOST_PAGES):
            paged = {**params, "take": str(_PAGE), "skip": str(skip)}
            call = Call("GET", "/v2/bookings", kind, paged, whole=True)
            found, more = self._transport.ask(call, read_page, not_after)
            for booking in found:
                # A booking made meanwhile pushes others onto the next page.
                if booking.uid not in seen:
                    seen.add(booking.uid)
                    yield booking
            if not found or not more:
                return
            skip += len(found)
        log.warning("Cal.com has more than %d pages of bookings; not all were read", _MOST_PAGES)

    # -- the account --

    def me(self, *, kind: Kind = "background") -> CalcomUser:
        """Whose key this is; also the cheapest check of a key."""
        return self._transport.ask(Call("GET", "/v2/me", kind), wire.read_user)

    def event_types(self, username: str, *, kind: Kind = "background") -> tuple[EventType, ...]:
        """The event types of ``username``, hidden ones too where the key is the owner's."""
        call = Call("GET", "/v2/event-types", kind, {"username": username})
        return self._transport.ask(call, wire.read_event_types)

    def schedules(self, *, kind: Kind = "background") -> tuple[Schedule, ...]:
        """Weekly hours, for speaking only."""
        call = Call("GET", "/v2/schedules", kind)
        return self._transport.ask(call, wire.read_schedules)

    def _change(self, path: str, body: Mapping[str, Any], not_after: float | None) -> Booking:
        return self._transport.ask(Call("POST", path, "write", body=body), read_booking, not_after)


def _checked(uid: str) -> str:
    """``uid`` where it can be one; anything else might lead to another route of the API."""
    if not _UID.fullmatch(uid):
        raise CalcomNotFound("no uid of Cal.com looks like this")
    return uid
