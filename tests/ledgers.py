"""Ledger and calls as something that can be compared: by meaning, without row numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.store.models import Appointment, BookingUid, Call, Customer

_TIMELESS = {"id", "created_at", "last_sign_at", "customer_id", "details", "transcript"}


def appointments(session: Session) -> list[dict[str, Any]]:
    """Every appointment with its former uids and its customer's number, in a fixed order."""
    former: dict[int, list[str]] = {}
    for link in session.scalars(select(BookingUid).order_by(BookingUid.uid)):
        if link.appointment_id is not None:
            former.setdefault(link.appointment_id, []).append(link.uid)
    people = {row.id: (row.phone, row.email) for row in session.scalars(select(Customer))}
    rows = [
        {
            "company": row.company_id,
            "key": row.key,
            "source": row.source,
            "uid": row.uid,
            "seat": row.seat_uid,
            "state": row.state,
            "start": row.start,
            "end": row.end,
            "service": row.service_id,
            "staff": row.staff_id,
            "who": (row.attendee_name, row.attendee_phone, row.attendee_email),
            "customer": people.get(row.customer_id or -1),
            "reason": row.reason,
            "changes": row.changes,
            "pending": row.pending_change,
            "uids": former.get(row.id, []),
        }
        for row in session.scalars(select(Appointment))
    ]
    return sorted(rows, key=lambda row: (row["uid"] or "", row["seat"] or "", row["key"]))


def links(session: Session) -> list[tuple[Any, ...]]:
    """What is known of every uid."""
    rows = session.scalars(select(BookingUid).order_by(BookingUid.company_id, BookingUid.uid))
    return [
        (row.company_id, row.uid, row.previous, tuple(sorted(map(str, row.facts.items()))))
        for row in rows
    ]


def calls(session: Session) -> list[dict[str, Any]]:
    """Every call, whenever it was told of."""
    people = {row.id: row.phone for row in session.scalars(select(Customer))}
    names = [name for name in Call.__table__.columns.keys() if name not in _TIMELESS]  # noqa: SIM118
    return [
        {**{name: getattr(row, name) for name in names}, "who": people.get(row.customer_id or -1)}
        for row in session.scalars(select(Call).order_by(Call.call_id))
    ]


def end_state(session: Session) -> dict[str, Any]:
    """All that events may have changed in the session's company."""
    return {
        "appointments": appointments(session),
        "uids": links(session),
        "calls": calls(session),
        "customers": sorted(
            (row.name or "", row.phone or "", row.email or "")
            for row in session.scalars(select(Customer))
        ),
    }


def differences(state: dict[str, Any], expected: dict[str, Any]) -> list[Any]:
    """What is in one of them only."""
    return [
        (name, thing)
        for name in expected
        for thing in (*state[name], *expected[name])
        if (thing in state[name]) != (thing in expected[name])
    ]
