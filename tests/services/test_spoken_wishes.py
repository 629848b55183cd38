"""The whole way from a caller's words to the German answer, for words that once went wrong."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from askpro.services.wishes import When
from tests.town import Town

BERLIN_TIME = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 10, 20, 10, 15, tzinfo=BERLIN_TIME)
MARCH = datetime(2027, 3, 25, 10, 15, tzinfo=BERLIN_TIME)


def test_saturday_at_eight_is_told_to_be_closed_and_monday_at_nine_is_offered(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "Samstag", "um acht", at=TUESDAY)
    assert "Samstags haben wir leider geschlossen" in answer.message
    assert "Montag, dem sechsundzwanzigsten Oktober, um neun Uhr" in answer.message


def test_seven_in_the_evening_is_told_to_be_after_closing(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "morgen", "neunzehn Uhr", at=TUESDAY)
    assert "Morgen um neunzehn Uhr haben wir schon geschlossen." in answer.message
    assert "Morgen um siebzehn Uhr dreißig oder übermorgen um neun Uhr" in answer.message


def test_the_night_of_25_october_2026_is_told_to_have_half_past_two_twice(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "25. Oktober 2026", "02:30", at=TUESDAY)
    assert answer.status == "ask"
    assert "gibt es in dieser Nacht zweimal" in answer.message


def test_the_night_of_28_march_2027_is_told_to_have_no_half_past_two(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "28. März 2027", "02:30", at=MARCH)
    assert answer.status == "ask"
    assert "gibt es in dieser Nacht nicht" in answer.message


def test_a_good_morning_is_no_day(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "Guten Morgen", at=TUESDAY)
    assert answer.status == "ask"
    greeted = shared_town.caller().checks(
        "Schneiden", "Guten Morgen, am Freitag um elf", at=TUESDAY
    )
    assert greeted.fields["requested_time"] == "2026-10-23T11:00:00+02:00"


def test_the_acht_in_gemacht_is_no_hour(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "am Freitag, wie ausgemacht", at=TUESDAY)
    assert answer.fields["requested_time"] == "2026-10-23"


def test_morgen_frueh_is_tomorrow_until_ten(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "morgen früh", at=TUESDAY)
    assert answer.fields["requested_time"] == "2026-10-21"
    hours = {slot["time"][11:13] for slot in answer.fields["slots"]}
    assert hours == {"09"}


def test_a_literal_current_date_that_nobody_filled_is_today(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "{{current_date}}", "16:00", at=TUESDAY)
    assert answer.fields["requested_time"] == "2026-10-20T16:00:00+02:00"


def test_the_year_is_the_next_in_which_the_day_lies_ahead(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "4. Januar", "elf Uhr", at=TUESDAY)
    assert answer.fields["requested_time"] == "2027-01-04T11:00:00+01:00"


@pytest.mark.parametrize(
    ("said", "earliest", "latest"),
    [
        ("Donnerstag mittags", "12:00", "13:30"),
        ("Donnerstag am späten Vormittag", "10:00", "11:30"),
        ("Donnerstag am späten Nachmittag", "16:00", "17:30"),
        ("Donnerstag nach der Arbeit", "16:00", "17:30"),
        ("Donnerstag morgens", "09:00", "11:30"),
    ],
)
def test_only_that_part_of_the_day_is_offered(shared_town: Town, said, earliest, latest):
    answer = shared_town.caller().checks("Schneiden", said, at=TUESDAY)
    starts = sorted(slot["time"][11:16] for slot in answer.fields["slots"])
    assert (starts[0], starts[-1]) == (earliest, latest)


def test_an_evening_is_not_answered_with_a_morning(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "Donnerstag abends", at=TUESDAY)
    assert answer.status == "unavailable"
    assert answer.fields["slots"] == []
    assert "zwischen achtzehn und zweiundzwanzig Uhr" in answer.message


@pytest.mark.parametrize(
    ("day", "time", "first", "second"),
    [
        ("ist mir egal, Hauptsache nachmittags", None, "2026-10-20 13:00", "2026-10-21 13:00"),
        ("egal wann", "nachmittags", "2026-10-20 13:00", "2026-10-21 13:00"),
        ("mir wurscht, um 15 Uhr", None, "2026-10-20 15:00", "2026-10-21 15:00"),
        ("wann haben Sie denn was frei?", None, "2026-10-20 11:00", "2026-10-21 09:00"),
    ],
)
def test_who_does_not_mind_the_day_hears_the_next_free_times(
    shared_town: Town, day, time, first, second
):
    answer = shared_town.caller().checks("Schneiden", day, time, at=TUESDAY)
    starts = [slot["time"][:16].replace("T", " ") for slot in answer.fields["slots"]]
    assert answer.status == "available"
    assert (starts[0], second in starts) == (first, True)
    assert "heute um" in answer.message
    assert "morgen um" in answer.message


def test_who_only_minds_that_it_is_evening_hears_what_comes_nearest(shared_town: Town):
    answer = shared_town.caller().checks(
        "Schneiden", "ist mir wurscht, irgendwann abends", at=TUESDAY
    )
    assert answer.status == "unavailable"
    assert "siebzehn Uhr dreißig" in answer.message


@pytest.mark.parametrize(
    ("said", "hour"), [("10 Uhr", "10:00"), ("um drei", "15:00"), ("gegen elf", "11:00")]
)
def test_one_time_on_any_day_of_a_week_is_not_from_then_on(shared_town: Town, said, hour):
    answer = shared_town.caller().checks("Schneiden", "nächste Woche", said, at=TUESDAY)
    assert {each["time"][11:16] for each in answer.fields["slots"]} == {hour}


def test_a_time_at_which_nothing_is_free_all_week_is_named(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "nächste Woche", "12:10", at=TUESDAY)
    assert "um zwölf Uhr zehn ist für Schneiden leider kein Termin mehr frei" in answer.message


@pytest.mark.parametrize(
    ("day", "said", "told"),
    [
        ("Freitag", "abends", "zwischen achtzehn und zweiundzwanzig Uhr"),
        ("Freitag", "vor 8", "vor acht Uhr"),
        ("nächste Woche", "ab 19 Uhr", "ab neunzehn Uhr"),
        ("nächste Woche", "um zwanzig Uhr", "um zwanzig Uhr"),
    ],
)
def test_closed_at_that_time_of_day_is_not_called_fully_booked(shared_town: Town, day, said, told):
    answer = shared_town.caller().checks("Schneiden", day, said, at=TUESDAY)
    assert f"{told} haben wir leider geschlossen." in answer.message
    assert "mehr frei" not in answer.message


@pytest.mark.parametrize(("hour", "fits"), [(21, False), (22, True), (5, True), (6, False)])
def test_the_night_goes_on_after_midnight(hour: int, fits: bool):
    night = When(TUESDAY.date(), earliest=time(22), latest=time(6))
    assert night.admits(TUESDAY.replace(hour=hour, minute=0)) is fits


def test_a_day_that_does_matter_is_asked_for(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "nicht egal, abends", at=TUESDAY)
    assert answer.status == "ask"


@pytest.mark.parametrize("said", ["so bald wie möglich", "nächster freier Termin"])
def test_as_soon_as_possible_is_looked_for_from_today_on(shared_town: Town, said):
    answer = shared_town.caller().checks("Schneiden", said, at=TUESDAY)
    assert answer.status == "available"
    assert answer.fields["requested_time"] == "2026-10-20"


@pytest.mark.parametrize(
    ("said", "first", "then"),
    [
        ("ab Montag", "2026-10-26", "2026-10-27"),
        ("so bald wie möglich", "2026-10-20", "2026-10-21"),
    ],
)
def test_who_can_come_from_a_day_on_hears_the_first_times_of_two_days(
    shared_town: Town, said, first, then
):
    answer = shared_town.caller().checks("Schneiden", said, at=TUESDAY)
    assert answer.status == "available"
    assert answer.fields["requested_time"] == first
    days = {slot["time"][:10] for slot in answer.fields["slots"]}
    assert {first, then} <= days
    assert "Was passt Ihnen besser?" in answer.message


def test_a_part_of_the_day_from_a_day_on_is_that_part_of_each(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "ab Montag vormittags", at=TUESDAY)
    starts = [slot["time"] for slot in answer.fields["slots"]]
    assert {"2026-10-26", "2026-10-27"} <= {start[:10] for start in starts}
    assert max(start[11:13] for start in starts) == "11"


def test_other_times_from_a_day_on_are_the_soonest_ones_too(shared_town: Town):
    answer = shared_town.caller().asks(
        "get_alternatives", service="Schneiden", date="ab Montag", max_alternatives=3, at=TUESDAY
    )
    days = [slot["time"][:10] for slot in answer.fields["alternatives"]]
    assert days == ["2026-10-26", "2026-10-27", "2026-10-28"]


def test_who_asks_from_a_day_on_hears_of_later_appointments_than_are_searched(town: Town):
    caller = town.caller()
    caller.books("Schneiden", "18. November 2026", "zehn Uhr")
    found = caller.asks("query_appointment", date="ab Montag")
    assert found.status == "found"
    none = caller.asks("query_appointment", date="ab Montag, 23. November")
    assert none.status == "none"


def test_a_weekend_is_told_to_be_closed_as_a_whole(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "am Wochenende", at=TUESDAY)
    assert answer.status == "closed"
    assert answer.message.startswith("Am Wochenende haben wir leider geschlossen. Am Montag")


def test_a_week_without_an_appointment_is_named_as_a_whole(town: Town):
    caller = town.caller()
    caller.books("Schneiden", "morgen", "zehn Uhr")
    answer = caller.asks("query_appointment", date="übernächste Woche")
    assert answer.message.startswith("Von Montag, dem zweiten November, bis Sonntag, den achten")


def test_an_old_day_that_is_not_understood_is_asked_for_as_such(shared_town: Town):
    caller = shared_town.caller()
    for answer, doing in (
        (caller.cancels("blabla"), "absagen"),
        (caller.moves("blabla", "Freitag", "zehn"), "verschieben"),
    ):
        assert answer.status == "ask"
        assert answer.message.endswith(f"der Termin, den Sie {doing} möchten?")


@pytest.mark.parametrize(
    "said", [{"date": "Färben am Montag um neun"}, {"datetime": "Montag 14 Uhr, Farbe"}]
)
def test_a_service_beside_the_day_is_the_one_that_is_meant(shared_town: Town, said):
    caller = shared_town.caller()
    assert caller.checks("Schneiden", "Montag", "um zwölf", at=TUESDAY).status == "available"
    answer = caller.asks("check_availability", TUESDAY, **said)
    assert (answer.status, answer.fields["service"]) == ("available", "Färben")


def test_the_words_of_a_day_are_no_service(shared_town: Town):
    caller = shared_town.caller()
    assert caller.checks("Färben", "Donnerstag", "um neun", at=TUESDAY).status == "available"
    answer = caller.asks("check_availability", TUESDAY, date="vor Freitag um halb eins geht es")
    assert answer.fields["service"] == "Färben"
