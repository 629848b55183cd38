"""Booking details of a whole phone call, and what was said against what was done.

The face of the package::

    extract(transcript, now)                  the details, with how sure they are
    said_versus_done(facts, done, zone)       what an operator must look at

A transcript never books (rules.md §8). It is read by rules only, in time that grows with its
length: ``turns``, ``speech_acts``, ``hearing`` (days and times), ``negotiation`` (what was agreed
on), ``changes`` (cancel and move), ``persons``, ``contact``, ``treatments``, ``evidence``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from askpro.booking.dates.values import Frame, Hours
from askpro.booking.model import Service
from askpro.booking.transcript.comparison import Discrepancy, Done, said_versus_done
from askpro.booking.transcript.evidence import judged, with_analysis
from askpro.booking.transcript.facts import (
    DEFAULT_WEIGHTS,
    Confirmation,
    Facts,
    Intent,
    Slot,
    Weights,
)
from askpro.booking.transcript.reading import read_call
from askpro.booking.transcript.turns import read_turns

__all__ = [
    "Confirmation",
    "Discrepancy",
    "Done",
    "Facts",
    "Intent",
    "Slot",
    "Weights",
    "extract",
    "said_versus_done",
]


def extract(
    transcript: str,
    now: datetime,
    *,
    services: Sequence[Service] = (),
    hours: Hours | None = None,
    plausible: tuple[int, int] = (8, 20),
    weights: Weights = DEFAULT_WEIGHTS,
    analysis: Mapping[str, Any] | None = None,
) -> Facts:
    """The details of a call that began at ``now`` (aware, local to the branch).

    ``services`` and ``hours`` are the branch's, where known; ``analysis`` is Retell's own
    ``custom_analysis_data``, which outweighs what was read. A transcript longer than
    ``weights.longest`` characters is not read at all.
    """
    if len(transcript) > weights.longest:
        return with_analysis(Facts(), analysis, now, weights, hours=hours, plausible=plausible)
    turns = read_turns(transcript)
    call = read_call(turns, Frame(now, hours, plausible), services)
    facts = judged(call, turns, weights)
    return with_analysis(facts, analysis, now, weights, hours=hours, plausible=plausible)
