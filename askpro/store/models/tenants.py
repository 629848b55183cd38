"""Companies and what belongs to their house: branches, numbers, agents, services, staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from askpro.store.tables import Base, OfCompany
from askpro.store.vault import Encrypted


class Company(Base):
    """A tenant. ``service_mode``: open, messages (callback wishes only) or paused."""

    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    trade: Mapped[str | None] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(255))
    service_mode: Mapped[str] = mapped_column(String(16), default="open")
    calcom_username: Mapped[str | None] = mapped_column(String(120))
    calcom_user_id: Mapped[int | None]
    calcom_api_key: Mapped[str | None] = mapped_column(Encrypted)
    calcom_webhook_secret: Mapped[str | None] = mapped_column(Encrypted)
    calcom_webhook_token: Mapped[str | None] = mapped_column(Encrypted)
    calcom_webhook_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    retell_api_key: Mapped[str | None] = mapped_column(Encrypted)
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    retention: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    calcom_synced_until: Mapped[datetime | None]


class Branch(OfCompany, Base):
    """A place of business with hours of its own (the JSON of ``booking.hours.OpeningHours``)."""

    __tablename__ = "branches"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64))
    bundesland: Mapped[str | None] = mapped_column(String(2))
    hours: Mapped[dict[str, Any]] = mapped_column(default=dict)
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PhoneNumber(OfCompany, Base):
    """A number that callers dial, E.164. One number belongs to one branch of one company."""

    __tablename__ = "phone_numbers"

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    number: Mapped[str] = mapped_column(String(20), unique=True)


class Agent(OfCompany, Base):
    """A Retell agent; web calls carry no number and are found by it."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    retell_agent_id: Mapped[str] = mapped_column(String(100), unique=True)


class ServiceRow(OfCompany, Base):
    """A service as stored; ``booking.model.Service`` is what the rest of the house sees.

    ``branch_id`` None = offered by every branch.
    """

    __tablename__ = "services"
    __table_args__ = (UniqueConstraint("company_id", "branch_id", "event_type_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    event_type_id: Mapped[int] = mapped_column(index=True)
    slug: Mapped[str | None] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(250))
    minutes: Mapped[int]
    price_cents: Mapped[int | None]
    synonyms: Mapped[list[Any]] = mapped_column(default=list)
    is_default: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(default=100)
    notice_minutes: Mapped[int | None]
    bookable: Mapped[bool] = mapped_column(default=True)
    why_not: Mapped[str | None] = mapped_column(String(300))
    seats: Mapped[int | None]
    multi_length: Mapped[bool] = mapped_column(default=False)
    segments: Mapped[list[Any]] = mapped_column(default=list)
    parts: Mapped[list[Any]] = mapped_column(default=list)
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    removed_at: Mapped[datetime | None]


class Staff(OfCompany, Base):
    """A person who does the work, known by their Cal.com user."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("company_id", "calcom_user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    name: Mapped[str] = mapped_column(String(150))
    calcom_user_id: Mapped[int]
