"""/v2/slots and its reservations, with every trap of calcom.md §2."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, Response, request

from askpro.simulator import refusals, rendering
from askpro.simulator.contract.requests import ReserveSlot
from askpro.simulator.replies import actor, read, simulation, success
from askpro.simulator.reservations import Hold
from askpro.simulator.world import EventType

blueprint = Blueprint("slots", __name__)
_ALREADY_RESERVED = (
    "This time slot is already reserved by another user. Please choose a different time slot."
)


@blueprint.get("/v2/slots")
def slots() -> Response:
    sim = simulation()
    query = request.args.to_dict()
    seconds = sim.slots_cache_seconds
    if seconds:
        # Cal.com keeps its output for 2 s by query; a booking or a reservation doesn't clear it.
        known = sim.slots_cache.get(request.query_string.decode())
        if known and time.monotonic() - known[0] < seconds:
            return success(known[1])
    data = _find(query)
    if seconds:
        sim.slots_cache[request.query_string.decode()] = (time.monotonic(), data)
    return success(data)


def _find(query: Mapping[str, str]) -> dict[str, list[Any]]:
    missing = [name for name in ("start", "end") if not query.get(name)]
    if missing:
        raise refusals.invalid_fields(
            [
                {
                    "property": name,
                    "constraints": {"isDateString": f"{name} must be a valid ISO 8601 date string"},
                    "children": [],
                }
                for name in missing
            ]
        )
    zone = _zone(query.get("timeZone", "UTC"))
    start, end = _bound(query["start"]), _bound(query["end"], closing=True)
    if end < start:
        raise refusals.bad_request(refusals.INVALID_RANGE)
    kind = _event_type(query)
    minutes = _duration(kind, query.get("duration"))
    shown_as = query.get("format", "time")
    if shown_as not in ("time", "range"):
        raise refusals.bad_request("format must be one of the following values: range, time")
    found = simulation().calendar.slots(
        kind, start, end, minutes=minutes, rescheduling=query.get("bookingUidToReschedule")
    )
    return rendering.slots(found, zone, as_range=shown_as == "range")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refusals.invalid_fields(
            [
                {
                    "property": "timeZone",
                    "constraints": {"isTimeZone": "timeZone must be a valid IANA time-zone"},
                    "children": [],
                    "value": name,
                }
            ]
        ) from None


def _bound(text: str, *, closing: bool = False) -> datetime:
    """A bound in UTC. A date alone means its first or last second; an ``end`` of exactly midnight
    is pushed to the last second of that day, in Cal.com as here."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            at = clock_time(23, 59, 59) if closing else clock_time(0)
            return datetime.combine(day, at, tzinfo=UTC)
        value = datetime.fromisoformat(text)
    except ValueError:
        raise refusals.bad_request(refusals.INVALID_RANGE) from None
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if closing and value.time() == clock_time(0):
        value += timedelta(hours=23, minutes=59, seconds=59)
    return value


def _event_type(query: Mapping[str, str]) -> EventType:
    calendar = simulation().calendar
    found: EventType | None = None
    if query.get("eventTypeId"):
        if not query["eventTypeId"].isdecimal():
            raise refusals.bad_request("eventTypeId must be a number")
        found = calendar.event_types.get(int(query["eventTypeId"]))
    elif query.get("teamSlug"):
        raise refusals.not_found(f"Team with slug {query['teamSlug']} not found")
    elif query.get("eventTypeSlug") and query.get("username"):
        if calendar.account_named(query["username"]) is None:
            raise refusals.not_found(f"User with username {query['username']} not found")
        found = _by_slug(query["username"], query["eventTypeSlug"])
    elif query.get("usernames"):
        raise refusals.bad_request("Dynamic event types are not simulated.")
    else:
        raise refusals.bad_request(
            "Either eventTypeId, eventTypeSlug together with username or teamSlug, "
            "or usernames must be provided."
        )
    if found is None or not actor().may_book(found):
        raise refusals.not_found("Event Type not found")
    return found


def _by_slug(username: str, slug: str) -> EventType | None:
    kinds = simulation().calendar.event_types.values()
    return next((k for k in kinds if (k.account.username, k.slug) == (username, slug)), None)


def _duration(kind: EventType, raw: str | None) -> int | None:
    if raw is None:
        return None
    if not raw.isdecimal():
        raise refusals.bad_request("duration must be a number")
    if not kind.lengths or int(raw) not in kind.lengths:
        raise refusals.bad_request(
            "Provided 'duration' is not one of the possible lengths for the event type. "
            "The possible lengths are: " + ", ".join(map(str, kind.lengths or (kind.minutes,)))
        )
    return int(raw)


# -- reservations -----------------------------------------------------------------------------


@blueprint.post("/v2/slots/reservations")
def reserve() -> Response:
    wish = read(ReserveSlot)
    kind = _reservable(wish)
    calendar = simulation().calendar
    start = _start(wish)
    minutes = wish.slotDuration or kind.minutes
    end = start + timedelta(minutes=minutes)
    with calendar.lock:
        if calendar.reservations.covers(kind, start, end):
            raise refusals.reservation_refused(_ALREADY_RESERVED)
        _refuse_booked(kind, start, end)
        held = calendar.reservations.hold(kind, start, minutes, wish.reservationDuration)
    return success(rendering.hold(held), 201)


@blueprint.get("/v2/slots/reservations/<uid>")
def reservation(uid: str) -> Response:
    held = simulation().calendar.reservations.get(uid)
    return success(rendering.hold(held) if held else None)


@blueprint.patch("/v2/slots/reservations/<uid>")
def change_reservation(uid: str) -> Response:
    wish = read(ReserveSlot)
    kind = _reservable(wish)
    calendar = simulation().calendar
    start = _start(wish)
    minutes = wish.slotDuration or kind.minutes
    end = start + timedelta(minutes=minutes)
    with calendar.lock:
        if calendar.reservations.get(uid) is None:
            raise refusals.not_found(f"Reservation with uid={uid} was not found in the database")
        if calendar.reservations.covers(kind, start, end, ignoring=uid):
            raise refusals.reservation_refused(_ALREADY_RESERVED)
        _refuse_booked(kind, start, end)
        held: Hold = calendar.reservations.move(uid, start, minutes, wish.reservationDuration)
    return success(rendering.hold(held))


@blueprint.delete("/v2/slots/reservations/<uid>")
def drop_reservation(uid: str) -> Response:
    if not simulation().calendar.reservations.drop(uid):
        raise refusals.not_found(f"Reservation with uid={uid} was not found in the database")
    return success(None)


def _start(wish: ReserveSlot) -> datetime:
    return datetime.fromisoformat(wish.slotStart).astimezone(UTC)


def _reservable(wish: ReserveSlot) -> EventType:
    kind = simulation().calendar.event_types.get(wish.eventTypeId)
    if kind is None or not actor().may_book(kind):
        raise refusals.not_found(f"Event Type with ID={wish.eventTypeId} not found")
    if wish.reservationDuration is not None and not actor().signed_in:
        raise refusals.CalRefusal(
            401, "reservationDuration can only be used for authenticated requests."
        )
    if wish.slotDuration is not None and wish.slotDuration not in kind.lengths:
        raise refusals.bad_request(
            "slotDuration can only be used for event types with multiple durations."
            if not kind.lengths
            else f"slotDuration must be one of: {', '.join(map(str, kind.lengths))}"
        )
    return kind


def _refuse_booked(kind: EventType, start: datetime, end: datetime) -> None:
    rows = simulation().calendar.shelf.overlapping(kind.account.id, start, end)
    if kind.seats is None and rows:
        raise refusals.reservation_refused("Can't reserve a slot if the event is already booked.")
    for row in rows:
        if row.event_type.id == kind.id and len(row.attendees) >= (kind.seats or 0):
            raise refusals.reservation_refused(
                f"Booking with id={row.id} at {start.isoformat()} has no more seats left."
            )
