"""/v2/bookings: create, read, move, cancel, confirm, decline, mark absent."""

from __future__ import annotations

from flask import Blueprint, Response, request

from askpro.simulator import changes, refusals, rendering, search
from askpro.simulator.bookings import Booking
from askpro.simulator.contract.requests import (
    CancelBooking,
    CreateBooking,
    DeclineBooking,
    MarkAbsent,
    RescheduleBooking,
)
from askpro.simulator.replies import actor, read, signed_in, simulation, success
from askpro.simulator.world import EventType

blueprint = Blueprint("bookings", __name__)


@blueprint.post("/v2/bookings")
def create() -> Response:
    wish = read(CreateBooking)
    calendar = simulation().calendar
    kind = _event_type(wish)
    rows = calendar.book(kind, wish, signed_in=actor().signed_in)
    with calendar.lock:
        seat = rows[0].attendees[-1] if kind.seats is not None else None
        return success(rendering.bookings(rows, seat=seat), 201)


def _event_type(wish: CreateBooking) -> EventType:
    kinds = simulation().calendar.event_types
    found: EventType | None = None
    if wish.eventTypeId is not None:
        found = kinds.get(wish.eventTypeId)
        missing = f"Event type with id {wish.eventTypeId} not found."
    else:
        named = (wish.username, wish.eventTypeSlug)
        found = next((k for k in kinds.values() if (k.account.username, k.slug) == named), None)
        missing = f"Event type with slug {wish.eventTypeSlug} not found."
    if found is None or not actor().may_book(found):
        raise refusals.not_found(missing)
    return found


@blueprint.get("/v2/bookings")
def many() -> Response:
    who = signed_in()
    calendar = simulation().calendar
    query = request.args.to_dict()
    with calendar.lock:
        page = search.search(calendar, query, lambda row: who.may_see(row.event_type.account))
        shown = [rendering.booking(row) for row in page.rows]
    return success(
        shown, pagination=rendering.pagination(page.total, len(shown), page.take, page.skip)
    )


@blueprint.get("/v2/bookings/<uid>")
def one(uid: str) -> Response:
    rows = _visible(uid)
    with simulation().calendar.lock:
        if len(rows) == 1:
            return success(rendering.booking(rows[0]))
        return success(rendering.bookings(rows))


@blueprint.post("/v2/bookings/<uid>/reschedule")
def reschedule(uid: str) -> Response:
    wish = read(RescheduleBooking)
    _visible(uid)
    calendar = simulation().calendar
    with calendar.lock:
        row, seat = changes.reschedule(
            calendar,
            uid,
            wish.starts_at,
            reason=wish.reschedulingReason,
            by=wish.rescheduledBy,
            seat_uid=wish.seatUid,
        )
        return success(rendering.booking(row, seat=seat), 201)


@blueprint.post("/v2/bookings/<uid>/cancel")
def cancel(uid: str) -> Response:
    wish = read(CancelBooking)
    _visible(uid)
    who = actor()
    calendar = simulation().calendar
    with calendar.lock:
        rows = changes.cancel(
            calendar,
            uid,
            reason=wish.cancellationReason,
            by=who.account.email if who.account and not who.platform else None,
            seat_uid=wish.seatUid,
            subsequent=bool(wish.cancelSubsequentBookings),
            as_host=who.signed_in,
        )
        if len(rows) == 1:
            return success(rendering.booking(rows[0]))
        return success(rendering.bookings(rows))


@blueprint.post("/v2/bookings/<uid>/confirm")
def confirm(uid: str) -> Response:
    _own(uid)
    return success(rendering.booking(changes.confirm(simulation().calendar, uid)))


@blueprint.post("/v2/bookings/<uid>/decline")
def decline(uid: str) -> Response:
    _own(uid)
    wish = read(DeclineBooking)
    return success(rendering.booking(changes.decline(simulation().calendar, uid, wish.reason)))


@blueprint.post("/v2/bookings/<uid>/mark-absent")
def mark_absent(uid: str) -> Response:
    _own(uid)
    wish = read(MarkAbsent)
    marks = [(a.email, a.absent) for a in wish.attendees]
    row = changes.mark_absent(simulation().calendar, uid, host=wish.host, attendees=marks)
    return success(rendering.booking(row))


def _visible(uid: str) -> list[Booking]:
    """A uid is a bearer secret: without a key it suffices; another account's key is refused."""
    rows = changes.find(simulation().calendar, uid)
    if actor().signed_in and not actor().may_see(rows[0].event_type.account):
        raise refusals.forbidden()
    return rows


def _own(uid: str) -> None:
    signed_in()
    _visible(uid)
