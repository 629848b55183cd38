"""What a phone call's transcript tells, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from askpro.settings import Settings

Intent = Literal["book", "cancel", "reschedule", "ask", "none"]
Action = Literal["booked", "rescheduled", "cancelled"]


@dataclass(frozen=True)
class Slot:
    """A day and a time of day, local to the branch; ``time`` None is still open."""

    date: date
    time: time | None = None


@dataclass(frozen=True)
class Weights:
    """What evidence counts, in percent (rules.md §8).

    ``base`` is where a transcript starts and ``least`` where it counts as confident; ``analysis``
    is what Retell's own analysis of the call counts. ``longest`` transcripts are read, in
    characters, longer ones are not.
    """

    base: int = 50
    least: int = 60
    analysis: int = 100
    longest: int = 50_000

    @classmethod
    def of(cls, settings: Settings) -> Weights:
        """The operator's figures."""
        return cls(
            base=settings.retell_base_confidence,
            least=settings.retell_min_confidence,
            analysis=settings.retell_retell_confidence,
            longest=settings.retell_max_transcript_length,
        )


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True)
class Confirmation:
    """What the agent said was done, and for when, as far as that was said or clear."""

    action: Action
    slot: Slot | None


@dataclass(frozen=True)
class Facts:
    """The details of one call.

    ``wanted`` is the appointment to be made (None: none, or no day was settled), ``existing`` the
    one to move or cancel. ``confident`` is true only where day and time were agreed on in the call
    and nothing is left to ask. ``confirmations`` are what the agent said to be done.
    """

    intent: Intent = "none"
    wanted: Slot | None = None
    existing: Slot | None = None
    service: str | None = None
    customer_name: str | None = None
    phone: str | None = None
    email: str | None = None
    confidence: int = 0
    confident: bool = False
    question: str | None = None
    confirmations: tuple[Confirmation, ...] = ()
