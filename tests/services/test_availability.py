"""What is free, what else is, and what is next: on ordinary days, and on those that are not."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from askpro.providers.retell_functions import CallFacts
from askpro.services.answers import Answer
from askpro.services.callers import own_appointments
from askpro.services.turns import turn_of
from tests.town import BAVARIA, Town, local

BERLIN_TIME = ZoneInfo("Europe/Berlin")


def at(year: int, month: int, day: int, hour: int = 10, minute: int = 15) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN_TIME)


TUESDAY = at(2026, 10, 20)


def times(answer: Answer) -> list[str]:
    """The alternatives, as ``2026-10-23 09:00``."""
    return [each["time"][:16].replace("T", " ") for each in answer.fields["alternatives"]]


def test_saturday_at_eight_is_closed_and_monday_at_nine_is_offered(
    shared_town: Town, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    answer = shared_town.caller().checks("Schneiden", "Samstag", "8 Uhr", at=TUESDAY)

    assert answer.status == "closed"
    assert answer.fields["requested_time"] == "2026-10-24T08:00:00+02:00"
    assert times(answer)[0] == "2026-10-26 09:00"
    assert "Samstag" in answer.message
    assert "neun" in answer.message
    moved = [r for r in caplog.records if r.message == "Auto-adjusted request time"]
    assert [getattr(r, "moved_to", None) for r in moved] == ["2026-10-26T08:00:00+00:00"]


def test_eight_in_the_morning_is_moved_to_opening(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "Mittwoch", "8 Uhr", at=TUESDAY)
    assert answer.status == "unavailable"
    assert times(answer)[0] == "2026-10-21 09:00"


def test_seven_in_the_evening_is_moved_to_the_next_morning(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "Mittwoch", "19:00", at=TUESDAY)
    assert answer.status == "unavailable"
    assert times(answer)[0] == "2026-10-22 09:00"


def test_an_exact_time_that_is_free_is_never_moved(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "Mittwoch", "17:30", at=TUESDAY)
    assert answer.status == "available"


def test_the_half_past_two_that_comes_twice_is_asked_about(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "25.10.2026", "02:30", at=TUESDAY)
    assert answer.status == "ask"
    assert answer.message.endswith("?")


def test_the_half_past_two_that_does_not_come_is_said_to_be_impossible(shared_town: Town):
    asked = at(2027, 3, 25)
    answer = shared_town.caller().checks("Schneiden", "28.03.2027", "02:30", at=asked)
    assert answer.status == "ask"


def test_epiphany_is_a_holiday_in_bavaria_and_a_working_day_in_berlin(shared_town: Town):
    asked = at(2027, 1, 4)
    berlin = shared_town.caller().checks("Schneiden", "06.01.2027", "10:00", at=asked)
    bavaria = shared_town.caller(to=BAVARIA).checks("Schneiden", "06.01.2027", "10:30", at=asked)

    assert berlin.status == "available"
    # Cal.com is free then, and an exact time that is free can be booked, whenever it is.
    assert bavaria.status == "available"
    closed = shared_town.caller(to=BAVARIA).checks("Schneiden", "06.01.2027", "18:30", at=asked)
    assert closed.status == "closed"
    assert "Heilige Drei Könige" in closed.message
    open_in_berlin = shared_town.caller().checks("Schneiden", "06.01.2027", "18:30", at=asked)
    assert open_in_berlin.status == "unavailable"


def test_a_holiday_that_cal_com_gives_is_told_the_same_to_every_caller(shared_town: Town):
    """Who asks for an exact time may have it (rules.md §2), so nobody hears that it is closed."""
    asked = at(2027, 1, 4)
    first, second = (shared_town.caller(to=BAVARIA) for _ in range(2))
    assert first.checks("Schneiden", "06.01.2027", "11:00", at=asked).status == "available"

    taken = second.checks("Schneiden", "06.01.2027", "11:00", at=asked)
    assert taken.status == "closed"
    assert times(taken) == ["2027-01-07 09:00", "2027-01-07 11:00"]
    assert "um elf Uhr ist leider kein Termin mehr frei, das ist Heilige Drei" in taken.message
    assert "geschlossen" not in taken.message

    day = second.checks("Schneiden", "06.01.2027", at=asked)
    assert (day.status, day.fields["slots"]) == ("closed", [])
    assert "Heilige Drei Könige, da haben wir nicht regulär geöffnet" in day.message
    assert times(day)[0] == "2027-01-07 09:00"


def test_no_search_ever_offers_a_holiday(shared_town: Town):
    asked = at(2026, 12, 23)
    caller = shared_town.caller()
    following = caller.asks(
        "find_next_available", service="Schneiden", after="24. Dezember 19 Uhr", at=asked
    )
    january = caller.asks(
        "find_next_available", service="Schneiden", after="nächstes Jahr im Januar", at=asked
    )
    assert following.fields["next_available"] == "2026-12-28T09:00:00+01:00"
    assert january.fields["next_available"] == "2027-01-04T09:00:00+01:00"

    span = caller.checks("Schneiden", "nächste Woche", at=asked)
    assert "2027-01-01" not in {slot["time"][:10] for slot in span.fields["slots"]}
    near = caller.asks(
        "get_alternatives",
        service="Schneiden",
        date="24. Dezember",
        time="17:45",
        max_alternatives=5,
        at=asked,
    )
    assert {"2026-12-25", "2027-01-01"}.isdisjoint(each[:10] for each in times(near))


def test_the_next_free_time_is_in_the_part_of_the_day_that_was_named(shared_town: Town):
    answer = shared_town.caller().asks(
        "find_next_available",
        service="Schneiden",
        after="egal, Hauptsache vormittags",
        at=at(2026, 11, 17, 14),
    )
    assert answer.fields["next_available"] == "2026-11-18T09:00:00+01:00"


def test_alternatives_of_a_closed_day_say_why_and_keep_to_the_time_of_day(shared_town: Town):
    answer = shared_town.caller().asks(
        "get_alternatives", service="Schneiden", date="Sonntag", time="15 Uhr", at=TUESDAY
    )
    assert answer.status == "found"
    assert times(answer) == ["2026-10-26 09:00", "2026-10-26 15:00"]
    assert answer.message.startswith("Sonntags haben wir leider geschlossen")


def test_a_month_is_listed_in_few_of_its_times(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "im Januar", at=TUESDAY)
    slots = [slot["time"] for slot in answer.fields["slots"]]
    assert answer.status == "available"
    assert len(slots) <= 40
    assert slots[0][:10] == "2027-01-04"
    assert slots == sorted(set(slots))
    assert len(json.dumps(answer.fields)) < 15_000


def test_womens_day_is_a_holiday_in_berlin_and_none_in_bavaria(shared_town: Town):
    asked = at(2027, 3, 5)
    berlin = shared_town.caller().checks("Schneiden", "08.03.2027", "18:30", at=asked)
    bavaria = shared_town.caller(to=BAVARIA).checks("Schneiden", "08.03.2027", "18:30", at=asked)
    assert (berlin.status, bavaria.status) == ("closed", "unavailable")


def test_the_last_of_december_is_a_day_like_another(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "31. Dezember", "17:30", at=at(2026, 12, 30))
    assert answer.status == "available"
    assert answer.fields["requested_time"] == "2026-12-31T17:30:00+01:00"


def test_after_the_last_of_december_comes_the_fourth_of_january(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "31. Dezember", "19 Uhr", at=at(2026, 12, 31))
    # New Year's Day is a holiday, the second and third are a weekend.
    assert times(answer)[0] == "2027-01-04 09:00"


def test_the_twenty_ninth_of_february_comes_in_a_leap_year(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "29. Februar", "10:00", at=at(2028, 2, 28))
    assert answer.status == "available"
    assert answer.fields["requested_time"] == "2028-02-29T10:00:00+01:00"


def test_the_thirtieth_of_february_never_comes(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "30. Februar", "10:00", at=TUESDAY)
    assert answer.status == "ask"


def test_a_day_beyond_the_usual_window_is_looked_at_in_one_of_its_own(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "15.12.2026", "11:00", at=TUESDAY)
    assert answer.status == "available"


def test_a_day_years_ahead_is_not_looked_for(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "15.12.2036", "11:00", at=TUESDAY)
    assert answer.status == "no_availability"
    assert "So weit im Voraus" in answer.message


def test_as_many_alternatives_as_asked_for_and_never_more_than_five(shared_town: Town):
    caller = shared_town.caller()
    asked = {"service": "Schneiden", "date": "21.10.2026", "time": "18:30", "at": TUESDAY}

    two = caller.asks("get_alternatives", **asked)
    four = caller.asks("get_alternatives", **asked, max_alternatives=4)
    many = caller.asks("get_alternatives", **asked, max_alternatives="17")
    checked = caller.asks("check_availability", **asked, max_alternatives=3)

    assert [len(times(each)) for each in (two, four, many, checked)] == [2, 4, 5, 3]


def test_nothing_is_offered_within_the_notice(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "heute", "10:30", at=at(2026, 10, 20, 10, 20))
    assert answer.status == "unavailable"
    assert "kurzfristig" in answer.message


def test_what_is_nearest_to_a_wish_on_too_short_notice_is_not_said_to_be_the_next(
    shared_town: Town,
):
    caller, evening = shared_town.caller(), at(2026, 10, 20, 17, 20)

    soon = caller.checks("Schneiden", "heute", "17:30", at=evening)
    first = caller.asks("find_next_available", service="Schneiden", at=evening)

    assert soon.message.startswith(
        "Heute um siebzehn Uhr dreißig ist leider zu kurzfristig. Ich kann Ihnen morgen um siebzehn"
    )
    assert "nächste" not in soon.message
    assert first.fields["next_available"] < min(a["time"] for a in soon.fields["alternatives"])


def test_who_names_both_parts_of_a_whole_is_asked_about_the_whole_too(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden und Färben", "morgen", "10:00", at=TUESDAY)
    assert answer.status == "ask"
    assert answer.message == (
        "Meinen Sie Schneiden, Färben oder beides zusammen, also Verwöhnpaket?"
    )


def test_a_time_in_the_past_is_answered_with_today_and_the_next_free_one(shared_town: Town):
    answer = shared_town.caller().checks("Schneiden", "heute", "09:00", at=at(2026, 10, 20, 10, 0))
    assert answer.status == "past"
    assert answer.fields["today"] == "2026-10-20"
    assert times(answer) == ["2026-10-20 10:30"]


def test_the_next_free_time_may_lie_far_beyond_the_usual_window(shared_town: Town):
    answer = shared_town.caller().asks(
        "find_next_available", service="Schneiden", after="12.12.2026", search_days=30, at=TUESDAY
    )
    assert answer.status == "found"
    assert answer.fields["next_available"] == "2026-12-14T09:00:00+01:00"


def test_a_composite_service_is_free_where_all_its_parts_are(shared_town: Town):
    listed = shared_town.caller().checks("Verwöhnpaket", "05.11.2026", at=TUESDAY)
    starts = [each["time"][11:16] for each in listed.fields["slots"]]

    # Two hours of colouring from the last start, and then half an hour of cutting.
    assert starts[0] == "09:00"
    assert starts[-1] == "15:30"
    late = shared_town.caller().checks("Verwöhnpaket", "05.11.2026", "16:00", at=TUESDAY)
    assert late.status == "unavailable"


def test_a_checked_composite_is_held_in_its_full_length(shared_town: Town):
    first = shared_town.caller().checks("Verwöhnpaket", "06.11.2026", "10:00", at=TUESDAY)
    second = shared_town.caller().checks("Färben", "06.11.2026", "12:00", at=TUESDAY)
    third = shared_town.caller().checks("Färben", "06.11.2026", "12:30", at=TUESDAY)
    assert (first.status, second.status, third.status) == ("available", "unavailable", "available")


def test_a_time_that_another_call_checked_is_not_offered_to_this_one(shared_town: Town):
    first, second = shared_town.caller(), shared_town.caller()

    assert first.checks("Schneiden", "09.11.2026", "11:00", at=TUESDAY).status == "available"
    refused = second.checks("Schneiden", "09.11.2026", "11:00", at=TUESDAY)
    assert refused.status == "unavailable"
    assert "2026-11-09 11:00" not in times(refused)
    assert first.checks("Schneiden", "09.11.2026", "11:00", at=TUESDAY).status == "available"


def test_nothing_is_offered_on_top_of_an_own_appointment(shared_town: Town):
    caller = shared_town.caller()
    assert caller.books("Schneiden", "10.11.2026", "11:00").status == "booked"

    own = caller.checks("Flechtkurs", "10.11.2026", "10:30")
    assert own.status == "unavailable"
    assert not {"2026-11-10 10:30", "2026-11-10 11:00"} & set(times(own))


def test_an_own_appointment_takes_only_the_time_in_which_somebody_works(shared_town: Town):
    caller = shared_town.caller(to=BAVARIA)
    assert caller.books("Färben", "11.11.2026", "10:00").status == "booked"

    runtime = shared_town.runtime
    office = runtime.directory.of_number(BAVARIA)
    assert office is not None
    call = CallFacts(call_id="another", from_number=caller.number, to_number=BAVARIA)
    spans = own_appointments(runtime, turn_of(office, call, {}, runtime.clock.now()))
    assert [(f"{local(s.start):%H:%M}", f"{local(s.end):%H:%M}") for s in spans] == [
        ("10:00", "10:45"),
        ("11:30", "12:00"),
    ]


def test_no_availability_says_how_far_it_looked(shared_town: Town):
    answer = shared_town.caller().asks(
        "find_next_available", service="Verwöhnpaket", after="24.10.2026", search_days=1, at=TUESDAY
    )
    assert answer.status == "no_availability"
    assert answer.fields["searched_days"] == 1
