"""Wishes to be called back, with a deadline each: urgent 2 h, high 4 h, normal 24 h."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from askpro.booking import cleaning, wording
from askpro.booking.model import Service
from askpro.errors import InvalidInput
from askpro.services import callers
from askpro.services.answers import Answer
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store.models import Callback
from askpro.store.vault import digest

DEADLINE_HOURS = {"urgent": 2, "high": 4, "normal": 24}


def request_callback(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: recorded, invalid. One open wish a call: a second one completes the first."""
    number = _number(turn)
    if number is None:
        return Answer("invalid", wording.callback_needs_number(), {"field": "phone"})
    name = turn.text("name")
    priority = turn.text("priority") or "normal"
    hours = DEADLINE_HOURS[priority]
    window = _cleaned(turn, "window")
    callback = record(
        runtime,
        turn,
        number=number,
        name=cleaning.person_name(name) if name else None,
        reason=_cleaned(turn, "reason") or _cleaned(turn, "notes"),
        window=window,
        priority=priority,
    )
    return Answer(
        "recorded",
        wording.callback_recorded(hours, window),
        {
            "callback_id": callback.id,
            "priority": priority,
            "due_at": turn.at.local(callback.due_at).isoformat(timespec="seconds"),
        },
    )


def keep_wish(
    runtime: Runtime, turn: Turn, service: Service, when: When, *, name: str
) -> Callback | None:
    """The calendar is down while somebody wants to book an exact time: their wish is collected.

    They asked for that very slot and did not refuse it, so it may be booked for them once the
    calendar is back. Without a number nobody can be told, so nothing is kept.
    """
    number = _number(turn)
    if number is None or when.start is None:
        return None
    return record(
        runtime,
        turn,
        number=number,
        name=name,
        reason=None,
        window=None,
        priority="high",
        service=service,
        when=when,
        agreed=turn.args.get("confirm") is not False,
    )


def record(
    runtime: Runtime,
    turn: Turn,
    *,
    number: str,
    name: str | None,
    reason: str | None,
    window: str | None,
    priority: str,
    service: Service | None = None,
    when: When | None = None,
    agreed: bool = False,
) -> Callback:
    """Write the wish down, once for a call."""
    company_id = turn.office.company_id
    key = f"{turn.office.slug}:{turn.call_id or digest(number)[:16]}"[:120]
    due_at = turn.now + timedelta(hours=DEADLINE_HOURS[priority])
    with runtime.database.of_company(company_id, write=True) as session:
        customer = callers.by_number(session, number)
        callback = session.scalar(
            select(Callback).where(Callback.key == key, Callback.state == "open")
        )
        if callback is None:
            count = len(
                session.scalars(select(Callback.id).where(Callback.key.startswith(key))).all()
            )
            callback = Callback(
                key=f"{key}:{count}" if count else key, created_at=turn.now, due_at=due_at
            )
            session.add(callback)
        callback.call_id = turn.call_id
        callback.customer_id = customer.id if customer else None
        callback.name = name or callback.name or (customer.name if customer else None)
        callback.phone = number
        callback.phone_digest = digest(number)
        callback.phone_tail = number[-3:]
        callback.reason = reason or callback.reason
        callback.window = window or callback.window
        callback.priority = priority
        callback.due_at = min(due_at, callback.due_at)
        if service is not None and when is not None and when.start is not None:
            callback.wanted_service_id = service.id
            callback.wanted_start = when.start
            callback.agreed = agreed
            callback.still_free = callback.checked_at = None
        return callback


def _number(turn: Turn) -> str | None:
    """The number to call: the one that was said, else the one that called."""
    said = turn.text("phone")
    if said:
        try:
            return cleaning.phone_number(said)
        except InvalidInput:
            return turn.number
    return turn.number


def _cleaned(turn: Turn, name: str) -> str | None:
    text = turn.text(name)
    return (cleaning.free_text(text) or None) if text else None
