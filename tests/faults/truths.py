"""The three sentences with which every test of a fault ends (quality.md, Faults).

*Every acknowledged event is stored once and handled; every "booked" has exactly one booking at
Cal.com, and every booking there of ours has its row here; no company saw another's row.*
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from sqlalchemy import func, or_, select

from askpro.store.models import Appointment, Call, Customer, InboxEvent, ServiceRow
from tests.faults.cluster import Cluster
from tests.faults.crowd import Memory

_PROMISES = ("booked", "requested", "pending")
_STANDS = ("accepted", "pending")
_STATE_OF = {"accepted": {"confirmed"}, "pending": {"requested"}}


def hold(cluster: Cluster, memory: Memory, *, within: float = 60) -> None:
    """Check, once nobody has anything left to do: at most ``within`` seconds from now."""
    settle(cluster, within=within)
    every_acknowledged_event_is_stored_once_and_handled(cluster, memory)
    every_booked_has_exactly_one_booking_and_every_booking_its_row(cluster, memory)
    no_company_saw_anothers_row(cluster, memory)
    nobody_was_told_a_lie(cluster, memory)


def settle(cluster: Cluster, *, within: float) -> None:
    """Wait until nobody has anything left to do, at most ``within`` seconds."""
    webhooks = cluster.calcom.simulation.webhooks
    deadline = time.monotonic() + within
    # What is settled late is changed at Cal.com, which sends a webhook of it once more.
    while (waiting := _waiting(cluster)) or not webhooks.idle():
        left = f"{len(waiting)} things are left to do after {within:g} s: {waiting[:5]}"
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def _waiting(cluster: Cluster) -> list[Any]:
    """Events and appointments that somebody still has to do something about."""
    with cluster.database.unrestricted_unsafe() as session:
        events = session.execute(
            select(InboxEvent.event, InboxEvent.attempts, InboxEvent.error, InboxEvent.run_at)
            .where(InboxEvent.state == "new")
            .order_by(InboxEvent.run_at.desc())
        ).all()
        rows = session.execute(
            select(Appointment.id, Appointment.state, Appointment.pending_change).where(
                or_(
                    Appointment.state.in_(("wished", "sent", "unknown")),
                    Appointment.pending_change.is_not(None),
                )
            )
        ).all()
    return [*events, *rows]


def every_acknowledged_event_is_stored_once_and_handled(cluster: Cluster, memory: Memory) -> None:
    # Read before the rows: a webhook that arrives in between is in neither.
    deliveries = cluster.calcom.simulation.webhooks.deliveries()
    with cluster.database.unrestricted_unsafe() as session:
        rows = session.execute(
            select(InboxEvent.company_id, InboxEvent.event, InboxEvent.subject, InboxEvent.state)
        ).all()
        calls = {(row.company_id, row.call_id): row for row in session.scalars(select(Call))}
    stored = Counter((row[0], row[1], row[2]) for row in rows)
    states = {(row[0], row[1], row[2]): row[3] for row in rows}
    for event in memory.acknowledged:
        assert stored[event] == 1, f"{event} is stored {stored[event]} times"
        assert states[event] == "done", f"{event} is {states[event]}"
        company, name, call_id = event
        assert (company, call_id) in calls, f"{event} left no call"
        if name != "call_started":
            assert calls[company, call_id].state in ("ended", "analyzed")
    assert len(calls) == len({call_id for _, call_id in calls}), "a call is recorded twice"
    webhooks = {(row[1], row[2]) for row in rows}
    for delivery in deliveries:
        if delivery["status"] == 200:
            assert (delivery["trigger"], delivery["uid"]) in webhooks, delivery


def every_booked_has_exactly_one_booking_and_every_booking_its_row(
    cluster: Cluster, memory: Memory
) -> None:
    there = cluster.bookings()
    ours = [booking for booking in there if booking["metadata"].get("gw_key")]
    standing = Counter(b["metadata"]["gw_key"] for b in ours if b["status"] in _STANDS)
    assert max(standing.values(), default=1) == 1, "one wish is booked twice"
    with cluster.database.unrestricted_unsafe() as session:
        rows = list(session.scalars(select(Appointment)))
    by_uid = {row.uid: row for row in rows if row.uid}
    for booking in ours:
        _has_its_row(booking, by_uid, {row.key: row for row in rows})
    by_id = {row.id: row for row in rows}
    bookings = {booking["uid"]: booking for booking in there}
    for heard in memory.booked:
        row = by_id[heard.answer["appointment_id"]]
        assert row.call_id == heard.call_id
        assert row.uid in bookings, f"{row.id} was said to be booked and is not at Cal.com"
        assert bookings[row.uid]["metadata"]["gw_key"] == row.key
    wanted = Counter(row.uid for row in rows if row.state in ("confirmed", "requested"))
    for uid in wanted:
        assert bookings[uid]["status"] in _STANDS, "it stands here and not at Cal.com"
    starts = Counter((row.company_id, row.start) for row in rows if row.state == "confirmed")
    assert max(starts.values(), default=1) == 1, "two appointments at one time"


def _has_its_row(
    booking: dict[str, Any], by_uid: dict[str, Appointment], by_key: dict[str, Appointment]
) -> None:
    row = by_uid.get(booking["uid"])
    if row is None:
        # Moved on since, or taken back before anybody was told.
        assert booking["status"] not in _STANDS, f"no row for {booking['metadata']['gw_key']}"
        assert booking["metadata"]["gw_key"] in by_key
        return
    if booking["status"] in _STANDS:
        assert row.state in _STATE_OF[booking["status"]], (row.state, booking["status"])
    else:
        assert row.state in ("cancelled", "rejected", "rescheduled", "refused"), row.state


def no_company_saw_anothers_row(cluster: Cluster, memory: Memory) -> None:
    with cluster.database.unrestricted_unsafe() as session:
        owners = {row.id: row.company_id for row in session.scalars(select(Appointment))}
        strange = [
            session.scalar(
                select(func.count())
                .select_from(Appointment)
                .join(other, other.id == column)
                .where(other.company_id != Appointment.company_id)
            )
            for other, column in (
                (Customer, Appointment.customer_id),
                (ServiceRow, Appointment.service_id),
            )
        ]
        events = session.execute(
            select(Appointment.company_id, ServiceRow.company_id).join(
                ServiceRow, ServiceRow.event_type_id == Appointment.event_type_id
            )
        ).all()
    assert strange == [0, 0]
    assert all(one == other for one, other in events)
    for heard in memory.heard:
        for appointment_id in _ids_in(heard.answer):
            assert owners[appointment_id] == heard.company, heard


def nobody_was_told_a_lie(cluster: Cluster, memory: Memory) -> None:
    """Whose appointment stands, and who was answered at all, heard of it."""
    answered, told = set(), set()
    for heard in memory.heard:
        if heard.function == "book_appointment":
            answered.add((heard.company, heard.call_id))
            if heard.answer["status"] in _PROMISES or heard.answer.get("callback_id"):
                told.add((heard.company, heard.call_id))
    with cluster.database.unrestricted_unsafe() as session:
        standing = session.execute(
            select(Appointment.company_id, Appointment.call_id).where(
                Appointment.state.in_(("confirmed", "requested"))
            )
        ).all()
    untold = {(company, call_id) for company, call_id in standing} & answered - told
    assert not untold, f"they stand, and their callers heard otherwise: {untold}"


def _ids_in(answer: dict[str, Any]) -> list[int]:
    """Every appointment that an answer speaks of."""
    found = [answer["appointment_id"]] if answer.get("appointment_id") else []
    for name in ("appointment", "old", "new"):
        if answer.get(name):
            found.append(answer[name]["id"])
    return found + [each["id"] for each in answer.get("appointments") or ()]
