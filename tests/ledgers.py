"""The ledger as something that can be compared: by meaning, without row numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.store.models import Appointment, BookingUid, Customer


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
