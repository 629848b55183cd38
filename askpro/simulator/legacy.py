"""What a missing or unknown version header gets: the contract of 2024-04-15 (calcom.md §1).

Only enough of it that a client which forgot the header notices: other routes, other shapes.
"""

from __future__ import annotations

from flask import Response, request

from askpro.simulator import refusals, rendering
from askpro.simulator.replies import actor, json_body, request_path, signed_in, success
from askpro.simulator.simulation import Simulation

_REQUIRED = {
    "start": "isDateString",
    "eventTypeId": "isNumber",
    "timeZone": "isTimeZone",
    "language": "isString",
    "metadata": "isObject",
    "responses": "isObject",
}


def legacy_answer(simulation: Simulation, resource: str) -> Response:
    """Answer the current request by the oldest contract."""
    parts = request.path.strip("/").split("/")[2:]
    if resource == "event-types" and request.method == "GET" and not parts:
        return _event_types(simulation)
    if resource == "schedules" and request.method == "GET" and not parts:
        return _schedules(simulation)
    if resource == "bookings" and request.method == "GET" and len(parts) <= 1:
        return _bookings(simulation, parts[0] if parts else None)
    if resource == "bookings" and request.method == "POST" and not parts:
        raise _old_fields_missing()
    raise refusals.no_route(request.method, request_path())


def _event_types(simulation: Simulation) -> Response:
    me = signed_in()
    groups = [
        {
            "profile": {"slug": account.username, "name": account.name},
            "eventTypes": [
                {"id": kind.id, "length": kind.minutes, "slug": kind.slug, "title": kind.title}
                for kind in simulation.calendar.event_types.values()
                if kind.account.id == account.id
            ],
        }
        for account in simulation.world.accounts
        if me.may_see(account)
    ]
    return success({"eventTypeGroups": groups, "profiles": []})


def _schedules(simulation: Simulation) -> Response:
    me = signed_in()
    return success(
        [
            {"id": a.schedule_id, "name": "Öffnungszeiten", "isManaged": False, "workingHours": []}
            for a in simulation.world.accounts
            if me.may_see(a)
        ]
    )


def _bookings(simulation: Simulation, uid: str | None) -> Response:
    calendar = simulation.calendar
    if uid is not None:
        with calendar.lock:
            row = calendar.shelf.find(uid)
        if row is None:
            raise refusals.not_found(f"Booking with UID={uid} does not exist.")
        return success(rendering.legacy_booking(row))
    me = actor()
    if not me.signed_in:
        raise refusals.not_signed_in()
    with calendar.lock:
        rows = [
            rendering.legacy_booking(row)
            for row in calendar.shelf.all()
            if me.may_see(row.event_type.account)
        ]
    return success({"bookings": rows[:10], "recurringInfo": [], "nextCursor": None})


def _old_fields_missing() -> refusals.CalRefusal:
    body = json_body()
    given = body if isinstance(body, dict) else {}
    errors = [
        {
            "property": name,
            "constraints": {constraint: f"{name} is required"},
            "children": [],
            "target": given,
        }
        for name, constraint in _REQUIRED.items()
        if name not in given
    ]
    return refusals.invalid_fields(errors)
