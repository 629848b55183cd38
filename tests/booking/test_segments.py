"""Services with pauses, and services of several parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from askpro.booking.model import Segment, Service, Span
from askpro.booking.segments import (
    busy_spans,
    clashes,
    composite_starts,
    part_starts,
    whole_span,
)
from tests.booking.days import at

NINE = at(10, 21, 9)
CUT = Service(1, 15, None, "Schneiden", 11, 30)
COLOUR = Service(
    2,
    15,
    None,
    "Färben",
    12,
    120,
    segments=(Segment(90, 30, True), Segment(45, 45, False), Segment(0, 45, True)),
)


def test_colouring_occupies_staff_only_while_it_works():
    assert busy_spans(COLOUR, NINE) == (
        Span.of(NINE, 45),
        Span.of(at(10, 21, 10, 30), 30),
    )


def test_the_customer_is_there_for_the_whole_of_it():
    assert whole_span(COLOUR, NINE) == Span(NINE, at(10, 21, 11))
    assert whole_span(CUT, NINE, 45) == Span.of(NINE, 45)


def test_a_service_without_segments_is_work_throughout():
    assert busy_spans(CUT, NINE) == (Span.of(NINE, 30),)


def test_segments_that_touch_are_one_stretch_of_work():
    service = replace(COLOUR, segments=(Segment(0, 30, True), Segment(30, 30, True)))
    assert busy_spans(service, NINE) == (Span.of(NINE, 60),)


def test_another_customer_fits_into_the_pause_and_not_beside_it():
    cut_in_the_pause = [Span.of(at(10, 21, 9, 45), 30)]
    cut_too_late = [Span.of(at(10, 21, 10, 15), 30)]
    assert not clashes(COLOUR, NINE, cut_in_the_pause)
    assert clashes(COLOUR, NINE, cut_too_late)


def test_parts_follow_each_other_without_a_gap():
    assert part_starts([COLOUR, CUT], NINE) == ((COLOUR, NINE), (CUT, at(10, 21, 11)))


def test_a_composite_service_is_offered_only_where_every_part_is_free():
    free = {2: [NINE, at(10, 21, 10)], 1: [at(10, 21, 11), at(10, 21, 11, 30)]}
    assert composite_starts([COLOUR, CUT], free) == (NINE,)


def test_a_composite_service_with_an_unknown_part_is_offered_nowhere():
    assert composite_starts([COLOUR, CUT], {2: [NINE]}) == ()
    assert composite_starts([], {2: [NINE]}) == ()


def test_the_same_part_twice_needs_both_of_its_times():
    later = NINE + timedelta(minutes=30)
    assert composite_starts([CUT, CUT], {1: [NINE, later]}) == (NINE,)
