"""Whatever arrives: no exception, no default, and time that grows with the length only."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.booking.dates import LONGEST_TEXT, understand, understand_wish
from tests.booking.dates.notation import PHRASES, berlin, phrases

NOW = berlin("2026-10-20T10:15")
WORDS = sorted(
    {
        word
        for path in PHRASES.glob("*.txt")
        for phrase, _, _ in phrases(path.stem)
        for word in phrase.split()
    }
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=14),
    st.integers(min_value=0, max_value=60 * 24 * 800),
)
def test_any_words_of_time_in_any_order_are_answered(said, minutes):
    understood = understand(" ".join(said), NOW + timedelta(minutes=minutes))
    for reading in understood.readings:
        if reading.start.date and reading.end and reading.end.date:
            assert reading.start.date <= reading.end.date
    if len(understood.readings) > 1:
        assert understood.question


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_is_answered(day, moment):
    understand(day, NOW)
    understand_wish(NOW, date_text=day, time_text=moment)


@pytest.mark.parametrize(
    "piece",
    ["montag ", "um drei nein ", "oder montag ", "10.10. ", "ein und ", "1.1.1.1.", "9:9:", "(((",
     "{{", "zwischen 3 und ", "übernächsten ", "heilige drei ", "ä", "nicht diesen freitag ",
     "ich muss freitag arbeiten ", "eine woche vor ", "eins vier ", "7/8 uhr ", "in 2 bis ",
     "anfang bis mitte ", "zwischen 1. und ", "muss weg um 3 "],
)  # fmt: skip
def test_twice_the_length_takes_about_twice_the_time(piece):
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        best = 9.0
        for _ in range(5):
            begin = time.process_time()
            understand(text, NOW)
            best = min(best, time.process_time() - begin)
        return best

    understand(piece, NOW)
    assert seconds(1000) < 6 * max(seconds(500), 0.0005)


def test_a_text_that_is_too_long_to_be_a_date_is_not_read():
    assert understand("morgen " + "x" * LONGEST_TEXT, NOW).readings == ()


def test_many_choices_in_every_argument_do_not_multiply():
    many = "montag oder dienstag oder " * 7
    begin = time.process_time()
    wish = understand_wish(
        NOW, datetime_text=many, date_text=many, time_text="um 1 oder 2 oder " * 11
    )
    assert wish.question
    assert time.process_time() - begin < 0.5
