"""One heard name and another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpro.booking.customers import same_person, who
from askpro.booking.sounds import sound_of


@pytest.mark.parametrize(
    ("heard", "known"),
    [
        ("Sputer", "Sputa"),
        ("Maier", "Meyer"),
        ("Schmidt", "Schmitt"),
        ("Weissgerber", "Jasmin Weißgerber"),
        ("Mueller", "Müller"),
        ("Wackernagel", "Torben Wackernagel"),
        ("Wackernagel, Torben", "Torben Wackernagel"),
        ("Thorben Wakernagel", "Torben Wackernagel"),
        ("Herr Doktor Kieferling", "Dr. Kieferling"),
        ("Paul Heinrich Oetting", "Paul-Heinrich Ötting"),
        ("Karagüle", "Mehmet Karagülle"),
        ("Yilmaz", "Yılmaz"),
        ("Bergen", "von Bergen"),
        ("Kara Gülle", "Karagülle"),
        ("Katharina Schulz", "Catharina Schultz"),
        ("Friderike Grosskopp", "Friederike Großkopf"),
    ],
)
def test_two_spellings_are_one_caller(heard: str, known: str):
    assert same_person(heard, known)
    assert same_person(known, heard)


@pytest.mark.parametrize(
    ("heard", "known"),
    [
        ("Anna Müller", "Peter Müller"),
        ("Jan Müller", "Jana Müller"),
        ("Weber", "Leber"),
        ("Bauer", "Brauer"),
        ("Hans", "Hansen"),
        ("Meier", "Meister"),
        ("Vollbrecht", "Brinkschulte"),
        ("", "Müller"),
        (None, "Müller"),
        ("Müller", None),
    ],
)
def test_two_names_are_two_callers(heard: str | None, known: str | None):
    assert not same_person(heard, known)


def test_of_two_who_share_a_number_the_heard_one_is_found():
    names = ["Anna Müller", "Peter Müller"]
    assert who("Peter Mueller", names) == 1
    assert who("Anna", names) == 0


def test_a_name_that_fits_both_or_none_decides_nothing():
    names = ["Anna Müller", "Peter Müller"]
    assert who("Müller", names) is None
    assert who("Schulze", names) is None
    assert who(None, names) is None


def test_the_exact_name_wins_over_one_that_sounds_like_it():
    assert who("Meyer", ["Maier", "Meyer"]) == 1


@given(st.text(max_size=150), st.text(max_size=150))
def test_no_name_breaks_it_and_order_does_not_matter(one: str, other: str):
    assert same_person(one, other) == same_person(other, one)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Müller-Lüdenscheidt", "65752682"),
        ("Wikipedia", "3412"),
        ("Breschnew", "17863"),
        ("Xaver", "4837"),
        ("Philipp", "351"),
        ("Cäsar", "487"),
        ("Scholz", "858"),
        ("Händel", "0625"),
        ("", ""),
        ("123", ""),
    ],
)
def test_the_sound_codes_are_those_of_koelner_phonetik(word: str, code: str):
    assert sound_of(word) == code
