"""A caller's appointments: which ones, and which one is meant.

Only the carrier's number opens them: anonymous callers may not read, move or cancel anything, and a
heard name proves nothing (rules.md §5).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from askpro.booking import policy, wording
from askpro.booking.customers import same_person
from askpro.booking.model import Service
from askpro.booking.services import match_service
from askpro.booking.wording import Action, Entry
from askpro.errors import AskAgain, Spoken
from askpro.services import callers, wishes
from askpro.services.answers import Answer
from askpro.services.offers import iso
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn
from askpro.services.wishes import When
from askpro.store import ledger
from askpro.store.models import Appointment

#: A repeated request finds what it did before, for so long.
JUST_NOW = timedelta(minutes=30)


#: What says which appointment is meant.
_OF_THE_OLD_ONE = ("date", "time", "old_date", "old_time")
_ALL = re.compile(r"\b(?:beiden?|alle|alles|sämtliche)\b", re.IGNORECASE)
#: Of a whole the state of its least certain part is told.
_CERTAINTY = {"unknown": 1, "sent": 2, "wished": 3, "requested": 4, "confirmed": 5}


class NotThisOne(Spoken):
    """No single appointment is meant; carries the whole answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message)
        self.answer = answer


def query_appointment(runtime: Runtime, turn: Turn) -> Answer:
    """Statuses: found, none, not_allowed."""
    if turn.anonymous:
        return Answer("not_allowed", wording.not_allowed("query"), {"appointments": []})
    when = wishes.wished_time(runtime, turn)
    # "Ab Montag" has no end for what is booked already.
    endless = replace(when, until=date.max) if when and when.any_day else when
    found = _standing(runtime, turn, endless)
    if not found:
        sentence = wording.none_found(turn.at, *_days_of(when))
        return Answer("none", sentence, {"appointments": []})
    return Answer(
        "found",
        wording.found(turn.at, [entry_of(turn, *parts) for parts in found]),
        {"appointments": [shown(turn, *parts) for parts in found]},
    )


def the_one(
    runtime: Runtime, turn: Turn, action: Action, when: When | None
) -> tuple[Appointment, ...]:
    """The appointment that is to be moved or cancelled: its parts, one where it has none.

    Raises :class:`NotThisOne` with the answer when it is none, several, or not this caller's.
    """
    if turn.anonymous:
        raise NotThisOne(Answer("not_allowed", wording.not_allowed(action)))
    found = _named(turn, _standing(runtime, turn, when))
    if not found:
        sentence = wording.not_found(turn.at, action, *_days_of(when))
        raise NotThisOne(Answer("not_found", sentence))
    if len(found) > 1:
        entries = _told_apart([entry_of(turn, *parts) for parts in found], found)
        raise NotThisOne(
            Answer(
                "which_one",
                wording.which_one(turn.at, entries, action),
                {"appointments": [shown(turn, *parts) for parts in found]},
            )
        )
    return found[0]


def _named(
    turn: Turn, found: Sequence[tuple[Appointment, ...]]
) -> Sequence[tuple[Appointment, ...]]:
    """Of several appointments those for the service and the person that were named, as far as that
    leaves any; of two that nothing tells apart, the first."""
    if len(found) < 2:
        return found
    found = [parts for parts in found if is_as_named(turn, parts)] or found
    one = found[0]
    is_same = all(
        (parts[0].start, _kind(parts)) == (one[0].start, _kind(one))
        and parts[0].attendee_name == one[0].attendee_name
        for parts in found
    )
    return found[:1] if is_same else found


def is_as_named(turn: Turn, parts: Sequence[Appointment]) -> bool:
    """Whether the appointment is for the service and the person that were named, if any were."""
    spoken, name, booked_for = turn.text("service"), turn.text("name"), parts[0].attendee_name
    service = match_service(spoken, turn.office.services).service if spoken else None
    service = service or wishes.service_beside(turn, *_OF_THE_OLD_ONE)
    if service is not None and _kind(parts) != service.id:
        return False
    return not name or booked_for is None or same_person(name, booked_for)


def _kind(parts: Sequence[Appointment]) -> int | None:
    return parts[0].group_service_id or parts[0].service_id


def _told_apart(
    entries: Sequence[Entry], found: Sequence[tuple[Appointment, ...]]
) -> Sequence[Entry]:
    """Two seats at one time are told apart by the names that they were booked for."""
    same = Counter((entry.start, entry.service) for entry in entries)
    return [
        replace(entry, name=parts[0].attendee_name)
        if same[entry.start, entry.service] > 1
        else entry
        for entry, parts in zip(entries, found, strict=True)
    ]


def _days_of(when: When | None) -> tuple[date | None, date | None]:
    """The first and the last day that were asked for, where there are any."""
    if when is None or when.until == date.max:
        return (when.day if when else None), None
    return when.day, when.until


def own_at(
    runtime: Runtime, turn: Turn, service: Service, start: datetime, name: str | None = None
) -> tuple[Appointment, ...]:
    """The caller's own appointment at ``start``, its parts; none where it is for another service
    or, if a ``name`` is given, for somebody else.

    Other clients' wishes have their own keys, and their numbers no carrier vouches for.
    """
    if turn.number is None or turn.source == "rest":
        return ()
    if all(span.start != start for span in callers.own_appointments(runtime, turn)):
        return ()
    for parts in _standing(runtime, turn, When(turn.at.day(start), start=start)):
        row = parts[0]
        is_same = _kind(parts) == service.id or not turn.text("service")
        heard = name is None or row.attendee_name is None or same_person(name, row.attendee_name)
        if is_same and heard and not any(part.pending_change for part in parts):
            return parts
    return ()


def changed_just_now(
    runtime: Runtime, turn: Turn, *, state: str, when: When | None
) -> Appointment | None:
    """What this caller changed to ``state`` a moment ago: the same request came twice."""
    if turn.number is None:
        return None
    with runtime.database.of_company(turn.office.company_id) as session:
        customer = callers.by_number(session, turn.number)
        if customer is None:
            return None
        rows = session.scalars(
            select(Appointment)
            .where(
                Appointment.customer_id == customer.id,
                Appointment.state == state,
                Appointment.updated_at > turn.now - JUST_NOW,
                Appointment.changes > 0,
            )
            .order_by(Appointment.updated_at.desc())
        ).all()
    fitting = (row for row in rows if _fits(turn, row, when) and is_as_named(turn, (row,)))
    return next(fitting, None)


def check_policy(runtime: Runtime, turn: Turn, action: policy.Kind, *parts: Appointment) -> int:
    """The fee of the change in cents. Raises :class:`NotThisOne` when a policy is against it."""
    row = parts[0]
    service = turn.office.service(row.group_service_id or row.service_id)
    rules = policy.effective(service.policy if service else None, turn.office.policy)
    month = turn.at.local(turn.now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with runtime.database.of_company(turn.office.company_id) as session:
        changed = session.scalar(
            select(func.coalesce(func.sum(Appointment.changes), 0)).where(
                Appointment.customer_id == row.customer_id,
                Appointment.updated_at >= month,
                # Of a composite appointment only the first part counts.
                func.coalesce(Appointment.group_key, Appointment.key) == Appointment.key,
            )
        )
    refusal = policy.may_change(rules, action, row.start, turn.now, int(changed or 0))
    if refusal is not None:
        raise NotThisOne(
            Answer(
                "not_allowed",
                wording.refused(refusal, action),
                {"appointment": shown(turn, *parts), "reason": refusal.reason},
            )
        )
    return policy.fee_cents(rules, action)


def shown(turn: Turn, *parts: Appointment) -> dict[str, Any]:
    """``{id, service, start, end, status}`` of wire.md §10, of all parts as one appointment."""
    return {
        "id": parts[0].id,
        "service": said_of(turn, parts),
        "start": iso(turn, parts[0].start),
        "end": iso(turn, parts[-1].end),
        "status": group_state(parts),
    }


def entry_of(turn: Turn, *parts: Appointment) -> Entry:
    """The appointment as it is told."""
    return Entry(parts[0].start, said_of(turn, parts), confirmed=group_state(parts) == "confirmed")


def said_of(turn: Turn, parts: Sequence[Appointment]) -> str | None:
    """The name of the service, of the composite one where it is one."""
    first = parts[0]
    service = turn.office.service(first.group_service_id if len(parts) > 1 else first.service_id)
    return service.name if service else None


def group_state(parts: Sequence[Appointment]) -> str:
    """The state of the whole: of the part that is least certain."""
    return min((part.state for part in parts), key=lambda state: _CERTAINTY.get(state, 0))


def wholes(rows: Iterable[Appointment]) -> list[tuple[Appointment, ...]]:
    """Rows in order as appointments: the parts of a composite one together."""
    found: dict[str, list[Appointment]] = {}
    for row in rows:
        found.setdefault(row.group_key or row.key, []).append(row)
    return [tuple(parts) for parts in found.values()]


def asked_time(
    runtime: Runtime,
    turn: Turn,
    date_arg: str,
    time_arg: str,
    day_of: datetime | None = None,
    *,
    unclear: str | None = None,
) -> When | None:
    """A time among the arguments; ``unclear`` is said when it was not understood.

    A bare time is meant on the local day of ``day_of``; without it, on whichever day there is an
    appointment at that time. Of two days that "nächsten Freitag" may be, that is meant on which
    there is one.
    """
    on = turn.at.day(day_of) if day_of else turn.at.today

    def stands_then(when: When) -> bool:
        return not turn.anonymous and bool(_standing(runtime, turn, when))

    try:
        when = wishes.wished_time(
            runtime,
            turn,
            date_arg=date_arg,
            time_arg=time_arg,
            bare_time_on=on,
            unclear=unclear,
            is_meant=None if day_of else stands_then,
        )
    except AskAgain as question:
        if question.sentence != unclear or not (
            wishes.service_beside(turn, date_arg, time_arg)
            or _ALL.search(f"{turn.text(date_arg)} {turn.text(time_arg)}")
        ):
            raise
        return None  # "Das Färben" says which one without its day, "beide" says it of none.
    if when is None or day_of is not None:
        return when
    if when.any_day:
        return None  # "Ab Montag" names no appointment.
    if when.start is None or turn.text(date_arg):
        return when
    moment = turn.at.local(when.start)
    return When(
        turn.at.today,
        until=date.max,
        earliest=moment.time(),
        latest=(moment + timedelta(minutes=1)).time(),
    )


def _standing(runtime: Runtime, turn: Turn, when: When | None) -> list[tuple[Appointment, ...]]:
    """The caller's appointments ahead that begin when ``when`` says, as wholes."""
    assert turn.number is not None
    with runtime.database.of_company(turn.office.company_id) as session:
        customer = callers.by_number(session, turn.number)
        if customer is None:
            return []
        rows = ledger.standing_of_customer(session, customer.id, turn.now)
    standing = [row for row in rows if (row.pending_change or {}).get("kind") != "undo"]
    return [parts for parts in wholes(standing) if _fits(turn, parts[0], when)]


def _fits(turn: Turn, row: Appointment, when: When | None) -> bool:
    if when is None:
        return True
    if when.start is not None:
        return row.start == when.start
    return when.admits(turn.at.local(row.start))
