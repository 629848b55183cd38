"""Who called, and what was asked and answered during the call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from askpro.store.tables import Base, BigId, OfCompany
from askpro.store.vault import Encrypted


class Customer(OfCompany, Base):
    """A person who calls a company, found by number inside that company only.

    ``phone_digest`` is the keyed fingerprint of the E.164 number, ``phone_tail`` its last three
    digits: what operators may search by.
    """

    __tablename__ = "customers"
    __table_args__ = (UniqueConstraint("company_id", "phone_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(Encrypted)
    phone: Mapped[str | None] = mapped_column(Encrypted)
    phone_digest: Mapped[str | None] = mapped_column(String(64))
    phone_tail: Mapped[str | None] = mapped_column(String(3))
    email: Mapped[str | None] = mapped_column(Encrypted)
    email_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]
    last_visit_at: Mapped[datetime | None]


class Call(OfCompany, Base):
    """A call. States: inbound, ongoing, ended, analyzed; a later event never erases a field.

    ``sources`` says which stage of the call each of its values was told at, so that the order in
    which events arrive does not matter. ``cost_cents`` are US cents with fractions, as Retell
    bills. ``outcome`` is one of booked, rescheduled, cancelled, callback, information, abandoned,
    voicemail, technical, spam, other.
    """

    __tablename__ = "calls"
    __table_args__ = (
        # Not unique across companies: a forged id must not keep the true one out.
        UniqueConstraint("company_id", "call_id"),
        Index("ix_calls_company_id_started_at", "company_id", "started_at"),
        Index("ix_calls_state_last_sign_at", "state", "last_sign_at"),
        Index("ix_calls_company_id_from_tail", "company_id", "from_tail"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(String(100), index=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customers.id", ondelete="SET NULL"), index=True
    )
    agent_id: Mapped[str | None] = mapped_column(String(100))
    agent_version: Mapped[int | None]
    kind: Mapped[str | None] = mapped_column(String(20))
    direction: Mapped[str | None] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default="ongoing")
    from_number: Mapped[str | None] = mapped_column(Encrypted)
    from_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    from_tail: Mapped[str | None] = mapped_column(String(3))
    to_number: Mapped[str | None] = mapped_column(String(20))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None]
    disconnection_reason: Mapped[str | None] = mapped_column(String(80))
    outcome: Mapped[str | None] = mapped_column(String(16))
    successful: Mapped[bool | None]
    sentiment: Mapped[str | None] = mapped_column(String(16))
    in_voicemail: Mapped[bool | None]
    cost_cents: Mapped[float | None] = mapped_column(Float)
    latency: Mapped[dict[str, Any] | None]
    transfer: Mapped[dict[str, Any] | None]
    details: Mapped[str | None] = mapped_column(Encrypted)
    transcript: Mapped[str | None] = mapped_column(Encrypted)
    transcript_until: Mapped[datetime | None]
    sources: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_sign_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]


class FunctionCall(OfCompany, Base):
    """The trace of one function call: what was asked (redacted), what came out, what it cost.

    ``cache`` is hit, miss, stale or none; ``steps`` the waterfall as ``[name, ms, verdict]``.
    """

    __tablename__ = "function_calls"
    __table_args__ = (
        Index("ix_function_calls_company_id_at", "company_id", "at"),
        Index("ix_function_calls_call_id_at", "call_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(index=True)
    function: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(24))
    success: Mapped[bool]
    milliseconds: Mapped[float] = mapped_column(Float)
    queries: Mapped[int] = mapped_column(default=0)
    redis_trips: Mapped[int] = mapped_column(default=0)
    calcom_ms: Mapped[float] = mapped_column(Float, default=0.0)
    cache: Mapped[str] = mapped_column(String(5), default="none")
    error: Mapped[str | None] = mapped_column(String(80))
    request_id: Mapped[str | None] = mapped_column(String(40))
    steps: Mapped[list[Any]] = mapped_column(default=list)
