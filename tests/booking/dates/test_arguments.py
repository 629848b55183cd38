"""Date, time and datetime of one function call, as language models fill them in."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from askpro.booking.dates import understand_wish
from tests.booking.dates.notation import berlin, told

NOW = berlin("2026-10-20T10:15")


@pytest.mark.parametrize(
    ("day", "moment", "meaning"),
    [
        ("2026-10-22", "14:30", "2026-10-22 14:30"),
        ("2026-10-22", "14:30:00", "2026-10-22 14:30"),
        ("2026-10-22", "14:30:00Z", "2026-10-22 16:30"),
        ("2026-10-22", "14:30:00+02:00", "2026-10-22 14:30"),
        ("2026-10-22", "1430", "2026-10-22 14:30"),
        ("2026-10-22", "0930", "2026-10-22 09:30"),
        ("2026-10-22", "14", "2026-10-22 14:00"),
        ("2026-10-22", "14.30", "2026-10-22 14:30"),
        ("2026-10-22", "8 Uhr", "2026-10-22 08:00"),
        ("2026-10-22", "zehn", "2026-10-22 10:00"),
        ("2026-10-22", "halb drei", "2026-10-22 14:30"),
        ("2026-10-22", "3pm", "2026-10-22 15:00"),
        ("2026-10-22", "ab 15 Uhr", "ab 2026-10-22 15:00"),
        ("2026-10-22", "nachmittags", "2026-10-22 nachmittags"),
        ("2026-10-22", "egal", "2026-10-22"),
        ("2026-10-22", "null", "2026-10-22"),
        ("2026-10-22", "", "2026-10-22"),
        ("2026-10-22T00:00:00", "14:30", "2026-10-22 14:30"),
        ("22", "10", "2026-10-22 10:00"),
        ("22.", "von 10 bis 12", "2026-10-22 10:00-12:00"),
        ("2026-11-06", "9-11", "2026-11-06 09:00-11:00"),
        ("2026-11-06", "14-16", "2026-11-06 14:00-16:00"),
        ("2026-11-06", "vormittags 9 - 11", "2026-11-06 09:00-11:00"),
        ("Freitag", "10–12", "2026-10-23 10:00-12:00"),
        ("Freitag", "zehn, nein, eine Stunde später", "2026-10-23 11:00"),
        ("27 11", "10 Uhr", "2026-11-27 10:00"),
        ("Freitag", "sagen wir zehn", "2026-10-23 10:00"),
        ("Freitag", "am liebsten halb elf", "2026-10-23 10:30"),
        ("2026-10-21T22:00:00Z", "15:00", "2026-10-22 15:00"),
        ("Freitag", "zehn elf rum", "? ~2026-10-23 10:00 | ~2026-10-23 11:00"),
        ("30.10.2026", "13:00", "2026-10-30 13:00"),
        ("04.11.2026", "12 Uhr", "2026-11-04 12:00"),
        ("samstag", "10 Uhr", "2026-10-24 10:00"),
        ("So", "10 Uhr", "2026-10-25 10:00"),
        ("morgen", "so", "2026-10-21"),
        ("20. November", "zwischen 10 12", "2026-11-20 10:00-12:00"),
        ("morgen", "halb drei", "2026-10-21 14:30"),
        ("next Tuesday", "3pm", "2026-10-27 15:00"),
        ("Donnerstag, 2026-10-22", "15 Uhr", "2026-10-22 15:00"),
        ("22. Oktober 2026 (Donnerstag)", "15:00 Uhr", "2026-10-22 15:00"),
        ("heute", "in einer Stunde", "2026-10-20 11:15"),
        ("Montag, nein, Dienstag", "zehn", "2026-10-27 10:00"),
        (None, "10:30", "2026-10-20 10:30"),
        ("null", "None", "-"),
        ("", "", "-"),
        (None, None, "-"),
    ],
)
def test_day_and_time_are_read_together(day, moment, meaning):
    assert told(understand_wish(NOW, date_text=day, time_text=moment)) == meaning


def test_one_text_may_hold_both():
    assert told(understand_wish(NOW, datetime_text="morgen um halb drei")) == "2026-10-21 14:30"
    assert told(understand_wish(NOW, date_text="morgen um halb drei")) == "2026-10-21 14:30"


def test_a_time_that_is_said_twice_is_said_once():
    wish = understand_wish(NOW, date_text="morgen um halb drei", time_text="14:30")
    assert told(wish) == "2026-10-21 14:30"
    instant = understand_wish(
        NOW, datetime_text="2026-10-22T14:30:00+02:00", date_text="2026-10-22", time_text="14:30"
    )
    assert told(instant) == "2026-10-22 14:30"


@pytest.mark.parametrize(
    ("day", "moment", "question"),
    [
        (
            "morgen um halb drei",
            "15:00",
            "Meinen Sie um vierzehn Uhr dreißig oder um fünfzehn Uhr?",
        ),
        ("morgen nachmittag", "10:00", "Meinen Sie morgen Nachmittag oder morgen um zehn Uhr?"),
        (
            "Mittwoch, 22.10.",
            "10:00",
            "Meinen Sie morgen oder Donnerstag, den zweiundzwanzigsten Oktober?",
        ),
    ],
)
def test_arguments_that_contradict_each_other_are_asked_about(day, moment, question):
    wish = understand_wish(NOW, date_text=day, time_text=moment)
    assert wish.question == question
    assert len(wish.readings) == 2


def test_two_days_in_two_arguments_are_asked_about():
    wish = understand_wish(NOW, datetime_text="2026-10-22T14:30:00+02:00", date_text="2026-10-23")
    assert told(wish) == "? 2026-10-22 14:30 | 2026-10-23 14:30"


def test_a_day_that_nobody_can_read_does_not_leave_its_time_on_today():
    wish = understand_wish(NOW, date_text="wenn die Blätter fallen", time_text="15:00")
    assert wish.readings == ()
    assert wish.question is None


def test_choices_in_both_arguments_all_come_back():
    wish = understand_wish(NOW, date_text="Montag oder Dienstag", time_text="10 oder 11 Uhr")
    assert len(wish.readings) == 4
    assert wish.question


def test_exact_means_one_instant_that_can_be_checked():
    def is_exact(**arguments: str) -> bool:
        reading = understand_wish(NOW, **arguments).reading
        return reading is not None and reading.exact

    assert is_exact(date_text="morgen", time_text="10:00")
    assert is_exact(date_text="morgen", time_text="gegen zehn")
    assert not is_exact(date_text="morgen")
    assert not is_exact(date_text="morgen", time_text="ab zehn")
    assert not is_exact(date_text="morgen", time_text="vormittags")
    assert not is_exact(date_text="nächste Woche", time_text="10:00")
    assert not is_exact(time_text="vormittags")


def test_what_was_understood_holds_for_its_minute_and_zone():
    soon = {"time_text": "in einer Stunde"}
    now = berlin("2026-10-20T10:15")
    in_london = now.astimezone(ZoneInfo("Europe/London"))
    asked = (now, now.replace(second=59), now.replace(minute=16), in_london)
    heard = [understand_wish(each, **soon).readings[0].start.time for each in asked]
    assert heard == [time(11, 15), time(11, 15), time(11, 16), time(10, 15)]
