"""The five defects of the original extractor (rules.md §6), each by name."""

from __future__ import annotations

import pytest

from askpro.booking.dates import understand, understand_wish
from tests.booking.dates.notation import berlin, told

NOW = berlin("2026-09-23T10:00")


@pytest.mark.parametrize(
    "greeting", ["Guten Morgen", "guten morgen frau müller", "Schönen guten Abend", "gute Nacht"]
)
def test_a_good_morning_is_no_date(greeting):
    assert told(understand(greeting, NOW)) == "-"


def test_a_good_morning_does_not_hide_the_day_behind_it():
    understood = understand("Guten Morgen, ich hätte gern morgen um elf einen Termin", NOW)
    assert told(understood) == "2026-09-24 11:00"


@pytest.mark.parametrize("word", ["gemacht", "achten Sie darauf", "nachts gedacht", "Fracht"])
def test_the_acht_in_gemacht_is_no_hour(word):
    assert "08:00" not in told(understand(f"das habe ich am Freitag {word}", NOW))


def test_morgen_frueh_is_tomorrow_and_early_not_morning_twice():
    understood = understand("morgen früh", NOW)
    assert told(understood) == "2026-09-24 früh"
    assert told(understand("morgen früh um neun", NOW)) == "2026-09-24 09:00"
    assert told(understand("übermorgen am Morgen", NOW)) == "2026-09-25 morgens"


@pytest.mark.parametrize(
    "literal", ["{{current_date}}", "{{ current_date }}", "{{currentDate}}", "{{datum}}"]
)
def test_a_literal_current_date_that_nobody_filled_is_today(literal):
    assert told(understand(literal, NOW)) == "2026-09-23"
    wish = understand_wish(NOW, date_text=literal, time_text="16:00")
    assert told(wish) == "2026-09-23 16:00"


def test_the_year_is_the_next_in_which_the_date_lies_ahead():
    assert told(understand("am 24. September", NOW)) == "2026-09-24"
    assert told(understand("am 23. September", NOW)) == "2026-09-23"
    assert told(understand("am 22. September", NOW)) == "2027-09-22"


def test_a_year_that_was_said_is_kept_even_if_it_is_over():
    assert told(understand("04.10.2023", NOW)) == "2023-10-04"
    assert told(understand("2023-10-23", NOW)) == "2023-10-23"


def test_nothing_is_ever_filled_with_a_default():
    for text in ("", "   ", "einen Haarschnitt bitte", "wenn die Blätter fallen", "???", "bald"):
        understood = understand(text, NOW)
        assert understood.readings == ()
        assert understood.question is None
