"""Wishes to be called back, with a deadline each: urgent 2 h, high 4 h, normal 24 h."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from askpro.booking import cleaning, wording
from askpro.booking.model import Service
from askpro.errors import InvalidInput
from askpro.services import callers
from askpro.services.answers import Answer
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When, wished_window
from askpro.store.models import Call, Callback
from askpro.store.vault import digest, digests

DEADLINE_HOURS = {"urgent": 2, "high": 4, "normal": 24}
#: So much must be left until closing time for a call on the same day.
_TIME_TO_CALL = timedelta(minutes=30)
#: Leaves room for a number in the 120 letters of a key.
_LONGEST_KEY = 112


def request_callback(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: recorded, invalid. One open wish a call: a second one completes the first."""
    said, is_unread = _said_number(turn)
    number = said or turn.number
    if number is None:
        sentence = wording.invalid("phone") if is_unread else wording.callback_needs_number()
        return Answer("invalid", sentence, {"field": "phone"})
    name = turn.text("name")
    priority = turn.text("priority") or "normal"
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
    promise = _promise(runtime, turn, priority, window)
    return Answer(
        "recorded",
        f"{promise} {wording.callback_to_this_number()}" if is_unread else promise,
        {
            "callback_id": callback.id,
            "priority": priority,
            "due_at": turn.at.local(callback.due_at).isoformat(timespec="seconds"),
        },
    )


def _promise(runtime: Runtime, turn: Turn, priority: str, window: str | None) -> str:
    """What the caller may rely on: their own time, else the deadline where somebody is there before
    it, else the next day on which somebody is."""
    when, named = wished_window(runtime, turn, window) if window else (None, False)
    if when is not None:
        return wording.callback_at_wish(_said(turn, when))
    if named:
        return wording.callback_at_wish()
    hours, within = turn.office.hours, DEADLINE_HOURS[priority]
    if hours.is_open(turn.now) and hours.is_open(turn.now + _TIME_TO_CALL):
        return wording.callback_recorded(within)
    opening = hours.next_opening(turn.now)
    if opening and opening + _TIME_TO_CALL <= turn.now + timedelta(hours=within):
        return wording.callback_recorded(within)
    return wording.callback_recorded_for(turn.at, turn.at.day(opening) if opening else None)


def _said(turn: Turn, when: When) -> str:
    if when.start is not None:
        return wording.whens(turn.at, [when.start])
    return wording.stretch(
        turn.at,
        None if when.any_day else when.day,
        None if when.any_day else when.until,
        when.earliest,
        when.latest,
        one_time=when.is_one_time,
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


def withdraw_wishes(runtime: Runtime, turn: Turn) -> None:
    """The caller said no: nothing that this call or number wished for is booked by itself any more.
    Whoever was promised a call is called.
    """
    theirs: list[ColumnElement[bool]] = []
    if turn.call_id is not None:
        theirs.append(Callback.call_id == turn.call_id)
    if turn.number is not None:
        # Also where they named another number than the one that they call from.
        calls = select(Call.call_id).where(Call.from_digest.in_(digests(turn.number)))
        theirs.append(Callback.phone_digest.in_(digests(turn.number)))
        theirs.append(Callback.call_id.in_(calls))
    if not theirs:
        return
    agreed = (Callback.state == "open", Callback.agreed, or_(*theirs))
    with runtime.database.of_company(turn.office.company_id) as session:
        found = session.scalars(select(Callback.id).where(*agreed)).all()
    if found:
        # Hardly anybody has such a wish: a mere look takes no lock.
        with runtime.database.of_company(turn.office.company_id, write=True) as session:
            session.execute(update(Callback).where(Callback.id.in_(found)).values(agreed=False))


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
    """Write the wish down, once for a call; what an earlier one of it said is kept beside."""
    due_at = turn.now + timedelta(hours=DEADLINE_HOURS[priority])
    with runtime.database.of_company(turn.office.company_id, write=True) as session:
        customer = callers.by_number(session, number)
        callback = _open_one(session, turn, number, due_at)
        callback.customer_id = customer.id if customer else None
        callback.name = name or callback.name or (customer.name if customer else None)
        callback.phone = number
        callback.phone_digest = digest(number)
        callback.phone_tail = number[-3:]
        callback.reason = _beside(callback.reason, reason)
        callback.window = window or callback.window
        # A second wish makes the first one no less urgent.
        callback.priority = min(priority, callback.priority, key=DEADLINE_HOURS.__getitem__)
        callback.due_at = min(due_at, callback.due_at)
        if service is not None and when is not None and when.start is not None:
            if (callback.wanted_service_id, callback.wanted_start) != (service.id, when.start):
                callback.reason = _beside(callback.reason, _wanted_before(turn, callback))
            callback.wanted_service_id = service.id
            callback.wanted_start = when.start
            callback.agreed = agreed
            callback.still_free = callback.checked_at = None
        return callback


def _wanted_before(turn: Turn, callback: Callback) -> str | None:
    """The slot that was wished for before another one, for whoever calls: perhaps it was to be
    both, and the caller heard of both that they are noted."""
    if callback.wanted_start is None:
        return None
    service = turn.office.service(callback.wanted_service_id)
    start = turn.at.local(callback.wanted_start)
    return f"Zuvor gewünscht: {service.name if service else '–'}, {start:%d.%m.%Y, %H:%M} Uhr"


def _beside(known: str | None, said: str | None) -> str | None:
    """Both, the later one first, each once; cut like any note."""
    if not known or not said or said in known:
        return known or said
    return cleaning.free_text(f"{said}; {known}")


def _open_one(session: Session, turn: Turn, number: str, due_at: datetime) -> Callback:
    """The call's open wish, or a new one; without a call's id the number's.

    The unique key decides between two requests of one call at the same moment: the slower one finds
    what the faster one wrote. A key that is in use otherwise gets a number: by a wish of this call
    that was done, or by another call whose long id begins alike.
    """
    own: tuple[ColumnElement[bool], ...] = (Callback.call_id == turn.call_id,)
    if turn.call_id is None:
        own = (Callback.call_id.is_(None), Callback.phone_digest.in_(digests(number)))
    first = f"{turn.office.slug}:{turn.call_id or digest(number)[:16]}"[:_LONGEST_KEY]
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    count = session.scalar(select(func.count(Callback.id)).where(*own)) or 0
    for place in itertools.count(count):
        found = session.scalar(
            select(Callback)
            .where(*own, Callback.state == "open")
            .order_by(Callback.id)
            .limit(1)
            .with_for_update()
        ) or session.scalar(
            insert(Callback)
            .values(
                company_id=turn.office.company_id,
                call_id=turn.call_id,
                key=f"{first}:{place}" if place else first,
                phone_digest=digest(number),
                created_at=turn.now,
                due_at=due_at,
            )
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(Callback)
        )
        if found is not None:
            return found
    raise AssertionError("counting never ends")


def _number(turn: Turn) -> str | None:
    """The number to call: the one that was said, else the one that called."""
    return _said_number(turn)[0] or turn.number


def _said_number(turn: Turn) -> tuple[str | None, bool]:
    """The number that was said, and whether something was that can't be one."""
    said = turn.text("phone")
    if not said or cleaning.anonymous_number(said):
        return None, False
    try:
        return cleaning.phone_number(said), False
    except InvalidInput:
        return None, True


def _cleaned(turn: Turn, name: str) -> str | None:
    text = turn.text(name)
    return (cleaning.free_text(text) or None) if text else None
