"""The ledger of appointments, and what people still have to do about calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from askpro.store.tables import Base, BigId, OfCompany
from askpro.store.vault import Encrypted

#: States in which an appointment stands (or may stand) in the calendar.
STANDING = ("sent", "confirmed", "requested", "unknown")
#: States in which what it is to become may be written down: it stands, or is about to.
CHANGEABLE = ("wished", *STANDING)
#: States of a wish of which nobody knows yet whether it is booked.
UNDECIDED = ("wished", "sent", "unknown")
#: States of a wish that never reached Cal.com, as far as anybody knows.
NEVER_STOOD = ("wished", "refused")
#: The name under which the database refuses that two appointments of one person overlap.
STAFF_IS_BUSY = "staff_is_busy"
#: States of an appointment that stood once and is over.
OVER = ("cancelled", "rescheduled", "rejected", "no_show", "completed")


class Appointment(OfCompany, Base):
    """One line of the ledger (rules.md §7), written before Cal.com is asked.

    ``state``: wished, sent, confirmed, requested, refused, unknown, cancelled, rescheduled,
    rejected, no_show, completed. ``key`` is the idempotency key: the same wish of the same call
    finds this row. ``uid`` is Cal.com's current booking uid (a bearer secret: never spoken, never
    logged); ``pending_change`` what a write of unknown outcome wanted to do to a standing row, and
    ``last_change`` what was done to it last, and by which call: ``{kind, call_id}``.

    The rows of a composite service share a ``group_key``, the first one's key, and name the service
    that they are parts of (``group_service_id``).

    ``working`` are the stretches ``[offset, minutes]`` in which somebody works; empty: throughout.
    Two standing rows of one person can't overlap in it, seats apart: PostgreSQL holds that by an
    exclusion constraint, SQLite by triggers (migration 0005).
    """

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("company_id", "key"),
        # A booking stands for one appointment; one with seats for as many as it has seats.
        Index(
            "uq_appointments_uid",
            "uid",
            unique=True,
            postgresql_where=text("seat_uid IS NULL"),
            sqlite_where=text("seat_uid IS NULL"),
        ),
        Index("uq_appointments_uid_seat_uid", "uid", "seat_uid", unique=True),
        Index("ix_appointments_company_id_start", "company_id", "start"),
        Index("ix_appointments_state_updated_at", "state", "updated_at"),
        Index("ix_appointments_staff_id_start", "staff_id", "start"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customers.id", ondelete="SET NULL"), index=True
    )
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    call_id: Mapped[str | None] = mapped_column(String(100), index=True)
    key: Mapped[str] = mapped_column(String(120))
    group_key: Mapped[str | None] = mapped_column(String(120), index=True)
    group_service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    source: Mapped[str] = mapped_column(String(16), default="voice")
    state: Mapped[str] = mapped_column(String(12))
    start: Mapped[datetime]
    end: Mapped[datetime]
    working: Mapped[list[Any]] = mapped_column(default=list)
    event_type_id: Mapped[int]
    uid: Mapped[str | None] = mapped_column(String(100))
    calcom_id: Mapped[int | None] = mapped_column(BigId)
    seat_uid: Mapped[str | None] = mapped_column(String(100))
    attendee_name: Mapped[str | None] = mapped_column(Encrypted)
    attendee_phone: Mapped[str | None] = mapped_column(Encrypted)
    attendee_email: Mapped[str | None] = mapped_column(Encrypted)
    notes: Mapped[str | None] = mapped_column(Encrypted)
    reason: Mapped[str | None] = mapped_column(Encrypted)
    pending_change: Mapped[dict[str, Any] | None]
    changes: Mapped[int] = mapped_column(default=0)
    last_change: Mapped[dict[str, Any] | None]
    ical_sequence: Mapped[int | None]
    calcom_updated_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class BookingUid(OfCompany, Base):
    """What is known of one of Cal.com's uids beside the appointment that it stands for.

    A move gives a booking a new uid that names its ``previous`` one; the uids of one appointment
    form a chain whose last one is ``appointments.uid``. ``facts`` are what events said of this uid,
    merged so that their order does not matter (:mod:`askpro.services.booking_facts`); nothing
    personal.
    ``appointment_id`` is None while only events that name no time have spoken of it.
    """

    __tablename__ = "booking_uids"

    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    uid: Mapped[str] = mapped_column(String(201), primary_key=True)
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE"), index=True
    )
    previous: Mapped[str | None] = mapped_column(String(201), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class Callback(OfCompany, Base):
    """A wish to be called back. ``priority`` urgent (2 h), high (4 h), normal (24 h).

    ``wanted_service_id`` and ``wanted_start`` are the slot the caller had asked for while the
    calendar was down; ``agreed`` is true only if they said yes to that very slot.
    """

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("ix_callbacks_company_id_state_due_at", "company_id", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str | None] = mapped_column(String(100), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="SET NULL"))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str | None] = mapped_column(Encrypted)
    phone: Mapped[str | None] = mapped_column(Encrypted)
    phone_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_tail: Mapped[str | None] = mapped_column(String(3))
    reason: Mapped[str | None] = mapped_column(Encrypted)
    window: Mapped[str | None] = mapped_column(Encrypted)
    priority: Mapped[str] = mapped_column(String(8), default="normal")
    state: Mapped[str] = mapped_column(String(10), default="open")
    due_at: Mapped[datetime]
    wanted_service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    wanted_start: Mapped[datetime | None]
    agreed: Mapped[bool] = mapped_column(default=False)
    still_free: Mapped[bool | None]
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Finding(OfCompany, Base):
    """Something an operator must look at: said without done, done without said, a difference."""

    __tablename__ = "findings"
    __table_args__ = (UniqueConstraint("company_id", "kind", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    call_id: Mapped[str | None] = mapped_column(String(100), index=True)
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="CASCADE")
    )
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(8), default="open")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
