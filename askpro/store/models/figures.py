"""What happened in each minute, counted as it is written, so that no page has to count calls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, Index
from sqlalchemy.orm import Mapped, mapped_column

from askpro.store.tables import Base

#: The row of the whole installation.
EVERYBODY = 0


class Figure(Base):
    """Sums over the function calls of one company in one minute.

    ``company_id`` is :data:`EVERYBODY` for the sum of all, so this is not an ``OfCompany`` table;
    :mod:`askpro.store.reports.figures` takes the scope of the one who asks. ``slow`` and ``chatty``
    count requests over the thresholds of time and queries.
    """

    __tablename__ = "figures"
    __table_args__ = (Index("ix_figures_minute", "minute"),)

    company_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    answers: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    booked: Mapped[int] = mapped_column(default=0)
    booking_faults: Mapped[int] = mapped_column(default=0)
    hits: Mapped[int] = mapped_column(default=0)
    misses: Mapped[int] = mapped_column(default=0)
    stale: Mapped[int] = mapped_column(default=0)
    calcom_calls: Mapped[int] = mapped_column(default=0)
    calcom_faults: Mapped[int] = mapped_column(default=0)
    slow: Mapped[int] = mapped_column(default=0)
    chatty: Mapped[int] = mapped_column(default=0)
    answer_ms: Mapped[float] = mapped_column(Float, default=0.0)
    calcom_ms: Mapped[float] = mapped_column(Float, default=0.0)
