"""Who may act, who did, and what is wrong: tokens, operators, audit, alerts, guard events.

Operators, audit entries, alerts and guard events may stand above the companies
(``company_id`` None = the whole installation), so they are not ``OfCompany`` tables; the functions
in :mod:`askpro.store.reports` take the company of the one who asks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from askpro.store.tables import Base, BigId, OfCompany


class ApiToken(OfCompany, Base):
    """A company's bearer token for ``/api/v2``; only its digest is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Operator(Base):
    """A person at the dashboard. ``role`` viewer or operator; ``company_id`` None = all companies.

    ``session_epoch`` is part of the session: raising it ends every session of the person.
    """

    __tablename__ = "operators"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(10), default="viewer")
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    invite_digest: Mapped[str | None] = mapped_column(String(64))
    invite_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what, to what, and why. Rows are added and never changed."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    operator_id: Mapped[int | None]
    who: Mapped[str] = mapped_column(String(120))
    company_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(60))
    target: Mapped[str | None] = mapped_column(String(160))
    reason: Mapped[str | None] = mapped_column(String(500))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Alert(Base):
    """A condition of rules.md §10 with its begin and end. ``severity`` warning or critical."""

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_kind_subject_ended_at", "kind", "subject", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120), default="")
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    severity: Mapped[str] = mapped_column(String(10))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(120))
    acknowledged_at: Mapped[datetime | None]
    silenced_until: Mapped[datetime | None]
    silence_reason: Mapped[str | None] = mapped_column(String(300))
    notified_at: Mapped[datetime | None]


class GuardEvent(Base):
    """Something a guard did: a circuit's transition, a limit's violation, a refused crossing."""

    __tablename__ = "guard_events"
    __table_args__ = (Index("ix_guard_events_kind_at", "kind", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(30))
    company_id: Mapped[int | None] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
