"""What names no day and yet is an answer."""

from __future__ import annotations

import pytest

from askpro.booking.dates import Shift, is_any_day, shift_in


@pytest.mark.parametrize(
    ("said", "shift"),
    [
        ("eine Woche später", Shift(days=7)),
        ("einfach 14 Tage später bitte", Shift(days=14)),
        ("zwei Stunden früher", Shift(minutes=-120)),
        ("gleicher Tag, eine Stunde später", Shift(minutes=60)),
        ("ne halbe Stunde später", Shift(minutes=30)),
        ("anderthalb Stunden davor", Shift(minutes=-90)),
        ("eine Viertelstunde später", Shift(minutes=15)),
        ("am selben Tag", Shift()),
        ("gleiche Uhrzeit bitte", Shift()),
        ("zur selben Zeit wie bisher", Shift()),
        ("später", None),
        ("eine Woche", None),
        ("eine Woche später um 15 Uhr", None),
        ("anderthalb Wochen später", None),
        ("Dienstag", None),
        ("", None),
    ],
)
def test_a_distance_is_all_that_was_said(said: str, shift: Shift | None):
    assert shift_in(said) == shift


@pytest.mark.parametrize(
    ("said", "any_day"),
    [
        ("ist mir wurscht", True),
        ("Hauptsache abends", True),
        ("werktags ab 17 Uhr", True),
        ("ich kann jeden Tag", True),
        ("jeden Tag außer Freitag", False),
        ("wann hätten Sie denn was frei?", True),
        ("wann haben Sie geöffnet?", False),
        ("das ist mir nicht egal", False),
        ("nachmittags", False),
        ("", False),
    ],
)
def test_whether_the_day_matters(said: str, any_day: bool):
    assert is_any_day(said) is any_day
