"""Which half of the day a bare hour means: opening hours know, and where they don't, the caller."""

from __future__ import annotations

import pytest

from askpro.booking.dates import understand, understand_wish
from askpro.booking.hours import OpeningHours
from askpro.booking.hours_text import parse_hours
from tests.booking.dates.notation import BERLIN, berlin, told

NOW = berlin("2026-09-23T10:00")


def hours(text: str) -> OpeningHours:
    return parse_hours(text, BERLIN)


SHOP = hours("Mo-Fr 09:00-18:00")
PRACTICE = hours("Mo-Fr 08:00-20:00")


@pytest.mark.parametrize(
    ("said", "open_hours", "meaning"),
    [
        ("um drei", SHOP, "2026-09-24 15:00"),
        ("halb drei", SHOP, "2026-09-24 14:30"),
        ("um neun", SHOP, "2026-09-24 09:00"),
        ("um zwölf", SHOP, "2026-09-24 12:00"),
        ("um sechs", SHOP, "2026-09-24 18:00"),
        ("um sieben", PRACTICE, "2026-09-24 19:00"),
        ("um acht", SHOP, "2026-09-24 08:00"),
        ("um acht", hours("Mo-Fr 08:00-17:00"), "2026-09-24 08:00"),
        ("um acht", hours("Mo-Fr 14:00-22:00"), "2026-09-24 20:00"),
        ("um acht", hours("Mo-Fr 08:00-12:00 und 16:00-19:00"), "2026-09-24 08:00"),
        ("zwischen vier und sechs", SHOP, "2026-09-24 16:00-18:00"),
        ("von acht bis zehn", PRACTICE, "2026-09-24 08:00-10:00"),
        ("3:30", PRACTICE, "2026-09-24 15:30"),
        ("03:30", PRACTICE, "2026-09-24 03:30"),
        ("um elf", hours("Mo-Fr 20:00-24:00"), "2026-09-24 23:00"),
    ],
)
def test_a_bare_hour_is_the_one_inside_opening_hours(said, open_hours, meaning):
    understood = understand(f"morgen {said}", NOW, hours=open_hours)
    assert told(understood) == meaning


def test_two_hours_that_are_both_open_become_a_question_that_names_both():
    understood = understand("diesen Freitag um acht", NOW, hours=PRACTICE)
    assert told(understood) == "? 2026-09-25 08:00 | 2026-09-25 20:00"
    assert understood.question == "Meinen Sie um acht Uhr morgens oder um acht Uhr abends?"
    assert understood.reading is None


def test_a_part_of_the_day_answers_that_question():
    assert told(understand("Freitag um acht abends", NOW, hours=PRACTICE)) == "2026-09-25 20:00"
    assert told(understand("Freitag früh um acht", NOW, hours=PRACTICE)) == "2026-09-25 08:00"


def test_the_windows_of_the_day_that_was_named_decide():
    uneven = hours("Mo-Do 08:00-17:00, Fr 14:00-21:00")
    assert told(understand("Donnerstag um acht", NOW, hours=uneven)) == "2026-09-24 08:00"
    assert told(understand("Freitag um acht", NOW, hours=uneven)) == "2026-09-25 20:00"


def test_on_a_closed_day_the_hours_of_the_other_days_help():
    assert told(understand("Samstag um drei", NOW, hours=SHOP)) == "2026-09-26 15:00"


def test_without_hours_the_plausible_ones_decide():
    assert told(understand("Freitag um drei", NOW)) == "2026-09-25 15:00"
    assert told(understand("Freitag um drei", NOW, plausible=(0, 12))) == "2026-09-25 03:00"
    asked = told(understand("Freitag um drei", NOW, plausible=(0, 24)))
    assert asked == "? 2026-09-25 03:00 | 2026-09-25 15:00"


def test_six_and_seven_make_sense_twice_where_nothing_is_known_of_the_business():
    assert told(understand("Freitag um sieben", NOW)) == "? 2026-09-25 07:00 | 2026-09-25 19:00"


def test_a_time_of_today_that_is_over_is_not_quietly_tomorrows():
    evening = berlin("2026-09-23T18:30")
    understood = understand("um drei", evening)
    assert told(understood) == "? 2026-09-24 15:00"
    assert understood.question == "Meinen Sie morgen um fünfzehn Uhr?"


def test_a_time_without_a_day_says_that_the_day_was_not_named():
    reading = understand_wish(NOW, time_text="15:00").reading
    assert reading is not None
    assert not reading.day_said
    named = understand_wish(NOW, date_text="heute", time_text="15:00").reading
    assert named is not None
    assert named.day_said


def test_a_part_of_the_day_without_a_day_has_no_date():
    reading = understand("nachmittags", NOW).reading
    assert reading is not None
    assert reading.start.date is None
    assert reading.part == "nachmittags"
