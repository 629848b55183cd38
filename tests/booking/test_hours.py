"""When a branch is open, why it is not, and where a search moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.booking.hours import OpeningHours, Window, bundesland_code
from askpro.booking.hours_text import parse_hours
from tests.booking.days import BERLIN, at

OFFICE = OpeningHours(BERLIN)
PRACTICE = parse_hours("Mo-Do 8-12 und 13-17 Uhr, Fr 8-13", BERLIN)
BAVARIA = OpeningHours(BERLIN, bundesland="BY")
CAPITAL = OpeningHours(BERLIN, bundesland="BE")
NEVER = OpeningHours(BERLIN, weekly=((),) * 7)


def test_without_a_word_it_is_open_monday_to_friday_nine_to_six():
    assert OFFICE.as_text() == "Mo-Fr 09:00-18:00"


@pytest.mark.parametrize(
    ("instant", "open_"),
    [
        (at(10, 20, 8, 59), False),
        (at(10, 20, 9), True),
        (at(10, 20, 17, 59), True),
        (at(10, 20, 18), False),
        (at(10, 24, 10), False),
    ],
)
def test_opening_belongs_to_the_hours_and_closing_does_not(instant: datetime, open_: bool):
    assert OFFICE.is_open(instant) is open_


@pytest.mark.parametrize(
    ("asked", "start", "reason"),
    [
        pytest.param(at(10, 24, 8), at(10, 26, 9), "closed_day", id="saturday-to-monday"),
        pytest.param(at(10, 25, 20), at(10, 26, 9), "closed_day", id="sunday-to-monday"),
        pytest.param(at(10, 20, 8), at(10, 20, 9), "before_opening", id="eight-to-nine"),
        pytest.param(at(10, 20, 19), at(10, 21, 9), "after_closing", id="seven-to-tomorrow"),
        pytest.param(at(10, 20, 18), at(10, 21, 9), "after_closing", id="closing-itself"),
        pytest.param(at(10, 23, 19), at(10, 26, 9), "after_closing", id="friday-evening"),
        pytest.param(at(10, 20, 9), at(10, 20, 9), None, id="opening-itself"),
    ],
)
def test_a_search_outside_the_hours_moves(asked: datetime, start: datetime, reason: str | None):
    moved = OFFICE.move_search(asked)
    assert (moved.start, moved.reason, moved.asked) == (start, reason, asked)


def test_a_search_in_the_lunch_break_moves_to_the_reopening():
    moved = PRACTICE.move_search(at(10, 20, 12, 30))
    assert (moved.start, moved.reason) == (at(10, 20, 13), "break")


def test_a_search_after_the_last_window_is_after_closing_although_there_was_a_break():
    assert PRACTICE.move_search(at(10, 23, 14)).reason == "after_closing"


def test_a_search_of_a_branch_that_never_opens_stays_where_it_is():
    moved = NEVER.move_search(at(10, 20, 12))
    assert not moved.moved
    assert NEVER.next_opening(at(10, 20, 12)) is None


def test_the_next_opening_is_now_when_it_opens_now():
    assert OFFICE.next_opening(at(10, 20, 9)) == at(10, 20, 9)
    assert OFFICE.next_opening(at(10, 20, 9, 1)) == at(10, 21, 9)


def test_corpus_christi_is_a_holiday_in_bayern_and_none_in_berlin():
    closure = BAVARIA.why_closed(date(2026, 6, 4))
    assert closure is not None
    assert (closure.kind, closure.name) == ("holiday", "Fronleichnam")
    assert CAPITAL.why_closed(date(2026, 6, 4)) is None


def test_all_saints_on_a_sunday_is_told_as_the_holiday():
    closure = BAVARIA.why_closed(date(2026, 11, 1))
    assert closure is not None
    assert closure.name == "Allerheiligen"


def test_the_nationwide_holidays_need_no_bundesland():
    closure = OFFICE.why_closed(date(2026, 12, 25))
    assert closure is not None
    assert closure.name == "Erster Weihnachtstag"


def test_a_search_on_a_holiday_moves_over_the_bridge_of_weekend_and_holiday():
    assert OFFICE.move_search(at(12, 25, 10)).start == at(12, 28, 9)


def test_the_companys_own_holidays_close_and_come_first():
    hours = replace(
        BAVARIA,
        holidays=((date(2026, 12, 24), "Betriebsferien"), (date(2026, 12, 25), "Betriebsferien")),
    )
    assert not hours.is_open(at(12, 24, 10))
    closure = hours.why_closed(date(2026, 12, 25))
    assert closure is not None
    assert (closure.kind, closure.name) == ("company", "Betriebsferien")
    assert hours.move_search(at(12, 24, 10)).start == at(12, 28, 9)


def test_new_years_eve_moves_to_the_first_open_day_of_the_new_year():
    moved = OFFICE.move_search(at(12, 31, 19))
    assert moved.start == at(1, 4, 9, year=2027)


def test_the_leap_day_is_a_day_like_any_other():
    assert OFFICE.is_open(at(2, 29, 10, year=2028))


def test_an_opening_stays_at_its_wall_clock_when_the_clocks_change():
    summer, winter = OFFICE.opening_on(date(2026, 10, 23)), OFFICE.opening_on(date(2026, 10, 26))
    assert summer == datetime(2026, 10, 23, 7, tzinfo=UTC)
    assert winter == datetime(2026, 10, 26, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "instant",
    [
        pytest.param(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="half-past-two-the-first-time"),
        pytest.param(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), id="half-past-two-the-second-time"),
        pytest.param(datetime(2027, 3, 28, 1, 0, tzinfo=UTC), id="the-hour-that-is-missing"),
    ],
)
def test_a_night_of_the_clock_change_moves_to_monday(instant: datetime):
    moved = OFFICE.move_search(instant)
    assert moved.reason == "closed_day"
    assert moved.start.astimezone(BERLIN).time() == time(9)


def test_a_bar_is_open_past_midnight():
    bar = parse_hours("Fr-Sa 18:00-02:00", BERLIN)
    assert bar.is_open(at(10, 25, 1))
    assert not bar.is_open(at(10, 25, 3, 30))
    assert bar.is_open(at(10, 23, 23, 59))


@pytest.mark.parametrize("name", ["Bayern", "bayern", "BY", "by", "DE-BY", " Bayern "])
def test_a_bundesland_may_be_a_name_or_a_code(name: str):
    assert bundesland_code(name) == "BY"


@pytest.mark.parametrize("name", [None, "", "Tirol", "XX"])
def test_an_unknown_bundesland_is_none(name: str | None):
    assert bundesland_code(name) is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Thüringen", "TH"),
        ("Thueringen", "TH"),
        ("Baden-Württemberg", "BW"),
        ("Baden Wuerttemberg", "BW"),
    ],
)
def test_a_bundesland_may_be_typed_without_umlauts(name: str, code: str):
    assert bundesland_code(name) == code


def test_rows_name_each_window_with_its_weekday():
    assert PRACTICE.as_rows()[:2] == [
        {"weekday": "Montag", "from": "08:00", "to": "12:00"},
        {"weekday": "Montag", "from": "13:00", "to": "17:00"},
    ]


minutes = st.integers(0, 24 * 60 - 1)


@st.composite
def hours_of_any_kind(draw: st.DrawFn) -> OpeningHours:
    week = []
    for _ in range(7):
        cuts = sorted(draw(st.sets(minutes, max_size=4)))
        pairs = zip(cuts[::2], cuts[1::2], strict=False)
        week.append(tuple(Window(time(a // 60, a % 60), time(b // 60, b % 60)) for a, b in pairs))
    return OpeningHours(BERLIN, weekly=tuple(week), bundesland=draw(st.sampled_from([None, "BY"])))


instants = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)


@settings(deadline=None)
@given(hours_of_any_kind(), instants)
def test_a_moved_search_starts_when_it_is_open_and_never_earlier(
    hours: OpeningHours, asked: datetime
):
    moved = hours.move_search(asked)
    assert moved.start >= asked
    if moved.moved:
        assert not hours.is_open(asked)
        # An opening inside the hour that the clock skips is said an hour later.
        assert hours.is_open(moved.start) or moved.start.astimezone(BERLIN).hour == 3
    assert (moved.closure is None) == (moved.reason != "closed_day")


@settings(deadline=None)
@given(hours_of_any_kind())
def test_hours_survive_the_database(hours: OpeningHours):
    hours = replace(hours, holidays=((date(2026, 12, 24), "Betriebsferien"),))
    assert OpeningHours.from_json(hours.to_json()) == hours


@pytest.mark.parametrize(
    ("first", "last", "is_open"),
    [
        (time(6), time(12), True),
        (time(18), time(22), False),
        (time(17, 59), time(0), True),
        (time(0), time(5), False),
        (time(22), time(6), True),
        (time(22), time(5), False),
    ],
)
def test_a_bakery_that_opens_at_five_is_open_between(first: time, last: time, is_open: bool):
    bakery = parse_hours("Mo-Fr 5-18", BERLIN)
    assert bakery.is_open_between(date(2026, 10, 20), first, last) is is_open
    assert not bakery.is_open_between(date(2026, 10, 24), first, last)
