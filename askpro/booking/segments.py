"""Services with pauses and services of several parts (rules.md §4, end).

Colouring may take two hours and need hands for only 45 and 30 minutes of them: staff is busy in
those. A composite service is its parts, back to back, and stands only if every one of them does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from askpro.booking.model import Service, Span


def whole_span(service: Service, start: datetime, minutes: int | None = None) -> Span:
    """From when to when the customer is there."""
    return Span.of(start, minutes or service.minutes)


def working_minutes(service: Service) -> tuple[tuple[int, int], ...]:
    """(offset, minutes) of the stretches in which somebody works, in order; empty = all the time.

    Stretches that touch are one.
    """
    stretches: list[tuple[int, int]] = []
    for segment in sorted(service.segments, key=lambda segment: segment.offset_minutes):
        if not segment.works:
            continue
        begins, ends = segment.offset_minutes, segment.offset_minutes + segment.minutes
        if stretches and sum(stretches[-1]) >= begins:
            begins, ends = stretches[-1][0], max(sum(stretches[-1]), ends)
            stretches.pop()
        stretches.append((begins, ends - begins))
    return () if stretches == [(0, service.minutes)] else tuple(stretches)


def stretches_of(span: Span, working: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    """The parts of ``span`` in which somebody works, as :func:`working_minutes` gives them."""
    found = tuple(
        Span.of(span.start + timedelta(minutes=offset), minutes) for offset, minutes in working
    )
    return found or (span,)


def busy_spans(service: Service, start: datetime, minutes: int | None = None) -> tuple[Span, ...]:
    """When staff is occupied by the service begun at ``start``: without its pauses, in order."""
    return stretches_of(whole_span(service, start, minutes), working_minutes(service))


def clashes(
    service: Service, start: datetime, taken: Collection[Span], minutes: int | None = None
) -> bool:
    """Whether the working time of the service runs into any taken span."""
    if not taken:
        return False
    return any(
        busy.overlaps(span) for busy in busy_spans(service, start, minutes) for span in taken
    )


def part_starts(parts: Sequence[Service], start: datetime) -> tuple[tuple[Service, datetime], ...]:
    """Each part with the instant at which it begins when the first begins at ``start``."""
    begun = []
    for part in parts:
        begun.append((part, start))
        start += timedelta(minutes=part.minutes)
    return tuple(begun)


def composite_starts(
    parts: Sequence[Service], free: Mapping[int, Collection[datetime]]
) -> tuple[datetime, ...]:
    """The instants at which all parts can be had back to back.

    ``free`` has the free instants of each part by service id. A part that is not in it is not
    free at all, so that nothing is offered on half an answer.
    """
    if not parts:
        return ()
    known = {part.id: frozenset(free.get(part.id, ())) for part in parts}
    return tuple(
        sorted(
            start
            for start in known[parts[0].id]
            if all(begins in known[part.id] for part, begins in part_starts(parts, start))
        )
    )
