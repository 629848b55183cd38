"""One day of a company, as both sides tell it: every kind of event, some of them twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.store.models import Appointment, Customer, ServiceRow
from askpro.store.vault import digest
from tests import calcom_telling as calcom
from tests import retell_telling as retell

MORNING = datetime(2026, 10, 20, 6, 0, tzinfo=UTC)
START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
COURSE = 3100523
_ANNE = {"name": "Anne Ohnetel", "email": "anne@example.org"}
_BEA = {"name": "Bea Sitzplatz", "email": "bea@example.org", "phoneNumber": "+4930901821"}
_CEM = {"name": "Cem Kaya", "email": "cem@example.org", "phoneNumber": "+4930901822"}


def _at(minutes: int) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def calcom_bodies() -> list[dict[str, Any]]:
    """In the order in which it happened."""
    told = calcom.body
    later, last = START + timedelta(days=1), START + timedelta(days=2)
    moves: dict[str, Any] = {"attendee": _ANNE, "end": None}
    return [
        # Ours, by the key of the wish; moved twice, then missed and that taken back.
        told("BOOKING_CREATED", "ours1", at=_at(1), start=START, key="wish:1"),
        told("BOOKING_RESCHEDULED", "ours2", at=_at(30), start=later, previous="ours1",
             sequence=1, key="wish:1"),
        told("BOOKING_RESCHEDULED", "ours3", at=_at(60), start=last, previous="ours2", sequence=2),
        told("MEETING_ENDED", "ours3", at=_at(60), start=last, sequence=2),
        told("BOOKING_NO_SHOW_UPDATED", "ours3", at=_at(600), no_show=True),
        told("BOOKING_NO_SHOW_UPDATED", "ours3", at=_at(610), no_show=False),
        # Made on the web page without a number, moved, cancelled; told by two subscriptions.
        told("BOOKING_CREATED", "web1", at=_at(5), start=START, **moves),
        told("BOOKING_CREATED", "web1", at=_at(6), start=START, **moves),
        told("BOOKING_RESCHEDULED", "web2", at=_at(90), start=later, previous="web1", sequence=1,
             **moves),
        told("BOOKING_CANCELLED", "web2", at=_at(120), start=later, sequence=2,
             cancellationReason="Zahnweh", **moves),
        # Asked for, moved while it was, confirmed; another one is declined.
        told("BOOKING_REQUESTED", "ask1", at=_at(10), start=START, attendee=_CEM),
        told("BOOKING_REQUESTED", "ask2", at=_at(15), start=later, attendee=_CEM, previous="ask1",
             sequence=1),
        told("BOOKING_CREATED", "ask2", at=_at(20), start=later, attendee=_CEM, sequence=2),
        told("BOOKING_REQUESTED", "no1", at=_at(11), start=last, attendee=_CEM),
        told("BOOKING_REJECTED", "no1", at=_at(21), start=last, attendee=_CEM, sequence=1,
             rejectionReason="Urlaub"),
        # A course with seats: one is given back, one moves, later all is cancelled.
        told("BOOKING_CREATED", "course", at=_at(40), start=START, seat="s1", event_type=COURSE),
        told("BOOKING_CREATED", "course", at=_at(41), start=START, seat="s2", event_type=COURSE,
             attendee=_BEA),
        told("BOOKING_CREATED", "course", at=_at(42), start=START, seat="s3", event_type=COURSE,
             attendee=_CEM),
        told("BOOKING_CANCELLED", "course", at=_at(50), start=START, seat="s1", event_type=COURSE,
             sequence=1),
        told("BOOKING_RESCHEDULED", "other", at=_at(55), start=later, seat="s2", event_type=COURSE,
             attendee=_BEA, previous="course", sequence=2),
        told("BOOKING_CANCELLED", "course", at=_at(70), start=START, event_type=COURSE, sequence=3,
             attendee={}),
        # Without a booking.
        told("OOO_CREATED", "", at=_at(71)),
        told("MEETING_STARTED", "ours3", at=_at(60), start=last),
    ]  # fmt: skip


def retell_bodies() -> list[dict[str, Any]]:
    """Three calls: one books, one is put through, one is never connected."""
    second = [
        retell.body("call_started", "call_2", start_timestamp=1_792_483_200_000, agent_version=8),
        retell.body("transfer_started", "call_2", from_number=None, to_number=None),
        retell.body("transfer_ended", "call_2", duration_ms=99_000),
        retell.body("call_ended", "call_2", end_timestamp=1_792_483_260_000,
                    disconnection_reason="call_transfer", agent_version=9),
    ]  # fmt: skip
    return [
        *retell.lifecycle("call_1", _at(0)),
        *second,
        retell.body("call_ended", "call_3", disconnection_reason="dial_no_answer"),
        retell.body("call_analyzed", "call_3", call_analysis={"call_successful": False}),
    ]


def write_wish(session: Session, company: int, now: datetime) -> None:
    """What the booking service had written down when the first event came."""
    customer = select(Customer.id).where(Customer.phone_digest == digest(retell.CALLER))
    service = select(ServiceRow.id).where(ServiceRow.event_type_id == calcom.HAIRCUT)
    session.add(
        Appointment(
            company_id=company, key="wish:1", state="sent", source="voice", call_id="call_1",
            start=START, end=START + timedelta(minutes=30), changes=0,
            event_type_id=calcom.HAIRCUT, created_at=now, updated_at=now,
            attendee_name="Torben Wackernagel", customer_id=session.scalars(customer).one(),
            service_id=session.scalars(service).one(),
        )
    )  # fmt: skip
    session.flush()
