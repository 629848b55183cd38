"""/v2/me, /v2/event-types, /v2/schedules, /v2/webhooks."""

from __future__ import annotations

from flask import Blueprint, Response, request

from askpro.simulator import refusals, rendering
from askpro.simulator.contract.requests import NewWebhook
from askpro.simulator.replies import actor, read, signed_in, simulation, success
from askpro.simulator.simulation import PLATFORM
from askpro.simulator.webhooks import TRIGGERS, VERSION, Subscriber
from askpro.simulator.world import EventType

blueprint = Blueprint("account", __name__)


@blueprint.get("/v2/me")
def me() -> Response:
    return success(rendering.me(signed_in().account or PLATFORM))


@blueprint.get("/v2/event-types")
def event_types() -> Response:
    """With ``username`` that user's types, hidden ones only for their owner; else one's own."""
    who = actor()
    username = request.args.get("username")
    if username is None and not who.signed_in:
        raise refusals.not_signed_in()
    if username is not None and simulation().calendar.account_named(username) is None:
        return success([])
    found = [
        kind
        for kind in simulation().calendar.event_types.values()
        if (kind.account.username == username if username else who.may_see(kind.account))
        and (not kind.hidden or who.may_see(kind.account))
    ]
    slug = request.args.get("eventSlug")
    return success([rendering.event_type(k) for k in found if slug is None or k.slug == slug])


@blueprint.get("/v2/event-types/<int:type_id>")
def one_event_type(type_id: int) -> Response:
    who = signed_in()
    kind: EventType | None = simulation().calendar.event_types.get(type_id)
    if kind is None:
        raise refusals.not_found(f"Event type with id {type_id} not found")
    if not who.may_see(kind.account):
        raise refusals.forbidden()
    return success(rendering.event_type(kind))


@blueprint.get("/v2/schedules")
def schedules() -> Response:
    who = signed_in()
    return success([rendering.schedule(a) for a in simulation().world.accounts if who.may_see(a)])


@blueprint.get("/v2/schedules/default")
def default_schedule() -> Response:
    return success(rendering.schedule(signed_in().account or PLATFORM))


@blueprint.post("/v2/webhooks")
def create_webhook() -> Response:
    who = signed_in()
    wish = read(NewWebhook)
    unknown = [trigger for trigger in wish.triggers if trigger not in TRIGGERS]
    if unknown:
        raise refusals.invalid_fields(
            [
                {
                    "property": "triggers",
                    "constraints": {"isEnum": "each value in triggers must be a known trigger"},
                    "children": [],
                    "value": unknown,
                }
            ]
        )
    made = Subscriber(
        wish.subscriberUrl,
        wish.secret,
        None if who.platform or who.account is None else who.account.id,
        frozenset(wish.triggers),
        active=wish.active,
    )
    return success(_webhook(simulation().webhooks.subscribe(made)), 201)


@blueprint.get("/v2/webhooks")
def webhooks() -> Response:
    return success([_webhook(s) for s in _own_subscribers()])


@blueprint.get("/v2/webhooks/<webhook_id>")
def one_webhook(webhook_id: str) -> Response:
    return success(_webhook(_own_subscriber(webhook_id)))


@blueprint.delete("/v2/webhooks/<webhook_id>")
def delete_webhook(webhook_id: str) -> Response:
    gone = _own_subscriber(webhook_id)
    simulation().webhooks.unsubscribe(gone.id)
    return success(_webhook(gone))


def _own_subscribers() -> list[Subscriber]:
    who = signed_in()
    return [
        s
        for s in simulation().webhooks.subscribers()
        if who.platform or (who.account and s.account_id == who.account.id)
    ]


def _own_subscriber(webhook_id: str) -> Subscriber:
    for subscriber in _own_subscribers():
        if subscriber.id == webhook_id:
            return subscriber
    raise refusals.not_found(f"Webhook with id {webhook_id} not found")


def _webhook(subscriber: Subscriber) -> dict[str, object]:
    return {
        "id": subscriber.id,
        "subscriberUrl": subscriber.url,
        "triggers": sorted(subscriber.triggers),
        "active": subscriber.active,
        "payloadTemplate": "",
        "secret": subscriber.secret,
        "version": VERSION,
        "userId": subscriber.account_id or PLATFORM.id,
    }
