"""/_sim: the knobs and windows of the simulator itself. Nothing of this exists at Cal.com."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import Blueprint, Response, current_app, request

from askpro.simulator import changes, rendering
from askpro.simulator.bookings import Booking
from askpro.simulator.contract.requests import CreateBooking
from askpro.simulator.faults import read_fault
from askpro.simulator.refusals import CalRefusal, bad_request
from askpro.simulator.replies import json_body, plain, read, simulation
from askpro.simulator.webhooks import TRIGGERS, Subscriber
from askpro.simulator.world import instant

blueprint = Blueprint("control", __name__)


@blueprint.get("/_sim")
def knobs() -> Response:
    """This list."""
    shown = {}
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith("/_sim"):
            methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            about = current_app.view_functions[rule.endpoint].__doc__ or ""
            shown[f"{methods} {rule.rule}"] = " ".join(about.split())
    return plain(shown)


@blueprint.get("/_sim/health")
def health() -> Response:
    """Is it there, what time is it there, and how much does it know."""
    sim = simulation()
    return plain(
        {
            "status": "healthy",
            "now": rendering.stamp(sim.clock.now()),
            "accounts": [a.username for a in sim.world.accounts],
            "event_types": len(sim.calendar.event_types),
            "bookings": len(sim.calendar.shelf),
        }
    )


@blueprint.get("/_sim/faults")
def faults() -> Response:
    """The faults in force, and how many requests they struck."""
    return plain(simulation().faults.shown())


@blueprint.post("/_sim/faults")
def set_fault() -> Response:
    """Put one fault in force (see :mod:`askpro.simulator.faults`); a harmless one takes it back."""
    try:
        simulation().faults.set(read_fault(_object()))
    except (ValueError, TypeError) as why:
        return plain({"error": str(why)}, 400)
    return plain(simulation().faults.shown())


@blueprint.delete("/_sim/faults")
def clear_faults() -> Response:
    """Take all faults back and let go of what hangs."""
    simulation().faults.clear()
    return plain(simulation().faults.shown())


@blueprint.post("/_sim/reset")
def reset() -> Response:
    """Back to the first day: bookings, faults, limits and the request book."""
    simulation().reset()
    return plain({"status": "reset"})


@blueprint.post("/_sim/seed")
def seed() -> Response:
    """Start over from the world in the body."""
    try:
        simulation().seed(_object())
    except (KeyError, ValueError, TypeError) as why:
        return plain({"error": f"not a world: {why!r}"}, 400)
    return plain({"status": "seeded", "event_types": len(simulation().calendar.event_types)})


@blueprint.post("/_sim/event-types")
def patch_event_type() -> Response:
    """Turn switches of one event type: ``{"id": 1, "requires_confirmation": true}``."""
    wish = _object()
    try:
        simulation().calendar.patch_event_type(int(wish.pop("id")), wish)
    except (KeyError, ValueError, TypeError, AttributeError) as why:
        return plain({"error": f"no such event type or switch: {why!r}"}, 400)
    return plain({"status": "changed"})


@blueprint.post("/_sim/settings")
def settings() -> Response:
    """``requests_per_minute`` (0 = no limit), ``block_seconds``, ``slots_cache_seconds``."""
    sim = simulation()
    wish = _object()
    sim.throttle.per_minute = int(wish.get("requests_per_minute", sim.throttle.per_minute))
    sim.throttle.block_seconds = float(wish.get("block_seconds", sim.throttle.block_seconds))
    sim.slots_cache_seconds = float(wish.get("slots_cache_seconds", sim.slots_cache_seconds))
    sim.throttle.forget()
    sim.slots_cache.clear()
    return plain({"status": "set"})


@blueprint.get("/_sim/requests")
def requests() -> Response:
    """What arrived, counted; ``path`` is a prefix, ``full=1`` adds the last thousand."""
    query = request.args
    return plain(
        simulation().book.summary(path=query.get("path"), full=query.get("full") in ("1", "true"))
    )


@blueprint.delete("/_sim/requests")
def forget_requests() -> Response:
    """Begin the request book anew."""
    simulation().book.forget()
    return plain({"status": "forgotten"})


# -- a person at Cal.com's own page -----------------------------------------------------------


@blueprint.get("/_sim/bookings")
def bookings() -> Response:
    """Every booking of every account. Filters: ``status``, ``eventTypeId``, ``uid``."""
    query = request.args
    calendar = simulation().calendar
    with calendar.lock:
        rows = [
            row
            for row in calendar.shelf.all()
            if query.get("status") in (None, row.status)
            and query.get("eventTypeId") in (None, str(row.event_type.id))
            and query.get("uid") in (None, row.uid)
        ]
        return plain({"total": len(rows), "bookings": [_row(row) for row in rows]})


@blueprint.post("/_sim/bookings")
def person() -> Response:
    """What a person does on Cal.com's page, webhooks included.

    A body like ``POST /v2/bookings`` books as a stranger; ``{"uid", "action"}`` with ``cancel``,
    ``move`` (``start``), ``confirm``, ``decline`` or ``absent`` is the host's doing.
    """
    wish = _object()
    calendar = simulation().calendar
    try:
        if "uid" in wish:
            row = _host_side(wish)
        else:
            made = read(CreateBooking)
            kind = calendar.event_types.get(made.eventTypeId or 0)
            if kind is None:
                return plain({"error": "unknown event type"}, 404)
            row = calendar.book(kind, made, signed_in=True)[0]
    except CalRefusal as refusal:
        return plain({"error": refusal.message, "details": refusal.details}, refusal.status)
    with calendar.lock:
        return plain({"booking": _row(row)}, 201)


def _host_side(wish: dict[str, Any]) -> Booking:
    calendar = simulation().calendar
    uid, action = str(wish["uid"]), wish.get("action", "cancel")
    reason = wish.get("reason") or "Der Betrieb hat abgesagt"
    with calendar.lock:
        host = changes.find(calendar, uid)[0].event_type.account.email
        if action == "cancel":
            return changes.cancel(calendar, uid, reason=reason, by=host)[0]
        if action == "move":
            start = instant(str(wish["start"])).astimezone(UTC)
            return changes.reschedule(calendar, uid, start, reason=reason, by=host)[0]
        if action == "confirm":
            return changes.confirm(calendar, uid)
        if action == "decline":
            return changes.decline(calendar, uid, reason)
        if action == "absent":
            email = changes.find(calendar, uid)[0].attendees[0].email
            return changes.mark_absent(calendar, uid, host=None, attendees=[(email, True)])
    raise bad_request(f"unknown action {action}")


# -- webhooks ---------------------------------------------------------------------------------


@blueprint.get("/_sim/webhooks")
def deliveries() -> Response:
    """The webhooks that were sent, with what the subscriber answered."""
    hooks = simulation().webhooks
    return plain(
        {
            "idle": hooks.idle(),
            "deliveries": hooks.deliveries(),
            "subscribers": [s.url for s in hooks.subscribers()],
        }
    )


@blueprint.post("/_sim/webhooks")
def make_delivery_worse() -> Response:
    """``copies`` of each event, ``delay_ms`` before each, ``paused`` until set false, ``awaited``
    inside the call that causes it."""
    hooks = simulation().webhooks
    wish = _object()
    hooks.copies = max(1, int(wish.get("copies", hooks.copies)))
    hooks.delay_ms = float(wish.get("delay_ms", hooks.delay_ms))
    hooks.awaited = bool(wish.get("awaited", hooks.awaited))
    if wish.get("paused") is True:
        hooks.paused.set()
    elif "paused" in wish:
        hooks.paused.clear()
    return plain({"status": "set"})


@blueprint.post("/_sim/subscribers")
def subscribe() -> Response:
    """``{"url", "secret", "username"}``; without a username for every account."""
    sim = simulation()
    wish = _object()
    account = sim.calendar.account_named(str(wish["username"])) if "username" in wish else None
    if not str(wish.get("url", "")).startswith("http") or ("username" in wish and not account):
        return plain({"error": "needs a url, and a username that exists"}, 400)
    secret = wish.get("secret", sim.settings.webhook_secret)
    made = Subscriber(str(wish["url"]), secret, account.id if account else None)
    sim.webhooks.subscribe(made)
    return plain({"id": made.id}, 201)


@blueprint.post("/_sim/webhooks/send")
def send() -> Response:
    """``{"trigger": "PING"}``, or ``{"trigger": "MEETING_ENDED", "uid": …}``."""
    sim = simulation()
    wish = _object()
    trigger = wish.get("trigger", "PING")
    if trigger == "PING":
        sim.ping()
        return plain({"status": "queued"})
    row = sim.calendar.shelf.find(str(wish.get("uid")))
    if row is None or trigger not in TRIGGERS:
        return plain({"error": "needs a known trigger and the uid of a booking"}, 400)
    sim.meeting(trigger, row)
    return plain({"status": "queued"})


def _row(row: Booking) -> dict[str, Any]:
    shown = rendering.booking(row)
    shown["account"] = row.event_type.account.username
    if row.rejection_reason:
        shown["rejectionReason"] = row.rejection_reason
    return shown


def _object() -> dict[str, Any]:
    body = json_body()
    return body if isinstance(body, dict) else {}
