"""Numbers, days and times as people say them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpro.booking.wording import moments, numbers
from tests.booking.days import LISTENER, at


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "null"),
        (1, "eins"),
        (16, "sechzehn"),
        (17, "siebzehn"),
        (21, "einundzwanzig"),
        (30, "dreißig"),
        (67, "siebenundsechzig"),
        (101, "einhunderteins"),
        (111, "einhundertelf"),
        (1000, "eintausend"),
        (1001, "eintausendeins"),
        (2026, "zweitausendsechsundzwanzig"),
        (9999, "neuntausendneunhundertneunundneunzig"),
        (101_000, "einhunderteintausend"),
    ],
)
def test_a_number_in_words(number: int, words: str):
    assert numbers.cardinal(number) == words


def test_no_two_numbers_sound_the_same():
    words = {numbers.cardinal(number) for number in range(10_000)}
    assert len(words) == 10_000


@pytest.mark.parametrize("number", [-1, 1_000_000])
def test_what_has_no_words_is_refused(number: int):
    with pytest.raises(ValueError, match="only 0 to 999999"):
        numbers.cardinal(number)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "ersten"),
        (2, "zweiten"),
        (3, "dritten"),
        (6, "sechsten"),
        (7, "siebten"),
        (8, "achten"),
        (12, "zwölften"),
        (16, "sechzehnten"),
        (17, "siebzehnten"),
        (19, "neunzehnten"),
        (20, "zwanzigsten"),
        (21, "einundzwanzigsten"),
        (30, "dreißigsten"),
        (31, "einunddreißigsten"),
        (101, "einhundertersten"),
        (107, "einhundertsiebten"),
        (1000, "eintausendsten"),
    ],
)
def test_an_ordinal_in_the_dative(number: int, words: str):
    assert numbers.ordinal(number, "en") == words


def test_there_is_no_zeroth_day():
    with pytest.raises(ValueError, match="begin at one"):
        numbers.ordinal(0)


@pytest.mark.parametrize(
    ("cents", "words", "accusative"),
    [
        (4800, "achtundvierzig Euro", "achtundvierzig Euro"),
        (4990, "neunundvierzig Euro neunzig", "neunundvierzig Euro neunzig"),
        (100, "ein Euro", "einen Euro"),
        (101, "ein Euro eins", "einen Euro eins"),
        (50, "fünfzig Cent", "fünfzig Cent"),
        (1, "ein Cent", "einen Cent"),
        (0, "null Euro", "null Euro"),
        (10_100, "einhundertein Euro", "einhundertein Euro"),
    ],
)
def test_a_price_in_words(cents: int, words: str, accusative: str):
    assert numbers.price(cents) == words
    assert numbers.price(cents, accusative=True) == accusative


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "eine Minute"),
        (15, "fünfzehn Minuten"),
        (30, "eine halbe Stunde"),
        (45, "fünfundvierzig Minuten"),
        (60, "eine Stunde"),
        (61, "eine Stunde und eine Minute"),
        (75, "eine Stunde und fünfzehn Minuten"),
        (90, "anderthalb Stunden"),
        (120, "zwei Stunden"),
        (480, "acht Stunden"),
    ],
)
def test_a_length_in_words(minutes: int, words: str):
    assert numbers.length(minutes) == words


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (1984, "neunzehnhundertvierundachtzig"),
        (1900, "neunzehnhundert"),
        (2000, "zweitausend"),
        (2026, "zweitausendsechsundzwanzig"),
    ],
)
def test_a_year_in_words(year: int, words: str):
    assert numbers.year(year) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (time(9), "neun Uhr"),
        (time(9, 30), "halb zehn"),
        (time(9, 15), "Viertel nach neun"),
        (time(11, 45), "Viertel vor zwölf"),
        (time(9, 5), "neun Uhr fünf"),
        (time(7, 30), "sieben Uhr dreißig"),
        (time(12, 30), "zwölf Uhr dreißig"),
        (time(14), "vierzehn Uhr"),
        (time(14, 30), "vierzehn Uhr dreißig"),
        (time(13), "dreizehn Uhr"),
        (time(21, 1), "einundzwanzig Uhr eins"),
        (time(1), "ein Uhr"),
        (time(0), "null Uhr"),
    ],
)
def test_a_time_of_day_in_words(moment: time, words: str):
    assert moments.spoken_time(moment) == words


def test_no_two_times_of_day_sound_the_same():
    words = {moments.spoken_time(time(minute // 60, minute % 60)) for minute in range(1440)}
    assert len(words) == 1440


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (at(10, 20, 14), "heute um vierzehn Uhr"),
        (at(10, 21, 14), "morgen um vierzehn Uhr"),
        (at(10, 22, 9), "übermorgen um neun Uhr"),
        (at(11, 6, 9, 30), "am Freitag, dem sechsten November, um halb zehn"),
        (at(1, 4, 10, year=2027), "am Montag, dem vierten Januar, um zehn Uhr"),
        (
            at(10, 4, 10, year=2027),
            "am Montag, dem vierten Oktober zweitausendsiebenundzwanzig, um zehn Uhr",
        ),
        (at(10, 19, 10), "gestern um zehn Uhr"),
    ],
)
def test_an_instant_relative_to_today(start: datetime, words: str):
    assert moments.whens(LISTENER, [start]) == words


def test_today_is_the_day_where_the_branch_is():
    just_before_midnight = moments.Listener(at(10, 20, 23, 59), LISTENER.zone)
    assert moments.whens(just_before_midnight, [at(10, 21, 0, 30)]) == "morgen um null Uhr dreißig"


def test_several_instants_name_each_day_once():
    listed = moments.whens(
        LISTENER, [at(10, 20, 10), at(10, 21, 9), at(10, 21, 10), at(11, 6, 9, 30)]
    )
    assert listed == (
        "heute um zehn Uhr, morgen um neun Uhr, um zehn Uhr oder am Freitag, dem sechsten "
        "November, um halb zehn"
    )


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("nominative", "Dienstag, der dritte November"),
        ("accusative", "Dienstag, den dritten November"),
        ("dative", "Dienstag, dem dritten November"),
    ],
)
def test_a_named_day_in_every_case(case: str, words: str):
    assert moments.named_day(date(2026, 11, 3), LISTENER.today, case=case) == words


@given(st.dates(date(2020, 1, 1), date(2034, 12, 31)))
def test_every_day_has_a_name_without_digits(day: date):
    words = moments.spoken_day(day, LISTENER.today)
    assert words
    assert not any(letter.isdigit() for letter in words)
    days_apart = abs((day - LISTENER.today) / timedelta(days=1))
    assert (moments.year(day.year) in words) <= (days_apart > 180)
