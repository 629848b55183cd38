"""The inbox: events of both sides, and the worker's queue at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from askpro.store.tables import Base, BigId
from askpro.store.vault import Encrypted

#: Which events a worker may claim, as the indexes along which it finds them say it: with values in
#: place of parameters, or no database could tell that the index serves.
FRESH = text("state = 'new' AND attempts = 0")
TRIED = text("state = 'new' AND attempts > 0")


class InboxEvent(Base):
    """One verified event. ``dedupe_key`` makes a repetition find this row.

    ``state``: new, done, ignored, dead. ``run_at`` is when it may be claimed and, while a worker
    holds it, when its lease ends; ``lease_token`` fences a worker that lost its lease.
    ``company_id`` is None until a company answers for it, which must be one that ``signed_by`` (a
    company's id; None = the platform's key) may speak for. Not an ``OfCompany`` table: the worker
    works for all companies, and names the company as soon as it acts. ``body`` is read by
    :func:`askpro.store.inbox.body_of` only: one that can't be decrypted must not spoil a list.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_fresh", "run_at", "id", postgresql_where=FRESH, sqlite_where=FRESH),
        Index("ix_inbox_tried", "run_at", "id", postgresql_where=TRIED, sqlite_where=TRIED),
        Index("ix_inbox_company_id_received_at", "company_id", "received_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider: Mapped[str] = mapped_column(String(8))
    event: Mapped[str] = mapped_column(String(60))
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id"))
    subject: Mapped[str | None] = mapped_column(String(100), index=True)
    signed_by: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default="new")
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime]
    lease_token: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None] = mapped_column(String(120))
    effect: Mapped[dict[str, Any] | None]
    done_at: Mapped[datetime | None]


class Job(Base):
    """Periodic work, done once across all workers: whoever moves ``run_at`` does it."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    run_at: Mapped[datetime]
    lease_token: Mapped[str | None] = mapped_column(String(40))
    last_started_at: Mapped[datetime | None]
    last_finished_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(120))
    last_result: Mapped[dict[str, Any] | None]


class WorkerBeat(Base):
    """A sign of life of a worker process."""

    __tablename__ = "worker_beats"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime] = mapped_column(index=True)
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
