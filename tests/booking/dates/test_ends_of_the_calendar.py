"""The nights of the clock change, leap days, the turn of the year, dates that don't exist."""

from __future__ import annotations

from datetime import time

import pytest

from askpro.booking.dates import understand, understand_wish
from tests.booking.dates.notation import berlin, told

NOW = berlin("2026-09-23T10:00")


def test_half_past_two_comes_twice_on_25_october_2026():
    understood = understand("25. Oktober 2026 um 02:30", NOW)
    assert understood.readings == ()
    assert "zweimal" in (understood.question or "")


def test_half_past_two_does_not_come_on_28_march_2027():
    understood = understand("28.03.2027 02:30", NOW)
    assert understood.readings == ()
    assert "gibt es in dieser Nacht nicht" in (understood.question or "")


def test_an_offset_tells_the_two_half_past_twos_apart():
    second = understand("2026-10-25T02:30:00+01:00", NOW).reading
    assert second is not None
    assert second.start.time == time(2, 30)
    assert second.start.time.fold == 1
    first = understand("2026-10-25T02:30:00+02:00", NOW).reading
    assert first is not None
    assert first.start.time.fold == 0


def test_three_in_the_afternoon_of_such_a_day_is_as_good_as_any():
    assert told(understand("25.10.2026 um drei", NOW)) == "2026-10-25 15:00"


def test_an_hour_from_now_is_an_hour_of_real_time():
    before_the_change = berlin("2026-10-25T01:30")
    assert told(understand("in zwei Stunden", before_the_change)) == "2026-10-25 02:30"


@pytest.mark.parametrize(
    "text", ["30. Februar", "31.04.", "am einunddreißigsten November", "32.1."]
)
def test_a_day_that_no_calendar_has_is_not_taken_for_another(text):
    understood = understand(text, NOW)
    assert understood.reading is None


def test_the_caller_hears_which_day_does_not_exist():
    assert understand("am 30. Februar", NOW).question == (
        "Den dreißigsten Februar gibt es nicht. Welchen Tag meinen Sie?"
    )


def test_29_february_is_the_next_one_there_is():
    assert told(understand("29. Februar", NOW)) == "2028-02-29"
    assert told(understand("29.2.2027", NOW)) == "!"
    assert told(understand("am 29. Februar um zehn", berlin("2028-02-29T08:00"))) == (
        "2028-02-29 10:00"
    )


def test_31_december_looks_into_the_next_year():
    eve = berlin("2026-12-31T10:00")
    assert told(understand("31. Dezember", eve)) == "2026-12-31"
    assert told(understand("morgen um zehn", eve)) == "2027-01-01 10:00"
    assert told(understand("am dritten Januar", eve)) == "2027-01-03"
    assert told(understand("nächste Woche Montag", eve)) == "2027-01-04"


def test_the_thirty_first_of_a_month_of_thirty_days_is_asked():
    asked = told(understand("am einunddreißigsten um zehn", berlin("2026-11-15T10:00")))
    assert asked == "? 2026-11-30 10:00 | 2026-12-31 10:00"


def test_a_year_beyond_all_calendars_is_a_slip():
    assert understand("9999-12-31", NOW).reading is None
    assert understand("03.02.3018", NOW).reading is None


def test_today_is_the_callers_day_and_not_utcs():
    just_after_midnight = berlin("2026-09-24T00:30")
    assert told(understand("heute um zehn", just_after_midnight)) == "2026-09-24 10:00"


def test_a_clock_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        understand("morgen", NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="aware"):
        understand_wish(NOW.replace(tzinfo=None), date_text="morgen")


def test_midnight_is_the_end_of_the_day_that_was_named():
    assert told(understand("am Freitag um Mitternacht", NOW)) == "2026-09-26 00:00"
    assert told(understand("am Freitag um 24 Uhr", NOW)) == "2026-09-26 00:00"
    assert told(understand("am Freitag um zwölf Uhr nachts", NOW)) == "2026-09-26 00:00"
