"""Which free times are offered, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpro.booking import slots
from askpro.booking.hours import OpeningHours
from askpro.booking.hours_text import parse_hours
from askpro.booking.model import Span
from tests.booking.days import BERLIN, NOW, at

HOURS = OpeningHours(BERLIN)
WISH = at(10, 22, 11)


def offer(
    free: list[datetime], wish: datetime = WISH, *, notice: int = 0, **more: object
) -> tuple[datetime, ...]:
    """What is offered of a calendar's answer to a caller who can't have the wish."""
    arguments: dict[str, object] = {"hours": HOURS, "refused": {wish}, **more}
    return slots.alternatives(slots.bookable(free, now=NOW, notice=notice), wish, **arguments)


def test_it_offers_the_nearest_within_two_hours_first():
    free = [at(10, 22, 9, 30), at(10, 22, 10), at(10, 22, 12, 30), at(10, 23, 11)]
    assert offer(free) == (at(10, 22, 10), at(10, 22, 9, 30))


def test_in_the_afternoon_it_prefers_the_later_of_two_equally_near():
    free = [at(10, 22, 14, 30), at(10, 22, 15, 30)]
    assert offer(free, at(10, 22, 15)) == (at(10, 22, 15, 30), at(10, 22, 14, 30))


def test_in_the_morning_it_prefers_the_earlier_of_two_equally_near():
    assert offer([at(10, 22, 10), at(10, 22, 12)]) == (at(10, 22, 10), at(10, 22, 12))


def test_it_spreads_offers_that_are_alike():
    free = [at(10, 22, 11, minute) for minute in (15, 30, 45)]
    assert offer(free) == (at(10, 22, 11, 15), at(10, 22, 11, 45))


def test_alike_ones_are_better_than_none():
    free = [at(10, 22, 11, 15), at(10, 22, 11, 30)]
    assert offer(free) == tuple(free)


def test_it_offers_the_same_time_on_the_next_workday_then_on_the_same_weekday_next_week():
    friday = at(10, 23, 16)
    free = [
        at(10, 24, 16),
        at(10, 26, 15, 30),
        at(10, 26, 16),
        at(10, 27, 16),
        at(10, 30, 16),
    ]
    assert offer(free, friday) == (at(10, 26, 16), at(10, 30, 16))


def test_it_offers_the_next_morning_when_the_evening_is_full():
    free = [at(10, 23, 9), at(10, 26, 9)]
    assert offer(free, at(10, 22, 17, 30)) == (at(10, 23, 9), at(10, 26, 9))


def test_later_days_are_offered_a_day_each():
    free = [at(10, 26, 9), at(10, 26, 10), at(10, 27, 14), at(10, 28, 9)]
    assert offer(free, at(10, 22, 12, 30), most=3) == (
        at(10, 26, 10),
        at(10, 27, 14),
        at(10, 28, 9),
    )


def test_only_opening_hours_are_offered_unasked():
    hours = replace(parse_hours("Mo-Do 8-12 und 13-17, Fr 20-2", BERLIN), bundesland="BY")
    free = tuple(at(10, day, hour) for day in range(26, 32) for hour in (7, 8, 12, 13, 16, 17, 23))
    free += (at(11, 1, 1), at(11, 1, 9))
    assert slots.inside((), hours) == ()
    # The night of Friday ends on Saturday at two; All Saints' is a Sunday anyway.
    assert [f"{s.astimezone(BERLIN):%d %H}" for s in slots.inside(free, hours)] == [
        *(f"{day} {hour}" for day in range(26, 30) for hour in ("08", "13", "16")),
        "30 23",
    ]


def test_a_holiday_is_not_offered_unasked():
    bavaria = OpeningHours(BERLIN, bundesland="BY")
    free = tuple(at(1, day, 10, year=2027) for day in range(5, 9))
    assert slots.inside(free, bavaria) == (free[0], *free[2:])
    assert slots.inside(free, HOURS) == free


def test_a_search_that_moved_offers_where_it_went_and_then_the_wished_time_of_day():
    sunday = at(10, 25, 15)
    monday = [at(10, 26, hour) for hour in range(9, 18)]
    moved = HOURS.move_search(sunday).start
    assert offer(monday, moved, refused={sunday}, moved_from=sunday, most=3) == (
        at(10, 26, 9),
        at(10, 26, 15),
        at(10, 26, 16),
    )
    later = [at(10, 27, 9, 30), at(10, 27, 15), at(10, 28, 9, 30), at(10, 28, 15)]
    assert offer(later, moved, refused={sunday}, moved_from=sunday) == (
        at(10, 27, 15),
        at(10, 28, 15),
    )


def test_after_closing_the_end_of_that_day_is_offered_too():
    evening = at(10, 22, 20)
    free = [at(10, 22, 9), at(10, 22, 17), at(10, 22, 17, 30), at(10, 23, 9), at(10, 23, 17)]
    moved = HOURS.move_search(evening).start
    assert offer(free, moved, refused={evening}, moved_from=evening) == (
        at(10, 23, 9),
        at(10, 22, 17, 30),
    )


def test_the_rest_of_the_wished_day_is_offered_when_nothing_nearer_is_free():
    assert offer([at(10, 22, 16)], at(10, 22, 9)) == (at(10, 22, 16),)


def test_it_looks_no_further_than_it_was_told():
    assert offer([at(11, 5, 11)]) == (at(11, 5, 11),)
    assert offer([at(11, 6, 11)]) == ()
    assert offer([at(11, 6, 11)], search_days=15) == (at(11, 6, 11),)


def test_the_wish_itself_is_refused_unless_the_search_moved_there():
    assert offer([WISH]) == ()
    assert offer([WISH], refused=[at(10, 22, 8)]) == (WISH,)


def test_it_offers_two_and_never_more_than_five():
    free = [at(10, 22, hour) for hour in range(9, 18) if hour != 11]
    assert len(offer(free)) == 2
    assert len(offer(free, most=99)) == 5


def test_nothing_is_offered_before_the_notice_is_over():
    free = [at(10, 20, 10, 15), at(10, 20, 10, 29), at(10, 20, 10, 30)]
    assert offer(free, at(10, 20, 10), notice=15) == (at(10, 20, 10, 30),)


def test_the_same_time_next_workday_is_wall_clock_time_across_the_clock_change():
    assert offer([at(10, 26, 11)], at(10, 23, 11)) == (at(10, 26, 11),)
    assert at(10, 26, 11) - at(10, 23, 11) == timedelta(days=3, hours=1)


@pytest.mark.parametrize(("most", "hours"), [(4, [9, 12, 14, 17]), (2, [9, 17]), (1, [9])])
def test_a_handful_has_the_first_and_the_last(most: int, hours: list[int]):
    free = [at(10, 22, hour) for hour in range(9, 18)]
    assert slots.handful(free, most) == tuple(at(10, 22, hour) for hour in hours)
    assert slots.handful(free[:2], 4) == tuple(free[:2])


quarter_hours = st.integers(0, 30 * 24 * 4).map(
    lambda quarters: datetime(2026, 10, 15, tzinfo=UTC) + timedelta(minutes=15 * quarters)
)
free_times = st.lists(quarter_hours, max_size=60)


@given(
    free=free_times,
    wish=quarter_hours,
    refused=st.lists(quarter_hours, max_size=5),
    most=st.integers(0, 7),
    notice=st.sampled_from([0, 15, 24 * 60]),
)
def test_every_offer_is_free_once_in_the_future_and_not_refused(
    free: list[datetime],
    wish: datetime,
    refused: list[datetime],
    most: int,
    notice: int,
):
    offered = offer(free, wish, refused=refused, most=most, notice=notice)
    assert set(offered) <= set(free)
    assert len(offered) == len(set(offered)) <= min(most, 5)
    assert not set(offered) & set(refused)
    last_day = wish.astimezone(BERLIN).date() + timedelta(days=14)
    for start in offered:
        assert start > NOW
        assert start >= NOW + timedelta(minutes=notice)
        assert abs(start - wish) <= slots.NEAR or start.astimezone(BERLIN).date() <= last_day


@given(free=free_times, wish=quarter_hours)
def test_nothing_farther_is_offered_while_something_near_is_not(
    free: list[datetime], wish: datetime
):
    offered = offer(free, wish, most=5)
    possible = set(slots.bookable(free, now=NOW)) - {wish}
    near = {start for start in possible if abs(start - wish) <= slots.NEAR}
    first = offered[: len(near)]
    assert set(first) <= near
    if near:
        assert abs(offered[0] - wish) == min(abs(start - wish) for start in near)


@given(free=free_times, wish=quarter_hours)
def test_it_finds_something_whenever_something_is_there(free: list[datetime], wish: datetime):
    day = wish.astimezone(BERLIN).date()
    possible = set(slots.bookable(free, now=NOW)) - {wish}
    inside = [
        start
        for start in possible
        if day <= start.astimezone(BERLIN).date() <= day + timedelta(days=14)
    ]
    if inside:
        assert offer(free, wish)


@given(free=free_times, wish=quarter_hours)
def test_the_order_in_which_cal_com_lists_does_not_matter(free: list[datetime], wish: datetime):
    assert offer(free, wish) == offer(free[::-1] + free, wish)


@given(
    st.lists(st.integers(0, 200), unique=True).map(sorted),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 30)), max_size=8),
    st.integers(1, 40),
)
def test_clear_of_spans_means_overlapping_none_of_them(
    offsets: list[int], taken: list[tuple[int, int]], minutes: int
) -> None:
    begin = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
    starts = tuple(begin + timedelta(minutes=each) for each in offsets)
    spans = [Span.of(begin + timedelta(minutes=at), lasts) for at, lasts in taken]
    assert slots.clear_of(starts, minutes, spans) == tuple(
        start
        for start in starts
        if not any(Span.of(start, minutes).overlaps(span) for span in spans)
    )
