"""How sure a call's details are: the arithmetic of rules.md §8, with the settings' figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from askpro.booking.dates import understand_wish
from askpro.booking.dates.lexicon import sense_of
from askpro.booking.dates.values import Hours
from askpro.booking.transcript.facts import Facts, Slot, Weights
from askpro.booking.transcript.reading import Call
from askpro.booking.transcript.turns import Turn

PATTERN, WEEKDAY, SERVICE, NUMERIC_TIME, FULL_DATE = 10, 10, 10, 15, 15
MOST = 100
#: Kinds of words for a time, each a kind of pattern.
_PATTERNS = (
    frozenset({"near", "morgen", "which"}),
    frozenset({"uhr", "half", "quarter"}),
    frozenset({"part"}),
)
#: What Retell's analysis may call our details.
_NAMES = {
    "date": ("appointment_date", "date", "datum"),
    "time": ("appointment_time", "time", "uhrzeit"),
    "datetime": ("appointment_datetime", "datetime"),
    "service": ("service", "service_type", "service_name", "dienstleistung"),
    "customer_name": ("customer_name", "name", "kundenname"),
    "phone": ("customer_phone", "phone", "phone_number", "telefonnummer"),
    "email": ("customer_email", "email"),
}
_LONGEST_VALUE = 250


def judged(call: Call, turns: Sequence[Turn], weights: Weights) -> Facts:
    """The call's details with their confidence.

    What is not settled gains nothing by its evidence: a wish that nobody confirmed stays at the
    base, however exactly it was worded.
    """
    confidence = min(MOST, weights.base)
    if call.settled:
        confidence = min(MOST, weights.base + _evidence(call, turns))
    return Facts(
        intent=call.intent,
        wanted=call.wanted,
        existing=call.existing,
        service=call.service,
        customer_name=call.customer_name,
        phone=call.phone,
        email=call.email,
        confidence=confidence,
        confident=call.settled and confidence >= weights.least,
        question=call.question,
        confirmations=call.confirmations,
    )


def _evidence(call: Call, turns: Sequence[Turn]) -> int:
    kinds = set()
    months = False
    for turn in turns:
        for word in turn.vocabulary:
            sense = sense_of(word)
            if sense:
                kinds.add(sense.kind)
                months = months or sense.kind == "month"
    points = sum(PATTERN for pattern in _PATTERNS if pattern & kinds)
    if "weekday" in kinds:
        points += WEEKDAY
    if call.service:
        points += SERVICE
    slot = call.wanted or call.existing
    if slot and slot.time is not None:
        points += NUMERIC_TIME
    if slot and months:
        points += FULL_DATE
    return points


def with_analysis(
    facts: Facts,
    analysis: Mapping[str, Any] | None,
    now: datetime,
    weights: Weights,
    *,
    hours: Hours | None = None,
    plausible: tuple[int, int] = (8, 20),
) -> Facts:
    """The facts, completed and outweighed by Retell's analysis where that names day and time."""
    if not analysis:
        return facts
    named = {ours: _first(analysis, theirs) for ours, theirs in _NAMES.items()}
    facts = replace(
        facts,
        service=named["service"] or facts.service,
        customer_name=named["customer_name"] or facts.customer_name,
        phone=facts.phone or named["phone"],
        email=facts.email or named["email"],
    )
    reading = understand_wish(
        now,
        date_text=named["date"],
        time_text=named["time"],
        datetime_text=named["datetime"],
        hours=hours,
        plausible=plausible,
    ).reading
    if reading is None or not reading.exact or not reading.day_said or reading.start.date is None:
        return facts
    confidence = min(MOST, weights.analysis)
    return replace(
        facts,
        intent="book" if facts.intent in ("ask", "none") else facts.intent,
        wanted=Slot(reading.start.date, reading.start.time),
        confidence=confidence,
        confident=confidence >= weights.least,
        question=None,
    )


def _first(analysis: Mapping[str, Any], names: Sequence[str]) -> str | None:
    for name in names:
        value = analysis.get(name)
        if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST_VALUE:
            return value.strip()
    return None
